"""Schedules: a time group with the hours and a time condition with the ways. Pure.

A time group knows days of the week and times of day, and days of a month without a year.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from reconciler.adapters.freepbx import destinations
from reconciler.adapters.freepbx.forms import Changes
from reconciler.adapters.freepbx.names import Names
from reconciler.adapters.freepbx.words import Unspeakable, Words
from reconciler.kinds.hours import MINUTES_PER_DAY, Opening, canonical, parse_hours
from reconciler.model.value import Fields
from reconciler.transport.html import Form

_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TIME: Final = re.compile(r"times\[(\w+)\]\[(\w+)\]")
_END: Final = MINUTES_PER_DAY - 1
"""A day ends at 23:59 there, at 24:00 here."""


def from_row(row: Mapping[str, Any], hours: Form | None, words: Words) -> None:
    """Read a row of the grid and its time group's form. Raises Unspeakable."""
    mode = str(row.get("mode") or "time-group")
    if mode != "time-group":
        raise Unspeakable(f"its hours come from a {mode}")
    if hours is None:
        raise Unspeakable("it has no time group")
    words.fields["open"] = hours_of(hours)
    words.destination("open_to", str(row.get("truegoto") or ""), required=True)
    words.destination("closed_to", str(row.get("falsegoto") or ""), required=True)
    zone = str(row.get("timezone") or "default")
    words.fields["timezone"] = words.names.zone if zone == "default" else zone


def hours_of(form: Form) -> list[str]:
    """Return the hours of a time group's form. Raises Unspeakable."""
    rows: dict[str, dict[str, str]] = {}
    for name, value in form.pairs:
        found = _TIME.fullmatch(name)
        if found is not None:
            rows.setdefault(found[1], {})[found[2]] = value
    openings = [_opening(row) for row in rows.values()]
    if not openings:
        raise Unspeakable("its time group is empty")
    return [str(each) for each in canonical(openings)]


def _opening(row: Mapping[str, str]) -> Opening:
    if any(row.get(each, "-") != "-" for each in ("mday_start", "mday_finish", "month_start",
                                                   "month_finish")):  # fmt: skip
        raise Unspeakable("its time group names days of a month")
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


def group_form(texts: Iterable[str], form: Form) -> Changes:
    """Return what makes a time group's form hold these hours, and no others."""
    sent: dict[str, list[str] | None] = {
        name: None for name in form.names() if _TIME.fullmatch(name)
    }
    number = 0
    for text in texts:
        for opening in parse_hours(text):
            for first, last in _runs(opening.days):
                end = min(opening.end, _END)
                told = {
                    "hour_start": f"{opening.start // 60:02}",
                    "minute_start": f"{opening.start % 60:02}",
                    "hour_finish": f"{end // 60:02}",
                    "minute_finish": f"{end % 60:02}",
                    "wday_start": _DAYS[first],
                    "wday_finish": _DAYS[last],
                    "mday_start": "-",
                    "mday_finish": "-",
                    "month_start": "-",
                    "month_finish": "-",
                }
                for name, value in told.items():
                    sent[f"times[{number}][{name}]"] = [value]
                number += 1
    return sent


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


def fresh(key: str) -> Changes:
    """Return what an empty form needs besides."""
    return {"displayname": [key], "mode": ["time-group"]}
