"""Desired state: resources with their fields, and what people said about them."""

from collections.abc import Mapping
from datetime import date
from typing import Literal, NamedTuple

from reconciler.diagnostics.place import Place
from reconciler.model.address import Address
from reconciler.model.target import Target
from reconciler.model.value import EMPTY, Fields


class Waiver(NamedTuple):
    """Somebody takes a rule's finding upon themselves, until a day (ISO date)."""

    rule: str
    reason: str
    by: str
    until: str

    def is_over(self, today: date | None) -> bool:
        """Whether its last day has passed. Without `today` it holds for ever."""
        return today is not None and self.until < today.isoformat()


class Meta(NamedTuple):
    """What every entry may carry beside its fields."""

    protect: bool = False
    ignore: tuple[str, ...] = ()
    on_delete: Literal["delete", "forget"] = "delete"
    waive: tuple[Waiver, ...] = ()
    note: str | None = None


NO_META = Meta()


class Resource(NamedTuple):
    """One thing that people want, on one target.

    `fields` holds only declared fields; `needs` the addresses that it refers to, without
    duplicates, in order of appearance; `origins` the places of fields that do not stand at
    `origin` + path (they came from a template, a default or another layer).
    """

    address: Address
    target: str
    fields: Fields
    origin: Place
    line: int
    needs: tuple[Address, ...] = ()
    meta: Meta = NO_META
    origins: Mapping[str, Place] = EMPTY

    def place_of(self, path: str) -> Place:
        """Return where the field at the dotted path was written."""
        found = self.origins.get(path)
        return found if found is not None else self.origin.at(*path.split("."))


class Moved(NamedTuple):
    """`moved: [{from, to}]`: the same thing under a new address."""

    source: Address
    destination: Address
    origin: Place


class Removed(NamedTuple):
    """`removed: [{address, destroy}]`: no longer ours; destroyed only if that is said.

    A device that is taken out of use is removed by its own entry, which begins at `line`.
    """

    address: Address
    destroy: bool
    origin: Place
    line: int = 0


class Desired(NamedTuple):
    """The whole estate as people want it. `policy` is the merged policy section, and so on.

    Where files have mistakes, `flaws` are the fields (dotted paths) of things that are missing or
    wrong, and `unread` the kinds of which there may be more.
    """

    resources: Mapping[Address, Resource]
    targets: Mapping[str, Target]
    moved: tuple[Moved, ...] = ()
    removed: tuple[Removed, ...] = ()
    policy: Fields = EMPTY
    workspace: Fields = EMPTY
    provisioning: Fields = EMPTY
    sites: Mapping[str, Fields] = EMPTY
    pbxs: Mapping[str, Fields] = EMPTY
    flaws: Mapping[Address, frozenset[str]] = EMPTY
    unread: frozenset[str] = frozenset()

    def knows(self, address: Address, *paths: str) -> bool:
        """Whether these fields of a thing are as people want them: nothing in them is wrong."""
        flaws = self.flaws.get(address)
        return not flaws or not any(
            flaw == path or flaw.startswith(f"{path}.") or path.startswith(f"{flaw}.") or not flaw
            for flaw in flaws
            for path in paths
        )
