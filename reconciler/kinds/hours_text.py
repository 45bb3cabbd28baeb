"""Opening hours and calendars' days as types of text, for the kinds that hold them."""

from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from reconciler.kinds.days import DAY_PATTERN, canonical_days, parse_days
from reconciler.kinds.entry import fault
from reconciler.kinds.hours import HOURS_PATTERN, canonical, overlap, parse_hours


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


def _weekly(texts: list[str]) -> list[str]:
    numbered = [(index, each) for index, text in enumerate(texts) for each in parse_hours(text)]
    found = overlap([each for _, each in numbered])
    if found is not None:
        earlier, later = (numbered[index] for index in found)
        raise fault(
            "hours_overlap",
            "these hours ({later}) overlap others ({earlier})",
            later[0],
            later=str(later[1]),
            earlier=str(earlier[1]),
        )
    return [str(each) for each in canonical(each for _, each in numbered)]


WeeklyHours = Annotated[list[HoursText], AfterValidator(_weekly)]
"""Hours of a week that do not overlap; held in one spelling, one text for each different span."""


def _days(text: str) -> str:
    try:
        parsed = parse_days(text)
    except ValueError as error:
        raise PydanticCustomError("days", "{why}", {"why": str(error)}) from error
    return str(parsed)


DaysText = Annotated[
    str,
    AfterValidator(_days),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": rf"^\s*{DAY_PATTERN}\s*$",
            "examples": ["2026-11-26", "2026-12-24 13:00-24:00", "2026-12-24..2027-01-01", "12-25"],
        }
    ),
]
"""A day, a range of days, or one of every year, whole or in part; held in one spelling."""


ClosedDays = Annotated[list[DaysText], AfterValidator(canonical_days)]
"""Days and ranges of days; held in one spelling, so that equal days are equal texts."""
