"""Firmware carried out: written down before, begun once, watched, and judged by what phones say."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

from reconciler.device import Accepted, Identity, Image, Status
from reconciler.errors import AuthenticationFailed, Unreachable
from reconciler.firmware.carrying import Book, Flashing
from reconciler.firmware.proposing import firmware_of
from reconciler.firmware.tracks import Aim, Release, Track, Wanted
from reconciler.firmware.upgrading import Watch
from reconciler.model.address import Address
from reconciler.model.change import Update
from reconciler.model.outcome import Outcome
from reconciler.model.step import Step
from reconciler.phones.meant import Placed

STONE = Release("1.0.11.6", url="https://fw.example/6.bin", needs=("1.0.11.5",))
LAST = Release("1.0.11.9", url="https://fw.example/9.bin", needs=("1.0.11.6",))
TRACK = Track("grandstream", frozenset(["gxp2170"]), (STONE, LAST), (Aim("1.0.11.9"),))


class World:
    """Phones that install what they are told, unless they are dead, deaf or in a call."""

    def __init__(self, *names: str, version: str = "1.0.11.5") -> None:
        self.phones = [
            Placed(Address("phone", "main", each), "grandstream", "GXP2170", "", "", ())
            for each in names
        ]
        self.runs = dict.fromkeys(names, version)
        self.log: list[str] = []
        self.dead: set[str] = set()
        self.deaf: set[str] = set()
        self.busy: set[str] = set()
        self.locked: set[str] = set()
        self.closed: set[str] = set()
        self.devices = {"grandstream": SimpleNamespace(upgrade_s=0.3)}

    @asynccontextmanager
    async def device(self, phone: Placed) -> AsyncIterator[Any]:
        name = phone.address.key
        if name in self.locked:
            raise AuthenticationFailed(str(phone.address), "logging in", "wrong password")
        if name in self.dead and f"told {name}" in " ".join(self.log):
            raise Unreachable(str(phone.address), "connecting", "no answer")
        identity = Identity("grandstream", "G2", firmware=self.runs[name], mac="")

        async def status() -> Status:
            return Status(identity, in_call=name in self.busy)

        async def upgrade(image: Image) -> Accepted:
            self.log.append(f"told {name} {image.version}")
            if name not in self.deaf:
                self.runs[name] = image.version
            return Accepted("it restarts")

        yield SimpleNamespace(identity=identity, status=status, upgrade=upgrade)

    async def in_call(self, phone: Placed) -> bool:
        return phone.address.key in self.busy

    async def carry_out(self, planned: dict[str, str] | None = None) -> dict[str, Outcome]:
        async def live(lives: Any) -> None:
            self.log.extend(f"{address.key} is {state}" for address, state in lives.items())

        def intend(steps: Sequence[Step]) -> None:
            self.log.extend(f"intended {each.address.key}" for each in steps)

        def settle(outcomes: Sequence[Outcome]) -> None:
            self.log.extend(f"settled {e.address.key} {e.state}" for e in outcomes if e.address)

        anything: Any = self
        flashing = Flashing(
            {each: Wanted("1.0.11.9", "", TRACK) for each in self.phones},
            anything,
            anything,
            Book(intend, settle, live),
            Watch(0.01, None),
            lambda phone: "the window has closed" if phone.address.key in self.closed else "",
        )
        found = await flashing.carry_out(
            [_step(each, planned or self.runs) for each in self.phones]
        )
        return {each.address.key: each for each in found if each.address is not None}


def _step(phone: Placed, runs: dict[str, str]) -> Step:
    address = firmware_of(phone.address)
    before = {"version": runs[phone.address.key]}
    change = Update(address, "site/main", (), None, 0, before=before, after={}, fields=())
    return Step(f"update {address}", "site/main", address, change, (), (), "")


async def test_it_is_written_down_before_and_goes_through_what_lies_between() -> None:
    world = World("a")
    found = await world.carry_out()
    assert (found["a"].state, found["a"].detail) == ("done", "it runs 1.0.11.9")
    assert world.log == [
        "intended a", "a is maintenance", "told a 1.0.11.6", "a is firmware_updating",
        "told a 1.0.11.9", "a is maintenance", "settled a done",
    ]  # fmt: skip


async def test_one_that_does_not_come_back_stays_open_and_no_other_is_begun() -> None:
    world = World("a", "b", "c")
    world.dead = {"a"}
    found = await world.carry_out()
    assert found["a"].state == "in_doubt"
    assert {found[each].detail for each in "bc"} == {"the first one failed"}
    assert not any("settled" in each for each in world.log)
    assert [each for each in world.log if each.startswith("told")] == ["told a 1.0.11.6"]
    assert world.log[-1] == "a is firmware_updating"


async def test_one_that_keeps_the_old_version_has_failed() -> None:
    world = World("a")
    world.deaf = {"a"}
    found = await world.carry_out()
    assert (found["a"].state, found["a"].detail) == ("failed", "it still runs 1.0.11.5")
    assert world.log[-1] == "settled a failed"


async def test_who_may_not_be_begun_is_left_and_is_no_failure() -> None:
    world = World("a", "b", "c", "d", version="1.0.11.6")
    world.closed, world.busy = {"a"}, {"b"}
    found = await world.carry_out()
    assert (found["a"].state, found["a"].detail) == ("skipped", "the window has closed")
    assert (found["b"].state, found["b"].detail) == ("skipped", "it is in a call")
    assert (found["c"].state, found["d"].state) == ("done", "done")
    assert "intended a" not in world.log
    assert "intended b" not in world.log


async def test_wrong_logins_end_the_batch_before_they_lock_it() -> None:
    world = World("a", "b", "c")
    world.locked = {"a", "b", "c"}
    found = await world.carry_out()
    assert {each.state for each in found.values()} == {"skipped"}
    assert found["c"].detail == "the first one failed"
    assert world.log == []


async def test_one_that_has_changed_since_the_plan_is_left_alone() -> None:
    world = World("a", "b")
    planned = dict(world.runs)
    world.runs = {"a": "1.0.11.9", "b": "1.0.11.4"}  # somebody was at both
    found = await world.carry_out(planned)
    assert (found["a"].state, found["a"].detail) == ("done", "it runs 1.0.11.9 already")
    assert (found["b"].state, found["b"].detail) == (
        "skipped", "it says 1.0.11.4 now, not 1.0.11.5",
    )  # fmt: skip
    assert not any("intended" in each for each in world.log)
