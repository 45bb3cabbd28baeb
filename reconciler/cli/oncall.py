"""Before an apply: what would cut a call off waits until it has ended."""

import asyncio
from collections.abc import Mapping
from time import monotonic
from typing import Final

import click

from reconciler.cli.failures import words
from reconciler.cli.running import Ready
from reconciler.errors import NotPossible, ReconcilerError
from reconciler.fleet import Calls, calls_now
from reconciler.model.plan import Plan
from reconciler.planning.phones.oncall import held_back

_EVERY_S: Final = 1.0


async def wait_for_calls(planned: Plan, ready: Ready, *, wait_s: float) -> dict[str, str]:
    """Return the steps that a call holds back, having waited so long for calls to end.

    Where a PBX should tell who is in a call and does not answer, they are held back, too; one that
    was never told how to be asked is said, and holds nothing back.
    """
    cutting = held_back(planned, {each.address for each in planned.steps})
    if not cutting:
        return {}
    calls = await calls_now(ready.survey, ready.sessions)
    concerned = {each.address.scope for each in planned.steps if each.id in cutting}
    for name, failure in calls.untold.items():
        if name in concerned:
            click.echo(_untold(name, failure), err=True)
    held = _held(planned, calls)
    ends = monotonic() + wait_s
    if held and wait_s:
        click.echo(f"Waiting up to {wait_s:g} s until {len(held)} steps cut no call off.", err=True)
    while held and monotonic() < ends:
        await asyncio.sleep(min(_EVERY_S, max(ends - monotonic(), 0)))
        held = _held(planned, await calls_now(ready.survey, ready.sessions))
    return held


def _held(planned: Plan, calls: Calls) -> dict[str, str]:
    silent = {e for e, why in calls.untold.items() if not isinstance(why, NotPossible)}
    return held_back(planned, calls.addresses, silent)


def _untold(name: str, failure: ReconcilerError) -> str:
    """Say that a PBX does not tell who is in a call, and what comes of it."""
    if isinstance(failure, NotPossible):
        return (
            f"warning[calls-not-known]: {name} does not tell who is in a call, and phones register "
            f"again: that cuts calls off.\n  hint: {failure.hint}"
        )
    return (
        f"{words(failure)}\n  What would cut a call off waits until {name} tells who is in one; "
        "without `ami` in the inventory it would not."
    )


def without(planned: Plan, held: Mapping[str, str]) -> Plan:
    """Return the plan without the steps that are held back."""
    steps = tuple(each for each in planned.steps if each.id not in held)
    kept = {each.address for each in steps}
    changes = tuple(each for each in planned.changes if each.address in kept)
    return planned._replace(steps=steps, changes=changes)
