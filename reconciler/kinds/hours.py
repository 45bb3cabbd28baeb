"""Opening hours as data: what `Mon-Fri 08:00-17:30` means. Pure.

Times are wall-clock minutes of a day (0 to 1440) and never moments: an office that opens at 08:00
opens at 08:00 on the day the clocks change, too. Moments are `upcoming.py`'s.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

DAY_NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
"""Days of the week as they are written; their index is Python's weekday number."""

MINUTES_PER_DAY = 1440

_DAYS_BY_NAME: Mapping[str, int] = {
    name: index
    for index, full in enumerate(
        ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    )
    for name in (full, full[:3], full[:2])
}
_ALL_DAYS = frozenset(range(7))
TIME = r"(?:[01]?[0-9]|2[0-4]):[0-5][0-9]"
_SPAN = re.compile(rf"({TIME})\s*-\s*({TIME})")
HOURS_PATTERN = (
    r"([A-Za-z]{2,9}(\s*[-,]\s*[A-Za-z]{2,9})*\s+)?"
    rf"{TIME}\s*-\s*{TIME}(\s*,\s*{TIME}\s*-\s*{TIME})*"
)
"""The form of opening hours, for schemas; `parse_hours` says what is wrong inside it."""

_HOURS = re.compile(rf"(?P<days>[^0-9]*?)\s*(?P<spans>{TIME}\s*-.*)")


class Opening(NamedTuple):
    """Open on these days of the week (0 is Monday) from minute `start` up to minute `end`."""

    days: frozenset[int]
    start: int
    end: int

    def __str__(self) -> str:
        return f"{show_days(self.days)} {show_time(self.start)}-{show_time(self.end)}"


def show_time(minutes: int) -> str:
    """Return minutes of a day as they are written: 1440 is `24:00`."""
    return f"{minutes // 60:02}:{minutes % 60:02}"


def show_days(days: Iterable[int]) -> str:
    """Return days of the week as they are written: `Mon-Fri`, `Mon,Wed`, `Sat`."""
    ordered = sorted(days)
    runs: list[list[int]] = []
    for day in ordered:
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return ",".join(
        DAY_NAMES[run[0]] if len(run) == 1 else f"{DAY_NAMES[run[0]]}-{DAY_NAMES[run[-1]]}"
        for run in runs
    )


def parse_time(text: str) -> int:
    """Return the minute of the day of `HH:MM`; 24:00 is its end. Raises ValueError."""
    if not re.fullmatch(TIME, text):
        raise ValueError(f"{text!r} is not a time of day (HH:MM)")
    hours, minutes = text.split(":")
    total = int(hours) * 60 + int(minutes)
    if total > MINUTES_PER_DAY:
        raise ValueError(f"{text} is after the end of the day (24:00)")
    return total


def parse_hours(text: str) -> tuple[Opening, ...]:
    """Read opening hours: `Mon-Fri 08:00-17:30`, `Sat,Sun 09:00-12:00, 13:00-16:00`, `24/7`.

    Without days (or with `daily`) every day is meant. Hours that end before they begin go on
    after midnight and become two openings. Raises ValueError with what is wrong.
    """
    text = text.strip()
    if text == "24/7":
        return (Opening(_ALL_DAYS, 0, MINUTES_PER_DAY),)
    found = _HOURS.fullmatch(text)
    if found is None:
        raise ValueError("opening hours are written like Mon-Fri 08:00-17:30")
    days = _parse_days(found["days"].strip())
    openings: list[Opening] = []
    for written in found["spans"].split(","):
        span = _SPAN.fullmatch(written.strip())
        if span is None:
            raise ValueError(f"{written.strip()!r} is not a span of time (08:00-17:30)")
        openings += _openings(days, parse_time(span[1]), parse_time(span[2]))
    return tuple(openings)


def _openings(days: frozenset[int], start: int, end: int) -> Iterator[Opening]:
    if start in (end, MINUTES_PER_DAY):
        raise ValueError("hours that end when they begin are empty; the whole day is 00:00-24:00")
    if start < end:
        yield Opening(days, start, end)
        return
    yield Opening(days, start, MINUTES_PER_DAY)
    if end:
        yield Opening(frozenset((day + 1) % 7 for day in days), 0, end)


def _parse_days(text: str) -> frozenset[int]:
    if text.lower() in ("", "daily"):
        return _ALL_DAYS
    days: set[int] = set()
    for part in text.split(","):
        first, dash, last = (each.strip() for each in part.partition("-"))
        start = _weekday(first)
        end = _weekday(last) if dash else start
        days.update((start + step) % 7 for step in range((end - start) % 7 + 1))
    return frozenset(days)


def _weekday(text: str) -> int:
    day = _DAYS_BY_NAME.get(text.lower())
    if day is None:
        raise ValueError(f"{text!r} is not a day of the week ({', '.join(DAY_NAMES)})")
    return day


def canonical(openings: Iterable[Opening]) -> tuple[Opening, ...]:
    """Return the same hours in their one form: equal hours, equal tuples.

    Spans of a day that touch are joined, days with the same span are put together, and all is
    sorted by days and times. Hours do not join over midnight.
    """
    by_day: dict[int, list[list[int]]] = {day: [] for day in range(7)}
    for days, start, end in sorted(openings, key=lambda each: (each.start, each.end)):
        for day in days:
            spans = by_day[day]
            if spans and start <= spans[-1][1]:
                spans[-1][1] = max(spans[-1][1], end)
            else:
                spans.append([start, end])
    together: dict[tuple[int, int], set[int]] = {}
    for day, spans in by_day.items():
        for start, end in spans:
            together.setdefault((start, end), set()).add(day)
    ordered = sorted((sorted(days), *span) for span, days in together.items())
    return tuple(Opening(frozenset(days), start, end) for days, start, end in ordered)


def overlap(openings: Sequence[Opening]) -> tuple[int, int] | None:
    """Return the indexes of the first two openings that share time on a day, or None."""
    for later, opening in enumerate(openings):
        for earlier in range(later):
            other = openings[earlier]
            if (
                opening.start < other.end
                and other.start < opening.end
                and not opening.days.isdisjoint(other.days)
            ):
                return earlier, later
    return None
