"""Fingerprints: a secret's value under the workspace key, so that values can be compared unseen.

Address and path are part of it: two objects with the same password do not show that they have it.
"""

import hmac
import os
from collections.abc import Mapping
from pathlib import Path
from secrets import token_hex

from reconciler.errors import WorkspaceError
from reconciler.execution.secrets.files import create_private, read_key
from reconciler.model.address import Address

KEY_VARIABLE = "RECONCILER_WORKSPACE_KEY"
KEY_FILE = "workspace.key"
_AT_LEAST = 32
_SHORT = 256
"""Characters of a value whose fingerprint is remembered: passwords, and no files."""


class Fingerprints:
    """Makes fingerprints under a key."""

    def __init__(self, key: bytes) -> None:
        own = hmac.digest(key, b"reconciler fingerprint v1", "sha256")
        self._begun = hmac.new(own, digestmod="sha256")
        """Under our own key, which is worked in once: a copy goes on with a value."""
        self._known: dict[str, str] = {}
        """Fingerprints of short values: what is wanted is mostly what is there."""

    def __call__(self, address: Address, path: str, value: str) -> str:
        """Return 20 hex digits for a value at a field of an object."""
        # NUL separates: it is in none of the parts but the value, which comes last.
        text = f"{address.kind}\0{address.scope}\0{address.key}\0{path}\0{value}"
        known = self._known.get(text)
        if known is None:
            made = self._begun.copy()
            made.update(text.encode("utf-8", "surrogatepass"))
            known = made.hexdigest()[:20]
            if len(value) <= _SHORT:
                self._known[text] = known
        return known


def has_key(folder: Path, environ: Mapping[str, str] = os.environ) -> bool:
    """Whether there is a workspace key already."""
    return bool(environ.get(KEY_VARIABLE, "").strip()) or (folder / KEY_FILE).exists()


def workspace_key(folder: Path, environ: Mapping[str, str] = os.environ) -> bytes:
    """Return the workspace key: from the environment, or the folder's key file, made if absent.

    Raises WorkspaceError for a key that is too short, or a file that others may read.
    """
    text = environ.get(KEY_VARIABLE, "").strip()
    if text:
        return _checked(text, f"the variable {KEY_VARIABLE}")
    file = folder / KEY_FILE
    found = read_key(file)
    if found is None:
        create_private(file, f"{token_hex(32)}\n")
        found = read_key(file) or ""
    return _checked(found.strip(), str(file))


def _checked(text: str, where: str) -> bytes:
    if len(text) < _AT_LEAST:
        raise WorkspaceError(
            f"The workspace key in {where} has {len(text)} characters; it needs {_AT_LEAST} or "
            f"more.",
            hint="make one with: openssl rand -hex 32",
        )
    return text.encode()
