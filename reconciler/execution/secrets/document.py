"""Where the store's sealed document lies: in a file, or wherever offers the same two methods."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from reconciler.execution.secrets.files import locked, unusable, write_private


class Document(Protocol):
    """One text that is read whole and replaced whole."""

    where: str
    """What to call it in messages."""

    def read(self) -> str | None:
        """Return the text, None when there is none yet."""
        ...

    def update(self, edit: Callable[[str | None], str]) -> None:
        """Replace the text by what `edit` makes of it; nobody else writes meanwhile."""
        ...


class FileDocument:
    """A document in a file of its own."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.where = str(file)

    def read(self) -> str | None:
        """Return the text, None when there is no file yet. Raises WorkspaceError."""
        try:
            return self.file.read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        except UnicodeDecodeError:
            return ""
        except OSError as failure:
            raise unusable(self.file, failure) from None

    def update(self, edit: Callable[[str | None], str]) -> None:
        """Replace the text under a lock, durably. Raises WorkspaceError."""
        with locked(self.file):
            write_private(self.file, edit(self.read()))
