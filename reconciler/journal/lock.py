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
from typing import Any

from sqlalchemy import Connection, Row, select, text

from reconciler.database.database import Database
from reconciler.errors import JournalError, JournalLocked, WorkspaceError
from reconciler.journal import process
from reconciler.journal.records import Holder
from reconciler.journal.tables import LOCKS

NAME = "workspace"
LEASE_S = 90.0


class Lock:
    """A lock that is held: a context manager that renews its own lease in the background."""

    def __init__(self, database: Database, token: str, lease_s: float) -> None:
        self._database = database
        self._lease_s = lease_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="reconciler-lease", daemon=True)
        self._release: Callable[[], None] | None = None
        self.token = token
        self.lost = False

    def start(self, release: Callable[[], None]) -> "Lock":
        """Begin to renew the lease; `release` is called when the lock is given back."""
        self._release = release
        self._thread.start()
        return self

    def renew(self) -> None:
        """Extend the lease. Raises JournalLocked if another run has taken the lock over."""
        with self._database.writing() as connection:
            until = now_s(self._database, connection) + self._lease_s
            kept = connection.execute(
                LOCKS.update().where(LOCKS.c.token == self.token).values(lease_until=until)
            ).rowcount
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
        if self._release is not None:
            self._release()
        try:
            with self._database.writing() as connection:
                connection.execute(LOCKS.delete().where(LOCKS.c.token == self.token))
        except (JournalError, WorkspaceError):
            pass  # the next run sees that this process is gone; nothing is worth masking `error`


def now_s(database: Database, connection: Connection) -> float:
    """Return seconds since 1970 by the clock that all who share the journal share."""
    if database.is_sqlite:
        return time.time()
    return float(
        connection.execute(text("SELECT extract(epoch FROM clock_timestamp())")).scalar_one()
    )


def take(
    database: Database, purpose: str, actor: str, since: str, lease_s: float
) -> tuple[str, Row[Any] | None]:
    """Take the lock if it is free, lapsed, or held by a dead process of this machine.

    Return our token and the row of the run that it was taken from, if any. Raises JournalLocked.
    """
    token = secrets.token_hex(16)
    with database.writing() as connection:
        now = now_s(database, connection)
        row = {
            "name": NAME,
            "token": token,
            "actor": actor,
            "host": process.host(),
            "machine": process.machine(),
            "pid": os.getpid(),
            "process": process.birth(os.getpid()),
            "purpose": purpose,
            "since": since,
            "lease_until": now + lease_s,
        }
        seen = _seen(connection)
        if seen is None:
            database.insert_new(connection, LOCKS, row)
            if is_held(connection, token):
                return token, None
        elif seen.lease_until < now or _alive(seen) is False:
            mine = LOCKS.update().where(LOCKS.c.token == seen.token).values(row)
            mine = mine.where(LOCKS.c.lease_until == seen.lease_until)
            if connection.execute(mine).rowcount == 1:
                return token, seen
        holder = holder_of(_seen(connection), now)
    raise locked(holder)


def is_held(connection: Connection, token: str) -> bool:
    """Whether the lock is still ours, inside of the transaction that depends on it."""
    query = select(LOCKS.c.token).where(LOCKS.c.name == NAME).with_for_update()
    row = connection.execute(query).first()
    return row is not None and row.token == token


def holder(database: Database) -> Holder | None:
    """Return who holds the lock."""
    with database.reading() as connection:
        return holder_of(_seen(connection), now_s(database, connection))


def remove(database: Database, connection: Connection, *, force: bool) -> Holder | None:
    """Take the lock from its holder and return who it was. Raises JournalLocked if it lives."""
    seen = _seen(connection)
    now = now_s(database, connection)
    found = holder_of(seen, now)
    if found is None or seen is None:
        return None
    if not force and found.lease_left_s > 0 and found.alive is not False:
        raise locked(found)
    connection.execute(LOCKS.delete().where(LOCKS.c.token == seen.token))
    return found


def _seen(connection: Connection) -> Row[Any] | None:
    return connection.execute(select(LOCKS).where(LOCKS.c.name == NAME)).first()


def _alive(row: Row[Any]) -> bool | None:
    if row.machine != process.machine():
        return None
    return process.is_alive(row.pid, row.process)


def holder_of(row: Row[Any] | None, now: float) -> Holder | None:
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
