"""Where calls end: a walk over destinations, enough to keep protected numbers and 911 working."""

from collections.abc import Mapping

from reconciler.kinds.all_traits import TRAITS
from reconciler.kinds.destination import parse_destination
from reconciler.kinds.outside import outside_number
from reconciler.model.address import Address
from reconciler.model.value import Fields
from reconciler.planning.order import refers

PEOPLE = frozenset({"extension", "queue", "conference", "paging_group", "external"})
"""Kinds where a caller has reached a person or a place that people answer."""


def reaches_a_person(start: Address, objects: Mapping[Address, Fields]) -> bool:
    """Whether a call that enters at `start` can end at a person on some path.

    A ring group counts when one of its members exists or is an outside number; voicemail is
    nobody. Deliberately simple: it says no only when no path at all exists; what happens at which
    hour is the business of the call-flow proof.
    """
    seen: set[Address] = set()
    waiting = [start]
    while waiting:
        at = waiting.pop()
        if at in seen or at not in objects:
            continue
        seen.add(at)
        if at.kind in PEOPLE:
            return True
        for reference in TRAITS[at.kind].references:
            for text, _ in reference.texts(objects[at]):
                if outside_number(text, reference.mark) is not None:
                    return True
                if not _is_voicemail(text):
                    waiting += refers(text, reference, at.scope)
    return False


def _is_voicemail(text: str) -> bool:
    destination = parse_destination(text)
    return destination is not None and destination.kind == "voicemail"


def emergency_routes(objects: Mapping[Address, Fields]) -> dict[str, list[Address]]:
    """Return per scope (PBX) the outbound routes that carry emergency calls over a trunk."""
    found: dict[str, list[Address]] = {}
    for address, fields in objects.items():
        if address.kind != "outbound_route" or not fields.get("enabled", True):
            continue
        if fields.get("emergency") and fields.get("trunks"):
            trunks = [Address("trunk", address.scope, name) for name in fields["trunks"]]
            usable = [t for t in trunks if t in objects and objects[t].get("enabled", True)]
            if usable:
                found.setdefault(address.scope, []).append(address)
    return found
