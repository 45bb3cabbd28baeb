"""Day/night switch: people switch by hand where calls go."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from reconciler.kinds.entry import DestinationText, Entry, SecretText
from reconciler.kinds.marks import NAME, Key, Scope
from reconciler.kinds.text import Code, Line


class DayNight(Entry):
    """A switch that people flip from a phone: calls go one way by day and another by night."""

    kind: ClassVar[str] = "day_night"
    section: ClassVar[str] = "day_night"
    scope: ClassVar[Scope] = "pbx"
    key: ClassVar[Key] = NAME

    name: Annotated[Line, Field(min_length=1, max_length=255)] | None = None
    """Name as people see it; the key when unset."""
    number: Code | None = None
    """Feature code that flips the switch (`*281`); phones' keys can show its state."""
    day: DestinationText
    """Where calls go by day."""
    night: DestinationText
    """Where calls go by night."""
    state: Literal["day", "night"] = "day"
    """How the switch stands. The users' to change unless it is declared."""
    pin: SecretText | None = None
    """PIN that is asked before the switch is flipped."""
