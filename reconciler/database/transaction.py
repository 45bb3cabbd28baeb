"""One transaction, in plain SQL that SQLite and PostgreSQL both understand."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from reconciler.database.snapshot import Snapshot

if TYPE_CHECKING:
    from sqlalchemy import Connection, MetaData


class Transaction(Snapshot):
    """What was there when it began, and what is written until it ends: all of it, or nothing.

    `connection` is SQLAlchemy's; `metadata` gives the tables as they are declared.
    """

    def __init__(self, connection: "Connection", metadata: "Callable[[], MetaData]") -> None:
        self.connection = connection
        self._metadata = metadata
        self._is_server = connection.dialect.name != "sqlite"

    def rows(self, query: str, *parameters: object) -> Iterator[Any]:
        """Yield what the query finds, as tuples."""
        return iter(self.connection.exec_driver_sql(self._marked(query), parameters))

    def claim(self, query: str, *parameters: object) -> Any:
        """Return the first that the query finds; nobody else writes it until the end."""
        return next(iter(self.claim_all(query, *parameters)), None)

    def claim_all(self, query: str, *parameters: object) -> list[Any]:
        """Return all that the query finds; nobody else writes them until the end."""
        # A file has one writer at a time.
        return list(self.rows(f"{query} FOR UPDATE" if self._is_server else query, *parameters))

    def has_table(self, name: str) -> bool:
        """Whether there is a table of this name."""
        from sqlalchemy import inspect

        return inspect(self.connection).has_table(name)

    def now_s(self) -> float:
        """Return seconds since 1970 by the clock that all who share the database share."""
        if self._is_server:
            return float(self.row("SELECT extract(epoch FROM clock_timestamp())")[0])
        return time.time()

    def execute(self, statement: str, *parameters: object) -> int:
        """Carry out a statement; return how many rows it changed."""
        return self.connection.exec_driver_sql(self._marked(statement), parameters).rowcount

    def execute_each(self, statement: str, rows: Sequence[tuple[object, ...]]) -> None:
        """Carry out a statement once for each row of parameters."""
        if rows:
            self.connection.exec_driver_sql(self._marked(statement), list(rows))

    def insert(self, table: str, rows: Sequence[Mapping[str, Any]], conflict: str = "") -> None:
        """Insert rows, all of the same columns. `conflict` says what else if one is there.

        As text, which both databases understand: an expression works on each row, for longer than
        it takes to write it.
        """
        if not rows:
            return
        names = list(rows[0])
        marks = ", ".join("?" * len(names))
        columns = ", ".join(f'"{each}"' for each in names)
        statement = f'INSERT INTO "{table}" ({columns}) VALUES ({marks})'  # noqa: S608
        if conflict:
            statement += f" ON CONFLICT {conflict}"
        self.execute_each(statement, [tuple([row[name] for name in names]) for row in rows])

    def insert_new(self, table: str, row: Mapping[str, Any]) -> None:
        """Insert a row unless its primary key exists."""
        self.insert(table, [row], "DO NOTHING")

    def insert_numbered(self, table: str, row: Mapping[str, Any]) -> int:
        """Insert a row and return the number that the database gave it."""
        insert = self._metadata().tables[table].insert()
        key = self.connection.execute(insert, row).inserted_primary_key
        return int(key[0]) if key is not None else 0

    def upsert(self, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert rows; a row whose primary key exists is overwritten."""
        declared = self._metadata().tables[table]
        named = ", ".join(f'"{each.name}"' for each in declared.primary_key)
        rest = ", ".join(
            f'"{each.name}" = excluded."{each.name}"' for each in declared.c if not each.primary_key
        )
        self.insert(table, rows, f"({named}) DO UPDATE SET {rest}")

    def serialise(self) -> None:
        """Wait until no other process creates or migrates tables; none does until the end."""
        if self._is_server:
            self.execute("SELECT pg_advisory_xact_lock(7236521)")

    def create_tables(self) -> None:
        """Create the tables that are declared."""
        self._metadata().create_all(self.connection)

    def _marked(self, statement: str) -> str:
        """Return SQL with the driver's own marks for parameters."""
        return statement.replace("?", "%s") if self._is_server else statement
