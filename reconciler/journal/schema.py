"""The journal's schema, and under which workspace key the journal is sealed."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from reconciler.database.database import Database
from reconciler.database.schema import Schema
from reconciler.database.transaction import Transaction
from reconciler.errors import JournalError

if TYPE_CHECKING:
    from sqlalchemy import MetaData

VERSION = 1

MIGRATIONS: Mapping[int, Callable[[Transaction], None]] = {}
"""Version -> what turns it into the next one."""

_STEPS_OPEN = "CREATE INDEX steps_open ON steps (run) WHERE open"
"""Finds what is open without looking at the rest. As text: an `Index` with a condition imports the
dialects of all databases."""


def _metadata() -> "MetaData":
    """Return the tables as they are declared. Imports SQLAlchemy."""
    from reconciler.journal.tables import METADATA

    return METADATA


def prepare(database: Database, key_id: str, now: str, fill: Callable[[Transaction], None]) -> None:
    """Create or migrate the schema; `fill` writes the first line of a chain that is created.

    Raises JournalTooNew for a schema of a later version, and JournalError when the journal is
    sealed under another workspace key (its fingerprints would all seem to have changed).
    """
    schema = Schema("journal", VERSION, _metadata, MIGRATIONS, (_STEPS_OPEN,))
    schema.prepare(database, {"created": now, "key_id": key_id}, fill)
    with database.snapshot() as snapshot:
        sealed_with = snapshot.row("SELECT key_id FROM journal")
    if sealed_with is None or sealed_with[0] != key_id:
        raise JournalError(
            f"The journal {database.where} was written under another workspace key.",
            hint="put that key back (RECONCILER_WORKSPACE_KEY or .reconciler/workspace.key); if "
            "it is lost, move the journal aside and run `reconciler adopt`",
        )
