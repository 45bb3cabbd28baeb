"""Where calls end: a walk over destinations, enough to keep protected numbers and 911 working."""

from collections.abc import Mapping

from reconciler.kinds.entry import parse_destination
from reconciler.model.address import Address
from reconciler.model.value import Fields, Value
from reconciler.planning.order import references_in

PEOPLE = frozenset({"extension", "queue", "conference", "paging_group", "external"})
"""Kinds where a caller has reached a person or a place that people answer."""


def reaches_a_person(start: Address, objects: Mapping[Address, Fields]) -> bool:
    """Whether a call that enters at `start` can end at a person on some path.

    A ring group counts when one of its members exists. Deliberately simple: it says no only when
    no path at all exists; what happens at which hour is the business of the call-flow proof.
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
        if any(_is_external(text) for text in _texts(objects[at])):
            return True
        waiting += references_in(at, objects[at])
    return False


def _texts(fields: Fields) -> list[str]:
    found: list[str] = []

    def collect(value: Value) -> None:
        if isinstance(value, str):
            found.append(value)
        elif isinstance(value, list):
            for each in value:
                collect(each)
        elif isinstance(value, dict):
            for each in value.values():
                collect(each)

    for value in fields.values():
        collect(value)
    return found


def _is_external(text: str) -> bool:
    destination = parse_destination(text) if "/" in text else None
    return destination is not None and destination.kind == "external"


def emergency_routes(objects: Mapping[Address, Fields]) -> dict[str, list[Address]]:
    """Return per scope (PBX) the outbound routes that carry emergency calls over a trunk."""
    found: dict[str, list[Address]] = {}
    for address, fields in objects.items():
        if address.kind == "outbound_route" and fields.get("emergency") and fields.get("trunks"):
            trunks = [Address("trunk", address.scope, name) for name in fields["trunks"]]
            usable = [t for t in trunks if t in objects and objects[t].get("enabled", True)]
            if usable:
                found.setdefault(address.scope, []).append(address)
    return found


def outside_numbers(fields: Fields) -> list[str]:
    """Return the outside numbers that an object sends calls to, as written."""
    found = []
    for text in _texts(fields):
        destination = parse_destination(text) if "/" in text else None
        if destination is not None and destination.kind == "external":
            found.append(destination.key)
    found += [
        each
        for path in ("forward.always", "forward.busy", "forward.no_answer")
        if isinstance(each := fields.get(path), str) and each.startswith("+")
    ]
    for path in ("members", "follow_me.targets"):
        members = fields.get(path)
        if isinstance(members, list):
            found += [e for e in members if isinstance(e, str) and e.startswith("+")]
    return found
