"""Ring groups, page groups, conferences and the blocklist."""

from __future__ import annotations

from html import escape

from reconciler.lab.freepbx.objects import ring_group
from reconciler.lab.freepbx.pbx import Pbx
from reconciler.lab.freepbx.tables import Row, Tables, Value
from reconciler.lab.freepbx.web.forms import Filled
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

GROUP_TEXTS = (
    "strategy", "grptime", "grppre", "alertinfo", "ringing", "rvolume", "progress", "elsewhere",
    "cfignore", "cwignore", "cpickup", "needsconf", "recording", "description",
)  # fmt: skip
GROUP_RECORDINGS = ("annmsg_id", "remotealert_id", "toolate_id")


def fill_group(pbx: Pbx, params: Params) -> Filled | None:
    tables, number = pbx.tables, target(params).removeprefix("GRP-")
    row = tables.row("ringgroups", grpnum=number)
    if row is None:
        return Filled("ring-group") if wants_form(params) else None
    values = columns_of(row, *GROUP_TEXTS)
    values |= {name: shown(row[name]) if row[name] else "" for name in GROUP_RECORDINGS}
    values |= {
        "action": "edtGRP", "account": number, "grplist": shown(row["grplist"]).replace("-", "\n"),
        "changecid": tables.get(f"RINGGROUP/{number}/changecid", "default"),
        "fixedcid": tables.get(f"RINGGROUP/{number}/fixedcid"), "goto0": shown(row["postdest"]),
    }  # fmt: skip
    return Filled("ring-group", values)


def send_group(pbx: Pbx, params: Params, action: str) -> Done | None:
    tables, number = pbx.tables, text(params, "account") or target(params)
    if action == "delGRP":
        ring_group.delete(tables, number.removeprefix("GRP-"))
        return Done()
    if action not in ("addGRP", "edtGRP") or not number:
        return None
    if action == "addGRP" and tables.row("ringgroups", grpnum=number):
        return Done()
    values: Row = {name: text(params, name) for name in GROUP_TEXTS}
    values |= {name: text(params, name) or 0 for name in GROUP_RECORDINGS}
    members = (line.strip() for line in text(params, "grplist").splitlines())
    values |= {
        "grplist": "-".join(line for line in members if line), "postdest": goto(params, "0")
    }  # fmt: skip
    ring_group.write(tables, number, values)
    ring_group.write_caller_id(
        tables, number, text(params, "changecid") or "default", text(params, "fixedcid")
    )
    return Done()


def fill_paging(pbx: Pbx, params: Params) -> Filled | None:
    tables, number = pbx.tables, target(params)
    row = tables.row("paging_config", page_group=number)
    if row is None:
        return Filled("paging") if wants_form(params) else None
    values = columns_of(row, "description", "announcement", "volume", "force_page", "duplex")
    members = tables.rows("paging_groups", page_number=number)
    is_default = tables.row("admin", variable="default_page_grp", value=number) is not None
    values |= {
        "pagegrp": number, "pagenbr": number,
        # Nobody asks for an order: the table's key, group and extension, gives it.
        "pagelist[]": sorted(shown(each["ext"]) for each in members),
        "default_group": "1" if is_default else "0",
    }  # fmt: skip
    return Filled("paging", values)


def send_paging(pbx: Pbx, params: Params, action: str) -> Done | None:
    tables, number = pbx.tables, target(params)
    if action in ("delete", "del") and number:
        _drop_paging(tables, number)
        return Done()
    if action != "submit":
        return None
    if text(params, "pagegrp"):
        _drop_paging(tables, text(params, "pagegrp"))
    own = text(params, "pagenbr")
    _drop_paging(tables, own)
    names = ("description", "announcement", "volume", "force_page", "duplex")
    values: Row = {name: text(params, name) for name in names}
    tables.insert("paging_config", {"page_group": own, **values})
    for member in dict.fromkeys(listed(params, "pagelist")):
        tables.insert("paging_groups", {"page_number": own, "ext": member})
    if text(params, "default_group") == "1":
        tables.delete("admin", variable="default_page_grp")
        tables.insert("admin", {"variable": "default_page_grp", "value": own})
    return Done()


def _drop_paging(tables: Tables, number: str) -> None:
    tables.delete("paging_config", page_group=number)
    tables.delete("paging_groups", page_number=number)
    if tables.row("admin", variable="default_page_grp", value=number):
        tables.delete("admin", variable="default_page_grp")


ROOM_TEXTS = ("userpin", "adminpin", "options", "music", "users", "language", "timeout")
ROOM_OPTIONS = {
    "opt_w": "w", "opt_x": "x", "opt_o": "o", "opt_T": "T", "opt_q": "q", "opt_c": "c",
    "opt_I": "I", "opt_MH": "M", "opt_s": "s", "opt_r": "r", "opt_m": "m",
}  # fmt: skip


def fill_room(pbx: Pbx, params: Params) -> Filled | None:
    number = target(params)
    row = pbx.tables.row("meetme", exten=number)
    if row is None:
        return Filled("conference") if wants_form(params) else None
    options = shown(row["options"])
    values = columns_of(row, *ROOM_TEXTS)
    values |= {name: mark if mark in options else "NO" for name, mark in ROOM_OPTIONS.items()}
    values |= {
        "action": "edit", "extdisplay": number, "account": number,
        "name": shown(row["description"]), "joinmsg_id": shown(row["joinmsg_id"]),
    }  # fmt: skip
    return Filled("conference", values)


def rooms(pbx: Pbx) -> str:
    """The list, made by the server (source: conferences, views)."""
    link = "?display=conferences&amp;view=form&amp;extdisplay="
    rows = "".join(
        f'<tr><td><a href="{link}{escape(shown(row["exten"]))}">{escape(shown(row["exten"]))}</a>'
        f"</td><td>{escape(shown(row['description']))}</td></tr>"
        for row in pbx.tables.rows("meetme")
    )
    return f"<table>{rows}</table>"


def send_room(pbx: Pbx, params: Params, action: str) -> Done | None:
    """`options` is stored as it came: the page's script makes it of the other fields (seen)."""
    tables, number = pbx.tables, text(params, "account") or target(params)
    if action not in ("add", "edit", "delete") or not number:
        return None
    if action == "add" and tables.row("meetme", exten=number):
        return Done()
    tables.delete("meetme", exten=number)
    if action != "delete":
        values: Row = {name: text(params, name) for name in ROOM_TEXTS}
        values["joinmsg_id"] = text(params, "joinmsg_id") or None
        name = text(params, "name")
        tables.insert("meetme", {"exten": number, "description": name, **values})
    return Done()


def fill_blocked(pbx: Pbx, params: Params) -> Filled | None:
    tables = pbx.tables
    blocked: Value = "1" if tables.get("blacklist/blocked") == "1" else ""
    return Filled("blacklist", {"blocked": str(blocked), "goto0": tables.get("blacklist/dest")})


def send_blocked(pbx: Pbx, params: Params, action: str) -> Done | None:
    if action != "settings":
        return None
    pbx.tables.put("blacklist/blocked", text(params, "blocked"))
    pbx.tables.put("blacklist/dest", goto(params, "0"))
    return Done()


GROUP = Page(fill_group, send_group)
PAGING = Page(fill_paging, send_paging)
ROOM = Page(fill_room, send_room, shows=rooms)
BLOCKED = Page(fill_blocked, send_blocked, reloads=False)
