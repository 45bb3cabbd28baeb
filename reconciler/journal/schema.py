"""The schema's version: created at first use, migrated forward, refused when newer than we are."""

from collections.abc import Callable, Mapping

from sqlalchemy import Connection, inspect, select, text

from reconciler.database.database import Database
from reconciler.errors import JournalError, JournalTooNew
from reconciler.journal.tables import META, METADATA, STEPS_OPEN

VERSION = 1

MIGRATIONS: Mapping[int, Callable[[Connection], None]] = {}
"""Version -> what turns it into the next one, in the transaction that also raises the version."""


def prepare(database: Database, key_id: str, now: str) -> bool:
    """Create or migrate the schema; say whether it was created.

    Raises JournalTooNew for a schema of a later version, and JournalError when the journal is
    sealed under another workspace key (its fingerprints would all seem to have changed).
    """
    with database.reading() as connection:
        found = _found(connection)
    created = False
    if found is None or found[0] < VERSION:
        with database.writing() as connection:
            database.serialise(connection)
            created = _advance(connection, key_id, now)
        with database.reading() as connection:
            found = _found(connection)
    version, sealed_with = found if found is not None else (0, "")
    if version > VERSION:
        raise JournalTooNew(
            f"The journal {database.where} has schema version {version}; this reconciler knows "
            f"versions up to {VERSION} and would damage it.",
            hint="upgrade: pip install --upgrade reconciler",
        )
    if sealed_with != key_id:
        raise JournalError(
            f"The journal {database.where} was written under another workspace key.",
            hint="put that key back (RECONCILER_WORKSPACE_KEY or .reconciler/workspace.key); if "
            "it is lost, move the journal aside and run `reconciler adopt`",
        )
    return created


def _found(connection: Connection) -> tuple[int, str] | None:
    if not inspect(connection).has_table(META.name):
        return None
    row = connection.execute(select(META.c.version, META.c.key_id)).first()
    return None if row is None else (row.version, row.key_id)


def _advance(connection: Connection, key_id: str, now: str) -> bool:
    found = _found(connection)
    if found is None:
        METADATA.create_all(connection)
        connection.execute(text(STEPS_OPEN))
        connection.execute(
            META.insert(), {"id": 1, "version": VERSION, "created": now, "key_id": key_id}
        )
        return True
    for version in range(found[0], VERSION):
        MIGRATIONS[version](connection)
        connection.execute(META.update().values(version=version + 1))
    return False
