"""The memory platform: holds every kind, in memory or in a JSON file.

The reference for people who write an adapter, the platform of the laws and of trials. It is a
strict one: it refuses what points at nothing and keeps what others point at, so an engine that
gets the order wrong fails on it.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING, Literal

from reconciler.adapter import Connection, Finish, Problem, Support
from reconciler.adapters.memory.connection import MemoryConnection
from reconciler.adapters.memory.live import WatchedConnection, live_file
from reconciler.adapters.memory.store import Store
from reconciler.kinds.all_traits import TRAITS
from reconciler.model.address import Address
from reconciler.model.change import Adopt, Change, Create, Delete, Forget, Move, Replace, Update
from reconciler.model.live import Edit
from reconciler.model.resource import Resource
from reconciler.model.step import Request
from reconciler.model.target import Target
from reconciler.model.value import Fields

if TYPE_CHECKING:
    from pydantic import BaseModel


class MemoryAdapter:
    """Translates between changes and the memory platform's three verbs: put, drop, rename."""

    name = "memory"
    title = "memory"
    holds: Literal["pbx", "site"] | None = None
    batch = 5000

    def __init__(self) -> None:
        self.supports: Mapping[str, Support] = {
            name: Support(
                name, how="kept as declared, in memory or in a JSON file", proved=("itself",)
            )
            for name, traits in TRAITS.items()
            if traits.scope != "workspace"
        }
        self.stores: dict[str, Store] = {}

    @property
    def settings_model(self) -> "type[BaseModel]":
        """What an inventory entry may say; loaded when one is read."""
        from reconciler.adapters.memory.settings import MemorySettings

        return MemorySettings

    def check(self, resource: Resource, target: Target) -> Sequence[Problem]:
        """Return nothing: this platform holds whatever a kind allows."""
        return ()

    def encode(self, change: Change, target: Target) -> tuple[Request, ...]:
        """Translate a change; puts carry only the fields that are written."""
        at = {"kind": change.address.kind, "key": change.address.key}
        match change:
            case Create():
                return (Request("put", {**at, "fields": change.after}),)
            case Update() | Adopt():
                return (Request("put", {**at, "fields": _written(change)}),)
            case Replace():
                return (
                    Request("drop", at),
                    Request("put", {**at, "fields": change.after}),
                )
            case Move():
                return (
                    Request("rename", {**at, "from": change.source.key}),
                    Request("put", {**at, "fields": _written(change)}),
                )
            case Delete():
                return (Request("drop", at),)
            case Forget():
                return ()

    def finish(
        self,
        changes: Sequence[Change],
        after: Mapping[Address, Fields],
        edits: Sequence[Edit],
        target: Target,
        *,
        owed: bool = False,
    ) -> Finish | None:
        """Return None: what is put is live at once."""
        return None

    def connect(
        self,
        target: Target,
        settings: Fields,
        *,
        timeout_s: float,
    ) -> AbstractAsyncContextManager[Connection]:
        """Open the target's store. Raises Unreachable when its file is not what it should be."""
        return self._open(target, settings)

    @asynccontextmanager
    async def _open(self, target: Target, settings: Fields) -> AsyncIterator[Connection]:
        file = settings.get("file")
        kept = self.stores.setdefault(target.id, Store(None))
        store = kept if file is None else Store(str(file))
        live = live_file(store)
        yield WatchedConnection(target, store, live) if live else MemoryConnection(target, store)


def _written(change: Update | Adopt | Move) -> Fields:
    if isinstance(change, Update) and not change.fields:
        return change.after
    return {each.path: each.after for each in change.fields}


ADAPTER = MemoryAdapter()
