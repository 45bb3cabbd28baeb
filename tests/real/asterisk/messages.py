"""SIP messages as a user agent really saw them, read from sipp's message trace."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

_RULE = re.compile(rb"^-{20,} (\S+)\s*$")
_TITLE = re.compile(rb"^\w+ message (received|sent)(?: \w+)* \[(\d+)\] bytes")


@dataclass(frozen=True)
class SipMessage:
    """One message on the wire. at: seconds since the epoch, by the clock all agents share."""

    at: float
    sent: bool
    start_line: str
    headers: tuple[tuple[str, str], ...]
    body: str

    @property
    def method(self) -> str:
        """The request's method; empty for a response."""
        return "" if self.code else self.start_line.split(" ", 1)[0]

    @property
    def code(self) -> int:
        """The response's status code; 0 for a request."""
        found = re.match(r"SIP/2\.0 (\d{3})", self.start_line)
        return int(found[1]) if found else 0

    @property
    def request_user(self) -> str:
        """The user part of the request URI: the number dialled."""
        return user_of(self.start_line)

    @property
    def call_id(self) -> str:
        return self.header("Call-ID")

    @property
    def cseq_method(self) -> str:
        return self.header("CSeq").split(" ")[-1]

    def header(self, name: str) -> str:
        """Return the first header of that name, or an empty string."""
        return next((v for k, v in self.headers if k.lower() == name.lower()), "")

    def header_all(self, name: str) -> list[str]:
        return [v for k, v in self.headers if k.lower() == name.lower()]

    @property
    def media_address(self) -> tuple[str, int] | None:
        """Where the sender of this SDP wants its audio, if the message has an SDP."""
        host = re.search(r"^c=IN IP4 (\S+)", self.body, re.MULTILINE)
        port = re.search(r"^m=audio (\d+)", self.body, re.MULTILINE)
        return (host[1], int(port[1])) if host and port else None

    def __str__(self) -> str:
        arrow = "->" if self.sent else "<-"
        when = datetime.fromtimestamp(self.at).strftime("%H:%M:%S.%f")  # noqa: DTZ006
        return f"{when} {arrow} {self.start_line}  [{self.header('CSeq')}]"


def user_of(address: str) -> str:
    """Return the user part of a SIP address: '1001' of '"Ada" <sip:1001@pbx>'."""
    found = re.search(r"sips?:([^@;>\s]*)@", address)
    return found[1] if found else ""


def display_of(address: str) -> str:
    """Return the display name of a SIP address, or an empty string."""
    found = re.match(r'\s*(?:"((?:[^"\\]|\\.)*)"|([^<"]*?))\s*<', address)
    return (found[1] or found[2] or "").strip() if found else ""


def read_messages(trace: BinaryIO) -> Iterator[SipMessage]:
    """Yield messages as sipp writes them, until it closes the trace.

    Wire: a dashed rule with the time, a title with the direction and the size, an empty line, and
    the message itself. Blocks about unexpected messages repeat what was there already.
    """
    at = 0.0
    while line := trace.readline():
        if rule := _RULE.match(line):
            at = datetime.fromisoformat(rule[1].decode()).timestamp()
        elif title := _TITLE.match(line):
            trace.readline()
            text = trace.read(int(title[2])).decode("utf-8", "replace")
            yield _parse(at, text, sent=title[1] == b"sent")


def _parse(at: float, text: str, *, sent: bool) -> SipMessage:
    head, _, body = text.replace("\r\n", "\n").partition("\n\n")
    start_line, *lines = head.split("\n")
    pairs = [line.partition(":") for line in lines if ":" in line]
    headers = tuple((key.strip(), value.strip()) for key, _, value in pairs)
    return SipMessage(at, sent, start_line.strip(), headers, body)
