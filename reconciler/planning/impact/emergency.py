"""What the plan does to emergency calling: said only as far as it is proved. Pure."""

from collections.abc import Iterator, Mapping, Sequence, Set

from reconciler.model.address import Address
from reconciler.model.change import Change, Create, Delete, Forget, Move, Replace
from reconciler.model.plan import Impact
from reconciler.model.value import Fields
from reconciler.planning.impact.names import listed
from reconciler.planning.phones.telling import changes_password
from reconciler.planning.rails.reach import emergency_routes, numbers_lost

NOBODY = "nobody loses emergency calling"
UNABLE = "nobody can call for help now on"
MENDED = "; this puts it right"


def emergency(
    changes: Sequence[Change], before: Mapping[Address, Fields], after: Mapping[Address, Fields]
) -> tuple[list[Impact], list[Impact]]:
    """Return what is lost, and what is proved to stay.

    It stays for sure only where a route and a trunk of it are not touched at all. Where they are,
    that is said instead; where no emergency route was known before, nothing is said.
    """
    was, will = emergency_routes(before), emergency_routes(after)
    scopes = sorted({each.address.scope for each in changes} & was.keys())
    lost = [
        Impact("Emergency calls", f"nobody on {scope} could call for help any more")
        for scope in sorted(was.keys() - will.keys())
    ]
    lost += [
        Impact("Emergency calls", f"{UNABLE} {scope}{MENDED}")
        for scope in _broken(changes, was.keys(), will.keys())
    ]
    fewer = numbers_lost(changes, before, after)
    lost += [
        Impact("Emergency calls", f"no emergency route on {scope} takes {listed(gone)} any more")
        for scope, gone in fewer.items()
    ]
    touched = frozenset(_touched(changes))
    sure: list[str] = []
    unsure: list[str] = []
    for scope in scopes:
        if scope not in will or scope in fewer:
            continue
        whole = any(_stays(each, touched, after) for each in will[scope] if each in was[scope])
        (sure if whole else unsure).append(scope)
    kept = [
        Impact(
            "Emergency calls",
            f"on {scope} still leave over {listed([each.key for each in will[scope]])}, but the "
            "route or its trunk changes: make a test call",
        )
        for scope in unsure
    ]
    if sure and not lost and not unsure:
        everybody = not any(_may_silence(each) for each in changes)
        known = {each.address.scope for each in changes if each.address.scope} <= set(sure)
        if everybody and known:
            kept.append(Impact(NOBODY, ""))
        else:
            kept.append(
                Impact("Emergency calls", f"keep their route and trunk on {listed(sure, 4)}")
            )
    return lost, kept


def _may_silence(change: Change) -> bool:
    """Whether a phone might not register after a change, at least until somebody sees to it."""
    if change.address.kind == "extension":
        return isinstance(change, (Delete, Replace, Move)) or changes_password(change)
    return change.address.kind == "phone"


def _broken(changes: Sequence[Change], was: Set[str], will: Set[str]) -> list[str]:
    """Return the PBXs that lost emergency calling by somebody's hand and get it back."""
    mended = {
        each.address.scope
        for each in changes
        if each.address.kind in ("outbound_route", "trunk")
        and (
            (isinstance(each, Create) and each.recreated)
            or any(field.cause == "drift" for field in getattr(each, "fields", ()))
        )
    }
    return sorted((will - was) & mended)


def _touched(changes: Sequence[Change]) -> Iterator[Address]:
    for change in changes:
        if isinstance(change, (Forget, Create)):
            continue
        if isinstance(change, Delete) or change.fields or getattr(change, "edits", ()):
            yield change.address
        if isinstance(change, Move):
            yield change.source


def _stays(route: Address, touched: frozenset[Address], after: Mapping[Address, Fields]) -> bool:
    if route in touched:
        return False
    trunks = (Address("trunk", route.scope, key) for key in after[route].get("trunks") or ())
    return any(
        each in after and after[each].get("enabled", True) and each not in touched
        for each in trunks
    )
