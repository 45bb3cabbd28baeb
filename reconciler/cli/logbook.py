"""The logbook of errands: what a run did at phones, in the journal. A run is begun when needed."""

from collections.abc import Iterable, Sequence

from reconciler.journal.records import Intent, RunState
from reconciler.model.address import Address
from reconciler.model.outcome import Outcome
from reconciler.model.value import Fields
from reconciler.planning.phones.errands import PUSH, Errand
from reconciler.planning.phones.fleet import Member
from reconciler.workspace import Stores, Surroundings


class Logbook:
    """Writes errands into a run: the one that applied, else one of its own.

    What a killed or cut-off run left in doubt is settled where its phone is read again.
    """

    def __init__(self, stores: Stores, at: Surroundings, run: int | None = None) -> None:
        self._stores = stores
        self._at = at
        self.run = run
        self._is_own = run is None

    def intend(self, members: Iterable[Member]) -> None:
        """Write down, before anything is sent, which phones will be written to."""
        intents = [
            Intent(f"{PUSH}{each.address}", f"site/{each.address.scope}", each.address, "push")
            for each in members
        ]
        if intents:
            self._stores.journal.intend(self._begun(), intents)

    def settle(self, errands: Sequence[Errand]) -> None:
        """Write down what became of phones."""
        outcomes = [each.outcome for each in errands if each.how == "push" or each.is_open]
        if outcomes:
            self._stores.journal.settle(self._begun(), outcomes)

    def settle_doubts(self, errands: Sequence[Errand], whole: Iterable[Address]) -> None:
        """Say of earlier runs what became of their pushes, as far as it could be read by now."""
        found = {each.address: each for each in errands if each.how == "push"}
        written = set(whole)
        for record in self._stores.journal.open_intents():
            errand = found.get(record.address) if record.address is not None else None
            if not record.step.startswith(PUSH) or record.run == self.run or errand is None:
                continue
            if errand.state in ("skipped", "in_doubt"):
                continue
            said, state = (
                ("it was written", "done") if record.address in written
                else ("it was written in part, or not at all", "failed")
            )  # fmt: skip
            outcome = Outcome(record.step, record.target, record.address, state,  # type: ignore[arg-type]
                              f"read again after an interruption: {said}")  # fmt: skip
            self._stores.journal.settle(record.run, [outcome])

    def note(self, facts: Fields) -> None:
        """Write down who was told and who was not, in the run that applied."""
        if self.run is not None:
            self._stores.journal.note(self.run, "told", facts)

    def end(self, errands: Sequence[Errand]) -> None:
        """End the run, if it is one of its own."""
        if self.run is not None and self._is_own:
            left = any(each.is_open for each in errands)
            done = any(each.state == "done" for each in errands)
            state: RunState = "done" if not left else "partly" if done else "failed"
            self._stores.journal.end(self.run, state)

    def _begun(self) -> int:
        if self.run is None:
            self.run = self._stores.journal.begin("apply", self._at.actor, commit=self._at.commit)
        return self.run
