"""Live state: what platforms answered, and honestly what they did not."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from reconciler.model.address import Address
from reconciler.model.codec import fingerprint
from reconciler.model.value import Fields, Value


class Edit(NamedTuple):
    """A difference on the platform below the level of fields: a line that somebody changed.

    `where` is in the platform's words (`extensions.conf [rec-ring_group-600]`); `expected` and
    `actual` are text, None when the line is missing or surplus. Never a secret in them.
    """

    where: str
    expected: str | None
    actual: str | None


class LiveObject(NamedTuple):
    """One object as its platform holds it.

    `locked` says why we may not write it (it lives in a hand-written file); None if we may.
    `edits` are differences that no field shows; an object with edits has drifted. `told` are values
    of fields that the platform cannot give back as they were written: `import` writes them down,
    nothing compares them.
    """

    address: Address
    fields: Fields
    native_id: str | None = None
    locked: str | None = None
    edits: tuple[Edit, ...] = ()
    told: Mapping[str, Value] = {}


@dataclass(frozen=True, slots=True)
class TargetLive:
    """What one target answered.

    "Absent" is believed only for kinds in `complete`. `unread` maps single addresses to the
    reason why they could not be read. `unreachable` is the reason when nothing could be read.
    `pending_reload` says that the platform holds written changes that are not in effect yet.
    `edits` are differences in what is written once for many objects (an index of routes): they
    belong to none of them, and the target's next commit puts them right. `incomplete` says why a
    kind is not in `complete`, `beyond` what of an object the kinds have no field for.
    """

    target: str
    version: str = ""
    objects: Mapping[Address, LiveObject] = field(default_factory=dict)
    complete: frozenset[str] = frozenset()
    unread: Mapping[Address, str] = field(default_factory=dict)
    unreachable: str | None = None
    pending_reload: str | None = None
    active_calls: int | None = None
    edits: tuple[Edit, ...] = ()
    incomplete: Mapping[str, str] = field(default_factory=dict)
    beyond: Mapping[Address, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Live:
    """What all targets answered, by target id."""

    targets: Mapping[str, TargetLive]


def live_fingerprint(found: LiveObject | None) -> str:
    """Return the fingerprint of a live object, hand edits included; "" when it is absent."""
    if found is None:
        return ""
    edits = [list(each) for each in found.edits]
    return fingerprint({**found.fields, "$edits": edits} if edits else found.fields)
