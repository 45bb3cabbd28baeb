"""Emulated phones of five makers boot, fetch from the server and take what they get.

The phones were written from what real ones were recorded to do and share no line with the server.
From factory settings: DHCP tells them the site's address, their own file tells them the rest.
"""

import asyncio
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.lab.phones.fleet import Fleet
from reconciler.lab.phones.phone import Spec
from reconciler.model.address import Address
from tests.cli.workspace import FORKS, OFFICE, Workspace, fill
from tests.provisioning.serving import Place, Server

HOST = "prov.office.example"
INVENTORY = f"""\
{OFFICE}sites:
  main: {{timezone: Europe/London, country: GB, pbx: office, subnets: [127.77.0.0/16]}}
provisioning:
  base_url: http://prov.office.example/p
  require: [subnet]
workspace: {{name: office}}
"""
PEOPLE = """\
apiVersion: reconciler/v1
pbx: office
site: main
templates:
  desk: {vendor: any}
extensions:
  "1001": {name: Ada, secret: {secret: generated}}
  "1002": {name: Ben, secret: {secret: generated}}
  "1003": {name: Cleo, secret: {secret: generated}}
  "1004": {name: Dan, secret: {secret: generated}}
  "1005": {name: Eve, secret: {secret: generated}}
phones:
  ada: {mac: 80:5e:c0:00:00:01, model: T46U, template: desk, lines: ["1001"]}
  ben: {mac: 00:0b:82:00:00:02, model: GXP2170, template: desk, lines: ["1002"]}
  cleo: {mac: 64:16:7f:00:00:03, model: VVX411, template: desk, lines: ["1003"]}
  dan: {mac: 00:04:13:00:00:04, model: D785, template: desk, lines: ["1004"]}
  eve: {mac: 0c:38:3e:00:00:05, model: X4U, template: desk, lines: ["1005"]}
"""
PHONES = {
    "ada": Spec("T46U", mac="805ec0000001"),
    "ben": Spec("GXP2170", mac="000b82000002"),
    "cleo": Spec("VVX 411", mac="64167f000003"),
    "dan": Spec("D785", mac="000413000004"),
    "eve": Spec("X4U", mac="0c383e000005"),
}
USERS = {name: str(1001 + number) for number, name in enumerate(PHONES)}


@pytest.fixture(scope="module", autouse=True)
def _forks() -> Iterator[None]:
    yield
    FORKS.close()


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Workspace]:
    """Five phones, applied."""
    made = fill(tmp_path / "work", {"inventory.yaml": INVENTORY, "people.yaml": PEOPLE})
    yield made
    assert made.leaks() == []


def fleet_of(server: Server, specs: list[Spec], *, dhcp: bool = True) -> Fleet:
    """Return phones that DHCP tells where to fetch, or that were told by hand."""
    return Fleet(
        specs,
        provisioning_url=f"http://{HOST}/p/" if dhcp else None,
        hosts={HOST: f"127.0.0.1:{server.port}"},
        reboot_s=0.1,
        retry_s=0.5,
    )


def have_theirs(fleet: Fleet) -> bool:
    """Whether every phone has the account that was declared for it."""
    users = {spec.mac: USERS[name] for name, spec in PHONES.items()}
    return all(
        any(users[each.mac] in repr(account) for account in each.phone.accounts.values())
        for each in fleet
    )


async def test_phones_boot_and_are_known(here: Workspace) -> None:
    here.run("apply", "--auto-approve")
    place = Place(here.folder, environ=here.environment())
    with place.server() as server:
        async with fleet_of(server, list(PHONES.values())) as fleet:
            await fleet.wait(have_theirs)
        for name in PHONES:
            seen = place.wait_for(Address("phone", "main", name), "pushed").seen
            assert seen.source.startswith("127.77.")
            # What Poly's updater says of itself while it boots is not the firmware's version.
            assert seen.firmware or "Type/Updater" in seen.user_agent
    assert not server.logged("refused"), server.log


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("ada", {"static.auto_provision.server.url": "http://{at}"}),
        ("ben", {"237": "{at}", "212": "1"}),
    ],
)
async def test_a_first_access_ends_when_the_phone_has_its_own(
    here: Workspace, name: str, settings: dict[str, str]
) -> None:
    here.edit("inventory.yaml", "require: [subnet]", "require: [subnet, token]")
    here.run("apply", "--auto-approve")
    first = here.run("provision", "tokens", "issue", name).out.strip()

    def states() -> list[str]:
        listed = here.run("provision", "tokens", "list", name, "--json").json["tokens"]
        return sorted(each["state"] for each in listed)

    with Place(here.folder, environ=here.environment()).server() as server:
        at = first.removeprefix("http://").rstrip("/")
        spec = replace(
            PHONES[name], settings={key: text.format(at=at) for key, text in settings.items()}
        )
        async with fleet_of(server, [spec], dhcp=False) as fleet:
            await fleet.wait(have_theirs)
            await fleet.wait(lambda each: not each[0].phone.task)
            fleet[0].life.fetch()  # by the address in its own file, from now on
            async with asyncio.timeout(60):  # what was used is noted a little later
                while await asyncio.to_thread(states) != ["current", "used"]:
                    pass
    assert not server.logged("refused"), server.log


@pytest.mark.parametrize(
    ("name", "user", "password"),
    [
        ("ada", "static.auto_provision.server.username", "static.auto_provision.server.password"),
        ("ben", "1360", "1361"),
    ],
)
async def test_a_phone_answers_the_challenge(
    here: Workspace, tmp_path: Path, name: str, user: str, password: str
) -> None:
    here.edit("inventory.yaml", "require: [subnet]", "require: [digest]")
    here.run("apply", "--auto-approve")
    here.run("render", name, "--reveal", "--out", str(tmp_path / "out"))
    text = "".join(each.read_text() for each in (tmp_path / "out").iterdir())
    found = re.search(rf"P?{re.escape(password)}(?: = |>)([^<\n]+)", text)
    assert found is not None
    mac = PHONES[name].mac
    assert mac is not None
    spec = replace(PHONES[name], settings={user: mac, password: found[1]})
    with Place(here.folder, environ=here.environment()).server() as server:
        async with fleet_of(server, [spec]) as fleet:
            await fleet.wait(have_theirs)
    assert not server.logged("refused: did not show"), server.log
