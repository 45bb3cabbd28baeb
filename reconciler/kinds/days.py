"""Days of calendars as data: what `2026-12-24` and `12-24..01-01` mean. Pure."""

import re
from calendar import isleap
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import NamedTuple

from reconciler.kinds.hours import MINUTES_PER_DAY, TIME, parse_time, show_time

_FULL = re.compile(r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})")
_YEARLY = re.compile(r"(?P<month>[0-9]{2})-(?P<day>[0-9]{2})")
_DAY_FORM = r"(?:[0-9]{4}-)?[0-9]{2}-[0-9]{2}"
DAY_PATTERN = rf"{_DAY_FORM}(\s*\.\.\s*{_DAY_FORM})?(\s+{TIME}\s*-\s*{TIME})?"
"""The form of a calendar's day or range of days, for schemas."""

_DAY = re.compile(
    rf"(?P<first>{_DAY_FORM})(?:\s*\.\.\s*(?P<last>{_DAY_FORM}))?"
    rf"(?:\s+(?P<start>{TIME})\s*-\s*(?P<end>{TIME}))?"
)


class YearDay(NamedTuple):
    """A day of a calendar as it is written: of one year, or of every year (`year` is None)."""

    year: int | None
    month: int
    day: int


class DayRange(NamedTuple):
    """The days from `first` to `last` (both count), from minute `start` up to minute `end`."""

    first: YearDay
    last: YearDay
    start: int = 0
    end: int = MINUTES_PER_DAY

    def __str__(self) -> str:
        text = _show_year_day(self.first)
        if self.last != self.first:
            text += f"..{_show_year_day(self.last)}"
        return text + _show_part(self.start, self.end)


class ClosedDay(NamedTuple):
    """A day that a calendar names, whole or from minute `start` up to minute `end`."""

    day: date
    start: int
    end: int
    name: str

    @property
    def whole(self) -> bool:
        """Whether the whole day is meant."""
        return self.start == 0 and self.end == MINUTES_PER_DAY

    def __str__(self) -> str:
        return self.day.isoformat() + _show_part(self.start, self.end)


def _show_year_day(day: YearDay) -> str:
    text = f"{day.month:02}-{day.day:02}"
    return text if day.year is None else f"{day.year:04}-{text}"


def _show_part(start: int, end: int) -> str:
    if start == 0 and end == MINUTES_PER_DAY:
        return ""
    return f" {show_time(start)}-{show_time(end)}"


def parse_days(text: str) -> DayRange:
    """Read a calendar's days: `2026-11-26`, `2026-12-24 13:00-24:00`, `2026-12-24..2027-01-01`.

    `12-25` is that day of every year (02-29: of every leap year), `12-24..01-01` a range of every
    year. Times hold on each day of a range. Raises ValueError with what is wrong.
    """
    found = _DAY.fullmatch(text.strip())
    if found is None:
        raise ValueError("days are written 2026-11-26, 2026-12-24..2027-01-01 or 12-25 (yearly)")
    first = _parse_day(found["first"])
    last = _parse_day(found["last"]) if found["last"] else first
    if (first.year is None) != (last.year is None):
        raise ValueError("a range begins and ends with a year, or neither has one")
    if first.year is not None and last < first:
        raise ValueError("the range ends before it begins")
    if found["start"] is None:
        return DayRange(first, last)
    start, end = parse_time(found["start"]), parse_time(found["end"])
    if end <= start:
        raise ValueError("the time of a day ends before it begins; name the next day as well")
    return DayRange(first, last, start, end)


def canonical_days(texts: Iterable[str]) -> list[str]:
    """Return days in their one form: sorted, each once, whole days of every year as ranges.

    `12-25` and `12-26` are `12-25..12-26`, and 31 December and 1 January stand together, too.
    """
    yearly: set[int] = set()
    others: set[str] = set()
    for text in texts:
        days = parse_days(text)
        if days.first.year is not None or (days.start, days.end) != (0, MINUTES_PER_DAY):
            others.add(str(days))
            continue
        first, last = (YEAR.index(each[1:]) for each in (days.first, days.last))
        yearly.update((first + step) % len(YEAR) for step in range((last - first) % len(YEAR) + 1))
    return sorted({*others, *(str(each) for each in yearly_ranges(yearly))})


YEAR: tuple[tuple[int, int], ...] = tuple(
    (month, day)
    for month, length in enumerate((31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31), 1)
    for day in range(1, length + 1)
)
"""The days of a leap year as month and day."""


def yearly_ranges(days: Iterable[int]) -> Iterator[DayRange]:
    """Yield days of every year (indexes of `YEAR`) as the fewest ranges."""
    closed = frozenset(days)
    if len(closed) == len(YEAR):
        yield DayRange(YearDay(None, *YEAR[0]), YearDay(None, *YEAR[-1]))
        return
    for first in sorted(each for each in closed if (each - 1) % len(YEAR) not in closed):
        last = first
        while (last + 1) % len(YEAR) in closed:
            last = (last + 1) % len(YEAR)
        yield DayRange(YearDay(None, *YEAR[first]), YearDay(None, *YEAR[last]))


def _parse_day(text: str) -> YearDay:
    full = _FULL.fullmatch(text)
    found = full or _YEARLY.fullmatch(text)
    assert found is not None, "the caller's pattern is made of these two"
    year = int(full["year"]) if full else None
    month, day = int(found["month"]), int(found["day"])
    try:
        date(2000 if year is None else year, month, day)  # 2000 has a 29 February
    except ValueError as error:
        raise ValueError(f"there is no day {text}") from error
    return YearDay(year, month, day)


def expand_days(days: DayRange, years: Iterable[int], name: str = "") -> Iterator[ClosedDay]:
    """Yield the days of a range, by date. Yearly ones are taken for each of `years`."""
    if days.first.year is not None:
        assert days.last.year is not None
        yield from _range(_date(days.first), _date(days.last), days, name)
        return
    for year in sorted(set(years)):
        first, last = days.first, days.last
        leap = first == last == YearDay(None, 2, 29)
        if leap and not isleap(year):
            continue
        end_year = year + 1 if last < first else year
        begins = _nearest(year, first, forward=True)
        ends = _nearest(end_year, last, forward=False)
        yield from _range(begins, ends, days, name)


def _date(day: YearDay) -> date:
    assert day.year is not None
    return date(day.year, day.month, day.day)


def _nearest(year: int, day: YearDay, *, forward: bool) -> date:
    """Return the day in the year; 29 February of a common year is the day after or before."""
    if (day.month, day.day) == (2, 29) and not isleap(year):
        return date(year, 3, 1) if forward else date(year, 2, 28)
    return date(year, day.month, day.day)


def _range(first: date, last: date, days: DayRange, name: str) -> Iterator[ClosedDay]:
    for step in range((last - first).days + 1):
        yield ClosedDay(first + timedelta(days=step), days.start, days.end, name)


def public_holidays(
    country: str,
    subdivision: str | None,
    years: Iterable[int],
    *,
    observed: bool = True,
    language: str | None = None,
) -> tuple[ClosedDay, ...]:
    """Return a country's (or its subdivision's) public holidays in these years, by date.

    Raises ValueError when the holidays library does not know the country or subdivision.
    """
    import holidays  # the library is large and most runs need none of it

    try:
        found = holidays.country_holidays(
            country,
            subdiv=subdivision,
            years=sorted(set(years)),
            observed=observed,
            expand=False,
            language=language,
        )
    except NotImplementedError as error:
        place = f"{country}-{subdivision}" if subdivision else country
        raise ValueError(f"no public holidays are known for {place}") from error
    return tuple(
        ClosedDay(day, 0, MINUTES_PER_DAY, str(found[day])) for day in sorted(found.keys())
    )


def expand_calendar(
    days: Iterable[tuple[str, str]],
    years: Iterable[int],
    *,
    country: str | None = None,
    subdivision: str | None = None,
    observed: bool = True,
    language: str | None = None,
    skip: Iterable[str] = (),
) -> tuple[ClosedDay, ...]:
    """Return all that a calendar closes, by date and time: its own days and public holidays.

    `days` are pairs of text (as `parse_days` reads it) and name. `skip` leaves out public
    holidays by name (case does not matter) or date. A day that the calendar names itself wins
    over a public holiday on the same date. Same input in any order, same result.
    """
    wanted = sorted(set(years))
    own = {each for text, name in days for each in expand_days(parse_days(text), wanted, name)}
    named = {each.day for each in own}
    if country is not None:
        left_out = {each.strip().lower() for each in skip}
        own.update(
            each
            for each in public_holidays(
                country, subdivision, wanted, observed=observed, language=language
            )
            if each.day not in named
            and each.day.isoformat() not in left_out
            and each.name.lower() not in left_out
        )
    return tuple(sorted(own))
