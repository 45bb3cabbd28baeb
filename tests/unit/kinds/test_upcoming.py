"""When hours begin and end next, also on the days on which the clocks change."""

from datetime import UTC, datetime

import pytest

from reconciler.kinds.hours import parse_hours
from reconciler.kinds.upcoming import next_change

LONDON, NEW_YORK = "Europe/London", "America/New_York"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(
    ("hours", "zone", "moment", "opens", "closes"),
    [
        # An ordinary evening, by the site's own clock.
        ("Mon-Fri 22:00-23:30", NEW_YORK, "2026-11-24T12:00-05:00",
         "2026-11-24T22:00-05:00", "2026-11-24T23:30-05:00"),
        # Over the weekend, and over midnight.
        ("Mon-Fri 22:00-02:00", LONDON, "2026-11-28T15:00+00:00",
         "2026-11-30T22:00+00:00", "2026-12-01T02:00+00:00"),
        # Spring: 01:00 to 02:00 does not come on that Sunday. The rest of the hours does.
        ("Sun 01:30-03:00", LONDON, "2026-03-29T00:30+00:00",
         "2026-03-29T02:00+01:00", "2026-03-29T03:00+01:00"),
        # Wholly inside of the hour that is skipped: only a week later.
        ("Sun 01:15-01:45", LONDON, "2026-03-29T00:30+00:00",
         "2026-04-05T01:15+01:00", "2026-04-05T01:45+01:00"),
        # Autumn: 01:00 to 02:00 comes twice, and both count.
        ("Sun 01:00-02:00", LONDON, "2026-10-25T00:30+01:00",
         "2026-10-25T01:00+01:00", "2026-10-25T02:00+00:00"),
        # 22:00 is 22:00 before and after the change, an hour apart in UTC.
        ("daily 22:00-23:00", NEW_YORK, "2026-11-01T12:00-05:00",
         "2026-11-01T22:00-05:00", "2026-11-01T23:00-05:00"),
        ("daily 22:00-23:00", NEW_YORK, "2026-10-31T12:00-04:00",
         "2026-10-31T22:00-04:00", "2026-10-31T23:00-04:00"),
    ],
)  # fmt: skip
def test_next(hours: str, zone: str, moment: str, opens: str, closes: str) -> None:
    openings = parse_hours(hours)
    begins = next_change(openings, zone, at(moment), "open")
    ends = next_change(openings, zone, at(opens), "closed")
    assert begins is not None
    assert ends is not None
    assert (begins.astimezone(UTC), ends.astimezone(UTC)) == (at(opens), at(closes))


def test_inside_of_the_hours_the_next_ones_are_meant() -> None:
    found = next_change(parse_hours("daily 22:00-23:00"), LONDON, at("2026-01-05T22:30Z"), "open")
    assert found == at("2026-01-06T22:00Z")


def test_what_is_always_open_neither_opens_nor_closes() -> None:
    now = at("2026-01-05T22:30Z")
    assert next_change(parse_hours("24/7"), LONDON, now, "open") is None
    assert next_change(parse_hours("24/7"), LONDON, now, "closed") is None
