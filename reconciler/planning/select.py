"""Selection: what a plan is narrowed to, as somebody asks for it. Pure.

Loads nothing: it is asked for before platforms are.
"""

from collections.abc import Collection
from fnmatch import fnmatchcase
from typing import Final, NamedTuple

from reconciler.model.address import Address


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
        if self.only_drift or any(matches(each, self.exclude) for each in names):
            return False
        return any(self.names(each) for each in names)

    def unmatched(self, known: Collection[Address], scopes: Collection[str]) -> tuple[str, ...]:
        """Return what names nothing: patterns without an address, PBXs and sites that are none."""
        patterns = [
            each
            for each in (*self.targets, *self.exclude)
            if not any(matches(address, (each,)) for address in known)
        ]
        return (*patterns, *(each for each in self.scopes if each not in scopes))

    def names(self, address: Address) -> bool:
        """Return whether an address is in the scopes, and one of the targets."""
        if self.scopes and address.scope not in self.scopes:
            return False
        return not self.targets or matches(address, self.targets)


WHOLE: Final = Selection()


def matches(address: Address, patterns: tuple[str, ...]) -> bool:
    """Return whether any of the patterns is one of this address."""
    text = str(address)
    return any(fnmatchcase(text, each) for each in patterns)
