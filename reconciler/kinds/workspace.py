"""Workspace: what belongs together under one journal."""

from typing import Annotated, ClassVar

from pydantic import Field

from reconciler.kinds.entry import Entry, Part, Seconds, SecretText
from reconciler.kinds.marks import NO_KEY, Key, Scope
from reconciler.kinds.text import Line, NameText, Url


class Store(Part):
    """The encrypted store of secrets (`store:NAME` and `generated`)."""

    in_journal: bool = False
    """Whether the store is kept, encrypted, in the journal's database."""


class Vault(Part):
    """HashiCorp Vault or OpenBao (`vault:PATH#FIELD`)."""

    url: Url
    """Address of the server."""
    namespace: Line | None = None
    """Namespace, where the server has several."""
    token: SecretText | None = None
    """Token."""


class Secrets(Part):
    """Where secrets come from."""

    store: Store | None = None
    """The encrypted store."""
    commands: dict[Line, Annotated[list[str], Field(min_length=1)]] | None = None
    """Commands that print a secret (`command:NAME`), each as a list of words; no shell."""
    command_timeout: Annotated[Seconds, Field(ge=1, le=300)] = 10
    """How long a command may take, in seconds."""
    vault: Vault | None = None
    """HashiCorp Vault or OpenBao."""


class Workspace(Entry):
    """What belongs together under one journal."""

    kind: ClassVar[str] = "workspace"
    section: ClassVar[str] = "workspace"
    scope: ClassVar[Scope] = "workspace"
    key: ClassVar[Key] = NO_KEY
    single: ClassVar[bool] = True

    name: NameText | None = None
    """Name of the workspace, as plans and comments say it; that of its folder when unset."""
    journal: Line | None = None
    """The journal: a file from the workspace's folder, or a PostgreSQL address without a
    password."""
    journal_password: SecretText | None = None
    """Password of the journal's database."""
    secrets: Secrets | None = None
    """Where secrets come from."""
    parallelism: Annotated[int, Field(ge=1, le=1000)] = 10
    """How many targets are worked on at once."""
    lock_timeout: Annotated[Seconds, Field(ge=0, le=86400)] = 0
    """How long to wait for another run to end, in seconds."""
