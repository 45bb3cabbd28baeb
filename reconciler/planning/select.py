"""Select: narrow a plan to some objects, or to mending drift. Pure."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Final, NamedTuple

from reconciler.model.address import Address
from reconciler.model.change import Change, Create, Delete, Forget, Move, Update
from reconciler.model.plan import Waiting
from reconciler.planning.compare import overlay
from reconciler.planning.diff import Diff
from reconciler.planning.fleet import registers_as
from reconciler.planning.telling import changes_password


class Selection(NamedTuple):
    """What a plan is narrowed to. Patterns are addresses with `*` and `?`.

    `targets` also takes in what the named objects need; `exclude` leaves out what it names, and
    what would refer to an object that is not made because of that. `scopes` are PBXs and sites.
    `only_drift` keeps what others changed. A new password is for its extension and for the devices
    that register with it, or it waits.
    """

    targets: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    only_drift: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether nothing is narrowed at all."""
        return not (self.targets or self.exclude or self.scopes or self.only_drift)

    def takes(self, *names: Address) -> bool:
        """Whether something is selected that goes by any of these addresses."""
        if self.only_drift or any(_matches(each, self.exclude) for each in names):
            return False
        return any(self._names(each) for each in names)

    def unmatched(self, known: Collection[Address], scopes: Collection[str]) -> tuple[str, ...]:
        """Return what names nothing: patterns without an address, PBXs and sites that are none."""
        patterns = [
            each
            for each in (*self.targets, *self.exclude)
            if not any(_matches(address, (each,)) for address in known)
        ]
        return (*patterns, *(each for each in self.scopes if each not in scopes))

    def narrow(self, found: Diff, heirs: Mapping[Address, Address] | None = None) -> Diff:
        """Return the diff with only what is selected. `heirs` are what `Heirs` has found."""
        if self.is_whole:
            return found
        changes = {each.address: each for each in found.changes}
        kept = {a for a in changes if self._names(a)}
        shared = tuple(_share_passwords(changes))
        if self.targets:
            if not self.scopes:
                kept |= {device for device, line in shared if line in kept}
            waiting = list(kept)
            while waiting:
                address = waiting.pop()
                heir = (heirs or {}).get(address)
                for need in (*changes[address].needs, *([heir] if heir else ())):
                    if need in changes and need not in kept:
                        kept.add(need)
                        waiting.append(need)
        kept -= self._excluded(changes)
        torn = _torn(shared, kept) | _without_heirs(heirs or {}, changes, kept)
        kept -= torn.keys()
        selected = [each for each in found.changes if each.address in kept]
        if self.only_drift:
            selected = [each for each in map(_drift_of, selected) if each is not None]
        return found._replace(
            changes=tuple(selected),
            waiting=tuple(
                each
                for each in found.waiting
                if self._names(each.address) and not _matches(each.address, self.exclude)
            )
            + tuple(Waiting(a, changes[a].target, reason) for a, reason in sorted(torn.items())),
        )

    def _excluded(self, changes: Mapping[Address, Change]) -> set[Address]:
        """Return what is left out, with what would point at an object that is not there yet."""
        excluded = {a for a in changes if _matches(a, self.exclude)}
        missing = {a for a in excluded if isinstance(changes[a], (Create, Move))}
        waiting = [each for each in changes.values() if not isinstance(each, (Delete, Forget))]
        while missing:
            cut = {c.address for c in waiting if not missing.isdisjoint(c.needs)} - excluded
            excluded |= cut
            missing = {a for a in cut if isinstance(changes[a], (Create, Move))}
        return excluded

    def _names(self, address: Address) -> bool:
        if self.scopes and address.scope not in self.scopes:
            return False
        return not self.targets or _matches(address, self.targets)


WHOLE: Final = Selection()


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


def _matches(address: Address, patterns: tuple[str, ...]) -> bool:
    text = str(address)
    return any(fnmatchcase(text, each) for each in patterns)


def _drift_of(change: Change) -> Change | None:
    if isinstance(change, Create):
        return change if change.recreated else None
    if not isinstance(change, Update):
        return None
    fields = tuple(each for each in change.fields if each.cause == "drift")
    if not fields and not change.edits:
        return None
    return replace(change, fields=fields, after=overlay(change.before, fields))
