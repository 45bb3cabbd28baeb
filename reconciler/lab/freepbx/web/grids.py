"""The data behind the tables of the web pages, as ajax.php gives it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote_plus

from reconciler.lab.freepbx.objects import follow_me, userman
from reconciler.lab.freepbx.pbx import Pbx
from reconciler.lab.freepbx.tables import Row, Tables
from reconciler.lab.freepbx.web.pages import routes
from reconciler.lab.freepbx.wire import Params, text

Grid = Callable[[Pbx, Params], Any]
CORE_USER_KEYS = {
    "cwtone": ("cwtone", "disabled"),
    "recording_in_external": ("recording/in/external", "dontcare"),
    "recording_out_external": ("recording/out/external", "dontcare"),
    "recording_in_internal": ("recording/in/internal", "dontcare"),
    "recording_out_internal": ("recording/out/internal", "dontcare"),
    "recording_ondemand": ("recording/ondemand", "disabled"),
}


def core_user(tables: Tables, number: str) -> dict[str, Any]:
    """A user and its device with what AstDB adds."""

    def own(key: str, default: str = "") -> str:
        return tables.get(f"AMPUSER/{number}/{key}", default)

    user: Row = tables.row("users", extension=number) or {}
    device: Row = tables.row("devices", id=number) or {}
    return {
        **user, **device,
        **{name: own(key, default) for name, (key, default) in CORE_USER_KEYS.items()},
        "recording_priority": int(own("recording/priority", "10") or 10),
        "answermode": own("answermode", "disabled"), "intercom": own("intercom", "enabled"),
    }  # fmt: skip


def switches(tables: Tables, number: str, *, follows: bool = True) -> dict[str, bool]:
    """Call waiting, do not disturb, call forward and Follow Me as ticks."""
    found = {
        "cw": tables.get(f"CW/{number}") == "ENABLED", "dnd": tables.get(f"DND/{number}") == "YES",
        **{name: bool(tables.get(f"{name.upper()}/{number}")) for name in ("cf", "cfb", "cfu")},
    }  # fmt: skip
    return {**found, "fmfm": follow_me.is_enabled(tables, number)} if follows else found


def _actions(display: str, number: str) -> str:
    return (
        f'<a href="?display={display}&amp;extdisplay={number}"><i class="fa fa-edit"></i></a>'
        f'<a class="clickable delete" data-id="{number}"><i class="fa fa-trash"></i></a>'
    )


def extension_grid(pbx: Pbx, params: Params) -> Any:
    kind = text(params, "type")
    rows = pbx.tables.rows("devices")
    numbers = sorted(str(row["id"]) for row in rows if kind in ("all", row["tech"]))
    return [
        {
            **core_user(pbx.tables, number),
            "settings": switches(pbx.tables, number, follows=kind == "all"),
            "actions": _actions("extensions", number),
        }
        for number in numbers
        if pbx.tables.row("users", extension=number)
    ]


def user_grid(pbx: Pbx, _params: Params) -> Any:
    rows = sorted(pbx.tables.rows("users"), key=lambda row: str(row["extension"]))
    return [
        {
            **{name: row[name] for name in ("extension", "name", "voicemail")},
            "settings": switches(pbx.tables, str(row["extension"])),
            "actions": _actions("users", str(row["extension"])),
        }
        for row in rows
    ]


def device_grid(pbx: Pbx, params: Params) -> Any:
    kind = text(params, "type")
    rows = [row for row in pbx.tables.rows("devices") if kind in ("all", row["tech"])]
    return [{**row, "actions": _actions("devices", str(row["id"]))} for row in rows]


def all_dids(pbx: Pbx, _params: Params) -> Any:
    """Number and caller id are encoded as in URLs (source: core, Core.class.php)."""
    rows = pbx.tables.rows("incoming")
    keys = ("extension", "cidnum")
    return [{**row, **{key: quote_plus(str(row[key])) for key in keys}} for row in rows]


def all_trunks(pbx: Pbx, _params: Params) -> Any:
    found = []
    for row in pbx.tables.rows("trunks"):
        stored = pbx.tables.settings("pjsip", row["trunkid"]).get("dialopts")
        own = (
            stored
            if pbx.tables.settings("pjsip", row["trunkid"]).get("dialoutopts_cb") == "or"
            else ""
        )
        found.append({**row, "dialopts": own or False})
    return found


def all_routes(pbx: Pbx, _params: Params) -> Any:
    found = []
    for number in routes.ordered(pbx.tables):
        row = pbx.tables.row("outbound_routes", route_id=number)
        sequence = pbx.tables.row("outbound_route_sequence", route_id=number)
        if row is not None and sequence is not None:
            found.append({**row, "seq": sequence["seq"]})
    return found


def administrators(pbx: Pbx, _params: Params) -> Any:
    return [{"username": row["username"]} for row in pbx.tables.rows("ampusers")]


CORE: dict[str, Grid] = {
    "allDID": all_dids,
    "allTrunks": all_trunks,
    "routingrnav": all_routes,
    "ampusers": administrators,
    "dahdichannels": lambda _pbx, _params: [],
}


def ring_groups(pbx: Pbx, _params: Params) -> Any:
    rows = sorted(pbx.tables.rows("ringgroups"), key=lambda row: str(row["grpnum"]))
    return [
        {
            "0": row["grpnum"], "1": row["description"], "grpnum": row["grpnum"],
            "description": row["description"],
        }
        for row in rows
    ]  # fmt: skip


def queues(pbx: Pbx, _params: Params) -> Any:
    rows = sorted(pbx.tables.rows("queues_config"), key=lambda row: str(row["extension"]))
    return [{"extension": row["extension"], "description": row["descr"]} for row in rows]


def ivrs(pbx: Pbx, _params: Params) -> Any:
    return [
        {
            "name": row["name"], "description": row["description"], "id": row["id"],
            "link": [row["id"], row["name"]],
        }
        for row in pbx.tables.rows("ivr_details")
    ]  # fmt: skip


def page_groups(pbx: Pbx, _params: Params) -> Any:
    default = pbx.tables.row("admin", variable="default_page_grp")
    return [
        {
            "page_group": row["page_group"], "description": row["description"],
            "0": row["page_group"],
            "is_default": bool(default and default["value"] == row["page_group"]),
        }
        for row in pbx.tables.rows("paging_config")
    ]  # fmt: skip


def announcements(pbx: Pbx, _params: Params) -> Any:
    return sorted(pbx.tables.rows("announcement"), key=lambda row: str(row["description"]))


def flows(pbx: Pbx, _params: Params) -> Any:
    rows = pbx.tables.rows("daynight", dmode="fc_description")
    return [{"ext": row["ext"], "dest": row["dest"]} for row in rows]


def follow_mes(pbx: Pbx, _params: Params) -> Any:
    return [{"ext": row["grpnum"]} for row in pbx.tables.rows("findmefollow")]


def blocked(pbx: Pbx, _params: Params) -> Any:
    own = ("dest", "blocked")
    entries = pbx.tables.below("blacklist").items()
    return [{"number": key, "description": value} for key, value in entries if key not in own]


def misc_destinations(pbx: Pbx, _params: Params) -> Any:
    """By description (source)."""
    rows = sorted(pbx.tables.rows("miscdests"), key=lambda row: str(row["description"]).lower())
    return [{"id": row["id"], "description": row["description"]} for row in rows]


def time_groups(pbx: Pbx, _params: Params) -> Any:
    """Shape from the source only: id under `value`, name under `text`."""
    rows = pbx.tables.rows("timegroups_groups")
    return [
        {
            "value": row["id"], "text": row["description"], "id": row["id"],
            "description": row["description"],
        }
        for row in rows
    ]  # fmt: skip


GRIDS: dict[str, Grid] = {
    "ringgroups": ring_groups,
    "queues": queues,
    "ivr": ivrs,
    "paging": page_groups,
    "announcement": announcements,
    "daynight": flows,
    "findmefollow": follow_mes,
    "blacklist": blocked,
    "miscdests": misc_destinations,
    "certman": lambda pbx, _params: pbx.tables.rows("certman_certs"),
}
"""Grids that are `getJSON&jdata=grid` of a module."""


def user_manager(pbx: Pbx, _params: Params) -> Any:
    """Users with their hashes; numbers are texts here (seen)."""
    return [
        {**row, "id": str(row["id"]), "dn": row["displayname"] or row["username"]}
        for row in pbx.tables.rows("userman_users")
    ]


def groups_of_users(pbx: Pbx, _params: Params) -> Any:
    """User Manager groups; not recorded, the table's columns."""
    return [
        {**row, "id": str(row["id"]), "users": [str(each) for each in userman.members_of(row)]}
        for row in pbx.tables.rows("userman_groups")
    ]
