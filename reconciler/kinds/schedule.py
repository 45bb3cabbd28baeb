"""Schedule: opening hours in a time zone, and where calls go while open and while closed."""

from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from reconciler.kinds.entry import (
    NAME,
    DestinationText,
    Entry,
    Key,
    Reference,
    Scope,
    fault,
)
from reconciler.kinds.hours import HOURS_PATTERN, Opening, overlap, parse_hours
from reconciler.kinds.text import Code, Line, TimeZone


def _hours(text: str) -> str:
    try:
        parse_hours(text)
    except ValueError as error:
        raise PydanticCustomError("hours", "{why}", {"why": str(error)}) from error
    return text


HoursText = Annotated[
    str,
    AfterValidator(_hours),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": rf"^\s*(24/7|{HOURS_PATTERN})\s*$",
            "examples": ["Mon-Fri 08:00-17:30", "Sat 09:00-12:00", "Mon,Wed 08:00-12:00"],
        }
    ),
]
"""Days of the week and times: `Mon-Fri 08:00-12:00, 13:00-17:30`, `Sat 09:00-12:00`, `24/7`."""


class Schedule(Entry):
    """Opening hours, and where calls go while open and while closed."""

    kind: ClassVar[str] = "schedule"
    section: ClassVar[str] = "schedules"
    scope: ClassVar[Scope] = "pbx"
    key: ClassVar[Key] = NAME

    name: Annotated[Line, Field(min_length=1, max_length=255)] | None = None
    """Name as people see it; the key when unset."""
    number: Code | None = None
    """Number that reaches the schedule from inside."""
    timezone: TimeZone | None = None
    """Time zone of the hours; the PBX's when unset."""
    open: Annotated[list[HoursText], Field(min_length=1, max_length=100)]
    """When it is open: `Mon-Fri 08:00-17:30`, one text for each different span."""
    closed_on: list[Annotated[str, Reference(("calendar",))]] = []
    """Calendars whose days are closed although the hours say open."""
    open_to: DestinationText
    """Where calls go while open."""
    closed_to: DestinationText
    """Where calls go while closed."""
    holiday_to: DestinationText | None = None
    """Where calls go on days of the calendars; the same as while closed when unset."""
    override: Literal["none", "open", "closed"] = "none"
    """Set by hand: open or closed until it is taken back, whatever the hours say."""
    override_code: Code | None = None
    """Feature code that switches the override from a phone."""

    def openings(self) -> tuple[Opening, ...]:
        """Return the hours as data."""
        return tuple(opening for text in self.open for opening in parse_hours(text))

    @model_validator(mode="after")
    def _no_overlap(self) -> "Schedule":
        by_text = [
            (index, each) for index, text in enumerate(self.open) for each in parse_hours(text)
        ]
        found = overlap([each for _, each in by_text])
        if found is not None:
            earlier, later = (by_text[index] for index in found)
            raise fault(
                "hours_overlap",
                "these hours ({later}) overlap others of the schedule ({earlier})",
                "open",
                later[0],
                later=str(later[1]),
                earlier=str(earlier[1]),
            )
        return self
