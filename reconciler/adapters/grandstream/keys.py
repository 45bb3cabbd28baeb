"""Keys of Grandstream phones (grandstream.md, B, "Keys").

Two scales of key modes: line keys of GXP phones count lines from 0 and everything else from 10;
the others count everything else from 0. A key's number is neutral here: the keys beside the
display first, then the programmable ones below.
"""

from functools import cache
from typing import Final, NamedTuple

from reconciler.phonefiles.capacity import fits
from reconciler.phonefiles.phone import Key, Phone
from reconciler.phonefiles.sheet import NotHeld, Sheet

_MODES: Final = {
    "speed": 0, "pickup": 0, "blf": 1, "dtmf": 5, "park": 9, "intercom": 10, "ldap": 11,
    "multicast": 13,
}  # fmt: skip
_FUNCTIONS: Final = {
    "voicemail": 6, "transfer": 8, "conference": 12, "record": 14, "history": 15, "menu": 17,
    "forward": 21, "dnd": 22, "redial": 23,
}  # fmt: skip
_NONE: Final = -1
_LINE: Final = 31
_MODULE_KEYS: Final = 40
_DIALLING: Final = frozenset(("speed", "pickup", "blf", "park", "intercom"))


class Slot(NamedTuple):
    """Where a key stands: parameters of mode, account, description and value, and its scale."""

    mode: int
    account: int
    description: int
    value: int
    fixed: bool = False
    dynamic: bool = False


def slot(phone: Phone, key: int, module: int) -> Slot | None:
    """Return where a key's parameters stand; None where no source tells."""
    return _slot(phone.model.traits["bank"], int(phone.model.traits["fixed"]), key, module)


def slots(phone: Phone, most: int, module: int) -> tuple[Slot | None, ...]:
    """Return where the first keys stand, in order."""
    return _slots(phone.model.traits["bank"], int(phone.model.traits["fixed"]), most, module)


@cache
def _slots(bank: str, fixed: int, most: int, module: int) -> tuple[Slot | None, ...]:
    return tuple(_slot(bank, fixed, key, module) for key in range(1, most + 1))


@cache
def _slot(bank: str, fixed: int, key: int, module: int) -> Slot | None:
    if module:
        return _module_slot(key, module)
    if bank == "gxp16xx":
        first = 353 + 4 * (key - 1)
        return Slot(first, first + 1, first + 2, first + 3)
    if bank == "gxp21xx" and key > fixed:
        return _mpk(key - fixed)
    if bank == "vpk+mpk" and key > 16:
        return _mpk(key - 16)
    return _vpk(key, is_fixed=key <= fixed) if bank != "none" else None


def _module_slot(key: int, module: int) -> Slot | None:
    """Return where a module's key stands: five parameters each, the last one is its lock.

    Wazo's plug-in and a script for a GXP2140 in the field write 40 keys so, from 23000 on. Where
    further modules begin no source tells. (23200, 23400 and 23600 would end just before VPK 7.)
    """
    if module > 1 or key > _MODULE_KEYS:
        return None
    first = 23000 + 5 * (key - 1)
    return Slot(first, first + 1, first + 2, first + 3)


def _vpk(key: int, *, is_fixed: bool) -> Slot:
    if key <= 6:
        at = 2 * (key - 1)
        return Slot(1363 + at, 1364 + at, 1465 + at, 1466 + at, is_fixed, not is_fixed)
    first = 23800 + 4 * (key - 7)
    return Slot(first, first + 1, first + 2, first + 3, is_fixed, not is_fixed)


def _mpk(key: int) -> Slot | None:
    if key <= 7:
        first = 301 + 3 * (key - 1)
        return Slot(323 + key - 1, first, first + 1, first + 2)
    if key <= 18:
        first = 353 + 4 * (key - 8)
    elif key <= 24:
        first = 1440 + 4 * (key - 19)
    else:
        return None
    return Slot(first, first + 1, first + 2, first + 3)


@cache
def named_keys(bank: str, fixed: int) -> tuple[tuple[str, int, Slot], ...]:
    """Return the keys of a phone as the vendor calls them: `vpk` or `mpk`, its number, its slot."""
    if bank not in ("vpk", "vpk+mpk", "gxp21xx"):
        return ()
    most = fixed if bank == "gxp21xx" else 16 if bank == "vpk+mpk" else 60
    beside = [("vpk", key, _vpk(key, is_fixed=key <= fixed)) for key in range(1, most + 1)]
    below = range(1, 25) if bank != "vpk" else ()
    programmable = [("mpk", key, at) for key in below if (at := _mpk(key))]
    return (*beside, *programmable)


def write_keys(phone: Phone, sheet: Sheet) -> None:
    """Write the keys that are declared and empty the rest of the buttons.

    Keys that nobody declares are the user's: not a single one is written then.
    """
    if phone.keys is None:
        return
    wanted = {(each.module, each.number): each for each in phone.keys}
    for module in range(len(phone.modules) + 1):
        numbers = [number for at, number in wanted if at == module]
        most = phone.model.module_keys if module else phone.model.keys
        last_dynamic = max((each for each in numbers if _is_dynamic(phone, each)), default=0)
        for number, found in enumerate(slots(phone, max([most, *numbers]), module), 1):
            key = wanted.get((module, number))
            if key is None:
                if found is not None and number <= most:
                    sheet.put(f"P{found.mode}", _filler(found, is_gap=number < last_dynamic))
            elif found is None and fits(phone, module, number):
                sheet.refuse(key.source, "where this key is written is not known")
                sheet.claim(*(f"{key.source}.{part}" for part in key.parts))
            elif found is not None and fits(phone, module, number):
                _write(found, key, sheet)


def _is_dynamic(phone: Phone, number: int) -> bool:
    found = slot(phone, number, 0)
    return found is not None and found.dynamic


def _filler(found: Slot, *, is_gap: bool) -> int:
    """What an empty key says: after a dynamic key that is none, the phone drops all others."""
    if found.fixed:
        return 0
    return _LINE if found.dynamic and is_gap else _NONE


def _write(found: Slot, key: Key, sheet: Sheet) -> None:
    source = key.source
    with sheet.about(source, *(f"{source}.{part}" for part in key.parts)):
        mode = _mode(key, is_fixed=found.fixed)
        account = int(key.value) if key.action == "line" else key.account
        sheet.put(f"P{found.mode}", mode, source)
        sheet.put(f"P{found.account}", account - 1, source, *_own(key, "on_line"))
        sheet.put(f"P{found.description}", key.label, source, *_own(key, "label"))
        dialled = key.value if key.action not in ("none", "line", "function", "ldap") else ""
        sheet.put(f"P{found.value}", dialled, source)
        if key.locked is not None:
            sheet.refuse(f"{source}.locked", "it locks all keys or none", "leave it out")


def _own(key: Key, part: str) -> tuple[str, ...]:
    return (f"{key.source}.{part}",) if part in key.parts else ()


def _mode(key: Key, *, is_fixed: bool) -> int:
    if key.action == "none":
        return _NONE
    if key.action == "line":
        return 0 if is_fixed else _LINE
    if key.action == "ldap" and key.value != "default":
        raise NotHeld("its directory key has no filter of its own", "write ldap: default")
    words = _FUNCTIONS if key.action == "function" else _MODES
    name = key.value if key.action == "function" else key.action
    if name not in words:
        raise NotHeld(f"it has no key for {name}", f"it has {', '.join(sorted(words))}")
    return words[name] + 10 if is_fixed else words[name]
