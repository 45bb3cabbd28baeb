"""Provisioning: where phones fetch their settings, and who may."""

from typing import Annotated, ClassVar

from pydantic import Field

from reconciler.kinds.entry import NO_KEY, Entry, Key, Part, Scope, Seconds, SecretText
from reconciler.kinds.text import Cidr, Line, Port, Url


class Tokens(Part):
    """Tokens in provisioning addresses."""

    ttl: Annotated[Seconds, Field(ge=60)] = 86400
    """How long a token can be used, in seconds."""
    one_time: bool = False
    """Whether a token works only once."""
    bind_address: bool = True
    """Whether a token works only from the address that used it first."""


class Listen(Part):
    """Where the server of this program listens."""

    address: Line = "127.0.0.1"
    """Address."""
    port: Port = 8443
    """TCP port."""
    certificate: Line | None = None
    """File of the certificate; a proxy in front speaks TLS when unset."""
    key: Line | None = None
    """File of the certificate's key."""


class Provisioning(Entry):
    """Where phones fetch their settings, and who may."""

    kind: ClassVar[str] = "provisioning"
    section: ClassVar[str] = "provisioning"
    scope: ClassVar[Scope] = "workspace"
    key: ClassVar[Key] = NO_KEY
    single: ClassVar[bool] = True

    base_url: Url | None = None
    """Address under which phones reach the server (`https://prov.example.com/p`)."""
    store: Line = "provisioning"
    """Folder of the rendered files, from the workspace's folder."""
    signing_key: SecretText | None = None
    """Key that signs addresses."""
    previous_signing_key: SecretText | None = None
    """Key before this one, valid until every phone has a new address."""
    tokens: Tokens | None = None
    """Tokens in provisioning addresses."""
    subnets: list[Cidr] = []
    """Networks from which phones may fetch without a signature, besides those of their sites."""
    trusted_proxies: list[Cidr] = []
    """Proxies whose word about a client's address is believed."""
    listen: Listen | None = None
    """Where the server of this program listens."""
    max_file_size: Annotated[int, Field(ge=1024)] = 131072
    """How large a rendered file may be, in bytes."""
    requests_per_minute: Annotated[int, Field(ge=1)] = 60
    """How often one address may ask."""
