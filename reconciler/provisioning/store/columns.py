"""The published store's tables by name, with their columns: for who reads and writes rows.

Said once more than in `tables.py`, which imports SQLAlchemy; a test compares them.
"""

from typing import Final, NamedTuple


class Kept(NamedTuple):
    """A table, its columns in the order in which rows are sealed, and those that name a row."""

    table: str
    columns: tuple[str, ...]
    key: tuple[str, ...]


META: Final = "published_store"

OWNERS: Final = Kept(
    "published_owners",
    ("address", "site", "mac", "vendor", "model", "enabled", "shared", "subnets", "uses", "facts",
     "access", "record", "published_at", "run", "seal"),
    ("address",),
)  # fmt: skip

FILES: Final = Kept(
    "published_files",
    ("owner", "name", "media_type", "digest", "etag", "size", "published_at", "content", "masked",
     "seal"),
    ("owner", "name"),
)  # fmt: skip

SEEN: Final = Kept(
    "published_seen",
    ("owner", "last_seen", "source", "model", "firmware", "user_agent", "proved_at", "failed_at",
     "failure"),
    ("owner",),
)  # fmt: skip

FETCHED: Final = Kept("published_fetched", ("owner", "name", "etag", "at"), ("owner", "name"))

TOKENS: Final = Kept(
    "published_tokens",
    ("digest", "owner", "kind", "once", "issued_at", "expires_at", "first_used", "last_used",
     "ended", "ended_at", "changed"),
    ("digest",),
)  # fmt: skip

KEYS: Final = Kept("published_keys", ("owner", "key_id", "last_used"), ("owner", "key_id"))

ATTEMPTS: Final = Kept(
    "published_attempts",
    ("owner", "state", "at", "since", "why", "fields", "passwords"),
    ("owner",),
)

LIVES: Final = Kept("published_lives", ("owner", "state", "since"), ("owner",))

FLAGS: Final = frozenset({"enabled", "shared", "once"})
"""Columns that say yes or no: SQLite has numbers for that."""

LIGHT: Final = tuple(each for each in FILES.columns if each not in ("content", "masked"))
"""A file's columns without its bytes."""

OPEN: Final = tuple(each for each in OWNERS.columns if each not in ("access", "record"))
"""An owner's columns that need no key."""
