"""Request: what arrives, taken out of an ASGI scope. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from reconciler.provisioning.serving.answers import Conditions
from reconciler.provisioning.serving.certificates import (
    SUBJECT_HEADER,
    VERIFIED_HEADER,
    mac_of_peer,
    mac_of_subject,
)
from reconciler.provisioning.serving.origins import Network, Origin, origin_of

CERTIFICATE: Final = "reconciler.certificate"
"""Where the listening side puts a client's certificate into a scope's state."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request. Its path and query may hold secrets: it never prints."""

    method: str
    path: bytes
    query: bytes
    headers: Mapping[bytes, str]
    origin: Origin
    certificate: str = ""

    def __repr__(self) -> str:
        return "Request(***)"

    @property
    def target(self) -> str:
        """Path and query as they were sent: what an answer to a challenge is made over."""
        query = f"?{self.query.decode('latin-1')}" if self.query else ""
        return self.path.decode("latin-1") + query

    @property
    def agent(self) -> str:
        """What it says of itself."""
        return self.headers.get(b"user-agent", "")

    @property
    def conditions(self) -> Conditions:
        """What it has, and what part it wants."""
        given = self.headers.get
        return Conditions(
            given(b"if-none-match", ""), given(b"range", ""), given(b"if-range", ""),
            given(b"accept-encoding", ""),
        )  # fmt: skip


def read_request(scope: Mapping[str, Any], proxies: tuple[Network, ...]) -> Request:
    """Return what a scope holds. A header that comes twice counts once: the last one."""
    headers: dict[bytes, str] = {}
    forwarded: list[str] = []
    for name, value in scope["headers"]:
        headers[name] = value.decode("latin-1")
        if name == b"x-forwarded-for":
            forwarded.append(headers[name])
    client = scope.get("client")
    origin = origin_of(
        client[0] if client else None,
        secure=scope.get("scheme") == "https",
        forwarded_for=forwarded,
        proto=headers.get(b"x-forwarded-proto", ""),
        proxies=proxies,
    )
    certificate = mac_of_peer((scope.get("state") or {}).get(CERTIFICATE))
    if origin.proxied:
        certificate = mac_of_subject(
            headers.get(VERIFIED_HEADER, ""), headers.get(SUBJECT_HEADER, "")
        )
    return Request(
        scope["method"], scope.get("raw_path") or scope["path"].encode(),
        scope.get("query_string", b""), headers, origin, certificate,
    )  # fmt: skip
