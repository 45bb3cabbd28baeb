"""Sealing: file bodies are encrypted, rows carry a keyed digest. Nothing at rest is in clear.

The key is the published store's own, so that a server elsewhere can be given it without being
given the secret store's. Of several keys the first one seals, all open: that is how one is changed.
"""

import hmac
import json
import os
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from cryptography.fernet import InvalidToken, MultiFernet

from reconciler.errors import StoreError
from reconciler.execution.secrets.fingerprint import KEY_VARIABLE as WORKSPACE_KEY_VARIABLE
from reconciler.execution.secrets.keys import StoreKey

KEY_VARIABLE: Final = "RECONCILER_PUBLISHED_KEY"
KEY_FILE: Final = "published.key"
_LEVEL: Final = 1
"""Configuration compresses to a tenth even at the fastest level."""


def published_key(folder: Path, environ: Mapping[str, str] = os.environ) -> StoreKey:
    """Return where the published store's key is: the environment, or a file in the folder."""
    return StoreKey(
        folder / KEY_FILE,
        environ,
        variable=KEY_VARIABLE,
        title="published store",
        fix=f"set the variable in the pipeline to what {KEY_FILE} holds elsewhere (`reconciler "
        f"init` makes one), or copy the file; with a new key, move the store aside and run "
        f"`reconciler apply`",
    )


def is_given_keys(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether this machine has its keys from variables: what it made itself would go with it."""
    return bool(environ.get(WORKSPACE_KEY_VARIABLE, "").strip())


class Sealing:
    """Seals and opens under keys. Raises WorkspaceError when there is no usable key."""

    def __init__(self, key: StoreKey) -> None:
        self._fernet: MultiFernet = key.fernet()
        texts = key.texts()
        self._keys = [_derived(text, "row") for text in texts]
        self._etag_key = _derived(texts[0], "etag")
        self.ids = [_derived(text, "id").hex()[:16] for text in texts]
        """The names of the keys, which do not tell them; the first one seals."""

    def encrypt(self, content: bytes) -> bytes:
        """Compress and encrypt."""
        return self._fernet.encrypt(zlib.compress(content, _LEVEL))

    def decrypt(self, token: bytes, what: str) -> bytes:
        """Return the content. Raises StoreError when it was changed."""
        try:
            return zlib.decompress(self._fernet.decrypt(token))
        except (InvalidToken, zlib.error):
            raise StoreError(
                f"{what} in the published store was changed by somebody else, or written with "
                f"another key. It is not served.",
                hint="reconciler apply publishes it again",
            ) from None

    def etag(self, content: bytes) -> str:
        """Return 32 hex digits for bytes; without the key nobody can try out secrets with it."""
        return hmac.digest(self._etag_key, content, "sha256").hex()[:32]

    def seal(self, parts: Sequence[str | bytes | int | None]) -> str:
        """Return the seal of a row's values, 32 hex digits."""
        return _sealed(self._keys[0], parts)

    def intact(self, seal: str, parts: Sequence[str | bytes | int | None]) -> bool:
        """Say whether a row is as somebody with a key wrote it."""
        return any(hmac.compare_digest(_sealed(key, parts), seal) for key in self._keys)


def _derived(text: str, use: str) -> bytes:
    return hmac.digest(text.encode(), f"reconciler published {use} v1".encode(), "sha256")


def _sealed(key: bytes, parts: Sequence[str | bytes | int | None]) -> str:
    """Bodies go in behind the other values, each led by its length: no two rows look alike."""
    small = [each if not isinstance(each, bytes) else len(each) for each in parts]
    digest = hmac.new(key, json.dumps(small).encode(), "sha256")
    for each in parts:
        if isinstance(each, bytes):
            digest.update(each)
    return digest.hexdigest()[:32]
