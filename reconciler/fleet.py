"""The fleet at work: phones are looked at, told of what is new, and what was seen is noted. IO.

look_around   what the published store knows, what goes on at the PBXs
tell          SIP NOTIFY to those that have something to fetch
take_note     proofs and lives, where the files are published
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from reconciler.adapter import LiveState, Rollcall, Watcher
from reconciler.adapters.devices import DEVICES
from reconciler.device import Notifier
from reconciler.errors import ReconcilerError
from reconciler.execution.session import Sessions
from reconciler.model.address import Address
from reconciler.model.outcome import Outcome
from reconciler.model.resource import Desired
from reconciler.model.standing import Attempt, Lifecycle, Standing
from reconciler.planning.phones.errands import Errand, noted
from reconciler.planning.phones.fleet import Member, lines_of, muster
from reconciler.planning.phones.reading import Reading
from reconciler.planning.phones.telling import Tell, Untold, tells
from reconciler.workflow.survey import Survey
from reconciler.workspace import Surroundings

if TYPE_CHECKING:
    from reconciler.phones.round import Found

_SPARED: Final = ("in-call", "call-unknown", "window")
"""What a phone is left alone for, whoever tells it."""


@dataclass(frozen=True, slots=True)
class Fleet:
    """Every published phone, and the PBXs that could not be asked, each with its error."""

    members: tuple[Member, ...]
    failures: tuple[ReconcilerError, ...] = ()
    standings: tuple[Standing, ...] = ()
    states: Mapping[str, LiveState] = field(default_factory=dict)

    def read(self, desired: Desired, readings: Mapping[Address, Reading], now: datetime) -> "Fleet":
        """Return the fleet with what phones were found to hold."""
        members = muster(desired, self.standings, self.states, now, readings)
        return replace(self, members=members)


@dataclass(frozen=True, slots=True)
class Told:
    """What became of telling: outcomes of those that were told, and those that were not."""

    outcomes: tuple[Outcome, ...]
    untold: tuple[Untold, ...]


async def look_around(survey: Survey, sessions: Sessions, at: Surroundings) -> Fleet:
    """Return where each phone stands. Asks the PBXs of their lines what goes on."""
    standings: list[Standing] = []
    failures: list[ReconcilerError] = []
    for name in sorted(survey.live.targets):
        if survey.live.targets[name].unreachable is None:
            try:
                connection = await sessions.connection(name)
                if isinstance(connection, Rollcall):
                    standings += await connection.standings()
            except ReconcilerError as error:
                failures.append(error)
    states = await _states(survey, standings, sessions, failures)
    members = muster(survey.desired, standings, states, at.now())
    return Fleet(members, tuple(failures), tuple(standings), states)


@dataclass(frozen=True, slots=True)
class Calls:
    """The extensions that are in a call, and the PBXs that did not tell, each with why not."""

    addresses: frozenset[Address]
    untold: Mapping[str, ReconcilerError]


async def calls_now(survey: Survey, sessions: Sessions) -> Calls:
    """Return who is in a call, as far as their PBXs tell."""
    states: dict[str, LiveState] = {}
    untold: dict[str, ReconcilerError] = {}
    for name in sorted(each for each in survey.live.targets if each.startswith("pbx/")):
        if survey.live.targets[name].unreachable is None:
            failures: list[ReconcilerError] = []
            await _ask(name, sessions, states, failures)
            untold.update((name.removeprefix("pbx/"), each) for each in failures)
    calls = (call.address for state in states.values() for call in state.calls)
    return Calls(frozenset(filter(None, calls)), untold)


async def _states(
    survey: Survey,
    standings: Iterable[Standing],
    sessions: Sessions,
    failures: list[ReconcilerError],
) -> Mapping[str, LiveState]:
    resources = [survey.desired.resources.get(each.address) for each in standings]
    wanted = {
        f"pbx/{line.scope}" for each in resources if each is not None for line in lines_of(each)
    }
    states: dict[str, LiveState] = {}
    for name in sorted(wanted):
        target = survey.live.targets.get(name)
        if target is not None and target.unreachable is None:
            await _ask(name, sessions, states, failures)
    return states


async def _ask(
    name: str,
    sessions: Sessions,
    states: dict[str, LiveState],
    failures: list[ReconcilerError],
) -> None:
    try:
        connection = await sessions.connection(name)
        if isinstance(connection, Watcher):
            states[name] = await connection.live_state()
    except ReconcilerError as error:
        failures.append(error)


async def tell(
    fleet: Fleet,
    survey: Survey,
    sessions: Sessions,
    closed: Mapping[str, str] = MappingProxyType({}),
    itself: Sequence[Errand] = (),
) -> Told:
    """Tell every phone that has something to fetch, and say which ones were not told, and why.

    `closed` are the sites whose phones may not restart now, with when they may. `itself` says what
    became of those that were told over their own interfaces: their PBX tells those that it was not
    possible with, but none that shall be left alone.
    """
    wanted, untold = tells(fleet.members, survey.desired, DEVICES, closed)
    outcomes = [
        each.outcome._replace(step=f"tell {each.address}", detail=f"told itself: {each.detail}")
        for each in itself
        if each.state == "done"
    ]
    spared = {each.address: each for each in itself if each.code in _SPARED}
    settled = {each.address for each in outcomes} | spared.keys()
    missed = [each for each in untold if each.address not in settled]
    missed += [Untold(a, f"is left alone for now: {each.detail}") for a, each in spared.items()]
    due = [each for each in wanted if each.address not in settled]
    for each, outcome in await _tell_all(due, sessions):
        if outcome is None:
            missed.append(Untold(each.address, "cannot be told: its PBX has no way to it"))
        else:
            outcomes.append(outcome)
    return Told(tuple(outcomes), tuple(sorted(missed)))


async def _tell_all(due: Sequence[Tell], sessions: Sessions) -> list[tuple[Tell, Outcome | None]]:
    """Tell phones; those that have a line of another's at once.

    Of two that swap, the first that registers anew takes the line over which the other is told.
    """
    first = [each for each in due if each.hurries]
    told = await asyncio.gather(*(_tell(each, sessions) for each in first))
    found = list(zip(first, told, strict=True))
    return found + [(each, await _tell(each, sessions)) for each in due if not each.hurries]


async def _tell(each: Tell, sessions: Sessions) -> Outcome | None:
    step = f"tell {each.address}"
    try:
        connection = await sessions.connection(each.target)
        if not isinstance(connection, Notifier):
            return None
        detail = await connection.notify(each.extension, each.event)
    except ReconcilerError as error:
        return Outcome(step, each.target, each.address, "failed", str(error))
    return Outcome(step, each.target, each.address, "done", detail)


async def take_note(fleet: Fleet, survey: Survey, sessions: Sessions) -> Sequence[Member]:
    """Remember proofs, failures and lives that are news. Returns those phones."""
    known = {each.address: each for each in fleet.standings}
    news = [each for each in fleet.members if _is_news(each, known[each.address])]
    for name, own in _by_target(news, survey).items():
        connection = await sessions.connection(name)
        if isinstance(connection, Rollcall):
            lives: dict[Address, Lifecycle] = {
                each.address: each.reached
                for each in own
                if each.reached != each.standing.lifecycle
            }
            proofs = {each.address: each.proof for each in own if each.proof}
            await connection.record(lives, proofs)
            seen = {each.address: _seen(each) for each in own}
            await connection.note({a: each for a, each in seen.items() if each.state}, {})
    return news


async def note_errands(
    found: "Found", fleet: Fleet, survey: Survey, sessions: Sessions, now: str
) -> None:
    """Remember what became of going to phones, and which ones all was written to."""
    errands = {each.address: each for each in found.errands}
    members = [each for each in fleet.members if each.address in errands]
    for name, own in _by_target(members, survey).items():
        connection = await sessions.connection(name)
        if not isinstance(connection, Rollcall):
            continue
        attempts = {
            each.address: attempt
            for each in own
            if (attempt := noted(each.standing.attempt, errands[each.address], now)) is not None
        }
        delivered = {
            each.address: found.sighted[each.address]
            for each in own
            if errands[each.address].how == "push" and errands[each.address].state == "done"
            and each.address in found.sighted
        }  # fmt: skip
        if attempts or delivered:
            await connection.note(attempts, delivered)


def _by_target(members: Iterable[Member], survey: Survey) -> Mapping[str, list[Member]]:
    found: dict[str, list[Member]] = {}
    for each in members:
        resource = survey.desired.resources.get(each.address)
        if resource is not None:
            found.setdefault(resource.target, []).append(each)
    return found


def _is_news(member: Member, known: Standing) -> bool:
    if member.proof is not None or member.reached != known.lifecycle:
        return True
    return member.standing.attempt.at != known.attempt.at


def _seen(member: Member) -> Attempt:
    """Return what is remembered of a phone; of one that uses everything, with which passwords."""
    attempt = member.standing.attempt
    if member.proof is None:
        return attempt
    since = attempt.since if attempt.state == "held" else member.proof
    return Attempt("held", member.proof, since, passwords=member.passwords)
