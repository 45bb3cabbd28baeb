"""The published store's schema."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from reconciler.database.database import Database
from reconciler.database.declared import create_missing
from reconciler.database.schema import Schema
from reconciler.database.transaction import Transaction
from reconciler.provisioning.store.columns import ATTEMPTS, META

if TYPE_CHECKING:
    from sqlalchemy import MetaData

VERSION = 2


def _metadata() -> "MetaData":
    """Return the tables as they are declared. Imports SQLAlchemy."""
    from reconciler.provisioning.store.tables import METADATA

    return METADATA


def _add_attempts(transaction: Transaction) -> None:
    create_missing(transaction, _metadata(), ATTEMPTS.table)


MIGRATIONS: Mapping[int, Callable[[Transaction], None]] = {1: _add_attempts}
"""Version -> what turns it into the next one."""


def prepare(database: Database, now: str) -> None:
    """Create or migrate the schema. Raises StoreError for one of a later version."""
    first = {"created": now, "key_id": "", "revision": 0, "admissions": 0}
    Schema(META, VERSION, _metadata, MIGRATIONS).prepare(database, first)
