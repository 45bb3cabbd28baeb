"""Extensions: what their form shows. 272 fields from six places."""

from __future__ import annotations

import secrets

from reconciler.lab.freepbx.objects import follow_me, mailbox, userman
from reconciler.lab.freepbx.pbx import Pbx
from reconciler.lab.freepbx.tables import Tables
from reconciler.lab.freepbx.web.forms import Filled, Value, forms
from reconciler.lab.freepbx.web.pages.page import shown
from reconciler.lab.freepbx.wire import Params, text

SYSTEM_DIAL_OPTIONS = "HhTtr"
RECORDINGS = {
    f"recording_{way}_{side}": f"recording/{way}/{side}"
    for way in ("in", "out")
    for side in ("external", "internal")
} | {"recording_ondemand": "recording/ondemand"}
FOLLOW = {
    "fmfm_pre_ring": "pre_ring", "fmfm_strategy": "strategy", "fmfm_grptime": "grptime",
    "fmfm_annmsg_id": "annmsg_id", "fmfm_ringing": "ringing", "fmfm_grppre": "grppre",
    "fmfm_dring": "dring", "fmfm_rvolume": "rvolume", "fmfm_remotealert_id": "remotealert_id",
    "fmfm_toolate_id": "toolate_id", "fmfm_calendar_id": "calendar_id",
    "fmfm_calendar_group_id": "calendar_group_id",
}  # fmt: skip
"""Columns of `findmefollow` by field."""
DESTINATIONS = {"goto0": "noanswer_dest", "goto1": "busy_dest", "goto2": "chanunavail_dest"}
KEYS = {
    "rvolume": ("rvolume", ""), "cfringtimer": ("cfringtimer", "0"),
    "cwtone": ("cwtone", "disabled"),
    "concurrency_limit": ("concurrency_limit", "3"), "answermode": ("answermode", "disabled"),
    "intercom": ("intercom", "enabled"), "qnostate": ("queues/qnostate", "usestate"),
    "recording_priority": ("recording/priority", "10"), "ringtimer": ("ringtimer", "0"),
}  # fmt: skip
"""AstDB entries below `AMPUSER/<n>/` by field, with what a form shows where there is none."""


def fill(pbx: Pbx, params: Params) -> Filled | None:
    tables, number = pbx.tables, text(params, "extdisplay")
    if tables.row("devices", id=number) is None:
        new = text(params, "tech_hardware") == "pjsip_generic" or text(params, "view") == "add"
        return _new(tables) if new else None
    values: dict[str, Value] = {
        "action": "edit", "extdisplay": number, "hardware": "", "extension": number,
        **_user(tables, number), **_device(tables, number), **_userman(tables, number),
        **_mailbox(tables, number), **_follow_me(tables, number),
    }  # fmt: skip
    values |= _page_group(tables, number)
    own = ("Follow_Me", [f"ext-local,{number},dest"])
    return Filled("extension-pjsip", values, frozenset({"accountcode"}), more={"fmfm": own})


def _new(tables: Tables) -> Filled:
    values: dict[str, Value] = {
        "devinfo_secret": secrets.token_hex(16), "userman_password": secrets.token_hex(16),
        "gotofmfm": "ext-local,,dest", **_page_group(tables, ""),
    }  # fmt: skip
    return Filled("extension-pjsip", values, more={"fmfm": ("Follow_Me", ["ext-local,,dest"])})


def _page_group(tables: Tables, number: str) -> dict[str, Value]:
    """The field `in_default_page_grp`, where there is a default page group."""
    row = tables.row("admin", variable="default_page_grp")
    if row is None:
        return {}
    member = tables.row("paging_groups", page_number=str(row["value"]), ext=number)
    return {"in_default_page_grp": "1" if member else "0"}


def _user(tables: Tables, number: str) -> dict[str, Value]:
    row = tables.row("users", extension=number)
    device = tables.row("devices", id=number)
    assert device is not None

    def own(key: str, default: str = "") -> str:
        return tables.get(f"AMPUSER/{number}/{key}", default)

    cidnum = own("cidnum", number)
    values: dict[str, Value] = {name: own(key, default) for name, (key, default) in KEYS.items()}
    values |= {name: f"{name}={own(key, 'dontcare')}" for name, key in RECORDINGS.items()}
    values |= {
        "name": shown(row["name"]) if row else "", "outboundcid": own("outboundcid"),
        "sipname": shown(row["sipname"]) if row else "",
        "emergency_cid": shown(device["emergency_cid"]),
        "cid_masquerade": "" if cidnum == number else cidnum,
        "dialopts": own("dialopts") or SYSTEM_DIAL_OPTIONS,
        "callwaiting": "enabled" if tables.get(f"CW/{number}") == "ENABLED" else "disabled",
        "call_screen": own("screen", "0"), "pinless": own("pinless", "disabled"),
        "recording_ondemand": f"recording_ondemand={own('recording/ondemand', 'disabled')}",
        "intercom_override": f"intercom_override={own('intercom/override', 'reject')}",
        **{f"{name}_cid": shown(row[f"{name}_cid"]) if row else "" for name in (
            "noanswer", "busy", "chanunavail")},
        **{name: shown(row[column]) if row else "" for name, column in DESTINATIONS.items()},
    }  # fmt: skip
    return values


def _device(tables: Tables, number: str) -> dict[str, Value]:
    stored = tables.settings("sip", number)
    names = [each.name for each in forms()["extension-pjsip"].fields]
    found: dict[str, Value] = {
        name: stored.get(name[8:], "") for name in names if name.startswith("devinfo_")
    }
    found["devinfo_secret_origional"] = stored.get("secret", "")
    found["devinfo_sipdriver"] = stored.get("sipdriver", "chan_pjsip")
    return found


def _userman(tables: Tables, number: str) -> dict[str, Value]:
    user = userman.user_of(tables, number)
    found: dict[str, Value] = {"userman_password": secrets.token_hex(16), "userman_group[]": []}
    if user is None:
        return {**found, "userman_assign": "none"}
    groups = [
        str(group["id"])
        for group in tables.rows("userman_groups")
        if int(str(user["id"])) in userman.members_of(group)
    ]
    return {**found, "userman_assign": str(user["id"]), "userman_group[]": groups}


def _mailbox(tables: Tables, number: str) -> dict[str, Value]:
    box = tables.mailboxes.get(number)
    if box is None:
        return {"vm": "disabled"}

    def option(name: str, key: str) -> str:
        return f"{name}={'yes' if box is not None and box.options.get(key) == 'yes' else 'no'}"

    more = [f"{key}={value}" for key, value in box.options.items() if key not in mailbox.OPTIONS]
    login = tables.get(f"AMPUSER/{number}/novmpw") != "yes"
    star = tables.get(f"AMPUSER/{number}/novmstar") == "yes"
    return {
        "vm": "enabled", "vmpwd": box.pin, "email": box.email, "pager": box.pager,
        "attach": option("attach", "attach"), "saycid": option("saycid", "saycid"),
        "envelope": option("envelope", "envelope"), "vmdelete": option("vmdelete", "delete"),
        "options": "|".join(more), "vmcontext": box.context,
        "passlogin": f"passlogin={'yes' if login else 'no'}",
        "novmstar": f"novmstar={'yes' if star else 'no'}",
    }  # fmt: skip


def _follow_me(tables: Tables, number: str) -> dict[str, Value]:
    row = follow_me.follow_me_of(tables, number)
    if row is None:
        return {"fmfm_grplist": number, "gotofmfm": f"ext-local,{number},dest"}
    found: dict[str, Value] = {name: shown(row[column]) for name, column in FOLLOW.items()}
    found |= {
        "fmfm_ddial": "enabled" if follow_me.is_enabled(tables, number) else "disabled",
        "fmfm_grplist": shown(row["grplist"]).replace("-", "\n"),
        "fmfm_strategy": shown(row["strategy"]) or "ringallv2-prim",
        "fmfm_ringing": shown(row["ringing"]) or "Ring",
        "fmfm_needsconf": "enabled" if row["needsconf"] == "CHECKED" else "disabled",
        "fmfm_calendar_enable": shown(row["calendar_enable"]),
        "fmfm_calendar_match": shown(row["calendar_match"]),
        "fmfm_changecid": tables.get(f"AMPUSER/{number}/followme/changecid", "default"),
        "fmfm_fixedcid": tables.get(f"AMPUSER/{number}/followme/fixedcid"),
        "gotofmfm": shown(row["postdest"]) or f"ext-local,{number},dest",
    }  # fmt: skip
    return found
