"""The wire to the database: SQLite that survives power loss, or PostgreSQL. One code for both."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import OperationalError
from time import monotonic, sleep
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.sql.schema import Table

from reconciler.database.failures import translated
from reconciler.database.wording import JOURNAL, Wording
from reconciler.errors import ReconcilerError, WorkspaceError
from reconciler.model.secret import Clear

BUSY_TIMEOUT_S = 15


class Database:
    """An engine with two ways in: `reading` (one snapshot) and `writing` (one transaction)."""

    def __init__(self, url: str, password: Clear | None = None, wording: Wording = JOURNAL) -> None:
        self._wording = wording
        parsed = _parse(url, wording)
        if password is not None:
            parsed = parsed.set(password=password.reveal())
        self.is_sqlite = parsed.get_backend_name() == "sqlite"
        self.file = Path(parsed.database or "") if self.is_sqlite else None
        self.where = str(self.file) if self.file else parsed.render_as_string(hide_password=True)
        if self.file is not None:
            _make_private(self.file, wording)
        self.engine = _engine(parsed, wording)
        snapshot = {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ"}
        self._read = self.engine.execution_options(**snapshot)
        self._write = self.engine.execution_options(reconciler_write=True)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection that sees one moment of the database."""
        with translated(self.where, self._wording), self._read.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a connection whose writes are all kept, durably, or none of them."""
        with translated(self.where, self._wording), self._write.begin() as connection:
            yield connection

    def upsert(self, connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
        """Insert rows; a row whose primary key exists is overwritten."""
        keys = [column.name for column in table.primary_key]
        rest = [
            f'"{each.name}" = excluded."{each.name}"' for each in table.c if not each.primary_key
        ]
        named = ", ".join(f'"{each}"' for each in keys)
        self.insert(connection, table, rows, f"({named}) DO UPDATE SET {', '.join(rest)}")

    def insert_new(self, connection: Connection, table: Table, row: dict[str, Any]) -> None:
        """Insert a row unless its primary key exists."""
        self.insert(connection, table, [row], "DO NOTHING")

    def insert(
        self, connection: Connection, table: Table, rows: list[dict[str, Any]], conflict: str = ""
    ) -> None:
        """Insert rows, all of the same columns. `conflict` says what else if one is there.

        As text, which both databases understand: an expression works on each row, for longer than
        it takes to write it.
        """
        if not rows:
            return
        names = list(rows[0])
        marks = ", ".join(["?" if self.is_sqlite else "%s"] * len(names))
        columns = ", ".join(f'"{each}"' for each in names)
        statement = f'INSERT INTO "{table.name}" ({columns}) VALUES ({marks})'  # noqa: S608
        if conflict:
            statement += f" ON CONFLICT {conflict}"
        values = [tuple([row[name] for name in names]) for row in rows]
        connection.exec_driver_sql(statement, values)

    def serialise(self, connection: Connection) -> None:
        """Let no two processes create or migrate the schema at once."""
        if not self.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(7236521)"))

    def newer(self, found: int, known: int) -> ReconcilerError:
        """Return the error for a schema of a later version than we know."""
        return self._wording.too_new(
            f"The {self._wording.title} {self.where} has schema version {found}; this reconciler "
            f"knows versions up to {known} and would damage it.",
            hint="upgrade: pip install --upgrade reconciler",
        )

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def _parse(url: str, wording: Wording) -> URL:
    if "://" not in url:
        url = f"sqlite:///{url}"
    if url.startswith("postgres://"):
        url = f"postgresql://{url.removeprefix('postgres://')}"
    try:
        parsed = make_url(url)
    except ArgumentError:
        parsed = None
    backend = parsed.get_backend_name() if parsed is not None else ""
    if parsed is None or backend not in ("sqlite", "postgresql"):
        # The text is not repeated: it may hold a password.
        raise wording.fails(
            f"The {wording.title}'s URL cannot be read.",
            hint="write sqlite:///PATH or postgresql://USER@HOST/DATABASE",
        )
    if backend == "sqlite":
        if parsed.database in (None, "", ":memory:"):
            raise wording.fails(
                wording.in_memory,
                hint=f"name a file: sqlite:///{wording.file}",
            )
        return parsed.set(drivername="sqlite+pysqlite")
    return parsed.set(drivername="postgresql+psycopg")


def _engine(url: URL, wording: Wording) -> Engine:
    if url.get_backend_name() == "sqlite":
        engine = create_engine(
            url, connect_args={"timeout": BUSY_TIMEOUT_S, "isolation_level": None}
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    try:
        return create_engine(
            url,
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


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    _use_write_ahead_log(cursor)
    cursor.execute("PRAGMA synchronous=FULL")  # an intent that was committed survives power loss
    cursor.execute("PRAGMA fullfsync=ON")  # where fsync alone leaves data in the disk's cache
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _use_write_ahead_log(cursor: Any) -> None:
    """Switch to WAL. SQLite does not wait for others here, so two first users meet: try again."""
    deadline = monotonic() + BUSY_TIMEOUT_S
    while cursor.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        try:
            cursor.execute("PRAGMA journal_mode=WAL").fetchone()
        except OperationalError as failure:
            if "locked" not in str(failure) or monotonic() > deadline:
                raise
            sleep(0.05)
        else:
            return  # a file system that cannot have it keeps its own mode


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("reconciler_write", False)
    # A writer takes its place at once: upgrading a read later can fail without waiting.
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _make_private(file: Path, wording: Wording) -> None:
    """Create the file with rights for its owner alone; SQLite's side files inherit them."""
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if stat.S_IMODE(os.fstat(handle).st_mode) & 0o077:
                os.fchmod(handle, 0o600)
        finally:
            os.close(handle)
    except OSError as failure:
        raise WorkspaceError(
            f"The {wording.title} {file} cannot be opened: {failure.strerror}.",
            hint=f"check the rights of the folder and the space on the disk, or name another "
            f"{wording.title} ({wording.setting})",
        ) from None
