"""What databases say when they fail, turned into our errors with a way out."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from reconciler.errors import JournalError, ReconcilerError, WorkspaceError

_FULL = ("disk is full", "no space left", "could not extend file")
_RIGHTS = ("readonly database", "unable to open database", "read-only transaction")
_CORRUPT = ("malformed", "not a database", "file is encrypted")
_BUSY = ("database is locked", "database table is locked", "lock timeout", "deadlock detected")


@contextmanager
def translated(where: str) -> Iterator[None]:
    """Turn a database's failure into a ReconcilerError that names the journal at `where`."""
    try:
        yield
    except DBAPIError as failure:
        raise explain(where, str(failure.orig)) from None
    except PoolTimeout:
        raise explain(where, "database is locked") from None
    except SQLAlchemyError as failure:
        raise explain(where, type(failure).__name__) from None


def explain(where: str, said: str) -> ReconcilerError:
    """Return the error for what a database said. Only its first line is repeated."""
    said = said.strip().splitlines()[0] if said.strip() else "no reason given"
    low = said.lower()
    if any(words in low for words in _FULL):
        return WorkspaceError(
            f"The journal {where} cannot be written: the disk is full. Nothing of this was "
            f"recorded, and what was recorded before is intact.",
            hint="make room on the disk and run the same command again",
        )
    if any(words in low for words in _RIGHTS):
        return WorkspaceError(
            f"The journal {where} cannot be opened for writing ({said}).",
            hint="give this user the right to write the file and its folder, or name another "
            "journal (workspace: journal)",
        )
    if any(words in low for words in _CORRUPT):
        return JournalError(
            f"The journal {where} is damaged or is not a journal ({said}).",
            hint="restore it from a backup, or move it aside and run `reconciler adopt`: that "
            "rebuilds ownership from what is declared and live",
        )
    if any(words in low for words in _BUSY):
        return JournalError(
            f"The journal {where} is busy: another process kept it locked for too long.",
            hint="run the same command again",
        )
    if "disk i/o error" in low:
        return WorkspaceError(
            f"The journal {where} cannot be read or written: the disk reports an error.",
            hint="check the disk; a journal on a network share is better kept in PostgreSQL",
        )
    return JournalError(
        f"The journal {where} failed: {said}",
        hint="check `workspace: journal` and that the database can be reached",
    )
