"""An open connection to one Asterisk: read, send, commit; doctor, live state and calls besides."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Final, NamedTuple

from reconciler.adapter import Committed, Finding, LiveState, Sent, Work
from reconciler.adapters.asterisk.calls import Calls
from reconciler.adapters.asterisk.committing import Commit, Owns
from reconciler.adapters.asterisk.doctor import examine
from reconciler.adapters.asterisk.live import live_state
from reconciler.adapters.asterisk.notify import notify
from reconciler.adapters.asterisk.reading import (
    count_calls,
    find_pending,
    our_sections,
    read_foreign,
)
from reconciler.adapters.asterisk.sections import FILES, Section
from reconciler.adapters.asterisk.session import Session, open_session
from reconciler.adapters.asterisk.writing import Piece, Writer
from reconciler.model.address import Address
from reconciler.model.live import Edit, LiveObject, TargetLive
from reconciler.model.step import Request
from reconciler.model.target import Target
from reconciler.model.value import Fields


class Sections(NamedTuple):
    """What was read: our sections, and the hand-written ones. Secrets are `Clear`."""

    ours: tuple[Section, ...]
    foreign: tuple[Section, ...]


class Decoded(NamedTuple):
    """What the sections mean: objects, of which kinds these are all, edits of no single object."""

    objects: Mapping[Address, LiveObject]
    complete: frozenset[str]
    edits: tuple[Edit, ...] = ()


OWN_WRITES: Final = "what this run wrote is not reloaded yet"

Decode = Callable[[Sections, frozenset[str], Target], Decoded]


class AsteriskConnection(Calls):
    """See `reconciler.adapter.Connection`, `Doctor`, `Watcher` and `CallControl`."""

    def __init__(self, session: Session, settings: Fields, decode: Decode, owns: Owns) -> None:
        super().__init__(session, settings)
        self._decode = decode
        self._owns = owns
        self._writer = Writer(session)
        self._since: dict[Address, list[Piece]] = {}

    async def read(self, kinds: frozenset[str]) -> TargetLive:
        """Read everything that our files hold and what stands beside them."""
        session, writer = self._session, self._writer
        await writer.load(FILES, again=True)
        foreign = await read_foreign(session, writer)
        sections = Sections(our_sections(writer.shards), foreign.sections)
        decoded = self._decode(sections, kinds, session.target)
        # A read-back between our own writes and their commit need not ask what is loaded.
        pending = OWN_WRITES if self._since else await find_pending(session, writer.shards)
        return TargetLive(
            target=session.target.id,
            version=session.version,
            objects=decoded.objects,
            complete=decoded.complete,
            edits=decoded.edits,
            pending_reload=pending,
            active_calls=await count_calls(session),
        )

    async def send(self, work: Sequence[Work]) -> Sequence[Sent]:
        """Write the pieces, packed by file. Nothing is live before `commit`."""
        pieces = await self._writer.prepare(each.requests for each in work)
        await self._writer.write(pieces)
        for each, piece in zip(work, pieces, strict=True):
            if piece.error is None or piece.doubtful:
                self._since.setdefault(each.address, []).append(piece)
        return [
            Sent(each.step, piece.error, piece.doubtful)
            for each, piece in zip(work, pieces, strict=True)
        ]

    async def commit(self, requests: Sequence[Request], touched: Sequence[Address]) -> Committed:
        """Write the index, reload, prove, and put back what Asterisk refused."""
        run = Commit(self._session, self._writer, self._since)
        done = await run.run(requests, touched, self._owns)
        self._since = {}
        return done

    async def examine(self) -> Sequence[Finding]:
        """Check version, permissions, modules, includes and files; say what is missing."""
        return await examine(self._session, self._writer)

    async def live_state(self) -> LiveState:
        """Return registrations, device states, trunks, queues and active calls."""
        return await live_state(self._session)

    async def notify(self, extension: str, event: str) -> str:
        """Send NOTIFY to the phones of an extension. See `reconciler.device.Notifier`."""
        return await notify(self._session, extension, event)


@asynccontextmanager
async def connect(
    target: Target, settings: Fields, *, timeout_s: float, decode: Decode, owns: Owns
) -> AsyncIterator[AsteriskConnection]:
    """Log in. Raises AuthenticationFailed, Unreachable, PermissionMissing, UnsupportedVersion."""
    async with open_session(target, settings, timeout_s=timeout_s) as session:
        yield AsteriskConnection(session, settings, decode, owns)
