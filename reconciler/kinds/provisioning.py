"""Provisioning: where phones fetch their settings, and who may."""

from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from reconciler.diagnostics.suggest import closest
from reconciler.kinds.entry import Entry, Part, Seconds, SecretText, fault
from reconciler.kinds.marks import NO_KEY, Key, Scope
from reconciler.kinds.text import Cidr, Line, Port, Url

FACTORS = ("subnet", "signature", "token", "digest", "certificate")
"""What a device can show: where it is, what its address holds, a password, a certificate."""


def _requirement(text: str) -> str:
    names = [each.strip() for each in text.split("|")]
    for name in names:
        if name not in FACTORS:
            near = closest(name, FACTORS)
            raise PydanticCustomError(
                "factor",
                "{name} is nothing that a device can show{near}; it can show {known}, or one of "
                "several: subnet|token",
                {
                    "name": repr(name),
                    "near": f' (perhaps "{near}" is meant)' if near else "",
                    "known": ", ".join(FACTORS),
                },
            )
    return "|".join(dict.fromkeys(names))


_ONE = rf"\s*({'|'.join(FACTORS)})\s*"
Requirement = Annotated[
    str,
    AfterValidator(_requirement),
    WithJsonSchema({"type": "string", "pattern": rf"^{_ONE}(\|{_ONE})*$"}),
]
"""What a device has to show: one factor, or one of several (`subnet|token`)."""


class Tokens(Part):
    """Tokens: a part of a device's address that nobody can guess."""

    first_access_expires: Annotated[Seconds, Field(ge=60, le=31536000)] = 604800
    """How long a first-access token can be used, in seconds; the first use of the device's own
    token ends it earlier."""


class Digest(Part):
    """HTTP Digest (RFC 7616): user name and password of the device."""

    realm: Annotated[Line, Field(min_length=1, max_length=128, pattern=r'^[^"\\]+$')] = "phones"
    """Realm that devices are shown."""
    algorithms: Annotated[list[Literal["sha-256", "md5"]], Field(min_length=1)] = ["sha-256", "md5"]
    """Algorithms in the order in which they are offered."""
    nonce_expires: Annotated[Seconds, Field(ge=5, le=3600)] = 60
    """How long a challenge can be answered, in seconds. Each can be answered once."""


class Listen(Part):
    """Where the server of this program listens."""

    address: Line = "127.0.0.1"
    """Address."""
    port: Port = 8443
    """TCP port."""
    certificate: Line | None = None
    """File of the certificate with its chain (PEM), from the workspace's folder; a proxy in front
    speaks TLS when unset."""
    key: Line | None = None
    """File of the certificate's key (PEM); in the certificate's file when unset."""
    client_ca: Line | None = None
    """File of the authorities that sign devices' certificates (PEM): asks devices for theirs."""
    tls_minimum: Literal["1.0", "1.1", "1.2", "1.3"] = "1.2"
    """Oldest version of TLS. Phones from before about 2015 may need 1.0, which can be broken."""
    connections: Annotated[int, Field(ge=10, le=1000000)] = 10000
    """How many connections may be open at once; the server answers 503 beyond."""


class Limits(Part):
    """How often may be asked. Whoever is over a limit gets the answer of whoever may not ask."""

    failures_per_minute: Annotated[int, Field(ge=1)] = 30
    """Failed tries of one address in a minute. Beyond, its place in a subnet and passwords count
    for nothing; what cannot be guessed (signature, token, certificate) still does."""
    requests_per_minute: Annotated[int, Field(ge=1)] = 120
    """Requests of one device in a minute."""


class Provisioning(Entry):
    """Where phones fetch their settings, and who may."""

    kind: ClassVar[str] = "provisioning"
    section: ClassVar[str] = "provisioning"
    scope: ClassVar[Scope] = "workspace"
    key: ClassVar[Key] = NO_KEY
    single: ClassVar[bool] = True

    base_url: Url | None = None
    """Address under which phones reach the server (`https://prov.example.com/p`)."""
    store: Line | None = None
    """The published store, which holds what devices may fetch: a file from the workspace's folder,
    or a PostgreSQL address without a password; `.reconciler/published.db` when unset."""
    store_password: SecretText | None = None
    """Password of the published store's database."""
    require: Annotated[list[Requirement], Field(min_length=1)] = ["subnet"]
    """What a device has to show; everything in the list. `[subnet]` is being in a network of its
    site, `[subnet, signature]` two factors, `["subnet|token"]` one of two."""
    signing_key: SecretText | None = None
    """Key that signs addresses, 32 characters or more."""
    previous_signing_key: SecretText | None = None
    """Key before this one: accepted until every phone has fetched with the new one."""
    tokens: Tokens | None = None
    """Tokens in addresses."""
    digest: Digest | None = None
    """HTTP Digest."""
    subnets: list[Cidr] = []
    """Networks that count as every site's, besides its own."""
    trusted_proxies: list[Cidr] = []
    """Proxies whose word about a client's address, scheme and certificate is believed."""
    plaintext_acknowledged: bool = False
    """Serves over plain HTTP outside of the networks, too: whoever listens in between reads every
    password."""
    listen: Listen | None = None
    """Where the server of this program listens."""
    limits: Limits | None = None
    """How often may be asked."""
    firmware_folder: Line | None = None
    """Folder of firmware files that the server hands out, from the workspace's folder."""

    @model_validator(mode="after")
    def _has_what_it_requires(self) -> "Provisioning":
        factors = {factor for each in self.require for factor in each.split("|")}
        if "signature" in factors and self.signing_key is None:
            raise fault(
                "signing_key",
                "signatures are required, and there is no key that signs: "
                'signing_key: {secret: "store:provisioning-key"}',
                "require",
            )
        listen = self.listen
        if listen is not None and listen.client_ca and not listen.certificate:
            raise fault(
                "client_ca",
                "devices show certificates over TLS only: it needs a certificate of its own",
                "listen",
                "client_ca",
            )
        return self
