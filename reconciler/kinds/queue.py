"""Queue: callers wait until an agent is free."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from reconciler.kinds.entry import DestinationText, Entry, Seconds, ShortPart
from reconciler.kinds.marks import NUMBER, Key, Reference, Scope
from reconciler.kinds.text import Line, SettingsMap

QueueStrategy = Literal[
    "ringall", "leastrecent", "fewestcalls", "random", "rrmemory", "rrordered", "linear", "wrandom",
]  # fmt: skip

JoinRule = Literal["yes", "no", "strict", "loose"]
"""When a queue counts as empty, in Asterisk's words."""


class QueueMember(ShortPart):
    """An agent who is always in the queue; as plain text it is the extension alone."""

    shorthand: ClassVar[str | None] = "extension"

    extension: Annotated[str, Reference(("extension",), external=True)]
    """The agent's extension, or an outside number."""
    penalty: Annotated[int, Field(ge=0, le=1000)] = 0
    """Agents with a higher penalty ring only when no one with a lower one is free. With `wrandom`
    it is a weight instead: the higher, the later an agent tends to ring."""


class Queue(Entry):
    """Callers wait until an agent is free."""

    kind: ClassVar[str] = "queue"
    section: ClassVar[str] = "queues"
    scope: ClassVar[Scope] = "pbx"
    key: ClassVar[Key] = NUMBER

    name: Annotated[Line, Field(min_length=1, max_length=255)]
    """Name of the queue."""
    strategy: QueueStrategy = "ringall"
    """Which agents ring. ringall: all who are free. linear: in their order, from the first.
    rrmemory: from the one after the last who rang; rrordered the same, in their order. leastrecent:
    who has not been called for longest. fewestcalls: who has taken the fewest. random: anybody;
    wrandom: the same, agents with a lower penalty more often."""
    members: Annotated[list[QueueMember], Field(max_length=1000)] = []
    """Agents who are always in the queue; others log in and are not managed here."""
    timeout: Annotated[Seconds, Field(ge=1, le=300)] = 15
    """How long an agent rings, in seconds."""
    retry: Annotated[Seconds, Field(ge=0, le=300)] = 5
    """How long to wait before the agents ring again, in seconds."""
    max_wait: Annotated[Seconds, Field(ge=1, le=86400)] | None = None
    """How long a caller waits at most, in seconds; without limit when unset."""
    max_callers: Annotated[int, Field(ge=1, le=10000)] | None = None
    """How many callers wait at most; without limit when unset."""
    wrap_up: Annotated[Seconds, Field(ge=0, le=3600)] = 0
    """How long an agent is left alone after a call, in seconds."""
    announce: Annotated[str, Reference(("announcement",))] | None = None
    """Announcement that a caller hears on joining."""
    announce_to_agent: Annotated[str, Reference(("announcement",))] | None = None
    """Announcement that an agent hears on answering."""
    announce_position: bool = False
    """Whether callers are told their position."""
    announce_hold_time: bool = False
    """Whether callers are told how long it will take."""
    announce_every: Annotated[Seconds, Field(ge=0, le=3600)] = 0
    """How often position and waiting time are told, in seconds; 0 for never."""
    music: Annotated[str, Reference(("music",))] | None = None
    """Music that callers hear; the platform's default when unset."""
    join_empty: JoinRule = "yes"
    """Whether callers may join while no agent is there. yes: always. no: not without agents who
    are logged in and not paused. strict: nor while no phone of theirs is registered. loose: paused
    agents count as there."""
    leave_empty: JoinRule = "no"
    """Whether waiting callers are sent on when no agent is left. no: never. yes: when all have
    logged out or are paused. strict: also when no phone of theirs is registered. loose: paused
    agents count as there."""
    weight: Annotated[int, Field(ge=0, le=1000)] = 0
    """Of queues that share agents, the one with the higher weight goes first."""
    ring_in_use: bool = False
    """Whether agents on a call ring as well."""
    auto_pause: bool = False
    """Whether an agent who does not answer is paused."""
    caller_id_prefix: Annotated[Line, Field(max_length=40)] | None = None
    """Put before the caller's name, so that agents see which queue was called."""
    recording: bool = False
    """Whether calls through the queue are recorded."""
    no_answer: DestinationText | None = None
    """Where callers go after the longest wait or when they cannot join; they are hung up when
    unset."""
    settings: SettingsMap = None
    """The platform's own settings by its own names, passed as they are and linted."""
