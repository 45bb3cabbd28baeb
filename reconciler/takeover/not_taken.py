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
    return live.locked is not None and not live.fields
