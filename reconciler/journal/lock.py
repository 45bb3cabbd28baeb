"""The lock: one run at a time, with a lease that a killed run does not keep.

Taking and giving back are single statements that name what was seen before (compare and swap),
so they are atomic on both databases.
"""

import os
import secrets
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import NamedTuple

from reconciler.database.database import Database
from reconciler.database.snapshot import Snapshot
from reconciler.database.transaction import Transaction
from reconciler.errors import JournalError, JournalLocked, WorkspaceError
from reconciler.journal import process
from reconciler.journal.records import Holder

NAME = "workspace"
LEASE_S = 90.0
_AGAIN_S = 0.25


class Held(NamedTuple):
    """The lock's row. `lease_until` is seconds since 1970 by the database's clock."""

    name: str
    token: str
    actor: str
    host: str
    machine: str
    pid: int
    process: str
    purpose: str
    since: str
    lease_until: float


_SEEN = f"SELECT {', '.join(Held._fields)} FROM locks WHERE name = ?"  # noqa: S608 - our own names
_TAKE = f"UPDATE locks SET {', '.join(f'{each} = ?' for each in Held._fields)}"  # noqa: S608


class Lock:
    """A lock that is held: a context manager that renews its own lease in the background.

    It is made before it is taken: whoever is stopped between the two can still `let_go`.
    """

    def __init__(self, database: Database, lease_s: float) -> None:
        self._database = database
        self._lease_s = lease_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="reconciler-lease", daemon=True)
        self._release: Callable[[], None] | None = None
        self.token = secrets.token_hex(16)
        self.lost = False

    def start(self, release: Callable[[], None]) -> "Lock":
        """Begin to renew the lease; `release` is called when the lock is given back."""
        self._release = release
        self._thread.start()
        return self

    def renew(self) -> None:
        """Extend the lease. Raises JournalLocked if another run has taken the lock over."""
        with self._database.transaction() as transaction:
            until = transaction.now_s() + self._lease_s
            kept = transaction.execute(
                "UPDATE locks SET lease_until = ? WHERE token = ?", until, self.token
            )
        if not kept:
            self.lost = True
            raise lost()

    def _beat(self) -> None:
        while not self._stop.wait(self._lease_s / 3):
            try:
                self.renew()
            except JournalLocked:
                return
            except (JournalError, WorkspaceError):
                continue  # the lease still runs; the next beat tries again

    def __enter__(self) -> "Lock":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join(timeout=self._lease_s)
        self.let_go()
        if self._release is not None:
            self._release()

    def let_go(self) -> None:
        """Give it back, if it is ours: also when nobody knows whether it was taken."""
        self._stop.set()
        try:
            with self._database.transaction() as transaction:
                remove(transaction, self.token)
        except (JournalError, WorkspaceError):
            pass  # the next run sees that this process is gone; nothing is worth masking an error


def take(
    database: Database, token: str, purpose: str, actor: str, since: str, lease_s: float
) -> Held | None:
    """Take the lock if it is free, lapsed, or held by a dead process of this machine.

    Return the run that it was taken from, if any. Raises JournalLocked.
    """
    with database.transaction() as transaction:
        now = transaction.now_s()
        mine = Held(
            NAME,
            token,
            actor,
            process.host(),
            process.machine(),
            os.getpid(),
            process.birth(os.getpid()),
            purpose,
            since,
            now + lease_s,
        )
        seen = _seen(transaction)
        if seen is None:
            transaction.insert_new("locks", mine._asdict())
            if is_held(transaction, token):
                return None
        elif seen.lease_until < now or _alive(seen) is False:
            still = " WHERE token = ? AND lease_until = ?"
            if transaction.execute(_TAKE + still, *mine, seen.token, seen.lease_until) == 1:
                return seen
        holder = holder_of(_seen(transaction), now)
    raise locked(holder)


def take_in_time(
    attempt: Callable[[], Held | None], wait_s: float, told: Callable[[str], None] | None
) -> Held | None:
    """Attempt to `take` until it is free, at most so long; who waits is `told`, once, for whom.

    Raises JournalLocked when it is not free in time.
    """
    deadline, said = time.monotonic() + wait_s, False
    while True:
        try:
            return attempt()
        except JournalLocked as error:
            left = deadline - time.monotonic()
            if left <= 0:
                raise
            if told is not None and not said:
                told(str(error))
            said = True
            time.sleep(min(_AGAIN_S, left))


def is_held(transaction: Transaction, token: str) -> bool:
    """Whether the lock is still ours, inside of the transaction that depends on it."""
    found = transaction.claim("SELECT token FROM locks WHERE name = ?", NAME)
    return found is not None and found[0] == token


def holder(snapshot: Snapshot) -> Holder | None:
    """Return who holds the lock."""
    return holder_of(_seen(snapshot), snapshot.now_s())


def take_away(transaction: Transaction, *, force: bool) -> Holder | None:
    """Take the lock from its holder and return who it was. Raises JournalLocked if it lives."""
    # Claimed: its holder may be renewing it, or somebody else be taking it.
    claimed = transaction.claim(_SEEN, NAME)
    seen = None if claimed is None else Held(*claimed)
    found = holder_of(seen, transaction.now_s())
    if found is None or seen is None:
        return None
    if not force and found.lease_left_s > 0 and found.alive is not False:
        raise locked(found)
    remove(transaction, seen.token)
    return found


def remove(transaction: Transaction, token: str) -> None:
    """Remove the lock that was taken with this token."""
    transaction.execute("DELETE FROM locks WHERE token = ?", token)


def _seen(snapshot: Snapshot) -> Held | None:
    found = snapshot.row(_SEEN, NAME)
    return None if found is None else Held(*found)


def _alive(row: Held) -> bool | None:
    if row.machine != process.machine():
        return None
    return process.is_alive(row.pid, row.process)


def holder_of(row: Held | None, now: float) -> Holder | None:
    """Return a lock's row as people read it."""
    if row is None:
        return None
    left = max(0.0, row.lease_until - now)
    return Holder(row.name, row.actor, row.host, row.pid, row.purpose, row.since, left, _alive(row))


def locked(found: Holder | None) -> JournalLocked:
    """Return the error that says who is at work and what can be done."""
    if found is None:
        return JournalLocked("Another run has just ended.", hint="run the same command again")
    return JournalLocked(
        f"{found.actor} is at work: {found.purpose}, on {found.host} (process {found.pid}), since "
        f"{found.since}.",
        hint="wait for it (--lock-timeout 600); if that run is dead, its lease lapses in "
        f"{found.lease_left_s:.0f} s, or: reconciler unlock --force",
    )


def lost() -> JournalLocked:
    """Return the error for a run whose lock was taken over."""
    return JournalLocked(
        "This run has lost its lock: its lease lapsed and another run took over, or somebody "
        "unlocked it. It sends nothing more.",
        hint="see who is at work with `reconciler status`, then run `reconciler plan` again",
    )
