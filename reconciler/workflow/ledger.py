"""What the journal is told beside a run, and what earlier runs tell."""

from collections.abc import Mapping
from typing import Final

from reconciler.errors import PlanFileInvalid
from reconciler.journal.records import RunRecord
from reconciler.model.address import Address
from reconciler.model.change import Move
from reconciler.model.plan import Plan
from reconciler.planning.diff import diff
from reconciler.planning.phones.errands import is_errand
from reconciler.planning.planfile import show_plan
from reconciler.planning.record import refreshed
from reconciler.workflow.survey import Survey
from reconciler.workspace import Stores, Surroundings

_LOOKED_BACK: Final = 200
"""How many runs are looked at."""


def record_recovered(survey: Survey, stores: Stores) -> None:
    """Write down what became of the steps that earlier runs left open, and what nobody owes."""
    paid: dict[str, str | None] = dict.fromkeys(survey.recovered.paid)
    for run, outcomes in survey.recovered.outcomes.items():
        steps = {each.address for each in outcomes}
        stores.journal.settle(
            run,
            outcomes,
            [each for each in survey.recovered.owned if each.address in steps],
            survey.recovered.disowned,
            paid,
        )


def refresh_ledger(survey: Survey, stores: Stores, at: Surroundings) -> int:
    """Remember what entries newly say of objects that need no change. Returns how many rows."""
    after = diff(survey.desired, survey.live, survey.ownership, at.adapters)
    changed = {each.address for each in after.changes} | {each.address for each in after.waiting}
    rows = refreshed(survey.desired, survey.ownership, frozenset(changed))
    record_recovered(survey, stores)
    stores.journal.end_killed(at.actor)
    if rows:
        stores.journal.change_ownership("remember", at.actor, owned=rows, commit=at.commit)
    return len(rows)


def moves_of(record: RunRecord, stores: Stores) -> Mapping[Address, Address]:
    """Return new address -> old address of the objects that a run moved."""
    steps = show_plan(record.plan, stores.key)[0].steps if record.plan else ()
    return {e.address: e.change.source for e in steps if isinstance(e.change, Move)}


def left_undone(run: int, stores: Stores) -> tuple[str, ...]:
    """Return the addresses that a run planned to change and did not. Raises JournalError."""
    record = stores.journal.run(run)
    done = {each.step for each in record.steps if each.state == "done"}
    planned = show_plan(record.plan, stores.key)[0].steps if record.plan else ()
    left = [str(each.address) for each in planned if each.id not in done]
    left += [str(e.address) for e in record.steps if is_errand(e.step) and e.step not in done]
    return tuple(dict.fromkeys(left))


def finished_by(run: RunRecord, stores: Stores) -> int | None:
    """Return the later run with which everything was done that a run had left; None if none was."""
    if not run.plan or run.state not in ("partly", "failed", "interrupted"):
        return None
    try:
        left = set(left_undone(run.id, stores))
    except PlanFileInvalid:  # of another version, or another key: who resumes is told
        return None
    later = [each.id for each in stores.journal.history(_LOOKED_BACK) if each.id > run.id]
    for number in sorted(later) if left else ():
        done = stores.journal.run(number).steps
        left -= {str(each.address) for each in done if each.state == "done"}
        if not left:
            return int(number)
    return None


def added_since(planned: Plan, stores: Stores) -> tuple[Address, ...]:
    """Return objects that others added to targets since our last run there.

    Targets that no run of ours has seen are left out: nobody knows what is new on them.
    """
    known: dict[str, frozenset[str]] = {}
    for summary in stores.journal.summaries(_LOOKED_BACK):
        for target, addresses in (summary.get("unmanaged") or {}).items():
            known.setdefault(target, frozenset(addresses))
    return tuple(
        address
        for target in planned.targets
        if target.target in known
        for address in target.unmanaged
        if str(address) not in known[target.target]
    )
