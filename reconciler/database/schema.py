"""A database's schema: created at first use, migrated forward, refused when newer than we are."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, MetaData, inspect, select, text
from sqlalchemy.sql.schema import Table

from reconciler.database.database import Database


@dataclass(frozen=True, slots=True)
class Schema:
    """The tables of a version. `meta` has one row, which says the version (`id`, `version`).

    `migrations` map a version to what turns it into the next one, in the transaction that also
    raises the version. `statements` belong to new tables and cannot be said of them.
    """

    metadata: MetaData
    meta: Table
    version: int
    migrations: Mapping[int, Callable[[Connection], None]]
    statements: tuple[str, ...] = ()

    def prepare(self, database: Database, first: Mapping[str, Any]) -> bool:
        """Create or migrate the schema; say whether it was created.

        `first` is what else the one row says when it is created. Raises what the database's
        wording says (JournalTooNew, StoreError) for a schema of a later version.
        """
        with database.reading() as connection:
            found = self._found(connection)
        created = False
        if found is None or found < self.version:
            with database.writing() as connection:
                database.serialise(connection)
                created = self._advance(connection, first)
                found = self._found(connection)
        if found is not None and found > self.version:
            raise database.newer(found, self.version)
        return created

    def _found(self, connection: Connection) -> int | None:
        if not inspect(connection).has_table(self.meta.name):
            return None
        found = connection.execute(select(self.meta.c.version)).scalar()
        return None if found is None else int(found)

    def _advance(self, connection: Connection, first: Mapping[str, Any]) -> bool:
        found = self._found(connection)
        if found is None:
            self.metadata.create_all(connection)
            for statement in self.statements:
                connection.execute(text(statement))
            row = {"id": 1, "version": self.version, **first}
            connection.execute(self.meta.insert(), row)
            return True
        for version in range(found, self.version):
            self.migrations[version](connection)
            connection.execute(self.meta.update().values(version=version + 1))
        return False
