"""`reconciler plan`: show what apply would do. Changes nothing."""

from pathlib import Path

import click

from reconciler.cli.options import plan_options, workspace_options
from reconciler.cli.running import (
    checked,
    firmware_options,
    only_drift_option,
    overrides,
    rail_options,
    selection,
    selection_options,
)
from reconciler.cli.unplanned import commented
from reconciler.cli.workspace import surroundings
from reconciler.workflow.ahead import Ahead
from reconciler.workspace import open_stores


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
    with commented(format_, paths, at), Ahead(at) as ahead:
        declared = checked(paths, at, no_color=no_color, ahead=ahead)
        from reconciler.cli.planned import arguments_of, show_plan  # loaded while the PBXs answer

        only = selection(targets, excluded, pbxs, sites, only_drift)
        said = arguments_of(paths, journal, only, pbxs, sites, accept_one_way=accept_one_way)
        with open_stores(at, declared.desired, ahead.keys) as stores:
            return ahead.run(
                show_plan(
                    declared, stores, at, passed, only, format_, out, ahead,
                    full=full, no_color=no_color, detailed=detailed_exitcode, narrowed=said,
                    accept_one_way=accept_one_way,
                )
            )  # fmt: skip
