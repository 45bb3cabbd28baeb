"""Ring group: one number that rings several extensions."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from reconciler.kinds.entry import DestinationText, Entry, Seconds
from reconciler.kinds.marks import NUMBER, Key, Reference, Scope
from reconciler.kinds.text import Line

Strategy = Literal[
    "ringall", "ringall-prim", "hunt", "memoryhunt", "firstavail", "firstnotonphone",
    "random", "rrmemory", "rrordered",
]  # fmt: skip


class RingGroup(Entry):
    """One number that rings several extensions or outside numbers."""

    kind: ClassVar[str] = "ring_group"
    section: ClassVar[str] = "ring_groups"
    scope: ClassVar[Scope] = "pbx"
    key: ClassVar[Key] = NUMBER

    name: Annotated[Line, Field(min_length=1, max_length=255)]
    """Name of the group."""
    strategy: Strategy = "ringall"
    """In which order the members ring. ringall: all at once. ringall-prim: the same, but nobody
    while the first is on a call. hunt: one after the other. memoryhunt: the first, then the first
    two, then the first three. firstavail: only the first who can be rung. firstnotonphone: only the
    first who is not on a call. random: one after the other, in a new order for each call. rrmemory:
    beginning after the last who rang. rrordered: beginning one further for each call."""
    ring_time: Annotated[Seconds, Field(ge=1, le=300)] = 20
    """How long the group rings (ringall, ringall-prim, each round of memoryhunt) or each member
    (all others), in seconds."""
    members: Annotated[
        list[Annotated[str, Reference(("extension",), external=True)]],
        Field(min_length=1, max_length=200),
    ]
    """Extensions or outside numbers, in order."""
    no_answer: DestinationText | None = None
    """Where the call goes when nobody answers; it ends when unset."""
    caller_id_prefix: Annotated[Line, Field(max_length=40)] | None = None
    """Put before the caller's name, so that members see which group was called."""
    skip_busy: bool = False
    """Whether members on a call are left out."""
    confirm: bool = False
    """Whether a member has to press 1 to take the call."""
    recording: bool = False
    """Whether calls through the group are recorded."""
