"""After an apply: phones come to what is new, and what they do with it is noted.

First the fleet is looked at. Where there are phones, they are seen to (`settling`), and then waited
for until they use what is new, as long as somebody wants to wait.

Loads little: most of what talks to phones is loaded where there are any.
"""

import asyncio
from collections.abc import Mapping
from time import monotonic
from typing import TYPE_CHECKING, Final

import click

from reconciler.cli.failures import tell
from reconciler.cli.logbook import Logbook
from reconciler.cli.running import Ready
from reconciler.cli.settled import Settled
from reconciler.fleet import Told, look_around
from reconciler.model.address import Address
from reconciler.views.words import count
from reconciler.workspace import Surroundings

if TYPE_CHECKING:
    from reconciler.cli.settling import Unpublished
    from reconciler.phones.acting import OnCall

_EVERY_S: Final = 1.0


async def settle_phones(
    ready: Ready,
    at: Surroundings,
    unpublished: "Unpublished",
    logbook: Logbook,
    *,
    wait_s: float = 0,
    telling: bool = True,
    on_call: "OnCall" = "defer",
    closed: Mapping[str, str] | None = None,
    spared: frozenset[Address] = frozenset(),
) -> Settled:
    """Bring phones to what is new; wait, if asked to, until they use it.

    Raises nothing of a phone. Without `telling` only what can be seen is noted. `spared` are told
    in another way.
    """
    fleet = await look_around(ready.survey, ready.sessions, at)
    for failure in fleet.failures:
        tell(failure)
    if not fleet.members:
        return Settled()
    from reconciler.cli.settling import Settling
    from reconciler.phones.round import Tact

    settling = Settling(ready, at, unpublished, closed or {}, spared)
    fleet = await settling.take_in(fleet)
    if not telling:
        return settling.settled(Told((), ()))
    ends = monotonic() + wait_s
    tact = Tact(on_call, ends if on_call == "wait" else 0.0, settling.closed)
    if await settling.push(fleet, logbook, tact):
        fleet = await settling.look()
    told = await settling.tell(fleet, tact)
    due = {each.address for each in told.outcomes if each.state == "done"}
    due |= {each.address for each in fleet.members if each.standing.status == "pushed"}
    if due - settling.ended and wait_s:
        waiting = len(due - settling.ended)
        verb = "uses" if waiting == 1 else "use"
        who = f"{count(waiting, 'phone')} {verb}"
        click.echo(f"Waiting up to {wait_s:g} s until {who} what is published.", err=True)
    while due - settling.ended and monotonic() < ends:
        await asyncio.sleep(min(_EVERY_S, max(ends - monotonic(), 0)))
        await settling.look()
    settled = settling.settled(told)
    logbook.settle([each for each in settled.errands if each.how != "push"])
    if settled.outcomes or settled.untold:
        logbook.note(settled.facts)
    logbook.end(settled.errands)
    return settled
