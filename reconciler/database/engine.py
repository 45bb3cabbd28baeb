"""SQLAlchemy's engine for a SQLite file or a PostgreSQL server. Imported by who needs one."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from reconciler.database.failures import explain
from reconciler.database.file import BUSY_TIMEOUT_S, set_up
from reconciler.database.wording import Wording
from reconciler.model.secret import Clear


class Engines(NamedTuple):
    """An engine, and the same for one snapshot and for one transaction at a time."""

    engine: Engine
    read: Engine
    write: Engine


def of_file(file: str) -> Engines:
    """Return engines for a SQLite file."""
    engine = create_engine(
        URL.create("sqlite+pysqlite", database=file),
        connect_args={"timeout": BUSY_TIMEOUT_S, "isolation_level": None},
    )
    event.listen(engine, "connect", lambda connection, _: set_up(connection))
    event.listen(engine, "begin", _begin)
    return Engines(engine, engine, engine.execution_options(reconciler_write=True))


def of_server(url: str, password: Clear | None, wording: Wording) -> Engines:
    """Return engines for a PostgreSQL server; nothing is connected yet.

    `password` wins over one in the URL.
    """
    server = _server(url, wording)
    try:
        engine = create_engine(
            server if password is None else server.set(password=password.reveal()),
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
    return Engines(engine, engine.execution_options(isolation_level="REPEATABLE READ"), engine)


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


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("reconciler_write", False)
    # A writer takes its place at once: upgrading a read later can fail without waiting.
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def translated(where: str, wording: Wording) -> Iterator[None]:
    """Turn a database's failure into a ReconcilerError that names the database at `where`."""
    try:
        yield
    except DBAPIError as failure:
        raise explain(where, wording, str(failure.orig)) from None
    except PoolTimeout:
        raise explain(where, wording, "database is locked") from None
    except SQLAlchemyError as failure:
        raise explain(where, wording, type(failure).__name__) from None
