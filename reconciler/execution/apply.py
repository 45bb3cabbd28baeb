"""Apply: replay a plan's steps. Intent before, result after; nothing is decided here.

Targets are worked on at the same time, each by itself. On a target, steps whose needs are done are
sent in batches of what its adapter takes, read back and settled in the journal; then comes the
target's commit, once. A step that fails takes its dependants with it and nothing else.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from time import monotonic

from reconciler.adapter import Committed
from reconciler.errors import AdapterError, ReconcilerError, SecretUnavailable, Unreachable
from reconciler.execution.batch import Batches, Guard, Recorder
from reconciler.execution.progress import CommitStarted, Show, StepDone, silent
from reconciler.execution.session import Sessions
from reconciler.execution.values import Values
from reconciler.model.address import Address
from reconciler.model.change import Move
from reconciler.model.outcome import Outcome, State
from reconciler.model.ownership import Owned, Ownership
from reconciler.model.step import Commit, Step
from reconciler.model.target import Target


@dataclass
class Stop:
    """Set by the first signal to end: the running batch is finished, nothing new is begun."""

    asked: bool = False

    def was_asked(self) -> bool:
        """Whether somebody asked, by now: signals come while others wait."""
        return self.asked


async def apply(
    steps: Sequence[Step],
    commits: Sequence[Commit],
    targets: Mapping[str, Target],
    ownership: Ownership,
    sessions: Sessions,
    recorder: Recorder,
    values: Values,
    guards: Mapping[str, Guard],
    *,
    asked: frozenset[Address] = frozenset(),
    stop: Stop | None = None,
    show: Show = silent,
) -> tuple[Outcome, ...]:
    """Replay the steps and commits; return what became of each, in the order of happening.

    `guards` say, for each target with steps, what is read of it and what must not have changed.
    `asked` are objects that a killed run was about to write: it may be carried out only now.

    A step may be named twice: an object that the platform took and then rejected at the commit
    ends as failed. Raises JournalError or WorkspaceError when the journal cannot be written: what
    was sent stays in doubt there and is read again by the next run.
    """
    log = _Log(recorder, show)
    names = sorted({each.target for each in steps} | {each.target for each in commits})
    by_target: dict[str, list[Step]] = {name: [] for name in names}
    for step in steps:
        by_target[step.target].append(step)
    committing = {each.target: each for each in commits}
    workers = [
        _Worker(
            name,
            by_target[name],
            committing.get(name),
            ownership,
            sessions,
            log,
            Batches(
                name,
                targets.get(name),
                sessions,
                recorder,
                values,
                name in committing,
                show,
                guards[name],
                {each.id: each for each in by_target[name]},
                asked,
            ),
            stop or Stop(),
        )
        for name in names
    ]
    results = await asyncio.gather(*(each.work() for each in workers), return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return tuple(log.outcomes)


@dataclass
class _Log:
    """What the targets' workers share: the state of every step, and who waits for news."""

    recorder: Recorder
    show: Show
    states: dict[str, str] = field(default_factory=dict)
    outcomes: list[Outcome] = field(default_factory=list)
    news: asyncio.Condition = field(default_factory=asyncio.Condition)

    def settle(
        self,
        outcomes: Sequence[Outcome],
        owned: Sequence[Owned] = (),
        disowned: Sequence[Address] = (),
        paid: Sequence[str] = (),
        then: Commit | None = None,
    ) -> None:
        """Record outcomes. Those in doubt are not settled in the journal: their intents stay."""
        self.recorder.settle(
            [each for each in outcomes if each.state != "in_doubt"], owned, disowned, paid, then
        )
        self.states.update({each.step: each.state for each in outcomes})
        self.outcomes += outcomes

    async def tell(self) -> None:
        """Wake the workers that wait for another target's steps."""
        async with self.news:
            self.news.notify_all()


@dataclass
class _Worker:
    """Works through one target's steps, then its commit."""

    target: str
    steps: list[Step]
    commit: Commit | None
    ownership: Ownership
    sessions: Sessions
    log: _Log
    batches: Batches
    stop: Stop
    number: int = 0
    intended: bool = False
    """Whether the commit was written down with the last steps: then it is begun."""

    async def work(self) -> None:
        """Carry everything out. A wire that breaks ends this target only."""
        try:
            if await self._carry_out():
                await self._take_effect()
            self._owe_nothing()
        except (AdapterError, SecretUnavailable) as error:
            self._leave(f"not tried: {error}")
        except BaseException as error:
            self._leave(f"not tried: {type(error).__name__}")
            raise
        finally:
            await self.log.tell()

    def _owe_nothing(self) -> None:
        """Take back that a commit is owed, when all that was tried was refused."""
        batches = self.batches
        if batches.intended and not batches.wrote and self.target not in self.ownership.owed:
            self.log.settle((), paid=[self.target])

    async def _carry_out(self) -> bool:
        """Send all steps as their needs get done; False when we were asked to stop."""
        waiting = self.steps
        while waiting and not self.stop.was_asked():
            before = len(waiting)
            ready, waiting = self._sort_out(waiting)
            if len(ready) + len(waiting) < before:
                await self.log.tell()  # what is skipped here is what others may wait for
            size = self.batches.size
            for start in range(0, len(ready), size):
                if self.stop.was_asked():
                    break
                settled = await self.batches.carry_out(ready[start : start + size])
                is_last = not waiting and start + size >= len(ready)
                follows = self.commit if is_last and self._commits_after(settled[0]) else None
                self._settle(settled, then=follows)
                self.intended = follows is not None
                await self.log.tell()
                if self.batches.lost is not None:
                    raise self.batches.lost
            if not ready and waiting:
                await self._wait_for_news(waiting)
        if self.stop.was_asked() and not self.intended:
            self._leave("interrupted before it was begun")
            return False
        return True

    def _commits_after(self, outcomes: Sequence[Outcome]) -> bool:
        """Whether the commit follows at once when the last steps have ended like this."""
        stays = self.batches.lost is None and not self.stop.was_asked()
        return stays and self._is_due({each.step: each.state for each in outcomes})

    def _is_due(self, states: Mapping[str, str]) -> bool:
        """Whether there is anything that the commit makes effective: of this run, or of others."""
        commit = self.commit
        if commit is None or not commit.needs or commit.proves:
            return commit is not None
        known = {**self.log.states, **states}
        return any(each.requests and known.get(each.id) == "done" for each in self.steps)

    async def _wait_for_news(self, waiting: Sequence[Step]) -> None:
        async with self.log.news:
            # Between sorting out and waiting, another target may have settled what we wait for.
            if not any(self._is_decided(step) for step in waiting):
                await self.log.news.wait()

    def _is_decided(self, step: Step) -> bool:
        states = self.log.states
        return all(need in states for need in step.needs) or self._lost_need(step) is not None

    def _lost_need(self, step: Step) -> str | None:
        states = self.log.states
        return next((n for n in step.needs if states.get(n, "done") != "done"), None)

    def _sort_out(self, waiting: Sequence[Step]) -> tuple[list[Step], list[Step]]:
        """Split off what can be sent now; what cannot be sent any more is settled as skipped."""
        ready: list[Step] = []
        later: list[Step] = []
        for step in waiting:
            lost = self._lost_need(step)
            if lost is not None:
                why = f"needs {lost}, which was not done ({self.log.states[lost]})"
                self._settle(
                    ([Outcome(step.id, self.target, step.address, "skipped", why)], [], [])
                )
            elif all(need in self.log.states for need in step.needs):
                ready.append(step)
            else:
                later.append(step)
        return ready, later

    async def _take_effect(self) -> None:
        """Make the writes effective, once, and learn which objects the platform rejected."""
        commit = self.commit
        if commit is None:
            return
        if not self._is_due({}):
            why = "nothing was written"
            self._settle(([Outcome(commit.id, self.target, None, "skipped", why)], [], []))
            return
        done = [each for each in self.steps if self.log.states.get(each.id) == "done"]
        started = monotonic()
        if not self.intended:
            self.log.recorder.intend([commit], {self.target: commit.summary})
        self.log.show(CommitStarted(self.target, commit.summary))
        own = [each.address for each in done if each.requests]
        touched = list(dict.fromkeys((*own, *commit.proves)))
        try:
            connection = await self.sessions.connection(self.target)
            committed = await connection.commit(commit.requests, touched)
        except ReconcilerError as error:
            await self.sessions.drop(self.target)
            state: State = "in_doubt" if isinstance(error, Unreachable) else "failed"
            taken = monotonic() - started
            self._settle(
                ([Outcome(commit.id, self.target, None, state, str(error), taken)], [], [])
            )
            return
        self._reject(done, committed)
        taken = monotonic() - started
        left = committed.rejected.keys() - set(own)
        if left:
            # Of an earlier run, whose steps count as done: the debt stays until they are mended.
            detail = "; ".join(f"{each}: {committed.rejected[each]}" for each in sorted(left))
            outcome = Outcome(commit.id, self.target, None, "failed", detail, taken)
            self._settle(([outcome], [], []))
            return
        detail = "; ".join(committed.notes)
        self._settle(
            ([Outcome(commit.id, self.target, None, "done", detail, taken)], [], []),
            # What arrives after the reload is not in effect, and ours.
            paid=[] if self.batches.arriving else [self.target],
        )

    def _reject(self, done: Sequence[Step], committed: Committed) -> None:
        """Turn steps whose object the platform threw out at the commit into failed ones.

        The adapter has put the object back to what it was, so the ledger goes back too.
        """
        rejected = [each for each in done if each.address in committed.rejected]
        if not rejected:
            return
        before = self.ownership.objects
        put_back = {each.address for each in rejected}
        put_back |= {e.change.source for e in rejected if isinstance(e.change, Move)}
        self._settle(
            (
                [
                    Outcome(e.id, self.target, e.address, "failed", committed.rejected[e.address])
                    for e in rejected
                ],
                [before[each] for each in sorted(put_back) if each in before],
                [each for each in sorted(put_back) if each not in before],
            )
        )

    def _leave(self, reason: str) -> None:
        """Mark everything that has no outcome as skipped, in memory only: nothing was begun."""
        states = self.log.states
        left = [
            Outcome(each.id, self.target, each.address, "skipped", reason)
            for each in self.steps
            if each.id not in states
        ]
        if self.commit and self.commit.id not in states:
            left.append(Outcome(self.commit.id, self.target, None, "skipped", reason))
        states.update({each.step: each.state for each in left})
        self.log.outcomes += left

    def _settle(
        self,
        settled: tuple[Sequence[Outcome], Sequence[Owned], Sequence[Address]],
        paid: Sequence[str] = (),
        then: Commit | None = None,
    ) -> None:
        outcomes, owned, disowned = settled
        self.log.settle(outcomes, owned, disowned, paid, then)
        total = len(self.steps) + (self.commit is not None)
        for each in outcomes:
            self.number = min(self.number + 1, total)
            self.log.show(StepDone(each, self.number, total))
