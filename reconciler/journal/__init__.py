"""The journal: ledger, runs, lock and audit chain, in SQLite or PostgreSQL.

SQLite's driver is imported when a journal is opened, SQLAlchemy when its tables are made or it is
in PostgreSQL.
"""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.journal.records import (
    AuditLine,
    ChainReport,
    Deferred,
    Holder,
    Intent,
    RunRecord,
    RunState,
    StepRecord,
    intent_of,
)
from reconciler.model.secret import Clear

if TYPE_CHECKING:
    from reconciler.journal.journal import Journal
    from reconciler.journal.lock import Lock

__all__ = [
    "AuditLine",
    "ChainReport",
    "Deferred",
    "Holder",
    "Intent",
    "Journal",
    "Lock",
    "RunRecord",
    "RunState",
    "StepRecord",
    "intent_of",
    "open_journal",
]


def open_journal(
    url: str,
    *,
    key: bytes,
    password: Clear | None = None,
    witness: Path | None = None,
    clock: Callable[[], datetime] | None = None,
) -> "Journal":
    """Open the journal at a URL or path, creating or migrating it. `key` is the workspace key.

    `password` is the database's, for a URL that (rightly) has none in it. `witness`
    is the file that remembers the audit chain's head (SQLite: beside the database).
    Raises JournalError (JournalTooNew, another key, damaged) and WorkspaceError (disk, rights).
    """
    from reconciler.journal.journal import Journal

    if clock is None:
        return Journal(url, key=key, password=password, witness=witness)
    return Journal(url, key=key, password=password, witness=witness, clock=clock)


def lines_seen(url: str, key: bytes) -> int | None:
    """Return how many lines the audit chain had at the last write, without opening the journal.

    None where that is not known: of one in a database server, one that is new, another key's.
    Raises JournalError for a URL of SQLite that names no file.
    """
    from reconciler.database.file import file_of
    from reconciler.database.wording import JOURNAL
    from reconciler.journal.seal import derive
    from reconciler.journal.witness import Witness, beside

    file = file_of(url, JOURNAL)
    if file is None:
        return None
    seen = Witness(beside(file), derive(key)).read()
    return None if seen is None else seen.lines


def __getattr__(name: str) -> object:
    """Import the classes when somebody asks for them: `validate` never does."""
    if name == "Journal":
        from reconciler.journal.journal import Journal

        return Journal
    if name == "Lock":
        from reconciler.journal.lock import Lock

        return Lock
    raise AttributeError(name)
