"""Time groups, time conditions and call flow control."""

from __future__ import annotations

import re
from typing import Any

from reconciler.lab.freepbx.pbx import Pbx
from reconciler.lab.freepbx.tables import Duplicate, Row, Tables
from reconciler.lab.freepbx.web.forms import Filled, Value, draw_select, plain
from reconciler.lab.freepbx.web.pages.page import (
    Done,
    Page,
    columns_of,
    goto,
    shown,
    target,
    wants_form,
)
from reconciler.lab.freepbx.wire import Params, text

WEEKDAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
MONTHS = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
]  # fmt: skip
HOURS = [str(number) for number in range(24)]
MINUTES = [str(number) for number in range(60)]
DAYS = [str(number) for number in range(1, 32)]
PARTS = {
    "hour_start": HOURS, "minute_start": MINUTES, "hour_finish": HOURS, "minute_finish": MINUTES,
    "wday_start": WEEKDAYS, "wday_finish": WEEKDAYS, "mday_start": DAYS, "mday_finish": DAYS,
    "month_start": MONTHS, "month_finish": MONTHS,
}  # fmt: skip
"""Fields of one row of times, and what each offers beside `-`."""


def fill_group(pbx: Pbx, params: Params) -> Filled | None:
    tables, number = pbx.tables, target(params)
    row = tables.row("timegroups_groups", id=int(number)) if number.isdigit() else None
    if row is None:
        return Filled("time-group") if wants_form(params) else None
    times = tables.rows("timegroups_details", timegroupid=int(number))
    drawn = [
        draw_select(f"times[{place}][{part}]", plain(["-", *PARTS[part]]), value)
        for place, each in enumerate(times)
        for part, value in parts_of(str(each["time"])).items()
    ]
    values: dict[str, Value] = {
        "extdisplay": number, "action": "edit", "description": shown(row["description"])
    }  # fmt: skip
    first = frozenset(f"times[0][{part}]" for part in PARTS)
    return Filled("time-group", values, first if times else frozenset(), "\n".join(drawn))


def parts_of(time: str) -> dict[str, str]:
    """`09:00-17:30|mon-fri|*|*` as the fields of a form."""
    clock, weekdays, days, months = [*time.split("|"), "*", "*", "*", "*"][:4]
    found = dict.fromkeys(PARTS, "-")
    hours = re.fullmatch(r"(\d+):(\d+)(?:-(\d+):(\d+))?", clock)
    if hours:
        start_h, start_m, end_h, end_m = hours.groups()
        clock_parts = {
            "hour_start": start_h, "minute_start": start_m, "hour_finish": end_h or start_h,
            "minute_finish": end_m or start_m,
        }  # fmt: skip
        found |= {name: str(int(part)) for name, part in clock_parts.items()}
    for name, span in (("wday", weekdays), ("mday", days), ("month", months)):
        if span != "*":
            start, _, finish = span.partition("-")
            found[f"{name}_start"], found[f"{name}_finish"] = start, finish or start
    return found


def time_of(parts: dict[str, Any]) -> str:
    """The stored text of one row of times."""

    def span(name: str) -> str:
        start, finish = str(parts.get(f"{name}_start", "-")), str(parts.get(f"{name}_finish", "-"))
        if start in ("-", ""):
            return "*" if finish in ("-", "") else finish
        return start if finish in ("-", "", start) else f"{start}-{finish}"

    return "|".join((_clock(parts), span("wday"), span("mday"), span("month")))


def _clock(parts: dict[str, Any]) -> str:
    def point(end: str) -> str:
        hour, minute = str(parts.get(f"hour_{end}", "-")), str(parts.get(f"minute_{end}", "-"))
        if hour in ("-", ""):
            return ""
        return f"{hour.zfill(2)}:{(minute if minute not in ('-', '') else '00').zfill(2)}"

    start, finish = point("start"), point("finish")
    if not start and not finish:
        return "*"
    return f"{start or finish}-{finish or start}"


def send_group(pbx: Pbx, params: Params, action: str) -> Done | None:
    tables, number = pbx.tables, target(params)
    if action in ("del", "delete") and number.isdigit():
        tables.delete("timegroups_groups", id=int(number))
        _drop_times(tables, int(number))
        return Done()
    if action not in ("add", "edit"):
        return None
    row = tables.row("timegroups_groups", id=int(number)) if number.isdigit() else None
    if action == "add" or row is None:
        own = tables.next_id("timegroups_groups")
        description = text(params, "description")
        tables.insert("timegroups_groups", {"id": own, "description": description})
    else:
        own = int(number)
        tables.change(row, "timegroups_groups", description=text(params, "description"))
    _drop_times(tables, own)
    times = params.get("times")
    for parts in times.values() if isinstance(times, dict) else ():
        time = time_of(parts) if isinstance(parts, dict) else "*|*|*|*"
        if time != "*|*|*|*":
            number_of_row = tables.next_id("timegroups_details")
            values: Row = {"id": number_of_row, "timegroupid": own, "time": time}
            tables.insert("timegroups_details", values)
    return Done()


def _drop_times(tables: Tables, number: int) -> None:
    for row in list(tables.rows("timegroups_details", timegroupid=number)):
        tables.delete("timegroups_details", id=row["id"])


def fill_condition(pbx: Pbx, params: Params) -> Filled | None:
    tables, number = pbx.tables, target(params)
    row = tables.row("timeconditions", timeconditions_id=int(number)) if number.isdigit() else None
    if row is None:
        return Filled("time-condition") if wants_form(params) else None
    values = columns_of(row, "displayname", "fcc_password", "invert_hint", "timezone", "mode")
    values |= {
        "action": "edit", "itemid": number, "time": shown(row["time"]) if row["time"] else "",
        "calendar-id": shown(row["calendar_id"]),
        "calendar-group": shown(row["calendar_group_id"]), "deptname": shown(row["deptname"]),
        "goto0": shown(row["truegoto"]), "goto1": shown(row["falsegoto"]),
    }  # fmt: skip
    return Filled("time-condition", values)


def send_condition(pbx: Pbx, params: Params, action: str) -> Done | None:
    tables, number = pbx.tables, target(params)
    if action == "delete" and number.isdigit():
        tables.delete("timeconditions", timeconditions_id=int(number))
        tables.drop(f"TC/{number}")
        return Done()
    if action not in ("add", "edit"):
        return None
    row: Row = {
        "displayname": text(params, "displayname"), "time": text(params, "time") or None,
        "truegoto": goto(params, "0"), "falsegoto": goto(params, "1"),
        "deptname": text(params, "deptname"), "generate_hint": 1,
        "invert_hint": text(params, "invert_hint") or 0,
        "fcc_password": text(params, "fcc_password"), "timezone": text(params, "timezone"),
        "mode": text(params, "mode"), "calendar_id": text(params, "calendar-id"),
        "calendar_group_id": text(params, "calendar-group"),
    }  # fmt: skip
    old = tables.row("timeconditions", timeconditions_id=int(number)) if number.isdigit() else None
    if action == "edit" and old is not None:
        tables.change(old, "timeconditions", **row)
    elif action == "add":
        own = tables.next_id("timeconditions")
        tables.insert("timeconditions", {"timeconditions_id": own, **row})
        tables.put(f"TC/{own}", "")
    return Done()


def fill_flow(pbx: Pbx, params: Params) -> Filled | None:
    tables, number = pbx.tables, text(params, "itemid") or target(params)
    stored = {str(row["dmode"]): str(row["dest"]) for row in tables.rows("daynight", ext=number)}
    if not stored:
        return Filled("daynight") if wants_form(params) else None
    values: dict[str, Value] = {
        "itemid": number, "fc_description": stored.get("fc_description", ""),
        "state": tables.get(f"DAYNIGHT/C{number}", "DAY"),
        "day_recording_id": stored.get("day_recording_id", "0"),
        "night_recording_id": stored.get("night_recording_id", "0"),
        "password": stored.get("password", ""), "goto0": stored.get("day", ""),
        "goto1": stored.get("night", ""),
    }  # fmt: skip
    return Filled("daynight", values)


def send_flow(pbx: Pbx, params: Params, action: str) -> Done | None:
    tables, number = pbx.tables, text(params, "itemid") or target(params)
    if action not in ("add", "edit", "edited", "delete") or not number:
        return None
    tables.delete("daynight", ext=number)
    if action == "delete":
        tables.drop(f"DAYNIGHT/C{number}")
        return Done()
    stored = {
        "day": goto(params, "0"), "night": goto(params, "1"),
        "day_recording_id": text(params, "day_recording_id", "0"),
        "night_recording_id": text(params, "night_recording_id", "0"),
        "fc_description": text(params, "fc_description"), "password": text(params, "password"),
    }  # fmt: skip
    for mode, value in stored.items():
        if value or mode not in ("password", "fc_description"):
            try:
                tables.insert("daynight", {"ext": number, "dmode": mode, "dest": value})
            except Duplicate:
                continue
    tables.put(f"DAYNIGHT/C{number}", text(params, "state") or "DAY")
    return Done()


GROUP = Page(fill_group, send_group)
CONDITION = Page(fill_condition, send_condition)
FLOW = Page(fill_flow, send_flow)
