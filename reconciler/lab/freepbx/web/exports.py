"""The bulk handler's CSV: everything about all objects of a kind in one request."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

from reconciler.lab.freepbx.objects import userman
from reconciler.lab.freepbx.objects.device import SIP_DEFAULTS
from reconciler.lab.freepbx.pbx import Pbx
from reconciler.lab.freepbx.tables import Row, Tables, columns
from reconciler.lab.freepbx.web.grids import core_user
from reconciler.lab.freepbx.wire import Reply

Rows = tuple[list[str], list[dict[str, Any]]]

FOLLOW = (
    "strategy", "grptime", "grppre", "grplist", "annmsg_id", "postdest", "dring", "needsconf",
    "remotealert_id", "toolate_id", "ringing", "pre_ring",
)  # fmt: skip
FOLLOW_COLUMNS = [
    *(f"findmefollow_{name}" for name in FOLLOW), "findmefollow_voicemail",
    "findmefollow_calendar_id", "findmefollow_calendar_match", "findmefollow_changecid",
    "findmefollow_fixedcid", "findmefollow_enabled",
]  # fmt: skip
MAIL_COLUMNS = [
    "voicemail_enable", "voicemail_vmpwd", "voicemail_email", "voicemail_pager",
    "voicemail_options", "voicemail_same_exten", "disable_star_voicemail", "vmx_unavail_enabled",
    "vmx_busy_enabled", "vmx_temp_enabled", "vmx_play_instructions", "vmx_option_0_number",
    "vmx_option_1_number", "vmx_option_2_number",
]  # fmt: skip
USER_COLUMNS = [
    "cwtone", "recording_in_external", "recording_out_external", "recording_in_internal",
    "recording_out_internal", "recording_ondemand", "recording_priority", "answermode", "intercom",
    "cid_masquerade", "concurrency_limit", "devicedata",
]  # fmt: skip
NOT_SIP = {"account", "dial", "secret_origional"}
USERMAN = [
    "username", "description", "default_extension", "password", "encrypted_password", "fname",
    "lname", "displayname", "title", "company", "department", "email", "cell", "work", "home",
    "fax", "fax_enabled", "fax_attachformat",
]  # fmt: skip


def _people(pbx: Pbx) -> Rows:
    tables = pbx.tables
    numbers = sorted(str(row["id"]) for row in tables.rows("devices"))
    kept = [number for number in numbers if tables.row("users", extension=number)]
    sip = sorted({*SIP_DEFAULTS, "mailbox", "secret"})
    header = [
        *columns()["users"], *columns()["devices"], *USER_COLUMNS, *sip, "callwaiting_enable",
        *FOLLOW_COLUMNS, *MAIL_COLUMNS,
    ]  # fmt: skip
    return list(dict.fromkeys(header)), [_person(tables, number) for number in kept]


def _person(tables: Tables, number: str) -> dict[str, Any]:
    settings = tables.settings("sip", number)
    user = core_user(tables, number)
    return {
        **{name: value for name, value in settings.items() if name not in NOT_SIP},
        **user,
        "cid_masquerade": tables.get(f"AMPUSER/{number}/cidnum", number),
        "concurrency_limit": tables.get(f"AMPUSER/{number}/concurrency_limit", "3"),
        "accountcode": settings.get("accountcode", ""), "devicedata": number,
        "callwaiting_enable": tables.get(f"CW/{number}"),
        **_follow(tables, number), **_mail(tables, number),
    }  # fmt: skip


def _follow(tables: Tables, number: str) -> dict[str, Any]:
    row = tables.row("findmefollow", grpnum=number)
    if row is None:
        return {}
    enabled = tables.get(f"AMPUSER/{number}/followme/ddial") == "DIRECT"
    base = f"AMPUSER/{number}/followme"
    user = tables.row("users", extension=number)
    return {
        **{f"findmefollow_{name}": row[name] for name in FOLLOW},
        "findmefollow_voicemail": user["voicemail"] if user else "novm",
        "findmefollow_calendar_id": row["calendar_id"],
        "findmefollow_calendar_match": row["calendar_match"],
        "findmefollow_changecid": tables.get(f"{base}/changecid", "default"),
        "findmefollow_fixedcid": tables.get(f"{base}/fixedcid"),
        "findmefollow_enabled": "yes" if enabled else "",
    }


def _mail(tables: Tables, number: str) -> dict[str, Any]:
    box = tables.mailboxes.get(number)
    if box is None:
        return {}
    star = tables.get(f"AMPUSER/{number}/novmstar") == "yes"
    return {
        "voicemail_enable": "yes", "voicemail_vmpwd": box.pin, "voicemail_email": box.email,
        "voicemail_pager": box.pager,
        "voicemail_options": "|".join(f"{key}={value}" for key, value in box.options.items()),
        "voicemail_same_exten": "no" if tables.get(f"AMPUSER/{number}/novmpw") == "yes" else "yes",
        "disable_star_voicemail": "yes" if star else "no", "vmx_unavail_enabled": "blocked",
        "vmx_busy_enabled": "blocked", "vmx_temp_enabled": "blocked", "vmx_play_instructions": "1",
    }  # fmt: skip


def _numbers(pbx: Pbx) -> Rows:
    more = ["callrecording", "fax_enable", "fax_detection", "fax_detectionwait", "fax_destination"]
    return [*columns()["incoming"], *more], [
        _number(pbx, row) for row in pbx.tables.rows("incoming")
    ]


def _number(pbx: Pbx, row: Row) -> dict[str, Any]:
    own = f"{row['extension']}/{row['cidnum']}"
    fax = pbx.tables.kvstore["fax"]
    recording = pbx.tables.kvstore["callrecording"].get(f"did/{own}", "dontcare")
    found = {**row, "callrecording": recording}
    if f"{own}/faxenabled" in fax:
        found |= {
            "fax_enable": fax[f"{own}/faxenabled"], "fax_detection": fax[f"{own}/faxdetection"],
            "fax_detectionwait": fax[f"{own}/faxdetectionwait"],
            "fax_destination": fax.get(f"{own}/destination", ""),
        }  # fmt: skip
    return found


def _trunks(pbx: Pbx) -> Rows:
    tables = pbx.tables
    rows = [{**tables.settings("pjsip", row["trunkid"]), **row} for row in tables.rows("trunks")]
    names = sorted({name for row in tables.rows("pjsip") for name in [str(row["keyword"])]})
    header = [*names, *(name for name in columns()["trunks"] if name not in names)]
    return header if rows else [], rows


def _users(pbx: Pbx) -> Rows:
    rows = [
        {**row, "password": "", "encrypted_password": row["password"], "fax_enabled": "inherit"}
        for row in pbx.tables.rows("userman_users")
    ]
    return USERMAN if rows else [], rows


def _user_groups(pbx: Pbx) -> Rows:
    names = {int(str(row["id"])): str(row["username"]) for row in pbx.tables.rows("userman_users")}
    rows = [
        {
            "groupname": row["groupname"], "description": row["description"],
            "users": ",".join(names[each] for each in userman.members_of(row) if each in names),
            "fax_enabled": "no", "fax_attachformat": "pdf",
        }
        for row in pbx.tables.rows("userman_groups")
    ]  # fmt: skip
    return ["groupname", "description", "users", "fax_enabled", "fax_attachformat"], rows


def _rooms(pbx: Pbx) -> Rows:
    """Not recorded: the table's columns."""
    rows = pbx.tables.rows("meetme")
    return list(columns()["meetme"]) if rows else [], [dict(row) for row in rows]


def _times(pbx: Pbx) -> Rows:
    """Not recorded: name and times of each group."""
    rows = [
        {
            "description": row["description"],
            "time": "&".join(
                str(each["time"])
                for each in pbx.tables.rows("timegroups_details", timegroupid=row["id"])
            ),
        }
        for row in pbx.tables.rows("timegroups_groups")
    ]
    return ["description", "time"] if rows else [], rows


KINDS: dict[str, Callable[[Pbx], Rows]] = {
    "extensions": _people, "dids": _numbers, "trunks": _trunks, "usermanusers": _users,
    "usermangroups": _user_groups, "conferences": _rooms, "timegroup": _times,
}  # fmt: skip


def export(pbx: Pbx, kind: str) -> Reply:
    """The CSV of a kind; empty for kinds that the bulk handler does not know (seen)."""
    header, rows = KINDS[kind](pbx) if kind in KINDS else ([], [])
    text = io.StringIO(newline="")
    if header:
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(header)
        writer.writerows([_cell(row.get(name)) for name in header] for row in rows)
    name = f'attachment; filename="{kind}.csv"'
    headers = (("Content-Disposition", name),)
    return Reply(200, text.getvalue().encode(), "application/octet-stream", headers)


def _cell(value: Any) -> str:
    return "" if value is None else str(value)
