"""Who has which version, and whether it is the wanted one. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from reconciler.firmware.tracks import Track, wanted_for
from reconciler.firmware.versions import compare
from reconciler.phones.meant import Placed

State = Literal["compliant", "behind", "ahead", "differs", "unknown", "no-target"]


@dataclass(frozen=True, slots=True)
class Standing:
    """A phone's firmware against what it shall be. `current` "" is not known."""

    phone: Placed
    current: str
    wanted: str
    why: str
    state: State
    stable: bool | None = None
    """Whether the version that it has is declared as stable; None if it is not declared."""


def standings(
    phones: Iterable[Placed], current: Mapping[Placed, str], tracks: Sequence[Track], *, today: str
) -> tuple[Standing, ...]:
    """Return where every phone stands. `current` are the versions that phones told."""
    return tuple(_standing(each, current.get(each, ""), tracks, today) for each in phones)


def _standing(phone: Placed, current: str, tracks: Sequence[Track], today: str) -> Standing:
    wanted = wanted_for(phone, tracks, today=today)
    if wanted is None:
        return Standing(phone, current, "", "", "no-target")
    held = wanted.track.release(current) if wanted.track is not None else None
    stable = held.stable if held is not None else None
    state: State = "unknown"
    if current:
        order = compare(phone.vendor, current, wanted.version)
        states: dict[str, State] = {
            "equal": "compliant", "older": "behind", "newer": "ahead", "unknown": "differs",
        }  # fmt: skip
        state = states[order]
    return Standing(phone, current, wanted.version, wanted.why, state, stable)


def counts(found: Iterable[Standing]) -> dict[State, int]:
    """Return how many phones stand where."""
    return dict(Counter(each.state for each in found))
