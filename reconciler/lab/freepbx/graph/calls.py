"""Ring groups, inbound routes, voicemail and Follow Me over GraphQL."""

from __future__ import annotations

from reconciler.lab.freepbx.graph.answers import (
    Answer,
    Args,
    Hidden,
    Resolver,
    broken_connection,
    connection,
    done,
    failing,
    global_id,
    refused,
)
from reconciler.lab.freepbx.objects import follow_me, inbound, mailbox, ring_group
from reconciler.lab.freepbx.pbx import Pbx
from reconciler.lab.freepbx.tables import Mailbox, Row, Value, number_of, php_int

CHECKED = "CHECKED"


def _yes(value: Value) -> bool:
    return value in ("yes", CHECKED)


def group_value(pbx: Pbx, row: Row) -> Answer:
    """A `ringgroup`; a strategy that the enum does not know fails that field."""
    number = str(row["grpnum"])
    change = pbx.tables.get(f"RINGGROUP/{number}/changecid", "default")
    value = {
        "id": global_id("ringgroup", number), "groupNumber": php_int(number),
        "description": row["description"], "groupList": row["grplist"],
        "groupTime": row["grptime"], "groupPrefix": row["grppre"],
        "strategy": str(row["strategy"]).replace("-", ""), "needConf": _yes(row["needsconf"]),
        "overrideRingerVolume": row["rvolume"], "changecid": change,
        "fixedcid": pbx.tables.get(f"RINGGROUP/{number}/fixedcid"),
        "callRecording": row["recording"], "pickupCall": _yes(row["cpickup"]),
        "callProgress": _yes(row["progress"]), "answeredElseWhere": _yes(row["elsewhere"]),
        "ignoreCallForward": _yes(row["cfignore"]), "ignoreCallWait": _yes(row["cwignore"]),
        "alertInfo": row["alertinfo"], "receiverMessageConfirmCall": str(row["remotealert_id"]),
        "receiverMessage": str(row["toolate_id"]), "postAnswer": row["postdest"],
        "callerMessage": str(row["annmsg_id"]), "ringingMusic": row["ringing"],
    }  # fmt: skip
    value["recevierMessageConfirmCall"] = value["receiverMessageConfirmCall"]
    value["recevierMessage"] = value["receiverMessage"]
    return value


GROUP_TEXTS = {
    "description": "description", "strategy": "strategy", "extensionList": "grplist",
    "ringTime": "grptime", "groupPrefix": "grppre", "postAnswer": "postdest",
    "alertInfo": "alertinfo", "ringingMusic": "ringing", "callRecording": "recording",
    "overrideRingerVolume": "rvolume", "callerMessage": "annmsg_id",
    "receiverMessage": "toolate_id", "receiverMessageConfirmCall": "remotealert_id",
}  # fmt: skip
GROUP_MARKS = {
    "needConf": ("needsconf", CHECKED, ""), "ignoreCallForward": ("cfignore", CHECKED, ""),
    "ignoreCallWait": ("cwignore", CHECKED, ""), "pickupCall": ("cpickup", CHECKED, ""),
    "callProgress": ("progress", "yes", "no"), "answeredElseWhere": ("elsewhere", "yes", "no"),
}  # fmt: skip


def _group_values(given: Args) -> dict[str, Value]:
    found: dict[str, Value] = {
        column: given[name] for name, column in GROUP_TEXTS.items() if given.get(name) is not None
    }
    for name, (column, yes, no) in GROUP_MARKS.items():
        if given.get(name) is not None:
            found[column] = yes if given[name] else no
    return found


def add_ring_group(pbx: Pbx, given: Args) -> Answer:
    """Checks nothing but the number. `response` always fails, also when it worked (seen)."""
    number = number_of(given["groupNumber"])
    if pbx.tables.row("ringgroups", grpnum=number):
        return refused("Sorry,Ringgroup already exists", response=failing)
    values = _group_values(given)
    values.setdefault("grppre", "ringall")  # The bug: the prefix becomes a strategy.
    ring_group.write(pbx.tables, number, values)
    ring_group.write_caller_id(
        pbx.tables, number, given.get("changecid") or "default", given.get("fixedcid") or ""
    )
    pbx.tables.needs_reload |= pbx.version.is_17
    return done("Successfully added ringgroup", response=failing)


def update_ring_group(pbx: Pbx, given: Args) -> Answer:
    """A true partial update."""
    number = number_of(given["groupNumber"])
    if not pbx.tables.row("ringgroups", grpnum=number):
        return refused("Sorry, unable to find the Ringgroup")
    ring_group.write(pbx.tables, number, _group_values(given))
    if given.get("changecid") is not None:
        fixed = given.get("fixedcid") or pbx.tables.get(f"RINGGROUP/{number}/fixedcid")
        ring_group.write_caller_id(pbx.tables, number, given["changecid"], fixed)
    pbx.tables.needs_reload |= pbx.version.is_17
    return done("RingGroup updated Successfully")


def delete_ring_group(pbx: Pbx, given: Args) -> Answer:
    ring_group.delete(pbx.tables, number_of(given["groupNumber"]))
    pbx.tables.needs_reload |= pbx.version.is_17
    return done("Successfully deleted ringgroup")


def fetch_ring_group(pbx: Pbx, args: Args) -> Answer:
    row = pbx.tables.row("ringgroups", grpnum=str(args.get("groupNumber")))
    if row is None:
        return refused("Sorry, unable to find any ringgroup")
    return {**group_value(pbx, row), **done("Record found successfully")}


def fetch_all_ring_groups(pbx: Pbx, args: Args) -> Answer:
    rows = sorted(pbx.tables.rows("ringgroups"), key=lambda row: php_int(row["grpnum"]))
    found = [group_value(pbx, row) for row in rows]
    return {**broken_connection("ringgroups", found, args), "status": True, "message": None}


MARKS = {"ringing": CHECKED, "fanswer": CHECKED, "pricid": CHECKED, "reversal": CHECKED}


def route_value(pbx: Pbx, row: Row) -> Answer:
    """A `did`: its destination is a label."""
    return {
        "id": f"{row['extension']}/{row['cidnum']}", "extension": row["extension"],
        "cidnum": row["cidnum"], "description": row["description"],
        "privacyman": bool(row["privacyman"]), "alertinfo": row["alertinfo"],
        "mohclass": row["mohclass"], "grppre": row["grppre"],
        "delay_answer": row["delay_answer"], "pmmaxretries": row["pmmaxretries"],
        "pmminlength": row["pmminlength"], "rvolume": row["rvolume"],
        **{name: row[name] == mark for name, mark in MARKS.items()},
        "destinationConnection": pbx.destinations().describe(str(row["destination"])),
    }  # fmt: skip


def _route_values(pbx: Pbx, given: Args) -> dict[str, Value]:
    texts = (
        "description", "alertinfo", "mohclass", "grppre", "delay_answer", "pmmaxretries",
        "pmminlength", "rvolume", "destination",
    )  # fmt: skip
    found: dict[str, Value] = {name: given[name] for name in texts if given.get(name) is not None}
    found["privacyman"] = int(bool(given.get("privacyman")))
    found.update({name: mark if given.get(name) else "" for name, mark in MARKS.items()})
    if not pbx.version.is_17:
        found.setdefault("rvolume", "0")
    return found


def _destination_objection(pbx: Pbx, given: Args) -> str:
    destination = given["destination"]
    if destination.count(",") < 2:
        return (
            "Please provide the valid `destination` value, for example extension (100) :"
            "`from-did-direct,100,1`"
        )
    if destination not in pbx.destinations().all:
        return (
            "Input variable destination does not exists in this system, Please provide the valid "
            "`destination`"
        )
    return ""


def add_inbound_route(pbx: Pbx, given: Args) -> Answer:
    number, caller = given.get("extension") or "", given.get("cidnum") or ""
    if inbound.find(pbx.tables, number, caller):
        return refused("Inbound Route already exists")
    objection = _destination_objection(pbx, given)
    if objection:
        return refused(objection)
    row = inbound.write(pbx.tables, number, caller, _route_values(pbx, given))
    return done("Inbound Route created successfully", inboundRoute=route_value(pbx, row))


def update_inbound_route(pbx: Pbx, given: Args) -> Answer:
    """What is left out goes back to its default; moves with `oldExtension` and `oldCidnum`."""
    number, caller = given["extension"], given.get("cidnum") or ""
    old = given.get("oldExtension") or number, given.get("oldCidnum") or caller
    if not inbound.find(pbx.tables, *old):
        return refused("Inbound Route does not exists", inboundRoute={"id": None})
    objection = _destination_objection(pbx, given)
    if objection:
        return refused(objection)
    inbound.delete(pbx.tables, *old)
    row = inbound.write(pbx.tables, number, caller, _route_values(pbx, given))
    return done("Inbound Route updated successfully", inboundRoute=route_value(pbx, row))


def remove_inbound_route(pbx: Pbx, given: Args) -> Answer:
    number, _, caller = str(given["id"]).partition("/")
    if not inbound.delete(pbx.tables, number, caller):
        return refused("Inbound Route not found", deletedId=given["id"])
    return done("Inbound Route deleted successfully", deletedId=given["id"])


def inbound_route(pbx: Pbx, args: Args) -> Answer:
    number, _, caller = str(args["id"]).partition("/")
    row = inbound.find(pbx.tables, number, caller)
    return route_value(pbx, row) if row else {"id": None}


def all_inbound_routes(pbx: Pbx, args: Args) -> Answer:
    rows = sorted(
        pbx.tables.rows("incoming"), key=lambda row: (str(row["extension"]), str(row["cidnum"]))
    )
    return connection("inboundRoutes", [route_value(pbx, row) for row in rows], args)


def fetch_voicemail(pbx: Pbx, args: Args) -> Answer:
    box = pbx.tables.mailboxes.get(str(args["extensionId"]))
    if box is None:
        return refused("Sorry unable to fetch the status")
    own = {
        "id": global_id("voicemail", args["extensionId"]), "context": box.context,
        "password": box.pin, "name": box.name, "email": box.email, "pager": box.pager,
    }  # fmt: skip
    return {**own, **box.options, **done("Voicemail data found successfully")}


def enable_voicemail(pbx: Pbx, given: Args) -> Answer:
    """Makes or fully replaces a mailbox: what is left out becomes empty or no."""
    number = number_of(given["extensionId"])
    if not pbx.tables.row("users", extension=number):
        return refused("Extension does not exists.")
    chosen = {name: bool(given.get(name)) for name in mailbox.OPTIONS}
    box = Mailbox(
        given["password"], given.get("name") or "", given.get("email") or "",
        given.get("pager") or "", mailbox.options(**chosen),
    )  # fmt: skip
    mailbox.put_mailbox(pbx.tables, number, box, password_login=True)
    return done("Voicemail has been created successfully")


def disable_voicemail(pbx: Pbx, given: Args) -> Answer:
    number = number_of(given["extensionId"])
    if number not in pbx.tables.mailboxes:
        return refused("Sorry,voicemail does not  exists.")
    mailbox.drop_mailbox(pbx.tables, number)
    return done("Voicemail has been disabled")


FOLLOW_COLUMNS = {
    "ringTime": "grptime", "followMePrefix": "grppre", "followMeList": "grplist",
    "callerMessage": "annmsg_id", "noAnswerDestination": "postdest", "alertInfo": "dring",
    "receiverMessageConfirmCall": "remotealert_id", "receiverMessageTooLate": "toolate_id",
    "ringingMusic": "ringing", "initialRingTime": "pre_ring", "calendar": "calendar_id",
    "calendarGroup": "calendar_group_id", "overrideRingerVolume": "rvolume",
}  # fmt: skip


def fetch_follow_me(pbx: Pbx, args: Args) -> Answer:
    number = str(args["extensionId"])
    row = follow_me.follow_me_of(pbx.tables, number)
    if row is None:
        missing = {"enabled": False, "extensionId": None}
        return {**missing, **refused(f"No record found for {number}")}
    user = pbx.tables.row("users", extension=number)
    strategy = str(row["strategy"] or "ringallv2-prim")
    value = {name: row[column] or None for name, column in FOLLOW_COLUMNS.items()}
    base = f"AMPUSER/{number}/followme"
    return {
        **value,
        "id": global_id("findmefollow", number), "extensionId": number,
        "enabled": follow_me.is_enabled(pbx.tables, number),
        "strategy": strategy.replace("-", ""), "ringTime": row["grptime"],
        "confirmCalls": True if row["needsconf"] == CHECKED else None,
        "voicemail": user["voicemail"] if user else "novm",
        "enableCalendar": True if row["calendar_enable"] else None,
        "matchCalendar": row["calendar_match"] == "yes",
        "externalCallerIdMode": pbx.tables.get(f"{base}/changecid", "default"),
        "fixedCallerId": pbx.tables.get(f"{base}/fixedcid") or None,
        **done("Record found successfully"),
    }  # fmt: skip


def _dashed(strategy: str) -> str:
    """The enum drops the dash that the table keeps."""
    known = strategy.endswith("prim") and strategy != "prim"
    return f"{strategy[:-4]}-prim" if known else strategy


def update_follow_me(pbx: Pbx, given: Args) -> Answer:
    """Creates what is not there, and changes only what is named."""
    number, destination = number_of(given["extensionId"]), given.get("noAnswerDestination")
    if destination and destination not in pbx.destinations().all:
        return refused(f"Invalid Route: {destination}")
    row = follow_me.enable(
        pbx.tables, number, enabled=bool(given["enabled"]), is_17=pbx.version.is_17
    )
    values: dict[str, Value] = {
        column: given[name]
        for name, column in FOLLOW_COLUMNS.items()
        if given.get(name) is not None
    }
    if given.get("strategy"):
        values["strategy"] = _dashed(given["strategy"])
    if given.get("confirmCalls") is not None:
        values["needsconf"] = CHECKED if given["confirmCalls"] else ""
    if given.get("enableCalendar") is not None:
        values["calendar_enable"] = int(given["enableCalendar"])
    if given.get("matchCalendar") is not None:
        values["calendar_match"] = "yes" if given["matchCalendar"] else "no"
    follow_me.write(pbx.tables, row, **values)
    base = f"AMPUSER/{number}/followme"
    for name, key in (("externalCallerIdMode", "changecid"), ("fixedCallerId", "fixedcid")):
        if given.get(name) is not None:
            pbx.tables.put(f"{base}/{key}", given[name])
    return done("Follow me has been updated")


def _switch(message: str, *, enabled: bool) -> Resolver:
    def switch(pbx: Pbx, given: Args) -> Answer:
        number = number_of(given["extensionId"])
        follow_me.enable(pbx.tables, number, enabled=enabled, is_17=pbx.version.is_17)
        return done(message)

    return switch


def node(_pbx: Pbx, _args: Args) -> Answer:
    """`node(id:)` fails for what was tried (seen)."""
    raise Hidden


QUERIES: dict[str, Resolver] = {
    "fetchRingGroup": fetch_ring_group,
    "fetchAllRingGroups": fetch_all_ring_groups,
    "inboundRoute": inbound_route,
    "allInboundRoutes": all_inbound_routes,
    "fetchVoiceMail": fetch_voicemail,
    "fetchFollowMe": fetch_follow_me,
    "node": node,
}
MUTATIONS: dict[str, Resolver] = {
    "addRingGroup": add_ring_group,
    "updateRingGroup": update_ring_group,
    "deleteRingGroup": delete_ring_group,
    "addInboundRoute": add_inbound_route,
    "updateInboundRoute": update_inbound_route,
    "removeInboundRoute": remove_inbound_route,
    "enableVoiceMail": enable_voicemail,
    "disableVoiceMail": disable_voicemail,
    "updateFollowMe": update_follow_me,
    "enableFollowMe": _switch("Follow me has been enabled", enabled=True),
    "disableFollowMe": _switch("Follow me has been disabled", enabled=False),
}
