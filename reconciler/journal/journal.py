"""The journal: what is ours, what was done, who is at work, and the proof of it.

Every method is one transaction. What it writes survives power loss once it returns; when it
raises, nothing was written. No method accepts a secret in clear (TypeError).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from reconciler.database.database import Database
from reconciler.database.snapshot import Snapshot
from reconciler.database.transaction import Transaction
from reconciler.database.wording import JOURNAL
from reconciler.errors import JournalError, JournalLocked, JournalTampered
from reconciler.journal import chain, events, ledger, lock, pending, process, runs, schema
from reconciler.journal.chain import Author, Event
from reconciler.journal.document import JournalDocument
from reconciler.journal.records import (
    AuditLine,
    ChainReport,
    Deferred,
    Holder,
    Intent,
    RunRecord,
    RunState,
    StepRecord,
)
from reconciler.journal.seal import derive
from reconciler.journal.witness import Seen, Witness, witness_file
from reconciler.model import text
from reconciler.model.address import Address
from reconciler.model.outcome import Outcome
from reconciler.model.ownership import Owned, Ownership
from reconciler.model.secret import Clear
from reconciler.model.value import Fields

_PROCESS: Final = "process"
"""Under this name a run's summary has its process as long as it is at work without the lock."""

_LONGEST: Final = timedelta(days=2)
"""Nothing at phones takes so long: waits for windows and calls end after a day."""


def _may_be_at_work(started: str, summary: str, now: str) -> bool:
    """Whether a run that has not ended may be going on, now that the lock is ours."""
    known = text.decode(summary).get(_PROCESS)
    if known is None:
        return False
    lives = process.lives(known)
    if lives is None:  # on another machine
        return datetime.fromisoformat(now) - datetime.fromisoformat(started) < _LONGEST
    return lives


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Journal:
    """An open journal. Close it, or use it as a context manager."""

    def __init__(
        self,
        url: str,
        *,
        key: bytes,
        password: Clear | None = None,
        folder: Path | None = None,
        clock: Callable[[], datetime] = _utc_now,
    ) -> None:
        self._clock = clock
        self._keys = derive(key)
        self._database = Database(url, JOURNAL, password)
        self._witness = Witness(witness_file(url, folder), self._keys)
        self._authors: dict[int, Author] = {}
        self._lock: lock.Lock | None = None
        self._asked: lock.Lock | None = None
        """The lock from the moment at which it may be ours: Ctrl-C may come as it is taken."""
        self._untold: Seen | None = None
        """The chain's head, as long as the witness is not told of it."""
        try:
            self._prepare()
        except BaseException:
            self.close()
            raise

    def _prepare(self) -> None:
        created: list[Seen] = []
        event = Event("journal-created", {"schema": schema.VERSION})
        # In the same transaction as the tables: who finds no last line would begin the chain, too.
        schema.prepare(
            self._database,
            self._keys.id,
            self._now(),
            lambda transaction: created.append(self._append(transaction, Author(""), [event])),
        )
        for seen in created:
            self._tell(seen)
        if self._database.file is None and self._witness.file is not None:
            self._look()

    def _look(self) -> None:
        """Let the witness see what others wrote to a server, from where it cannot see them."""
        with self._database.snapshot() as snapshot:
            seen = chain.head(snapshot, self._keys)
        if seen is not None:
            self._tell(seen)

    def __enter__(self) -> "Journal":
        return self

    def __exit__(self, *_: object) -> None:
        if self._asked is not None:
            self._asked.let_go()
        self.close()

    def close(self) -> None:
        """Close the database."""
        if self._untold is not None:
            self._tell(self._untold)
        self._database.close()

    # Reading

    def ownership(self, known: Ownership | None = None) -> Ownership:
        """Return the ledger: what is ours, and which targets owe a commit.

        `known` was read before: then only what was written since is made out.
        """
        with self._database.snapshot() as snapshot:
            return ledger.read(snapshot, known.objects if known is not None else None)

    def owed(self) -> Mapping[str, str]:
        """Return which targets owe a commit, and why."""
        with self._database.snapshot() as snapshot:
            return ledger.owed(snapshot)

    def targets(self) -> frozenset[str]:
        """Return the targets on which anything is ours, without making out what."""
        with self._database.snapshot() as snapshot:
            return ledger.targets(snapshot)

    def history(self, limit: int = 20) -> tuple[RunRecord, ...]:
        """Return the latest runs, the last first, without their plans and steps."""
        with self._database.snapshot() as snapshot:
            return runs.history(snapshot, limit)

    def last_applied(self) -> tuple[int, str, str] | None:
        """Return number, actor and commit of the last run that applied one."""
        with self._database.snapshot() as snapshot:
            return runs.last_applied(snapshot)

    def summaries(self, limit: int) -> tuple[Mapping[str, Any], ...]:
        """Return the summaries of the latest runs, the last first."""
        with self._database.snapshot() as snapshot:
            return runs.summaries(snapshot, limit)

    def run(self, number: int) -> RunRecord:
        """Return a run with its plan and steps. Raises JournalError if there is none."""
        with self._database.snapshot() as snapshot:
            found = runs.one(snapshot, number)
        if found is None:
            raise self._no_run(number)
        return found

    def open_intents(self) -> tuple[StepRecord, ...]:
        """Return the steps of which nobody knows what became: killed in between, or in doubt.

        Read their objects again and `settle` them in the run that they belong to.
        """
        with self._database.snapshot() as snapshot:
            return runs.open_steps(snapshot)

    def last_steps(self, kind: str) -> dict[Address, StepRecord]:
        """Return what was tried last with each object of a kind, and is not in doubt."""
        with self._database.snapshot() as snapshot:
            tried = runs.tried(snapshot, kind)
        return {each.address: each for each in tried if each.address is not None}

    def last_endings(self, kind: str) -> dict[Address, tuple[str, str]]:
        """Return action and state of the same steps: quick, however many there are."""
        with self._database.snapshot() as snapshot:
            return runs.endings(snapshot, kind)

    def pending(self) -> tuple[Deferred, ...]:
        """Return what waits for a later `apply --resume`."""
        with self._database.snapshot() as snapshot:
            return pending.read(snapshot)

    def holder(self) -> Holder | None:
        """Return who is at work, None if nobody is."""
        with self._database.snapshot() as snapshot:
            return lock.holder(snapshot)

    def audit(self, after: int = 0, limit: int | None = None) -> tuple[AuditLine, ...]:
        """Return the audit chain's lines in order, beginning after the given number."""
        with self._database.snapshot() as snapshot:
            return tuple(chain.lines(snapshot, after, limit))

    def stands_at(self, seen: Seen) -> bool:
        """Whether nobody has written to a target since the chain's head was this one.

        Whatever a run writes is in the journal: before, as an intent, and afterwards, as a line of
        the chain. So nothing was written if there is no new line, and no intent is open. To be
        asked under the lock.
        """
        with self._database.snapshot() as snapshot:
            return chain.head(snapshot, self._keys) == seen and not runs.open_steps(snapshot)

    # A run

    def lock(
        self, purpose: str, actor: str, wait_s: float = 0.0, *, lease_s: float = lock.LEASE_S,
        told: Callable[[str], None] | None = None,
    ) -> lock.Lock:  # fmt: skip
        """Take the lock, waiting up to `wait_s`; a context manager. Raises JournalLocked.

        Who has to wait is `told`, once, for whom. The lease is renewed in the background. A
        holder whose lease lapsed, or whose process on this machine is dead, is replaced at once.
        """
        asked = self._asked = lock.Lock(self._database, lease_s)

        def take() -> lock.Held | None:
            return lock.take(self._database, asked.token, purpose, actor, self._now(), lease_s)

        try:
            former = lock.take_in_time(take, wait_s, told)
        except JournalLocked:
            self._asked = None
            raise
        self._lock = asked.start(self._unlocked)
        if former is not None:
            facts = {"from": former.actor, "host": former.host, "pid": former.pid}
            self._note(Author(actor), [Event("lock-taken-over", facts)])
        return self._lock

    def unlock(self, actor: str, *, force: bool = False) -> Holder | None:
        """Take the lock from its holder, who is returned. Raises JournalLocked if it lives."""
        with self._database.transaction() as transaction:
            found = lock.take_away(transaction, force=force)
            if found is None:
                return None
            facts = {"from": found.actor, "host": found.host, "pid": found.pid, "force": force}
            seen = self._append(transaction, Author(actor), [Event("unlock", facts)])
        self._tell(seen)
        return found

    def begin(
        self,
        command: str,
        actor: str,
        *,
        commit: str = "",
        digest: str = "",
        plan: str = "",
        overrides: Mapping[str, str] | None = None,
    ) -> int:
        """Begin a run and return its number. `overrides` maps rails to the operator's reasons.

        Under the lock, earlier runs that never ended are found to have been killed, but for those
        beside it that may be at work. Raises JournalLocked if the lock was lost.
        """
        now = self._now()
        beside = {} if self._lock is not None else {_PROCESS: process.ours()}
        with self._database.transaction() as transaction:
            killed = self._end_killed(transaction, now)
            run = transaction.insert_numbered(
                "runs",
                {
                    "command": command,
                    "state": "running",
                    "started": now,
                    "ended": None,
                    "actor": actor,
                    "host": process.host(),
                    "git_commit": commit,
                    "digest": digest,
                    "plan": plan,
                    "summary": text.encode(beside),
                },
            )
            author = Author(actor, run, commit, digest)
            told = [Event("run-killed", {"run": each}) for each in killed]
            told.append(Event("run-started", {"command": command, "host": process.host()}))
            told += [
                Event("override", {"rail": rail, "reason": reason})
                for rail, reason in (overrides or {}).items()
            ]
            seen = self._append(transaction, author, told)
        self._authors[run] = author
        self._tell(seen)
        return run

    def end_killed(self, actor: str) -> None:
        """Find earlier runs that never ended to have been killed. Only under the lock."""
        with self._database.transaction() as transaction:
            killed = self._end_killed(transaction, self._now())
            if not killed:
                return
            told = [Event("run-killed", {"run": each}) for each in killed]
            seen = self._append(transaction, Author(actor), told)
        self._tell(seen)

    def intend(
        self, run: int, items: Sequence[Intent], owed: Mapping[str, str] | None = None
    ) -> None:
        """Write down what is about to be sent, and which targets will owe a commit then.

        Raises JournalLocked if the lock was lost: then nothing may be sent.
        """
        with self._database.transaction() as transaction:
            self._check_lock(transaction)
            self._intend(transaction, run, items, owed or {})

    def settle(
        self,
        run: int,
        outcomes: Sequence[Outcome] = (),
        owned: Sequence[Owned] = (),
        disowned: Sequence[Address] = (),
        owed: Mapping[str, str | None] | None = None,
        then: Sequence[Intent] = (),
        owing: Mapping[str, str] | None = None,
    ) -> None:
        """Write down what became of steps, and what that makes ours or no longer ours.

        `owned` is stamped with the run, its actor and the time. `owed` maps a target to why it
        owes a commit, or to None when it no longer does. What is done no longer waits.

        `then` is what is sent next, with the targets that will owe a commit then (`owing`): as if
        `intend` followed. Raises JournalLocked if the lock was lost: the rest is written down, and
        nothing may be sent.
        """
        now = self._now()
        with self._database.transaction() as transaction:
            may_send = bool(then) and self._holds_lock(transaction)
            author = self._author(transaction, run)
            rows = ledger.rows_of(owned, run, now, author.actor)
            intended = runs.known(transaction, run, [each.step for each in outcomes])
            runs.settle(transaction, run, outcomes, intended, now)
            ledger.write(transaction, rows, disowned)
            ledger.write_owed(transaction, owed or {})
            done = {
                (each.target, each.address)
                for each in outcomes
                if each.state == "done" and each.address is not None
            }
            pending.clear(transaction, done | {(each.target, each.address) for each in owned})
            told = events.of_settle(outcomes, intended, rows, disowned, owed or {})
            seen = self._append(transaction, author, told)
            if may_send:
                self._intend(transaction, run, then, owing or {})
        self._untold = seen
        if then and not may_send:
            raise lock.lost()

    def defer(self, run: int, items: Iterable[Deferred]) -> None:
        """Write down what has to wait for a later `apply --resume`."""
        items = tuple(items)
        if not items:
            return
        with self._database.transaction() as transaction:
            pending.write(transaction, run, items, self._now())

    def note(self, run: int, event: str, facts: Fields) -> None:
        """Add a line of the run to the audit chain (an override, a gate's verdict)."""
        with self._database.snapshot() as snapshot:
            author = self._author(snapshot, run)
        self._note(author, [Event(event, facts)])

    def end(self, run: int, state: RunState, summary: Fields | None = None) -> None:
        """End the run."""
        with self._database.transaction() as transaction:
            author = self._author(transaction, run)
            transaction.execute(
                "UPDATE runs SET state = ?, ended = ?, summary = ? WHERE id = ?",
                *(state, self._now(), text.encode(summary or {}), run),
            )
            event = Event("run-ended", {"state": state, "summary": summary or {}})
            seen = self._append(transaction, author, [event])
        self._tell(seen)

    def change_ownership(
        self,
        command: str,
        actor: str,
        *,
        owned: Sequence[Owned] = (),
        disowned: Sequence[Address] = (),
        commit: str = "",
        seen: Fields | None = None,
    ) -> int:
        """Adopt or forget without touching a platform: a run of its own, whose number returns.

        `seen` is kept with the run: what of others is known by now.
        """
        run = self.begin(command, actor, commit=commit)
        self.settle(run, owned=owned, disowned=disowned)
        counts = {"owned": len(owned), "disowned": len(disowned)}
        self.end(run, "done", {**counts, **(seen or {})})
        return run

    # Proof and documents

    def verify_chain(self) -> ChainReport:
        """Prove that no line of the audit chain was changed, removed or moved, nor the ledger.

        Raises JournalTampered, which says what does not add up.
        """
        with self._database.snapshot() as snapshot:
            seen = self._witness.read()
            books: dict[str, str] = {}
            head = chain.prove(
                snapshot, self._keys, seen, lambda facts: events.replay(books, facts)
            )
            ours = ledger.read(snapshot).objects
        actual = {
            str(address): ledger.digest_of(text.encode(dict(each.fields)))
            for address, each in ours.items()
        }
        for name in sorted(books.keys() | actual.keys()):
            if books.get(name) != actual.get(name):
                raise JournalTampered(
                    f"The ledger does not match the audit chain: {name} was changed, added or "
                    f"removed outside of reconciler.",
                    hint=f"see what is live with `reconciler plan`, then `reconciler adopt {name}`",
                )
        return ChainReport(head.lines, head.last, seen is not None, len(actual))

    def document(self, name: str) -> JournalDocument:
        """Return a document kept in the database (the secret store of `store: journal`)."""
        return JournalDocument(self._database, name)

    # Inside

    def _now(self) -> str:
        now = self._clock().astimezone(UTC).isoformat(timespec="milliseconds")
        return now.replace("+00:00", "Z")

    def _append(self, transaction: Transaction, author: Author, told: Iterable[Event]) -> Seen:
        return chain.append(transaction, self._keys, self._now(), author, told)

    def _note(self, author: Author, told: Iterable[Event]) -> None:
        with self._database.transaction() as transaction:
            seen = self._append(transaction, author, told)
        self._tell(seen)

    def _tell(self, seen: Seen) -> None:
        self._witness.write(*seen)
        self._untold = None

    def _author(self, snapshot: Snapshot, run: int) -> Author:
        if run not in self._authors:
            found = snapshot.row("SELECT actor, git_commit, digest FROM runs WHERE id = ?", run)
            if found is None:
                raise self._no_run(run)
            self._authors[run] = Author(found[0], run, *found[1:])
        return self._authors[run]

    def _no_run(self, number: int) -> JournalError:
        return JournalError(
            f"The journal {self._database.where} knows no run {number}.",
            hint="list them with `reconciler history`",
        )

    def _end_killed(self, transaction: Transaction, now: str) -> list[int]:
        if self._lock is None:
            return []
        self._check_lock(transaction)
        rows = transaction.claim_all(
            "SELECT id, started, summary FROM runs WHERE state = 'running' ORDER BY id"
        )
        killed = [run for run, started, said in rows if not _may_be_at_work(started, said, now)]
        transaction.execute_each(
            "UPDATE runs SET state = 'interrupted', ended = ? WHERE id = ?",
            [(now, run) for run in killed],
        )
        return killed

    def _intend(
        self,
        transaction: Transaction,
        run: int,
        items: Sequence[Intent],
        owed: Mapping[str, str],
    ) -> None:
        first = runs.next_position(transaction, run)
        runs.write(transaction, runs.intent_rows(run, items, first, self._now()))
        ledger.write_owed(transaction, owed)

    def _check_lock(self, transaction: Transaction) -> None:
        if not self._holds_lock(transaction):
            raise lock.lost()

    def _holds_lock(self, transaction: Transaction) -> bool:
        """Whether nobody has taken the lock from us; without one there is nobody to take it."""
        if self._lock is None:
            return True
        held = lock.is_held(transaction, self._lock.token)
        self._lock.lost = self._lock.lost or not held
        return held

    def _unlocked(self) -> None:
        self._lock = self._asked = None
