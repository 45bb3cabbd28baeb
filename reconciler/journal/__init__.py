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
    from reconciler.journal.witness import Seen

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
    folder: Path | None = None,
    clock: Callable[[], datetime] | None = None,
) -> "Journal":
    """Open the journal at a URL or path, creating or migrating it. `key` is the workspace key.

    `password` is the database's, for a URL that (rightly) has none in it. `folder` is where the
    head of the audit chain of one on a server is remembered (of SQLite: beside the database).
    Raises JournalError (JournalTooNew, another key, damaged) and WorkspaceError (disk, rights).
    """
    from reconciler.journal.journal import Journal

    if clock is None:
        return Journal(url, key=key, password=password, folder=folder)
    return Journal(url, key=key, password=password, folder=folder, clock=clock)


def head_seen(url: str, folder: Path, key: bytes) -> "Seen | None":
    """Return the audit chain's head as the witness knows it, without opening the journal.

    None where it knows none: of a journal that is new, or another key's. Raises JournalError for a
    URL of SQLite that names no file.
    """
    from reconciler.journal.seal import derive
    from reconciler.journal.witness import Witness, witness_file

    return Witness(witness_file(url, folder), derive(key)).read()


def __getattr__(name: str) -> object:
    """Import the classes when somebody asks for them: `validate` never does."""
    if name == "Journal":
        from reconciler.journal.journal import Journal

        return Journal
    if name == "Lock":
        from reconciler.journal.lock import Lock

        return Lock
    raise AttributeError(name)
