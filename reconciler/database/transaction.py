"""One transaction, in plain SQL that SQLite and PostgreSQL both understand.

What is abstract here and in `Snapshot` is all in which the two differ: `sqlite.py`, `server.py`.
"""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from reconciler.database.snapshot import Snapshot


class Transaction(Snapshot):
    """What was there when it began, and what is written until it ends: all of it, or nothing."""

    dialect: ClassVar[str]
    """What SQLAlchemy calls the database's language."""

    @abstractmethod
    def execute(self, statement: str, *parameters: object) -> int:
        """Carry out a statement; return how many rows it changed."""

    @abstractmethod
    def execute_each(self, statement: str, rows: Sequence[tuple[object, ...]]) -> None:
        """Carry out a statement once for each row of parameters."""

    @abstractmethod
    def claim_all(self, query: str, *parameters: object) -> list[Any]:
        """Return all that the query finds; nobody else writes them until the end."""

    @abstractmethod
    def serialise(self) -> None:
        """Wait until no other process creates or migrates tables; none does until the end."""

    @abstractmethod
    def insert_numbered(self, table: str, row: Mapping[str, Any]) -> int:
        """Insert a row and return the number (`id`) that the database gave it."""

    def claim(self, query: str, *parameters: object) -> Any:
        """Return the first that the query finds; nobody else writes it until the end."""
        return next(iter(self.claim_all(query, *parameters)), None)

    def insert(self, table: str, rows: Sequence[Mapping[str, Any]], conflict: str = "") -> None:
        """Insert rows, all of the same columns. `conflict` says what else if one is there."""
        if not rows:
            return
        names = list(rows[0])
        statement = insertion(table, names) + (f" ON CONFLICT {conflict}" if conflict else "")
        self.execute_each(statement, [tuple([row[name] for name in names]) for row in rows])

    def insert_new(self, table: str, row: Mapping[str, Any]) -> None:
        """Insert a row unless its primary key exists."""
        self.insert(table, [row], "DO NOTHING")

    def upsert(self, table: str, rows: Sequence[Mapping[str, Any]], key: Sequence[str]) -> None:
        """Insert rows; one whose primary key (the columns `key`) exists is overwritten.

        A database refuses columns that are not the key, so `key` cannot be wrong unnoticed.
        """
        if not rows:
            return
        named = ", ".join(f'"{each}"' for each in key)
        rest = ", ".join(f'"{each}" = excluded."{each}"' for each in rows[0] if each not in key)
        self.insert(table, rows, f"({named}) DO UPDATE SET {rest}")


def insertion(table: str, names: Sequence[str]) -> str:
    """Return the statement that inserts a row of these columns."""
    columns = ", ".join(f'"{each}"' for each in names)
    marks = ", ".join("?" * len(names))
    return f'INSERT INTO "{table}" ({columns}) VALUES ({marks})'  # noqa: S608 - our own names
