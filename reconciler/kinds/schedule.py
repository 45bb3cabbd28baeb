"""Schedule: opening hours in a time zone, and where calls go while open and while closed."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from reconciler.kinds.entry import DestinationText, Entry
from reconciler.kinds.hours import Opening, parse_hours
from reconciler.kinds.hours_text import ClosedDays, WeeklyHours
from reconciler.kinds.marks import NAME, Key, Reference, Scope
from reconciler.kinds.text import Code, Line, TimeZone


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
    open: Annotated[WeeklyHours, Field(min_length=1, max_length=100)]
    """When it is open: `Mon-Fri 08:00-17:30`, one text for each different span."""
    closed_on: list[Annotated[str, Reference(("calendar",))]] = []
    """Calendars whose days are closed although the hours say open."""
    closed_days: Annotated[ClosedDays, Field(max_length=2000)] = []
    """Days that are closed although the hours say open; those of the calendars come here, too."""
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
