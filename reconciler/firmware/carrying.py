"""Firmware as steps of an apply: looked at again, written down, triggered once, watched. IO.

Before a phone is told anything its step stands in the journal, and it stays open there until the
phone has said which version it runs: a run that is killed leaves a question, never a second flash.
A phone's life goes managed -> maintenance -> firmware_updating before, and on only by what it says.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from reconciler.device import Device
from reconciler.errors import (
    AdapterError,
    NotPossible,
    ReconcilerError,
    Refused,
    UnexpectedReply,
)
from reconciler.firmware.proposing import phone_of
from reconciler.firmware.tracks import Release, Wanted, way_to
from reconciler.firmware.upgrading import Watch, trigger, wait_for
from reconciler.firmware.versions import compare
from reconciler.model.address import Address
from reconciler.model.outcome import Outcome, State
from reconciler.model.standing import Lifecycle
from reconciler.model.step import Step
from reconciler.phones.acting import Manners, OnCall, Opening, Result, act_on, in_call
from reconciler.phones.meant import Placed
from reconciler.phones.pbx import Pbxs
from reconciler.phones.turns import in_turns

AT_ONCE: Final = 20
"""How many phones load an image at the same time (firmware.md, 5)."""
_DOING: Final = "preparing firmware"
DOUBT: Final = "in-doubt"
"""It has not come back: nobody knows which version it runs."""
OLD: Final = "still-old"
_LOGINS: Final = frozenset(("authentication-failed", "locked-out"))
LEFT: Final = "between"
"""It runs a version on the way, and was left there because of a call."""


@dataclass(frozen=True, slots=True)
class Book:
    """Where it is written down.

    `intend` raises JournalError or WorkspaceError: then nothing is sent. `live` remembers which
    states phones have reached, by phone.
    """

    intend: Callable[[Sequence[Step]], None]
    settle: Callable[[Sequence[Outcome]], None]
    live: Callable[[Mapping[Address, Lifecycle]], Awaitable[None]]


@dataclass
class Flashing:
    """Carries firmware steps out. `may_begin` says why a phone may not be begun with now, or "".

    `wanted` are the phones of the steps with what they shall have.
    """

    wanted: Mapping[Placed, Wanted]
    opening: Opening
    pbxs: Pbxs
    book: Book
    watch: Watch
    may_begin: Callable[[Placed], str]
    on_call: OnCall = "defer"
    wait_up_to_s: float = 0.0
    show: Callable[[Outcome, int, int], None] = lambda _outcome, _number, _total: None
    ways: dict[Placed, tuple[Release, ...]] = field(default_factory=dict)
    begun: set[Placed] = field(default_factory=set)

    async def carry_out(self, steps: Sequence[Step]) -> list[Outcome]:
        """Do what can be done now, model by model, one phone of each first."""
        by_phone = {phone_of(each.address): each for each in steps}
        phones = [each for each in self.wanted if each.address in by_phone]
        outcomes: list[Outcome] = []

        async def do(some: Sequence[Placed]) -> list[Result]:
            held = {each: why for each in some if (why := self.may_begin(each))}
            results = [Result(each, "deferred", why) for each, why in held.items()]
            outcomes.extend(self._settled(e, by_phone[e.phone.address]) for e in results)
            for each in await self._act([e for e in some if e not in held], by_phone):
                step = by_phone[each.phone.address]
                results.append(each)
                outcomes.append(self._settled(each, step))
                self.show(outcomes[-1], len(outcomes), len(phones))
            return results

        results = await in_turns(phones, do, self._is_failure, at_once=AT_ONCE)
        left = [each for each in results if each.code == "stopped"]
        return outcomes + [self._settled(each, by_phone[each.phone.address]) for each in left]

    async def _act(
        self, phones: Sequence[Placed], steps: Mapping[Address, Step]
    ) -> Sequence[Result]:
        async def begin(device: Device, phone: Placed) -> tuple[str, Mapping[str, Any]]:
            return await self._begin(device, phone, steps[phone.address]), {}

        manners = Manners(AT_ONCE, on_call=self.on_call, wait_up_to_s=self.wait_up_to_s)
        begun = await act_on(phones, begin, self.opening, self.pbxs, manners)
        return await asyncio.gather(*(self._finish(each) for each in begun))

    async def _begin(self, device: Device, phone: Placed, step: Step) -> str:
        """Look again, write it down, and trigger the first version on the way."""
        identity = (await device.status()).identity
        planned = str(step.change.before.get("version"))  # type: ignore[union-attr]
        if compare(phone.vendor, identity.firmware, self.wanted[phone].version) == "equal":
            return f"it runs {identity.firmware} already"
        if compare(phone.vendor, identity.firmware, planned) != "equal":
            said = identity.firmware or "no version"
            raise Refused(str(phone.address), _DOING, f"it says {said} now, not {planned}")
        way = way_to(
            phone, identity.firmware, self.wanted[phone],
            hw_revision=identity.hw_revision or phone.hw_revision or "",
            accept_one_way=True,  # it was, or it would not be planned from this version
        )  # fmt: skip
        if way.refusal:
            raise NotPossible(str(phone.address), _DOING, way.refusal, hint=way.hint)
        self.book.intend([step])
        self.begun.add(phone)
        self.ways[phone] = way.steps
        await self.book.live({phone.address: "maintenance"})
        said = await trigger(device, way.steps[0])
        await self.book.live({phone.address: "firmware_updating"})
        return said

    async def _finish(self, begun: Result) -> Result:
        """Watch a phone until it says the version; go on from step to step."""
        phone = begun.phone
        if phone not in self.begun:
            return begun
        if begun.state != "done" and begun.code not in ("unreachable", "unexpected-reply"):
            return begun  # the phone has said no: it is as it was
        try:
            said = ""
            for number, release in enumerate(self.ways[phone]):
                if number:
                    await self._next(phone, release)
                said = await wait_for(phone, release, self.opening, self.watch)
        except ReconcilerError as error:
            reply = error.reply if isinstance(error, AdapterError) else str(error)
            if isinstance(error, Refused):
                return Result(phone, "deferred", reply, hint=error.hint, code=LEFT)
            code = OLD if isinstance(error, UnexpectedReply) else DOUBT
            return Result(phone, "failed", reply, hint=error.hint, code=code)
        await self.book.live({phone.address: "maintenance"})
        return Result(phone, "done", said)

    async def _next(self, phone: Placed, release: Release) -> None:
        async with self.opening.device(phone) as device:
            if await in_call(phone, device, self.pbxs) is not False:
                raise Refused(str(phone.address), "next version", "it may be in a call")
            await trigger(device, release)

    def _is_failure(self, result: Result) -> bool:
        """Whether something is wrong that others would meet, too: who was told, or a login."""
        return result.state == "failed" and (result.phone in self.begun or result.code in _LOGINS)

    def _settled(self, result: Result, step: Step) -> Outcome:
        """Return the outcome, written down. What is in doubt stays open in the journal."""
        began = result.phone in self.begun
        state: State = "skipped"
        if result.state == "done":
            state = "done"
        elif began:
            state = "in_doubt" if result.code == DOUBT else "failed"
            state = "skipped" if result.code == LEFT else state
        outcome = Outcome(step.id, step.target, step.address, state, result.detail)
        if (began and state != "in_doubt") or state == "done":
            self.book.settle([outcome])
        return outcome
