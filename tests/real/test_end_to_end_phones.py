"""Phones on a real Asterisk: from the YAML to the registration that proves it.

The phones are emulated: they boot, fetch from our server as their vendors do, register by real SIP
with digest, and obey the NOTIFY that Asterisk sends them.
"""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from reconciler.lab.phones.fleet import Fleet
from reconciler.lab.phones.phone import Spec
from tests.real.asterisk.instance import Asterisk
from tests.real.estate import Office, office, secret

Factory = Callable[..., Asterisk]
DEADLINE_S = 120

PEOPLE = """\
apiVersion: reconciler/v1
pbx: office
site: main

templates:
  desk:
    vendor: any
    sip: {register_expiry: 5m}
    network: {ntp: [127.0.0.1]}

extensions:
  "1001": {name: Ada Okafor, secret: {secret: generated}}
  "1002": {name: Ben Roy, secret: {secret: generated}}
  "1003": {name: Cleo Marsh, secret: {secret: generated}}

phones:
  ada: {mac: 80:5e:c0:f0:00:01, model: T54W, template: desk, lines: ["1001"]}
  ben: {mac: 00:0b:82:f0:00:02, model: GXP2170, template: desk, lines: ["1002"]}
  cleo: {mac: 64:16:7f:f0:00:03, model: VVX450, template: desk, lines: ["1003"]}
"""
MODELS = {"805ec0f00001": "T54W", "000b82f00002": "GXP2170", "64167ff00003": "VVX450"}


@pytest.fixture
def here(asterisk_factory: Factory, tmp_path: Path) -> Iterator[Office]:
    with office(asterisk_factory(), tmp_path / "office") as made:
        port = made.pbx.ports.take("127.0.0.1")
        url = f"http://127.0.0.1:{port}/p"
        made.mine.edit(
            "inventory.yaml",
            "    timezone: America/New_York\n",
            "    timezone: America/New_York\n"
            f"    sip: {{host: 127.0.0.1, port: {made.pbx.sip_port}}}\n",
        )
        made.mine.append(
            "inventory.yaml",
            "sites: {main: {timezone: America/New_York, country: US, pbx: office,"
            " subnets: [127.77.0.0/16]}}\n"
            f'provisioning: {{base_url: "{url}", listen: {{address: 127.0.0.1, port: {port}}}}}\n',
        )
        made.declare(PEOPLE)
        made.apply().says("6 added")
        with serving(made, port):
            yield made


@contextmanager
def serving(here: Office, port: int) -> Iterator[None]:
    """Run our server beside the workspace."""
    process = here.mine.start("provision", "serve")
    try:
        end = time.monotonic() + DEADLINE_S
        while True:
            assert process.poll() is None, process.communicate()
            with socket.socket() as wire:
                if wire.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert time.monotonic() < end, "the server does not listen"
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        try:
            out, err = process.communicate(timeout=DEADLINE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
        here.mine.ended(("provision", "serve"), process.returncode, out, err, None)


def phones(here: Office) -> Fleet:
    url = here.mine.read("inventory.yaml").partition('base_url: "')[2].partition('"')[0]
    specs = [Spec(model, mac=mac) for mac, model in MODELS.items()]
    return Fleet(specs, provisioning_url=f"{url}/", reboot_s=0.2, retry_s=1.0)


async def run(here: Office, *arguments: str, expect: int = 0) -> Any:
    """Run a command while the phones go on living."""
    return await asyncio.to_thread(here.mine.run, *arguments, expect=expect)


async def standing(here: Office) -> dict[str, dict[str, Any]]:
    done = await run(here, "status", "--json")
    return {each["address"].rpartition("/")[2]: each for each in json.loads(done.out)["phones"]}


async def test_phones_come_up_are_told_and_prove_it(here: Office) -> None:
    before = await standing(here)
    assert {e["provision_status"] for e in before.values()} == {"generated"}
    async with phones(here) as fleet:
        await fleet.wait_registered()
        watched = await run(here, "status", "--watch", "0.3")
        watched.says("Every phone uses what it was given.", "3 managed", "3 applied")
        now = await standing(here)
        assert {e["registered"] for e in now.values()} == {True}
        assert {e["lifecycle"] for e in now.values()} == {"managed"}
        assert now["ada"]["firmware"]

        await a_new_name_reaches_the_phone_it_concerns(here, fleet)
        await a_password_waits_for_the_end_of_a_call(here, fleet)
        await a_new_password_reaches_pbx_and_phone(here, fleet)
        await a_phone_that_is_off_is_finished_later(here, fleet)
    here.is_as_declared()


async def a_new_name_reaches_the_phone_it_concerns(here: Office, fleet: Fleet) -> None:
    fetched = {each.mac: each.phone.happened["fetch"] for each in fleet}
    here.mine.edit("office.yaml", "name: Ada Okafor", "name: Ada O'Neill")
    done = await run(here, "apply", "--auto-approve", "--wait", "60")
    done.says("2 changed", "1 phone told to fetch.", "1 phone seen to use what was published: ada.")
    again = {each.mac for each in fleet if each.phone.happened["fetch"] > fetched[each.mac]}
    assert again == {"805ec0f00001"}


async def a_password_waits_for_the_end_of_a_call(here: Office, fleet: Fleet) -> None:
    """And then reaches PBX and phone, which registers with it."""
    ada, cleo = fleet["805ec0f00001"], fleet["64167ff00003"]
    cleo.answer_by_itself()
    ada.dial("1003")
    await fleet.wait(lambda _: ada.phone.call == "connected" == cleo.phone.call)
    old = here.password("1001-auth")
    new = secret("Ada-next")
    here.mine.environ["ADA_NEXT"] = new
    here.mine.planted.add(new)
    here.mine.edit(
        "office.yaml",
        "name: Ada O'Neill, secret: {secret: generated}",
        'name: Ada O\'Neill, secret: {secret: "env:ADA_NEXT"}',
    )
    done = await run(here, "apply", "--auto-approve", expect=3)
    done.says("extension/office/1001: its password changes, and it is in a call", "--resume")
    assert here.password("1001-auth") == old
    assert (ada.phone.call, cleo.phone.call) == ("connected", "connected")
    ada.hang_up()
    await fleet.wait(lambda _: cleo.phone.call == "idle")
    here.pbx.wait_idle()
    number = done.out.partition("--resume ")[2].split()[0]
    resumed = await run(here, "apply", "--resume", number, "--auto-approve", "--wait", "60")
    resumed.says("2 changed", "seen to use what was published: ada")
    assert here.password("1001-auth") == new
    await fleet.wait(lambda _: ada.phone.registered)


async def a_new_password_reaches_pbx_and_phone(here: Office, fleet: Fleet) -> None:
    """As new hardware does it: everything that the old one knew is another."""
    old = here.password("1002-auth")
    fleet["000b82f00002"].power_off()
    here.mine.edit("office.yaml", "00:0b:82:f0:00:02", "00:0b:82:f0:00:0a")
    await run(here, "apply", "--auto-approve")
    assert here.password("1002-auth") != old
    assert (await standing(here))["ben"]["lifecycle"] == "onboarding"
    url = fleet.provisioning_url
    async with Fleet(
        [Spec("GXP2170", mac="000b82f0000a", address="127.77.9.1")], provisioning_url=url
    ) as new:
        await new.wait_registered()
        await run(here, "status", "--watch", "0.3")
        ben = (await standing(here))["ben"]
        assert (ben["lifecycle"], ben["provision_status"]) == ("managed", "applied")


async def a_phone_that_is_off_is_finished_later(here: Office, fleet: Fleet) -> None:
    cleo = fleet["64167ff00003"]
    cleo.power_off()
    here.mine.edit("office.yaml", "name: Cleo Marsh", "name: Cleo Marsh-Roy")
    await run(here, "apply", "--auto-approve")
    assert (await standing(here))["cleo"]["provision_status"] == "stale"
    cleo.power_on()
    await fleet.wait(lambda _: cleo.phone.registered)
    cleo_now: dict[str, Any] = {}
    end = time.monotonic() + DEADLINE_S
    while cleo_now.get("provision_status") != "applied":
        assert time.monotonic() < end, cleo_now
        cleo_now = (await standing(here))["cleo"]
