"""The wire to the database: SQLite that survives power loss, or PostgreSQL. One code for both."""

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from reconciler.database.failures import explain
from reconciler.database.file import file_of, make_private
from reconciler.database.snapshot import Snapshot
from reconciler.database.sqlite import File
from reconciler.database.transaction import Transaction
from reconciler.database.wording import Wording
from reconciler.errors import ReconcilerError
from reconciler.model.secret import Clear

if TYPE_CHECKING:
    from reconciler.database.server import Server


class Database:
    """A file or a server, to look into (`snapshot`) and to write to (`transaction`)."""

    def __init__(self, url: str, wording: Wording, password: Clear | None = None) -> None:
        self._wording = wording
        self.file = file_of(url, wording)
        if self.file is None:
            self._wire = _server(url, password, wording)
        else:
            make_private(self.file, wording)
            self._wire = File(self.file, wording)
        self.where = self._wire.where

    def snapshot(self) -> AbstractContextManager[Snapshot]:
        """Give one moment of the database."""
        return self._wire.begin(writes=False)

    def transaction(self) -> AbstractContextManager[Transaction]:
        """Give a transaction whose writes are all kept, durably, or none of them."""
        return self._wire.begin(writes=True)

    def newer(self, found: int, known: int) -> ReconcilerError:
        """Return the error for a schema of a later version than we know."""
        return self._wording.too_new(
            f"The {self._wording.title} {self.where} has schema version {found}; this reconciler "
            f"knows versions up to {known} and would damage it.",
            hint="upgrade: pip install --upgrade reconciler",
        )

    def damaged(self, said: str) -> ReconcilerError:
        """Return the error for contents that nobody wrote."""
        return explain(self.where, self._wording, said)

    def close(self) -> None:
        """Close every connection; a new one is opened when it is needed."""
        self._wire.close()


def _server(url: str, password: Clear | None, wording: Wording) -> "File | Server":
    from reconciler.database.server import Server  # imports SQLAlchemy

    return Server(url, password, wording)
