"""Settling: one look after another at phones that come to what is new, and what is done between.

look, read back     who uses what was published before
push                to those whose settings are written to them
tell                those that fetch: themselves where there is a login, else by their PBX
"""

import sys
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from time import monotonic
from typing import Final

import click

from reconciler.adapters.devices import DEVICES
from reconciler.cli.logbook import Logbook
from reconciler.cli.running import Ready
from reconciler.cli.settled import Settled
from reconciler.fleet import Fleet, Told, look_around, note_errands, take_note, tell
from reconciler.model.address import Address
from reconciler.phones.acting import Opening
from reconciler.phones.declared import admin_passwords, declared_phones
from reconciler.phones.holding import Holdings
from reconciler.phones.logins import Logins
from reconciler.phones.pbx import Pbxs
from reconciler.phones.reaching import Whereabouts
from reconciler.phones.round import Found, Round, Tact
from reconciler.planning.phones.errands import Errand, changed_at, pushes_due, reads_due, since_when
from reconciler.planning.phones.fleet import Member
from reconciler.planning.phones.reading import Reading, stamp
from reconciler.planning.select import Selection
from reconciler.workspace import Surroundings

_READ_EVERY_S: Final = 2.0
"""How often a phone is read that has not taken everything over yet."""
_ANSWER_S: Final = 5.0

Unpublished = Callable[[], Collection[Address]]
"""Phones whose change waits: what is declared is not published yet."""


@dataclass(slots=True)
class Settling:
    """One look after another at the fleet, and what is done between them."""

    ready: Ready
    at: Surroundings
    unpublished: Unpublished
    closed: Mapping[str, str] = field(default_factory=dict)
    spared: frozenset[Address] = frozenset()
    readings: dict[Address, Reading] = field(default_factory=dict)
    errands: dict[tuple[str, Address], Errand] = field(default_factory=dict)
    proved: dict[Address, Member] = field(default_factory=dict)
    _round: Round | None = None
    _waiting: Collection[Address] | None = None
    _read_at: float = -_READ_EVERY_S

    async def look(self) -> Fleet:
        """Look at the fleet, read back what can be, and note what is news."""
        survey, sessions = self.ready.survey, self.ready.sessions
        return await self.take_in(await look_around(survey, sessions, self.at))

    async def take_in(self, fleet: Fleet) -> Fleet:
        """Read back what can be of a fleet that was just looked at, and note what is news."""
        survey, sessions = self.ready.survey, self.ready.sessions
        if fleet.members:
            await self._read_back(fleet)
        if self.readings:
            fleet = fleet.read(survey.desired, self.readings, self.at.now())
        for each in await take_note(fleet, survey, sessions):
            if each.proof:
                self.proved[each.address] = each
                self.errands.pop(("read", each.address), None)
        self._say_failures(fleet)
        return fleet

    async def _read_back(self, fleet: Fleet) -> None:
        if monotonic() - self._read_at < _READ_EVERY_S:
            return
        due = [each for each in reads_due(fleet.members, self.ready.survey.desired, ())
               if each.address not in self._right and self.round.reads(each)]  # fmt: skip
        waiting = self.waiting if due else ()
        due = [each for each in due if each.address not in waiting]
        found = await self.round.read(due)
        self._read_at = monotonic()
        self.readings |= found.readings
        missed = [each for each in found.errands if each.state != "done"]
        await self._keep(Found(missed), fleet)

    @property
    def _right(self) -> set[Address]:
        return {address for address, each in self.readings.items() if not each.differs}

    def _say_failures(self, fleet: Fleet) -> None:
        """Add what was found to be ignored, now that it was weighed."""
        for each in fleet.members:
            if each.address in self.readings and each.standing.status == "failed":
                seen = each.standing.attempt
                errand = Errand(each.address, "read", "failed", seen.why, seen.fields, "differs",
                                seen.since, code="values-kept")  # fmt: skip
                if ("push", each.address) not in self.errands:
                    self.errands["read", each.address] = errand

    async def compare(self, only: Selection) -> Found:
        """Look at what phones hold that were seen to use everything; note who does not any more."""
        survey, sessions = self.ready.survey, self.ready.sessions
        fleet = await look_around(survey, sessions, self.at)
        due = [
            each
            for each in fleet.members
            if only.takes(each.address)
            and each.wanted == "managed"
            and each.standing.status in ("applied", "pushed", "failed")
            and self.round.reads(each)
            and each.address not in self.waiting
        ]
        found = await self.round.read(due)
        found.errands = [self._compared(each, found) for each in found.errands]
        await self._keep(Found([e for e in found.errands if e.state == "failed"]), fleet)
        return found

    @staticmethod
    def _compared(errand: Errand, found: Found) -> Errand:
        reading = found.readings.get(errand.address)
        if reading is None:
            return errand._replace(state="skipped")  # it could not be read
        return changed_at(errand.address, reading.differs) if reading.differs else errand

    async def push(self, fleet: Fleet, logbook: Logbook, tact: Tact) -> bool:
        """Write to the phones that are written to. Says whether there were any."""
        survey = self.ready.survey
        due = pushes_due(fleet.members, survey.desired, ())
        if due:
            due = pushes_due(due, survey.desired, self.waiting)
        if not due:
            return False
        logbook.intend(each for each in due if self.round.knows(each))
        found = await self.round.push(due, tact)
        taken = {each.address for each in found.errands if each.state == "done"}
        self.readings |= {a: each for a, each in found.readings.items() if a in taken}
        await self._keep(found, fleet)
        logbook.settle(found.errands)
        logbook.settle_doubts(found.errands, found.whole)
        return True

    async def tell(self, fleet: Fleet, tact: Tact) -> Told:
        """Tell the phones that fetch."""
        survey = self.ready.survey
        due = [
            each
            for each in fleet.members
            if each.standing.status in ("generated", "stale")
            and each.wanted == "managed"
            and ("push", each.address) not in self.errands
            and each.address not in self.spared
            and self.round.resyncs(each)
        ]
        found = await self.round.resync(due, tact)
        await self._keep(found, fleet)
        others = tuple(each for each in fleet.members if each.address not in self.spared)
        fleet = replace(fleet, members=others)
        return await tell(fleet, survey, self.ready.sessions, self.closed, found.errands)

    async def _keep(self, found: Found, fleet: Fleet) -> None:
        now = stamp(self.at.now())
        known = {each.address: each.standing for each in fleet.members}
        found.errands = [
            each._replace(since=since_when(each, known[each.address], now))
            for each in found.errands
        ]
        self.errands |= {(each.how, each.address): each for each in found.errands}
        survey, sessions = self.ready.survey, self.ready.sessions
        await note_errands(found, fleet, survey, sessions, now)

    @property
    def ended(self) -> set[Address]:
        """The phones of which nothing more is to be seen in this run."""
        failed = {address for (_, address), each in self.errands.items() if each.state == "failed"}
        return self.proved.keys() | failed

    def settled(self, told: Told) -> Settled:
        """Return what it all came to."""
        errands = sorted(self.errands.values(), key=lambda each: (each.address, each.how))
        return Settled(told.outcomes, told.untold, tuple(self.proved.values()), tuple(errands))

    @property
    def waiting(self) -> Collection[Address]:
        """The phones whose change waits."""
        if self._waiting is None:
            self._waiting = self.unpublished()
        return self._waiting

    @property
    def round(self) -> Round:
        """The way to the phones themselves."""
        if self._round is None:
            ready, at = self.ready, self.at
            targets = {
                each.scope: each.id
                for each in ready.declared.desired.targets.values()
                if each.id.startswith("pbx/") and each.adapter in at.adapters
            }
            pbxs, logins = Pbxs(ready.sessions, targets), Logins(ready.stores.store)
            timeout_s = min(at.timeout_s, _ANSWER_S)
            opening = Opening(
                DEVICES, logins, Whereabouts(), pbxs, timeout_s=timeout_s,
                declared=admin_passwords(ready.declared, ready.stores.secrets),
            )  # fmt: skip
            holdings = Holdings(ready.declared, ready.stores, DEVICES)
            placed = declared_phones(ready.declared)
            self._round = Round(placed, opening, pbxs, logins, holdings, at.now, _show)
        return self._round


def _show(errand: Errand, done: int, total: int) -> None:
    if sys.stderr.isatty():
        click.echo(f"{done}/{total}  {errand.address.key}: {errand.detail}", err=True)
