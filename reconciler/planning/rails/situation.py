"""What a safety rail may look at, and how it says which flag passes it. Pure."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from reconciler.diagnostics.diagnostic import Diagnostic
from reconciler.model.address import Address
from reconciler.model.change import Change
from reconciler.model.live import Live
from reconciler.model.ownership import Ownership
from reconciler.model.resource import Desired
from reconciler.model.value import Fields
from reconciler.planning.diff import Diff
from reconciler.planning.lower import writes
from reconciler.planning.policy import Policy


class Situation(NamedTuple):
    """Everything that a rail may look at. `before` and `after` are all objects of all targets.

    `weak` are the secrets that were found to be easily guessed, at their places in the files.
    Without `today` waivers hold for ever. `lacking` says who applied what is not in the history of
    the files.
    """

    diff: Diff
    desired: Desired
    live: Live
    ownership: Ownership
    policy: Policy
    before: Mapping[Address, Fields]
    after: Mapping[Address, Fields]
    weak: tuple[Diagnostic, ...] = ()
    today: date | None = None
    lacking: str = ""

    def changes(self, *types: type[Change]) -> list[Change]:
        """Return the changes of these types, sorted by address."""
        found = [each for each in self.diff.changes if isinstance(each, types)]
        return sorted(found, key=lambda each: each.address)

    def has_writes(self, target: str) -> bool:
        """Whether anything is written to the target."""
        return any(writes(each) for each in self.diff.changes if each.target == target)


def allow(rail: str) -> str:
    """Return the words that say how a rail is passed."""
    return f'if this is meant: reconciler apply --allow {rail} --reason "..."'


def who(addresses: Sequence[Address], desired: Mapping[Address, Fields]) -> str:
    """Return who is hit, in people's words: names first, at most five."""

    def name(address: Address) -> str:
        fields = desired.get(address, {})
        label = fields.get("name")
        return f"{label} ({address.key})" if label else str(address)

    return few([name(each) for each in addresses])


def few(names: Sequence[str]) -> str:
    """Return the first five names, and how many there are besides."""
    more = len(names) - 5
    shown = ", ".join(names[:5])
    return f"{shown} and {more} more" if more > 0 else shown
