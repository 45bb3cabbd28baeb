"""AMI messages as values, and the limits of a request. Pure: no IO and no panoramisk.

Facts were seen on Asterisk 22.10.1 (AMI 11.0.0) unless said otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from reconciler.errors import AdapterBroke

Fields = Sequence[tuple[str, str]]
Headers = tuple[tuple[str, str], ...]

BETWEEN = b"\r\n\r\n"
"""What stands between two messages."""

MAX_LINES = 128
"""Lines of one request, `Action` and `ActionID` included; 129 answer "Too many lines"."""

MAX_LINE_BYTES = 1014
"""UTF-8 bytes of one "Name: value" without its line end. 1,022 still passed, 1,023 answered "line
too long"; the first figure leaves room for a server built with a slightly smaller buffer."""

# What names the request itself is ours to write: a second one would break the pairing of answers.
_RESERVED = frozenset({"action", "actionid"})

_SHORT_NAME = 32
"""A header's name of at most so many characters, with its colon, needs no closer look."""

# Asterisk says "Error" for these, and means a list without entries. A text that ends in a blank is
# the start of the message: Asterisk goes on with the name that was asked for.
_EMPTY_LISTS: dict[str, tuple[str, ...]] = {
    "pjsipshowendpoints": ("No endpoints found",),
    "pjsipshowaors": ("No AORs found",),
    "pjsipshowauths": ("No Auths found",),
    "pjsipshowcontacts": ("No Contacts found",),
    "pjsipshowresourcelists": ("No resource lists found",),
    "showdialplan": ("Did not find context ", "Did not find extension "),
    "dbget": ("Database entry not found",),
    "confbridgelistrooms": ("No active conferences.",),
}

# And this one says "Success", but sends no list at all.
_EMPTY_SUCCESSES: dict[str, tuple[str, ...]] = {
    "voicemailuserslist": ("There are no voicemail users currently defined.",),
}


class Message:
    """One response or event: its headers in the order of the wire, repeated ones included.

    Made of headers, or of the bytes that came, which are split only when somebody looks: most of a
    PBX is as it was when it was read before, and `content` tells. The values stay out of the repr:
    AuthList and GetConfig carry passwords in clear.
    """

    __slots__ = ("_headers", "_raw")

    def __init__(self, headers: Headers | None = None, *, raw: bytes = b"") -> None:
        self._headers = headers
        self._raw = raw

    def __repr__(self) -> str:
        return "Message()"

    @property
    def headers(self) -> Headers:
        """All headers, as (name, value)."""
        if self._headers is None:
            self._headers = parse_message(self._raw)
        return self._headers

    @property
    def raw(self) -> bytes:
        """The bytes that came."""
        return self._raw

    @property
    def is_event(self) -> bool:
        """Whether it is an event: by its first header, for events may have a `Response`, too."""
        return self._raw[:6].lower() == b"event:"

    def routing(self, name: bytes) -> str:
        """Return the first value of a header that Asterisk writes in this case only, or ""."""
        if self._raw.startswith(name + b": "):
            start = len(name) + 2
        elif (start := self._raw.find(b"\r\n" + name + b": ")) >= 0:
            start += len(name) + 4
        else:
            return self.get(name.decode()) if self._headers and not self._raw else ""
        end = self._raw.find(b"\r\n", start)
        return self._raw[start : None if end < 0 else end].decode("utf-8", "replace")

    def get(self, name: str, default: str = "") -> str:
        """Return the first value of a header, compared without regard to case."""
        wanted = name.lower()
        for key, value in self.headers:
            if key == name or key.lower() == wanted:
                return value
        return default

    def all(self, name: str) -> tuple[str, ...]:
        """Return every value of a header, in the order of the wire."""
        wanted = name.lower()
        return tuple(value for key, value in self.headers if key.lower() == wanted)

    @property
    def content(self) -> bytes:
        """What it says, without the number of the question: the same answer has the same."""
        return _without_number(self._raw, self.routing(b"ActionID"), 1)

    @property
    def event(self) -> str:
        """The event's name, or "" for a response."""
        return self.get("Event")

    @property
    def text(self) -> str:
        """What Asterisk says in words (`Message`), or ""."""
        return self.get("Message")

    @property
    def succeeded(self) -> bool:
        """Whether Asterisk reported success; several actions do so without having done anything."""
        return self.routing(b"Response") in {"Success", "Goodbye"}


def _without_number(raw: bytes, number: str, times: int = -1) -> bytes:
    return raw.replace(f"\r\nActionID: {number}".encode(), b"", times)


@dataclass(frozen=True)
class ListResponse:
    """The answer to a list action: the opening response, its events, and the closing event.

    `raw` are the events as they came, an empty line between two; it is empty when there is nothing
    to list, whichever way Asterisk said so. `complete` is None when it said so without opening a
    list.
    """

    response: Message
    raw: bytes = field(default=b"", repr=False)
    complete: Message | None = None

    @cached_property
    def events(self) -> tuple[Message, ...]:
        """Its events, in order."""
        return tuple([Message(raw=each) for each in self.raw.split(BETWEEN)]) if self.raw else ()

    @cached_property
    def content(self) -> bytes:
        """What its events say, without the number of the question."""
        return _without_number(self.raw, self.response.routing(b"ActionID"))

    def __len__(self) -> int:
        return self.raw.count(BETWEEN) + 1 if self.raw else 0


def parse_message(raw: bytes) -> Headers:
    """Split one message (without its closing empty line) into headers.

    Bytes that are not UTF-8 become U+FFFD: they then differ from anything declared, so that a file
    in another encoding shows as drift instead of breaking whatever prints or hashes the value.
    A line without a colon is kept under the name "". Values keep their blanks except the one after
    the colon, and lose a line feed at their end: "No endpoints found" and its like come with one.
    """
    return tuple(
        (name, value) if colon and value[-1:] != "\n" else _odd_header(line)
        for line in raw.decode("utf-8", "replace").split("\r\n")
        for name, colon, value in (line.partition(": "),)
    )


def _odd_header(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(": ")
    if not colon:
        name, colon, value = line.partition(":")
    return (name, value.rstrip("\n")) if colon else ("", line)


def says_empty_list(action: str, response: Message) -> bool:
    """Tell whether a response without a list means "nothing to list" for this action."""
    table = _EMPTY_SUCCESSES if response.succeeded else _EMPTY_LISTS
    return any(
        response.text.startswith(text) if text.endswith(" ") else response.text == text
        for text in table.get(action.lower(), ())
    )


def check_request(target: str, action: str, fields: Fields) -> None:
    """Refuse a request that Asterisk would refuse, cut short, or read as two requests.

    Raises AdapterBroke: a valid declaration never leads here. The message names the field, never
    its value.
    """
    doing = f"writing AMI action {_shown(action)}"

    def refuse(why: str) -> AdapterBroke:
        return AdapterBroke(target, doing, why)

    if not action:
        raise refuse("the action has no name")
    lines = len(fields) + 2
    if lines > MAX_LINES:
        raise refuse(f"{lines} lines in one message, Asterisk takes {MAX_LINES}")
    if _is_plainly_sound(action, fields):
        return
    for name, value in (("Action", action), *fields):
        shown = _shown(name)
        if not name or name != name.strip() or ":" in name:
            raise refuse(f"{shown} is not a header name")
        if name.lower() in _RESERVED and name != "Action":
            raise refuse(f"header {shown} is written by the transport")
        # A line end would start a header, or a whole second action, of the value's choosing.
        if any(char in text for text in (name, value) for char in "\r\n\0"):
            raise refuse(f"header {shown} contains CR, LF or NUL")
        try:
            size = len(f"{name}: {value}".encode())
        except UnicodeEncodeError:
            # `from None`: the original error carries the whole value.
            raise refuse(f"header {shown} cannot be written in UTF-8") from None
        if size > MAX_LINE_BYTES:
            raise refuse(
                f"header {shown} makes a line of {size} bytes, the limit is {MAX_LINE_BYTES}"
            )
    if any(name.lower() == "action" for name, _ in fields):
        raise refuse("header 'Action' is written by the transport")


def check_requests(target: str, action: str, each: Sequence[Fields]) -> None:
    """Do as `check_request` for many requests of an action: at one look, if all are sound."""
    longest = max(map(len, each), default=0)
    every = [field for fields in each for field in fields]
    if longest + 2 <= MAX_LINES and every and action and _is_plainly_sound(action, every):
        return
    for fields in each:
        check_request(target, action, fields)


_HEADER_NAMES: Final = re.compile(
    rf"(?:(?!(?i:action|actionid)\n)[!-9;-~]{{1,{_SHORT_NAME - 2}}}\n)*"
)
"""Names that are plainly sound, a line each: printable ASCII, no blank, no colon."""


def _is_plainly_sound(action: str, fields: Fields) -> bool:
    """Whether a look at the whole tells that every line is sound; nearly all requests are.

    A first apply writes 300,000 lines.
    """
    values = [action, *[value for _, value in fields]]
    text = "".join(values)
    names = "".join([f"{name}\n" for name, _ in fields])
    return (
        names.count("\n") == len(fields)
        and _HEADER_NAMES.fullmatch(names) is not None
        and not ("\r" in text or "\n" in text or "\0" in text)
        # UTF-8 takes up to four bytes a character; a lone surrogate has none.
        and max(map(len, values)) * 4 <= MAX_LINE_BYTES - 4 * _SHORT_NAME
        and (text.isascii() or _is_utf8(text))
    )


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def redact(text: str, secrets: Sequence[str]) -> str:
    """Replace every secret in a text that is about to be shown."""
    for secret in sorted({s for s in secrets if s}, key=len, reverse=True):
        text = text.replace(secret, "********")
    return text


def possible_secrets(fields: Fields) -> tuple[str, ...]:
    """Return the values of a request that must not come back in an error's text.

    Asterisk echoes names ("Unable to retrieve endpoint 1001"), and those are worth showing;
    the value of a configuration line, of a database entry or of a variable is not. Values of less
    than 4 characters would only riddle the text.
    """
    quiet = ("secret", "password", "val", "match-", "variable")
    return tuple(v for name, v in fields if len(v) >= 4 and name.lower().startswith(quiet))


def _shown(name: str) -> str:
    """Return a name as it can stand in a one-line message."""
    return ascii(name[:60])
