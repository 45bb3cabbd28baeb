"""The published store's schema."""

from collections.abc import Callable, Mapping

from sqlalchemy import Connection, MetaData

from reconciler.database.database import Database
from reconciler.database.schema import Schema
from reconciler.provisioning.tables import ATTEMPTS, META, METADATA

VERSION = 2


def _add_attempts(connection: Connection) -> None:
    ATTEMPTS.create(connection, checkfirst=True)


MIGRATIONS: Mapping[int, Callable[[Connection], None]] = {1: _add_attempts}
"""Version -> what turns it into the next one."""


def metadata() -> MetaData:
    """Return the tables as they are declared."""
    return METADATA


def prepare(database: Database, now: str) -> None:
    """Create or migrate the schema. Raises StoreError for one of a later version."""
    first = {"created": now, "key_id": "", "revision": 0, "admissions": 0}
    Schema(META.name, VERSION, MIGRATIONS).prepare(database, first)
