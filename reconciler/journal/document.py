"""An encrypted document that a team shares through the journal's database: the secret store."""

from collections.abc import Callable

from reconciler.database.database import Database

_CONTENT = "SELECT content FROM documents WHERE name = ?"


class JournalDocument:
    """One row; the same two methods as a document in a file (`execution/secrets`)."""

    def __init__(self, database: Database, name: str) -> None:
        self._database = database
        self._name = name
        self.where = f"{database.where} ({name})"

    def read(self) -> str | None:
        """Return the document, None when there is none yet."""
        with self._database.snapshot() as snapshot:
            found = snapshot.row(_CONTENT, self._name)
        return found[0] or None if found is not None else None

    def update(self, edit: Callable[[str | None], str]) -> None:
        """Replace the document by what `edit` makes of it; nobody else writes meanwhile."""
        with self._database.transaction() as transaction:
            transaction.insert_new("documents", {"name": self._name, "content": ""})
            content = edit(transaction.claim(_CONTENT, self._name)[0] or None)
            transaction.execute(
                "UPDATE documents SET content = ? WHERE name = ?", content, self._name
            )
