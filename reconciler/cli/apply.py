"""`reconciler apply`: carry a plan out. Asks on a terminal; needs --auto-approve off it."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.cli.asking import POLL_S, Asking
from reconciler.cli.choices import Choices
from reconciler.cli.options import plan_options, workspace_options
from reconciler.cli.running import (
    checked,
    firmware_options,
    only_drift_option,
    overrides,
    rail_options,
    selection,
    selection_options,
    window_option,
)
from reconciler.cli.workspace import surroundings
from reconciler.workflow.ahead import Ahead

if TYPE_CHECKING:
    # Only named here: who declares no firmware need not load what talks to phones.
    from reconciler.phones.acting import OnCall
    from reconciler.planning.phones.windows import When


@click.command("apply")
@workspace_options
@selection_options
@only_drift_option
@rail_options
@plan_options
@click.option("--auto-approve", "--yes", "approved", is_flag=True, help="Do not ask.")
@click.option(
    "--lock-timeout", "lock_wait_s", type=click.FloatRange(0, 86400),
    metavar="SECONDS", help="How long to wait for another run; not at all, or what the files say.",
)  # fmt: skip
@click.option(
    "--refresh-only",
    is_flag=True,
    help="Write nothing to a PBX: accept what others changed as what was applied last.",
)
@click.option(
    "--resume",
    type=int,
    metavar="RUN",
    help="Go on with what a run left undone; what is in doubt is read again.",
)
@click.option(
    "--on-call",
    type=click.Choice(["defer", "wait", "skip"]),
    default="defer",
    show_default=True,
    help="What would cut off a phone that is in a call: leave it for --resume, wait for the end of "
    "the call (up to --wait), or leave it out.",
)
@click.option(
    "--wait",
    "wait_s",
    type=click.FloatRange(0, 86400),
    default=0,
    metavar="SECONDS",
    help="How long to wait for calls to end, and for phones to use what was published.",
)
@window_option
@firmware_options
@click.option("--poll", "poll_s", type=click.FloatRange(0.1, 600), default=POLL_S, hidden=True)
@click.option("--limit", "limit_s", type=click.FloatRange(1, 7200), hidden=True)
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
    approved: bool,
    lock_wait_s: float | None,
    refresh_only: bool,
    resume: int | None,
    on_call: "OnCall",
    wait_s: float,
    window: "When | None",
    accept_one_way: bool,
    poll_s: float,
    limit_s: float | None,
) -> int:
    """Carry a plan out, safely and resumably.

    With a saved plan as the only argument, exactly that plan is carried out: it is refused when it
    was changed, has expired, or does not fit what is there now (exit 7). Otherwise a plan is made,
    shown and, once approved, carried out. Exits with 0 when all is done, 3 when it was done in
    part, 5 when a safety rail said no, 6 when another run is at work, 130 when interrupted
    (Ctrl-C, SIGTERM, a closed terminal): what is being sent is finished, the rest is for --resume.
    """
    passed = overrides(allowed, reason)
    only = selection(targets, excluded, pbxs, sites, only_drift)
    plan_file = _saved_plan(paths)
    at = surroundings(
        paths if plan_file is None else [], journal=journal, no_cache=no_cache,
        timeout_s=timeout_s, parallelism=parallelism, lock_wait_s=lock_wait_s, reason=reason,
    )  # fmt: skip
    asking = Asking(
        only, accept_one_way, frozenset(targets), poll_s, limit_s, window, on_call, wait_s
    )
    said = Choices(
        at, passed, format_, full, no_color, approved, only=only, resume=resume, asking=asking
    )
    if refresh_only:
        if plan_file is not None or resume is not None:
            raise click.UsageError("--refresh-only takes files and folders, nothing else")
        from reconciler.cli.ways import refresh

        return asyncio.run(refresh(said, paths))
    if plan_file is not None:
        if not only.is_whole or resume is not None:
            raise click.UsageError("a saved plan is carried out whole; make a narrower one")
        from reconciler.cli.ways import saved

        return saved(said, plan_file)
    with Ahead(at, writes=True) as ahead:
        declared = checked(paths, at, no_color=no_color, ahead=ahead)
        from reconciler.cli.ways import fresh  # loaded while the PBXs answer

        return fresh(said, declared, ahead)


def _saved_plan(paths: Sequence[Path]) -> Path | None:
    """Return the plan file when the only path given is one."""
    if len(paths) == 1 and paths[0].is_file() and paths[0].suffix not in (".yaml", ".yml"):
        return paths[0]
    return None
