"""The REST API: reads that GraphQL does not have, and a few writes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from reconciler.lab.freepbx.graph.scopes import is_within
from reconciler.lab.freepbx.graph.system import STARTED
from reconciler.lab.freepbx.oauth import ROUTING, denied
from reconciler.lab.freepbx.objects import follow_me, parking_lot
from reconciler.lab.freepbx.pbx import Pbx
from reconciler.lab.freepbx.tables import NoAsterisk, Row, Value
from reconciler.lab.freepbx.web.ajax import not_connected
from reconciler.lab.freepbx.web.grids import core_user
from reconciler.lab.freepbx.web.pages import queues
from reconciler.lab.freepbx.wire import Reply, Request, php_error

Answering = Callable[[Pbx, tuple[str, ...], dict[str, Any]], Any]
BASE = "modules/api/Includes/ApiBase.php"
ROOM = "FreePBX\\modules\\Conferences\\Api\\Rest\\conferences_del()"
DEVICE = (
    "id", "tech", "dial", "devicetype", "user", "description", "emergency_cid", "hint_override",
)  # fmt: skip
PRESENCES = ("available", "chat", "away", "dnd", "xa", "unavailable")


class Rest:
    """Routes of the REST API."""

    def __init__(self, pbx: Pbx) -> None:
        self._pbx = pbx

    def reply(self, request: Request, scopes: list[str] | str, route: str) -> Reply:
        """Answer `route`, which is what stands behind `/rest/`."""
        if isinstance(scopes, str):
            return self._without(request, scopes)
        module = route.partition("/")[0]
        verb = "read" if request.method == "GET" else "write"
        if not is_within(f"rest:{module}:{verb}", scopes):
            return Reply(200, {"status": False, "message": "unauthorized"})
        for method, pattern, answering in ROUTES:
            found = re.fullmatch(pattern, route)
            if method == request.method and found:
                if answering is put_room:
                    return _broken_room()
                return self._answered(answering, found.groups(), request)
        words = "Slim\\Exception\\HttpNotFoundException"
        return php_error(words, "Not found.", 404, ROUTING, 76)

    def _answered(self, answering: Answering, parts: tuple[str, ...], request: Request) -> Reply:
        try:
            return Reply(200, answering(self._pbx, parts, _body(request)))
        except NoAsterisk as error:
            return not_connected(self._pbx, error)

    def _without(self, request: Request, scopes: str) -> Reply:
        if request.bearer is None and self._pbx.version.is_17:
            words = "in_array(): Argument #2 ($haystack) must be of type array, null given"
            return php_error("TypeError", words, 0, BASE, 38)
        return denied(self._pbx, scopes)


def _body(request: Request) -> dict[str, Any]:
    try:
        found = json.loads(request.body or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _broken_room() -> Reply:
    words = f"Call to undefined function {ROOM}"
    return php_error("Error", words, 0, "modules/conferences/Api/Rest/Conferences.php", 61)


def version(pbx: Pbx, _parts: tuple[str, ...], _body: dict[str, Any]) -> Any:
    return {"status": True, "version": pbx.version.framework}


def engine(pbx: Pbx, _parts: tuple[str, ...], _body: dict[str, Any]) -> Any:
    return {"status": True, "engine": pbx.version.asterisk}


def need_reload(pbx: Pbx, _parts: tuple[str, ...], _body: dict[str, Any]) -> Any:
    pbx.reloads.settle()
    return {"status": True, "needreload": pbx.tables.needs_reload}


def reload(pbx: Pbx, _parts: tuple[str, ...], _body: dict[str, Any]) -> Any:
    number = pbx.reloads.start().number
    words = STARTED.replace("fetchApiStatus api with the returned transaction id", "").strip()
    return {
        "status": True,
        "message": f"{words} /apistatus/{number} api with the following transaction id {number}",
    }


def api_status(pbx: Pbx, parts: tuple[str, ...], _body: dict[str, Any]) -> Any:
    found = pbx.reloads.status(int(parts[0]))
    return {"status": True, "message": found[0] if found else "Sorry unable to fetch the status"}


def parking(pbx: Pbx, _parts: tuple[str, ...], _body: dict[str, Any]) -> Any:
    """Not recorded; source: parking, Api/Rest/Parking.php."""
    return pbx.tables.row("parkplus", id=parking_lot.LOT) or False


def put_parking(pbx: Pbx, _parts: tuple[str, ...], body: dict[str, Any]) -> Any:
    number = parking_lot.save(pbx.tables, body)
    pbx.tables.needs_reload = True
    return number


def core_users(pbx: Pbx, _parts: tuple[str, ...], _body: dict[str, Any]) -> Any:
    rows = sorted(pbx.tables.rows("users"), key=lambda row: str(row["extension"]))
    names = ("extension", "name", "voicemail")
    return {str(row["extension"]): {name: row[name] for name in names} for row in rows}


def one_core_user(pbx: Pbx, parts: tuple[str, ...], _body: dict[str, Any]) -> Any:
    tables, number = pbx.tables, parts[0]
    row = tables.row("users", extension=number)
    if row is None:
        return []

    def own(key: str, default: str = "") -> str:
        return tables.get(f"AMPUSER/{number}/{key}", default)

    merged = core_user(tables, number)
    for name in DEVICE:
        merged.pop(name, None)
    return {
        **row, **merged,
        "callwaiting": "enabled" if tables.get(f"CW/{number}") == "ENABLED" else "disabled",
        "cid_masquerade": own("cidnum", number), "call_screen": own("screen", "0"),
        "pinless": own("pinless", "disabled"), "cfringtimer": int(own("cfringtimer", "0") or 0),
        "concurrency_limit": int(own("concurrency_limit", "3") or 0),
        "dialopts": own("dialopts") or False, "accountcode": own("accountcode") or False,
        "rvolume": own("rvolume"),
    }  # fmt: skip


def _assigned(row: Row) -> dict[str, Any]:
    return {**row, "assigned": [row["default_extension"]]}


def userman_users(pbx: Pbx, _parts: tuple[str, ...], _body: dict[str, Any]) -> Any:
    return [
        {**_assigned(row), "id": str(row["id"]), "dn": row["displayname"]}
        for row in pbx.tables.rows("userman_users")
    ]


def userman_user(pbx: Pbx, parts: tuple[str, ...], _body: dict[str, Any]) -> Any:
    row = pbx.tables.row("userman_users", username=parts[0])
    return _assigned(row) if row else False


def userman_extensions(pbx: Pbx, _parts: tuple[str, ...], _body: dict[str, Any]) -> Any:
    return {
        str(row["default_extension"]): {
            "id": str(row["id"]), "username": row["username"], "description": row["description"],
        }
        for row in pbx.tables.rows("userman_users")
    }  # fmt: skip


def userman_extension(pbx: Pbx, parts: tuple[str, ...], _body: dict[str, Any]) -> Any:
    row = pbx.tables.row("userman_users", default_extension=parts[0])
    return _assigned(row) if row else False


def one_mailbox(pbx: Pbx, parts: tuple[str, ...], _body: dict[str, Any]) -> Any:
    box = pbx.tables.mailboxes.get(parts[0])
    if box is None:
        return []
    return {
        "vmcontext": box.context, "pwd": box.pin, "name": box.name, "email": box.email,
        "pager": box.pager, "options": dict(box.options),
    }  # fmt: skip


def all_queues(pbx: Pbx, _parts: tuple[str, ...], _body: dict[str, Any]) -> Any:
    rows = sorted(pbx.tables.rows("queues_config"), key=lambda row: str(row["extension"]))
    return {
        str(row["extension"]): {"extension": row["extension"], "name": row["descr"]} for row in rows
    }


QUEUE_NAMES = {
    "grppre": "prefix", "descr": "name", "dest": "goto", "ivr_id": "announcemenu",
    "callback_id": "callback", "ringing": "rtone",
}  # fmt: skip


def _static(pbx: Pbx, number: str) -> list[str]:
    return [each.partition(",")[0] for each in queues.members_of(pbx.tables, number)]


def one_queue(pbx: Pbx, parts: tuple[str, ...], _body: dict[str, Any]) -> Any:
    number = parts[0]
    row = pbx.tables.row("queues_config", extension=number)
    if row is None:
        return []
    details: dict[str, Any] = dict(pbx.tables.settings("queues_details", number))
    only = pbx.tables.get(f"QPENALTY/{number}/dynmemberonly", "no")
    return {
        **details, "member": _static(pbx, number),
        **{QUEUE_NAMES.get(name, name): value for name, value in row.items()},
        "dynmembers": queues.dynamic_members(pbx.tables, number) or [""], "dynmemberonly": only,
        "context": "", "periodic-announce": "", "extension": number,
    }  # fmt: skip


def all_members(pbx: Pbx, _parts: tuple[str, ...], _body: dict[str, Any]) -> Any:
    rows = sorted(pbx.tables.rows("queues_config"), key=lambda row: str(row["extension"]))
    return {str(row["extension"]): {"members": _static(pbx, str(row["extension"]))} for row in rows}


def queue_members(pbx: Pbx, parts: tuple[str, ...], _body: dict[str, Any]) -> Any:
    dynamic = [each.partition(",")[0] for each in queues.dynamic_members(pbx.tables, parts[0])]
    return {"dynmembers": dynamic, "member": _static(pbx, parts[0])}


def put_members(pbx: Pbx, parts: tuple[str, ...], body: dict[str, Any]) -> Any:
    """Members of a queue; the body's shape is not recorded: that of the read is taken."""
    tables, number = pbx.tables, parts[0]
    if "member" in body:
        tables.delete("queues_details", id=number, keyword="member")
        for place, member in enumerate(body["member"]):
            data = f"Local/{member}@from-queue/n,0"
            row: Row = {"id": number, "keyword": "member", "data": data, "flags": place}
            tables.insert("queues_details", row)
    if "dynmembers" in body:
        tables.drop(f"QPENALTY/{number}/agents")
        for member in body["dynmembers"]:
            tables.put(f"QPENALTY/{number}/agents/{member}", "0")
    return True


def follow_users(pbx: Pbx, _parts: tuple[str, ...], _body: dict[str, Any]) -> Any:
    rows = sorted(pbx.tables.rows("users"), key=lambda row: str(row["extension"]))
    return {str(row["extension"]): row["name"] for row in rows}


def follow_user(pbx: Pbx, parts: tuple[str, ...], _body: dict[str, Any]) -> Any:
    row = follow_me.follow_me_of(pbx.tables, parts[0])
    if row is None:
        return []
    user = pbx.tables.row("users", extension=parts[0])
    base = f"AMPUSER/{parts[0]}/followme"
    return {
        **row, "voicemail": user["voicemail"] if user else "novm",
        "needsconf": row["needsconf"] or "", "rvolume": row["rvolume"] or "",
        "changecid": pbx.tables.get(f"{base}/changecid", "default"),
        "fixedcid": pbx.tables.get(f"{base}/fixedcid"),
        "ddial": "" if follow_me.is_enabled(pbx.tables, parts[0]) else "CHECKED",
    }  # fmt: skip


def flow_state(pbx: Pbx, parts: tuple[str, ...], _body: dict[str, Any]) -> Any:
    return {"state": pbx.tables.get(f"DAYNIGHT/C{parts[0]}", "DAY")}


def put_flow_state(pbx: Pbx, parts: tuple[str, ...], body: dict[str, Any]) -> Any:
    pbx.tables.put(f"DAYNIGHT/C{parts[0]}", str(body.get("state", "DAY")))
    return True


def condition_state(pbx: Pbx, parts: tuple[str, ...], _body: dict[str, Any]) -> Any:
    return pbx.tables.get(f"TC/{parts[0]}") or False


def put_condition_state(pbx: Pbx, parts: tuple[str, ...], body: dict[str, Any]) -> Any:
    pbx.tables.put(f"TC/{parts[0]}", str(body.get("state", "")))
    return True


def one_room(pbx: Pbx, parts: tuple[str, ...], _body: dict[str, Any]) -> Any:
    return pbx.tables.row("meetme", exten=parts[0]) or []


def put_room(_pbx: Pbx, _parts: tuple[str, ...], _body: dict[str, Any]) -> Any:
    """Broken on 17 (seen): see `_broken_room`."""
    raise NotImplementedError


def delete_room(pbx: Pbx, parts: tuple[str, ...], _body: dict[str, Any]) -> Any:
    pbx.tables.delete("meetme", exten=parts[0])
    return True


def presences(_pbx: Pbx, _parts: tuple[str, ...], _body: dict[str, Any]) -> Any:
    return {
        str(place): {"id": place, "type": kind, "message": None}
        for place, kind in enumerate(PRESENCES, 1)
    }


def quiet_users(pbx: Pbx, _parts: tuple[str, ...], _body: dict[str, Any]) -> Any:
    return [key for key, value in pbx.tables.below("DND").items() if value == "YES"]


def quiet_user(pbx: Pbx, parts: tuple[str, ...], _body: dict[str, Any]) -> Any:
    return {"status": pbx.tables.get(f"DND/{parts[0]}") == "YES"}


def put_quiet_user(pbx: Pbx, parts: tuple[str, ...], body: dict[str, Any]) -> Any:
    if body.get("status") == "enabled":
        pbx.tables.put(f"DND/{parts[0]}", "YES")
    else:
        pbx.tables.drop(f"DND/{parts[0]}")
    return True


def forwards(pbx: Pbx, parts: tuple[str, ...], _body: dict[str, Any]) -> Any:
    return {kind: pbx.tables.get(f"{kind}/{parts[0]}") or False for kind in ("CF", "CFU", "CFB")}


def call_waiting(pbx: Pbx, parts: tuple[str, ...], _body: dict[str, Any]) -> Any:
    found: Value = pbx.tables.get(f"CW/{parts[0]}")
    return found or False


def contact_groups(_pbx: Pbx, _parts: tuple[str, ...], _body: dict[str, Any]) -> Any:
    return [{"id": 1, "owner": -1, "name": "User Manager Group", "type": "internal"}]


ROUTES: tuple[tuple[str, str, Answering], ...] = (
    ("GET", "framework/version", version),
    ("GET", "framework/engine", engine),
    ("GET", "framework/needreload", need_reload),
    ("PUT", "framework/reload", reload),
    ("GET", r"framework/apistatus/(\d+)", api_status),
    ("GET", "parking/", parking),
    ("PUT", "parking/", put_parking),
    ("GET", "core/users", core_users),
    ("GET", r"core/users/(\w+)", one_core_user),
    ("GET", "userman/users", userman_users),
    ("GET", r"userman/users/(\w+)", userman_user),
    ("GET", "userman/extensions", userman_extensions),
    ("GET", r"userman/extensions/(\w+)", userman_extension),
    ("GET", r"voicemail/voicemail/mailboxes/(\w+)", one_mailbox),
    ("GET", "queues/", all_queues),
    ("GET", r"queues/(\d+)", one_queue),
    ("GET", "queues/members", all_members),
    ("GET", r"queues/members/(\d+)", queue_members),
    ("PUT", r"queues/members/(\d+)", put_members),
    ("GET", "findmefollow/users", follow_users),
    ("GET", r"findmefollow/users/(\w+)", follow_user),
    ("GET", r"daynight/(\d+)", flow_state),
    ("PUT", r"daynight/(\d+)", put_flow_state),
    ("GET", r"timeconditions/(\d+)", condition_state),
    ("PUT", r"timeconditions/(\d+)", put_condition_state),
    ("GET", r"conferences/(\d+)", one_room),
    ("PUT", r"conferences/(\d+)", put_room),
    ("DELETE", r"conferences/(\d+)", delete_room),
    ("GET", "presencestate/list", presences),
    ("GET", "donotdisturb/users", quiet_users),
    ("GET", r"donotdisturb/users/(\w+)", quiet_user),
    ("PUT", r"donotdisturb/users/(\w+)", put_quiet_user),
    ("GET", r"callforward/users/(\w+)", forwards),
    ("GET", r"callwaiting/users/(\w+)", call_waiting),
    ("GET", "contactmanager/groups", contact_groups),
)
"""Method, route and answer. Roots like `queues` are not among them: unreachable (seen)."""
