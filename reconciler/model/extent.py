"""What a read is asked for."""

from typing import NamedTuple

from reconciler.model.address import Address


class Extent(NamedTuple):
    """All objects of `kinds`, single `objects` of others; of those `mentioned`, if they are there.

    A platform may answer with more. What it does not answer is not known.
    """

    kinds: frozenset[str] = frozenset()
    objects: frozenset[Address] = frozenset()
    mentioned: frozenset[Address] = frozenset()

    @property
    def all_kinds(self) -> frozenset[str]:
        """Every kind of which anything is asked: what is read where single objects cannot be."""
        return self.kinds | {each.kind for each in (*self.objects, *self.mentioned)}

    @property
    def is_empty(self) -> bool:
        """Whether nothing is asked for."""
        return not (self.kinds or self.objects or self.mentioned)

    def keys(self, kind: str) -> frozenset[str] | None:
        """Return the keys of the single objects of a kind that are asked for; None for all."""
        if kind in self.kinds:
            return None
        return frozenset(each.key for each in self.objects if each.kind == kind)
