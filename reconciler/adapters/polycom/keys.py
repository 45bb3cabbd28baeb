"""Keys of Poly phones (polycom.md, B, row "keys"; the guide to the expansion modules).

A line key says what kind it is and which of that kind: a registration, a watched extension
(`attendant`), or a speed dial of the directory.
"""

from typing import Final, NamedTuple

from reconciler.phonefiles.capacity import fits
from reconciler.phonefiles.phone import Key, Phone
from reconciler.phonefiles.sheet import NotHeld, Sheet

_WATCHED: Final = frozenset(("blf", "park"))
_DIALLED: Final = frozenset(("speed", "pickup", "intercom"))


class SpeedDial(NamedTuple):
    """An entry of the directory that has a key: its place among the speed dials."""

    place: int
    number: str
    name: str
    source: str = ""


def write_keys(phone: Phone, sheet: Sheet) -> tuple[SpeedDial, ...]:
    """Write the keys that are declared; return the directory's entries that they need.

    Keys that nobody declares are the user's: not a single one is written then.
    """
    if phone.keys is None:
        return ()
    sheet.put("lineKey.reassignment.enabled", 1)
    dials: list[SpeedDial] = []
    watched = 0
    wanted = {(each.module, each.number): each for each in phone.keys}
    for place in _places(phone):
        if place not in wanted:
            wanted[place] = Key(*place, "none", "", "", "")
    for (module, number), key in sorted(wanted.items()):
        if not fits(phone, module, number):
            continue
        with sheet.about(key.source, *(f"{key.source}.{part}" for part in key.parts)):
            line_key = _line_key(phone, module, number)
            watched = _write(f"lineKey.{line_key}", key, watched, dials, sheet)
    if watched:
        accounts = {each.account for each in phone.keys if each.action in _WATCHED}
        sheet.put("attendant.reg", min(accounts))
    return tuple(dials)


def _places(phone: Phone) -> list[tuple[int, int]]:
    """Return every key whose place is known, as module (0: the phone itself) and number."""
    own = [(0, number) for number in range(1, phone.model.keys + 1)]
    if not _counts_on(phone) or len(phone.modules) != 1:
        return own
    return own + [(1, number) for number in range(1, phone.model.module_keys + 1)]


def _line_key(phone: Phone, module: int, number: int) -> int:
    """Return a key's number among the line keys: those of a module follow the phone's own.

    Source: Poly's guide to the modules, "lineKey". With several modules it depends on their kind
    and on the order of their pages (Smart Paging) whose key comes next, which no file says.
    """
    if not module:
        return number
    if not _counts_on(phone):
        raise NotHeld("how keys of its expansion modules are numbered is not known")
    if len(phone.modules) > 1:
        raise NotHeld("how keys are numbered with several expansion modules is not known",
                      "keys of a single module are")  # fmt: skip
    return phone.model.keys + number


def _counts_on(phone: Phone) -> bool:
    return phone.model.traits.get("module_numbers") == "follow"


def _write(prefix: str, key: Key, watched: int, dials: list[SpeedDial], sheet: Sheet) -> int:
    """Write a key; return how many extensions are watched now."""
    own = {part: f"{key.source}.{part}" for part in key.parts}
    if key.locked is not None:
        sheet.refuse(own["locked"], "it locks all keys or none", "leave it out")
    if "on_line" in own:
        _check_line(key)
        sheet.claim(own["on_line"])
    labels = (key.source, *((own["label"],) if "label" in own else ()))
    if key.action == "none":
        sheet.put(f"{prefix}.category", "Unassigned", *labels)
    elif key.action == "line":
        sheet.put(f"{prefix}.category", "Line", key.source)
        sheet.put(f"{prefix}.index", key.value, key.source)
        if "label" in own and not sheet.has_claimed(own["label"]):
            why = "its key shows the line's label, and the line says another one"
            sheet.refuse(own["label"], why, "say it in lines")
    elif key.action in _WATCHED:
        watched += 1
        sheet.put(f"{prefix}.category", "BLF", key.source)
        sheet.put(f"attendant.resourceList.{watched}.address", key.value, key.source)
        sheet.put(f"attendant.resourceList.{watched}.label", key.label, *labels)
        sheet.put(f"attendant.resourceList.{watched}.type", "normal", key.source)
    elif key.action in _DIALLED:
        dials.append(SpeedDial(len(dials) + 1, key.value, key.label, key.source))
        sheet.put(f"{prefix}.category", "SpeedDial", *labels)
        sheet.put(f"{prefix}.index", len(dials), key.source)
    else:
        raise NotHeld(f"it has no key for {key.value if key.action == 'function' else key.action}",
                      "it has line, blf, park, speed, pickup, intercom and none")  # fmt: skip
    return watched


def _check_line(key: Key) -> None:
    if key.account != 1:
        raise NotHeld("its keys dial with the first line", "leave on_line out")
