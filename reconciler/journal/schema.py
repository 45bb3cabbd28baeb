"""The journal's schema, and under which workspace key the journal is sealed."""

from collections.abc import Callable, Mapping

from sqlalchemy import Connection, select

from reconciler.database.database import Database
from reconciler.database.schema import Schema
from reconciler.errors import JournalError
from reconciler.journal.tables import META, METADATA, STEPS_OPEN

VERSION = 1

MIGRATIONS: Mapping[int, Callable[[Connection], None]] = {}
"""Version -> what turns it into the next one."""


def prepare(database: Database, key_id: str, now: str) -> bool:
    """Create or migrate the schema; say whether it was created.

    Raises JournalTooNew for a schema of a later version, and JournalError when the journal is
    sealed under another workspace key (its fingerprints would all seem to have changed).
    """
    schema = Schema(METADATA, META, VERSION, MIGRATIONS, (STEPS_OPEN,))
    created = schema.prepare(database, {"created": now, "key_id": key_id})
    with database.reading() as connection:
        sealed_with = connection.execute(select(META.c.key_id)).scalar()
    if sealed_with != key_id:
        raise JournalError(
            f"The journal {database.where} was written under another workspace key.",
            hint="put that key back (RECONCILER_WORKSPACE_KEY or .reconciler/workspace.key); if "
            "it is lost, move the journal aside and run `reconciler adopt`",
        )
    return created
