"""Things of one kind whose changes are told: what they are called, and among what. Pure."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final, NamedTuple

from reconciler.model.address import Address
from reconciler.model.value import Fields, Value
from reconciler.planning.impact.names import bare, kind_words, label, listed, name
from reconciler.planning.impact.writers import Situation

_PASSING: Final = ("day_night", "ivr", "schedule")
"""Kinds that people outside know by the number that they dialled."""


class Kind(NamedTuple):
    """Whose changes are told, and among what. `several` PBXs or sites have some: each is named."""

    kind: str
    before: Mapping[Address, Fields]
    after: Mapping[Address, Fields]
    several: bool

    def words(self, number: int) -> str:
        """Return so many of them in people's words."""
        return kind_words(self.kind, number)

    def at(self, address: Address, fields: Fields) -> Situation:
        """Return one of them among everything else."""
        return Situation(address, fields, self.before, self.after)

    def who(self, address: Address, fields: Fields) -> str:
        """Return one of them as the beginning of a line; what only passes calls on, with whose."""
        said = label(address, fields)
        if self.kind in _PASSING and (numbers := sorted(set(self._numbers(address)))):
            said += f" ({listed(numbers, 2)})"
        return self._placed(said, address.scope)

    def among(self, address: Address, fields: Fields, called: Callable[..., str] = bare) -> str:
        """Return one of them in a list."""
        return self._placed(called(address, fields), address.scope)

    def catch_all(self, among: Mapping[Address, Fields], scope: str) -> Value:
        """Return where a PBX sends what no number of its own takes."""
        return among.get(Address(self.kind, scope, "any"), {}).get("destination")

    def _numbers(self, address: Address) -> Iterator[str]:
        """Yield the numbers from outside that lead straight to it, before or after."""
        here = f"{self.kind}/{address.key}"
        from_afar = f"{address.scope}:{here}"
        for objects in (self.before, self.after):
            for each, fields in objects.items():
                if each.kind == "inbound_route":
                    to = fields.get("destination")
                    if to == from_afar or (to == here and each.scope == address.scope):
                        yield name(each, fields)

    def _placed(self, said: str, scope: str) -> str:
        return f"{said} on {scope}" if self.several and scope else said
