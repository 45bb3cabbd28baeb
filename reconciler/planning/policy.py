"""Policy as the rails ask it: limits, severities, protected numbers. Defaults live in the kind."""

from math import ceil
from typing import Literal, NamedTuple

from reconciler.kinds import KINDS
from reconciler.kinds.entry import defaults
from reconciler.model.value import Fields, Value


class Limit(NamedTuple):
    """A share (percent) of what is there and a number; the smaller of the two holds.

    Small sets are not exempt, but one object may always change: a limit never rounds down to none
    unless it says 0.
    """

    share: float | None
    number: int | None

    def allowed(self, there: int) -> int:
        """Return how many of `there` objects may be hit."""
        bounds = []
        if self.share is not None:
            bounds.append(ceil(there * self.share / 100))
        if self.number is not None:
            bounds.append(self.number)
        return min(bounds) if bounds else there

    def __str__(self) -> str:
        parts = []
        if self.share is not None:
            parts.append(f"{self.share:g} %")
        if self.number is not None:
            parts.append(str(self.number))
        return " or ".join(parts) or "none"


class Policy:
    """The merged policy section, with the kind's documented defaults for what it leaves out."""

    def __init__(self, declared: Fields) -> None:
        self._fields = {**defaults(KINDS["policy"]), **declared}

    def _get(self, path: str) -> Value:
        return self._fields.get(path)

    def severity(self, rail: str) -> Literal["refuse", "warn", "off"]:
        """Return what the rail does when it finds something."""
        found = self._get(f"rails.{rail}.severity")
        return found if found in ("warn", "off") else "refuse"

    def limit(self, rail: str) -> Limit:
        """Return the rail's limit."""
        return Limit(self._get(f"rails.{rail}.share"), self._get(f"rails.{rail}.count"))

    @property
    def protected_numbers(self) -> frozenset[str]:
        """DIDs that must reach a person after every plan."""
        return frozenset(self._get("protected_numbers") or ())

    @property
    def max_active_calls(self) -> int | None:
        """With how many active calls a reload is still allowed; None for any number."""
        found = self._get("reload.max_active_calls")
        return None if found is None else int(found)

    @property
    def plan_expires_s(self) -> int:
        """How long a plan file may be applied, in seconds."""
        return int(self._get("plan_expires") or 86400)
