"""Heirs: what goes on elsewhere. It stays where it is until the other PBX has it in effect.

A customer moves from one PBX to another: his numbers and extensions leave the one and come to the
other in the same plan. Nobody may be without them in between, or for good where the other PBX does
not answer. Pure.
"""

from collections.abc import Iterable, Mapping

from reconciler.model.address import Address
from reconciler.model.change import Change, Delete
from reconciler.model.ownership import Ownership
from reconciler.model.resource import Desired


class Heirs:
    """Knows what is declared elsewhere in the place of what goes. Looks only when it is asked."""

    def __init__(self, desired: Desired, ownership: Ownership) -> None:
        self._desired = desired
        self._ours = ownership.objects
        self._moved = {each.source: each.destination for each in desired.moved}
        self._namesakes: dict[tuple[str, str], list[Address]] | None = None

    def of(self, address: Address) -> Address | None:
        """Return what takes the place of something that is no longer declared, on another PBX.

        It is what `moved` says, the same number from outside on whatever other PBX, or a number
        inside that another PBX gets for the first time. Who has the same number on two PBXs all
        along is somebody else.
        """
        if moved := self.told(address):
            return moved
        outside = address.kind == "inbound_route" and address.key != "any"
        if not outside and not address.key.isdigit():
            return None
        return next(
            (each for each in self._called_alike(address) if outside or each not in self._ours),
            None,
        )

    def told(self, address: Address) -> Address | None:
        """Return where something has moved to by `moved`, if that is on another PBX."""
        moved = self._moved.get(address)
        resource = self._desired.resources.get(moved) if moved is not None else None
        if resource is None or moved is None or moved.scope == address.scope:
            return None
        return moved if resource.target.startswith("pbx/") else None

    def among(self, changes: Iterable[Change]) -> Mapping[Address, Address]:
        """Return what goes on elsewhere of all that is deleted."""
        found = {e.address: self.of(e.address) for e in changes if isinstance(e, Delete)}
        return {address: heir for address, heir in found.items() if heir is not None}

    def _called_alike(self, address: Address) -> list[Address]:
        if self._namesakes is None:
            self._namesakes = {}
            for each, resource in sorted(self._desired.resources.items()):
                if resource.target.startswith("pbx/"):
                    self._namesakes.setdefault((each.kind, each.key), []).append(each)
        found = self._namesakes.get((address.kind, address.key), [])
        return [each for each in found if each.scope != address.scope]
