"""What Grandstream's web servers tell of a phone, whichever generation asks."""

import json
from typing import Any, Final

from reconciler.lab.phones.device import Phone
from reconciler.lab.phones.grandstream.values import bare, secrets_of_all
from reconciler.lab.phones.wire import DROPPED, Answer

HIDDEN: Final = "********"
"""How passwords read back. No source says; whoever reads must do without."""
SESSION_S: Final = 600.0
"""Seconds without a request until a session ends (P28116, 10 minutes)."""
HTML_401: Final = Answer(401, b"<html><body>Unauthorized</body></html>")
HTML_403: Final = Answer(403, b"<html><body>Forbidden</body></html>")
HTML_404: Final = Answer(404, b"<html><body>Not Found</body></html>")
HTML_501: Final = Answer(501, b"<html><body>Not Implemented</body></html>")


def json_answer(content: object, **more: Any) -> Answer:
    """Return JSON."""
    return Answer(200, json.dumps(content).encode(), "application/json", **more)


def success(body: object, **more: Any) -> Answer:
    """Return what all generations say when it worked."""
    return json_answer({"response": "success", "body": body}, **more)


def error(body: object, **more: object) -> Answer:
    """Return what all generations say when it did not."""
    return json_answer({"response": "error", "body": body, **more})


def value_of(phone: Phone, name: str) -> str:
    """Return a value under the name that was asked for; unknown names are empty."""
    identity, key = phone.identity, bare(name)
    known = {
        "68": identity.firmware, "phone_model": identity.model, "vendor_name": "Grandstream",
        "vendor_fullname": "Grandstream Networks, Inc.", "sw_version": identity.firmware,
        "67": identity.colons.upper(), "mac_addr": identity.colons.upper(),
        "89": identity.model, "917": identity.hardware, "serial_number": identity.serial,
        "Pipv4": phone.address,
    }  # fmt: skip
    if key in known:
        return known[key]
    if key.startswith("AccountRegistered") and key[17:].isdigit():
        return str(int(phone.account_registered(int(key[17:]))))
    value = phone.settings.get(key, "")
    return HIDDEN if key in secrets_of_all() and value else value


def set_value(phone: Phone, name: str, value: str) -> None:
    """Store a value; the admin password is one of them."""
    key = bare(name)
    if phone.keep(key, value) and key == "2":
        phone.password = value
    phone.tell(phone, "accounts")


def exported(phone: Phone) -> Answer:
    """Return the configuration as text.

    With passwords in clear: whether real ones do is not known, and this is the worse case for
    whoever keeps the backup.
    """
    lines = [f"P{name}={value}" for name, value in sorted(phone.settings.items())]
    return Answer(200, "\n".join(lines).encode(), "text/plain")


def lines_of(phone: Phone) -> list[dict[str, object]]:
    """Return the state of each line."""
    rows: list[dict[str, object]] = []
    for line in range(1, max(2, phone.identity.accounts) + 1):
        active = line == 1 and phone.call != "idle"
        rows.append({
            "line": line, "conf": 0, "state": phone.call if active else "idle", "acct": 0,
            "active": int(active), "remotename": "", "remotenumber": phone.caller if active else "",
        })  # fmt: skip
    return rows


def accounts_of(phone: Phone, *, registered_only: bool) -> list[dict[str, object]]:
    """Return the accounts and whether they are registered."""
    return [
        {
            "id": each.number, "sip_server": each.server, "sip_id": each.user, "name": each.name,
            "auto_cfg": "", "reg": int(each.registered),
        }
        for each in phone.accounts.values()
        if each.registered or not registered_only
    ]  # fmt: skip


def doing(phone: Phone) -> str:
    """Return what the phone is doing in one word."""
    words = {"idle": "available", "ringing": "ringing", "calling": "busy", "connected": "busy"}
    return words[phone.call]


def operate(phone: Phone, request: str) -> Answer:
    """Reboot at once (a call is cut), reset, or provision again."""
    if request == "REBOOT":
        phone.reboot()
        return success(True if phone.identity.generation == "G3" else "savereboot")
    if request == "RESET":
        phone.reset()
        return DROPPED
    if request == "PROV":
        phone.fetch()
        return success(True)  # noqa: FBT003
    return error("unknown")


def call_operation(phone: Phone, command: str) -> Answer:
    """Do what a key of the phone does to a call."""
    if command in ("endcall", "rejectcall", "cancel") and phone.call != "idle":
        phone.tell(phone, "hang_up")
    return success("complete")
