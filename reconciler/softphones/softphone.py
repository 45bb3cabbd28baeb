"""The app-neutral view of a softphone: what it shall be told, every value with its source.

Apps read nothing else. A source is a field's name as people wrote it (`transport`, `settings.x`,
`pbx.sip.port`); `Softphone.declared` says for each where it stands.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from reconciler.diagnostics.place import Place
from reconciler.model.address import Address
from reconciler.model.secret import Secret
from reconciler.model.value import Value
from reconciler.phonefiles.file import Part
from reconciler.phonefiles.phone import Origin, Said
from reconciler.phonefiles.words import Endpoint, endpoint

PATH = "softphone"
"""The first part of the server's paths for softphones, below provisioning's `base_url`."""


class Link(NamedTuple):
    """A way to the account for a while: the server's address and the token that opens it."""

    base_url: str
    token: str

    @property
    def service(self) -> str:
        """The address that apps ask which send user name and password as parameters."""
        return f"{self.base_url.rstrip('/')}/{PATH}"

    @property
    def url(self) -> str:
        """The address that opens the account by itself."""
        return f"{self.service}/{self.token}"


@dataclass(frozen=True, slots=True)
class Softphone:
    """A softphone as its app sees it. `sip` has `server`, `port`, `transport` as phones have.

    `label` is what the account is called, `name` the person's or place's. `device_key` opens the
    account for the app itself, as long as it is declared. `settings` are the app's own.
    """

    address: Address
    place: Place
    title: str
    label: str
    user: str
    name: str
    secret: Secret | None
    device_key: Secret
    sip: Mapping[str, Said]
    push: Mapping[str, Said]
    check_interval: Said
    settings: Mapping[str, str | None]
    declared: Mapping[str, Origin]
    provider: str | None = None
    base_url: str | None = None

    def said(self, name: str) -> Said:
        """Return how it registers and calls, by the name of a phone's sip setting."""
        return self.sip.get(name, Said(None))

    def value(self, name: str) -> Value:
        """Return a sip setting's value; None when nobody says it."""
        return self.said(name).value

    @property
    def auth_user(self) -> str:
        """The user name that logs in."""
        return str(self.value("auth_user") or self.user)

    @property
    def server(self) -> Endpoint:
        """Where it registers to."""
        return Endpoint(str(self.value("server")), int(str(self.value("port"))))

    @property
    def usual_port(self) -> bool:
        """Whether the port is the transport's own (RFC 3261, 19.1.2)."""
        return self.server.port == (5061 if self.value("transport") == "tls" else 5060)

    @property
    def outbound_proxy(self) -> Endpoint | None:
        """The proxy through which the server is reached. Raises NotHeld for what is no host."""
        text = self.value("outbound_proxy")
        return endpoint(str(text)) if text else None

    @property
    def steady_url(self) -> tuple[Part, ...] | None:
        """The address where the app itself looks for news; None without a provisioning server."""
        if self.base_url is None:
            return None
        return (f"{Link(self.base_url, '').service}/", self.device_key)
