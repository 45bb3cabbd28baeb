"""`reconciler plan`: show what apply would do. Changes nothing."""

import shlex
from collections.abc import Sequence
from pathlib import Path

import click

from reconciler.cli.asking import Asking, plan_firmware
from reconciler.cli.exits import DONE, ERROR, PENDING, REFUSED
from reconciler.cli.options import workspace_options
from reconciler.cli.running import (
    checked,
    firmware_options,
    only_drift_option,
    overrides,
    rail_options,
    selection,
    selection_options,
    surveyed,
)
from reconciler.cli.show import plan_options, print_plan
from reconciler.cli.workspace import surroundings
from reconciler.execution.secrets.files import replace_private
from reconciler.planning.planfile import write_plan
from reconciler.planning.select import Selection
from reconciler.workflow.ahead import Ahead
from reconciler.workflow.declare import Declared
from reconciler.workflow.propose import header_of, propose
from reconciler.workspace import Stores, Surroundings, open_stores


@click.command("plan")
@workspace_options
@selection_options
@only_drift_option
@rail_options
@plan_options
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
    help="Save the plan; `reconciler apply FILE` carries out exactly it.",
)  # fmt: skip
@firmware_options
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 when there are changes.")
def command(
    paths: tuple[Path, ...],
    journal: str | None,
    no_cache: bool,
    timeout_s: float,
    parallelism: int | None,
    targets: tuple[str, ...],
    excluded: tuple[str, ...],
    pbxs: tuple[str, ...],
    sites: tuple[str, ...],
    only_drift: bool,
    allowed: tuple[str, ...],
    reason: str | None,
    format_: str,
    full: bool,
    no_color: bool,
    out: Path | None,
    accept_one_way: bool,
    detailed_exitcode: bool,
) -> int:
    """Show what apply would do. Changes nothing.

    Reads the YAML files under PATHS (the current folder when none is given), reads the PBXs, and
    compares them with each other and with what was applied last. Exits with 0, with 2 when there
    are changes (--detailed-exitcode), with 5 when a safety rail would stop it, with 1 when
    something is wrong or could not be read.
    """
    at = surroundings(
        paths, journal=journal, no_cache=no_cache, timeout_s=timeout_s, parallelism=parallelism
    )
    passed = overrides(allowed, reason)
    only = selection(targets, excluded, pbxs, sites, only_drift)
    with Ahead(at) as ahead:
        declared = checked(paths, at, no_color=no_color, ahead=ahead)
        narrowed = _arguments(paths, journal, only, pbxs, sites, accept_one_way=accept_one_way)
        with open_stores(at, declared.desired, ahead.keys) as stores:
            return ahead.run(
                _plan(
                    declared, stores, at, passed, only, format_, out, ahead,
                    full=full, no_color=no_color, detailed=detailed_exitcode, narrowed=narrowed,
                    asking=Asking(only, accept_one_way, frozenset(targets)),
                )
            )  # fmt: skip


def _arguments(
    paths: Sequence[Path],
    journal: str | None,
    only: Selection,
    pbxs: Sequence[str],
    sites: Sequence[str],
    *,
    accept_one_way: bool,
) -> str:
    """Return the arguments with which apply does what this plan shows, and nothing else."""
    said = [str(each) for each in paths]
    options = {
        "--journal": [journal] if journal and "@" not in journal else [],
        "--target": only.targets,
        "--exclude": only.exclude,
        "--pbx": pbxs,
        "--site": sites,
    }
    said += [word for name, values in options.items() for each in values for word in (name, each)]
    said += ["--only-drift"] if only.only_drift else []
    said += ["--accept-one-way"] if accept_one_way else []
    return shlex.join(said)


async def _plan(
    declared: Declared,
    stores: Stores,
    at: Surroundings,
    passed: dict[str, str],
    only: Selection,
    format_: str,
    out: Path | None,
    ahead: Ahead,
    *,
    full: bool,
    no_color: bool,
    detailed: bool,
    asking: Asking,
    narrowed: str,
) -> int:
    async with surveyed(declared, stores, at, no_color=no_color, only=only, ahead=ahead) as ready:
        planned = propose(ready.survey, declared, at, overrides=passed, only=only)
        planned = await plan_firmware(planned, ready, at, asking)
    header = header_of(declared, at)
    if out is not None:
        replace_private(out, write_plan(planned, header, stores.key))
    print_plan(
        planned, header, format_,
        full=full, no_color=no_color, seconds=ready.survey.seconds,
        saved=str(out) if out else None, last=ready.survey.ownership.objects,
        narrowed=narrowed,
    )  # fmt: skip
    if ready.survey.failures:
        return ERROR
    if planned.refused:
        return REFUSED
    return PENDING if detailed and not planned.is_empty else DONE
