"""What became of phones after an apply. Loads nothing that talks to them."""

from dataclasses import dataclass

from reconciler.model.outcome import Outcome
from reconciler.model.value import Fields
from reconciler.planning.phones.errands import Errand
from reconciler.planning.phones.fleet import Member
from reconciler.planning.phones.telling import Untold


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of phones: told, not told, written to, seen to use what was published."""

    outcomes: tuple[Outcome, ...] = ()
    untold: tuple[Untold, ...] = ()
    proved: tuple[Member, ...] = ()
    errands: tuple[Errand, ...] = ()

    @property
    def is_partly(self) -> bool:
        """Whether a phone has not got, or does not use, what this run promised."""
        return any(each.is_open for each in self.errands)

    @property
    def facts(self) -> Fields:
        """What the journal keeps of telling."""
        return {
            "told": {str(each.address): each.state for each in self.outcomes},
            "not_told": {str(each.address): each.reason for each in self.untold},
        }
