"""Live state: what platforms answered, and honestly what they did not."""

from collections.abc import Iterable, Mapping
from typing import Final, Literal, NamedTuple

from reconciler.model.address import Address
from reconciler.model.codec import fingerprint
from reconciler.model.extent import Extent
from reconciler.model.value import EMPTY, Fields, Value


class Edit(NamedTuple):
    """A difference on the platform below the level of fields: a line that somebody changed.

    `where` is in the platform's words (`extensions.conf [rec-ring_group-600]`); `expected` and
    `actual` are text, None when the line is missing or surplus. Never a secret in them. `of` is the
    address of the object for whose sake it stands there, where it is not the object's own: what
    became of that explains it.
    """

    where: str
    expected: str | None
    actual: str | None
    of: str = ""


RENDERING: Final = "rendering"
UNFINISHED: Final = "unfinished"
"""Where an edit is that nobody has to have made: the whole object is one of an older reconciler,
or was being written by a run that was stopped."""

IN_OUR_FILES: Final = "written in a file of ours"
"""What is expected of an object that stood there and stands in a file of people's own now."""


def is_returned(edits: Iterable[Edit]) -> bool:
    """Whether these tell of an object that stands in a file of people's own again."""
    return any(each.expected == IN_OUR_FILES for each in edits)


class Loss(NamedTuple):
    """What a change of an object would lose for good, and the way out where that is no loss.

    The adapter does not send such a change; only one that gives the object all that is in `unless`
    (a field's path and value) loses nothing.
    """

    what: str
    way_out: str
    unless: tuple[tuple[str, str], ...] = ()

    def befalls(self, after: Fields) -> bool:
        """Whether the change to these fields would lose it."""
        return not self.unless or any(after.get(path) != value for path, value in self.unless)


class LiveObject(NamedTuple):
    """One object as its platform holds it.

    `locked` says why we may not write it (it lives in a hand-written file); None if we may.
    `edits` are differences that no field shows; an object with edits has drifted. `told` are values
    of fields that the platform cannot give back as they were written: `import` writes them down,
    nothing compares them. One that stands `apart` has no part in what is written once for many: it
    was added by hand, and nothing of ours leads to it; of one that is locked, too, nothing is known
    but that it is there. `loses` says what a change would lose that
    nobody could put back.
    """

    address: Address
    fields: Fields
    native_id: str | None = None
    locked: str | None = None
    edits: tuple[Edit, ...] = ()
    told: Mapping[str, Value] = EMPTY
    apart: bool = False
    loses: Loss | None = None


Way = Literal["number", "route", "did", "box"]
"""By what a call comes to us: a number inside, an outbound route's pattern, a DID from outside; or
a message, to a mailbox."""


class Ahead(NamedTuple):
    """What others wrote by hand on the platform, that answers before anything of ours does.

    `takes` is a number, a dial pattern or a mailbox (`1001@default`), `line` what stands there
    (without what it does, which may hold a secret) and `where` the place, in the platform's words.
    `hides` are the ways to us that begin behind it. `partly` says for which calls alone it answers,
    "" when for all.
    """

    takes: str
    line: str
    where: str
    hides: frozenset[Way]
    partly: str = ""


class Met(NamedTuple):
    """What is looked at in a context that others wrote, for what is dialled there.

    A `line` answers what matches `text` (a number or pattern), for some calls alone if it counts
    `partly`; `numbers` are those of our objects, `routes` all outbound routes for calls for help,
    `route` is the one named `text`, and `outside` are all but those for calls for help.
    An `include` goes on in the context `text`. What a `switch` answers is not known. `shown` is
    what stands there (without what it does, which may hold a secret) and `where` the place.
    """

    what: Literal["line", "numbers", "routes", "route", "outside", "include", "switch"]
    text: str
    shown: str
    where: str
    partly: bool = False


class Leading(NamedTuple):
    """Where a line leads that others wrote by hand on the platform.

    `kind` and `key` say to what; an empty kind is whatever has that number. `line` is the part of
    the line that names it and `where` the place, in the platform's words. `instead` is what would
    have to stand there once the object is written by us, "" where that is the same. `reload` is the
    platform's command for an edit of the line to take effect, where what we commit is not enough.
    """

    kind: str
    key: str
    line: str
    where: str
    instead: str = ""
    reload: str = ""


class Traces(NamedTuple):
    """By what an answer is known again: with equal traces it is the same. They tell no secret.

    `held` is of all that objects and edits were made of; `in_effect` are of the parts of that, and
    of all by which it was seen that nothing waits to be loaded, by names of the adapter's own: none
    when something waits, or when nobody looked. `objects` are of what single objects were made of.
    """

    held: str = ""
    in_effect: Mapping[str, str] = EMPTY
    objects: Mapping[Address, str] = EMPTY

    def tell_the_same(self, other: "Traces") -> bool:
        """Whether both are of the same answer: what is in effect is traced with all that is held.

        Of an answer that was not kept whole the other traces say less than they did.
        """
        return self == other or (bool(self.in_effect) and self.in_effect == other.in_effect)


class TargetLive(NamedTuple):
    """What one target answered.

    "Absent" is believed only for kinds in `complete`. `unread` maps single addresses to the
    reason why they could not be read. `unreachable` is the reason when nothing could be read.
    `pending_reload` says that the platform holds written changes that are not in effect yet, and
    `reloading` (which no read tells: see `adapter.Reloading`) that a reload goes on there.
    `edits` are differences in what is written once for many objects (an index of routes): they
    belong to none of them, and the target's next commit puts them right. `incomplete` says why a
    kind is not in `complete`, `beyond` what of an object the kinds have no field for (under
    `pbx/NAME`: what is there and no object). `ahead` is what others wrote that answers before ours,
    what comes first there first.

    Of objects that were asked for one by one (`Extent`), `absent` are not there, and of those in
    `there` no more is known than that they are.

    `leading` is where what others wrote leads. `occupied` says of an object of ours, also of one
    that there could be, where others wrote something with a name that is its own: the platform
    would take neither.

    `doubled` says of objects of ours where others wrote them, too: only one of both counts.

    `entrances` are the contexts that others wrote and in which phones may dial: what is looked at
    there, in the platform's order; a context that is not among them leads nowhere. None where the
    platform tells of none.

    `as_known` says that `traces.held` is the one that the connection was told (`Recalling`):
    `objects`, `complete`, `edits`, `beyond`, `ahead`, `leading`, `occupied`, `entrances` and
    `doubled` are left out, for they are what they were.
    """

    target: str
    version: str = ""
    objects: Mapping[Address, LiveObject] = EMPTY
    complete: frozenset[str] = frozenset()
    unread: Mapping[Address, str] = EMPTY
    unreachable: str | None = None
    pending_reload: str | None = None
    active_calls: int | None = None
    edits: tuple[Edit, ...] = ()
    incomplete: Mapping[str, str] = EMPTY
    beyond: Mapping[Address, tuple[str, ...]] = EMPTY
    absent: frozenset[Address] = frozenset()
    there: frozenset[Address] = frozenset()
    traces: Traces = Traces()
    as_known: bool = False
    ahead: tuple[Ahead, ...] = ()
    leading: tuple[Leading, ...] = ()
    occupied: Mapping[Address, str] = EMPTY
    entrances: Mapping[str, tuple[Met, ...]] | None = None
    doubled: Mapping[Address, str] = EMPTY
    reloading: str | None = None

    def has(self, address: Address) -> bool | None:
        """Whether an object is there; None when that is not known."""
        if address in self.objects or address in self.there:
            return True
        if address in self.unread or self.unreachable is not None:
            return None
        return False if address in self.absent or address.kind in self.complete else None

    def knows(self, address: Address) -> bool:
        """Whether it is known if an object is there, and as what."""
        if address in self.unread:
            return False
        return address in self.objects or self.has(address) is False

    def says_as(self, other: "TargetLive") -> bool:
        """Whether another answer tells the same of everything, but for calls that come and go."""
        return self == other._replace(active_calls=self.active_calls, traces=self.traces)


class Live(NamedTuple):
    """What all targets answered, by target id."""

    targets: Mapping[str, TargetLive]


def merged(known: TargetLive, fresh: TargetLive, asked: Extent) -> TargetLive:
    """Return what was known, with what was read again in its place.

    What was asked for and not answered is not known any longer. The rest is as old as it was.
    """
    kinds = fresh.complete | (asked.kinds if fresh.unreachable is None else frozenset())
    single = asked.objects | asked.mentioned
    silent = {
        each: fresh.unreachable or fresh.incomplete.get(each.kind) or "it was not told"
        for each in single
        if fresh.has(each) is None and each not in fresh.unread
    }
    again = {*asked.objects, *fresh.objects, *fresh.unread, *fresh.absent, *silent}

    def is_old(address: Address) -> bool:
        return address.kind not in kinds and address not in again

    return known._replace(
        objects={**{a: e for a, e in known.objects.items() if is_old(a)}, **fresh.objects},
        complete=(known.complete - asked.kinds) | fresh.complete,
        unread={
            **{a: why for a, why in known.unread.items() if is_old(a)}, **silent, **fresh.unread,
        },
        incomplete={
            **{k: why for k, why in known.incomplete.items() if k not in kinds},
            **{k: why for k, why in fresh.incomplete.items() if k in kinds},
        },
        beyond={**{a: e for a, e in known.beyond.items() if is_old(a)}, **fresh.beyond},
        absent=frozenset(a for a in known.absent if is_old(a)) | fresh.absent,
        there=frozenset(a for a in known.there if is_old(a)) | fresh.there,
    )  # fmt: skip


def live_fingerprint(found: LiveObject | None) -> str:
    """Return the fingerprint of a live object, hand edits included; "" when it is absent."""
    if found is None:
        return ""
    edits = [list(each) for each in found.edits]
    return fingerprint({**found.fields, "$edits": edits} if edits else found.fields)
