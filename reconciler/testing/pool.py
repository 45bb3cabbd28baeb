"""What generated entries refer to: objects that exist, by their keys."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from reconciler.kinds.destination import DESTINATION_KINDS

Raw: TypeAlias = dict[str, Any]
"""An entry or document as the loader gives it."""

Without: TypeAlias = Mapping[str, Collection[str]]
"""Fields to leave out, by kind: dotted paths or their beginnings (what an adapter cannot hold)."""


@dataclass(frozen=True, eq=False, slots=True)
class Pool:
    """Objects that may be referred to: their keys by kind."""

    keys: Mapping[str, tuple[str, ...]]

    def of(self, kinds: Iterable[str]) -> tuple[str, ...]:
        """Return the keys of all objects of these kinds."""
        return tuple(key for kind in kinds for key in self.keys.get(kind, ()))

    def destinations(self) -> tuple[str, ...]:
        """Return everything that a destination may name."""
        kinds = [kind for kind in DESTINATION_KINDS if kind not in ("voicemail", "external")]
        return (
            *(f"{kind}/{key}" for kind in kinds for key in self.keys.get(kind, ())),
            *(f"voicemail/{key}" for key in self.keys.get("extension", ())),
            "external/+441134960100",
            "hangup",
        )


SAMPLE_POOL = Pool(
    {
        "extension": ("1001", "0042", "7"),
        "trunk": ("bandlane", "northwire-2"),
        "ring_group": ("600",),
        "queue": ("700",),
        "ivr": ("main",),
        "schedule": ("hours",),
        "calendar": ("public", "practice"),
        "announcement": ("closed", "welcome"),
        "music": ("calm",),
        "conference": ("800",),
        "paging_group": ("500",),
        "parking_lot": ("70",),
        "day_night": ("night",),
        "template": ("desk",),
        "site": ("fb-main",),
        "pbx": ("ferrybank",),
        "tenant": ("ferrybank-dental",),
    }
)
"""What entries refer to when nothing else is given."""
