"""Devices' files: what desk phones and softphones fetch is published, exactly as it was planned.

The platform is the published store. A device is what was declared of it, and its files; what it
does with them, and when, is no business of this adapter. See README.md.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Literal

from reconciler.adapter import Connection, Finish, Problem, Support
from reconciler.model.address import Address
from reconciler.model.change import Adopt, Change, Create, Delete, Forget, Move, Replace, Update
from reconciler.model.live import Edit
from reconciler.model.resource import Resource
from reconciler.model.step import Request
from reconciler.model.target import Target
from reconciler.model.value import Fields

if TYPE_CHECKING:
    from pydantic import BaseModel

_HOW = "each device's files are rendered, published, and served as they were last applied"
_KEPT_OUT = frozenset(("credentials.username", "credentials.password"))
"""The administrator's login is not published: whoever serves files has no use for it."""


class PhonesAdapter:
    """Translates between changes and the store's verbs: publish, rename, withdraw."""

    name = "phones"
    title = "phones' files"
    holds: Literal["pbx", "site"] | None = "site"
    batch = 100_000

    def __init__(self) -> None:
        self.supports: Mapping[str, Support] = {
            kind: Support(kind, rendered=True, unreadable=_KEPT_OUT, how=_HOW, proved=("itself",))
            for kind in ("phone", "softphone")
        }

    @property
    def settings_model(self) -> "type[BaseModel]":
        """What an inventory entry may say; loaded when one is read."""
        from reconciler.kinds.settings import Settings

        return Settings

    def check(self, resource: Resource, target: Target) -> Sequence[Problem]:
        """Return nothing: rendering says what a device's model cannot hold."""
        return ()

    def encode(self, change: Change, target: Target) -> tuple[Request, ...]:
        """Translate a change; an update carries only the fields that are written."""
        match change:
            case Create() | Replace():
                return (Request("publish", {"fields": _published(change.after)}),)
            case Update() | Adopt():
                return (Request("publish", {"fields": _written(change)}),)
            case Move():
                return (
                    Request("rename", {"from": change.source.key}),
                    Request("publish", {"fields": _written(change)}),
                )
            case Delete():
                return (Request("withdraw", {}),)
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
        """Return None: what is published is served at once."""
        return None

    def connect(
        self, target: Target, settings: Fields, *, timeout_s: float
    ) -> AbstractAsyncContextManager[Connection]:
        """Open the published store. Raises Unreachable when it cannot be used."""
        # Loads what opens files, which `validate` has no use for.
        from reconciler.adapters.phones.connection import connect

        return connect(target, settings)


def _written(change: Update | Adopt | Move) -> Fields:
    if isinstance(change, Update) and not change.fields:
        # Somebody edited the row: everything is written again.
        return _published(change.after)
    return _published({each.path: each.after for each in change.fields})


def _published(fields: Fields) -> Fields:
    return {path: value for path, value in fields.items() if path not in _KEPT_OUT}


ADAPTER = PhonesAdapter()
