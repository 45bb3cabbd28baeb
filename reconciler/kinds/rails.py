"""The usual limits of the safety rails: what holds where a policy says nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

RailSeverity = Literal["refuse", "warn", "off"]


@dataclass(frozen=True, slots=True)
class Limits:
    """A rail's limits, as `policy.Rail` has them: it speaks up when any of them is passed.

    `spared` objects pass every share: deleting one of ten is no accident, and ten changes are
    still read one by one.
    """

    share: float | None = None
    count: int | None = None
    severity: RailSeverity = "refuse"
    spared: int = 2


DEFAULT_RAILS: Final[Mapping[str, Limits]] = MappingProxyType(
    {
        "not-in-history": Limits(severity="warn"),
        "too-many-deletes": Limits(share=5.0, count=25),
        "too-many-changes": Limits(share=20.0, count=200, severity="warn", spared=10),
        "shrunk-desired": Limits(share=50.0),
        "unsaid-move": Limits(),
        "lost-secrets": Limits(count=3),
        "protected-object": Limits(),
        "number-release": Limits(),
        "emergency-route": Limits(),
        "emergency-context": Limits(),
        "protected-number": Limits(),
        "toll-fraud": Limits(),
        "open-acl": Limits(),
        "weak-secret": Limits(severity="warn"),
        "open-mailbox": Limits(severity="warn"),
        "foreign-object": Limits(),
        "leads-to-locked": Limits(),
        "change-loses": Limits(severity="warn"),
        "still-referenced": Limits(),
        "removed-stays": Limits(severity="warn"),
        "number-taken": Limits(),
        "number-overlap": Limits(severity="warn"),
        "pending-reload": Limits(),
        "active-calls": Limits(),
        "capacity": Limits(severity="warn"),
    }
)
"""The rails and their limits where the policy says nothing."""
