"""`reconciler doctor [PBX]`: is the PBX set up for us, and the exact lines that are missing."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import click

from reconciler.adapter import Doctor, Finding
from reconciler.cli.exits import DONE, ERROR
from reconciler.cli.failures import tell
from reconciler.cli.options import (
    journal_option,
    json_option,
    no_color_option,
    path_option,
    timeout_option,
)
from reconciler.cli.running import checked
from reconciler.cli.screen import look, reading
from reconciler.cli.workspace import surroundings
from reconciler.errors import AdapterError, ReconcilerError, SecretUnavailable
from reconciler.execution.session import Sessions
from reconciler.model.resource import Desired
from reconciler.workflow.declare import Declared
from reconciler.workspace import Surroundings, open_sessions, open_stores


@click.command("doctor")
@click.argument("pbxs", metavar="[PBX]...", nargs=-1)
@path_option
@journal_option
@timeout_option
@json_option
@no_color_option
def command(
    pbxs: tuple[str, ...],
    paths: tuple[Path, ...],
    journal: str | None,
    timeout_s: float,
    as_json: bool,
    no_color: bool,
) -> int:
    """Check that PBXs (or sites' phones) are set up for reconciler; all when none is named.

    Looks at version, modules, permissions and configuration, and prints the exact lines that are
    missing. Exits with 1 when something must be mended before plan and apply work.
    """
    at = surroundings(paths, journal=journal, timeout_s=timeout_s)
    declared = checked(paths, at, no_color=no_color)
    targets = _chosen(declared.desired, pbxs)
    return asyncio.run(_doctor(declared, targets, at, as_json=as_json, no_color=no_color))


def _chosen(desired: Desired, names: Sequence[str]) -> list[str]:
    """Return the ids of the targets that are named, in that order; of all when none is."""
    targets = desired.targets
    if not targets:
        raise click.UsageError("no PBX is declared: add one under `pbxs:`")
    chosen = []
    for name in names:
        found = [each for each in (f"pbx/{name}", f"site/{name}") if each in targets]
        if not found:
            known = ", ".join(sorted({each.scope for each in targets.values()}))
            raise click.UsageError(f'"{name}" is not declared. Declared: {known}.')
        chosen.append(found[0])
    return chosen or sorted(targets)


async def _doctor(
    declared: Declared, targets: Sequence[str], at: Surroundings, *, as_json: bool, no_color: bool
) -> int:
    """Examine one target after the other; one that cannot be reached does not stop the rest."""
    from reconciler.views.machine import doctor_json
    from reconciler.views.terminal.doctor import doctor_text

    found: dict[str, Sequence[Finding]] = {}
    failed = False
    named = len(targets) < len(declared.desired.targets)
    with open_stores(at, declared.desired) as stores:
        async with open_sessions(declared.desired, stores, at) as sessions:
            with reading(quiet=as_json, no_color=no_color):
                for target in targets:
                    try:
                        findings = await _examine(sessions, target, declared.desired)
                    except ReconcilerError as error:
                        failed = True
                        findings = [Finding("connection", "error", _said(error), advice=error.hint)]
                        tell(error)
                    if findings or named:
                        found[target] = findings or [_NOTHING]
    if as_json:
        click.echo(doctor_json(found))
    elif not failed or len(found) > 1:  # one that failed alone has been said
        looks = look(no_color=no_color)
        click.echo("\n\n".join(doctor_text(*each, looks) for each in found.items()))
    broken = any(each.state == "error" for findings in found.values() for each in findings)
    return ERROR if failed or broken else DONE


_NOTHING = Finding("connection", "ok", "made; this adapter has nothing else to examine")


def _said(error: ReconcilerError) -> str:
    """Return what failed without the target, whose name stands above it."""
    if isinstance(error, AdapterError):
        return f"{error.doing}: {error.reply}"
    return error.reply if isinstance(error, SecretUnavailable) else str(error)


async def _examine(sessions: Sessions, target: str, desired: Desired) -> Sequence[Finding]:
    """Return what the target's adapter finds; nothing when it has nothing to examine."""
    connection = await sessions.connection(target)
    if not isinstance(connection, Doctor):
        return ()
    told = [desired.targets[target].settings.get("timezone")]
    told += [e.fields.get("timezone") for e in desired.resources.values() if e.target == target]
    return await connection.examine({each for each in told if isinstance(each, str)})
