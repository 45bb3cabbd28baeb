"""Narrow: of a diff only what somebody selected, or only what mends drift. Pure."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from reconciler.model.address import Address
from reconciler.model.change import Change, Create, Delete, Forget, Move, Update
from reconciler.model.plan import Waiting
from reconciler.model.value import EMPTY
from reconciler.planning.compare import overlay
from reconciler.planning.diff import Diff
from reconciler.planning.phones.fleet import registers_as
from reconciler.planning.phones.telling import changes_password
from reconciler.planning.select import Selection, matches


def narrow(only: Selection, found: Diff, heirs: Mapping[Address, Address] = EMPTY) -> Diff:
    """Return the diff with only what is selected. `heirs` are what `Heirs` has found."""
    if only.is_whole:
        return found
    changes = {each.address: each for each in found.changes}
    kept = {a for a in changes if only.names(a)}
    shared = tuple(_share_passwords(changes))
    if only.targets:
        if not only.scopes:
            kept |= {device for device, line in shared if line in kept}
        waiting = list(kept)
        while waiting:
            address = waiting.pop()
            heir = heirs.get(address)
            for need in (*changes[address].needs, *([heir] if heir else ())):
                if need in changes and need not in kept:
                    kept.add(need)
                    waiting.append(need)
    kept -= _excluded(only, changes)
    torn = _torn(shared, kept) | _without_heirs(heirs, changes, kept)
    kept -= torn.keys()
    selected = [each for each in found.changes if each.address in kept]
    if only.only_drift:
        selected = [each for each in map(_drift_of, selected) if each is not None]
    return found._replace(
        changes=tuple(selected),
        waiting=tuple(
            each
            for each in found.waiting
            if only.names(each.address) and not matches(each.address, only.exclude)
        )
        + tuple(Waiting(a, changes[a].target, reason) for a, reason in sorted(torn.items())),
    )


def _excluded(only: Selection, changes: Mapping[Address, Change]) -> set[Address]:
    """Return what is left out, with what would point at an object that is not there yet."""
    excluded = {a for a in changes if matches(a, only.exclude)}
    missing = {a for a in excluded if isinstance(changes[a], (Create, Move))}
    waiting = [each for each in changes.values() if not isinstance(each, (Delete, Forget))]
    while missing:
        cut = {c.address for c in waiting if not missing.isdisjoint(c.needs)} - excluded
        excluded |= cut
        missing = {a for a in cut if isinstance(changes[a], (Create, Move))}
    return excluded


def _share_passwords(changes: Mapping[Address, Change]) -> Iterator[tuple[Address, Address]]:
    """Yield devices that change, each with an extension that gives it another password."""
    for change in changes.values():
        if isinstance(change, (Delete, Forget)):
            continue
        for line in registers_as(change.address, change.after, change.needs):
            other = changes.get(line)
            if other is not None and changes_password(other):
                yield change.address, line


def _torn(
    shared: Sequence[tuple[Address, Address]], kept: Collection[Address]
) -> dict[Address, str]:
    """Return what is selected without its other half: one would be refused by the other."""
    torn: dict[Address, str] = {}
    while True:
        before = len(torn)
        for device, line in shared:
            for one, other in ((device, line), (line, device)):
                alone = other not in kept or other in torn
                if one in kept and one not in torn and alone:
                    torn[one] = f"a password changes with {other}, which is not selected"
        if len(torn) == before:
            return torn


def _without_heirs(
    heirs: Mapping[Address, Address], changes: Mapping[Address, Change], kept: Collection[Address]
) -> dict[Address, str]:
    """Return what would go although that which takes its place is not selected."""
    return {
        address: f"stays until {heir} is there, which is not selected"
        for address, heir in heirs.items()
        if address in kept and heir in changes and heir not in kept
    }


def _drift_of(change: Change) -> Change | None:
    if isinstance(change, Create):
        return change if change.recreated else None
    if not isinstance(change, Update):
        return None
    fields = tuple(each for each in change.fields if each.cause == "drift")
    if not fields and not change.edits:
        return None
    return replace(change, fields=fields, after=overlay(change.before, fields))
