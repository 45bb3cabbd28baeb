"""The wire to the database: SQLite that survives power loss, or PostgreSQL. One code for both.

SQLAlchemy is imported for a server and for what is written, not to look into a file.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Any

from reconciler.database.file import file_of, make_private
from reconciler.database.snapshot import Snapshot, look_into
from reconciler.database.transaction import Transaction
from reconciler.database.wording import Wording
from reconciler.errors import ReconcilerError
from reconciler.model.secret import Clear

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine, MetaData
    from sqlalchemy.sql.schema import Table

    from reconciler.database.engine import Engines


class Database:
    """A file or a server, to look into (`snapshot`) and to write to (`transaction`).

    `reading` and `writing` are the same for who speaks in SQLAlchemy's expressions. `metadata`
    gives the tables as they are declared; it is asked when something is written.
    """

    def __init__(
        self,
        url: str,
        wording: Wording,
        metadata: "Callable[[], MetaData]",
        password: Clear | None = None,
    ) -> None:
        self._wording = wording
        self._metadata = metadata
        self._opening = Lock()
        self._opened: Engines | None = None
        self.file = file_of(url, wording)
        if self.file is not None:
            self.where = str(self.file)
            make_private(self.file, wording)
        else:
            from reconciler.database.engine import of_server

            self._opened = of_server(url, password, wording)
            self.where = self._opened.engine.url.render_as_string(hide_password=True)

    @property
    def _engines(self) -> "Engines":
        with self._opening:
            if self._opened is None:
                from reconciler.database.engine import of_file

                self._opened = of_file(self.where)
            return self._opened

    @property
    def engine(self) -> "Engine":
        """SQLAlchemy's engine."""
        return self._engines.engine

    def snapshot(self) -> AbstractContextManager[Snapshot]:
        """Give one moment of the database."""
        if self.file is not None:
            return look_into(self.file, self._wording)
        return self._told(self.reading())

    def transaction(self) -> AbstractContextManager[Transaction]:
        """Give a transaction whose writes are all kept, durably, or none of them."""
        return self._told(self.writing())

    def reading(self) -> "AbstractContextManager[Connection]":
        """Give a connection that sees one moment of the database."""
        return self._begun(self._engines.read)

    def writing(self) -> "AbstractContextManager[Connection]":
        """Give a connection whose writes are all kept, durably, or none of them."""
        return self._begun(self._engines.write)

    @contextmanager
    def _told(self, begun: "AbstractContextManager[Connection]") -> Iterator[Transaction]:
        with begun as connection:
            yield Transaction(connection, self._metadata)

    @contextmanager
    def _begun(self, engine: "Engine") -> "Iterator[Connection]":
        from reconciler.database.engine import translated

        with translated(self.where, self._wording), engine.begin() as connection:
            yield connection

    def upsert(
        self, connection: "Connection", table: "Table", rows: Sequence[Mapping[str, Any]]
    ) -> None:
        """Insert rows; a row whose primary key exists is overwritten."""
        Transaction(connection, self._metadata).upsert(table.name, rows)

    def insert_new(self, connection: "Connection", table: "Table", row: Mapping[str, Any]) -> None:
        """Insert a row unless its primary key exists."""
        Transaction(connection, self._metadata).insert_new(table.name, row)

    def newer(self, found: int, known: int) -> ReconcilerError:
        """Return the error for a schema of a later version than we know."""
        return self._wording.too_new(
            f"The {self._wording.title} {self.where} has schema version {found}; this reconciler "
            f"knows versions up to {known} and would damage it.",
            hint="upgrade: pip install --upgrade reconciler",
        )

    def close(self) -> None:
        """Close every connection; a new one is opened when it is needed."""
        if self._opened is not None:
            self._opened.engine.dispose()
