"""Outbound route: which dialled numbers leave on which trunks."""

import re
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from reconciler.kinds.dial_pattern import shortest
from reconciler.kinds.entry import Entry, Seconds, SecretText, ShortPart, fault
from reconciler.kinds.marks import NAME, Key, Reference, Scope
from reconciler.kinds.text import CallerId, Line

_PATTERN = re.compile(r"\+?(?:[0-9*#XxZzNn]|\[[0-9*#](?:-?[0-9*#])*\])*[.!]?")


def _dial_pattern(text: str) -> str:
    bare = text.removeprefix("_")
    if not bare or len(bare) > 80 or not _PATTERN.fullmatch(bare):
        raise PydanticCustomError(
            "dial_pattern",
            "a pattern is made of digits, X (0-9), Z (1-9), N (2-9), [1-5], and at its end "
            ". (one or more of anything) or ! (anything or nothing), with an optional + before",
        )
    empty = next((each for each in re.findall(r"\[[^\]]*\]", bare) if _goes_down(each)), None)
    if empty is not None:
        raise PydanticCustomError(
            "dial_pattern",
            "{set} has a range that goes down, which takes nothing; ranges go up: [1-5]",
            {"set": empty},
        )
    return bare.upper()


def _goes_down(set_: str) -> bool:
    return any(first > last for first, last in re.findall("(.)-(.)", set_[1:-1]))


DialPattern = Annotated[
    str,
    AfterValidator(_dial_pattern),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": r"^_?\+?([0-9*#XxZzNn]|\[[0-9*#](-?[0-9*#])*\])*[.!]?$",
            "examples": ["9NXXXXXXXXX", "911", "0[1-9]."],
        }
    ),
]
"""A pattern of dialled numbers, in Asterisk's letters."""


def _prepend(text: str) -> str:
    if not re.fullmatch(_PREPEND, text):
        raise PydanticCustomError("prepend", "at most 20 digits, *, # and w (wait), or a + first")
    return text


_PREPEND = r"\+?[0-9*#w]{0,20}"
Prepend = Annotated[
    str,
    AfterValidator(_prepend),
    WithJsonSchema({"type": "string", "pattern": f"^(?:{_PREPEND})$"}),
]
"""What is dialled before a number; `w` waits half a second."""


def _caller_pattern(text: str) -> str:
    if not re.fullmatch(_CALLER, text):
        raise PydanticCustomError("caller_pattern", "1 to 20 digits, X, Z and N")
    return text.upper()


_CALLER = r"[0-9XxZzNn]{1,20}"
CallerPattern = Annotated[
    str,
    AfterValidator(_caller_pattern),
    WithJsonSchema({"type": "string", "pattern": f"^(?:{_CALLER})$"}),
]
"""A pattern of extensions, in the letters of dial patterns."""


class RoutePattern(ShortPart):
    """Numbers that the route takes and how it changes them; as plain text the pattern alone."""

    shorthand: ClassVar[str | None] = "match"

    match: DialPattern
    """What is dialled: digits, X is 0-9, Z is 1-9, N is 2-9, [15-9] one of them, and at the end
    `.` one or more of anything or `!` anything or nothing. A leading `_` is dropped."""
    strip: Annotated[int, Field(ge=0, le=20)] = 0
    """How many digits are taken off the front."""
    prepend: Prepend = ""
    """What is put in front, after the strip."""
    caller_id: CallerPattern | None = None
    """Only for extensions whose number matches this pattern."""

    @model_validator(mode="after")
    def _strips_what_is_there(self) -> "RoutePattern":
        least = shortest(self.match)
        if self.strip > least:
            raise fault(
                "strip_too_long",
                "the pattern takes numbers of {least} digits, of which {strip} cannot be stripped",
                "strip",
                least=least,
                strip=self.strip,
            )
        return self


class OutboundRoute(Entry):
    """Which dialled numbers leave on which trunks."""

    kind: ClassVar[str] = "outbound_route"
    section: ClassVar[str] = "outbound_routes"
    scope: ClassVar[Scope] = "pbx"
    key: ClassVar[Key] = NAME

    order: Annotated[int, Field(ge=1, le=9999)]
    """Routes are tried from the lowest order to the highest; the first that matches is taken."""
    patterns: Annotated[list[RoutePattern], Field(min_length=1, max_length=1000)]
    """Numbers that the route takes."""
    trunks: Annotated[
        list[Annotated[str, Reference(("trunk",))]], Field(min_length=1, max_length=20)
    ]
    """Trunks in the order in which they are tried."""
    caller_id: CallerId | None = None
    """What the outside sees of calls on this route."""
    override_extension: bool = False
    """Whether the route's caller id goes before the extension's own."""
    emergency: bool = False
    """Whether this is a route for emergency calls: no class, PIN or schedule may bar them, and no
    `max_duration` end them."""
    classes: list[Annotated[Line, Field(min_length=1, max_length=63)]] = []
    """Classes of service that may use the route; everybody when empty."""
    pin: SecretText | None = None
    """PIN that callers have to enter."""
    schedule: Annotated[str, Reference(("schedule",))] | None = None
    """Only while this schedule is open."""
    max_duration: Annotated[Seconds, Field(ge=1, le=86400)] | None = None
    """After how long a call is ended, in seconds; never when unset."""
    music: Annotated[str, Reference(("music",))] | None = None
    """Music on hold for calls on this route; the platform's default when unset."""
    recording: bool = False
    """Whether the calls are recorded."""
    enabled: bool = True
    """Whether the route is in use."""

    @model_validator(mode="after")
    def _nothing_bars_emergency_calls(self) -> "OutboundRoute":
        if self.emergency:
            for name in ("classes", "pin", "schedule", "max_duration"):
                if getattr(self, name):
                    raise fault(
                        "emergency_barred",
                        "a route for emergency calls takes every call and ends none, so it may not "
                        "have {name}",
                        name,
                        name=name,
                    )
        return self
