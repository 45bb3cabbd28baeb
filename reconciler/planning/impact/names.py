"""How people call things: names instead of addresses, numbers as one reads them out. Pure."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

from reconciler.kinds.destination import parse_destination
from reconciler.model.address import Address
from reconciler.model.value import Fields, Value

_IRREGULAR: Final = {
    "ivr": ("IVR", "IVRs"),
    "pbx": ("PBX", "PBXs"),
    "day_night": ("day/night switch", "day/night switches"),
    "music": ("music class", "music classes"),
    "inbound_route": ("number", "numbers"),
    "firmware": ("firmware", "firmware"),
    "blocklist": ("blocked number", "blocked numbers"),
}


def kind_words(kind: str, count: int) -> str:
    """Return a kind in people's words, in singular or plural ("ring groups")."""
    one, many = _IRREGULAR.get(kind) or (kind.replace("_", " "), kind.replace("_", " ") + "s")
    return one if count == 1 else many


@lru_cache(maxsize=4096)
def number(text: str) -> str:
    """Return an outside number as one reads it out (`+1 603 555 0100`); others as they are."""
    if not text.startswith("+"):
        return text
    import phonenumbers

    try:
        parsed = phonenumbers.parse(text, None)
    except phonenumbers.NumberParseException:
        return text
    form = phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return str(phonenumbers.format_number(parsed, form)).replace("-", " ")


def name(address: Address, fields: Fields | None) -> str:
    """Return what people call the thing: its name, or else its kind and key."""
    if address.kind == "inbound_route":
        return _dialled(address.key)
    found = (fields or {}).get("name")
    if isinstance(found, str) and found:
        return found
    if address.kind == "extension":
        return address.key
    return f"{kind_words(address.kind, 1)} {address.key}"


def bare(address: Address, fields: Fields | None) -> str:
    """Return the name where the kind is said already; the key for what has none."""
    found = (fields or {}).get("name")
    if address.kind == "inbound_route" or (isinstance(found, str) and found):
        return name(address, fields)
    return address.key


def label(address: Address, fields: Fields | None) -> str:
    """Return the name with the number that one dials: `Reception (600)`."""
    if address.kind == "trunk":
        return f"Calls over {address.key}"
    called = name(address, fields)
    if address.key.isdigit() and address.key not in called:
        return f"{called} ({address.key})"
    return called


def _dialled(key: str) -> str:
    did, _, caller = key.partition("@")
    called = "any other number" if did == "any" else number(did)
    return f"{called} from {number(caller)}" if caller else called


def listed(words: Sequence[str], most: int = 3, *, total: int | None = None) -> str:
    """Return `Ada, Ben, Cara and 9 more`. `total` counts words that were not even made."""
    count = len(words) if total is None else total
    if count <= most + 1 and len(words) == count:
        return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))
    return f"{', '.join(words[:most])} and {count - most:,} more"


def destination(text: Value, scope: str, objects: Mapping[Address, Fields]) -> str:
    """Return where a destination leads in words: `Reception`, `Ada Okafor's voicemail`."""
    found = parse_destination(text) if isinstance(text, str) else None
    if found is None:
        return str(text)
    if found.kind == "hangup":
        return "hang-up"
    if found.kind == "external":
        return number(found.key)
    kind = "extension" if found.kind == "voicemail" else found.kind
    address = Address(kind, found.pbx or scope, found.key)
    called = name(address, objects.get(address))
    if called == address.key:
        called = f"{kind_words(kind, 1)} {address.key}"
    return f"{called}'s voicemail" if found.kind == "voicemail" else called


def member(text: Value, scope: str, objects: Mapping[Address, Fields]) -> str:
    """Return who a member of a group is: a person by name, an outside number read out."""
    if isinstance(text, Mapping):
        text = text.get("extension", "")
    pbx, _, key = str(text).rpartition(":")
    address = Address("extension", pbx or scope, key)
    return name(address, objects[address]) if address in objects else number(str(text))
