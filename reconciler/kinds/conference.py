"""Conference: a room where callers meet."""

from typing import Annotated, ClassVar

from pydantic import Field

from reconciler.kinds.entry import Entry, SecretText
from reconciler.kinds.marks import NUMBER, Key, Reference, Scope
from reconciler.kinds.text import Line


class Conference(Entry):
    """A room where callers meet."""

    kind: ClassVar[str] = "conference"
    section: ClassVar[str] = "conferences"
    scope: ClassVar[Scope] = "pbx"
    key: ClassVar[Key] = NUMBER

    name: Annotated[Line, Field(min_length=1, max_length=255)]
    """Name of the room."""
    pin: SecretText | None = None
    """PIN of the participants; none is asked when unset."""
    admin_pin: SecretText | None = None
    """PIN of the room's leaders."""
    max_members: Annotated[int, Field(ge=2, le=1000)] | None = None
    """How many may be in the room; without limit when unset."""
    wait_for_leader: bool = False
    """Whether participants hear music until a leader is there."""
    end_with_leader: bool = False
    """Whether the conference ends when the last leader leaves."""
    announce_count: bool = False
    """Whether who joins is told how many are there."""
    announce_join_leave: bool = False
    """Whether the room hears who joins and leaves."""
    mute_on_join: bool = False
    """Whether participants join muted."""
    quiet: bool = False
    """Whether no prompts are played."""
    announcement: Annotated[str, Reference(("announcement",))] | None = None
    """What participants hear before they join."""
    music: Annotated[str, Reference(("music",))] | None = None
    """Music while a participant is alone; the platform's default when unset."""
    recording: bool = False
    """Whether the conference is recorded."""
    language: Annotated[Line, Field(max_length=20)] | None = None
    """Language of the prompts."""
