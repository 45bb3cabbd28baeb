"""A database in a file: SQLite that survives power loss, for its owner alone."""

import errno
import os
import re
import stat
from pathlib import Path
from sqlite3 import Connection, Cursor, OperationalError
from time import monotonic, sleep

from reconciler.database.wording import Wording
from reconciler.errors import WorkspaceError

BUSY_TIMEOUT_S = 15

_URL = re.compile(r"sqlite(?:\+pysqlite)?://(?:/(?P<path>[^?]*))?", re.DOTALL)


def file_of(url: str, wording: Wording) -> Path | None:
    """Return the file that a path or URL of SQLite names; None for another URL."""
    if "://" not in url:
        path = url
    elif (found := _URL.fullmatch(url)) is not None:
        path = found["path"] or ""
    else:
        return None
    if path in ("", ":memory:"):
        raise wording.fails(wording.in_memory, hint=f"name a file: sqlite:///{wording.file}")
    return Path(path)


def make_private(file: Path, wording: Wording) -> None:
    """Create the file with rights for its owner alone; SQLite's side files inherit them.

    One that is there is not opened: closing it would drop every lock that connections of this
    process have on it, and others would clear away the log into which those write.
    https://www.sqlite.org/howtocorrupt.html (2.2)
    """
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if _was_there(file) and stat.S_IMODE(file.stat().st_mode) & 0o077:
            file.chmod(0o600)
    except OSError as failure:
        raise WorkspaceError(
            f"The {wording.title} {file} cannot be opened: {failure.strerror}.",
            hint=f"check the rights of the folder and the space on the disk, or name another "
            f"{wording.title} ({wording.setting})",
        ) from None


def _was_there(file: Path) -> bool:
    """Make an empty file unless there is one, which is said. Raises OSError for one of no use."""
    try:
        os.close(os.open(file.resolve(), os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        if file.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR)) from None
        if not os.access(file, os.R_OK | os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES)) from None
        return True
    return False


def set_up(connection: Connection) -> None:
    """Let a new connection keep what it commits, whatever becomes of the machine."""
    cursor = connection.cursor()
    _use_write_ahead_log(cursor)
    cursor.execute("PRAGMA synchronous=FULL")  # an intent that was committed survives power loss
    cursor.execute("PRAGMA fullfsync=ON")  # where fsync alone leaves data in the disk's cache
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _use_write_ahead_log(cursor: Cursor) -> None:
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
