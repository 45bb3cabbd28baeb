"""A database on a PostgreSQL server, through SQLAlchemy. Imported by who has one."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, create_engine, inspect
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from reconciler.database.failures import explain
from reconciler.database.transaction import Transaction, insertion
from reconciler.database.wording import Wording
from reconciler.model.secret import Clear


class ServerTransaction(Transaction):
    """A transaction on a PostgreSQL server."""

    dialect = "postgresql"

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def rows(self, query: str, *parameters: object) -> Iterator[Any]:
        """Yield what the query finds, as tuples."""
        return map(tuple, self._connection.exec_driver_sql(_marked(query), parameters))

    def has_table(self, name: str) -> bool:
        """Whether there is a table of this name."""
        return inspect(self._connection).has_table(name)

    def now_s(self) -> float:
        """Return seconds since 1970 by the server's clock."""
        return float(self.row("SELECT extract(epoch FROM clock_timestamp())")[0])

    def execute(self, statement: str, *parameters: object) -> int:
        """Carry out a statement; return how many rows it changed."""
        return self._connection.exec_driver_sql(_marked(statement), parameters).rowcount

    def execute_each(self, statement: str, rows: Sequence[tuple[object, ...]]) -> None:
        """Carry out a statement once for each row of parameters."""
        if rows:
            self._connection.exec_driver_sql(_marked(statement), list(rows))

    def claim_all(self, query: str, *parameters: object) -> list[Any]:
        """Return all that the query finds; nobody else writes them until the end."""
        return list(self.rows(f"{query} FOR UPDATE", *parameters))

    def serialise(self) -> None:
        """Wait until no other process creates or migrates tables; none does until the end."""
        self.execute("SELECT pg_advisory_xact_lock(7236521)")

    def insert_numbered(self, table: str, row: Mapping[str, Any]) -> int:
        """Insert a row and return the number that the database gave it."""
        statement = insertion(table, list(row)) + " RETURNING id"
        return int(self.row(statement, *row.values())[0])


class Server:
    """A PostgreSQL server; nothing is connected yet. Safe from several threads."""

    def __init__(self, url: str, password: Clear | None, wording: Wording) -> None:
        """`password` wins over one in the URL."""
        self._wording = wording
        server = _server(url, wording)
        if password is not None:
            server = server.set(password=password.reveal())
        try:
            self._engine = create_engine(
                server,
                pool_pre_ping=True,
                connect_args={
                    "connect_timeout": 10,
                    "application_name": "reconciler",
                    "keepalives_idle": 30,
                    "tcp_user_timeout": 30_000,
                    "prepare_threshold": None,  # poolers such as PgBouncer lose prepared statements
                },
            )
        except ImportError:
            raise wording.fails(
                f"The {wording.title} is in PostgreSQL, and its driver is not installed.",
                hint="pip install 'reconciler[postgresql]'",
            ) from None
        # Whatever the server prefers: who waited for a row has to see what the other wrote.
        self._latest = self._engine.execution_options(isolation_level="READ COMMITTED")
        self._one_moment = self._engine.execution_options(isolation_level="REPEATABLE READ")
        self.where = server.render_as_string(hide_password=True)

    @contextmanager
    def begin(self, *, writes: bool) -> Iterator[Transaction]:
        """Give a transaction. A failure of the server or on the way becomes one of ours."""
        engine = self._latest if writes else self._one_moment
        try:
            with engine.begin() as connection:
                yield ServerTransaction(connection)
        except DBAPIError as failure:
            raise explain(self.where, self._wording, str(failure.orig)) from None
        except PoolTimeout:
            raise explain(self.where, self._wording, "database is locked") from None
        except SQLAlchemyError as failure:
            raise explain(self.where, self._wording, type(failure).__name__) from None

    def close(self) -> None:
        """Close every connection; a new one is opened when it is needed."""
        self._engine.dispose()


def _marked(statement: str) -> str:
    """Return SQL with the driver's own marks for parameters."""
    return statement.replace("?", "%s")


def _server(url: str, wording: Wording) -> URL:
    if url.startswith("postgres://"):
        url = f"postgresql://{url.removeprefix('postgres://')}"
    try:
        parsed = make_url(url)
    except ArgumentError:
        parsed = None
    if parsed is None or parsed.get_backend_name() != "postgresql":
        # The text is not repeated: it may hold a password.
        raise wording.fails(
            f"The {wording.title}'s URL cannot be read.",
            hint="write sqlite:///PATH or postgresql://USER@HOST/DATABASE",
        )
    return parsed.set(drivername="postgresql+psycopg")
