"""One batch of steps on one target: check, intend, send, read back, judge."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Protocol

from reconciler.adapter import Sent, Support, Work
from reconciler.errors import AdapterError, ReconcilerError, Refused
from reconciler.execution.progress import BatchStarted, Show
from reconciler.execution.secrets.seal import reveal_requests
from reconciler.execution.session import Sessions
from reconciler.execution.values import Values
from reconciler.execution.verify import collateral, difference
from reconciler.model.address import Address
from reconciler.model.change import Change, FieldChange, Move, Update
from reconciler.model.extent import Extent
from reconciler.model.live import TargetLive, live_fingerprint, merged
from reconciler.model.outcome import Outcome
from reconciler.model.ownership import Owned
from reconciler.model.secret import Secret
from reconciler.model.step import Commit, Request, Step
from reconciler.model.target import Target
from reconciler.model.value import Value

Settled = tuple[list[Outcome], list[Owned], list[Address]]
"""Outcomes, ledger rows to write, addresses that are not ours any longer."""


class Recorder(Protocol):
    """What apply needs of the journal."""

    def intend(self, steps: Sequence[Step | Commit], owed: Mapping[str, str]) -> None:
        """Write down, durably, what is about to be sent, and which targets owe a commit then.

        Raises JournalError or WorkspaceError (full disk); then nothing may be sent.
        """
        ...

    def settle(
        self,
        outcomes: Sequence[Outcome],
        owned: Sequence[Owned],
        disowned: Sequence[Address],
        paid: Sequence[str],
        then: Commit | None = None,
    ) -> None:
        """Write down what became of it. `paid` are targets whose commit is done.

        `then` is the commit that follows at once: it is intended with that. Raises what `intend`
        raises; a lock that was lost only when the rest is written down.
        """
        ...


class Guard(Protocol):
    """What is read of a target around its writes, and what must not have changed before."""

    @property
    def before(self) -> Extent:
        """What is read before the first write."""
        ...

    def between(self, sent: Sequence[Step], left: Iterable[Step]) -> Extent:
        """Return what is read after steps were sent, while others are left."""
        ...

    def after(self, tried: Sequence[Step]) -> Extent:
        """Return what is read when all is done, of steps that were tried."""
        ...

    def stale(self, now: TargetLive) -> Mapping[str, str]:
        """Return why steps must not be sent, by their ids, beside changes of their objects."""
        ...


@dataclass
class Batches:
    """Sends steps that do not depend on each other to one target."""

    target: str
    at: Target | None
    sessions: Sessions
    recorder: Recorder
    values: Values
    owes_commit: bool
    show: Show
    guard: Guard
    left: dict[str, Step]
    """Steps that were not sent yet, by id."""
    asked: frozenset[Address] = frozenset()
    """What a run that was killed has asked for: that may arrive only now."""
    live: TargetLive | None = None
    """What is there, as far as it was asked for since the target is being written to."""
    stale: Mapping[str, str] = field(default_factory=dict)
    lost: AdapterError | None = None
    """Why the target cannot be worked on any more, once it is gone."""
    intended: bool = False
    """Whether anything was about to be sent."""
    wrote: bool = False
    """Whether anything was written, as far as is known."""
    arriving: bool = False
    """Whether writes of a killed run seem to have arrived since the plan."""

    @property
    def size(self) -> int:
        """How many steps are sent at once."""
        return self.sessions.adapter(self.target).batch if self.at else 1000

    async def carry_out(self, steps: Sequence[Step]) -> Settled:
        """Carry a batch out and say what became of each step.

        When the target is gone after something was sent, those steps are in doubt and `lost` says
        why. Raises AdapterError when it is gone before; JournalError or WorkspaceError when
        nothing may be sent.
        """
        settled: Settled = ([], [], [])
        loud: list[Step] = []
        for step in steps:
            if step.requests:
                loud.append(step)
            else:
                self._note(step, step.owned, "", 0.0, settled)
        if not loud:
            return settled
        if self.live is None:
            await self._look()
        ready = [
            (step, requests)
            for step in loud
            if (requests := self._prepare(step, settled)) is not None
        ]
        if ready:
            await self._send(ready, settled)
        return settled

    async def _look(self) -> None:
        """Read what the steps depend on. What the plan has read is not believed any longer."""
        extent = self.guard.before
        fresh = await self.sessions.read(self.target, extent)
        self.live = merged(TargetLive(self.target), fresh, extent)
        self.stale = self.guard.stale(self.live)

    def _prepare(self, step: Step, settled: Settled) -> tuple[Request, ...] | None:
        """Return the requests with secrets revealed, or settle why the step is not sent."""
        self.left.pop(step.id, None)
        why = self._moved_on(step)
        if why is not None:
            settled[0].append(self._left_alone(step, why))
            return None
        try:
            changed = self.values.changed_since_plan(step)
            if changed is None:
                return reveal_requests(step.requests, step.address, self.values.secrets)
        except ReconcilerError as error:
            settled[0].append(Outcome(step.id, self.target, step.address, "failed", str(error)))
            return None
        why = f"the secret for {changed} is not the one that was planned"
        settled[0].append(Outcome(step.id, self.target, step.address, "stale", why))
        return None

    def _left_alone(self, step: Step, why: str) -> Outcome:
        """Return the outcome of a step that does not fit any more.

        What a killed run had asked for may have been carried out only after we had read. So it is
        in doubt whose it is: the intent stays open, and the next run takes it for ours.
        """
        if step.address not in self.asked:
            return Outcome(step.id, self.target, step.address, "stale", why)
        self.recorder.intend([step], self._owed())
        self.arriving = True
        why = f"{why}. A run that was killed had asked for it: its last writes may arrive only now"
        return Outcome(step.id, self.target, step.address, "in_doubt", why)

    def _owed(self) -> Mapping[str, str]:
        return {self.target: "written, not in effect yet"} if self.owes_commit else {}

    def _moved_on(self, step: Step) -> str | None:
        """Return what has changed on the platform since the plan, None if the step still fits."""
        assert self.live is not None
        source = step.change.source if isinstance(step.change, Move) else step.address
        if not (self.live.knows(source) and self.live.knows(step.address)):
            return "it could not be read again before the write; nothing was sent"
        is_new = step.phase != "link"  # a link was written moments before, by the step's first half
        if is_new and live_fingerprint(self.live.objects.get(source)) != step.before:
            return "it changed on the platform since the plan was made; nothing was overwritten"
        if source != step.address and step.address in self.live.objects:
            return f"{step.address} has come since the plan was made; nothing was overwritten"
        why = self.stale.get(step.id)
        return f"{why}; nothing was sent" if why is not None else None

    async def _send(
        self, ready: Sequence[tuple[Step, tuple[Request, ...]]], settled: Settled
    ) -> None:
        started = monotonic()
        steps = [step for step, _ in ready]
        assert self.live is not None
        absent = {e.address for e in steps if e.address not in self.live.objects}
        self.recorder.intend(steps, self._owed())
        self.intended = True
        self.show(BatchStarted(self.target, tuple(step.id for step in steps)))
        work = [Work(step.id, step.address, requests) for step, requests in ready]
        try:
            connection = await self.sessions.connection(self.target)
            answers = {each.step: each for each in await connection.send(work)}
        except AdapterError as error:
            await self.sessions.drop(self.target)
            doubt = not isinstance(error, Refused)
            answers = {e.step: Sent(e.step, str(error), in_doubt=doubt) for e in work}
        # Whatever was answered, what is there now decides. If that cannot be read, the intents
        # stay open in the journal and the next run reads again.
        try:
            await self._read_back(steps)
        except AdapterError as error:
            self.lost = error
            self.wrote = True
            why = f"sent, and cannot be read again: {error}"
            settled[0].extend(Outcome(e.id, self.target, e.address, "in_doubt", why) for e in steps)
            return
        each_s = (monotonic() - started) / len(steps)
        for step in steps:
            answer = answers.get(step.id) or Sent(step.id, "the adapter gave no answer")
            await self._judge(step, answer, each_s, settled)
            if settled[0][-1].state == "failed" and step.address in absent:
                self._keep_what_came(step, answer, settled)
            self.wrote = self.wrote or not self._was_refused(step, settled[0][-1])

    async def _read_back(self, steps: Sequence[Step]) -> None:
        extent = self.guard.between(steps, self.left.values())
        fresh = await self.sessions.read(self.target, extent)
        self.live = merged(self.live or TargetLive(self.target), fresh, extent)

    async def _judge(self, step: Step, answer: Sent, each_s: float, settled: Settled) -> None:
        change = self.values.as_sent(step.change)
        support = self.sessions.adapter(self.target).supports[step.address.kind]
        assert self.live is not None
        if not self.live.knows(step.address):
            why = self.live.unread.get(step.address, "the answer was incomplete")
            settled[0].append(
                Outcome(
                    step.id,
                    self.target,
                    step.address,
                    "in_doubt",
                    f"sent, and could not be read again: {why}",
                    each_s,
                )
            )
            return
        wrong = difference(change, self.live.objects.get(step.address), support)
        note = ""
        if wrong is None and isinstance(change, Move) and change.source in self.live.objects:
            wrong = f"{change.source} is still there"
        if wrong is None:
            note, wrong = await self._mend(step, change, support)
        if wrong is None:
            owned = self.values.as_remembered(step.owned, answer.native_id) if step.owned else None
            self._note(step, owned, note, each_s, settled)
            return
        if answer.error is None:
            why = f"the platform answered ok, but {wrong}"
        elif answer.in_doubt:
            why = f"{answer.error}; read again: {wrong}"
        else:
            why = f"the platform said: {answer.error}"
        settled[0].append(Outcome(step.id, self.target, step.address, "failed", why, each_s))

    def _was_refused(self, step: Step, outcome: Outcome) -> bool:
        """Whether a step left everything as it was."""
        assert self.live is not None
        source = step.change.source if isinstance(step.change, Move) else step.address
        return (
            outcome.state == "failed"
            and live_fingerprint(self.live.objects.get(source)) == step.before
            and (source == step.address or step.address not in self.live.objects)
        )

    def _keep_what_came(self, step: Step, answer: Sent, settled: Settled) -> None:
        """Write down that an object is ours although its step failed: it was not there before.

        Otherwise the next run would take what is left of a lost connection for somebody else's.
        """
        assert self.live is not None
        back = self.live.objects.get(step.address)
        if back is None or step.owned is None:
            return
        owned = self.values.as_remembered(step.owned, answer.native_id)
        came = {path: v for path, v in owned.fields.items() if back.fields.get(path) == v}
        settled[1].append(owned._replace(fields=came))
        if isinstance(step.change, Move) and step.change.source not in self.live.objects:
            settled[2].append(step.change.source)

    def _note(
        self, step: Step, owned: Owned | None, note: str, each_s: float, settled: Settled
    ) -> None:
        settled[0].append(Outcome(step.id, self.target, step.address, "done", note, each_s))
        if owned is not None:
            settled[1].append(owned)
        else:
            settled[2].append(step.address)
        if isinstance(step.change, Move):
            settled[2].append(step.change.source)

    async def _mend(self, step: Step, change: Change, support: Support) -> tuple[str, str | None]:
        """Put back, once, what the platform changed without being asked.

        Returns a note, and what is wrong when it does not take it back.
        """
        assert self.live is not None
        back = self.live.objects.get(step.address)
        broken = {
            path: self._with_reference(step, path, value)
            for path, value in collateral(change, back, support).items()
        }
        if not broken or back is None or self.at is None:
            return "", None
        names = ", ".join(sorted(broken))
        repair = Update(
            step.address,
            self.target,
            (),
            None,
            0,
            before=back.fields,
            after={**back.fields, **broken},
            fields=tuple(
                FieldChange(path, back.fields.get(path), value, "drift")
                for path, value in sorted(broken.items())
            ),
            native_id=back.native_id,
        )
        try:
            adapter = self.sessions.adapter(self.target)
            encoded = adapter.encode(repair, self.at)
            requests = reveal_requests(encoded, step.address, self.values.secrets)
            connection = await self.sessions.connection(self.target)
            await connection.send([Work(f"repair {step.address}", step.address, requests)])
            await self._read_back([step])
        except ReconcilerError as error:
            return "", f"it also changed {names}, and putting that back failed: {error}"
        if collateral(change, self.live.objects.get(step.address), support):
            return "", f"it also changed {names}, and does not take it back"
        return f"the platform also changed {names}; put back", None

    def _with_reference(self, step: Step, path: str, value: Value) -> Value:
        """Return a live secret as the reference that it came from, if that is known."""
        if isinstance(value, Secret) and value.reference is None and step.owned is not None:
            ours = step.owned.fields.get(path)
            if isinstance(ours, Secret) and ours == value:
                return ours
        return value
