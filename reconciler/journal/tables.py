"""The journal's tables: the same on SQLite and PostgreSQL. JSON is kept as canonical text."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Integer,
    MetaData,
    Table,
    Text,
)

from reconciler.database.columns import keys, texts

METADATA = MetaData()

META = Table(
    "journal",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("version", Integer, nullable=False),
    *texts("created", "key_id"),
)
"""One row: the schema's version, and which workspace key the journal is sealed with."""

OWNED = Table(
    "owned",
    METADATA,
    *keys("kind", "scope", "key"),
    *texts("target", "fields"),
    Column("native_id", Text),
    *texts("how"),
    Column("run", Integer),
    *texts("applied_at", "actor"),
    Column("protect", Integer, nullable=False),
    *texts("on_delete", "needs", "found"),
    sqlite_with_rowid=False,
)
"""The ledger: what is ours, with the values that we applied last."""

OWED = Table(
    "owed",
    METADATA,
    *keys("target"),
    *texts("reason"),
)
"""Targets whose written changes are not in effect yet."""

RUNS = Table(
    "runs",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    *texts("command", "state", "started"),
    Column("ended", Text),
    # The plan may be megabytes, and is passed over by who reads on in the row: it comes last.
    *texts("actor", "host", "git_commit", "digest", "summary", "plan"),
    sqlite_autoincrement=True,
)

STEPS = Table(
    "steps",
    METADATA,
    Column("run", Integer, ForeignKey("runs.id"), primary_key=True, autoincrement=False),
    *keys("step"),
    Column("position", Integer, nullable=False),
    *texts("target"),
    Column("kind", Text),
    Column("scope", Text),
    Column("key", Text),
    *texts("action", "before", "after", "inverse", "intended_at"),
    Column("open", Boolean, nullable=False),
    Column("state", Text),
    *texts("detail"),
    Column("duration_s", Float, nullable=False),
    Column("settled_at", Text),
)
"""Intents, and below them their results. `open`: nobody knows yet what became of it."""

PENDING = Table(
    "pending",
    METADATA,
    *keys("target", "kind", "scope", "key"),
    Column("run", Integer),
    *texts("step", "reason"),
    Column("until", Text),
    *texts("since"),
)
"""What waits for a later `apply --resume`."""

LOCKS = Table(
    "locks",
    METADATA,
    *keys("name"),
    *texts("token", "actor", "host", "machine"),
    Column("pid", Integer, nullable=False),
    *texts("process", "purpose", "since"),
    Column("lease_until", Float, nullable=False),
)
"""Who is at work. `lease_until` is seconds since 1970 by the database's clock."""

AUDIT = Table(
    "audit",
    METADATA,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    *texts("at", "event"),
    Column("run", Integer),
    *texts("actor", "git_commit", "digest", "facts", "seal"),
)
"""The chain: lines are only ever added, and each seals the one before."""

HEAD = Table(
    "audit_head",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("lines", BigInteger, nullable=False),
    *texts("last", "seal"),
)
"""One signed row: how many lines there are and the seal of the last one."""

DOCUMENTS = Table(
    "documents",
    METADATA,
    *keys("name"),
    *texts("content"),
)
"""Encrypted documents that a team shares: the secret store, when it is kept here."""
