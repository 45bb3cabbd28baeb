"""A target's settings as typed values: how its FreePBX is reached."""

from dataclasses import dataclass, field

from reconciler.model.secret import Clear
from reconciler.model.value import Fields, flattened


@dataclass(frozen=True, slots=True)
class Access:
    """The settings of one target, passwords in clear but never shown.

    What is not said means the same here as in `settings.py`; a test compares them.
    """

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
    flat = flattened(settings)

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
        parallel_reads=int(flat.get("parallel_reads") or 4),
        writes_per_second=int(flat.get("writes_per_second") or 10),
        request_timeout_s=None if timeout is None else float(timeout),
        reload_timeout_s=float(flat.get("reload_timeout") or 300),
    )
