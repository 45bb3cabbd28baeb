"""Firmware images as the lab has them: which models they are for, which version they bring.

Real images are signed by their makers; these say what they are, and whether they came whole.
"""

import hashlib
import re
from collections.abc import Sequence
from typing import Final, NamedTuple

_MARK: Final = b"reconciler lab firmware\n"
_HEAD: Final = re.compile(
    rb"reconciler lab firmware\nmodels: ([^\n]+)\nversion: ([^\n]+)\nsha256: ([0-9a-f]{64})\n"
)


class Image(NamedTuple):
    """What an image says of itself."""

    models: tuple[str, ...]
    version: str


class BadImageError(Exception):
    """It is no image of the lab, or did not come whole."""


def make_image(models: Sequence[str], version: str, *, size: int = 4096) -> bytes:
    """Return an image for models (as the phones write themselves) with a version."""
    body = hashlib.sha256(version.encode()).digest() * (size // 32 + 1)
    digest = hashlib.sha256(body).hexdigest()
    head = f"models: {','.join(models)}\nversion: {version}\nsha256: {digest}\n"
    return _MARK + head.encode() + body


def read_image(raw: bytes) -> Image:
    """Return what an image says. Raises BadImageError."""
    found = _HEAD.match(raw)
    if found is None:
        raise BadImageError("it is no firmware image of the lab")
    if hashlib.sha256(raw[found.end() :]).hexdigest().encode() != found[3]:
        raise BadImageError("the image is damaged")
    return Image(tuple(found[1].decode().split(",")), found[2].decode())
