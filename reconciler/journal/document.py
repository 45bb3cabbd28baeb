"""An encrypted document that a team shares through the journal's database: the secret store."""

from collections.abc import Callable

from sqlalchemy import select

from reconciler.database.database import Database
from reconciler.journal.tables import DOCUMENTS


class JournalDocument:
    """One row; the same two methods as a document in a file (`execution/secrets`)."""

    def __init__(self, database: Database, name: str) -> None:
        self._database = database
        self._name = name
        self.where = f"{database.where} ({name})"

    def read(self) -> str | None:
        """Return the document, None when there is none yet."""
        with self._database.reading() as connection:
            query = select(DOCUMENTS.c.content).where(DOCUMENTS.c.name == self._name)
            return connection.execute(query).scalar() or None

    def update(self, edit: Callable[[str | None], str]) -> None:
        """Replace the document by what `edit` makes of it; nobody else writes meanwhile."""
        with self._database.writing() as connection:
            self._database.insert_new(connection, DOCUMENTS, {"name": self._name, "content": ""})
            mine = DOCUMENTS.c.name == self._name
            query = select(DOCUMENTS.c.content).where(mine).with_for_update()
            content = edit(connection.execute(query).scalar_one() or None)
            connection.execute(DOCUMENTS.update().where(mine).values(content=content))
