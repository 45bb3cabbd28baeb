"""What cannot be taken over, why, and what to do."""

from dataclasses import dataclass
from typing import Final

from reconciler.model.live import LiveObject

UNREAD: Final = "leave it unmanaged and declare no such number, or take it out there first"


@dataclass(frozen=True, slots=True)
class NotTaken:
    """An object that cannot be taken over, why, and what to do."""

    address: str
    reason: str
    hint: str


def is_unread(live: LiveObject) -> bool:
    """Whether nobody can write an object, nor read what it is: that it is there is all."""
    return live.locked is not None and live.apart


def changing(live: LiveObject, beyond: str) -> str:
    """Return what becomes of a thing that no field of an object holds."""
    how = "once it stands in a file of ours" if live.locked else "left as it is"
    return f"{how}: {beyond}"
