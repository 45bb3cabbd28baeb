"""Time zones as phones want them: an offset, and when summer time begins and ends. Pure.

IANA's compiled zones end with the rule that holds from now on, as a POSIX TZ text
(`CET-1CEST,M3.5.0,M10.5.0/3`, RFC 8536 section 3.3). The zones come with the tzdata package, so
every machine renders the same bytes.
"""

import re
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from reconciler.phonefiles.sheet import NotHeld


class Change(NamedTuple):
    """When clocks change: the week (5 is the last) of a month, a weekday (0 is Sunday), a time.

    `seconds` count from local midnight and may exceed a day or lie before it.
    """

    month: int
    week: int
    weekday: int
    seconds: int

    @property
    def hour(self) -> int:
        """The full hour. Raises NotHeld where the change is not on one, or on another day."""
        if self.seconds % 3600 or not 0 <= self.seconds < 86400:
            raise NotHeld("its summer time does not begin or end on a full hour of the day")
        return self.seconds // 3600


class Zone(NamedTuple):
    """A time zone: standard offset east of Greenwich, what summer time adds, when it holds."""

    name: str
    standard: str
    offset_s: int
    summer: str = ""
    saving_s: int = 0
    start: Change | None = None
    end: Change | None = None


_IANA = re.compile(r"[A-Za-z0-9_+-]+(?:/[A-Za-z0-9_+-]+)*")
_NAME = r"(<[^>]+>|[A-Za-z]{3,})"
_TIME = r"([+-]?\d{1,3}(?::\d{2}){0,2})"
_RULE = re.compile(rf"{_NAME}{_TIME}(?:{_NAME}{_TIME}?,(.+),(.+))?")
_CHANGE = re.compile(rf"M(\d+)\.(\d)\.(\d)(?:/{_TIME})?")


@cache
def zone(name: str) -> Zone:
    """Return a zone by its IANA name. Raises NotHeld when its rule cannot be told to a phone."""
    if not _IANA.fullmatch(name):  # it becomes a path
        raise NotHeld(f"there is no time zone {name}")
    compiled = files("tzdata").joinpath("zoneinfo").joinpath(*name.split("/"))
    try:
        footer = compiled.read_bytes().rstrip(b"\n").rpartition(b"\n")[2].decode("ascii")
    except (OSError, UnicodeDecodeError) as failure:
        raise NotHeld(f"there is no time zone {name}") from failure
    found = _RULE.fullmatch(footer)
    if found is None:
        raise NotHeld(f"the rule of {name} ({footer}) is not one that phones know")
    standard, offset, summer, summer_offset, start, end = found.groups()
    offset_s = -_seconds(offset)
    if summer is None:
        return Zone(name, standard.strip("<>"), offset_s)
    saving = (-_seconds(summer_offset) if summer_offset else offset_s + 3600) - offset_s
    begins, ends = _change(start, name), _change(end, name)
    if saving < 0:  # Ireland's law: winter time is the exception; phones count the other way round
        standard, summer, begins, ends = summer, standard, ends, begins
        offset_s, saving = offset_s + saving, -saving
    return Zone(
        name, standard.strip("<>"), offset_s, summer.strip("<>"), saving, begins, ends
    )  # fmt: skip


def _change(text: str, name: str) -> Change:
    found = _CHANGE.fullmatch(text)
    if found is None:
        raise NotHeld(f"the rule of {name} ({text}) is not one that phones know")
    month, week, weekday, time = found.groups()
    return Change(int(month), int(week), int(weekday), _seconds(time) if time else 7200)


def _seconds(text: str) -> int:
    sign = -1 if text.startswith("-") else 1
    parts = [int(each) for each in text.lstrip("+-").split(":")]
    return sign * sum(part * unit for part, unit in zip(parts, (3600, 60, 1), strict=False))


def posix(name: str) -> str:
    """Return a zone as a POSIX TZ text with offsets and times written out.

    `CET-1CEST-2,M3.5.0/02:00:00,M10.5.0/03:00:00`: the form of Grandstream's own list
    (grandstream.md, B, Device P-values, P64 and P246).
    """
    found = zone(name)
    text = f"{_letters(found.standard)}{_offset(-found.offset_s)}"
    if found.start is None or found.end is None:
        return text
    summer = f"{_letters(found.summer)}{_offset(-found.offset_s - found.saving_s)}"
    return f"{text}{summer},{_written(found.start)},{_written(found.end)}"


def _letters(name: str) -> str:
    """Zones without letters of their own (`+03`) get made-up ones: phones read no digits there."""
    return name if name.isalpha() else "LCL"


def _offset(seconds: int) -> str:
    hours, rest = divmod(abs(seconds), 3600)
    sign = "-" if seconds < 0 else "+" if seconds == 0 else ""
    return f"{sign}{hours}" + (f":{rest // 60:02}" if rest else "")


def _written(change: Change) -> str:
    return f"M{change.month}.{change.week}.{change.weekday}/{change.hour:02}:00:00"
