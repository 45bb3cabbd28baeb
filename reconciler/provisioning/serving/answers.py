"""Answers: what is sent back: whole files, parts of them, nothing new, or the one refusal. Pure."""

import gzip
import re
from dataclasses import dataclass, field
from functools import lru_cache
from http import HTTPStatus
from typing import Final, NamedTuple

from reconciler.provisioning.store.records import Served

SMALLEST_GZIP: Final = 1024
"""Bytes below which packing saves nothing."""

PRIVATE: Final = (("cache-control", "no-store"), ("x-content-type-options", "nosniff"))
"""Proxies must not keep anybody's passwords."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A response. Never prints its body."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes = field(default=b"", repr=False)


class Conditions(NamedTuple):
    """What a request says about the copy that it has, and the part that it wants."""

    none_match: str = ""
    range: str = ""
    if_range: str = ""
    accept_encoding: str = ""

    @property
    def is_specific(self) -> bool:
        """Whether it names the copy that it has, not any."""
        return bool(self.none_match) and "*" not in self.none_match


def refusal(challenges: tuple[str, ...] = ()) -> Reply:
    """Return the one answer for whoever does not get what they ask for, whatever the reason.

    Where passwords are taken it is a challenge, and for everybody.
    """
    body = b"Not Found\n"
    headers = (("content-type", "text/plain; charset=utf-8"), ("content-length", str(len(body))))
    if not challenges:
        return Reply(HTTPStatus.NOT_FOUND, (*headers, *PRIVATE), body)
    asked = tuple(("www-authenticate", each) for each in challenges)
    return Reply(HTTPStatus.UNAUTHORIZED, (*headers, *PRIVATE, *asked), body)


def unavailable() -> Reply:
    """Return the answer to a device that may have its file, which cannot be read just now.

    Not a 404: phones take that for an answer and go on to their next file.
    """
    body = b"Try again later\n"
    headers = (("content-type", "text/plain; charset=utf-8"), ("content-length", str(len(body))))
    return Reply(HTTPStatus.SERVICE_UNAVAILABLE, (*headers, ("retry-after", "60"), *PRIVATE), body)


def reply_with(served: Served, wants: Conditions) -> Reply:
    """Return a file, the part of it that is asked for, or that the copy there is current."""
    packed = takes_gzip(wants.accept_encoding) and len(served.content) >= SMALLEST_GZIP
    tag = f'"{served.etag}-gzip"' if packed else f'"{served.etag}"'
    common = (("etag", tag), ("vary", "accept-encoding"), ("accept-ranges", "bytes"), *PRIVATE)
    if is_current(wants.none_match, served.etag):
        return Reply(HTTPStatus.NOT_MODIFIED, common)
    typed = (("content-type", served.media_type), *common)
    size = len(served.content)
    part = None if packed else wanted_part(wants, tag, size)
    if part == (0, 0):
        return Reply(
            HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
            (*common, ("content-range", f"bytes */{size}"), ("content-length", "0")),
        )
    if part is not None:
        body = served.content[part[0] : part[1]]
        span = f"bytes {part[0]}-{part[1] - 1}/{size}"
        return Reply(
            HTTPStatus.PARTIAL_CONTENT,
            (*typed, ("content-range", span), ("content-length", str(len(body)))),
            body,
        )
    body = _packed(served.content) if packed else served.content
    encoding = (("content-encoding", "gzip"),) if packed else ()
    return Reply(HTTPStatus.OK, (*typed, *encoding, ("content-length", str(len(body)))), body)


def takes_gzip(accept_encoding: str) -> bool:
    """Whether a client says that it takes gzip. Phones that do not say so get plain files."""
    for each in accept_encoding.lower().split(","):
        coding, _, parameters = each.partition(";")
        if coding.strip() in ("gzip", "x-gzip", "*"):
            return re.fullmatch(r"\s*q\s*=\s*0(\.0*)?\s*", parameters) is None
    return False


@lru_cache(maxsize=256)
def _packed(content: bytes) -> bytes:
    return gzip.compress(content, 6, mtime=0)


def is_current(none_match: str, etag: str) -> bool:
    """Whether If-None-Match names the file as it is, packed or not."""
    named = {each.strip().removeprefix("W/").strip('"') for each in none_match.split(",")}
    return "*" in named or not named.isdisjoint((etag, f"{etag}-gzip"))


_RANGE: Final = re.compile(r"bytes\s*=\s*(\d{0,15})\s*-\s*(\d{0,15})")


def wanted_part(wants: Conditions, tag: str, size: int) -> tuple[int, int] | None:
    """Return begin and end of the wanted part; (0, 0) when there is none like it; None for all.

    Several parts at once are answered with everything (RFC 9110, 14.2 allows it).
    """
    found = _RANGE.fullmatch(wants.range.strip())
    if found is None or (wants.if_range and wants.if_range != tag):
        return None
    first, last = found[1], found[2]
    if not first and not last:
        return None
    if not first:
        begin, end = max(0, size - int(last)), size
    else:
        begin, end = int(first), min(size, int(last) + 1 if last else size)
        if last and int(last) < int(first):
            return None
    return (begin, end) if begin < end else (0, 0)
