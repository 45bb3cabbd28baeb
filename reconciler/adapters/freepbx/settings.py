"""What an inventory entry with `adapter: freepbx` holds; what it means is in `access.py`."""

from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from reconciler.kinds.entry import Part, Seconds, SecretText
from reconciler.kinds.settings import Settings
from reconciler.kinds.text import Host, Line, Port


class OauthSettings(Part):
    """An application of FreePBX's API (API > Applications, machine to machine)."""

    client_id: Line
    """Its client id."""
    client_secret: SecretText
    """Its client secret, which FreePBX shows once."""
    scopes: list[Line] | None = None
    """Scopes to ask for; all that the application has when unset. `doctor` lists the needed."""
    acknowledge_user_reset: bool = False
    """Only without `web`: lets extensions be changed over the API, which gives their User Manager
    users new passwords that nobody knows."""


class WebSettings(Part):
    """An administrator of the web pages, for what the API cannot do."""

    username: Line
    """User name."""
    password: SecretText
    """Password."""


class AmiSettings(Part):
    """The manager interface of its Asterisk. Nothing is configured so."""

    host: Host
    """Host name or address on which it listens."""
    port: Port = 5038
    """Its port."""
    username: Line = "reconciler"
    """The user's section in manager_custom.conf."""
    password: SecretText
    """Its `secret`."""
    tls: bool = False
    """Speak TLS."""


class FreepbxSettings(Settings):
    """A FreePBX 16 or 17."""

    reads: ClassVar[frozenset[str]] = frozenset({"tls"})

    url: Annotated[str, Field(pattern=r"^https?://[^\s/]+(/[^\s?#]*)?$")]
    """Address of the web server, without /admin."""
    oauth: OauthSettings | None = None
    """Access to GraphQL."""
    web: WebSettings | None = None
    """Access to the web pages: most of what is managed can only be read and written there."""
    ami: AmiSettings | None = None
    """Access to Asterisk: live state, NOTIFY to phones, calls, live members of queues."""
    acknowledge_callerid_rebuild: bool = False
    """Lets extensions be changed whose device has a caller id of its own (`addExtension` makes
    such): FreePBX's page cannot hold it and builds it of name and number."""
    acknowledge_plaintext: bool = False
    """Has to be true for an address that begins with http://: passwords cross in clear."""
    parallel_reads: Annotated[int, Field(ge=1, le=16)] = 4
    """How many answers are waited for at the same time."""
    writes_per_second: Annotated[int, Field(ge=1, le=100)] = 10
    """How fast is written, at most."""
    request_timeout: Annotated[Seconds, Field(ge=1, le=600)] | None = None
    """How long a single answer may take, in seconds; the run's own limit when unset."""
    reload_timeout: Annotated[Seconds, Field(ge=5, le=3600)] = 300
    """How long Apply Config may take, in seconds. Beyond that it counts as failed."""

    @model_validator(mode="after")
    def _can_log_in(self) -> Self:
        if self.oauth is None and self.web is None:
            raise PydanticCustomError(
                "freepbx_access",
                "needs oauth (client_id, client_secret), web (username, password), or both; "
                "with both, everything can be managed",
            )
        if self.url.startswith("http://") and not self.acknowledge_plaintext:
            raise PydanticCustomError(
                "plain_http",
                "passwords would cross the network in clear over http://; use https://, or say "
                "acknowledge_plaintext: true",
            )
        return self
