"""`reconciler rollback RUN`: put back what a run changed, through plan and apply."""

import asyncio
from pathlib import Path

import click

from reconciler.cli.asking import Asking
from reconciler.cli.choices import Choices
from reconciler.cli.options import plan_options, workspace_options
from reconciler.cli.running import overrides, rail_options, window_option
from reconciler.cli.ways import undo
from reconciler.cli.workspace import surroundings
from reconciler.planning.phones.windows import When


@click.command("rollback")
@click.argument("run", type=int)
@workspace_options
@rail_options
@plan_options
@click.option("--auto-approve", "--yes", "approved", is_flag=True, help="Do not ask.")
@window_option
def command(
    run: int,
    paths: tuple[Path, ...],
    journal: str | None,
    no_cache: bool,
    timeout_s: float,
    parallelism: int | None,
    allowed: tuple[str, ...],
    reason: str | None,
    format_: str,
    full: bool,
    no_color: bool,
    approved: bool,
    window: When | None,
) -> int:
    """Put back what RUN changed: shown as a plan, carried out once approved.

    The files stay as they are: revert the commit too, or the next apply does it all again. Secrets
    that the run changed keep their new values and are named.
    """
    at = surroundings(
        paths,
        journal=journal,
        no_cache=no_cache,
        timeout_s=timeout_s,
        parallelism=parallelism,
        reason=reason,
    )
    said = Choices(
        at, overrides(allowed, reason), format_, full, no_color, approved,
        asking=Asking(window=window),
    )  # fmt: skip
    return asyncio.run(undo(said, paths, run))
