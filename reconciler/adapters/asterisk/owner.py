"""Whose section is it, by its name alone: for sections that no meta section claims."""

import re
from typing import Final, NamedTuple

from reconciler.adapters.asterisk.carrier import Pairs, Place

INDEX: Final = re.compile(
    r"rec-(internal|external|(?:forward|masked|after)(?:-.*)?|confirm|leg|screen|who|round|features"
    r"|extensions|blocklist|class-.*|inbound-.*|last-.*|exts-\d+|numbers-\d+|long-\d+|dids-.*"
    r"|callers-.*|blocked-\d+)"
)
"""Contexts that are written once for many."""

_CONTEXT = re.compile(
    r"rec-(?P<kind>extension|voicemail|ring_group|queue|ivr|schedule|announcement|play|trunk|dial"
    r"|inbound_route|outbound_route|day_night|conference|paging_group|parking_lot|parked"
    r"|blocklist)"
    r"-(?P<key>.+)"
)
_KIND_OF: Final = {
    "voicemail": "extension",
    "play": "announcement",
    "dial": "outbound_route",
    "parked": "parking_lot",
}
_TRUNK = re.compile(r"trunk-(?P<key>.+?)(?:-auth|-reg|-identify)?")
_PHONE = re.compile(r"(?P<key>[0-9]{1,20})(?:-auth)?")
_ROOM = re.compile(r"(?P<key>[0-9]{1,20})-(?:bridge|user|admin)")


class Owner(NamedTuple):
    """A kind and a key."""

    kind: str
    key: str


def owner_of(place: Place, pairs: Pairs) -> Owner | None:
    """Return the object to which a section of ours belongs by its name; None if it has none."""
    family, name = place.family, place.name
    if family == "meta":
        kind, slash, key = name.partition("/")
        return Owner(kind, key) if slash else None
    if family in ("pjsip", "aor"):
        for kind, pattern in (("trunk", _TRUNK), ("extension", _PHONE)):
            if found := pattern.fullmatch(name):
                return Owner(kind, found["key"])
        return Owner("trunk", name) if ("type", "endpoint") in pairs else None
    if family == "ext":
        if found := _CONTEXT.fullmatch(name):
            return Owner(_KIND_OF.get(found["kind"], found["kind"]), _key(found["key"]))
        return None
    if family == "vm":
        return Owner("extension", place.key) if place.key else None
    if family == "confbridge":
        room = _ROOM.fullmatch(name)
        return Owner("conference", room["key"]) if room else None
    kinds = {"queues": "queue", "parking": "parking_lot", "moh": "music"}
    return Owner(kinds[family], name) if family in kinds else None


def _key(text: str) -> str:
    """Undo what `context_of` does to the keys of inbound routes and blocklists."""
    text = re.sub(r"(^|=)p(?=\d)", r"\1+", text).replace("=", "@")
    return re.sub(r"(?<=\d)x$", "*", text)
