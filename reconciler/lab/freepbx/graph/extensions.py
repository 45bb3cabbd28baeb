"""Extensions, core devices and core users over GraphQL."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from reconciler.lab.freepbx.graph.answers import (
    Answer,
    Args,
    Hidden,
    Resolver,
    Spoken,
    broken_connection,
    done,
    failing,
    global_id,
    refused,
    swallowed,
)
from reconciler.lab.freepbx.objects import extension, userman
from reconciler.lab.freepbx.objects.device import add_device, delete_device
from reconciler.lab.freepbx.pbx import Pbx
from reconciler.lab.freepbx.tables import number_of, php_int

NO_PASSWORD = "User management is enabled please provide password"  # noqa: S105
TAKEN = "This device id is already in use"
DEVICES = "Core Device's found successfully"


def user_value(pbx: Pbx, number: str, *, whole: bool = True) -> Answer:
    """A `coreuser`. Reading one asks Asterisk for AstDB, so it fails while that is down."""
    if not pbx.asterisk_is_up:
        raise Hidden
    tables = pbx.tables
    row = tables.row("users", extension=number)
    if row is None:
        return {"id": global_id("coreuser", "")}

    def own(key: str, default: str = "") -> str:
        return tables.get(f"AMPUSER/{number}/{key}", default)

    waiting = tables.get(f"CW/{number}") == "ENABLED"
    ring = row["ringtimer"] if whole else None
    return {
        "id": global_id("coreuser", number), "extension": number, "password": row["password"],
        "name": row["name"], "voicemail": row["voicemail"], "ringtimer": ring,
        "noanswer": row["noanswer"], "recording": row["recording"],
        "outboundCid": row["outboundcid"], "sipname": row["sipname"],
        "extPassword": lambda _info: tables.settings("sip", number).get("secret"),
        "noanswerCid": row["noanswer_cid"], "busyCid": row["busy_cid"],
        "chanunavailCid": row["chanunavail_cid"], "noanswerDestination": row["noanswer_dest"],
        "busyDestination": row["busy_dest"], "chanunavailDestination": row["chanunavail_dest"],
        "mohclass": row["mohclass"],
        "callwaiting": waiting if pbx.version.is_17 else "enabled" if waiting else "disabled",
        "recording_in_external": own("recording/in/external", "dontcare"),
        "recording_out_external": own("recording/out/external", "dontcare"),
        "recording_in_internal": own("recording/in/internal", "dontcare"),
        "recording_out_internal": own("recording/out/internal", "dontcare"),
        "recording_ondemand": own("recording/ondemand", "disabled"),
        "recording_priority": php_int(own("recording/priority", "10") or "10"),
        "callforward_unconditional": tables.get(f"CFU/{number}"),
        "callforward_busy": tables.get(f"CFB/{number}"),
        "callforward_all": tables.get(f"CF/{number}"),
        "callforward_ringtimer": php_int(own("cfringtimer", "0")),
        "donotdisturb": tables.get(f"DND/{number}") == "YES",
    }  # fmt: skip


def device_value(pbx: Pbx, number: str) -> Answer:
    """A `coredevice`; its own `status` and `message` fail."""
    row = pbx.tables.row("devices", id=number)
    if row is None:
        return {"id": global_id("extension", "")}
    return {
        "id": global_id("extension", number), "deviceId": number, "tech": row["tech"],
        "dial": row["dial"], "devicetype": row["devicetype"], "description": row["description"],
        "emergencyCid": row["emergency_cid"], "status": failing, "message": failing,
        "user": lambda _info: user_value(pbx, str(row["user"])),
    }  # fmt: skip


def extension_value(pbx: Pbx, number: str) -> Answer:
    """An `extension` with its halves, which are read when they are asked for."""
    row = pbx.tables.row("devices", id=number)
    return {
        "id": global_id("extension", number if row else ""),
        "extensionId": number if row else None,
        "tech": row["tech"] if row else None,
        "user": lambda _info: user_value(pbx, number),
        "coreDevice": lambda _info: device_value(pbx, number),
    }


def numbers(pbx: Pbx) -> list[str]:
    """All devices, by number."""
    found = [str(row["id"]) for row in pbx.tables.rows("devices")]
    return sorted(found, key=lambda each: (not each.isdigit(), len(each), each))


def fetch_extension(pbx: Pbx, args: Args) -> Answer:
    number = str(args.get("extensionId") or "")
    value = extension_value(pbx, number)
    if value["extensionId"] is None:
        return {**value, **refused("Extension does not exists")}
    return {**value, **done("Extension found successfully")}


def _listing(message: str) -> Resolver:
    def fetch(pbx: Pbx, args: Args) -> Answer:
        found = [extension_value(pbx, each) for each in numbers(pbx)]
        return broken_connection("extension", found, args, count=len(found), **done(message))

    return fetch


def fetch_core_device(pbx: Pbx, args: Args) -> Answer:
    return device_value(pbx, str(args.get("device_id") or ""))


def fetch_all_core_devices(pbx: Pbx, args: Args) -> Answer:
    found = [device_value(pbx, each) for each in numbers(pbx)]
    return broken_connection("coreDevice", found, args, **done(DEVICES))


def all_core_users(pbx: Pbx, args: Args) -> Answer:
    rows = sorted(str(row["extension"]) for row in pbx.tables.rows("users"))
    found = [user_value(pbx, each, whole=False) for each in rows]
    return {**broken_connection("coreUser", found, args), "totalCount": failing}


def core_user(_pbx: Pbx, _args: Args) -> Any:
    """Broken on every version seen (issue-tracker 1119)."""
    raise Hidden


def _wanted(given: Args) -> extension.Wanted:
    ring = given.get("ringtimer")
    return extension.Wanted(
        number=number_of(given["extensionId"]), name=given.get("name"), email=given.get("email"),
        secret=given.get("extPassword") or None, outbound_cid=given.get("outboundCid"),
        emergency_cid=given.get("emergencyCid"), user=given.get("umEnable"),
        user_groups=given.get("umGroups"), user_password=given.get("umPassword"),
        voicemail=given.get("vmEnable"), voicemail_pin=given.get("vmPassword"),
        caller_id=given.get("callerID"), max_contacts=given.get("maxContacts"),
        ring_timer=None if ring is None else str(ring),
    )  # fmt: skip


def _objection(pbx: Pbx, given: Args, tech: str) -> str:
    """Why an extension is not made, or an empty text."""
    if not number_of(given["extensionId"]).isdigit():
        return "Please enter only numeric values"
    if tech == "sip":
        return (
            "The installed version of Asterisk does not support chan_sip. Please use pjsip instead"
        )
    if tech != "pjsip":
        return (
            f"The existing driver not support this tech(`{tech}`) option . Please use pjsip instead"
        )
    if given.get("umEnable") and not given.get("umPassword"):
        return NO_PASSWORD
    return TAKEN if extension.exists(pbx.tables, number_of(given["extensionId"])) else ""


def _add(pbx: Pbx, given: Args) -> None:
    if not extension.create(pbx.tables, _wanted(given), asterisk_is_up=pbx.asterisk_is_up):
        raise Spoken(pbx.no_connection)


def add_extension(pbx: Pbx, given: Args) -> Answer:
    objection = _objection(pbx, given, given.get("tech") or "pjsip")
    if objection:
        return refused(objection)
    _add(pbx, given)
    return done("Extension has been created Successfully")


def create_range(pbx: Pbx, given: Args) -> Answer:
    """Many at once; stops at the first number that is taken, what was made before stays."""
    first, count = php_int(given["startExtension"]), php_int(given["numberOfExtensions"])
    tech = given.get("tech") or ""
    probe = {**given, "extensionId": str(first), "umPassword": "x"}
    objection = _objection(pbx, probe, tech)
    if objection and objection != TAKEN:
        return refused(objection)
    for number in range(first, first + count):
        if extension.exists(pbx.tables, str(number)):
            raise Spoken(TAKEN)
        _add(pbx, {**given, "extensionId": str(number), "name": f"{number}  {given['name']}"})
    return done("Extension's has been created Successfully")


def update_extension(pbx: Pbx, given: Args) -> Answer:
    """The update that says null to what it does not like, and resets what it is not told."""
    number, wanted = number_of(given["extensionId"]), _wanted(given)
    if not extension.exists(pbx.tables, number):
        return refused("Extension does not exists.")
    if wanted.user and not wanted.user_password:
        return refused(NO_PASSWORD)
    without = wanted.email is None and wanted.user is not False
    if (
        not pbx.asterisk_is_up
        or not wanted.name
        or (without and userman.user_of(pbx.tables, number) is None)
    ):
        return swallowed()
    extension.update(pbx.tables, wanted, is_17=pbx.version.is_17)
    return done("Extension has been updated")


def delete_extension(pbx: Pbx, given: Args) -> Answer:
    number = number_of(given["extensionId"])
    if not extension.exists(pbx.tables, number):
        return refused("Extension does not exists.")
    if not pbx.asterisk_is_up:
        raise Hidden
    extension.delete(pbx.tables, number)
    return done("Extension has been deleted")


def _device(message: str, *, replace: bool) -> Callable[[Pbx, Args], Answer]:
    def write(pbx: Pbx, given: Args) -> Answer:
        number = number_of(given["id"])
        if replace != extension.exists(pbx.tables, number):
            return refused("Core device does not exists" if replace else TAKEN)
        if replace:
            delete_device(pbx.tables, number, whole=True)
        add_device(
            pbx.tables, number, given.get("description") or "", user=given.get("user") or number,
            tech=given["tech"], dial=given["dial"], devicetype=given["devicetype"],
            emergency_cid=given.get("emergency_cid") or "",
        )  # fmt: skip
        return done(message, coreDevice=device_value(pbx, number))

    return write


def delete_core_device(pbx: Pbx, given: Args) -> Answer:
    number = number_of(given["id"])
    delete_device(pbx.tables, number, whole=False)
    return done("Core device has been deleted successfully", deletedId=number)


USER_FIELDS = (
    "name", "password", "ringtimer", "noanswer", "recording", "outboundcid", "sipname",
    "noanswer_cid", "busy_cid", "chanunavail_cid", "noanswer_dest", "busy_dest",
    "chanunavail_dest",
)  # fmt: skip


def _user(key: str) -> Callable[[Pbx, Args], Answer]:
    def write(pbx: Pbx, given: Args) -> Answer:
        number = number_of(given["extension"])
        values = {name: given[name] for name in USER_FIELDS if given.get(name) is not None}
        extension.write_user(pbx.tables, number, **values)
        return {key: user_value(pbx, number)}

    return write


def remove_core_user(pbx: Pbx, given: Args) -> Answer:
    number = number_of(given["extension"])
    pbx.tables.delete("users", extension=number)
    pbx.tables.drop(f"AMPUSER/{number}")
    return {"deletedId": number}


QUERIES: dict[str, Resolver] = {
    "fetchExtension": fetch_extension,
    "fetchAllExtensions": _listing("Extension's found successfully"),
    "fetchAllValidExtensions": _listing("Valid core extensions"),
    "fetchCoreDevice": fetch_core_device,
    "fetchAllCoreDevices": fetch_all_core_devices,
    "allCoreUsers": all_core_users,
    "coreUser": core_user,
}
MUTATIONS: dict[str, Resolver] = {
    "addExtension": add_extension,
    "createRangeofExtension": create_range,
    "updateExtension": update_extension,
    "deleteExtension": delete_extension,
    "addCoreDevice": _device("Core device has been created successfully", replace=False),
    "updateCoreDevice": _device("Core device has been updated successfully", replace=True),
    "deleteCoreDevice": delete_core_device,
    "addCoreUser": _user("coreUser"),
    "updateCoreUser": _user("coreuser"),
    "removeCoreUser": remove_core_user,
}
