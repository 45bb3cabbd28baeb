"""Schedules: a time group with the hours and a time condition with the ways. Pure.

A time group knows days of the week and times of day, and days of a month without a year: days that
are closed every year are left out of it (`year`). Who is always open but for such days has a group
that names them, as people make it for holidays: there the two ways are exchanged.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from reconciler.adapters.freepbx import (
    destinations,
    year,
)
from reconciler.adapters.freepbx.forms import Changes
from reconciler.adapters.freepbx.names import Names
from reconciler.adapters.freepbx.words import Unspeakable, Words
from reconciler.kinds.days import YEAR, yearly_ranges
from reconciler.kinds.hours import MINUTES_PER_DAY, Opening, canonical, parse_hours
from reconciler.model.value import Fields
from reconciler.transport.html import Form

_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TIME: Final = re.compile(r"times\[(\w+)\]\[(\w+)\]")
_END: Final = MINUTES_PER_DAY - 1
"""A day ends at 23:59 there, at 24:00 here."""
HOURS: Final = frozenset({"open", "closed_days"})
"""Fields that stand in the time group."""
WAYS: Final = frozenset({"open_to", "closed_to"})
ALL_WEEK: Final = (str(Opening(frozenset(range(7)), 0, MINUTES_PER_DAY)),)
_WAY: Final = re.compile(r"(goto|[A-Z][A-Za-z_]*)([01])")


class Hours(NamedTuple):
    """What a time group says: when it is open, and the days of every year when it is not.

    `exchanged` groups name the days that are closed, and match on those.
    """

    open: list[str]
    closed_days: list[str]
    exchanged: bool = False

    def changed(self, fields: Fields) -> "Hours":
        """Return them with what changes."""
        if not HOURS & fields.keys():
            return self
        opened, closed = fields.get("open", self.open), fields.get("closed_days", self.closed_days)
        always = tuple(opened or ()) == ALL_WEEK and bool(closed)
        return Hours(opened or [], closed or [], exchanged=always)


NO_HOURS: Final = Hours([], [])


def from_row(row: Mapping[str, Any], hours: Form | None, words: Words) -> None:
    """Read a row of the grid and its time group's form. Raises Unspeakable."""
    mode = str(row.get("mode") or "time-group")
    if mode != "time-group":
        raise Unspeakable(f"its hours come from a {mode}")
    if hours is None:
        raise Unspeakable("it has no time group")
    told = hours_of(hours)
    words.fields |= {"open": told.open, "closed_days": told.closed_days}
    matching, other = ("closed_to", "open_to") if told.exchanged else ("open_to", "closed_to")
    words.destination(matching, str(row.get("truegoto") or ""), required=True)
    words.destination(other, str(row.get("falsegoto") or ""), required=True)
    zone = str(row.get("timezone") or "default")
    words.fields["timezone"] = words.names.zone if zone == "default" else zone


def hours_of(form: Form) -> Hours:
    """Return the hours of a time group's form. Raises Unspeakable."""
    rows: dict[str, dict[str, str]] = {}
    for name, value in form.pairs:
        found = _TIME.fullmatch(name)
        if found is not None:
            rows.setdefault(found[1], {})[found[2]] = value
    openings = [(_opening(row), row) for row in rows.values()]
    if not openings:
        raise Unspeakable("its time group is empty")
    if all(year.is_any(row) for _, row in openings):
        return Hours(_canonical(each for each, _ in openings), [])
    return _in_a_year([(each, year.days_in(row)) for each, row in openings])


def _in_a_year(openings: list[tuple[Opening, frozenset[int]]]) -> Hours:
    """Return hours that do not hold on every day. Raises Unspeakable."""
    open_on = frozenset(each for _, days in openings for each in days)
    closed = frozenset(range(len(YEAR))) - open_on
    together = {
        frozenset(each for each, days in openings if day in days) for day in open_on
    }  # fmt: skip
    weeks = {tuple(_canonical(each)) for each in together}
    if len(weeks) > 1:
        raise Unspeakable("its time group has other hours on some days of a month")
    week = weeks.pop()
    if len(closed) <= len(YEAR) // 2:
        return Hours(list(week), [str(each) for each in yearly_ranges(closed)])
    if week != ALL_WEEK:
        raise Unspeakable("its time group names hours of some days of a month")
    return Hours(list(week), [str(each) for each in yearly_ranges(open_on)], exchanged=True)


def _canonical(openings: Iterable[Opening]) -> list[str]:
    return [str(each) for each in canonical(openings)]


def _opening(row: Mapping[str, str]) -> Opening:
    first, last = row.get("wday_start", "-"), row.get("wday_finish", "-")
    if first == "-":
        days = frozenset(range(7))
    else:
        start = _DAYS.index(first)
        end = _DAYS.index(last) if last != "-" else start
        days = frozenset((start + each) % 7 for each in range((end - start) % 7 + 1))
    begin = _minute(row.get("hour_start", "-"), row.get("minute_start", "-"), 0)
    finish = _minute(row.get("hour_finish", "-"), row.get("minute_finish", "-"), _END)
    finish = MINUTES_PER_DAY if finish == _END else finish
    if finish <= begin:
        raise Unspeakable("its time group goes over midnight")
    return Opening(days, begin, finish)


def _minute(hour: str, minute: str, default: int) -> int:
    if hour == "-":
        return default
    return int(hour) * 60 + (int(minute) if minute != "-" else 0)


def group_form(hours: Hours, form: Form) -> Changes:
    """Return what makes a time group's form hold these hours, and no others."""
    sent: dict[str, list[str] | None] = {
        name: None for name in form.names() if _TIME.fullmatch(name)
    }
    number = 0
    closed = year.closed_of(hours.closed_days)
    left_out = frozenset(range(len(YEAR))) - closed if hours.exchanged else closed
    for span in year.spans_without(left_out):
        for opening in (each for text in hours.open for each in parse_hours(text)):
            for first, last in _runs(opening.days):
                told = _clock(opening) | {"wday_start": _DAYS[first], "wday_finish": _DAYS[last]}
                for name, value in (told | span._asdict()).items():
                    sent[f"times[{number}][{name}]"] = [value]
                number += 1
    return sent


def _clock(opening: Opening) -> dict[str, str]:
    end = min(opening.end, _END)
    return {
        "hour_start": f"{opening.start // 60:02}",
        "minute_start": f"{opening.start % 60:02}",
        "hour_finish": f"{end // 60:02}",
        "minute_finish": f"{end % 60:02}",
    }


def _runs(days: Iterable[int]) -> list[tuple[int, int]]:
    """Return days of the week as ranges."""
    found: list[tuple[int, int]] = []
    for day in sorted(days):
        if found and found[-1][1] == day - 1:
            found[-1] = (found[-1][0], day)
        else:
            found.append((day, day))
    return found


def to_form(changed: Fields, form: Form, names: Names) -> Changes:
    """Return what makes a time condition's form hold these fields, but for the hours."""
    sent: dict[str, list[str] | None] = {}
    for path, value in changed.items():
        match path:
            case "open_to":
                sent |= destinations.to_form(destinations.write(value, names), "0")
            case "closed_to":
                sent |= destinations.to_form(destinations.write(value, names), "1")
            case "timezone":
                sent["timezone"] = [
                    "default" if value is None or value == names.zone else str(value)
                ]
    return sent


def exchanged(changes: Changes) -> Changes:
    """Return changes of a time condition with its two ways exchanged."""
    other = {"0": "1", "1": "0"}
    return {
        f"{found[1]}{other[found[2]]}" if (found := _WAY.fullmatch(name)) else name: values
        for name, values in changes.items()
    }


def ways_exchanged(form: Form) -> Changes:
    """Return what exchanges the ways that a time condition has."""
    first, second = destinations.in_form(form, "0"), destinations.in_form(form, "1")
    return {**destinations.to_form(second, "0"), **destinations.to_form(first, "1")}


def fresh(key: str) -> Changes:
    """Return what an empty form needs besides."""
    return {"displayname": [key], "mode": ["time-group"]}
