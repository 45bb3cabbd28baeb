"""What an inventory entry with `adapter: freepbx` holds, and the same as typed values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from reconciler.adapter import Settings
from reconciler.kinds.entry import Part, Seconds, SecretText, defaults
from reconciler.kinds.text import Host, Line, Port
from reconciler.model.secret import Clear
from reconciler.model.value import Fields, Value


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


@dataclass(frozen=True, slots=True)
class Access:
    """The settings of one target, complete with defaults, passwords in clear but never shown."""

    url: str
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    scopes: tuple[str, ...] = ()
    acknowledge_user_reset: bool = False
    acknowledge_callerid_rebuild: bool = False
    web_username: str = ""
    web_password: str = field(default="", repr=False)
    ami_host: str = ""
    ami_port: int = 5038
    ami_username: str = ""
    ami_password: str = field(default="", repr=False)
    ami_tls: bool = False
    verify: bool = True
    ca_file: str | None = None
    parallel_reads: int = 4
    writes_per_second: int = 10
    request_timeout_s: float | None = None
    reload_timeout_s: float = 300.0

    @property
    def has_api(self) -> bool:
        """Whether GraphQL can be used."""
        return bool(self.client_id)

    @property
    def has_web(self) -> bool:
        """Whether the web pages can be used."""
        return bool(self.web_username)

    @property
    def secrets(self) -> tuple[str, ...]:
        """What may never be in a text."""
        found = (self.client_secret, self.web_password, self.ami_password)
        return tuple(each for each in found if each)


def read_access(settings: Fields) -> Access:
    """Turn a target's settings (flat, secrets revealed, only what is declared) into an `Access`."""
    flat = {**defaults(FreepbxSettings), **_flat(settings)}

    def secret(path: str) -> str:
        value = flat.get(path)
        return value.reveal() if isinstance(value, Clear) else ""

    def text(path: str, default: str = "") -> str:
        return str(flat.get(path) or default)

    timeout = flat.get("request_timeout")
    return Access(
        url=text("url").rstrip("/"),
        client_id=text("oauth.client_id"),
        client_secret=secret("oauth.client_secret"),
        scopes=tuple(flat.get("oauth.scopes") or ()),
        acknowledge_user_reset=bool(flat.get("oauth.acknowledge_user_reset")),
        acknowledge_callerid_rebuild=bool(flat.get("acknowledge_callerid_rebuild")),
        web_username=text("web.username"),
        web_password=secret("web.password"),
        ami_host=text("ami.host"),
        ami_port=int(flat.get("ami.port") or 5038),
        ami_username=text("ami.username", "reconciler"),
        ami_password=secret("ami.password"),
        ami_tls=bool(flat.get("ami.tls")),
        verify=flat.get("tls.verify") is not False,
        ca_file=flat.get("tls.ca_file"),
        parallel_reads=int(flat["parallel_reads"]),
        writes_per_second=int(flat["writes_per_second"]),
        request_timeout_s=None if timeout is None else float(timeout),
        reload_timeout_s=float(flat["reload_timeout"]),
    )


def _flat(settings: Fields) -> dict[str, Value]:
    """Return the settings with dotted paths only, whether sections came nested or flat."""
    flat: dict[str, Value] = {}
    for path, value in settings.items():
        if isinstance(value, Mapping):
            flat |= {f"{path}.{below}": each for below, each in _flat(value).items()}
        elif value is not None:
            flat[path] = value
    return flat
