"""Ownership: what the journal's ledger remembers of what we created, adopted or imported."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from reconciler.model.address import Address
from reconciler.model.value import EMPTY, Fields

Origin = Literal["created", "adopted", "imported"]


class Owned(NamedTuple):
    """One object that is ours, with the values that we applied last (secrets as fingerprints).

    `run` and `applied_at` (ISO 8601, UTC) say when it was last written or confirmed by us.
    `protect` survives the entry's removal from the YAML. `found` are fields whose value was there
    before us and that we never wrote: they are not reset when they leave the YAML.
    """

    address: Address
    target: str
    fields: Fields
    native_id: str | None = None
    how: Origin = "created"
    run: int | None = None
    applied_at: str = ""
    actor: str = ""
    protect: bool = False
    on_delete: Literal["delete", "forget"] = "delete"
    needs: tuple[Address, ...] = ()
    found: tuple[str, ...] = ()


class Ownership(NamedTuple):
    """The ledger. `owed` maps a target to the reason why it still owes a commit (reload).

    `unproved` are the objects that were, or may have been, written there since its last commit;
    those that surely were, by runs of which nothing is open any more, are `written`. With the same
    `trace` the objects are the same.
    """

    objects: Mapping[Address, Owned] = EMPTY
    owed: Mapping[str, str] = EMPTY
    unproved: Mapping[str, tuple[Address, ...]] = EMPTY
    written: Mapping[str, tuple[Address, ...]] = EMPTY
    trace: str = ""
