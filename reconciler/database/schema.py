"""A database's schema: created at first use, migrated forward, refused when newer than we are."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from reconciler.database.database import Database
from reconciler.database.declared import create_missing
from reconciler.database.snapshot import Snapshot
from reconciler.database.transaction import Transaction

if TYPE_CHECKING:
    from sqlalchemy import MetaData


class Schema(NamedTuple):
    """The version of a database's tables. `meta` has one row, which says it (`id`, `version`).

    `metadata` gives the tables as they are declared: SQLAlchemy is imported when they are made.
    `migrations` map a version to what turns it into the next one, in the transaction that also
    raises the version. `statements` belong to new tables and cannot be said of them.
    """

    meta: str
    version: int
    metadata: "Callable[[], MetaData]"
    migrations: Mapping[int, Callable[[Transaction], None]]
    statements: tuple[str, ...] = ()

    def prepare(
        self,
        database: Database,
        first: Mapping[str, Any],
        fill: Callable[[Transaction], None] | None = None,
    ) -> None:
        """Create or migrate the schema.

        `first` is what else the one row says when it is created, and `fill` writes what has to be
        there before anybody else can see the tables. Raises what the database's wording says
        (JournalTooNew, StoreError) for a schema of a later version, and (JournalError, StoreError)
        for one of a version that there never was.
        """
        with database.snapshot() as snapshot:
            found = self._found(database, snapshot)
        if found is None or found < self.version:
            with database.transaction() as transaction:
                # No two processes create or migrate it at once.
                transaction.serialise()
                self._advance(database, transaction, first, fill)
                found = self._found(database, transaction)
        if found is not None and found > self.version:
            raise database.newer(found, self.version)

    def _found(self, database: Database, snapshot: Snapshot) -> int | None:
        if not snapshot.has_table(self.meta):
            return None
        found = snapshot.row(f"SELECT version FROM {self.meta}")  # noqa: S608 - our own name
        if found is None:
            return None
        version = found[0]
        known = isinstance(version, int) and (version >= self.version or version in self.migrations)
        if not known:
            raise database.damaged(f"malformed schema version {version!r}")
        return int(version)

    def _advance(
        self,
        database: Database,
        transaction: Transaction,
        first: Mapping[str, Any],
        fill: Callable[[Transaction], None] | None,
    ) -> None:
        found = self._found(database, transaction)
        if found is None:
            create_missing(transaction, self.metadata())
            for statement in self.statements:
                transaction.execute(statement)
            transaction.insert(self.meta, [{"id": 1, "version": self.version, **first}])
            if fill is not None:
                fill(transaction)
            return
        for version in range(found, self.version):
            self.migrations[version](transaction)
            transaction.execute(f"UPDATE {self.meta} SET version = ?", version + 1)  # noqa: S608
