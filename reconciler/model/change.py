"""Changes: how desired and live differ, as a union of small classes matched with assert_never."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from reconciler.diagnostics.place import Place
from reconciler.model.address import Address
from reconciler.model.live import Edit
from reconciler.model.value import Fields, UnsetType, Value

Cause = Literal["change", "drift", "conflict"]
"""change: we want something new; drift: somebody changed what we own; conflict: both."""


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field: what it is now (UNSET: the platform has no such value) and what it will be."""

    path: str
    before: Value | UnsetType
    after: Value
    cause: Cause = "change"


@dataclass(frozen=True, slots=True)
class _About:
    """What every change carries. `line` and `origin` point at its cause in the files, if any."""

    address: Address
    target: str
    needs: tuple[Address, ...]
    origin: Place | None
    line: int


@dataclass(frozen=True, slots=True)
class Create(_About):
    """Absent from the platform. `recreated`: it was ours and somebody took it away (drift).

    `left` is the place in files of people's own where we knew it, if it never was in ours: taken
    out of there, it is taken over.
    """

    after: Fields
    recreated: bool = False
    left: str = ""


@dataclass(frozen=True, slots=True)
class Update(_About):
    """Present and different. `before` are all live fields, `after` the same as they will be."""

    before: Fields
    after: Fields
    fields: tuple[FieldChange, ...]
    edits: tuple[Edit, ...] = ()
    native_id: str | None = None


@dataclass(frozen=True, slots=True)
class Replace(_About):
    """Delete and create anew, because a field cannot be changed in place."""

    before: Fields
    after: Fields
    fields: tuple[FieldChange, ...]
    because: tuple[str, ...]
    native_id: str | None = None


@dataclass(frozen=True, slots=True)
class Delete(_About):
    """Ours, and no longer wanted."""

    before: Fields
    native_id: str | None = None


@dataclass(frozen=True, slots=True)
class Adopt(_About):
    """Exists, is not ours, and is declared: take it over, with the writes that this needs."""

    before: Fields
    after: Fields
    fields: tuple[FieldChange, ...]
    edits: tuple[Edit, ...] = ()
    native_id: str | None = None


@dataclass(frozen=True, slots=True)
class Forget(_About):
    """Ours until now; the platform keeps it, we stop managing it. `gone`: it is absent already."""

    gone: bool = False


@dataclass(frozen=True, slots=True)
class Move(_About):
    """The same thing under a new address, with the field changes that come with it."""

    source: Address
    before: Fields
    after: Fields
    fields: tuple[FieldChange, ...]
    native_id: str | None = None


Change: TypeAlias = Create | Update | Replace | Delete | Adopt | Forget | Move
Action = Literal["create", "update", "replace", "delete", "adopt", "forget", "move"]


def action_of(change: Change) -> Action:
    """Return the change's verb."""
    names: dict[type, Action] = {
        Create: "create",
        Update: "update",
        Replace: "replace",
        Delete: "delete",
        Adopt: "adopt",
        Forget: "forget",
        Move: "move",
    }
    return names[type(change)]
