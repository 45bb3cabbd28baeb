"""Before an apply: what would cut a call off waits until it has ended."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from time import monotonic
from typing import Final

import click

from reconciler.cli.running import Ready
from reconciler.fleet import calls_now
from reconciler.model.plan import Plan
from reconciler.planning.oncall import held_back

_EVERY_S: Final = 1.0


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
