"""Things of one kind whose changes are told: what they are called, and among what. Pure."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from reconciler.model.address import Address
from reconciler.model.value import Fields, Value
from reconciler.planning.impact.names import bare, kind_words, label
from reconciler.planning.impact.writers import Situation


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
        """Return one of them as the beginning of a line."""
        return self._placed(label(address, fields), address.scope)

    def among(self, address: Address, fields: Fields, called: Callable[..., str] = bare) -> str:
        """Return one of them in a list."""
        return self._placed(called(address, fields), address.scope)

    def catch_all(self, among: Mapping[Address, Fields], scope: str) -> Value:
        """Return where a PBX sends what no number of its own takes."""
        return among.get(Address(self.kind, scope, "any"), {}).get("destination")

    def _placed(self, said: str, scope: str) -> str:
        return f"{said} on {scope}" if self.several and scope else said
