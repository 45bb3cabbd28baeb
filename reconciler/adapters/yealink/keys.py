"""Keys of Yealink phones (yealink.md, B, rows "keys" and "key types")."""

from typing import Final

from reconciler.phonefiles.capacity import fits
from reconciler.phonefiles.phone import Key, Phone
from reconciler.phonefiles.sheet import NotHeld, Sheet

_TYPES: Final = {
    "none": 0, "pickup": 9, "park": 10, "dtmf": 11, "speed": 13, "intercom": 14, "line": 15,
    "blf": 16, "url": 17, "multicast": 24, "xml": 27, "ldap": 38,
}  # fmt: skip

_FUNCTIONS: Final = {
    "conference": 1, "forward": 2, "transfer": 3, "hold": 4, "dnd": 5, "voicemail": 12,
    "record": 25,
}  # fmt: skip

_DIALLING: Final = frozenset(("blf", "speed", "park", "pickup", "intercom"))


def write_keys(phone: Phone, sheet: Sheet) -> None:
    """Write the keys that are declared and empty the rest of the buttons, module by module.

    Keys that nobody declares are the user's: not a single one is written then.
    """
    if phone.keys is None:
        return
    wanted = {(each.module, each.number): each for each in phone.keys}
    for module in range(len(phone.modules) + 1):
        most = phone.model.module_keys if module else phone.model.keys
        last = max([most, *(number for at, number in wanted if at == module)])
        for number in range(1, last + 1):
            key = wanted.get((module, number))
            prefix = f"expansion_module.{module}.key.{number}" if module else f"linekey.{number}"
            if key is None and number <= most:
                sheet.put(f"{prefix}.type", 0)
            elif key is not None and fits(phone, module, number):
                _write(prefix, key, phone, sheet)


def _write(prefix: str, key: Key, phone: Phone, sheet: Sheet) -> None:
    source = key.source
    with sheet.about(source, *(f"{source}.{part}" for part in key.parts)):
        sheet.put(f"{prefix}.type", _type(key), source)
        if key.action == "line":
            sheet.put(f"{prefix}.line", int(key.value), source)
        elif key.action in _DIALLING or "on_line" in key.parts:
            sheet.put(f"{prefix}.line", key.account, source, *_own(key, "on_line"))
        if key.action not in ("none", "line", "function"):
            sheet.put(f"{prefix}.value", _value(key), source)
        if key.action != "none":
            sheet.put(f"{prefix}.label", key.label, source, *_own(key, "label"))
        sheet.claim(*_own(key, "label"))
        if key.action == "blf" and phone.pickup_code:
            # What is dialled to take a call that rings there.
            sheet.put(f"{prefix}.extension", phone.pickup_code)
        if key.locked is not None:
            sheet.refuse(f"{source}.locked", "it locks all keys or none", "leave it out")


def _own(key: Key, part: str) -> tuple[str, ...]:
    return (f"{key.source}.{part}",) if part in key.parts else ()


def _type(key: Key) -> int:
    if key.action == "function":
        if key.value not in _FUNCTIONS:
            raise NotHeld(
                f"it has no key for {key.value}", f"it has {', '.join(sorted(_FUNCTIONS))}"
            )
        return _FUNCTIONS[key.value]
    return _TYPES[key.action]


def _value(key: Key) -> str | None:
    if key.action == "ldap":
        if key.value != "default":
            raise NotHeld("its directory key has no filter of its own", "write ldap: default")
        return None
    return key.value
