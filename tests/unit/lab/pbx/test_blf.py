"""BLF keys light as the extensions that they watch ring and talk."""

import pytest

from reconciler.lab.pbx import LabPbx
from reconciler.lab.phones import Fleet, Spec
from reconciler.lab.phones.sip.watch import light_of
from tests.unit.lab.pbx.test_pbx import USERS, fleet_on, phone

KEYS = {
    "T46U": {"linekey.2.type": "16", "linekey.2.value": "1002", "linekey.2.line": "1"},
    "VVX 411": {"attendant.reg": "1", "attendant.resourceList.1.address": "sip:1002@pbx"},
}


def watching(model: str, **more: str) -> Spec:
    spec = phone(model, "1001", "one")
    settings = {**spec.settings, **KEYS[model], **more}
    return Spec(model, mac=spec.mac, name="watcher", settings=settings)


async def shines(fleet: Fleet, light: str) -> None:
    await fleet.wait(lambda each: each["watcher"].phone.lights == {"1002": light})


@pytest.mark.parametrize(
    ("model", "more"),
    [("T46U", {}), ("VVX 411", {}), ("T46U", {"account.1.sip_server.1.transport_type": "1"})],
)
async def test_a_key_lights_while_its_extension_rings_and_talks(
    model: str, more: dict[str, str]
) -> None:
    async with LabPbx(USERS) as pbx:
        others = phone("GXP2170", "1002", "two"), phone("D785", "1003", "three")
        async with fleet_on(pbx, watching(model, **more), *others) as fleet:
            await fleet.wait_registered()
            await shines(fleet, "idle")
            for hangs_up in ("1003", "1002"):
                fleet["1003"].dial("1002")
                await shines(fleet, "ringing")
                fleet["1002"].pick_up()
                await shines(fleet, "busy")
                fleet[hangs_up].hang_up()
                await shines(fleet, "idle")


async def test_a_key_that_is_taken_away_is_watched_no_more() -> None:
    async with LabPbx(USERS) as pbx, fleet_on(pbx, watching("T46U")) as fleet:
        await shines(fleet, "idle")
        watcher = fleet["watcher"].phone
        watcher.keep("linekey.2.type", "0")
        watcher.tell(watcher, "accounts")
        await fleet.wait(lambda each: each["watcher"].phone.lights == {})
        assert "registered" in fleet["watcher"].state


async def test_who_shows_no_password_is_told_nothing() -> None:
    async with LabPbx(USERS) as pbx, fleet_on(pbx, watching("T46U")) as fleet:
        await shines(fleet, "idle")
        pbx.registrar.users = {"1001": ["another"]}
        pbx.watchers.found.clear()
        watch = fleet["watcher"].agent.watches["1002"]
        watch.challenge = None
        watch._ask()
        await shines(fleet, "unknown")
        assert not pbx.watchers.found


TALKS = '<dialog id="1"><state>confirmed</state></dialog>'
SHAPE = (
    '<dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info" version="0" state="full" '
    'entity="sip:1002@pbx">{}</dialog-info>'
)


@pytest.mark.parametrize(
    ("dialogs", "light"),
    [
        ("", "idle"),
        ('<dialog id="1"><state>terminated</state></dialog>', "idle"),
        (TALKS, "busy"),
        (
            f"{TALKS}{TALKS.replace('confirmed', 'early')}",
            "ringing",
        ),
        ("<", None),
    ],
)
def test_what_a_notice_says(dialogs: str, light: str | None) -> None:
    assert light_of(SHAPE.format(dialogs).encode()) == light


def test_a_notice_with_declarations_is_not_read() -> None:
    assert light_of(b'<!DOCTYPE x [<!ENTITY a "b">]>' + SHAPE.format("").encode()) is None
