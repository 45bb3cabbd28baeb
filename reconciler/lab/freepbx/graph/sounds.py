"""Announcements, blacklist, music on hold and recordings over GraphQL."""

from __future__ import annotations

from reconciler.lab.freepbx.graph.answers import (
    Answer,
    Args,
    Resolver,
    connection,
    done,
    global_id,
    refused,
)
from reconciler.lab.freepbx.pbx import Pbx
from reconciler.lab.freepbx.tables import Row, Value, php_int


def announcement_value(row: Row) -> Answer:
    """An `announcement`; its destination is there as it is stored."""
    number = row["announcement_id"]
    return {
        "__typename": "announcement", "id": global_id("announcement", number),
        "announcement_id": number, "description": row["description"],
        "allow_skip": bool(row["allow_skip"]), "return_ivr": bool(row["return_ivr"]),
        "noanswer": bool(row["noanswer"]), "repeat_msg": php_int(row["repeat_msg"]),
        "destinationConnection": {"__typename": "unknowndestination", "id": row["post_dest"]},
    }  # fmt: skip


def _announcement_values(given: Args, *, repeat: Value) -> dict[str, Value]:
    return {
        "description": given["description"], "recording_id": given.get("recording_id"),
        "allow_skip": int(bool(given.get("allow_skip"))), "post_dest": given["post_dest"],
        "return_ivr": int(bool(given.get("return_ivr"))),
        "noanswer": int(bool(given.get("noanswer"))),
        "repeat_msg": given["repeat_msg"] if given.get("repeat_msg") is not None else repeat,
    }  # fmt: skip


def add_announcement(pbx: Pbx, given: Args) -> Answer:
    number = pbx.tables.next_id("announcement")
    values = _announcement_values(given, repeat="0")
    row = pbx.tables.insert("announcement", {"announcement_id": number, **values})
    return {"announcement": announcement_value(row)}


def update_announcement(pbx: Pbx, given: Args) -> Answer:
    """What is left out is reset."""
    row = pbx.tables.row("announcement", announcement_id=php_int(given["announcement_id"]))
    if row is None:
        return {"announcement": {}}
    pbx.tables.change(row, "announcement", **_announcement_values(given, repeat=""))
    return {"announcement": announcement_value(row)}


def remove_announcement(pbx: Pbx, given: Args) -> Answer:
    pbx.tables.delete("announcement", announcement_id=given["id"])
    return {"deletedId": given["id"]}


def announcement(pbx: Pbx, args: Args) -> Answer:
    """One that is not there is an object full of nulls (seen)."""
    number = str(args.get("id") or "")
    row = pbx.tables.row("announcement", announcement_id=int(number) if number.isdigit() else -1)
    return announcement_value(row) if row else {"__typename": "announcement"}


def all_announcements(pbx: Pbx, args: Args) -> Answer:
    found = [announcement_value(row) for row in pbx.tables.rows("announcement")]
    return connection("announcements", found, args)


def _blocked(number: str, description: str) -> Answer:
    return {
        "id": global_id("blacklist", number),
        "number": number,
        "description": description,
    }


def all_blacklists(pbx: Pbx, args: Args) -> Answer:
    entries = pbx.tables.below("blacklist")
    found = [_blocked(*each) for each in sorted(entries.items()) if each[0] not in SETTINGS]
    return connection("blacklists", found, args)


SETTINGS = ("dest", "blocked")
"""AstDB keys below `blacklist` that are settings and not numbers."""


def blacklist(pbx: Pbx, args: Args) -> Answer:
    number = str(args.get("id") or "")
    return _blocked(number, pbx.tables.get(f"blacklist/{number}"))


def blacklist_settings(pbx: Pbx, _args: Args) -> Answer:
    return {
        "blockUnknown": pbx.tables.get("blacklist/blocked") == "1",
        "destination": pbx.tables.get("blacklist/dest") or None,
    }


def add_blacklist(pbx: Pbx, given: Args) -> Answer:
    number, text = given["number"], given.get("description") or ""
    pbx.tables.put(f"blacklist/{number}", text)
    return {"blacklist": _blocked(number, text)}


def remove_blacklist(pbx: Pbx, given: Args) -> Answer:
    pbx.tables.drop(f"blacklist/{given['number']}")
    return {"deletedId": given["number"]}


def set_blacklist(pbx: Pbx, given: Args) -> Answer:
    if given.get("blockUnknown") is not None:
        pbx.tables.put("blacklist/blocked", "1" if given["blockUnknown"] else "")
    if given.get("destination") is not None:
        pbx.tables.put("blacklist/dest", given["destination"])
    return blacklist_settings(pbx, given)


def _music(row: Row) -> Answer:
    return {**row, "id": global_id("musiconhold", row["id"]), "random": bool(row["random"])}


def all_music(pbx: Pbx, args: Args) -> Answer:
    return connection("musiconholds", [_music(row) for row in pbx.tables.rows("music")], args)


def music(pbx: Pbx, args: Args) -> Answer:
    number = str(args.get("id") or "")
    row = pbx.tables.row("music", id=int(number) if number.isdigit() else -1)
    return _music(row) if row else {"id": None}


def _recording(row: Row) -> Answer:
    return {
        "id": global_id("recordings", row["id"]), "name": row["displayname"],
        "description": row["description"], "fcode": row["fcode"],
        "fcode_pass": row["fcode_pass"], "language": row["fcode_lang"],
        "playback": [row["filename"]], "languages": ["en"],
    }  # fmt: skip


def all_recordings(pbx: Pbx, _args: Args) -> Answer:
    found = [_recording(row) for row in pbx.tables.rows("recordings")]
    return done("List of recordings", recordings=found) if found else refused("No recordings found")


def add_recording(pbx: Pbx, given: Args) -> Answer:
    number = pbx.tables.next_id("recordings")
    files = given.get("playback") or [""]
    pbx.tables.insert(
        "recordings",
        {
            "id": number, "displayname": given["name"], "filename": "&".join(files),
            "description": given.get("description") or "",
        },
    )  # fmt: skip
    return done("Recording has been created", id=str(number))


QUERIES: dict[str, Resolver] = {
    "announcement": announcement,
    "allAnnouncements": all_announcements,
    "blacklist": blacklist,
    "allBlacklists": all_blacklists,
    "blacklistSettings": blacklist_settings,
    "musiconhold": music,
    "allMusiconholds": all_music,
    "fetchAllRecordings": all_recordings,
}
MUTATIONS: dict[str, Resolver] = {
    "addAnnouncement": add_announcement,
    "updateAnnouncement": update_announcement,
    "removeAnnouncement": remove_announcement,
    "addBlacklist": add_blacklist,
    "removeBlacklist": remove_blacklist,
    "setBlacklistSettings": set_blacklist,
    "addRecording": add_recording,
}
