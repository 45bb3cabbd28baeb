"""A database in a file, through SQLite's own driver: SQLAlchemy takes longer to load than to use.

Connections are kept until the database is closed: who opens and closes one for each transaction
makes SQLite copy its log into the file each time. One serves one thread at a time, any of them.
"""

import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

from reconciler.database.failures import explain
from reconciler.database.file import BUSY_TIMEOUT_S, set_up
from reconciler.database.transaction import Transaction, insertion
from reconciler.database.wording import Wording


class FileTransaction(Transaction):
    """A transaction in a SQLite file."""

    dialect = "sqlite"

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._asked: list[sqlite3.Cursor] = []

    def rows(self, query: str, *parameters: object) -> Iterator[Any]:
        """Yield what the query finds, as tuples."""
        found = self._connection.execute(query, parameters)
        self._asked.append(found)
        return found

    def end(self) -> None:
        """Read no more: what was not read to its end would hold its moment fast."""
        for each in self._asked:
            each.close()

    def has_table(self, name: str) -> bool:
        """Whether there is a table of this name."""
        query = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"
        return self.row(query, name) is not None

    def now_s(self) -> float:
        """Return seconds since 1970: who shares a file shares a machine."""
        return time.time()

    def execute(self, statement: str, *parameters: object) -> int:
        """Carry out a statement; return how many rows it changed."""
        return self._connection.execute(statement, parameters).rowcount

    def execute_each(self, statement: str, rows: Sequence[tuple[object, ...]]) -> None:
        """Carry out a statement once for each row of parameters."""
        self._connection.executemany(statement, rows)

    def claim_all(self, query: str, *parameters: object) -> list[Any]:
        """Return all that the query finds: a file has one writer at a time."""
        return list(self.rows(query, *parameters))

    def serialise(self) -> None:
        """Do nothing: a file has one writer at a time."""

    def insert_numbered(self, table: str, row: Mapping[str, Any]) -> int:
        """Insert a row and return the number that the database gave it."""
        # RETURNING would need SQLite 3.35.
        made = self._connection.execute(insertion(table, list(row)), tuple(row.values()))
        return made.lastrowid or 0


class File:
    """A SQLite file and its open connections. Safe from several threads."""

    def __init__(self, file: Path, wording: Wording) -> None:
        self.where = str(file)
        self._wording = wording
        self._lending = Lock()
        self._idle: list[sqlite3.Connection] = []

    @contextmanager
    def begin(self, *, writes: bool) -> Iterator[Transaction]:
        """Give a transaction. A failure of SQLite becomes one of ours."""
        try:
            with self._lent() as connection:
                connection.execute(f"PRAGMA query_only={'OFF' if writes else 'ON'}")
                # A writer takes its place at once: upgrading a read later can fail without waiting.
                connection.execute("BEGIN IMMEDIATE" if writes else "BEGIN")
                transaction = FileTransaction(connection)
                yield transaction
                transaction.end()
                if writes:
                    _commit(connection)
                else:
                    connection.execute("ROLLBACK")
        except sqlite3.Error as failure:
            raise explain(self.where, self._wording, str(failure)) from None

    @contextmanager
    def _lent(self) -> Iterator[sqlite3.Connection]:
        """Give a connection that nobody else uses. After a failure it is closed, which undoes."""
        with self._lending:
            idle = self._idle
            connection = idle.pop() if idle else None
        connection = connection or self._connected()
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        with self._lending:
            if idle is self._idle:
                idle.append(connection)
                return
        connection.close()  # all of its time were closed meanwhile

    def _connected(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.where, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
        )
        try:
            set_up(connection)
        except UnicodeDecodeError:  # SQLite names what is damaged, and the name is damaged, too
            connection.close()
            raise sqlite3.DatabaseError("malformed database schema") from None
        except BaseException:
            connection.close()
            raise
        return connection

    def close(self) -> None:
        """Close every connection; a new one is opened when it is needed."""
        with self._lending:
            idle, self._idle = self._idle, []
        for each in idle:
            each.close()


def _commit(connection: sqlite3.Connection) -> None:
    """Keep what was written; it survives power loss from here on."""
    connection.execute("COMMIT")
