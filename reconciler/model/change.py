"""Changes: how desired and live differ, as a union of small classes matched with assert_never.

All begin with what they are about: an object, its target, what it refers to, and where its cause
stands in the files, if there (`origin`, `line`).
"""

from typing import Literal, NamedTuple, TypeAlias

from reconciler.diagnostics.place import Place
from reconciler.model.address import Address
from reconciler.model.live import Edit
from reconciler.model.value import Fields, UnsetType, Value

Cause = Literal["change", "drift", "conflict"]
"""change: we want something new; drift: somebody changed what we own; conflict: both."""


class FieldChange(NamedTuple):
    """One field: what it is now (UNSET: the platform has no such value) and what it will be."""

    path: str
    before: Value | UnsetType
    after: Value
    cause: Cause = "change"


class Create(NamedTuple):
    """Absent from the platform. `recreated`: it was ours and somebody deleted it (drift)."""

    address: Address
    target: str
    needs: tuple[Address, ...]
    origin: Place | None
    line: int
    after: Fields
    recreated: bool = False


class Update(NamedTuple):
    """Present and different. `before` are all live fields, `after` the same as they will be."""

    address: Address
    target: str
    needs: tuple[Address, ...]
    origin: Place | None
    line: int
    before: Fields
    after: Fields
    fields: tuple[FieldChange, ...]
    edits: tuple[Edit, ...] = ()
    native_id: str | None = None


class Replace(NamedTuple):
    """Delete and create anew, because a field cannot be changed in place."""

    address: Address
    target: str
    needs: tuple[Address, ...]
    origin: Place | None
    line: int
    before: Fields
    after: Fields
    fields: tuple[FieldChange, ...]
    because: tuple[str, ...]
    native_id: str | None = None


class Delete(NamedTuple):
    """Ours, and no longer wanted."""

    address: Address
    target: str
    needs: tuple[Address, ...]
    origin: Place | None
    line: int
    before: Fields
    native_id: str | None = None


class Adopt(NamedTuple):
    """Exists, is not ours, and is declared: take it over, with the writes that this needs."""

    address: Address
    target: str
    needs: tuple[Address, ...]
    origin: Place | None
    line: int
    before: Fields
    after: Fields
    fields: tuple[FieldChange, ...]
    edits: tuple[Edit, ...] = ()
    native_id: str | None = None


class Forget(NamedTuple):
    """Ours until now; the platform keeps it, we stop managing it. `gone`: it is absent already."""

    address: Address
    target: str
    needs: tuple[Address, ...]
    origin: Place | None
    line: int
    gone: bool = False


class Move(NamedTuple):
    """The same thing under a new address, with the field changes that come with it."""

    address: Address
    target: str
    needs: tuple[Address, ...]
    origin: Place | None
    line: int
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
