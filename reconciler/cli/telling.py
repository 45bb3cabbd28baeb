"""After an apply: phones are told of what is new, and what they do with it is noted."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from time import monotonic
from typing import Final

import click

from reconciler.cli.failures import words
from reconciler.cli.running import Ready
from reconciler.fleet import calls_now, look_around, take_note, tell
from reconciler.model.address import Address
from reconciler.model.outcome import Outcome
from reconciler.model.plan import Plan
from reconciler.model.value import Fields
from reconciler.planning.fleet import Member
from reconciler.planning.oncall import held_back
from reconciler.planning.telling import Untold
from reconciler.planning.windows import When, closed_sites
from reconciler.workspace import Surroundings

_EVERY_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Settled:
    """Who was told, who was not, and who was seen to use what was published."""

    outcomes: tuple[Outcome, ...] = ()
    untold: tuple[Untold, ...] = ()
    proved: tuple[Member, ...] = ()


async def settle_phones(
    ready: Ready,
    at: Surroundings,
    *,
    wait_s: float = 0,
    telling: bool = True,
    window: When | None = None,
    spared: frozenset[Address] = frozenset(),
) -> Settled:
    """Tell phones of what is new; wait, if asked to, until they use it. Raises nothing of a phone.

    Without `telling` only what can be seen is noted. `spared` are told in another way.
    """
    fleet = await look_around(ready.survey, ready.sessions, at)
    if not fleet.members:
        return Settled()
    for failure in fleet.failures:
        click.echo(words(failure), err=True)
    proved = {each.address: each for each in await take_note(fleet, ready.survey, ready.sessions)}
    if not telling:
        return Settled(proved=_proved(proved))
    desired = ready.survey.desired
    closed = closed_sites(desired, desired.sites, at.now(), window)
    others = tuple(each for each in fleet.members if each.address not in spared)
    told = await tell(replace(fleet, members=others), ready.survey, ready.sessions, closed)
    ends = monotonic() + wait_s
    due = {each.address for each in told.outcomes if each.state == "done"} | {
        each.address for each in fleet.members if each.standing.status == "pushed"
    }
    if due - proved.keys() and wait_s:
        said = f"Waiting up to {wait_s:g} s until {len(due - proved.keys())} use what is published."
        click.echo(said, err=True)
    while due - proved.keys() and monotonic() < ends:
        await asyncio.sleep(min(_EVERY_S, max(ends - monotonic(), 0)))
        fleet = await look_around(ready.survey, ready.sessions, at)
        news = await take_note(fleet, ready.survey, ready.sessions)
        proved |= {each.address: each for each in news if each.proof}
    return Settled(told.outcomes, told.untold, _proved(proved))


def facts_of(settled: Settled) -> Fields:
    """Return what the journal keeps of it."""
    return {
        "told": {str(each.address): each.state for each in settled.outcomes},
        "not_told": {str(each.address): each.reason for each in settled.untold},
    }


def _proved(found: Mapping[Address, Member]) -> tuple[Member, ...]:
    return tuple(each for each in found.values() if each.proof)


async def wait_for_calls(planned: Plan, ready: Ready, *, wait_s: float) -> dict[str, str]:
    """Return the steps that a call holds back, having waited so long for calls to end."""
    if not held_back(planned, {each.address for each in planned.steps}):
        return {}
    held = held_back(planned, await calls_now(ready.survey, ready.sessions))
    ends = monotonic() + wait_s
    if held and wait_s:
        click.echo(f"Waiting up to {wait_s:g} s until {len(held)} steps cut no call off.", err=True)
    while held and monotonic() < ends:
        await asyncio.sleep(min(_EVERY_S, max(ends - monotonic(), 0)))
        held = held_back(planned, await calls_now(ready.survey, ready.sessions))
    return held


def without(planned: Plan, held: Mapping[str, str]) -> Plan:
    """Return the plan without the steps that are held back."""
    steps = tuple(each for each in planned.steps if each.id not in held)
    kept = {each.address for each in steps}
    changes = tuple(each for each in planned.changes if each.address in kept)
    return replace(planned, steps=steps, changes=changes)
