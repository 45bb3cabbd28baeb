"""The parking lot: FreePBX without its commercial module has one, which is always there. Pure.

Its number, name, slots and ways stand in one form (source: the module parking). It can be given
another number, but neither made nor deleted.
"""

from typing import Final

from reconciler.adapters.freepbx import destinations
from reconciler.adapters.freepbx.forms import Changes
from reconciler.adapters.freepbx.names import Names
from reconciler.adapters.freepbx.words import Unspeakable, Words, text_of
from reconciler.kinds.slots import parse_slots
from reconciler.model.value import Fields
from reconciler.transport.html import Form

LOT: Final = "1"
"""The id of the one lot."""
NUMBER: Final = "parkext"
_USUAL: Final = {"name": "Parking Lot", "timeout": 45, "music": "default", "find_slot": "first"}


def from_form(form: Form, words: Words) -> None:
    """Read the lot's form. Raises Unspeakable."""
    fields = words.fields
    first, count = form.get("parkpos"), form.get("numslots")
    if not (first.isdigit() and count.isdigit() and int(count)):
        raise Unspeakable("it has no slots")
    fields["name"] = form.get("name")
    fields["slots"] = f"{first}-{int(first) + int(count) - 1}"
    fields["timeout"] = int(form.get("parkingtime") or 0)
    words.music("music", form.get("parkedmusicclass"))
    words.coded("find_slot", form.get("findslot"), {"first": "first", "next": "next"})
    words.coded("return_to_parker", form.get("comebacktoorigin"), {"yes": True, "no": False})
    words.destination("timeout_to", destinations.in_form(form, "0"))


def to_form(changed: Fields, form: Form, names: Names) -> Changes:
    """Return what makes the form hold these fields. Raises UnknownName or Unlisted."""
    sent: dict[str, list[str] | None] = {}
    for path, value in changed.items():
        match path:
            case "name":
                sent["name"] = text_of(value or _USUAL[path])
            case "slots":
                slots = parse_slots(value)
                assert slots is not None, "the kind accepts no others"
                sent |= {"parkpos": [str(slots[0])], "numslots": [str(len(slots))]}
            case "timeout":
                sent["parkingtime"] = text_of(value or _USUAL[path])
            case "music":
                sent["parkedmusicclass"] = text_of(value or _USUAL[path])
            case "find_slot":
                sent["findslot"] = text_of(value or _USUAL[path])
            case "return_to_parker":
                sent["comebacktoorigin"] = ["no" if value is False else "yes"]
            case "timeout_to":
                sent |= destinations.to_form(destinations.write(value, names), "0")
    return sent
