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

from reconciler.database.columns import keys, texts

METADATA = MetaData()

META = Table(
    "published_store",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("version", Integer, nullable=False),
    *texts("created", "key_id"),
    Column("revision", BigInteger, nullable=False),
    Column("admissions", BigInteger, nullable=False),
)
"""One row: schema version, the key it is sealed with, and two numbers that grow: with every
publication, and whenever a token comes or goes."""

OWNERS = Table(
    "published_owners",
    METADATA,
    *keys("address"),
    Column("site", Text, nullable=False, index=True),
    Column("mac", Text, index=True),
    *texts("vendor", "model"),
    Column("enabled", Boolean, nullable=False),
    Column("shared", Boolean, nullable=False),
    *texts("subnets", "uses", "facts"),
    Column("access", LargeBinary, nullable=False),
    Column("record", LargeBinary, nullable=False),
    *texts("published_at"),
    Column("run", BigInteger),
    *texts("seal"),
)
"""Who is given files. `subnets`, `uses`, `facts` are canonical JSON, `access` and `record` are
encrypted; `seal` covers the row."""

FILES = Table(
    "published_files",
    METADATA,
    *keys("owner", "name"),
    *texts("media_type", "digest", "etag"),
    Column("size", Integer, nullable=False),
    *texts("published_at"),
    Column("content", LargeBinary, nullable=False),
    Column("masked", LargeBinary, nullable=False),
    *texts("seal"),
    Index("published_files_by_name", "name"),
)
"""Files. `content` and `masked` are compressed and encrypted; `seal` covers the row with both."""

SEEN = Table(
    "published_seen",
    METADATA,
    *keys("owner"),
    *texts(
        "last_seen",
        "source",
        "model",
        "firmware",
        "user_agent",
        "proved_at",
        "failed_at",
        "failure",
    ),
)
"""What is known of each device. Kept when its files change, dropped when it is withdrawn."""

FETCHED = Table(
    "published_fetched",
    METADATA,
    *keys("owner", "name"),
    *texts("etag", "at"),
)
"""Which file each device was given last."""

TOKENS = Table(
    "published_tokens",
    METADATA,
    *keys("digest"),
    Column("owner", Text, nullable=False, index=True),
    *texts("kind"),
    Column("once", Boolean, nullable=False),
    *texts("issued_at", "expires_at", "first_used", "last_used", "ended", "ended_at"),
    Column("changed", BigInteger, nullable=False, index=True),
)
"""Tokens that open something, by their hash. `changed` is the number of the last change to one."""

KEYS = Table(
    "published_keys",
    METADATA,
    *keys("owner", "key_id"),
    *texts("last_used"),
)
"""Which signing keys devices have shown signatures of."""

ATTEMPTS = Table(
    "published_attempts",
    METADATA,
    *keys("owner"),
    *texts("state", "at", "since", "why", "fields", "passwords"),
)
"""What was seen at each phone over its own interface. `fields` is canonical JSON."""

LIVES = Table(
    "published_lives",
    METADATA,
    *keys("owner"),
    *texts("state", "since"),
)
"""Which state of its life each phone has reached, and when. Dropped when it is withdrawn."""
