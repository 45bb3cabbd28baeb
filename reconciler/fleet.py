"""The fleet at work: phones are looked at, told of what is new, and what was seen is noted. IO.

look_around   what the published store knows, what goes on at the PBXs
tell          SIP NOTIFY to those that have something to fetch
take_note     proofs and lives, where the files are published
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from reconciler.adapter import LiveState, Rollcall, Watcher
from reconciler.adapters.devices import DEVICES
from reconciler.device import Notifier
from reconciler.errors import ReconcilerError
from reconciler.execution.session import Sessions
from reconciler.model.address import Address
from reconciler.model.outcome import Outcome
from reconciler.model.standing import Lifecycle, Standing
from reconciler.planning.fleet import Member, lines_of, muster
from reconciler.planning.telling import Tell, Untold, tells
from reconciler.workflow import Survey
from reconciler.workspace import Surroundings


@dataclass(frozen=True, slots=True)
class Fleet:
    """Every published phone, and the PBXs that could not be asked, each with its error."""

    members: tuple[Member, ...]
    failures: tuple[ReconcilerError, ...] = ()


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
    return Fleet(muster(survey.desired, standings, states, at.now()), tuple(failures))


async def calls_now(survey: Survey, sessions: Sessions) -> frozenset[Address]:
    """Return the extensions that are in a call, as far as their PBXs tell."""
    states: dict[str, LiveState] = {}
    for name in sorted(each for each in survey.live.targets if each.startswith("pbx/")):
        if survey.live.targets[name].unreachable is None:
            await _ask(name, sessions, states, [])
    return frozenset(
        call.address for state in states.values() for call in state.calls if call.address
    )


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
) -> Told:
    """Tell every phone that has something to fetch, and say which ones were not told, and why.

    `closed` are the sites whose phones may not restart now, with when they may.
    """
    wanted, untold = tells(fleet.members, survey.desired, DEVICES, closed)
    outcomes: list[Outcome] = []
    missed = list(untold)
    for each in wanted:
        outcome = await _tell(each, sessions)
        if outcome is None:
            missed.append(Untold(each.address, "cannot be told: its PBX has no way to it"))
        else:
            outcomes.append(outcome)
    return Told(tuple(outcomes), tuple(sorted(missed)))


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
    """Remember proofs and lives that are news. Returns those phones."""
    news = [each for each in fleet.members if _is_news(each)]
    by_target: dict[str, list[Member]] = {}
    for each in news:
        resource = survey.desired.resources.get(each.address)
        if resource is not None:
            by_target.setdefault(resource.target, []).append(each)
    for name, own in by_target.items():
        connection = await sessions.connection(name)
        if isinstance(connection, Rollcall):
            lives: dict[Address, Lifecycle] = {
                each.address: each.reached
                for each in own
                if each.reached != each.standing.lifecycle
            }
            proofs = {each.address: each.proof for each in own if each.proof}
            await connection.record(lives, proofs)
    return news


def _is_news(member: Member) -> bool:
    return member.proof is not None or member.reached != member.standing.lifecycle
