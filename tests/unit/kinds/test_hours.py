"""Opening hours and calendars: what they mean, on the days the clocks change and in leap years."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.kinds import KINDS
from reconciler.kinds.days import (
    ClosedDay,
    expand_calendar,
    expand_days,
    parse_days,
    public_holidays,
)
from reconciler.kinds.hours import (
    MINUTES_PER_DAY,
    Opening,
    canonical,
    overlap,
    parse_hours,
    parse_time,
    show_days,
    show_time,
)
from reconciler.kinds.schedule import Schedule
from reconciler.kinds.upcoming import state_at

WORKDAYS = frozenset(range(5))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mon-Fri 08:00-17:30", ["Mon-Fri 08:00-17:30"]),
        ("mon-fri 8:00 - 12:00, 13:00-17:30", ["Mon-Fri 08:00-12:00", "Mon-Fri 13:00-17:30"]),
        ("Saturday, Sunday 09:00-12:00", ["Sat-Sun 09:00-12:00"]),
        ("Mo,We,Fr 09:00-12:00", ["Mon,Wed,Fri 09:00-12:00"]),
        ("Fri-Mon 09:00-10:00", ["Mon,Fri-Sun 09:00-10:00"]),
        ("09:00-10:00", ["Mon-Sun 09:00-10:00"]),
        ("daily 00:00-24:00", ["Mon-Sun 00:00-24:00"]),
        ("24/7", ["Mon-Sun 00:00-24:00"]),
        ("Fri 22:00-06:00", ["Fri 22:00-24:00", "Sat 00:00-06:00"]),
        ("Sun 22:00-00:00", ["Sun 22:00-24:00"]),
    ],
)
def test_hours(text: str, expected: list[str]) -> None:
    assert [str(each) for each in parse_hours(text)] == expected


@pytest.mark.parametrize(
    "text",
    ["", "Mon-Fri", "Mon 8-17", "Mon 08:00-08:00", "Mon 24:00-08:00", "Mon 08:60-09:00",
     "Mon 08:00-24:30", "Foo 08:00-09:00", "Mon- 08:00-09:00", "Mon 08:00-09:00,", "08:00",
     "Mon 08:00-09:00 10:00-11:00"],
)  # fmt: skip
def test_hours_that_mean_nothing(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        parse_hours(text)


@given(st.integers(0, MINUTES_PER_DAY))
def test_times_are_read_as_they_are_shown(minutes: int) -> None:
    assert parse_time(show_time(minutes)) == minutes


OPENINGS = st.lists(
    st.builds(
        lambda days, ends: Opening(days, min(ends), max(ends)),
        st.frozensets(st.integers(0, 6), min_size=1),
        st.tuples(st.integers(0, 1440), st.integers(0, 1440)).filter(
            lambda pair: pair[0] != pair[1]
        ),
    ),
    max_size=6,
)


def _minutes(openings: object) -> set[tuple[int, int]]:
    assert isinstance(openings, (list, tuple))
    return {
        (day, minute)
        for each in openings
        for day in each.days
        for minute in range(each.start, each.end)
    }


@settings(max_examples=50, deadline=None)
@given(OPENINGS)
def test_the_one_form_of_hours_means_the_same_and_is_unique(openings: list[Opening]) -> None:
    once = canonical(openings)
    assert _minutes(once) == _minutes(openings)
    assert canonical(once) == once
    assert canonical(reversed(openings)) == once
    assert overlap(once) is None
    assert [each for text in map(str, once) for each in parse_hours(text)] == list(once)


@given(st.frozensets(st.integers(0, 6), min_size=1))
def test_days_of_the_week_are_read_as_they_are_shown(days: frozenset[int]) -> None:
    assert parse_hours(f"{show_days(days)} 08:00-09:00") == (Opening(days, 480, 540),)


def test_overlaps() -> None:
    assert overlap(parse_hours("Mon 08:00-12:00, 12:00-13:00")) is None
    assert overlap(parse_hours("Mon 08:00-12:00") + parse_hours("Tue 08:00-12:00")) is None
    assert overlap(parse_hours("Mon 08:00-12:00") + parse_hours("Mon-Fri 11:59-13:00")) == (0, 1)


def _days(text: str, *years: int) -> list[str]:
    return [str(each) for each in expand_days(parse_days(text), years)]


def test_days() -> None:
    assert _days("2026-11-26") == ["2026-11-26"]
    assert _days("2026-12-24 13:00-24:00") == ["2026-12-24 13:00-24:00"]
    assert _days("2026-12-30..2027-01-02") == [
        "2026-12-30", "2026-12-31", "2027-01-01", "2027-01-02",
    ]  # fmt: skip
    assert _days("12-25", 2027, 2026) == ["2026-12-25", "2027-12-25"]
    assert _days("12-31..01-01", 2026) == ["2026-12-31", "2027-01-01"]


def test_leap_days() -> None:
    assert _days("2028-02-29") == ["2028-02-29"]
    assert _days("02-29", 2027, 2028, 2100) == ["2028-02-29"]
    assert _days("02-28..03-01", 2027) == ["2027-02-28", "2027-03-01"]
    assert _days("02-28..03-01", 2028) == ["2028-02-28", "2028-02-29", "2028-03-01"]
    assert _days("02-29..03-02", 2027) == ["2027-03-01", "2027-03-02"]
    assert _days("02-27..02-29", 2027) == ["2027-02-27", "2027-02-28"]


@pytest.mark.parametrize(
    "text",
    ["", "2027-02-29", "2026-13-01", "13-01", "02-30", "2026-12-24..12-26", "12-24..2026-12-26",
     "2026-12-26..2026-12-24", "2026-12-24 13:00", "2026-12-24 22:00-06:00", "2026-12-24T13:00",
     "2026-12-24 08:00-08:00", "26-12-2026"],
)  # fmt: skip
def test_days_that_do_not_exist(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        parse_days(text)


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.integers(0, 400))
def test_ranges_have_every_day_once(first: date, length: int) -> None:
    last = first + timedelta(days=length)
    found = list(expand_days(parse_days(f"{first}..{last}"), []))
    assert [each.day for each in found] == [first + timedelta(days=n) for n in range(length + 1)]


def test_public_holidays() -> None:
    found = {str(each.day): each.name for each in public_holidays("US", None, [2026])}
    assert found["2026-11-26"] == "Thanksgiving Day"
    assert "2026-07-03" in found, "the observed day"
    plain = [str(each.day) for each in public_holidays("US", None, [2026], observed=False)]
    assert "2026-07-03" not in plain
    assert {each.day.year for each in public_holidays("GB", "ENG", [2026])} == {2026}
    with pytest.raises(ValueError, match="ZZ"):
        public_holidays("ZZ", None, [2026])
    with pytest.raises(ValueError, match="US-XX"):
        public_holidays("US", "XX", [2026])


def test_a_calendars_own_days_win_over_public_holidays() -> None:
    found = expand_calendar(
        [("2026-12-24 12:00-24:00", "Eve"), ("2026-12-25 00:00-12:00", "half")],
        [2026],
        country="US",
        skip=["thanksgiving day", "2026-01-01"],
    )
    days = {str(each.day): each for each in found}
    assert days["2026-12-25"].end == 720
    assert "2026-11-26" not in days
    assert "2026-01-01" not in days
    assert list(found) == sorted(found)


def _state(moment: datetime, hours: str, zone: str, *closed: ClosedDay) -> str:
    return state_at(parse_hours(hours), closed, zone, moment)


def test_states() -> None:
    zone = ZoneInfo("America/New_York")
    monday = datetime(2026, 11, 23, 8, 0, tzinfo=zone)
    assert _state(monday, "Mon-Fri 08:00-17:00", "America/New_York") == "open"
    assert _state(monday - timedelta(seconds=1), "Mon 08:00-17:00", "America/New_York") == "closed"
    assert _state(monday.replace(hour=17), "Mon 08:00-17:00", "America/New_York") == "closed"
    eve = ClosedDay(date(2026, 12, 24), 780, 1440, "Eve")
    noon = datetime(2026, 12, 24, 12, 59, tzinfo=zone)
    assert _state(noon, "Mon-Fri 08:00-17:00", "America/New_York", eve) == "open"
    later = noon + timedelta(minutes=1)
    assert _state(later, "Mon-Fri 08:00-17:00", "America/New_York", eve) == "holiday"


def test_hours_hold_on_the_days_the_clocks_change() -> None:
    zone = "America/New_York"
    # 2026-03-08: 02:00 EST becomes 03:00 EDT. The office opens at eight by the clock on the wall.
    before = datetime(2026, 3, 8, 11, 59, tzinfo=UTC)
    assert _state(before, "Sun 08:00-10:00", zone) == "closed"
    assert _state(before + timedelta(minutes=1), "Sun 08:00-10:00", zone) == "open"
    # The hour that is skipped never comes.
    gap = [datetime(2026, 3, 8, 6, 0, tzinfo=UTC) + timedelta(minutes=n) for n in range(180)]
    assert {_state(each, "Sun 02:00-03:00", zone) for each in gap} == {"closed"}
    # The hour that comes twice (2026-11-01) counts both times.
    night = [datetime(2026, 11, 1, 4, 0, tzinfo=UTC) + timedelta(minutes=n) for n in range(300)]
    assert [_state(each, "Sun 01:00-02:00", zone) for each in night].count("open") == 120


def test_a_moment_without_time_zone_is_nothing() -> None:
    with pytest.raises(ValueError, match="time zone"):
        state_at([], [], "UTC", datetime(2026, 1, 1))  # noqa: DTZ001


def test_a_schedule_holds_its_hours_in_one_spelling() -> None:
    def hours(*texts: str) -> list[str]:
        raw = {"open": list(texts), "open_to": "queue/700", "closed_to": "hangup"}
        made = KINDS["schedule"].model_validate(raw)
        assert isinstance(made, Schedule)
        assert _minutes(made.openings()) == _minutes([e for t in texts for e in parse_hours(t)])
        return made.open

    assert hours("mon-thu 8:00-12:00", "Fri 08:00-12:00") == ["Mon-Fri 08:00-12:00"]
    assert hours("Sat 22:00-02:00") == ["Sat 22:00-24:00", "Sun 00:00-02:00"]
    assert hours("Mon 08:00-12:00, 12:00-13:00") == ["Mon 08:00-13:00"]
