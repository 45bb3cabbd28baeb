"""Opening hours as Asterisk judges them, against what we say: any zone, around changes of clocks.

A sample; with RECONCILER_TEST_EVERY=1 all zones that there are, at many more moments (two minutes).
Until 2036: after that the zone files of Asterisk's host hold rules alone, of which it does not read
all (America/Nuuk changes before midnight).
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

from pydantic import ValidationError

from reconciler.kinds.calendar import Calendar
from reconciler.kinds.days import ClosedDay, expand_days, parse_days
from reconciler.kinds.schedule import Schedule
from reconciler.kinds.upcoming import state_at
from tests.real.asking import append, ask, be_quiet
from tests.real.asterisk.instance import Asterisk
from tests.real.dialplan_lab import load

EVERY = os.environ.get("RECONCILER_TEST_EVERY") == "1"
SEED = int(os.environ.get("RECONCILER_TEST_SEED", "1"))

ZONES = (
    "Europe/Zurich", "America/New_York", "Australia/Lord_Howe", "America/Sao_Paulo",
    "Asia/Kathmandu", "Pacific/Apia", "America/Santiago", "Africa/Casablanca", "Etc/GMT+5",
    "Etc/GMT-14", "UTC", "Europe/Dublin", "America/St_Johns", "Pacific/Chatham", "Africa/Cairo",
    "Asia/Gaza", "America/Nuuk",
)  # fmt: skip
FIRST, LAST = 2014, 2036
DAYS = ("Mon-Fri", "Sat,Sun", "Sun-Tue", "daily", "Fri-Mon", "Sun", "Sat", "Wed")
TIMES = (
    "00:00", "24:00", "00:01", "23:59", "00:30", "01:00", "01:30", "02:00", "02:15", "02:30",
    "03:00", "08:00", "12:00", "22:00", "23:30",
)  # fmt: skip
CLOSED = (
    "12-25", "02-29", "12-24..01-02", "02-27..02-29", "02-29..03-02", "01-01..12-31",
    "02-28..03-01 00:00-01:30", "03-29 01:00-24:00", "2028-02-28..2028-03-01",
    "2027-12-30..2028-01-02 12:00-24:00", "2028-02-29", "2026-10-25 01:00-02:30",
)  # fmt: skip
CALENDARS = (
    {"country": "CH", "subdivision": "ZH", "years": ["2026-2028"]},
    {"country": "US", "subdivision": "NY", "years": ["2026-2028"]},
    {"country": "GB", "years": ["2027", "2028"], "days": ["12-24 13:00-24:00", "02-29"]},
)
NEAR_S = (
    -86400, -5400, -3600, -1801, -1800, -60, -1, 0, 1, 59, 1799, 1800, 3599, 3600, 5400, 7200,
    86400,
)  # fmt: skip
MIDNIGHTS = (
    (2023, 12, 31), (2024, 2, 29), (2026, 1, 1), (2026, 3, 1), (2027, 2, 28), (2028, 2, 29),
    (2028, 3, 1), (2026, 12, 24), (2027, 12, 25), (2028, 1, 2), (2028, 1, 3),
)  # fmt: skip


def test_open_closed_or_holiday(asterisk: Asterisk) -> None:
    rnd = random.Random(SEED)
    zones = sorted(available_timezones()) if EVERY else ZONES
    schedules = {f"s{n}": _schedule(zone, rnd) for n, zone in enumerate(zones)}
    moments = {
        name: _moments(str(made.timezone), rnd, 300 if EVERY else 60)
        for name, made in schedules.items()
    }
    load(asterisk, {f"schedule/{name}": _fields(made) for name, made in schedules.items()})
    be_quiet(asterisk)
    told = ask(asterisk, {name: _steps(name, each) for name, each in moments.items()})
    wrong = [
        f"{moment.astimezone(ZoneInfo(str(made.timezone)))} ({made.timezone}): "
        f"Asterisk says {theirs}, we say {ours}; open {made.open}, closed {made.closed_days}"
        for name, made in schedules.items()
        for moment, ours, theirs in zip(
            moments[name], _judged(made, moments[name]), told[name], strict=True
        )
        if ours != theirs
    ]
    assert wrong == [], f"RECONCILER_TEST_SEED={SEED}: {len(wrong)} differ"
    assert set("".join(told.values())) == set("och")


def _schedule(zone: str, rnd: random.Random) -> Schedule:
    while True:
        spans = [f"{rnd.choice(TIMES)}-{rnd.choice(TIMES)}" for _ in range(rnd.randint(1, 3))]
        closed = rnd.sample(CLOSED, 3)
        for calendar in rnd.sample(CALENDARS, 1):
            closed += map(str, Calendar.model_validate(calendar).closed_days())
        changes = list(_changes(zone))
        for change in rnd.sample(changes, min(3, len(changes))):
            day = change.astimezone(ZoneInfo(zone)).date().isoformat()
            closed.append(day + rnd.choice(("", " 00:00-01:30", " 01:00-24:00")))
        try:
            return Schedule.model_validate(
                {
                    "open": [f"{rnd.choice(DAYS)} {span}" for span in spans],
                    "closed_days": [each for each in closed if rnd.random() < 0.8],
                    "timezone": zone, "open_to": "hangup", "closed_to": "hangup",
                }
            )  # fmt: skip
        except ValidationError:
            continue  # hours that overlap, or are empty


def _fields(made: Schedule) -> dict[str, object]:
    return {
        "timezone": made.timezone, "open": made.open, "closed_days": made.closed_days,
        "open_to": "hangup", "closed_to": "hangup",
    }  # fmt: skip


def _changes(zone: str) -> Iterator[datetime]:
    """Yield the moments, to a minute, at which a zone's clocks change."""
    info = ZoneInfo(zone)
    at, end = datetime(FIRST, 1, 1, tzinfo=UTC), datetime(LAST, 12, 31, tzinfo=UTC)
    while at < end:
        after = at + timedelta(days=5)
        was = at.astimezone(info).utcoffset()
        low, high = at, after
        while after.astimezone(info).utcoffset() != was and high - low > timedelta(minutes=1):
            middle = low + (high - low) // 2
            low, high = (
                (middle, high) if middle.astimezone(info).utcoffset() == was else (low, middle)
            )
        if after.astimezone(info).utcoffset() != was:
            yield high.replace(second=0, microsecond=0)
        at = after


def _moments(zone: str, rnd: random.Random, number: int) -> list[datetime]:
    found = [change + timedelta(seconds=near) for change in _changes(zone) for near in NEAR_S]
    found = rnd.sample(found, min(len(found), number))
    for day in MIDNIGHTS:
        midnight = datetime(*day, tzinfo=ZoneInfo(zone)).astimezone(UTC)
        found += [midnight + timedelta(seconds=each) for each in (-60, -1, 0, 59, 60, 43200)]
    start = datetime(FIRST, 1, 1, tzinfo=UTC)
    span_s = int((datetime(LAST, 12, 31, tzinfo=UTC) - start).total_seconds())
    return found + [start + timedelta(seconds=rnd.randrange(span_s)) for _ in range(20)]


def _steps(name: str, moments: list[datetime]) -> Iterator[str]:
    for moment in moments:
        yield f"Set(REC_TIME={int(moment.timestamp())})"
        yield f"Gosub(rec-schedule-{name},state,1)"
        yield append("${GOSUB_RETVAL:0:1}")


def _judged(made: Schedule, moments: list[datetime]) -> Iterator[str]:
    closed: list[ClosedDay] = [
        day
        for text in made.closed_days
        for day in expand_days(parse_days(text), range(FIRST - 1, LAST + 2))
    ]
    for moment in moments:
        yield state_at(made.openings(), closed, str(made.timezone), moment)[0]
