"""Where calls end: a walk over destinations, enough to keep protected numbers and 911 working."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from reconciler.kinds.all_traits import TRAITS
from reconciler.kinds.destination import parse_destination
from reconciler.kinds.dial_pattern import covers
from reconciler.kinds.outside import outside_number
from reconciler.model.address import Address
from reconciler.model.change import Change
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
    for address in objects:
        if address.kind != "outbound_route":
            continue
        fields = objects[address]
        if not fields.get("enabled", True):
            continue
        if fields.get("emergency") and fields.get("trunks"):
            trunks = [Address("trunk", address.scope, name) for name in fields["trunks"]]
            usable = [t for t in trunks if t in objects and objects[t].get("enabled", True)]
            if usable:
                found.setdefault(address.scope, []).append(address)
    return found


def numbers_lost(
    changes: Sequence[Change], before: Mapping[Address, Fields], after: Mapping[Address, Fields]
) -> dict[str, list[str]]:
    """Return per PBX that keeps an emergency route what no such route takes any more.

    What somebody wrote into a route by hand, and the plan takes out again, was never ours to keep.
    """
    if not any(each.address.kind in ("outbound_route", "trunk") for each in changes):
        return {}
    mended = {
        each.address
        for each in changes
        for field in getattr(each, "fields", ())
        if field.path == "patterns" and field.cause == "drift"
    }
    lost: dict[str, list[str]] = {}
    was, will = emergency_routes(before), emergency_routes(after)
    for scope in sorted(was.keys() & will.keys()):
        kept = list(_numbers(scope, will[scope], after))
        had = _numbers(scope, [each for each in was[scope] if each not in mended], before)
        gone = [each for each in had if not any(covers(wide, each) for wide in kept)]
        if gone:
            lost[scope] = list(dict.fromkeys(gone))
    return lost


def _numbers(
    scope: str, routes: Iterable[Address], objects: Mapping[Address, Fields]
) -> Iterator[str]:
    """Yield the patterns of emergency routes, without those that another route takes before."""
    others = [
        (fields["order"], match)
        for address, fields in objects.items()
        if address.kind == "outbound_route" and address.scope == scope and fields.get("order")
        if fields.get("enabled", True) and not fields.get("emergency")
        if not fields.get("classes") and not fields.get("schedule")
        for match in _for_everybody(fields)
    ]
    for route in routes:
        order = objects[route].get("order") or 0
        for match in _for_everybody(objects[route]):
            if not any(first < order and covers(wide, match) for first, wide in others):
                yield match


def _for_everybody(route: Fields) -> Iterator[str]:
    for pattern in route.get("patterns") or ():
        if pattern.get("caller_id") is None:
            yield pattern["match"]
