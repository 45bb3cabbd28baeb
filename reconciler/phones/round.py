"""A round: phones are gone to over their own interfaces, each once, in parallel and spaced. IO.

Who goes where, and whether it is the time, is decided here; what is done there is `delivering.py`.
A phone that fails stops no other, and nothing that is raised by one leaves a round.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic
from typing import Final, Literal

from reconciler.device import Consequence, Device, DeviceVendor
from reconciler.errors import (
    AdapterError,
    AuthenticationFailed,
    LockedOut,
    ReconcilerError,
    Unreachable,
)
from reconciler.model.address import Address
from reconciler.model.standing import AttemptState, Sighting
from reconciler.phones.acting import OnCall, Opening, in_call
from reconciler.phones.delivering import Brought, Spared, push, read, resync
from reconciler.phones.doors import Doors
from reconciler.phones.holding import Holding, Holdings
from reconciler.phones.logins import Logins
from reconciler.phones.meant import Placed
from reconciler.phones.pbx import Pbxs
from reconciler.phones.reaching import Whereabouts, seen_in
from reconciler.planning.phones.errands import Errand, How
from reconciler.planning.phones.fleet import Member
from reconciler.planning.phones.reading import Reading, stamp

AT_ONCE: Final = 20
_SPACE_S: Final = 0.02
"""By how much starts are spread, a phone: a switch full of phones is not asked at one moment."""
_POLL_S: Final = 1.0
_UNTOLD: Final = "neither it nor its PBX tells whether it is in a call"

Show = Callable[[Errand, int, int], None]
Do = Callable[[Device, Placed, Holding], Awaitable[Brought]]


@dataclass(frozen=True, slots=True)
class Tact:
    """When phones are left alone. `closed` are sites whose window is not open, with when it is.

    `until` is the monotonic time up to which the end of a call is waited for.
    """

    on_call: OnCall = "defer"
    until: float = 0.0
    closed: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Found:
    """What a round found: errands in the order of phones, what phones hold, who was talked to."""

    errands: list[Errand] = field(default_factory=list)
    readings: dict[Address, Reading] = field(default_factory=dict)
    sighted: dict[Address, Sighting] = field(default_factory=dict)
    whole: set[Address] = field(default_factory=set)
    """Those that had everything before anything was written."""


class Round:
    """Goes to the phones of an estate."""

    def __init__(
        self,
        placed: Iterable[Placed],
        opening: Opening,
        pbxs: Pbxs,
        logins: Logins,
        holdings: Holdings,
        now: Callable[[], datetime],
        show: Show = lambda _errand, _done, _total: None,
    ) -> None:
        self._placed = {each.address: each for each in placed}
        self._opening = opening
        self._pbxs = pbxs
        self._logins = logins
        self._doors = Doors(logins, now)
        self._holdings = holdings
        self._now = now
        self.show = show

    def knows(self, member: Member) -> bool:
        """Whether there is a login with which the phone itself can be gone to."""
        phone = self._placed.get(member.address)
        if phone is None or self._opening.by_pbx(phone):
            return False
        return self._logins.of(phone.address) is not None

    def resyncs(self, member: Member) -> bool:
        """Whether the phone can be told itself, as far as its generation is known."""
        return self.knows(member) and self._can(member, "resync")

    def reads(self, member: Member) -> bool:
        """Whether the phone tells what it holds, as far as its generation is known."""
        return self.knows(member) and self._can(member, "read_values")

    def _can(self, member: Member, action: Literal["resync", "read_values"]) -> bool:
        phone = self._placed[member.address]
        generation = self._logins.wire(phone.address).generation
        known = self._vendor(phone).generations.get(generation or "")
        return known is None or known.ability(action).can

    async def push(self, members: Sequence[Member], tact: Tact) -> Found:
        """Write to phones what they have not."""

        async def do(device: Device, phone: Placed, holding: Holding) -> Brought:
            spare = self._sparing(phone, tact, secrets=bool(holding.sealed))
            reveal = self._holdings.reveal
            vendor = self._vendor(phone)
            return await push(device, phone, holding, vendor, reveal, spare, self._stamp)

        return await self._go(members, "push", do, tact)

    async def resync(self, members: Sequence[Member], tact: Tact) -> Found:
        """Let phones fetch their files."""

        async def do(device: Device, phone: Placed, holding: Holding) -> Brought:
            spare = self._sparing(phone, tact, secrets=False)
            vendor = self._vendor(phone)
            return Brought(await resync(device, phone, holding.told, vendor, spare))

        return await self._go(members, "resync", do, tact)

    async def read(self, members: Sequence[Member]) -> Found:
        """Look at what phones hold."""

        async def do(device: Device, phone: Placed, holding: Holding) -> Brought:
            reading = await read(device, holding)
            return Brought(Errand(phone.address, "read", "done", "read"), reading)

        return await self._go(members, "read", do, Tact())

    async def _go(self, members: Sequence[Member], how: How, do: Do, tact: Tact) -> Found:
        found = Found()
        if not members:
            return found
        await self._locate(members)
        turns = asyncio.Semaphore(AT_ONCE)
        chance = random.Random()  # noqa: S311 - spacing, no secret

        async def one(member: Member) -> Brought:
            await asyncio.sleep(chance.uniform(0, _SPACE_S * (len(members) - 1)))
            async with turns:
                brought = await self._visit(member, how, do, tact, found)
            found.errands.append(brought.errand)
            self.show(brought.errand, len(found.errands), len(members))
            if brought.reading is not None:
                found.readings[member.address] = brought.reading
            if brought.was_whole:
                found.whole.add(member.address)
            return brought

        try:
            await asyncio.gather(*(one(each) for each in members))
        finally:
            self._logins.keep()
        found.errands.sort(key=lambda each: each.address)
        return found

    async def _locate(self, members: Sequence[Member]) -> None:
        """Find out where phones are: by their registrations, and where they were last seen."""
        phones = tuple(self._placed[e.address] for e in members if e.address in self._placed)
        contacts = await self._pbxs.contacts(phones)
        self._opening.known = Whereabouts(contacts, seen_in(each.standing for each in members))

    async def _visit(self, member: Member, how: How, do: Do, tact: Tact, found: Found) -> Brought:
        phone = self._placed.get(member.address)
        holding = self._holdings.of(phone) if phone is not None else None
        if phone is None or holding is None:
            why = "nobody knows what its parameters are called"
            return Brought(Errand(member.address, how, "skipped", why))
        shut = self._doors.shut(phone)
        if shut is not None:
            return Brought(
                Errand(phone.address, how, "skipped", shut.why, seen=shut.state, until=shut.until,
                       hint=shut.hint, code=_CODES.get(shut.state, "no-login"))
            )  # fmt: skip
        while True:
            try:
                return await self._enter(phone, holding, do, found)
            except Spared as spared:
                left_s = tact.until - monotonic()
                if tact.on_call != "wait" or spared.code != "in-call" or left_s <= 0:
                    return Brought(
                        Errand(phone.address, how, "skipped", str(spared), code=spared.code,
                               left_out=spared.left_out)
                    )  # fmt: skip
                await asyncio.sleep(min(_POLL_S, left_s))
            except AdapterError as error:
                return Brought(self._missed(member, how, error))
            except ReconcilerError as error:
                return Brought(
                    Errand(phone.address, how, "failed", str(error), hint=error.hint or "",
                           code=error.code)
                )  # fmt: skip

    async def _enter(self, phone: Placed, holding: Holding, do: Do, found: Found) -> Brought:
        """Open the phone, once, and do what there is to do."""
        brought: Brought | None = None
        try:
            async with self._opening.device(phone) as device:
                self._doors.learn(phone, None)
                brought = await do(device, phone, holding)
                seen = device.identity
                host = self._opening.host(phone)
                at = brought.at or self._stamp()
                found.sighted[phone.address] = Sighting(at, host, seen.model, seen.firmware)
        except AdapterError as error:
            if brought is None:
                self._doors.learn(phone, error)
                raise
            # It could not be left well: what was done there is done.
        return brought

    def _missed(self, member: Member, how: How, error: AdapterError) -> Errand:
        phone = self._placed[member.address]
        seen: AttemptState = ""
        until, why, hint = "", error.reply, error.hint or ""
        if isinstance(error, LockedOut):
            shut = self._doors.shut(phone)
            seen, until = "locked", shut.until if shut is not None else ""
        elif isinstance(error, AuthenticationFailed):
            seen = "refused"
            shut = self._doors.shut(phone)
            hint = shut.hint if shut is not None else hint
        elif isinstance(error, Unreachable):
            seen, why = "off", f"it is not reachable ({error.reply})"
        state: Literal["failed", "skipped"] = "skipped" if seen else "failed"
        return Errand(
            phone.address, how, state, why, seen=seen, until=until, hint=hint, code=error.code
        )

    def _sparing(
        self, phone: Placed, tact: Tact, *, secrets: bool
    ) -> Callable[[Device, Placed, Consequence], Awaitable[None]]:
        async def spare(device: Device, _phone: Placed, felt: Consequence) -> None:
            kind = felt.disruption.kind
            until = tact.closed.get(phone.address.scope)
            if until is not None and kind in ("reboot", "firmware"):
                raise Spared(f"it may restart, and {until}", code="window")
            if kind in ("none", "resync") and not secrets:
                return
            busy = await in_call(phone, device, self._pbxs)
            if busy:
                skip = tact.on_call == "skip"
                raise Spared("it is in a call", code="in-call", left_out=skip)
            if busy is None and kind == "reboot" and not felt.waits_for_idle:
                raise Spared(_UNTOLD, code="call-unknown")

        return spare

    def _stamp(self) -> str:
        return stamp(self._now())

    def _vendor(self, phone: Placed) -> DeviceVendor:
        return self._opening.devices[phone.vendor]


_CODES: Final = {"locked": "locked-out", "refused": "authentication-failed"}
