"""Types of text and small values that several kinds share."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from reconciler.kinds.entry import Part

_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]")


def _one_line(text: str) -> str:
    if _CONTROL.search(text):
        raise PydanticCustomError("one_line", "control characters and line breaks are not allowed")
    return text


Line = Annotated[str, AfterValidator(_one_line)]
"""Text on one line, without control characters."""


def _pattern(pattern: str, says: str) -> tuple[AfterValidator, WithJsonSchema]:
    compiled = re.compile(pattern)

    def check(text: str) -> str:
        if not compiled.fullmatch(text):
            raise PydanticCustomError("form", "{says}", {"says": says})
        return text

    return AfterValidator(check), WithJsonSchema({"type": "string", "pattern": f"^(?:{pattern})$"})


_email = _pattern(
    r"[^@\s<>,;]{1,64}@[A-Za-z0-9.-]{1,253}", "an address is written name@example.com"
)
Email = Annotated[str, _email[0], _email[1]]
"""An e-mail address."""

_number = _pattern(r"\+?[0-9]{2,20}", "a number is an optional + and 2 to 20 digits")
ExternalNumber = Annotated[str, _number[0], _number[1]]
"""An outside number as it is dialled or sent."""

_host = _pattern(
    r"\[[0-9A-Fa-f:.]+\]|[0-9A-Fa-f:.]+|[A-Za-z0-9]([A-Za-z0-9._-]{0,251}[A-Za-z0-9])?",
    "a host is a name or an address without scheme or port",
)
Host = Annotated[str, _host[0], _host[1]]
"""A host name or an IP address."""

Port = Annotated[int, Field(ge=1, le=65535)]
"""A TCP or UDP port."""

CodecName = Literal[
    "ulaw", "alaw", "g722", "g729", "opus", "gsm", "ilbc", "g726", "speex", "slin", "h264", "vp8"
]
"""A codec by its usual name."""

Dtmf = Literal["rfc4733", "inband", "info", "auto"]
"""How digits are sent during a call."""


class CallerId(Part):
    """A name and number that are shown to the other side."""

    name: Annotated[Line, Field(max_length=255)] | None = None
    """Name shown to the other side."""
    number: ExternalNumber | None = None
    """Number shown to the other side."""
