"""The examples on a real Asterisk, with real calls: what their READMEs say is so."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.cli.workspace import Workspace
from tests.examples.estates import AMI_VARIABLE, ROOT, copied
from tests.real.asterisk.instance import Asterisk
from tests.real.asterisk.phones import Outside, Phone
from tests.real.conftest import SKIP_REASON

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(os.environ.get("RECONCILER_SKIP_REAL") == "1", reason=SKIP_REASON),
]
Factory = Callable[..., Asterisk]

MAIN = "12135550100"
CLIENT = "13105550160"


class Firm:
    """The law firm, applied: its PBX, its carriers, and phones that know their passwords."""

    def __init__(self, pbx: Asterisk, estate: Workspace, carriers: dict[str, Outside]) -> None:
        self.pbx = pbx
        self.estate = estate
        self.bandlane = carriers["bandlane"]
        self.northwire = carriers["northwire"]
        self.stack = ExitStack()

    def phone(self, number: str) -> Phone:
        """Plug in the phone of an extension, with the password that was made for it."""
        said = self.pbx.cli(f"pjsip show auth {number}-auth")
        found = re.search(r"password\s*:\s*(\S+)", said)
        assert found, said
        phone = self.stack.enter_context(Phone(self.pbx, number, found[1]))
        phone.register()
        return phone


@pytest.fixture
def firm(asterisk_factory: Factory, tmp_path: Path) -> Iterator[Firm]:
    """Apply examples/lumen-legal to a bare PBX, between two carriers on this machine."""
    pbx = asterisk_factory()
    estate = copied(ROOT / "examples" / "lumen-legal", tmp_path / "estate", on_memory=False)
    estate.environ[AMI_VARIABLE] = pbx.ami.password
    estate.run("secrets", "set", "bandlane", stdin="at-the-carrier-7")
    estate.edit("inventory/pbx.yaml", "port: 5038", f"port: {pbx.ami.port}")
    with ExitStack() as stack:
        carriers = {
            "bandlane": stack.enter_context(
                Outside(pbx, name="bandlane", login="lumen-legal", password="at-the-carrier-7")
            ),
            "northwire": stack.enter_context(Outside(pbx, name="northwire")),
        }
        _connect(
            estate, "sip.bandlane.example", "198.51.100.10, 198.51.100.11", carriers["bandlane"]
        )
        _connect(estate, "203.0.113.20", "203.0.113.16/29", carriers["northwire"])
        firm = Firm(pbx, estate, carriers)
        with firm.stack:
            yield firm


def _connect(estate: Workspace, host: str, match: str, carrier: Outside) -> None:
    estate.edit(
        "tenants/lumen/trunks.yaml",
        f"host: {host}\n",
        f"host: {carrier.host}\n    port: {carrier.port}\n",
    )
    estate.edit("tenants/lumen/trunks.yaml", f"match: [{match}]", f"match: [{carrier.host}]")


def test_the_law_firm_takes_and_makes_its_calls(firm: Firm) -> None:
    # Whatever time it is here, the office is open: declared, not switched by hand.
    firm.estate.edit(
        "tenants/lumen/hours.yaml",
        "    name: Office hours\n",
        "    name: Office hours\n    override: open\n",
    )
    firm.estate.run("doctor", "lumen").says("Ready.")
    firm.estate.run("plan", "--out", "plan.json", "--detailed-exitcode", expect=2)
    firm.estate.run("apply", "plan.json").says("166 added, 0 changed, 0 destroyed")
    firm.estate.run("plan", "--detailed-exitcode").says("No changes. 166 objects")
    firm.estate.run("drift").says("No drift.")
    firm.estate.run("softphone", "sheet", "fiona-byrne", "--out", "sheet.html")
    firm.pbx.wait_for_cli("pjsip show registrations", r"Registered")

    rosa, tomas, lobby = firm.phone("1101"), firm.phone("1201"), firm.phone("1190")
    a_client_reaches_a_person(firm, rosa)
    help_is_called_from_the_right_floor(firm, tomas)
    help_comes_over_the_second_carrier(firm, lobby)
    the_lobby_phone_dials_inside_only(firm, lobby, rosa)
    calls_to_the_leaver_reach_his_successor(firm, tomas)
    firm.pbx.wait_idle()
    assert firm.estate.leaks() == []


def a_client_reaches_a_person(firm: Firm, rosa: Phone) -> None:
    at_desk = rosa.expect_call(answer_after_s=0.2)
    call = firm.bandlane.call(MAIN, from_number=CLIENT, from_name="A client")
    call.wait_answered()  # by the main menu
    call.press("0", by="rtp")
    at_desk.wait_answered()
    call.wait_audio()
    call.hang_up()
    assert at_desk.result().caller == CLIENT


def help_is_called_from_the_right_floor(firm: Firm, tomas: Phone) -> None:
    at_carrier = firm.bandlane.expect_call(answer_after_s=0)
    call = tomas.call("911")
    call.wait_answered()
    call.hang_up()
    seen = at_carrier.result()
    assert (seen.dialled, seen.caller) == ("911", "+12135550108")


def help_comes_over_the_second_carrier(firm: Firm, lobby: Phone) -> None:
    firm.bandlane.refuse_all(503)
    at_carrier = firm.northwire.expect_call(answer_after_s=0)
    call = lobby.call("911")
    call.wait_answered()
    call.hang_up()
    firm.bandlane.answer_all()
    seen = at_carrier.result()
    assert (seen.dialled, seen.caller) == ("911", "+12135550107")


def the_lobby_phone_dials_inside_only(firm: Firm, lobby: Phone, rosa: Phone) -> None:
    before = firm.bandlane.dialled_numbers()
    for number in ("2135550160", "19005550160", "011442079460160"):
        assert lobby.call(number).result().code == 404
    assert firm.bandlane.dialled_numbers() == before
    lobby.call("988").wait_answered().hang_up()
    assert firm.bandlane.dialled_numbers() == [*before, "988"]
    at_desk = rosa.expect_call(answer_after_s=0)
    inside = lobby.call("1101")
    inside.wait_answered()
    inside.hang_up()
    at_desk.wait_ended()


def calls_to_the_leaver_reach_his_successor(firm: Firm, tomas: Phone) -> None:
    at_desk = tomas.expect_call(answer_after_s=0)
    call = firm.bandlane.call("12135550131", from_number=CLIENT)
    call.wait_answered()
    call.hang_up()
    assert at_desk.result().answered


def test_the_office_is_applied_and_rings(asterisk_factory: Factory, tmp_path: Path) -> None:
    pbx = asterisk_factory()
    estate = copied(ROOT / "examples" / "office", tmp_path / "estate", on_memory=False)
    estate.run("secrets", "set", "office-ami", stdin=pbx.ami.password)
    estate.edit(
        "inventory.yaml", "host: 127.0.0.1\n", f"host: 127.0.0.1\n      port: {pbx.ami.port}\n"
    )
    with Outside(pbx, name="bandlane") as bandlane:
        estate.edit(
            "office.yaml",
            "host: sip.bandlane.example, mode: ip, match: [192.0.2.10]",
            f"host: {bandlane.host}, port: {bandlane.port}, mode: ip, match: [{bandlane.host}]",
        )
        estate.run("apply", "--auto-approve").says("7 added")
        estate.run("plan", "--detailed-exitcode").says("No changes.")
        firm = Firm(pbx, estate, {"bandlane": bandlane, "northwire": bandlane})
        with firm.stack:
            ben = firm.phone("1002")
            at_desk = ben.expect_call(answer_after_s=0)
            call = bandlane.call("16035550100", from_number="16035550160")
            call.wait_answered()
            at_desk.wait_answered()
            call.hang_up()
            help_out = bandlane.expect_call(answer_after_s=0)
            help_call = ben.call("911")
            help_call.wait_answered()
            help_call.hang_up()
            assert help_out.result().dialled == "911"
