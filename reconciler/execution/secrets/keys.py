"""The store's key: from the environment or a private file; several while it is being rotated."""

import os
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.errors import WorkspaceError
from reconciler.execution.secrets.files import create_private, locked, read_key, write_private

if TYPE_CHECKING:
    # Loaded when there is something to decrypt: many workspaces have no store at all.
    from cryptography.fernet import MultiFernet

KEY_VARIABLE = "RECONCILER_STORE_KEY"
KEY_FILE = "store.key"


class StoreKey:
    """One key or several, separated by white space: the first one encrypts, all decrypt.

    `title` is what the key is for, in words; `fix` tells how to get one.
    """

    def __init__(
        self,
        file: Path,
        environ: Mapping[str, str] = os.environ,
        *,
        variable: str = KEY_VARIABLE,
        title: str = "secret store",
        fix: str = "set the variable in the pipeline to what `store.key` holds elsewhere; a new "
        "store gets one by `reconciler secrets init`",
    ) -> None:
        self.file = file
        self.variable = variable
        self.title = title
        self._fix = fix
        self._environ = environ

    @property
    def from_environment(self) -> bool:
        """Whether the key comes from the environment."""
        return bool(self._environ.get(self.variable, "").strip())

    @property
    def where(self) -> str:
        """Where the key comes from, in words."""
        return f"the variable {self.variable}" if self.from_environment else str(self.file)

    def texts(self) -> list[str]:
        """Return the keys' texts; empty when there is none. Raises WorkspaceError."""
        if self.from_environment:
            return self._environ[self.variable].replace(",", " ").split()
        return (read_key(self.file) or "").split()

    def fernet(self) -> "MultiFernet":
        """Return what encrypts and decrypts. Raises WorkspaceError when there is no usable key."""
        from cryptography.fernet import Fernet, MultiFernet

        texts = self.texts()
        if not texts:
            raise WorkspaceError(
                f"There is no key for the {self.title}: {self.variable} is not set and {self.file} "
                f"does not exist.",
                hint=self._fix,
            )
        try:
            return MultiFernet([Fernet(text) for text in texts])
        except ValueError:
            raise WorkspaceError(
                f"The key of the {self.title} in {self.where} is not a key (44 characters of "
                f"URL-safe base64).",
                hint=f"restore it from a copy, or {self._fix}",
            ) from None

    def create(self) -> bool:
        """Make a key unless there is one; say whether it was made."""
        return not self.texts() and create_private(self.file, f"{new_key()}\n")

    def locked(self) -> AbstractContextManager[None]:
        """Keep other processes from replacing the key meanwhile."""
        return locked(self.file)

    def replace(self, texts: list[str]) -> None:
        """Write the key file anew."""
        write_private(self.file, "\n".join(texts) + "\n")


def new_key() -> str:
    """Return a fresh key as text."""
    from cryptography.fernet import Fernet

    return Fernet.generate_key().decode()
