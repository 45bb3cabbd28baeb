"""Plain Asterisk (20 and newer, chan_pjsip), over AMI: files of ours beside hand-written ones.

The pure half turns objects into sections and back (a file per kind, `render`, `decode`, `encode`,
`index`); the other half reads and writes sections (`connection` and what it uses). The pure half is
loaded when it has something to do: what a PBX holds is mostly what it was known to hold.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import TYPE_CHECKING, Final, Literal

from reconciler.adapter import Connection, Finish, Problem, Support
from reconciler.adapters.asterisk.access import read_access
from reconciler.adapters.asterisk.carrier import setup_of
from reconciler.adapters.asterisk.connection import Decoded, Sections, connect
from reconciler.adapters.asterisk.files import Key
from reconciler.adapters.asterisk.memory import Memory
from reconciler.adapters.asterisk.sections import Section
from reconciler.adapters.asterisk.supports import SUPPORTS
from reconciler.model.address import Address
from reconciler.model.change import Change
from reconciler.model.live import Edit
from reconciler.model.resource import Resource
from reconciler.model.step import Request
from reconciler.model.target import Target
from reconciler.model.value import Fields

if TYPE_CHECKING:
    from pydantic import BaseModel


class AsteriskAdapter:
    """Translates between objects and sections of Asterisk's configuration files."""

    name = "asterisk"
    title = "Asterisk"
    holds: Literal["pbx", "site"] | None = "pbx"
    remote: Literal[True] = True
    handwritten: Literal[True] = True
    supports: Mapping[str, Support] = SUPPORTS
    batch = 2000

    @property
    def settings_model(self) -> "type[BaseModel]":
        """What an inventory entry may say; loaded when one is read."""
        from reconciler.adapters.asterisk.settings import AsteriskSettings

        return AsteriskSettings

    def check(self, resource: Resource, target: Target) -> Sequence[Problem]:
        """Return the values that a file or the dialplan would not survive."""
        from reconciler.adapters.asterisk.check import check

        return check(resource, setup_of(target.settings))

    def encode(self, change: Change, target: Target) -> tuple[Request, ...]:
        """Translate a change into the whole sections of its object."""
        from reconciler.adapters.asterisk.encode import encode

        return encode(change, setup_of(target.settings))

    def finish(
        self,
        changes: Sequence[Change],
        after: Mapping[Address, Fields],
        edits: Sequence[Edit],
        target: Target,
        *,
        owed: bool = False,
    ) -> Finish | None:
        """Return the index of all objects and the reloads that these changes need."""
        from reconciler.adapters.asterisk.encode import finish

        return finish(changes, after, edits, setup_of(target.settings), owed=owed)

    def connect(
        self, target: Target, settings: Fields, *, timeout_s: float
    ) -> AbstractAsyncContextManager[Connection]:
        """Log in over AMI."""
        memory = Memory(password=read_access(settings).password)
        return connect(
            target,
            settings,
            timeout_s=timeout_s,
            decode=partial(_read_sections, memory=memory),
            recall=memory.recall,
            index_of=partial(_index_requests, target=target),
            owns=_owns,
        )


def _read_sections(
    sections: Sections, kinds: frozenset[str], target: Target, *, memory: Memory
) -> Decoded:
    from reconciler.adapters.asterisk.meaning import read_sections

    return read_sections(sections, kinds, target, memory=memory)


def _index_requests(held: Decoded, *, target: Target) -> Sequence[Request]:
    from reconciler.adapters.asterisk.meaning import index_requests

    return index_requests(held, target=target)


def _owns(section: Section) -> Iterator[tuple[Key, str, str]]:
    from reconciler.adapters.asterisk.meaning import owns

    return owns(section)


ADAPTER: Final = AsteriskAdapter()
