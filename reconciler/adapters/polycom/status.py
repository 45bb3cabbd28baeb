"""What a Poly phone says of itself now (polycom.md, A)."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from reconciler.adapters.polycom.rest import Rest
from reconciler.device import DeviceAccount, DeviceCall, Identity, LineState, Status
from reconciler.errors import UnexpectedReply

_DOING: Final = "reading its status"
_STATES: Final[Mapping[str, LineState]] = {
    "connected": "connected", "ringing": "ringing", "offering": "ringing", "dialtone": "calling",
    "setup": "calling", "proceeding": "calling", "ringback": "calling", "callhold": "held",
    "callheld": "held", "held": "held", "hold": "held",
}  # fmt: skip
_MOST: Final = 64


async def read_identity(rest: Rest, identity: Identity) -> tuple[Identity, int | None]:
    """Return who it is and its uptime in seconds."""
    doing = "asking who is there"
    data = (await rest.get("v1/mgmt/device/info", doing=doing)).get("data")
    if not isinstance(data, dict):
        raise UnexpectedReply(rest.http.phone, doing, "an identity that is no table")
    model = _text(data.get("ModelNumber"))
    found = data.get("Firmware")
    firmware = data.get("FirmwareRelease")
    if not firmware and isinstance(found, dict):  # the shape of v2
        firmware = str(found.get("Application") or "").split(" ")[0]
    mac = re.sub(r"[^0-9a-f]", "", _text(data.get("MACAddress")).lower())
    known = identity._replace(
        generation="edge" if model.lower().startswith("edge") else "vvx",
        model=model.replace(" ", "") or identity.model,
        firmware=_text(firmware),
        mac=mac if len(mac) == 12 else identity.mac,
    )
    return known, uptime_s(data)


def uptime_s(data: Mapping[str, Any]) -> int | None:
    """Return the seconds of `0 Day 2:26:00`, or of v2's table; None if it says neither."""
    text = _text(data.get("UpTimeSinceLastReboot"))
    found = re.fullmatch(r"(\d+) [Dd]ays? (\d+):(\d+):(\d+)", text)
    if found is not None:
        parts: Iterable[str] = found.groups()
    else:
        table = data.get("UpTime")
        if not isinstance(table, dict):
            return None
        parts = [str(table.get(name)) for name in ("Days", "Hours", "Minutes", "Seconds")]
    texts = list(parts)
    if not all(re.fullmatch(r"\d{1,6}", each) for each in texts):
        return None
    days, hours, minutes, seconds = map(int, texts)
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds


async def read_status(
    rest: Rest, identity: Identity, fresh: tuple[Identity, int | None] | None
) -> Status:
    """Return the status; `fresh` is the identity where it was read just now."""
    known, up_s = fresh or await read_identity(rest, identity)
    lines = await rest.get_if_there("v1/mgmt/lineInfo", doing=_DOING)
    rows = await rest.get_if_there("v2/webCallControl/callStatus", doing=_DOING)
    if rows is None:
        rows = await rest.get_if_there("v1/webCallControl/callStatus", doing=_DOING)
    calls = _calls(rows)
    return Status(
        known,
        uptime_s=up_s,
        accounts=_accounts(lines, known.model),
        calls=calls,
        in_call=None if calls is None else bool(calls),
    )


def _accounts(rows: Any, model: str) -> tuple[DeviceAccount, ...] | None:
    if not isinstance(rows, list):
        return None
    found: dict[tuple[str, str], DeviceAccount] = {}
    for row in rows[:_MOST]:
        if not isinstance(row, dict):
            continue
        user, address = (
            _text(row.get("UserID")),
            _text(row.get("SIPAddress") or row.get("Username")),
        )
        state = _text(row.get("RegistrationStatus")).lower()
        if state != "registered" and "@" not in address and address.replace(" ", "") in ("", model):
            continue  # a phone without an account shows its own model
        number = _text(row.get("LineNumber"))
        # One row for each line key: an account with two of them comes twice.
        found.setdefault(
            (user, address),
            DeviceAccount(
                int(number) if number.isdigit() and len(number) < 4 else 0, user,
                _text(row.get("ProxyAddress")) or address.partition("@")[2],
                _text(row.get("Label")),
                {"registered": True, "unregistered": False}.get(state),
            ),
        )  # fmt: skip
    return tuple(found.values())


def _calls(rows: Any) -> tuple[DeviceCall, ...] | None:
    if isinstance(rows, dict):  # v1 answers the active call alone
        rows = [rows] if rows else []
    if not isinstance(rows, list):
        return None
    calls = []
    for row in rows[:_MOST]:
        if not isinstance(row, dict) or not row.get("CallState"):
            continue
        duration = _text(row.get("DurationSeconds") or row.get("DurationInSeconds"))
        line = _text(row.get("LineID") or row.get("LineId"))
        calls.append(
            DeviceCall(
                int(line) if line.isdigit() and len(line) < 4 else 0,
                _STATES.get(_text(row["CallState"]).lower(), "other"),
                _text(row.get("RemotePartyNumber")).removeprefix("sip:"),
                _text(row.get("RemotePartyName")),
                int(duration) if duration.isdigit() and len(duration) < 9 else None,
            )
        )
    return tuple(calls)


def _text(value: object) -> str:
    """Return a short text of what a stranger said."""
    return str(value)[:255].strip() if isinstance(value, str | int) else ""
