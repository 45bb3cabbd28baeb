"""What keys dial: references become the digits that reach them from the phone's PBX. Pure."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from reconciler.kinds.destination import parse_destination
from reconciler.model.address import Address
from reconciler.model.resource import Resource
from reconciler.model.value import Fields
from reconciler.phonefiles.sheet import NotHeld

_NUMBERED: Final = frozenset(
    ("extension", "ring_group", "queue", "conference", "paging_group", "parking_lot")
)
_NUMBER_FIELD: Final = {"ivr": "number", "day_night": "number", "schedule": "override_code"}


class Dialled(NamedTuple):
    """What reaches a target, and what people call it."""

    number: str
    name: str


def dialled(text: str, pbx: str, resources: Mapping[Address, Resource], codes: Fields) -> Dialled:
    """Return what a key's target is dialled as. Raises NotHeld when no number reaches it.

    `codes` are the PBX's feature codes by name.
    """
    target = parse_destination(text)
    if target is None:
        return Dialled(text, text)
    if target.kind == "external":
        return Dialled(target.key, target.key)
    kind = "extension" if target.kind == "voicemail" else target.kind
    resource = resources.get(Address(kind, target.pbx or pbx, target.key))
    fields: Fields = resource.fields if resource is not None else {}
    name = str(fields.get("name") or target.key)
    if target.kind == "voicemail":
        code = codes.get("voicemail_direct")
        if code is None:
            raise NotHeld(
                f"which code leaves a message for {target.key} is not known",
                "say feature_codes: {voicemail_direct: ...} of the PBX",
            )
        return Dialled(f"{code}{target.key}", name)
    if target.kind in _NUMBERED:
        return Dialled(target.key, name)
    number = fields.get(_NUMBER_FIELD.get(target.kind, ""))
    if not number:
        raise NotHeld(
            f"nobody can dial {text}: it has no number",
            f"give it one ({_NUMBER_FIELD[target.kind]})"
            if target.kind in _NUMBER_FIELD
            else "let the key point at something that has a number",
        )
    return Dialled(str(number), name)
