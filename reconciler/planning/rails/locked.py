"""Rails about what cannot be written: it stays, and nothing of ours leads to it. Pure."""

from collections.abc import Iterator
from typing import Final

from reconciler.diagnostics.diagnostic import Diagnostic
from reconciler.model.address import Address
from reconciler.model.change import Adopt, Change, Create, Delete, Forget, Move, Replace, Update
from reconciler.model.live import LiveObject, Loss, is_returned
from reconciler.planning.lower import writes
from reconciler.planning.order import references_in
from reconciler.planning.rails.situation import Situation, allow, few, who

_NAMED_ONLY: Final = frozenset({"music"})
"""Kinds that others name, and no call is led to: their name is the same whoever wrote them."""


def locked_object(at: Situation) -> Iterator[Diagnostic]:
    """What stands where we never write cannot be changed, nor what has a name from there."""
    yield from _occupied(at)
    yield from _doubled(at)
    yield from _returned(at)
    for change in at.changes(Update, Replace, Delete, Adopt, Move):
        locked = why_locked(at, change)
        if locked is not None and writes(change) and not is_returned(getattr(change, "edits", ())):
            found = _live(at, change, change.address)
            is_known = found is None or not found.apart
            yield Diagnostic(
                "locked-object",
                f"{change.address} cannot be written: {locked}.",
                change.origin,
                hint="remove it from there by hand (apply creates it again in our files), or "
                + ("declare it as it is" if is_known else "choose another number"),
            )


def _occupied(at: Situation) -> Iterator[Diagnostic]:
    """Yield what has a name of ours, whatever is written there: nothing of it would take effect."""
    for name, target in sorted(at.live.targets.items()):
        for address, where in sorted(target.occupied.items() if at.has_writes(name) else ()):
            found = target.objects.get(address)
            if address in at.after and (found is None or found.locked is None):
                declared = at.desired.resources.get(address)
                yield Diagnostic(
                    "locked-object",
                    f"{address} cannot be written: {where} has a name that is its own: the PBX "
                    "would not take both, nor perhaps anything else that is new.",
                    declared.origin if declared else None,
                    hint="take that out there, too, or give it another name, and do not reload: "
                    "apply does",
                )


def _doubled(at: Situation) -> Iterator[Diagnostic]:
    """Yield what stands in our files and in people's own, whether or not anything is written."""
    for name, target in sorted(at.live.targets.items()):
        for address, where in sorted(target.doubled.items()):
            refused = address in target.occupied and at.has_writes(name)
            if address in at.after and not refused:
                declared = at.desired.resources.get(address)
                yield Diagnostic(
                    "locked-object",
                    f"{address} stands in our files and, written by hand, on "
                    f"{name.partition('/')[2]} as {where}, too: only one of both counts.",
                    declared.origin if declared else None,
                    hint="take that out there and reload",
                    severity="warning",
                )


def _returned(at: Situation) -> Iterator[Diagnostic]:
    """Yield what stood in our files and stands in people's own again: in one go, it may be all."""
    groups: dict[str, list[Update]] = {}
    for change in at.changes(Update):
        if isinstance(change, Update) and is_returned(change.edits):
            groups.setdefault(change.target, []).append(change)
    for target, changes in sorted(groups.items()):
        count = len(changes)
        places = few([str(each.native_id) for each in changes])
        yield Diagnostic(
            "locked-object",
            f"{who([each.address for each in changes], at.before)} "
            f"{'stands' if count == 1 else 'stand'} in files of people's own on "
            f"{target.partition('/')[2]} again, and not in ours: {places}. A backup from "
            "before that was taken over may have been put back.",
            changes[0].origin,
            hint="take that out there and do not reload: the next apply shows it and writes it "
            "into our files; or leave it there: reconciler apply --refresh-only",
        )


def why_locked(at: Situation, change: Change) -> str | None:
    """Return why the object that a change is about cannot be written, None if it can."""
    source = change.source if isinstance(change, Move) else change.address
    found = _live(at, change, source)
    return found.locked if found is not None else None


def change_loses(at: Situation) -> Iterator[Diagnostic]:
    """Changes that the adapter will not send are told in one go, and not one by one at apply."""
    groups: dict[tuple[str, Loss], list[Address]] = {}
    for change in at.changes(Adopt, Update):
        found = _live(at, change, change.address)
        if found is None or found.loses is None or not isinstance(change, (Adopt, Update)):
            continue
        loss = found.loses
        if loss.befalls(change.after) and writes(change):
            groups.setdefault((change.target, loss._replace(unless=())), []).append(change.address)
    for (target, loss), addresses in sorted(groups.items()):
        yield Diagnostic(
            "change-loses",
            f"{who(addresses, at.before)} on {target.partition('/')[2]} "
            f"{'has' if len(addresses) == 1 else 'have'} {loss.what}: the change would lose it and "
            "will not be sent.",
            hint=loss.way_out,
        )


def leads_to_locked(at: Situation) -> Iterator[Diagnostic]:
    """A call must not be led to what others wrote: it answers to names that we do not know.

    What leads there already is not said again.
    """
    changes = at.changes(Create, Update, Adopt, Replace, Move)
    there = [target.objects for target in at.live.targets.values()]
    # Worth it for a first apply alone: to look at all objects of a kept answer makes them all out.
    if len(changes) >= sum(map(len, there)) and not any(
        each.locked for objects in there for each in objects.values()
    ):
        return
    for change in changes:
        if isinstance(change, (Delete, Forget)) or not writes(change):
            continue
        before = {} if isinstance(change, Create) else change.before
        now = references_in(change.address, change.after)
        for need in sorted(now - references_in(change.address, before)):
            found = _live(at, change, need)
            if found is None or found.locked is None or need.kind in _NAMED_ONLY:
                continue
            yield Diagnostic(
                "leads-to-locked",
                f"{change.address} leads to {need}, and what reconciler writes finds no way there: "
                f"{found.locked}.",
                change.origin,
                hint=allow("leads-to-locked"),
            )


def _live(at: Situation, change: Change, address: Address) -> LiveObject | None:
    target = at.live.targets.get(change.target)
    return target.objects.get(address) if target else None
