"""IVRs and announcements. IVR entries are replaced by those that were sent."""

from __future__ import annotations

from itertools import zip_longest

from reconciler.lab.freepbx.pbx import Pbx
from reconciler.lab.freepbx.tables import Row, Tables
from reconciler.lab.freepbx.web.forms import Filled, Value, draw_destination
from reconciler.lab.freepbx.web.pages.page import (
    Done,
    Page,
    columns_of,
    goto,
    shown,
    target,
    wants_form,
)
from reconciler.lab.freepbx.wire import Params, listed, text

IVR_TEXTS = (
    "name", "description", "directdial", "invalid_loops", "invalid_retry_recording",
    "invalid_recording", "timeout_time", "timeout_recording", "timeout_retry_recording",
    "timeout_loops", "alertinfo", "rvolume", "retvm",
)  # fmt: skip
IVR_MARKS = (
    "timeout_append_announce", "invalid_append_announce", "timeout_ivr_ret", "invalid_ivr_ret",
)  # fmt: skip


def fill_ivr(pbx: Pbx, params: Params) -> Filled | None:
    tables, number = pbx.tables, target(params)
    row = tables.row("ivr_details", id=int(number)) if number.isdigit() else None
    if row is None:
        return Filled("ivr") if wants_form(params) else None
    values = columns_of(row, *IVR_TEXTS)
    values |= {name: "on" if row[name] else "" for name in IVR_MARKS}
    values |= {
        "id": number, "announcement": shown(row["announcement"]) or "None",
        "accept_pound_key": shown(row["accept_pound_key"]),
        "strict_dial_timeout": shown(row["strict_dial_timeout"]),
        "gotoinvalid": shown(row["invalid_destination"]),
        "gototimeout": shown(row["timeout_destination"]),
    }  # fmt: skip
    shown_entries = _entries_shown(pbx, int(number))
    return Filled("ivr", values, extra=shown_entries, before="entries[ext][]")


def _entries_shown(pbx: Pbx, number: int) -> str:
    """One row per entry: digits, a pair of lists, and a hidden field that the script fills."""
    parts = []
    for place, row in enumerate(pbx.tables.rows("ivr_entries", ivr_id=number)):
        back = "1" if row["ivr_ret"] else ""
        boxes = "".join(
            f'<input type="radio" name="entries[ivr_ret][{place}]" value="{value}"'
            f"{' checked' if value == back else ''}>"
            for value in ("1", "")
        )
        parts += [
            f'<input type="text" name="entries[ext][]" value="{row["selection"]}">',
            draw_destination(str(place), shown(row["dest"]), pbx.destinations()),
            '<input type="hidden" name="entries[goto][]" value="">',
            boxes,
        ]
    return "\n".join(parts)


def send_ivr(pbx: Pbx, params: Params, action: str) -> Done | None:
    tables, number = pbx.tables, target(params)
    if action == "save":
        _write_ivr(tables, int(number) if number.isdigit() else None, params)
        return Done()
    if action == "delete" and number.isdigit():
        tables.delete("ivr_details", id=int(number))
        tables.delete("ivr_entries", ivr_id=int(number))
        return Done()
    return None


def _write_ivr(tables: Tables, number: int | None, params: Params) -> None:
    own = number if number is not None else tables.next_id("ivr_details")
    announcement = text(params, "announcement")
    strict = text(params, "strict_dial_timeout")
    row: Row = {
        **{name: text(params, name) for name in IVR_TEXTS},
        **{name: int(bool(text(params, name))) for name in IVR_MARKS},
        "announcement": announcement if announcement.isdigit() else None,
        "invalid_destination": text(params, "invalid_destination"),
        "timeout_destination": text(params, "timeout_destination"),
        "timeout_enabled": None, "strict_dial_timeout": strict or 2,
        "accept_pound_key": text(params, "accept_pound_key") or 0,
    }  # fmt: skip
    old = tables.row("ivr_details", id=own)
    if old is not None:
        tables.change(old, "ivr_details", **row)
    else:
        tables.insert("ivr_details", {"id": own, **row})
    tables.delete("ivr_entries", ivr_id=own)
    for digits, destination, back in _entries_sent(params):
        entry: Row = {"ivr_id": own, "selection": digits, "dest": destination, "ivr_ret": back}
        tables.insert("ivr_entries", entry)


def _entries_sent(params: Params) -> list[tuple[str, str, int]]:
    """Entries with digits and a destination; others are passed over."""
    entries = params.get("entries")
    given = entries if isinstance(entries, dict) else {}
    rows = zip_longest(
        listed(given, "ext"), listed(given, "goto"), listed(given, "ivr_ret"), fillvalue=""
    )
    return [
        (digits.strip(), destination, int(bool(back)))
        for digits, destination, back in rows
        if digits.strip() and destination
    ]


def fill_announcement(pbx: Pbx, params: Params) -> Filled | None:
    number = target(params)
    known = int(number) if number.isdigit() else -1
    row = pbx.tables.row("announcement", announcement_id=known)
    if row is None:
        return Filled("announcement") if wants_form(params) else None
    values: dict[str, Value] = {
        "extdisplay": number, "announcement_id": number, "action": "edit",
        "description": shown(row["description"]), "recording_id": shown(row["recording_id"]),
        "repeat_msg": shown(row["repeat_msg"]), "goto0": shown(row["post_dest"]),
        **{name: "1" if row[name] else "" for name in ("allow_skip", "return_ivr", "noanswer")},
    }  # fmt: skip
    return Filled("announcement", values)


def send_announcement(pbx: Pbx, params: Params, action: str) -> Done | None:
    tables, number = pbx.tables, text(params, "announcement_id") or target(params)
    if action == "delete" and number.isdigit():
        tables.delete("announcement", announcement_id=int(number))
        return Done()
    if action not in ("add", "edit"):
        return None
    row: Row = {
        "description": text(params, "description"),
        "recording_id": text(params, "recording_id") or None, "post_dest": goto(params, "0"),
        "repeat_msg": text(params, "repeat_msg"),
        **{name: text(params, name) or 0 for name in ("allow_skip", "return_ivr", "noanswer")},
    }  # fmt: skip
    old = tables.row("announcement", announcement_id=int(number)) if number.isdigit() else None
    if action == "edit" and old is not None:
        tables.change(old, "announcement", **row)
    elif action == "add":
        row["announcement_id"] = tables.next_id("announcement")
        tables.insert("announcement", row)
    return Done()


IVR = Page(fill_ivr, send_ivr)
ANNOUNCEMENT = Page(fill_announcement, send_announcement)
