"""Keys of Fanvil phones (other-phones.md, "Fanvil"; Wazo's plug-in).

The keys beside the display come first (`dssSide`, one page), then those of the key display, page
by page (`internal`). A key is a type, a value (`NUMBER@LINE/LETTER`) and a title.
"""

from typing import Final

from reconciler.phonefiles.capacity import fits
from reconciler.phonefiles.phone import Key, Phone
from reconciler.phonefiles.sheet import NotHeld, Sheet

_NONE, _MEMORY, _LINE, _EVENT, _DTMF, _URL = 0, 1, 2, 3, 4, 5
_EVENTS: Final = {"dnd": "F_DND"}


def write_keys(phone: Phone, sheet: Sheet) -> None:
    """Write the keys that are declared and empty the rest of the buttons.

    Keys that nobody declares are the user's: not a single one is written then.
    """
    if phone.keys is None:
        return
    wanted = {(each.module, each.number): each for each in phone.keys}
    last = max([phone.model.keys, *(number for module, number in wanted if not module)])
    pages = 1
    for number in range(1, last + 1):
        key = wanted.pop((0, number), None)
        place = _place(phone, number)
        if key is not None and place is None:
            _refuse(key, sheet)
        elif place is not None and key is None and number <= phone.model.keys:
            sheet.put(f"{place}/Type", _NONE)
        elif place is not None and key is not None and fits(phone, 0, number):
            _write(place, key, phone, sheet)
            pages = max(pages, _page(phone, number))
    for key in wanted.values():
        _refuse(key, sheet)
    if phone.model.traits["bank"] == "paged":
        sheet.put("dsskey/FuncKeyPageNum", pages)


def _page(phone: Phone, number: int) -> int:
    side, page = int(phone.model.traits["side"]), int(phone.model.traits["page"])
    return (number - side - 1) // page + 1 if number > side else 1


def _place(phone: Phone, number: int) -> str | None:
    """Return where a key stands; None where no source tells."""
    if phone.model.traits["bank"] == "none":
        return None
    side, page = int(phone.model.traits["side"]), int(phone.model.traits["page"])
    if number <= side:
        return f"dsskey/dssSide.1/Fkey.{number}"
    return f"dsskey/internal.{_page(phone, number)}/Fkey.{(number - side - 1) % page + 1}"


def _refuse(key: Key, sheet: Sheet) -> None:
    sheet.refuse(key.source, "where this key is written is not known")
    sheet.claim(*(f"{key.source}.{part}" for part in key.parts))


def _write(place: str, key: Key, phone: Phone, sheet: Sheet) -> None:
    own = {part: f"{key.source}.{part}" for part in key.parts}
    with sheet.about(key.source, *own.values()):
        kind, value = _value(key, phone)
        sheet.put(f"{place}/Type", kind, key.source)
        sheet.put(f"{place}/Value", value, key.source, own.get("on_line", ""))
        labels = [_label_of(key, phone, own)] if key.action == "line" else []
        sheet.put(f"{place}/Title", key.label, *filter(None, labels), own.get("label", key.source))
        if key.locked is not None:
            sheet.refuse(own["locked"], "it locks all keys or none", "leave it out")


def _label_of(key: Key, phone: Phone, own: dict[str, str]) -> str:
    """Return the line's own label as a source where the key shows it."""
    account = next(each for each in phone.accounts if str(each.number) == key.value)
    said = f"{account.source}.label"
    shows_it = "label" not in own or key.label == account.label
    return said if shows_it and said in phone.declared else ""


def _value(key: Key, phone: Phone) -> tuple[int, str]:
    number = f"{key.value}@{key.account}"
    if key.action == "none":
        return _NONE, ""
    if key.action == "line":
        return _LINE, f"SIP{key.value}"
    if key.action in ("speed", "pickup"):
        return _MEMORY, f"{number}/f"
    if key.action == "blf":
        pickup = f"{phone.pickup_code}{key.value}" if phone.pickup_code else ""
        return _MEMORY, f"{number}/ba{pickup}"
    if key.action == "park":
        return _MEMORY, f"{number}/c"
    if key.action == "dtmf":
        return _DTMF, key.value
    if key.action == "url":
        return _URL, key.value
    if key.action == "function" and key.value in _EVENTS:
        return _EVENT, _EVENTS[key.value]
    what = key.value if key.action == "function" else key.action
    raise NotHeld(
        f"how it writes a key for {what} is not known",
        "it has line, blf, speed, pickup, park, dtmf, url, none and the function dnd",
    )
