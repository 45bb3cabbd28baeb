"""A rule: a function from the estate to findings, each about the entry that could waive it."""

from collections.abc import Callable, Collection, Iterator
from typing import NamedTuple, TypeAlias

from reconciler.diagnostics.diagnostic import Diagnostic
from reconciler.model.resource import Desired, Resource
from reconciler.model.target import Target


class Finding(NamedTuple):
    """What a rule found. `about` is whose `waive` counts; None for the estate as a whole."""

    diagnostic: Diagnostic
    about: Resource | Target | None


class Sorted:
    """The desired estate, with its resources sorted by kind: most rules are about one or two."""

    def __init__(self, desired: Desired) -> None:
        self.desired = desired
        self._by_kind: dict[str, list[Resource]] = {}
        for address, resource in desired.resources.items():
            self._by_kind.setdefault(address.kind, []).append(resource)

    def of(self, kinds: Collection[str]) -> Iterator[Resource]:
        """Yield the resources of some kinds, kind by kind as the estate first names them."""
        for kind, resources in self._by_kind.items():
            if kind in kinds:
                yield from resources


Rule: TypeAlias = Callable[[Sorted], Iterator[Finding]]
