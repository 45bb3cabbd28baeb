"""SIP messages: what RFC 3261 says of their form, as much as a phone on UDP needs. Pure."""

import re
from dataclasses import dataclass
from typing import Final

_COMPACT: Final = {
    "v": "via", "f": "from", "t": "to", "i": "call-id", "m": "contact", "l": "content-length",
    "c": "content-type", "o": "event", "s": "subject", "k": "supported", "e": "content-encoding",
}  # fmt: skip
_URI: Final = re.compile(r"<?(sips?):(?:([^@;>]*)@)?(\[[^\]]+\]|[^:;>?]+)(?::(\d+))?([^>]*)>?")


class MalformedError(ValueError):
    """It is no SIP message."""


@dataclass(frozen=True, slots=True)
class Uri:
    """A SIP address. `port` is 5060 when none is written."""

    user: str
    host: str
    port: int = 5060
    rest: str = ""


def uri_in(text: str) -> Uri:
    """Return the address in a header or request line. Raises MalformedError without one."""
    found = _URI.search(text)
    if found is None:
        raise MalformedError(f"no address in {text!r}")
    _, user, host, port, rest = found.groups()
    return Uri(user or "", host, int(port or 5060), rest or "")


def parameter(header: str, name: str) -> str:
    """Return a parameter behind a header's address or value ("" when it is not there)."""
    behind = header.rsplit(">", 1)[-1] if ">" in header else header
    found = re.search(rf'(?:^|;)\s*{re.escape(name)}\s*=\s*"?([^;,"\s]*)', behind, re.IGNORECASE)
    return found[1] if found else ""


@dataclass(frozen=True, slots=True)
class Message:
    """A request (`method` and `target`) or a response (`status`). Headers in order, lower case."""

    start: str
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""

    @property
    def status(self) -> int:
        """The code of a response, 0 of a request."""
        return int(self.start.split(" ", 2)[1]) if self.start.startswith("SIP/2.0 ") else 0

    @property
    def method(self) -> str:
        """The method of a request, or the one that a response answers."""
        return self.get("cseq").split(" ")[-1] if self.status else self.start.split(" ", 1)[0]

    @property
    def target(self) -> str:
        """The address in a request's first line."""
        return self.start.split(" ")[1]

    @property
    def sequence(self) -> int:
        """The number in CSeq."""
        return int(self.get("cseq").split(" ", 1)[0])

    @property
    def branch(self) -> str:
        """The transaction's id: the branch of the topmost Via."""
        return parameter(self.get("via").split(",")[0], "branch")

    def get(self, name: str) -> str:
        """Return the first header of a name, "" when there is none."""
        return next((value for key, value in self.headers if key == name), "")

    def all(self, name: str) -> tuple[str, ...]:
        """Return all headers of a name."""
        return tuple(value for key, value in self.headers if key == name)

    def raw(self) -> bytes:
        """Return the message's bytes."""
        headers = [(k, v) for k, v in self.headers if k != "content-length"]
        lines = [self.start, *(f"{_cased(name)}: {value}" for name, value in headers)]
        lines.append(f"Content-Length: {len(self.body)}")
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + self.body


def _cased(name: str) -> str:
    special = {"call-id": "Call-ID", "cseq": "CSeq", "www-authenticate": "WWW-Authenticate"}
    return special.get(name) or "-".join(part.capitalize() for part in name.split("-"))


def parse(data: bytes) -> Message:
    """Return the message in a datagram. Raises MalformedError."""
    head, _, body = data.partition(b"\r\n\r\n")
    try:
        lines = re.sub(r"\r\n[ \t]+", " ", head.decode()).split("\r\n")
    except UnicodeDecodeError as error:
        raise MalformedError("not UTF-8") from error
    headers = []
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        key = name.strip().lower()
        if not colon or not key:
            raise MalformedError(f"no header: {line!r}")
        headers.append((_COMPACT.get(key, key), value.strip()))
    message = Message(lines[0], tuple(headers), body)
    words = lines[0].split(" ")
    if len(words) < 3 or "SIP/2.0" not in (words[0], words[-1]):
        raise MalformedError(f"no first line: {lines[0]!r}")
    if not all(message.get(each) for each in ("via", "from", "to", "call-id")):
        raise MalformedError("Via, From, To or Call-ID is missing")
    if not re.match(r"\d+ [A-Z]+$", message.get("cseq")):
        raise MalformedError("no CSeq")
    if words[0] == "SIP/2.0" and not words[1].isdigit():
        raise MalformedError(f"no status: {lines[0]!r}")
    return message


REASONS: Final = {
    100: "Trying", 180: "Ringing", 200: "OK", 400: "Bad Request", 401: "Unauthorized",
    404: "Not Found", 405: "Method Not Allowed", 480: "Temporarily Unavailable",
    481: "Call/Transaction Does Not Exist", 486: "Busy Here", 487: "Request Terminated",
    488: "Not Acceptable Here", 489: "Bad Event", 603: "Decline",
}  # fmt: skip


def respond(
    request: Message,
    status: int,
    *more: tuple[str, str],
    tag: str = "",
    peer: tuple[str, int] | None = None,
    body: bytes = b"",
) -> Message:
    """Return an answer to a request. `peer` fills in what its topmost Via asks for (rport)."""
    vias = list(request.all("via"))
    if peer is not None and "rport" in vias[0]:
        vias[0] = re.sub(r";rport(=\d*)?", f";received={peer[0]};rport={peer[1]}", vias[0], count=1)
    to = request.get("to")
    if tag and not parameter(to, "tag"):
        to = f"{to};tag={tag}"
    headers = [("via", each) for each in vias]
    headers += [("record-route", each) for each in request.all("record-route")]
    headers += [("from", request.get("from")), ("to", to)]
    headers += [("call-id", request.get("call-id")), ("cseq", request.get("cseq")), *more]
    return Message(f"SIP/2.0 {status} {REASONS.get(status, 'OK')}", tuple(headers), body)
