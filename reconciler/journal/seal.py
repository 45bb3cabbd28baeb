"""Sealing of audit lines: HMAC-SHA256 over the previous seal and the line's canonical content.

The keys are derived from the workspace key, so that whoever can edit the database, but does not
have the key, cannot compute a chain that adds up. Pure.
"""

import hmac
import json
from typing import NamedTuple

GENESIS = "0" * 64
"""What the first line seals as its predecessor."""


class Keys(NamedTuple):
    """What the workspace key is used for here; `id` names the key without telling it."""

    line: bytes
    head: bytes
    id: str


def derive(key: bytes) -> Keys:
    """Derive the journal's keys from the workspace key."""
    return Keys(
        hmac.digest(key, b"reconciler journal line v1", "sha256"),
        hmac.digest(key, b"reconciler journal head v1", "sha256"),
        hmac.digest(key, b"reconciler journal key v1", "sha256").hex()[:16],
    )


class Line(NamedTuple):
    """A line's content in the order in which it is sealed. `facts` is canonical JSON text."""

    number: int
    at: str
    event: str
    run: int | None
    actor: str
    commit: str
    digest: str
    facts: str


_dump = json.JSONEncoder(ensure_ascii=True, separators=(",", ":")).encode


def seal_line(keys: Keys, previous: str, line: Line) -> str:
    """Return the line's seal, 64 hex digits."""
    content = previous + _dump(tuple(line))
    return hmac.digest(keys.line, content.encode(), "sha256").hex()


def seal_head(keys: Keys, lines: int, last: str) -> str:
    """Return the seal of a head: so many lines, the last with this seal."""
    return hmac.digest(keys.head, f"{lines}\n{last}".encode(), "sha256").hex()
