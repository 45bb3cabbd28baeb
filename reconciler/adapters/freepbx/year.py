"""Days of a year as a time group's rows name them: months and days of the month. Pure.

A row is a span of hours that holds where weekday, day of the month and month all fit; a group is
open where any row fits. It has no rows that close, so days that are closed every year are left out
of the days on which its hours hold: closed on 25 December is January to November, 1 to 24 December
and 26 to 31 December.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from reconciler.kinds.days import YEAR, parse_days

MONTHS: Final = (
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
)  # fmt: skip
_ANY: Final = "-"
_LAST: Final = 31
"""A month's last day, whatever the month: days that it does not have never come."""


class Span(NamedTuple):
    """Months and days of the month, from first to last; `-` is any."""

    month_start: str = _ANY
    month_finish: str = _ANY
    mday_start: str = _ANY
    mday_finish: str = _ANY


def closed_of(texts: Iterable[str]) -> frozenset[int]:
    """Return the days of the year (indexes of `YEAR`) that yearly days name."""
    found: set[int] = set()
    for text in texts:
        days = parse_days(text)
        first, last = (YEAR.index(each[1:]) for each in (days.first, days.last))
        found.update((first + step) % len(YEAR) for step in range((last - first) % len(YEAR) + 1))
    return frozenset(found)


def spans_without(closed: frozenset[int]) -> list[Span]:
    """Return the spans of a year that are left when these days are closed."""
    if not closed:
        return [Span()]
    touched = {YEAR[each][0] for each in closed}
    found = [
        Span(MONTHS[first - 1], MONTHS[last - 1])
        for first, last in _runs(each for each in range(1, 13) if each not in touched)
    ]
    for month in sorted(touched):
        days = {YEAR[each][1] for each in closed if YEAR[each][0] == month}
        length = max(day for each, day in YEAR if each == month)
        for first, last in _runs(each for each in range(1, length + 1) if each not in days):
            finish = _LAST if last == length else last
            found.append(Span(MONTHS[month - 1], MONTHS[month - 1], str(first), str(finish)))
    return found


def days_in(row: Mapping[str, str]) -> frozenset[int]:
    """Return the days of the year (indexes of `YEAR`) on which a row's hours hold."""
    months = _between(row, "month", [*MONTHS])
    days = _between(row, "mday", [str(each) for each in range(1, _LAST + 1)])
    return frozenset(
        index
        for index, (month, day) in enumerate(YEAR)
        if MONTHS[month - 1] in months and str(day) in days
    )


def is_any(row: Mapping[str, str]) -> bool:
    """Whether a row holds on every day of the year."""
    return all(row.get(each, _ANY) in (_ANY, "") for each in Span._fields)


def _between(row: Mapping[str, str], what: str, words: list[str]) -> frozenset[str]:
    """Return the words from a row's first to its last one, over the end if need be."""
    first = row.get(f"{what}_start") or _ANY
    last = row.get(f"{what}_finish") or _ANY
    if first == _ANY and last == _ANY:
        return frozenset(words)
    start = words.index(first if first != _ANY else last)
    end = words.index(last) if last != _ANY else start
    return frozenset(
        words[(start + step) % len(words)] for step in range((end - start) % len(words) + 1)
    )


def _runs(numbers: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Yield numbers as ranges."""
    run: list[int] = []
    for each in sorted(numbers):
        if run and each != run[-1] + 1:
            yield run[0], run[-1]
            run = []
        run.append(each)
    if run:
        yield run[0], run[-1]
