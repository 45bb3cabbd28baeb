"""Plain Asterisk (20 and newer, chan_pjsip), over AMI: files of ours beside hand-written ones.

The pure half turns objects into sections and back (a file per kind, `render`, `decode`, `encode`,
`index`); the other half reads and writes sections (`connection` and what it uses).
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import TYPE_CHECKING, Final, Literal

from reconciler.adapter import Connection, Finish, Problem, Support
from reconciler.adapters.asterisk.access import read_access
from reconciler.adapters.asterisk.carrier import place_of, setup_of
from reconciler.adapters.asterisk.check import check
from reconciler.adapters.asterisk.connection import Decoded, Sections, connect
from reconciler.adapters.asterisk.decode import Memory, decode
from reconciler.adapters.asterisk.encode import encode, finish
from reconciler.adapters.asterisk.files import Key
from reconciler.adapters.asterisk.handwritten import decode_hand_written
from reconciler.adapters.asterisk.owner import owner_of
from reconciler.adapters.asterisk.sections import Section, text_of
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
    supports: Mapping[str, Support] = SUPPORTS
    batch = 2000

    @property
    def settings_model(self) -> "type[BaseModel]":
        """What an inventory entry may say; loaded when one is read."""
        from reconciler.adapters.asterisk.settings import AsteriskSettings

        return AsteriskSettings

    def check(self, resource: Resource, target: Target) -> Sequence[Problem]:
        """Return the values that a file or the dialplan would not survive."""
        return check(resource, setup_of(target.settings))

    def encode(self, change: Change, target: Target) -> tuple[Request, ...]:
        """Translate a change into the whole sections of its object."""
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
            decode=partial(read_sections, memory=memory),
            recall=memory.recall,
            index_of=partial(index_requests, target=target),
            owns=owns,
        )


def read_sections(
    sections: Sections, kinds: frozenset[str], target: Target, *, memory: Memory
) -> Decoded:
    """Return the objects of these kinds: ours with their edits, hand-written ones locked.

    `memory` is the connection's, of what it read before.
    """
    setup = setup_of(target.settings)
    held = decode(sections.ours, target.scope, setup, memory)
    by_hand = decode_hand_written(sections.foreign, target.scope, setup)
    objects = {**by_hand.objects, **held.objects}
    wanted = {address: each for address, each in objects.items() if address.kind in kinds}
    traces = {address: memory.traces[address] for address in wanted if address in held.objects}
    return Decoded(wanted, kinds & SUPPORTS.keys(), held.edits, traces, by_hand.beyond)


def index_requests(held: Decoded, *, target: Target) -> Sequence[Request]:
    """Return the requests that make what is written once for many fit these objects."""
    fields = {address: each.fields for address, each in held.objects.items() if not each.apart}
    done = finish((), fields, held.edits, setup_of(target.settings), owed=True)
    return () if done is None else done.requests


def owns(section: Section) -> Iterator[tuple[Key, str, str]]:
    """Yield the keys of a section that was read, with the objects to which they belong."""
    pairs = tuple((line.variable, text_of(line.value)) for line in section.lines)
    variables = dict.fromkeys(line.variable for line in section.lines) if section.shared else ("",)
    for variable in variables:
        owner = owner_of(place_of(section, variable), pairs)
        if owner is not None:
            key = Key(section.family, section.name.lower(), variable or None)
            yield key, owner.kind, owner.key


ADAPTER: Final = AsteriskAdapter()
