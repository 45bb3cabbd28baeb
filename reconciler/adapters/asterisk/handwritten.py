"""Hand-written configuration beside our files: objects that we see and never touch.

Only what reconciler could declare is reported, so that a number that is taken is seen before it is
given away, and `import` can take it over into files of ours.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from reconciler.adapters.asterisk.carrier import Found, Pairs, Place
from reconciler.adapters.asterisk.render import CARRIERS
from reconciler.adapters.asterisk.sections import MAIN_FILES, Family, Section, text_of
from reconciler.kinds.all_traits import TRAITS
from reconciler.model.address import Address
from reconciler.model.live import LiveObject
from reconciler.model.value import Fields, Value

Named = dict[tuple[str, str], Pairs]
"""Sections by (type, name); the type is empty where there are none."""


class HandWritten(dict[str, Value]):
    """The fields of an object that stands in a hand-written file: the index leaves it out."""


_KINDS_OF: Final[Mapping[Family, str]] = {"queues": "queue", "moh": "music"}


def decode_hand_written(sections: Iterable[Section], scope: str) -> dict[Address, LiveObject]:
    """Return hand-written endpoints, queues and music classes as locked objects."""
    objects: dict[Address, LiveObject] = {}
    pjsip: Named = {}
    boxes: dict[str, tuple[Place, Pairs]] = {}
    for section in sections:
        pairs = tuple((line.variable, text_of(line.value)) for line in section.lines)
        if section.family in ("pjsip", "aor"):
            pjsip[dict(pairs).get("type", ""), section.name] = pairs
        elif section.family == "vm":
            for pair in pairs:
                boxes[pair[0]] = (Place("vm", section.name, pair[0]), (pair,))
        elif section.family in _KINDS_OF:
            kind = _KINDS_OF[section.family]
            found = Found({Place(section.family, section.name): pairs})
            _add(objects, kind, section.name, found, section.family, scope)
    for type_, name in pjsip:
        if type_ == "endpoint":
            kind, found = _endpoint(name, pjsip, boxes)
            _add(objects, kind, name, found, "pjsip", scope)
    return objects


def _add(
    objects: dict[Address, LiveObject],
    kind: str,
    key: str,
    found: Found,
    family: Family,
    scope: str,
) -> None:
    if not re.fullmatch(TRAITS[kind].key.pattern, key):
        return
    told = CARRIERS[kind].read(key, found, None)
    fields: Fields = HandWritten({path: v for path, v in told.items() if v is not None})
    file = MAIN_FILES[family]
    locked = (
        f"it stands in {file}, which reconciler never edits; take it out there (and reload), and "
        f"the next apply writes it into a file of its own"
    )
    address = Address(kind, scope, key)
    objects[address] = LiveObject(address, fields, native_id=f"{file} [{key}]", locked=locked)


def _endpoint(
    name: str, pjsip: Named, boxes: Mapping[str, tuple[Place, Pairs]]
) -> tuple[str, Found]:
    """Return an endpoint with all that belongs to it, under the names that we would give."""
    endpoint = pjsip["endpoint", name]
    values = dict(reversed(endpoint))
    registration = next(
        (p for (t, at), p in pjsip.items() if t == "registration" and _is_for(p, at, name)), ()
    )
    identify = next(
        (p for (t, at), p in pjsip.items() if t == "identify" and _is_for(p, at, name)), ()
    )
    is_trunk = bool(registration or identify) or not name.isdigit()
    ours = f"trunk-{name}" if is_trunk else name
    auth = values.get("outbound_auth" if is_trunk else "auth", "")
    places: dict[Place, Pairs] = {
        Place("pjsip", ours): endpoint,
        Place("pjsip", f"{ours}-auth"): pjsip.get(("auth", auth), ()),
        Place("aor", ours): pjsip.get(("aor", values.get("aors", name)), ()),
        Place("pjsip", f"{ours}-reg"): registration,
        Place("pjsip", f"{ours}-identify"): identify,
    }
    if name in boxes:
        places[boxes[name][0]] = boxes[name][1]
    return "trunk" if is_trunk else "extension", Found({at: p for at, p in places.items() if p})


def _is_for(pairs: Pairs, name: str, endpoint: str) -> bool:
    return dict(pairs).get("endpoint", name) == endpoint
