"""Schedule: the wall clock of the schedule's zone, against its closed days and hours.

Everything is compared with one look at the clock: `STRFTIME` in the zone gives the weekday, the
time and the date together, so that midnight and the days on which the clocks change need no care.
`state` is a subroutine that answers open, closed or holiday; routes ask it as well.

To see what happens at another moment, set REC_TIME (seconds since 1970) on a test call or, for
all calls, as a global variable.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from reconciler.adapters.asterisk.carrier import (
    Carrier,
    Found,
    Number,
    Options,
    Place,
    Setup,
)
from reconciler.adapters.asterisk.dialplan import ROUND, Script, context_of, enter, goto
from reconciler.adapters.asterisk.sections import Section
from reconciler.kinds.days import DayRange, parse_days
from reconciler.kinds.hours import MINUTES_PER_DAY, Opening, parse_hours
from reconciler.model.value import Fields, Value

KIND: Final = "schedule"
DATES_PER_LINE: Final = 40


def render(key: str, fields: Fields, _setup: Setup) -> tuple[Section, ...]:
    """Return the schedule's context."""
    options = Options(KIND, fields)
    script = Script(context_of(KIND, key))
    script.exten("s", ROUND)
    script.same(f"Gosub({context_of(KIND, key)},state,1)")
    script.same("Goto(${GOSUB_RETVAL})")
    script.same(goto(options["open_to"] or "hangup"), "open")
    script.same(goto(options["closed_to"] or "hangup"), "closed")
    script.same(goto(options["holiday_to"] or options["closed_to"] or "hangup"), "holiday")
    _state(script, key, options)
    if options["override_code"]:
        _switch(script, key)
    return (script.section(),)


def _state(script: Script, key: str, options: Options) -> None:
    forced = options["override"]
    if forced != "none":
        script.exten("state", f"Return({forced})")
        return
    script.exten("state", "NoOp()")
    if options["override_code"]:
        script.same(f"Set(REC_SWITCH=${{DB(rec-{KIND}/{key})}})")
        script.same('GotoIf($["${REC_SWITCH}"=""]?hours)')
        script.same("Return(${REC_SWITCH})")
    zone = options["timezone"] or ""
    script.same('Set(REC_AT=${IF($["${REC_TIME}"=""]?${EPOCH}:${REC_TIME})})', "hours")
    script.same(f"Set(REC_NOW=${{STRFTIME(${{REC_AT}},{zone},%u%H%M%Y-%m-%d)}})")
    for test in _closings(options["closed_days"] or ()):
        script.same(f"GotoIf($[{test}]?holiday)")
    for test in _hours(options["open"] or ()):
        script.same(f"GotoIf($[{test}]?open)")
    script.same("Return(closed)")
    script.same("Return(open)", "open")
    script.same("Return(holiday)", "holiday")


_DAY: Final = "${REC_NOW:0:1}"
_TIME: Final = "${REC_NOW:1:4}"
_DATE: Final = "${REC_NOW:5}"
_YEARLY: Final = "${REC_NOW:10}"
_MONTH_DAY: Final = "${REC_NOW:10:2}${REC_NOW:13:2}"


def _span(start: int, end: int) -> str:
    tests = []
    if start > 0:
        tests.append(f"{_TIME}>={start // 60:02}{start % 60:02}")
    if end < MINUTES_PER_DAY:
        tests.append(f"{_TIME}<{end // 60:02}{end % 60:02}")
    return "".join(f" & {test}" for test in tests)


def _closings(closed_days: Sequence[str]) -> Iterator[str]:
    """Yield tests for closed days: single whole ones together, ranges and parts one by one."""
    whole: dict[str, list[str]] = {_DATE: [], _YEARLY: []}
    for text in closed_days:
        days = parse_days(text)
        now = _DATE if days.first.year else _YEARLY
        span = _span(days.start, days.end)
        if days.first != days.last:
            yield f"{_within(days)}{span}"
        elif span:
            yield f'"{now}"="{text.split()[0]}"{span}'
        else:
            whole[now].append(text)
    for now, dates in whole.items():
        for at in range(0, len(dates), DATES_PER_LINE):
            yield f'"{now}":"{"|".join(dates[at : at + DATES_PER_LINE])}"'


def _within(days: DayRange) -> str:
    """Return the test for a range of days: dates are compared as numbers, 1224 or 20261224."""
    first, last = (
        f"{'' if day.year is None else day.year}{day.month:02}{day.day:02}"
        for day in (days.first, days.last)
    )
    now = f"${{REC_NOW:5:4}}{_MONTH_DAY}" if days.first.year else _MONTH_DAY
    over_new_year = first > last
    return f"({now}>={first} {'|' if over_new_year else '&'} {now}<={last})"


def _hours(texts: Sequence[str]) -> Iterator[str]:
    openings: list[Opening] = [each for text in texts for each in parse_hours(text)]
    for opening in openings:
        days = "|".join(str(day + 1) for day in sorted(opening.days))
        yield f'"{_DAY}":"{days}"{_span(opening.start, opening.end)}'


def _switch(script: Script, key: str) -> None:
    """Add the feature code: the opposite of now until it is dialled again."""
    memory, lamp = f"DB(rec-{KIND}/{key})", f"DEVICE_STATE(Custom:rec-{KIND}-{key})"
    script.exten("switch", "Answer()")
    script.same(f'GotoIf($["${{{memory}}}"!=""]?back)')
    script.same(f"Gosub({context_of(KIND, key)},state,1)")
    script.same(f'Set({memory}=${{IF($["${{GOSUB_RETVAL}}"="open"]?closed:open)}})')
    script.same(f"Set({lamp}=INUSE)")
    script.same("Playback(activated)")
    script.same("Hangup()")
    script.same(f"NoOp(${{DB_DELETE(rec-{KIND}/{key})}})", "back")
    script.same(f"Set({lamp}=NOT_INUSE)")
    script.same("Playback(de-activated)")
    script.same("Hangup()")


def read(_key: str, _found: Found, _base: Fields | None) -> dict[str, Value]:
    """Return nothing: hours are known from the meta section, other lines are edits."""
    return {}


def _numbers(key: str, fields: Fields) -> tuple[Number, ...]:
    numbers = []
    if fields.get("number"):
        numbers.append(Number(fields["number"], enter(KIND, key)))
    if fields.get("override_code"):
        lamp = f"Custom:rec-{KIND}-{key}"
        switch = f"Goto({context_of(KIND, key)},switch,1)"
        numbers.append(Number(fields["override_code"], switch, lamp))
    return tuple(numbers)


CARRIER: Final = Carrier(
    KIND, render, read, lambda key: (Place("ext", context_of(KIND, key)),), _numbers
)
