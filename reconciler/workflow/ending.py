"""How a run ends, and what is done after it that changes that."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

from reconciler.execution.apply import Stop
from reconciler.model.outcome import Outcome
from reconciler.planning.diff import Diff
from reconciler.workspace import Stores

State = Literal["done", "partly", "failed", "interrupted"]


class Applied(NamedTuple):
    """What became of a plan. `after` compares again: what is still not as declared.

    Only what the plan touched was read again for it; the rest is as the plan has read it.
    """

    run: int
    state: State
    outcomes: tuple[Outcome, ...]
    after: Diff | None
    seconds: float


def go_on(
    applied: Applied, outcomes: Sequence[Outcome], stores: Stores, stop: Stop, *, seconds: float
) -> Applied:
    """Return a run with what was carried out after it (`later`), and note how it has ended now."""
    told = (*applied.outcomes, *outcomes)
    state = state_of(told, stop)
    if state == "failed" and {each.state for each in told} <= {"done", "skipped"}:
        state = "partly"  # nothing went wrong: it waits
    stores.journal.end(applied.run, state, summary_of(told, applied.after))
    return applied._replace(state=state, outcomes=told, seconds=applied.seconds + seconds)


def in_part(applied: Applied, stores: Stores) -> Applied:
    """Return a run that was done, but for phones that have not got or do not use it, as such."""
    if applied.state != "done":
        return applied
    stores.journal.end(applied.run, "partly", summary_of(applied.outcomes, applied.after))
    return applied._replace(state="partly")


def state_of(outcomes: Sequence[Outcome], stop: Stop) -> State:
    """Return how a run ended. The last word on a step counts."""
    final = {each.step: each.state for each in outcomes}
    states = set(final.values())
    if stop.asked and "skipped" in states:
        return "interrupted"
    if states <= {"done"}:
        return "done"
    wrote = any(each.state == "done" and each.address is not None for each in outcomes)
    return "partly" if wrote else "failed"


def summary_of(outcomes: Sequence[Outcome], after: Diff | None) -> Mapping[str, Any]:
    """Return what the journal keeps of a run: counts of outcomes, and what is there but not ours.

    What appears later among the latter was added by somebody else.
    """
    final = {each.step: each.state for each in outcomes}
    summary: dict[str, Any] = {}
    for state in final.values():
        summary[state] = summary.get(state, 0) + 1
    if after is not None:
        summary["unmanaged"] = {
            target: [str(each) for each in found] for target, found in after.unmanaged.items()
        }
    return summary
