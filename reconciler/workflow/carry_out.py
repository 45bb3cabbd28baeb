"""Carry out: replay a plan's steps, read again, say how it is now, and record all of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING

from reconciler.execution.apply import Stop, apply
from reconciler.execution.elsewhere import gone_elsewhere
from reconciler.execution.progress import Show, silent
from reconciler.execution.secrets.seal import make_generated, seal_made
from reconciler.execution.session import Sessions
from reconciler.execution.verdict import read_again
from reconciler.journal.records import Deferred, intent_of
from reconciler.model.address import Address
from reconciler.model.live import Live
from reconciler.model.outcome import Outcome
from reconciler.model.ownership import Owned
from reconciler.model.plan import Plan
from reconciler.model.step import Commit, Step
from reconciler.planning.diff import Diff, diff
from reconciler.planning.guard import guards_of, needed_elsewhere
from reconciler.planning.planfile import Header, sign_plan
from reconciler.planning.record import refreshed
from reconciler.workflow.ending import Applied, state_of, summary_of
from reconciler.workflow.ledger import record_recovered
from reconciler.workflow.survey import Survey
from reconciler.workspace import Stores, Surroundings

if TYPE_CHECKING:
    # Only named here: `validate` has no use for it.
    from reconciler.journal import Journal


@dataclass
class _Recorder:
    """Writes intents and outcomes of one run into the journal."""

    journal: "Journal"
    run: int

    def intend(self, steps: Sequence[Step | Commit], owed: Mapping[str, str]) -> None:
        self.journal.intend(self.run, [intent_of(each) for each in steps], owed)

    def settle(
        self,
        outcomes: Sequence[Outcome],
        owned: Sequence[Owned],
        disowned: Sequence[Address],
        paid: Sequence[str],
        then: Commit | None = None,
    ) -> None:
        owed: dict[str, str | None] = dict.fromkeys(paid)
        follows = [] if then is None else [then]
        self.journal.settle(
            self.run, outcomes, owned, disowned, owed,
            then=[intent_of(each) for each in follows],
            owing={each.target: each.summary for each in follows},
        )  # fmt: skip


async def carry_out(
    planned: Plan,
    header: Header,
    survey: Survey,
    stores: Stores,
    sessions: Sessions,
    at: Surroundings,
    *,
    command: str = "apply",
    held: Mapping[str, str] | None = None,
    later: Mapping[str, str] | None = None,
    stop: Stop | None = None,
    show: Show = silent,
) -> Applied:
    """Replay the plan's steps, read again, and say how it is now. Holds the journal's lock.

    `held` are steps that have to wait, by id, with the reason: `apply --resume` does them. `later`
    are steps that the caller carries out afterwards (`go_on`): until then they wait, too.

    The caller has taken the lock. Raises JournalError or WorkspaceError when the journal cannot
    be written; the run stays open there and the next one settles it.
    """
    started = monotonic()
    record_recovered(survey, stores)
    text, hashed = sign_plan(planned, header, stores.key)
    run = stores.journal.begin(
        command,
        at.actor,
        commit=header.commit,
        digest=hashed,
        plan=text,
        overrides={
            each.rail: each.allowed for each in planned.refusals if each.allowed is not None
        },
    )
    if at.reason:
        stores.journal.note(run, "reason", {"text": at.reason})
    held, later = held or {}, later or {}
    waiting = [Deferred(w.target, w.address, w.reason) for w in planned.waiting]
    kept = [each for each in planned.steps if each.id in held]
    reasons = {**later, **held}
    waiting += [
        Deferred(each.target, each.address, reasons[each.id], each.id)
        for each in planned.steps
        if each.id in reasons
    ]
    stores.journal.defer(run, waiting)
    steps = [each for each in planned.steps if each.id not in reasons]
    make_generated(steps, stores.secrets)
    stop = stop or Stop()
    gone = await gone_elsewhere(needed_elsewhere(steps, survey.live), sessions)
    guards = guards_of(
        steps, planned.commits, survey.live, survey.desired.targets, at.adapters, gone
    )
    outcomes = await apply(
        steps,
        planned.commits,
        survey.desired.targets,
        survey.ownership,
        sessions,
        _Recorder(stores.journal, run),
        stores.values,
        guards,
        asked=survey.recovered.asked,
        stop=stop,
        show=show,
    )
    state = state_of(outcomes, stop)
    if kept and state != "interrupted" and {each.state for each in outcomes} <= {"done", "skipped"}:
        # Nothing went wrong: it waits, and a reload had nothing to do.
        state = "partly"
    outcomes += tuple(
        Outcome(each.id, each.target, each.address, "skipped", held[each.id]) for each in kept
    )
    sessions.show = silent
    live = await read_again(steps, outcomes, guards, survey.live, sessions)
    after = _verdict(live, survey, stores, at, run)
    stores.journal.end(run, state, summary_of(outcomes, after))
    return Applied(run, state, outcomes, after, monotonic() - started)


def _verdict(live: Live, survey: Survey, stores: Stores, at: Surroundings, run: int) -> Diff:
    """Compare again; bring the ledger's rows of unchanged objects up to date."""
    desired = seal_made(survey.desired, stores.secrets, stores.fingerprints)
    # What was recovered is known as it will be written, without the stamps of that.
    known = None if survey.recovered.outcomes else survey.ownership
    ownership = stores.journal.ownership(known)
    after = diff(desired, live, ownership, at.adapters)
    changed = {each.address for each in after.changes} | {each.address for each in after.waiting}
    rows = refreshed(desired, ownership, frozenset(changed))
    if rows:
        stores.journal.settle(run, (), rows)
    return after
