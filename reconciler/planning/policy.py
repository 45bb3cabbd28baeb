"""Policy as the rails ask it: limits, severities, protected numbers. Defaults live in the kind."""

from math import ceil
from typing import NamedTuple

from reconciler.kinds.all_traits import TRAITS
from reconciler.kinds.rails import DEFAULT_RAILS, RailSeverity
from reconciler.model.value import Fields, Value


class Limit(NamedTuple):
    """A share (percent) of what is there and a number; the smaller of the two holds.

    `spared` objects pass every share.
    """

    share: float | None
    number: int | None
    spared: int

    def allowed(self, there: int) -> int:
        """Return how many of `there` objects may be hit."""
        bounds = []
        if self.share is not None:
            bounds.append(max(self.spared, ceil(there * self.share / 100)))
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
        self._fields = {**TRAITS["policy"].defaults, **declared}

    def _rail(self, rail: str, name: str) -> Value:
        declared = (self._fields.get("rails") or {}).get(rail, {})
        if name in declared:
            return declared[name]
        usual = DEFAULT_RAILS.get(rail)
        return getattr(usual, name) if usual is not None else None

    def severity(self, rail: str) -> RailSeverity:
        """Return what the rail does when it finds something."""
        found: RailSeverity | None = self._rail(rail, "severity")
        return found or "refuse"

    def limit(self, rail: str) -> Limit:
        """Return the rail's limit."""
        spared = DEFAULT_RAILS[rail].spared
        return Limit(self._rail(rail, "share"), self._rail(rail, "count"), spared)

    @property
    def protected_numbers(self) -> frozenset[str]:
        """Numbers that must reach a person after every plan."""
        return frozenset(self._fields.get("protected_numbers") or ())

    @property
    def allowed_outbound_prefixes(self) -> tuple[str, ...]:
        """Beginnings of numbers; without any, `calls` reach none outside, forwards any."""
        return tuple(self._fields.get("allowed_outbound_prefixes") or ())

    @property
    def max_active_calls(self) -> int | None:
        """With how many active calls a reload is still allowed; None for any number."""
        found = self._fields.get("reload.max_active_calls")
        return None if found is None else int(found)

    @property
    def requires_reason(self) -> bool:
        """Whether every apply needs a reason."""
        return bool(self._fields.get("require_reason"))

    @property
    def plan_expires_s(self) -> int:
        """How long a plan file may be applied, in seconds."""
        return int(self._fields.get("plan_expires") or 86400)
