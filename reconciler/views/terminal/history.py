"""The journal on the terminal: runs, the last first; and one run with its steps."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from reconciler.model.value import UNSET
from reconciler.planning.phones.errands import is_errand
from reconciler.views.given import Run, RunStep
from reconciler.views.terminal.page import PLAIN, Look, Page, Role, command
from reconciler.views.terminal.table import Cell, table
from reconciler.views.values import show
from reconciler.views.words import moment, scope_of, short, span

STATES: Final[dict[str, Role]] = {
    "done": "good", "partly": "warn", "failed": "error", "interrupted": "warn", "refused": "warn",
    "running": "bold", "stale": "warn", "skipped": "dim", "in_doubt": "error",
}  # fmt: skip


def history_text(runs: Sequence[Run], look: Look = PLAIN) -> str:
    """Return a line for each run."""
    page = Page(look)
    if not runs:
        page.add("No runs yet.")
        return page.text()
    body: list[list[Cell]] = [
        [
            str(each.id),
            moment(each.started, look.zone),
            each.command,
            (each.state, STATES.get(each.state, "")),
            each.actor,
            short(each.commit) or "-",
            ", ".join(filter(None, (_counted(each), _took(each)))),
        ]
        for each in runs
    ]
    table(page, ("run", "started", "command", "state", "by", "commit", "steps"), body, indent=0)
    page.blank()
    page.add("One run with its steps:  ", command(f"reconciler history {runs[0].id}"))
    return page.text()


def run_text(run: Run, look: Look = PLAIN, finished_by: int | None = None) -> str:
    """Return one run: who, when, from which commit, and what became of every step.

    `finished_by` is the later run that has done what this one had left.
    """
    page = Page(look)
    page.add(
        (f"Run {run.id}", "bold"), f"  {run.command}  ", (run.state, STATES.get(run.state, "")),
        f"  {_counted(run)}" if _counted(run) else "",
    )  # fmt: skip
    took = f", took {_took(run)}" if _took(run) else ""
    started = moment(run.started, look.zone)
    page.add(f"started {started}{took}, by {run.actor} on {run.host}", indent=2)
    if run.commit or run.digest:
        about = [f"commit {short(run.commit)}"] if run.commit else []
        about += [f"plan {run.digest[:12]}"] if run.digest else []
        page.add((", ".join(about), "dim"), indent=2)
    targets = dict.fromkeys(each.target for each in run.steps)
    for target in targets:
        page.blank()
        page.add((scope_of(target), "bold"), indent=2)
        for each in run.steps:
            if each.target == target:
                _step(page, each)
    if finished_by is not None:
        page.blank()
        page.add("The rest was done by ", command(f"run {finished_by}"), ".")
    elif run.state in ("partly", "failed", "interrupted"):
        page.blank()
        page.add("Continue with:  ", command(f"reconciler apply --resume {run.id}"))
    elif run.state == "done" and any(not is_errand(each.step) for each in run.steps):
        page.blank()
        page.add("Undo it with:  ", command(f"reconciler rollback {run.id}"))
    return page.text()


def _step(page: Page, step: RunStep) -> None:
    state = step.state or "in_doubt"
    name = str(step.address) if step.address else step.action
    verb = "" if step.address is None else f"{step.action} "
    page.add(
        (f"{state.replace('_', ' '):<9} ", STATES.get(state, "")), f"{verb}", (name, "bold"),
        (f"  {step.detail}" if step.detail else "", ""), indent=4, hang=8,
        right=(span(step.duration_s) if step.duration_s else "", "dim"),
    )  # fmt: skip
    for path in _paths(step):
        was = show((step.before or {}).get(path, UNSET))
        will = show((step.after or {}).get(path, UNSET))
        page.add(f"{path}  ", (was, "dim"), (" -> ", "dim"), will, indent=14, hang=18)


def _paths(step: RunStep) -> list[str]:
    """Return the fields that an update changed; creates and deletes are told by their names."""
    if step.before is None or step.after is None:
        return []
    paths = dict.fromkeys((*step.before, *step.after))
    return [each for each in paths if step.before.get(each) != step.after.get(each)]


def _counted(run: Run) -> str:
    counts = dict(run.counts)
    if not counts:
        for each in run.steps:
            state = each.state or "in_doubt"
            counts[state] = counts.get(state, 0) + 1
    order = ("done", "failed", "stale", "in_doubt", "skipped")
    ordered = sorted(counts, key=lambda each: (order.index(each) if each in order else 9, each))
    return ", ".join(f"{counts[each]:,} {each.replace('_', ' ')}" for each in ordered)


def _took(run: Run) -> str:
    try:
        started, ended = (
            datetime.fromisoformat(run.started),
            datetime.fromisoformat(run.ended or ""),
        )
        return span(max((ended - started).total_seconds(), 0))
    except (ValueError, TypeError):
        return ""
