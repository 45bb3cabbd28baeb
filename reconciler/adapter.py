"""The port: what a platform must offer. Adapters translate; they do not decide.

An adapter is a stateless object (`ADAPTER` in `reconciler/adapters/<name>/__init__.py`) with pure
functions and one that opens a `Connection`. The engine calls, in this order:

    settings_model   the inventory entry is validated against it (positions come for free)
    check            per resource: what this platform cannot hold, before anything is planned
    connect -> read  all objects of the kinds asked for, in bulk, secrets as `Clear`; around a
                     write only what it depends on (`model/extent.py`)
    encode           a change -> requests: data, which the plan shows and stores
    finish           after all changes of a target: what makes them take effect, once
    send -> read     a batch of steps that do not depend on each other, then a read-back
    commit           carry out `finish`'s requests and say which objects the platform rejected

Fields are flat (dotted paths, `model/value.py`). `read` returns every field that the platform
holds, in the kind's canonical form: what `encode` wrote reads back equal, field by field. A field
that the platform cannot give back is left out and named in `Support.unreadable`.
"""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol, runtime_checkable

from reconciler.model.address import Address
from reconciler.model.change import Change
from reconciler.model.extent import Extent
from reconciler.model.live import Edit, TargetLive
from reconciler.model.resource import Resource
from reconciler.model.standing import Attempt, Lifecycle, Sighting, Standing
from reconciler.model.step import Disruption, Request
from reconciler.model.target import Target
from reconciler.model.value import EMPTY, Fields, Value

if TYPE_CHECKING:
    from pydantic import BaseModel


class Support(NamedTuple):
    """What a platform holds of one kind.

    `unheld` maps a field (dotted path, or a prefix of it) to the reason why it cannot be held;
    declaring it is a diagnostic. `defaults` are the platform's own values for fields that are not
    declared, where they differ from the kind's. `unreadable` fields are written but never read
    back; they are compared by the ledger's fingerprint. Those that are `placed` as well say where
    objects of the kind stand among each other: `LiveObject.told` gives the place in the platform's
    list, and what stands out of order is drift. `immutable` fields need a replace.
    `switches` maps a field to what goes when it is switched off (a box's e-mail with the box).
    `behind` maps a field that says what an object has (a box) to what of it does not come along
    when the object gets another key, and how to help: words with `{old}`, `{new}`, `{field}` as it
    was and `{new_field}` as it will be; a field that is named so leaves it behind by itself.
    `how` says in words how the platform carries the kind out, `proved` against what it was shown;
    `unshown` are fields that were only loaded and read back, and what they do is taken on trust.
    `goes_on` is what a trunk has to say where the platform by itself tries a route's next trunk
    only when one is out of order, not when the carrier says busy.
    `rendered` says that the platform holds files: they are rendered before anything is planned, and
    are fields of the objects (`files.NAME`).
    """

    kind: str
    unheld: Mapping[str, str] = EMPTY
    defaults: Fields = EMPTY
    unreadable: frozenset[str] = frozenset()
    placed: frozenset[str] = frozenset()
    immutable: frozenset[str] = frozenset()
    rendered: bool = False
    switches: Mapping[str, tuple[str, ...]] = EMPTY
    goes_on: Fields = EMPTY
    behind: Mapping[str, str] = EMPTY
    how: str = ""
    notes: Mapping[str, str] = EMPTY
    proved: tuple[str, ...] = ()
    unshown: frozenset[str] = frozenset()

    def is_switched_on(self, switch: str, asked: Fields) -> bool:
        """Whether what is asked of its section switches it on: a box that is given a PIN is there.

        Of a field that is no switch it is False.
        """
        section = f"{switch.rpartition('.')[0]}."
        return switch in self.switches and any(
            value is not None and path.startswith(section) for path, value in asked.items()
        )


class Problem(NamedTuple):
    """A value that the platform cannot hold: the field's path, why, and a way out."""

    path: str
    detail: str
    hint: str | None = None
    severity: Literal["error", "warning"] = "error"


class Work(NamedTuple):
    """A step on its way out: its requests with secrets revealed (`Clear`)."""

    step: str
    address: Address
    requests: tuple[Request, ...]


class Sent(NamedTuple):
    """What the platform answered to a piece of work. `error` is None when it said yes.

    `in_doubt` says that the connection was lost and nobody knows whether the write happened.
    `native_id` is the platform's own id, when it has one.
    """

    step: str
    error: str | None = None
    in_doubt: bool = False
    native_id: str | None = None


class Finish(NamedTuple):
    """What makes a target's writes take effect. `summary` in people's words ("reload pjsip")."""

    requests: tuple[Request, ...]
    summary: str
    disruption: Disruption = Disruption("reload")


class Committed(NamedTuple):
    """What became of a commit: who was rejected (address -> why), and what to know besides."""

    rejected: Mapping[Address, str] = EMPTY
    notes: tuple[str, ...] = ()


class Finding(NamedTuple):
    """One line of `reconciler doctor`: what was checked, how it is, and how to mend it.

    `fix` holds lines that can be copied as they are, `advice` says in words what to do; it comes
    first.
    """

    check: str
    state: Literal["ok", "warning", "error"]
    detail: str
    fix: str | None = None
    advice: str | None = None


class Connection(Protocol):
    """An open wire to one target. Every wait has a deadline; failures are `AdapterError`s."""

    async def read(self, extent: Extent) -> TargetLive:
        """Read all objects of kinds in bulk, or single ones. Secrets come as `Clear`.

        An object is told as any other read would tell it. More than was asked for may be told; what
        was asked for and is neither in `objects` nor said to be absent (`complete`, `absent`) is
        not known. What could not be read is said (`unread`), not raised, unless nothing could.
        `version`, `pending_reload`, `active_calls` and `edits` are those of a read of all kinds.
        """
        ...

    async def send(self, work: Sequence[Work]) -> Sequence[Sent]:
        """Carry out independent pieces of work and answer for each, in order.

        A piece that fails must leave its own object as it was and must not stop the others.
        """
        ...

    async def commit(self, requests: Sequence[Request], touched: Sequence[Address]) -> Committed:
        """Make the writes take effect and prove it on the live objects of `touched`.

        An object that the platform rejects is put back to what it was before, so that a restart
        does not lose it, and is named in the answer.
        """
        ...


class Adapter(Protocol):
    """What a platform must offer. All but `connect` is pure."""

    name: str
    """As written in the inventory (`adapter: asterisk`)."""
    title: str
    """As people call it ("Asterisk")."""
    holds: Literal["pbx", "site"] | None
    """Whether it talks to PBXs, to sites' phones, or to both (None)."""
    supports: Mapping[str, Support]
    """Support by name of kind."""
    batch: int
    """How many pieces of work `send` takes at once."""

    @property
    def settings_model(self) -> "type[BaseModel]":
        """What the inventory entry holds beside the kind's own fields (`kinds.settings`)."""
        ...

    def check(self, resource: Resource, target: Target) -> Sequence[Problem]:
        """Return what this platform cannot hold of the resource."""
        ...

    def encode(self, change: Change, target: Target) -> tuple[Request, ...]:
        """Translate a change into requests. Secrets stay `Secret` references.

        An update must leave what it does not name as it is.
        """
        ...

    def finish(
        self,
        changes: Sequence[Change],
        after: Mapping[Address, Fields],
        edits: Sequence[Edit],
        target: Target,
        *,
        owed: bool = False,
    ) -> Finish | None:
        """Return what makes these changes take effect, or None if they are live at once.

        `after` are all objects that the target will hold, ours and others' but not locked ones,
        for what is written once for many (an index of routes). `edits` are what is wrong with that
        now (`TargetLive.edits`): it is put right too. `owed` says that an earlier run wrote without
        coming to its end: then whatever it wrote has to take effect, not these changes alone.
        Called with no changes when there is nothing but that, or nothing but such edits.
        """
        ...

    def connect(
        self, target: Target, settings: Fields, *, timeout_s: float
    ) -> AbstractAsyncContextManager[Connection]:
        """Open a connection. `settings` are the target's with secrets revealed (`Clear`)."""
        ...


@runtime_checkable
class Beside(Protocol):
    """An adapter that says what becomes of its platform's things that are no kinds of ours."""

    beside: Mapping[str, str]
    """By their name on the platform: read, named by others, or left alone, and why."""


@runtime_checkable
class Remote(Protocol):
    """An adapter whose platform is far away: waiting for it takes longer than asking.

    It may be read while the command does something else. Then its connection is opened and read in
    another thread than where it goes on, never in two at once.
    """

    remote: Literal[True]


@runtime_checkable
class Handwritten(Protocol):
    """An adapter whose platform reads files of people's own beside ours.

    An object that stands in one of them has that place as its `native_id`; one of ours has none.
    """

    handwritten: Literal[True]


@runtime_checkable
class Doctor(Protocol):
    """A connection that can examine its platform's set-up."""

    async def examine(self, zones: Collection[str] = ()) -> Sequence[Finding]:
        """Check version, modules, permissions and configuration; say what is missing.

        `zones` are the time zones by which declared objects go there.
        """
        ...


@runtime_checkable
class Reloading(Protocol):
    """A connection that can tell whether its platform is just making changes take effect."""

    async def reloading(self) -> str | None:
        """Return since when it does, and the way out if that has no end; None if it does not.

        To be asked only where something is known not to be in effect: a platform may count the
        question as a reload.
        """
        ...


@runtime_checkable
class Recalling(Protocol):
    """A connection that knows its platform's answer again without making it out."""

    def recall(self, known: TargetLive) -> None:
        """Be told an answer to a read of all kinds, with secrets sealed or not.

        A read of all kinds that finds the same may then be told `as_known`; objects that are made
        of the same may be told as they were, secrets sealed or not.
        """
        ...


@runtime_checkable
class Keeper(Protocol):
    """A connection to a platform that keeps files: what they say can be shown without secrets."""

    async def masked(self, addresses: Sequence[Address]) -> Mapping[tuple[Address, str], str]:
        """Return the texts of objects' files with secrets masked, by address and field's path."""
        ...


@runtime_checkable
class Rollcall(Protocol):
    """A connection to a platform that knows how far devices are with what they are given."""

    async def standings(self) -> Sequence[Standing]:
        """Return where each device stands."""
        ...

    async def record(
        self, lives: Mapping[Address, Lifecycle], proofs: Mapping[Address, str]
    ) -> None:
        """Remember which states devices have reached, and when they were seen to use their files.

        Times are ISO 8601 in UTC, with milliseconds.
        """
        ...

    async def note(
        self, attempts: Mapping[Address, Attempt], delivered: Mapping[Address, Sighting]
    ) -> None:
        """Remember what was seen at phones, and to which ones all that is published was written."""
        ...


class Registration(NamedTuple):
    """Who is registered from where. `state` in the platform's words, times in seconds."""

    address: Address
    contact: str
    state: str
    user_agent: str = ""
    expires_s: int | None = None
    round_trip_ms: float | None = None


class Call(NamedTuple):
    """A leg of a call that is up now. `bridge` joins the legs that talk to each other."""

    channel: str
    state: str
    caller: str
    callee: str
    application: str
    duration_s: int
    bridge: str = ""
    address: Address | None = None


class DeviceState(NamedTuple):
    """What a device is doing: `idle`, `in_use`, `ringing`, `unavailable`, ..."""

    address: Address
    state: str


class LiveState(NamedTuple):
    """What goes on now."""

    version: str
    started_at: str
    reloaded_at: str
    registrations: tuple[Registration, ...]
    trunks: tuple[Registration, ...]
    devices: tuple[DeviceState, ...]
    calls: tuple[Call, ...]
    queues: Mapping[str, Mapping[str, Value]] = EMPTY


@runtime_checkable
class Watcher(Protocol):
    """A connection that can tell what goes on now."""

    async def live_state(self) -> LiveState:
        """Return registrations, device states, trunks, queues and active calls."""
        ...


@runtime_checkable
class CallControl(Protocol):
    """A connection that can act on calls. Policy is enforced before (`cli/calls.py`)."""

    async def originate(
        self, extension: str, number: str, context: str, *, caller_id: str | None, timeout_s: float
    ) -> str:
        """Ring an extension and, when it answers, dial the number from the context."""
        ...

    async def hang_up(self, channel: str) -> str:
        """End a leg. Raises `Refused` if there is no such channel."""
        ...

    async def transfer(self, channel: str, number: str, context: str) -> str:
        """Send a leg to a number."""
        ...

    async def add_queue_member(self, queue: str, member: str, penalty: int) -> str:
        """Add a live member, until it is removed or the PBX forgets it."""
        ...

    async def remove_queue_member(self, queue: str, member: str) -> str:
        """Remove a live member. Raises `Refused` for members that the configuration holds."""
        ...
