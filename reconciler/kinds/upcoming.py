"""What holds at a moment, and when hours begin or end next: by the wall clock of a zone. Pure.

A moment is turned into the wall clock of the zone, which is the direction that is always defined. A
time that the clocks skip (02:30 in spring) simply never comes; one that they repeat counts twice.

For what comes next, only moments at which something can begin are looked at, and `state_at` judges
each of them.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

from reconciler.kinds.days import ClosedDay
from reconciler.kinds.hours import Opening

_AHEAD_DAYS: Final = 9
"""Hours come back every week: what does not change in so many days never does."""
_QUARTER: Final = timedelta(minutes=15)
"""All zones put their clocks forward and back at quarters of an hour of UTC."""


def state_at(
    openings: Sequence[Opening], closed: Iterable[ClosedDay], timezone: str, moment: datetime
) -> Literal["open", "closed", "holiday"]:
    """Return the state of a schedule at a moment (aware), by the wall clock of its time zone."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs its time zone")
    local = moment.astimezone(ZoneInfo(timezone))
    today, minute = local.date(), local.hour * 60 + local.minute
    if any(each.day == today and each.start <= minute < each.end for each in closed):
        return "holiday"
    weekday = today.weekday()
    if any(weekday in each.days and each.start <= minute < each.end for each in openings):
        return "open"
    return "closed"


def next_change(
    openings: Sequence[Opening], timezone: str, moment: datetime, to: Literal["open", "closed"]
) -> datetime | None:
    """Return when, after a moment, hours open (or close) next, in the zone; None for never."""
    zone = ZoneInfo(timezone)
    was = state_at(openings, (), timezone, moment)
    for each in sorted(set(_candidates(openings, zone, moment))):
        if each <= moment:
            continue
        now = state_at(openings, (), timezone, each)
        if now == to and was != to:
            return each.astimezone(zone)
        was = now
    return None


def _candidates(
    openings: Sequence[Opening], zone: ZoneInfo, moment: datetime
) -> Iterator[datetime]:
    start = moment.astimezone(UTC)
    first = start.replace(minute=0, second=0, microsecond=0)
    for step in range(_AHEAD_DAYS * 24 * 4):
        yield first + step * _QUARTER
    today = moment.astimezone(zone).date()
    minutes = {each for opening in openings for each in (opening.start, opening.end)}
    for day in range(_AHEAD_DAYS):
        midnight = datetime.combine(today + timedelta(days=day), datetime.min.time())
        for minute in minutes:
            wall = midnight + timedelta(minutes=minute)
            for fold in (0, 1):
                yield wall.replace(tzinfo=zone, fold=fold).astimezone(UTC)
