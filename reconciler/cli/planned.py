"""What `reconciler plan` does once it is known what is wanted: loaded while the PBXs answer."""

import shlex
from collections.abc import Sequence
from pathlib import Path

from reconciler.cli.asking import Asking
from reconciler.cli.exits import DONE, ERROR, PENDING, REFUSED
from reconciler.cli.firmware_plans import plan_firmware
from reconciler.cli.running import surveyed
from reconciler.cli.show import print_plan
from reconciler.execution.secrets.files import replace_private
from reconciler.planning.planfile import write_plan
from reconciler.planning.select import Selection
from reconciler.workflow.ahead import Ahead
from reconciler.workflow.declare import Declared
from reconciler.workflow.propose import header_of, keep_settled, propose
from reconciler.workspace import Stores, Surroundings


def arguments_of(
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


async def show_plan(
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
    accept_one_way: bool,
    narrowed: str,
) -> int:
    """Read the targets, make the plan, show it, save it if asked; return the exit code."""
    asking = Asking(only, accept_one_way, frozenset(only.targets))
    async with surveyed(declared, stores, at, no_color=no_color, only=only, ahead=ahead) as ready:
        planned = propose(ready.survey, declared, at, overrides=passed, only=only)
        if only.is_whole:
            keep_settled(planned, ready.survey)
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
