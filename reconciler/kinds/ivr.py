"""IVR: callers choose by pressing keys."""

from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from reconciler.kinds.entry import DestinationText, Entry, Seconds
from reconciler.kinds.marks import NAME, Key, Reference, Scope
from reconciler.kinds.text import Code, Line

OPTION_PATTERN = "[0-9*#]{1,10}"


def _option(text: str) -> str:
    if not 1 <= len(text) <= 10 or text.strip("0123456789*#"):
        raise PydanticCustomError("ivr_option", "an option is 1 to 10 digits, * or #")
    return text


Option = Annotated[
    str,
    AfterValidator(_option),
    WithJsonSchema({"type": "string", "pattern": f"^{OPTION_PATTERN}$"}),
]
"""What a caller presses: `1`, `*`, `#`, or several digits."""


class Ivr(Entry):
    """A menu: callers hear an announcement and choose by pressing keys."""

    kind: ClassVar[str] = "ivr"
    section: ClassVar[str] = "ivrs"
    scope: ClassVar[Scope] = "pbx"
    key: ClassVar[Key] = NAME

    name: Annotated[Line, Field(min_length=1, max_length=255)] | None = None
    """Name as people see it; the key when unset."""
    number: Code | None = None
    """Number that reaches the menu from inside."""
    announcement: Annotated[str, Reference(("announcement",))] | None = None
    """What callers hear."""
    timeout: Annotated[Seconds, Field(ge=1, le=60)] = 10
    """How long callers may think before the menu counts as timed out, in seconds."""
    digit_timeout: Annotated[Seconds, Field(ge=1, le=30)] = 3
    """How long to wait for the next digit of an option or extension, in seconds."""
    retries: Annotated[int, Field(ge=0, le=20)] = 3
    """How often the menu is offered again before `on_timeout` or `on_invalid`."""
    direct_dial: bool = False
    """Whether callers may dial an extension's number as well."""
    options: Annotated[dict[Option, DestinationText], Field(min_length=1, max_length=100)]
    """Where each key leads: `1: queue/700`."""
    on_timeout: DestinationText | None = None
    """Where callers go who press nothing; they are hung up when unset."""
    on_invalid: DestinationText | None = None
    """Where callers go who press something else; they are hung up when unset."""
    timeout_announcement: Annotated[str, Reference(("announcement",))] | None = None
    """What callers hear who pressed nothing; the menu again when unset."""
    invalid_announcement: Annotated[str, Reference(("announcement",))] | None = None
    """What callers hear who pressed something else; the menu again when unset."""
