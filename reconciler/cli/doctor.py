"""`reconciler doctor PBX`: is the PBX set up for us, and the exact lines that are missing."""

import asyncio
from pathlib import Path

import click

from reconciler.adapter import Doctor
from reconciler.cli.exits import DONE, ERROR
from reconciler.cli.running import checked
from reconciler.cli.screen import look, reading
from reconciler.cli.workspace import surroundings
from reconciler.workflow import Declared
from reconciler.workspace import Surroundings, open_sessions, open_stores


@click.command("doctor")
@click.argument("pbx")
@click.option(
    "--path", "paths", multiple=True, type=click.Path(path_type=Path),
    help="Where the inventory is; the current folder when not given. Repeatable.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--no-color", is_flag=True, help="No colour (NO_COLOR does the same).")
def command(pbx: str, paths: tuple[Path, ...], as_json: bool, no_color: bool) -> int:
    """Check that a PBX (or a site's phones) is set up for reconciler.

    Looks at version, modules, permissions and configuration, and prints the exact lines that are
    missing. Exits with 1 when something must be mended before plan and apply work.
    """
    at = surroundings(paths)
    declared = checked(paths, at, no_color=no_color)
    target = next(
        (each for each in (f"pbx/{pbx}", f"site/{pbx}") if each in declared.desired.targets), None
    )
    if target is None:
        names = ", ".join(sorted(each.scope for each in declared.desired.targets.values()))
        raise click.UsageError(f'"{pbx}" is not declared. Declared: {names or "nothing"}.')
    return asyncio.run(_examine(declared, target, at, as_json=as_json, no_color=no_color))


async def _examine(
    declared: Declared, target: str, at: Surroundings, *, as_json: bool, no_color: bool
) -> int:
    from reconciler.views.machine import doctor_json
    from reconciler.views.terminal.doctor import doctor_text

    with open_stores(at, declared.desired) as stores:
        async with open_sessions(declared.desired, stores, at) as sessions:
            with reading(quiet=as_json, no_color=no_color):
                connection = await sessions.connection(target)
                if not isinstance(connection, Doctor):
                    click.echo(f"The adapter of {target} has nothing to examine.")
                    return DONE
                findings = await connection.examine()
    if as_json:
        click.echo(doctor_json(target, findings))
    else:
        click.echo(doctor_text(target, findings, look(no_color=no_color)))
    return ERROR if any(each.state == "error" for each in findings) else DONE
