"""Calendar: days on which schedules are closed, fixed ones and a country's public holidays."""

import re
from collections.abc import Iterable
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from reconciler.kinds.days import ClosedDay, expand_calendar, parse_days
from reconciler.kinds.entry import Entry, ShortPart, fault
from reconciler.kinds.hours_text import DaysText
from reconciler.kinds.marks import NAME, Key, Scope
from reconciler.kinds.text import Country, Line


def _years(raw: Any) -> Any:
    if not isinstance(raw, list):
        return raw
    years: list[Any] = []
    for each in raw:
        found = (
            re.fullmatch(r"([0-9]{4})\s*-\s*([0-9]{4})", each) if isinstance(each, str) else None
        )
        if found and int(found[1]) <= int(found[2]) <= int(found[1]) + 100:
            years += range(int(found[1]), int(found[2]) + 1)
        else:
            years.append(each)
    return years


class CalendarDay(ShortPart):
    """A day or a range of days; as plain text it is the date alone."""

    shorthand: ClassVar[str | None] = "date"

    date: DaysText
    """`2026-11-26`, `2026-12-24 13:00-24:00`, `2026-12-24..2027-01-01` or `12-25` (yearly)."""
    name: Line | None = None
    """What the day is called."""


class Calendar(Entry):
    """Days on which schedules are closed."""

    kind: ClassVar[str] = "calendar"
    section: ClassVar[str] = "calendars"
    scope: ClassVar[Scope] = "workspace"
    key: ClassVar[Key] = NAME

    name: Annotated[Line, Field(min_length=1, max_length=255)] | None = None
    """Name as people see it; the key when unset."""
    days: list[CalendarDay] = []
    """Fixed days: dates, ranges, days of every year, parts of days."""
    country: Country | None = None
    """Country whose public holidays are meant, by its two letters."""
    subdivision: Annotated[Line, Field(max_length=10)] | None = None
    """State or province whose public holidays are meant, as ISO 3166-2 has it (`NY`)."""
    years: Annotated[
        list[Annotated[int, Field(ge=1970, le=2100)]],
        BeforeValidator(_years),
        WithJsonSchema(
            {
                "type": "array",
                "items": {
                    "type": ["integer", "string"],
                    "pattern": "^[0-9]{4}(\\s*-\\s*[0-9]{4})?$",
                    "minimum": 1970,
                    "maximum": 2100,
                },
            }
        ),
    ] = []
    """Years for which public holidays and yearly days are worked out: `2026`, `2026-2030`."""
    observed: bool = True
    """Whether the working day is closed on which a holiday at the week-end is observed."""
    language: Annotated[Line, Field(max_length=10)] | None = None
    """Language of the holidays' names (`en_US`); the country's own when unset."""
    skip: list[Line] = []
    """Public holidays that are working days here, by name or date."""

    def closed_days(self, years: Iterable[int] = ()) -> tuple[ClosedDay, ...]:
        """Return all that the calendar closes in its own years (or those given), by date.

        Raises ValueError when the holidays library does not know the country.
        """
        return expand_calendar(
            ((each.date, each.name or "") for each in self.days),
            tuple(years) or self.years,
            country=self.country,
            subdivision=self.subdivision,
            observed=self.observed,
            language=self.language,
            skip=self.skip,
        )

    @model_validator(mode="after")
    def _has_years(self) -> "Calendar":
        if self.subdivision is not None and self.country is None:
            raise fault("needs_country", "a subdivision needs its country", "subdivision")
        if self.years:
            return self
        if self.country is not None:
            raise fault(
                "needs_years", "a country's holidays need the years they are wanted for", "country"
            )
        for index, each in enumerate(self.days):
            if parse_days(each.date).first.year is None:
                raise fault(
                    "needs_years", "a day of every year needs `years`", "days", index, "date"
                )
        return self
