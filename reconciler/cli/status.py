"""`reconciler status`: what is ours, what is owed, and what goes on now."""

import asyncio
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from reconciler.adapter import LiveState, Watcher
from reconciler.cli.exits import DONE, ERROR
from reconciler.cli.failures import tell
from reconciler.cli.options import json_option, no_color_option, scope_options, workspace_options
from reconciler.cli.part import Part
from reconciler.cli.running import checked, surveyed
from reconciler.cli.screen import look
from reconciler.cli.workspace import surroundings
from reconciler.errors import ReconcilerError
from reconciler.model.address import Address
from reconciler.planning.phones.fleet import Member
from reconciler.workflow.declare import Declared
from reconciler.workflow.propose import propose, unpublished_phones
from reconciler.workspace import Surroundings, open_stores


@click.command("status")
@workspace_options
@scope_options
@click.option("--live", is_flag=True, help="Also registrations, devices, trunks, queues, calls.")
@click.option("--full", is_flag=True, help="List every phone, not only those that wait.")
@click.option(
    "--watch",
    "every_s",
    is_flag=False,
    flag_value=5.0,
    type=click.FloatRange(0.2, 3600),
    metavar="SECONDS",
    help="Look again every 5 (or so many) seconds until every phone uses what "
    "it was given; phones with a saved login are read back; what is seen is noted.",
)
@click.option("--unmanaged", is_flag=True, help="List what exists and is not ours.")
@click.option("--run", type=int, metavar="RUN", help="Show a run, like `history RUN`.")
@json_option
@no_color_option
def command(
    paths: tuple[Path, ...],
    journal: str | None,
    no_cache: bool,
    timeout_s: float,
    parallelism: int | None,
    pbxs: tuple[str, ...],
    sites: tuple[str, ...],
    live: bool,
    full: bool,
    every_s: float | None,
    unmanaged: bool,
    run: int | None,
    as_json: bool,
    no_color: bool,
) -> int:
    """Show what is ours on each PBX, what is owed or waits, and where each phone stands.

    With --live also what goes on now. Reads the PBXs (with --pbx and --site only those) and changes
    nothing. Exits with 1 when one of them could not be read.
    """
    at = surroundings(
        paths, journal=journal, no_cache=no_cache, timeout_s=timeout_s, parallelism=parallelism
    )
    if run is not None:
        from reconciler.cli.history import command as history

        arguments = [str(run), *(["--journal", journal] if journal else [])]
        arguments += [said for each in paths for said in ("--path", str(each))]
        arguments += ["--json"] if as_json else []
        return int(history.main(arguments, standalone_mode=False) or 0)
    declared = checked(paths, at, no_color=no_color, brief=True)
    part = Part.of(declared.desired, pbxs, sites)
    return asyncio.run(
        _watch(declared, part, at, every_s, full=full, as_json=as_json, no_color=no_color)
        if every_s is not None
        else _status(
            declared, part, at, live=live, full=full, unmanaged=unmanaged, as_json=as_json,
            no_color=no_color,
        )
    )  # fmt: skip


async def _status(
    declared: Declared,
    part: Part,
    at: Surroundings,
    *,
    live: bool,
    full: bool,
    unmanaged: bool,
    as_json: bool,
    no_color: bool,
) -> int:
    from reconciler.fleet import look_around
    from reconciler.views.machine import status_json
    from reconciler.views.terminal.fleet import fleet_text
    from reconciler.views.terminal.live import live_text
    from reconciler.views.terminal.status import status_text

    states: dict[str, LiveState] = {}
    with open_stores(at, declared.desired) as stores:
        async with surveyed(
            declared, stores, at, no_color=no_color, quiet=as_json, brief=True, asked=part.asked
        ) as ready:
            planned = part.plan(propose(ready.survey, declared, at, only=part.selection))
            ownership = part.ownership(ready.survey.ownership)
            if live:
                for name, target in ready.survey.live.targets.items():
                    if target.unreachable is None and part.has(name):
                        connection: Any = await ready.sessions.connection(name)
                        if isinstance(connection, Watcher):
                            try:
                                states[name] = await connection.live_state()
                            except ReconcilerError as error:
                                tell(error)
            fleet = await look_around(ready.survey, ready.sessions, at)
            members = with_versions(part.phones(fleet.members))
            for failure in fleet.failures:
                tell(failure)
        runs = stores.journal.history(5)
        holder = stores.journal.holder()
    beyond = {
        name: target.beyond.get(Address("pbx", "", name.partition("/")[2]), ())
        for name, target in ready.survey.live.targets.items()
    }
    if as_json:
        click.echo(status_json(planned, ownership, runs, holder, states, members, beyond))
        return ERROR if ready.survey.failures else DONE
    look_ = look(no_color=no_color)
    shown = beyond if unmanaged else {}
    click.echo(
        status_text(planned, ownership, runs, holder, look_, unmanaged=unmanaged, beyond=shown)
    )
    if members:
        click.echo("")
        click.echo(fleet_text(members, look_, full=full))
    for name, state in states.items():
        click.echo("")
        click.echo(live_text(name, state, look_))
    return ERROR if ready.survey.failures else DONE


def with_versions(members: Sequence[Member]) -> tuple[Member, ...]:
    """Return phones with the firmware that their registrations tell, newer than a last visit."""
    from reconciler.discovery.agents import version_told

    return tuple(
        each._replace(standing=each.standing._replace(firmware=told))
        if (told := version_told(each.agent, of.vendor, of.model, of.mac))
        else each
        for each in members
        for of in (each.standing,)
    )


async def _watch(
    declared: Declared,
    part: Part,
    at: Surroundings,
    every_s: float,
    *,
    full: bool,
    as_json: bool,
    no_color: bool,
) -> int:
    """Show the fleet again and again, and note what is seen, until nobody waits any more."""
    from reconciler.cli.settling import Settling
    from reconciler.views.machine import fleet_json
    from reconciler.views.terminal.fleet import fleet_text, waiting_phones

    shown = ""
    with open_stores(at, declared.desired) as stores:
        async with surveyed(
            declared, stores, at, no_color=no_color, quiet=as_json, brief=True, asked=part.asked
        ) as ready:
            settling = Settling(ready, at, lambda: unpublished_phones(ready.survey, at))
            while True:
                members = with_versions(part.phones((await settling.look()).members))
                text = (
                    fleet_json(members)
                    if as_json
                    else fleet_text(members, look(no_color=no_color), full=full)
                )
                if text != shown:
                    if shown and sys.stdout.isatty():
                        _erase(shown)
                    shown = text
                    click.echo(text)
                if not waiting_phones(members):
                    return ERROR if ready.survey.failures else DONE
                await asyncio.sleep(every_s)


def _erase(text: str) -> None:
    """Take away what was printed last; what stands above it on the terminal stays, if it can."""
    lines = text.count("\n") + 1
    if lines < shutil.get_terminal_size().lines:
        click.echo(f"\033[{lines}F\033[J", nl=False)
    else:
        click.clear()
