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

METADATA = MetaData()

META = Table(
    "journal",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("version", Integer, nullable=False),
    Column("created", Text, nullable=False),
    Column("key_id", Text, nullable=False),
)
"""One row: the schema's version, and which workspace key the journal is sealed with."""

OWNED = Table(
    "owned",
    METADATA,
    Column("kind", Text, primary_key=True),
    Column("scope", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("target", Text, nullable=False),
    Column("fields", Text, nullable=False),
    Column("native_id", Text),
    Column("how", Text, nullable=False),
    Column("run", Integer),
    Column("applied_at", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("protect", Integer, nullable=False),
    Column("on_delete", Text, nullable=False),
    Column("needs", Text, nullable=False),
    Column("found", Text, nullable=False),
    sqlite_with_rowid=False,
)
"""The ledger: what is ours, with the values that we applied last."""

OWED = Table(
    "owed",
    METADATA,
    Column("target", Text, primary_key=True),
    Column("reason", Text, nullable=False),
)
"""Targets whose written changes are not in effect yet."""

RUNS = Table(
    "runs",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("command", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("started", Text, nullable=False),
    Column("ended", Text),
    Column("actor", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("git_commit", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("plan", Text, nullable=False),
    Column("summary", Text, nullable=False),
    sqlite_autoincrement=True,
)

STEPS = Table(
    "steps",
    METADATA,
    Column("run", Integer, ForeignKey("runs.id"), primary_key=True, autoincrement=False),
    Column("step", Text, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("target", Text, nullable=False),
    Column("kind", Text),
    Column("scope", Text),
    Column("key", Text),
    Column("action", Text, nullable=False),
    Column("before", Text, nullable=False),
    Column("after", Text, nullable=False),
    Column("inverse", Text, nullable=False),
    Column("intended_at", Text, nullable=False),
    Column("open", Boolean, nullable=False),
    Column("state", Text),
    Column("detail", Text, nullable=False),
    Column("duration_s", Float, nullable=False),
    Column("settled_at", Text),
)
"""Intents, and below them their results. `open`: nobody knows yet what became of it."""

STEPS_OPEN = "CREATE INDEX steps_open ON steps (run) WHERE open"
"""Finds what is open without looking at the rest. As text: an `Index` with a condition imports the
dialects of all databases, in every command."""

PENDING = Table(
    "pending",
    METADATA,
    Column("target", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("scope", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("run", Integer),
    Column("step", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("until", Text),
    Column("since", Text, nullable=False),
)
"""What waits for a later `apply --resume`."""

LOCKS = Table(
    "locks",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("token", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("machine", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("process", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("since", Text, nullable=False),
    Column("lease_until", Float, nullable=False),
)
"""Who is at work. `lease_until` is seconds since 1970 by the database's clock."""

AUDIT = Table(
    "audit",
    METADATA,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Text, nullable=False),
    Column("event", Text, nullable=False),
    Column("run", Integer),
    Column("actor", Text, nullable=False),
    Column("git_commit", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("facts", Text, nullable=False),
    Column("seal", Text, nullable=False),
)
"""The chain: lines are only ever added, and each seals the one before."""

HEAD = Table(
    "audit_head",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("lines", BigInteger, nullable=False),
    Column("last", Text, nullable=False),
    Column("seal", Text, nullable=False),
)
"""One signed row: how many lines there are and the seal of the last one."""

DOCUMENTS = Table(
    "documents",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("content", Text, nullable=False),
)
"""Encrypted documents that a team shares: the secret store, when it is kept here."""
