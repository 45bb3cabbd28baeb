"""The published store's tables: the same on SQLite and PostgreSQL."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
)

METADATA = MetaData()

META = Table(
    "published_store",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("version", Integer, nullable=False),
    Column("created", Text, nullable=False),
    Column("key_id", Text, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("admissions", BigInteger, nullable=False),
)
"""One row: schema version, the key it is sealed with, and two numbers that grow: with every
publication, and whenever a token comes or goes."""

OWNERS = Table(
    "published_owners",
    METADATA,
    Column("address", Text, primary_key=True),
    Column("site", Text, nullable=False, index=True),
    Column("mac", Text, index=True),
    Column("vendor", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("shared", Boolean, nullable=False),
    Column("subnets", Text, nullable=False),
    Column("uses", Text, nullable=False),
    Column("facts", Text, nullable=False),
    Column("access", LargeBinary, nullable=False),
    Column("record", LargeBinary, nullable=False),
    Column("published_at", Text, nullable=False),
    Column("run", BigInteger),
    Column("seal", Text, nullable=False),
)
"""Who is given files. `subnets`, `uses`, `facts` are canonical JSON, `access` and `record` are
encrypted; `seal` covers the row."""

FILES = Table(
    "published_files",
    METADATA,
    Column("owner", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("media_type", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("etag", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("published_at", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("masked", LargeBinary, nullable=False),
    Column("seal", Text, nullable=False),
    Index("published_files_by_name", "name"),
)
"""Files. `content` and `masked` are compressed and encrypted; `seal` covers the row with both."""

SEEN = Table(
    "published_seen",
    METADATA,
    Column("owner", Text, primary_key=True),
    Column("last_seen", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("firmware", Text, nullable=False),
    Column("user_agent", Text, nullable=False),
    Column("proved_at", Text, nullable=False),
    Column("failed_at", Text, nullable=False),
    Column("failure", Text, nullable=False),
)
"""What is known of each device. Kept when its files change, dropped when it is withdrawn."""

FETCHED = Table(
    "published_fetched",
    METADATA,
    Column("owner", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("etag", Text, nullable=False),
    Column("at", Text, nullable=False),
)
"""Which file each device was given last."""

TOKENS = Table(
    "published_tokens",
    METADATA,
    Column("digest", Text, primary_key=True),
    Column("owner", Text, nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("once", Boolean, nullable=False),
    Column("issued_at", Text, nullable=False),
    Column("expires_at", Text, nullable=False),
    Column("first_used", Text, nullable=False),
    Column("last_used", Text, nullable=False),
    Column("ended", Text, nullable=False),
    Column("ended_at", Text, nullable=False),
    Column("changed", BigInteger, nullable=False, index=True),
)
"""Tokens that open something, by their hash. `changed` is the number of the last change to one."""

KEYS = Table(
    "published_keys",
    METADATA,
    Column("owner", Text, primary_key=True),
    Column("key_id", Text, primary_key=True),
    Column("last_used", Text, nullable=False),
)
"""Which signing keys devices have shown signatures of."""

ATTEMPTS = Table(
    "published_attempts",
    METADATA,
    Column("owner", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("since", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("fields", Text, nullable=False),
    Column("passwords", Text, nullable=False),
)
"""What was seen at each phone over its own interface. `fields` is canonical JSON."""

LIVES = Table(
    "published_lives",
    METADATA,
    Column("owner", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("since", Text, nullable=False),
)
"""Which state of its life each phone has reached, and when. Dropped when it is withdrawn."""
