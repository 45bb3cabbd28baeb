"""Parking lot: calls wait there until somebody picks them up from any phone."""

from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from reconciler.kinds.entry import DestinationText, Entry, Seconds
from reconciler.kinds.marks import NUMBER, Key, Reference, Scope
from reconciler.kinds.slots import parse_slots
from reconciler.kinds.text import Line


def _slots(text: str) -> str:
    slots = parse_slots(text)
    if slots is None:
        raise PydanticCustomError("slots", "slots are written 701-720, at most 1,000 of them")
    return f"{slots[0]}-{slots[-1]}"


Slots = Annotated[
    str,
    AfterValidator(_slots),
    WithJsonSchema({"type": "string", "pattern": r"^[0-9]{1,10}\s*-\s*[0-9]{1,10}$"}),
]
"""Numbers of a lot's slots, `701-720`."""


class ParkingLot(Entry):
    """Calls wait in a slot until somebody dials the slot's number. The key parks a call."""

    kind: ClassVar[str] = "parking_lot"
    section: ClassVar[str] = "parking_lots"
    scope: ClassVar[Scope] = "pbx"
    key: ClassVar[Key] = NUMBER

    name: Annotated[Line, Field(min_length=1, max_length=255)]
    """Name of the lot."""
    slots: Slots
    """Numbers of the slots, `701-720`."""
    timeout: Annotated[Seconds, Field(ge=1, le=3600)] = 45
    """How long a call waits before it comes back, in seconds."""
    return_to_parker: bool = True
    """Whether a call that nobody picked up rings whoever parked it first."""
    timeout_to: DestinationText | None = None
    """Where a call goes that nobody picked up, also whoever parked it did not; it ends when
    unset."""
    music: Annotated[str, Reference(("music",))] | None = None
    """Music that parked callers hear; the platform's default when unset."""
    find_slot: Literal["first", "next"] = "first"
    """Whether the lowest free slot is taken or the next after the last."""
    hints: bool = True
    """Whether keys on phones may show the slots' states."""
    announce_slot: bool = True
    """Whether whoever parks a call is told its slot."""
