"""What cannot be taken over, why, and what to do."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NotTaken:
    """An object that cannot be taken over, why, and what to do."""

    address: str
    reason: str
    hint: str
