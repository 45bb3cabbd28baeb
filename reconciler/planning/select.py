"""Select: narrow a plan to some objects, or to mending drift. Pure."""

from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from reconciler.model.address import Address
from reconciler.model.change import Change, Create, Update
from reconciler.planning.compare import overlay
from reconciler.planning.diff import Diff


@dataclass(frozen=True, slots=True)
class Selection:
    """What a plan is narrowed to. Patterns are addresses with `*` and `?`.

    `targets` also takes in what the named objects need; `exclude` leaves out what it names and
    nothing else. `scopes` are PBXs and sites. `only_drift` keeps what others changed.
    """

    targets: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    only_drift: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether nothing is narrowed at all."""
        return not (self.targets or self.exclude or self.scopes or self.only_drift)

    def narrow(self, found: Diff) -> Diff:
        """Return the diff with only what is selected."""
        if self.is_whole:
            return found
        changes = {each.address: each for each in found.changes}
        kept = {a for a in changes if self._names(a)}
        if self.targets:
            waiting = list(kept)
            while waiting:
                for need in changes[waiting.pop()].needs:
                    if need in changes and need not in kept:
                        kept.add(need)
                        waiting.append(need)
        kept -= {a for a in kept if _matches(a, self.exclude)}
        selected = [each for each in found.changes if each.address in kept]
        if self.only_drift:
            selected = [each for each in map(_drift_of, selected) if each is not None]
        return replace(
            found,
            changes=tuple(selected),
            waiting=tuple(
                each
                for each in found.waiting
                if self._names(each.address) and not _matches(each.address, self.exclude)
            ),
        )

    def _names(self, address: Address) -> bool:
        if self.scopes and address.scope not in self.scopes:
            return False
        return not self.targets or _matches(address, self.targets)


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
