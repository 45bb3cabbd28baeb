"""HTTP as phones serve it: requests parsed properly, answers sent byte by byte as firmware does.

A usual server would mend what phones get wrong (an HTTP/1.0 status line, a bare header, a socket
that closes in the middle), and an adapter has to live with exactly that.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import parse_qsl, urlsplit

import h11

from reconciler.lab.phones.faults import Faults

LARGEST: Final = 4 << 20
_REASONS: Final = {
    200: "OK", 302: "Found", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden",
    404: "Not Found", 411: "Length Required", 413: "Payload Too Large", 501: "Not Implemented",
    503: "Service Unavailable",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """A request. Names of headers in lower case; `target` is the path as it was sent."""

    method: str
    target: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    peer: str
    secure: bool

    @property
    def form(self) -> Mapping[str, str]:
        """The body as a form."""
        return dict(parse_qsl(self.body.decode("latin-1"), keep_blank_values=True))

    @property
    def cookies(self) -> Mapping[str, str]:
        """Cookies by name."""
        pairs = (each.strip().partition("=") for each in self.headers.get("cookie", "").split(";"))
        return {name: value for name, _, value in pairs if name}


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer, or none: `drop` closes the socket instead; `cut` sends so many bytes of it."""

    status: int = 200
    body: bytes = b""
    content_type: str = "text/html"
    headers: tuple[tuple[str, str], ...] = ()
    version: str = "1.1"
    drop: bool = False
    cut: int | None = None
    bare: tuple[str, ...] = ()
    """Lines among the headers that are none."""

    def raw(self, *, head: bool = False) -> bytes:
        """Return the answer's bytes."""
        lines = [
            f"HTTP/{self.version} {self.status} {_REASONS.get(self.status, 'Unknown')}",
            f"Content-Type: {self.content_type}",
            f"Content-Length: {len(self.body)}",
            *(f"{name}: {value}" for name, value in self.headers),
            *self.bare,
        ]
        if self.version == "1.0":
            lines.append("Connection: close")
        whole = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + (b"" if head else self.body)
        return whole if self.cut is None else whole[: self.cut]


DROPPED: Final = Answer(drop=True)


def spoil(answer: Answer, faults: Faults) -> Answer:
    """Return an answer with a phone's faults in it."""
    if faults.redirect_to is not None:
        answer = Answer(302, headers=(("Location", faults.redirect_to),))
    if faults.mangle is not None:
        answer = replace(answer, body=faults.mangle(answer.body))
    if faults.padding_bytes:
        answer = replace(answer, body=answer.body + b" " * faults.padding_bytes)
    if faults.content_type is not None:
        answer = replace(answer, content_type=faults.content_type)
    if faults.bare_header:
        answer = replace(answer, bare=(*answer.bare, "HttpOnly"))
    return answer if faults.cut_at is None else replace(answer, cut=faults.cut_at)


async def read_request(
    wire: h11.Connection, reader: asyncio.StreamReader, peer: str, *, secure: bool
) -> Asked | None:
    """Return the next request; None at the end of the connection.

    Raises h11.RemoteProtocolError for what is no HTTP.
    """
    request: h11.Request | None = None
    body = bytearray()
    while True:
        event = wire.next_event()
        if event is h11.NEED_DATA:
            wire.receive_data(await reader.read(1 << 16))
        elif isinstance(event, h11.Request):
            request = event
        elif isinstance(event, h11.Data):
            body += event.data
            if len(body) > LARGEST:
                return None
        elif isinstance(event, h11.EndOfMessage) and request is not None:
            return _asked(request, bytes(body), peer, secure=secure)
        else:
            return None


def _asked(request: h11.Request, body: bytes, peer: str, *, secure: bool) -> Asked:
    target = request.target.decode("latin-1")
    split = urlsplit(target)
    return Asked(
        request.method.decode(),
        target,
        split.path,
        dict(parse_qsl(split.query, keep_blank_values=True)),
        {name.decode().lower(): value.decode("latin-1") for name, value in request.headers},
        body,
        peer,
        secure,
    )
