"""A line on several phones: all ring, one answers, the others stop; as many as may."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest

from reconciler.lab.pbx import LabPbx
from reconciler.lab.phones import Fleet, Spec
from tests.unit.lab.pbx.test_pbx import USERS, fleet_on, phone

Room = Callable[..., AbstractAsyncContextManager[tuple[LabPbx, Fleet]]]


def another(model: str, user: str, password: str, name: str, mac: str) -> Spec:
    return Spec(model, mac=mac, name=name, settings=phone(model, user, password).settings)


@pytest.fixture
def room() -> Room:
    """Desk and hall share 1001; 1002 calls them."""

    @asynccontextmanager
    async def opened(most: int = 5) -> AsyncIterator[tuple[LabPbx, Fleet]]:
        phones = (
            another("T46U", "1001", "one", "desk", "805ec0000011"),
            another("VVX 411", "1001", "one", "hall", "64167f000012"),
            phone("GXP2170", "1002", "two"),
        )
        async with LabPbx(USERS, most=lambda _user: most) as pbx, fleet_on(pbx, *phones) as fleet:
            await fleet.wait_registered()
            yield pbx, fleet

    return opened


async def test_both_ring_one_answers_and_the_other_stops(room: Room) -> None:
    async with room() as (_, fleet):
        desk, hall, caller = fleet["desk"], fleet["hall"], fleet["1002"]
        for answers, stops in ((desk, hall), (hall, desk)):
            caller.dial("1001")
            await fleet.wait(lambda _: desk.phone.call == hall.phone.call == "ringing")
            answers.pick_up()
            await fleet.wait(lambda _, up=answers: up.phone.call == "connected")
            await fleet.wait(lambda _, down=stops: down.phone.call == "idle")
            assert caller.phone.call == "connected"
            caller.hang_up()
            await fleet.wait(lambda _, up=answers: up.phone.call == caller.phone.call == "idle")


async def test_the_caller_gives_up_and_nobody_rings_any_more(room: Room) -> None:
    async with room() as (pbx, fleet):
        desk, hall, caller = fleet["desk"], fleet["hall"], fleet["1002"]
        caller.dial("1001")
        await fleet.wait(lambda _: desk.phone.call == hall.phone.call == "ringing")
        caller.hang_up()
        await fleet.wait(lambda _: desk.phone.call == hall.phone.call == "idle")
        assert not pbx.calls.talks


async def test_the_caller_hears_no_when_all_have_refused(room: Room) -> None:
    async with room() as (_, fleet):
        desk, hall, caller = fleet["desk"], fleet["hall"], fleet["1002"]
        caller.dial("1001")
        await fleet.wait(lambda _: desk.phone.call == hall.phone.call == "ringing")
        desk.hang_up()
        await fleet.wait(lambda _: desk.phone.call == "idle")
        assert caller.phone.call == "calling"
        hall.hang_up()
        await fleet.wait(lambda _: caller.phone.call == "idle")


async def test_a_notice_reaches_all_phones_of_a_line(room: Room) -> None:
    async with room() as (pbx, fleet):
        assert await pbx.notify("1001", "check-sync;reboot=false") == 200
        for name in ("desk", "hall"):
            assert fleet[name].phone.happened["notify check-sync"] == 1


async def test_one_phone_too_many_puts_out_the_first(room: Room) -> None:
    async with room(most=1) as (pbx, fleet):
        desk, hall, caller = fleet["desk"], fleet["hall"], fleet["1002"]
        assert len(pbx.registrar.all("1001")) == 1
        caller.dial("1001")
        await fleet.wait(lambda _: "ringing" in (desk.phone.call, hall.phone.call))
        assert "idle" in (desk.phone.call, hall.phone.call)
