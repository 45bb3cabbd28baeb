"""FreePBX 16 and 17: over its web pages, which hold everything, and its GraphQL, which holds less.

The pure half translates (a file per kind, `encode`, `snapshot`, `check`); the other half reads
and writes (`connection` and what it uses).
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Final, Literal

from reconciler.adapter import Connection, Finish, Problem, Support
from reconciler.adapters.freepbx.check import check
from reconciler.adapters.freepbx.connection import connect
from reconciler.adapters.freepbx.encode import encode, finish
from reconciler.adapters.freepbx.supports import BESIDE, SUPPORTS
from reconciler.model.address import Address
from reconciler.model.change import Change
from reconciler.model.live import Edit
from reconciler.model.resource import Resource
from reconciler.model.step import Request
from reconciler.model.target import Target
from reconciler.model.value import Fields

if TYPE_CHECKING:
    from pydantic import BaseModel


class FreepbxAdapter:
    """Translates between objects and FreePBX's forms, exports and mutations."""

    name = "freepbx"
    title = "FreePBX"
    holds: Literal["pbx", "site"] | None = "pbx"
    remote: Literal[True] = True
    supports: Mapping[str, Support] = SUPPORTS
    beside: Mapping[str, str] = BESIDE
    batch = 50

    @property
    def settings_model(self) -> "type[BaseModel]":
        """What an inventory entry may say; loaded when one is read."""
        from reconciler.adapters.freepbx.settings import FreepbxSettings

        return FreepbxSettings

    def check(self, resource: Resource, target: Target) -> Sequence[Problem]:
        """Return the values that FreePBX would cut or could not keep."""
        return check(resource, target)

    def encode(self, change: Change, target: Target) -> tuple[Request, ...]:
        """Translate a change into `add`, `set`, `move` and `drop` of an object."""
        return encode(change)

    def finish(
        self,
        changes: Sequence[Change],
        after: Mapping[Address, Fields],
        edits: Sequence[Edit],
        target: Target,
        *,
        owed: bool = False,
    ) -> Finish | None:
        """Return Apply Config, once."""
        return finish(changes, after, owed=owed)

    def connect(
        self, target: Target, settings: Fields, *, timeout_s: float
    ) -> AbstractAsyncContextManager[Connection]:
        """Open a client for the web pages and the API."""
        return connect(target, settings, timeout_s=timeout_s)


ADAPTER: Final = FreepbxAdapter()
