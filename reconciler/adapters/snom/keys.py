"""Function keys of Snom phones (other-phones.md, "Snom"; Snom's wiki, "Function Key Types").

A key is a word and its argument (`blf <sip:1002@pbx>`), with a label and the identity that it
belongs to. The phone counts from 0.
"""

from typing import Final

from reconciler.phonefiles.capacity import fits
from reconciler.phonefiles.phone import Account, Key, Phone, Said
from reconciler.phonefiles.sheet import NotHeld, Sheet
from reconciler.phonefiles.words import endpoint

_EVENTS: Final = {
    "dnd": "F_DND", "forward": "F_REDIRECT", "transfer": "F_TRANSFER", "conference": "F_CONFERENCE",
    "hold": "F_HOLD", "redial": "F_REDIAL", "directory": "F_ADR_BOOK", "history": "F_CALL_LIST",
    "menu": "F_SETTINGS",
}  # fmt: skip
_PLAIN: Final = {
    "speed": "speed", "pickup": "speed", "dtmf": "dtmf", "xml": "url", "url": "url",
    "multicast": "multicast",
}  # fmt: skip


def write_keys(phone: Phone, sheet: Sheet) -> None:
    """Write the keys that are declared, and empty the rest of the buttons.

    Keys that nobody declares are the user's: not a single one is written then.
    """
    if phone.keys is None:
        return
    accounts = {each.number: each for each in phone.accounts}
    wanted = {(each.module, each.number): each for each in phone.keys}
    last = max([phone.model.keys, *(number for module, number in wanted if not module)])
    for number in range(1, last + 1):
        key = wanted.pop((0, number), None)
        if key is None and number <= phone.model.keys:
            sheet.put(f"fkey.{number - 1}", "none")
        elif key is not None and fits(phone, 0, number):
            _write(f"fkey.{number - 1}", key, phone, accounts, sheet)
    for key in wanted.values():
        if key.module:
            sheet.refuse(
                key.source, "how the keys of its expansion modules are numbered is not known"
            )
            sheet.claim(*(f"{key.source}.{part}" for part in key.parts))


def _write(name: str, key: Key, phone: Phone, accounts: dict[int, Account], sheet: Sheet) -> None:
    own = {part: f"{key.source}.{part}" for part in key.parts}
    with sheet.about(key.source, *own.values()):
        sheet.put(name, _argument(key, phone, accounts), key.source)
        if key.action == "none":
            sheet.claim(*own.values())
            return
        if key.action == "line":
            sheet.put(f"{name}.context", key.value, key.source)
        elif "on_line" in own:
            sheet.put(f"{name}.context", key.account, own["on_line"])
        sheet.put(f"{name}.label", key.label, own.get("label", key.source))
        if key.locked is not None:
            sheet.put(f"{name}.perm", "R" if key.locked else "RW", own["locked"])


def _argument(key: Key, phone: Phone, accounts: dict[int, Account]) -> str:
    if key.action in ("none", "line"):
        return key.action
    if key.action in _PLAIN:
        return f"{_PLAIN[key.action]} {key.value}"
    if key.action == "blf":
        pickup = f"|{phone.pickup_code}" if phone.pickup_code else ""
        return f"blf {_address(key, accounts)}{pickup}"
    if key.action == "intercom":
        return f"icom {_address(key, accounts)}"
    if key.action == "park":
        # Older models have a key for parking that shows whether the place is taken.
        if phone.model.traits["park"] == "orbit":
            return f"orbit {_address(key, accounts)}"
        return f"speed {key.value}"
    if key.action == "ldap" and key.value == "default":
        return "keyevent F_DIRECTORY_SEARCH"
    if key.action == "function" and key.value in _EVENTS:
        return f"keyevent {_EVENTS[key.value]}"
    if key.action == "ldap":
        raise NotHeld("its directory key has no filter of its own", "write ldap: default")
    what = key.value if key.action == "function" else key.action
    raise NotHeld(f"it has no key for {what}", f"its functions are {', '.join(sorted(_EVENTS))}")


def _address(key: Key, accounts: dict[int, Account]) -> str:
    """A number at the server of the line that the key dials with."""
    account = accounts.get(key.account)
    server = account.sip.get("server", Said(None)).value if account is not None else None
    return f"<sip:{key.value}@{endpoint(server).host}>" if server else key.value
