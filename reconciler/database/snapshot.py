"""One moment of a database, asked in plain SQL that SQLite and PostgreSQL both understand.

A SQLite file is asked without SQLAlchemy, whose import takes longer than most questions.
"""

import sqlite3
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from reconciler.database.failures import explain
from reconciler.database.file import BUSY_TIMEOUT_S, set_up
from reconciler.database.wording import Wording


class Snapshot(ABC):
    """What is in the database at one moment. `?` in a query stands for a parameter."""

    @abstractmethod
    def rows(self, query: str, *parameters: object) -> Iterator[Any]:
        """Yield what the query finds, as tuples."""

    @abstractmethod
    def has_table(self, name: str) -> bool:
        """Whether there is a table of this name."""

    @abstractmethod
    def now_s(self) -> float:
        """Return seconds since 1970 by the clock that all who share the database share."""

    def row(self, query: str, *parameters: object) -> Any:
        """Return the first that the query finds, None if it finds nothing."""
        return next(iter(self.rows(query, *parameters)), None)


class FileSnapshot(Snapshot):
    """A SQLite file at one moment."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def rows(self, query: str, *parameters: object) -> Iterator[Any]:
        """Yield what the query finds, as tuples."""
        return self._connection.execute(query, parameters)

    def has_table(self, name: str) -> bool:
        """Whether there is a table of this name."""
        query = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"
        return self.row(query, name) is not None

    def now_s(self) -> float:
        """Return seconds since 1970: who shares a file shares a machine."""
        return time.time()


@contextmanager
def look_into(file: Path, wording: Wording) -> Iterator[Snapshot]:
    """Give what a SQLite file holds now. A failure of SQLite becomes one of ours."""
    try:
        connection = sqlite3.connect(file, timeout=BUSY_TIMEOUT_S, isolation_level=None)
        with closing(connection):
            set_up(connection)
            connection.execute("PRAGMA query_only=ON")
            connection.execute("BEGIN")
            yield FileSnapshot(connection)
    except sqlite3.Error as failure:
        raise explain(str(file), wording, str(failure)) from None
