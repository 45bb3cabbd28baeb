"""What a Grandstream says of itself now, by generation (grandstream.md, A2 to A4)."""

import re
from collections.abc import Mapping
from typing import Any, Final

from reconciler.adapters.grandstream.identify import success
from reconciler.adapters.grandstream.numbers import parameter
from reconciler.adapters.grandstream.session import Session
from reconciler.adapters.grandstream.values import read_values
from reconciler.device import DeviceAccount, DeviceCall, LineState, Status

_DOING: Final = "reading its status"
_STATES: Final[Mapping[str, LineState]] = {
    "idle": "idle", "ringing": "ringing", "calling": "calling", "connected": "connected",
    "onhold": "held",
}  # fmt: skip
_UP: Final = re.compile(r"up\s+(?:(\d+)\s+days?,?\s*)?(?:(\d+):(\d+)|(\d+)\s+min)?")
_MOST: Final = 64
"""How many lines and accounts are believed."""


async def read_status(session: Session, accounts: int) -> Status:
    """Return the status; `accounts` is how many the model has."""
    if session.generation == "G1":
        return Status(session.identity, notes=("its web pages do not tell more",))
    if session.generation == "G4":
        return await _read_adapter(session)
    if session.generation == "G3":
        return await _read_json(session)
    return await _read_values(session, accounts)


async def _read_json(session: Session) -> Status:
    lines = await _optional(session, "POST", "/cgi-bin/api-get_line_status", [("line", "-1")])
    phone = await _optional(session, "POST", "/cgi-bin/api-get_phone_status")
    rows = await _optional(session, "GET", "/cgi-bin/api-get_accounts")
    calls = _calls(lines)
    accounts = None
    if isinstance(rows, list):
        accounts = tuple(_account(each) for each in rows[:_MOST] if isinstance(each, dict))
    runtime = await read_values(session, [":dnd"])
    return Status(
        session.identity,
        accounts=accounts,
        calls=calls,
        in_call=_in_call(calls, phone),
        do_not_disturb={"0": False, "1": True}.get(runtime.values.get(":dnd", "")),
    )


async def _optional(
    session: Session, method: str, path: str, form: list[tuple[str, str]] | None = None
) -> Any:
    """Return a status call's body; None where the firmware does not have it."""
    if method == "GET":
        return success(await session.get(path, form or [], doing=_DOING))
    return success(await session.post(path, form or [], doing=_DOING))


def _calls(rows: Any) -> tuple[DeviceCall, ...] | None:
    if not isinstance(rows, list):
        return None
    calls = []
    for row in rows[:_MOST]:
        if not isinstance(row, dict) or row.get("state") in ("idle", None, ""):
            continue
        state = _STATES.get(str(row["state"]), "other")
        calls.append(
            DeviceCall(
                _number(row.get("line")),
                state,
                str(row.get("remotenumber") or "")[:128],
                str(row.get("remotename") or "")[:128],
            )
        )
    return tuple(calls)


def _in_call(calls: tuple[DeviceCall, ...] | None, phone: Any) -> bool | None:
    if calls:
        return True
    if phone in ("busy", "ringing"):
        return True
    if calls is not None or phone == "available":
        return False
    return None


def _account(row: Mapping[str, Any]) -> DeviceAccount:
    registered = {"0": False, "1": True}.get(str(row.get("reg")))
    return DeviceAccount(
        _number(row.get("id")), str(row.get("sip_id") or "")[:128],
        str(row.get("sip_server") or "")[:255], str(row.get("name") or "")[:128], registered,
    )  # fmt: skip


def _number(value: Any) -> int:
    text = str(value)
    return int(text) if re.fullmatch(r"\d{1,4}", text) else 0


async def _read_values(session: Session, accounts: int) -> Status:
    """Read G2, which has no list of accounts: its values say what they are, not if registered."""
    known = range(1, min(accounts, 4) + 1)
    names = {
        number: tuple(parameter(each, number, 1700) for each in ("active", "user", "server"))
        for number in known
    }
    found = (await read_values(session, [each for row in names.values() for each in row])).values
    told = tuple(
        DeviceAccount(number, found.get(user, ""), found.get(server, ""))
        for number, (active, user, server) in names.items()
        if found.get(user) and found.get(active, "1") != "0"
    )
    phone = await _optional(session, "POST", "/cgi-bin/api-get_phone_status")
    return Status(session.identity, accounts=told, in_call=_in_call(None, phone))


async def _read_adapter(session: Session) -> Status:
    """Read an HT8xx V2: keys of its status page (A4)."""
    names = ["P89", "P68", "P67", "P199", "P4901", "P4902", "P4921", "P4922", "P35", "P735", "P47",
             "serial_number"]  # fmt: skip
    found = (await read_values(session, names)).values
    accounts = [
        DeviceAccount(port, found[user], found.get("P47", ""), "", _registered(found.get(state)))
        for port, user, state in ((1, "P35", "P4921"), (2, "P735", "P4922"))
        if found.get(user)
    ]
    hooks = [found[each].strip().lower() for each in ("P4901", "P4902") if found.get(each)]
    mac = re.sub(r"[^0-9a-f]", "", found.get("P67", "").lower())
    identity = session.identity._replace(
        model=session.identity.model or found.get("P89", ""),
        firmware=found.get("P68") or session.identity.firmware,
        mac=mac if len(mac) == 12 else session.identity.mac,
        serial=found.get("serial_number", ""),
    )
    return Status(
        identity,
        uptime_s=uptime_s(found.get("P199", "")),
        accounts=tuple(accounts),
        in_call=any(each != "on hook" for each in hooks) if hooks else None,
    )


def _registered(text: str | None) -> bool | None:
    return {"registered": True, "not registered": False}.get((text or "").strip().lower())


def uptime_s(text: str) -> int | None:
    """Return the seconds in `21:06:47 up 22 days, 3:04`; None if it says something else."""
    found = _UP.search(text[:200])
    if found is None or not any(found.groups()):
        return None
    days, hours, minutes, alone = (int(each or 0) for each in found.groups())
    return ((days * 24 + hours) * 60 + minutes + alone) * 60
