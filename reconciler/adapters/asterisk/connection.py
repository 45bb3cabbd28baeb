"""An open connection to one Asterisk: read, send, commit; doctor, live state and calls besides."""

import asyncio
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Collection,
    Iterable,
    Mapping,
    Sequence,
)
from contextlib import asynccontextmanager
from typing import Final, NamedTuple

from reconciler.adapter import Committed, Finding, LiveState, Sent, Work
from reconciler.adapters.asterisk.again import Again, Asked
from reconciler.adapters.asterisk.calls import Calls
from reconciler.adapters.asterisk.committing import Commit, Owns
from reconciler.adapters.asterisk.handwritten.elsewhere import read_databases
from reconciler.adapters.asterisk.handwritten.other_dialplan import other_dialplan
from reconciler.adapters.asterisk.hanging import advised
from reconciler.adapters.asterisk.looking import (
    DIALPLAN,
    Lists,
    ask_lists,
    covers,
    families_of,
    only_of,
)
from reconciler.adapters.asterisk.narrowing import (
    files_with,
    is_narrow,
    sections_with,
    shows_others,
)
from reconciler.adapters.asterisk.pending import (
    find_pending,
    held_families,
    tell_the_same,
    traces_of_contexts,
    traces_of_files,
    traces_of_lists,
)
from reconciler.adapters.asterisk.reading import (
    Foreign,
    Heads,
    OurSections,
    contents_held,
    count_calls,
    families_in,
    read_foreign,
    read_heads,
    read_names,
)
from reconciler.adapters.asterisk.sections import FILES, Section
from reconciler.adapters.asterisk.session import Names, Session, open_session
from reconciler.adapters.asterisk.supports import SUPPORTS
from reconciler.adapters.asterisk.tracing import trace_of
from reconciler.adapters.asterisk.writing import Piece, Writer
from reconciler.adapters.asterisk.zones import refuse_other_zones
from reconciler.model.address import Address
from reconciler.model.extent import Extent
from reconciler.model.live import Ahead, Edit, Leading, LiveObject, Met, TargetLive, Traces
from reconciler.model.step import Request
from reconciler.model.target import Target
from reconciler.model.value import EMPTY, Fields
from reconciler.transport.ami_expel import expel
from reconciler.transport.ami_notify import notify


class Sections(NamedTuple):
    """What was read: our sections, and the hand-written ones. Secrets are `Clear`."""

    ours: tuple[Section, ...]
    foreign: tuple[Section, ...]


class Decoded(NamedTuple):
    """What the sections mean: objects, of which kinds these are all, edits of no single object.

    `traces` are of what objects of ours were made of, `beyond` is what hand-written files say that
    no field holds, `ahead` what of theirs answers before ours, `leading` where theirs leads,
    `occupied` where theirs has a name of ours, `entrances` what is dialled in contexts of theirs,
    `doubled` where theirs has an object of ours, too.
    """

    objects: Mapping[Address, LiveObject]
    complete: frozenset[str]
    edits: tuple[Edit, ...] = ()
    traces: Mapping[Address, str] = EMPTY
    beyond: Mapping[Address, tuple[str, ...]] = EMPTY
    ahead: tuple[Ahead, ...] = ()
    leading: tuple[Leading, ...] = ()
    occupied: Mapping[Address, str] = EMPTY
    entrances: Mapping[str, tuple[Met, ...]] | None = None
    doubled: Mapping[Address, str] = EMPTY


_HELD: Final = "held"


class Seen(NamedTuple):
    """What was seen beside our own files: names of sections by main file, and if at all the rest.

    That is what main files show and others wrote there, what is loaded, and how many calls are up.
    """

    names: Mapping[str, Names]
    heads: Heads = EMPTY
    foreign: Foreign = Foreign((), ())
    lists: Lists | None = None
    calls: int | None = None


OWN_WRITES: Final = "what this run wrote is not reloaded yet"

Decode = Callable[[Sections, frozenset[str], Target], Decoded]

Recall = Callable[[TargetLive], None]
"""Tells `Decode` an answer of an earlier connection."""

IndexOf = Callable[[Decoded], Sequence[Request]]
"""The requests that make what is written once for many fit these objects."""


class AsteriskConnection(Calls):
    """See `reconciler.adapter.Connection`, `Doctor`, `Watcher` and `CallControl`."""

    def __init__(
        self,
        session: Session,
        settings: Fields,
        decode: Decode,
        recall: Recall,
        index_of: IndexOf,
        owns: Owns,
    ) -> None:
        super().__init__(session, settings)
        self._decode = decode
        self._recall = recall
        self._index_of = index_of
        self._owns = owns
        self._writer = Writer(session)
        self._since: dict[Address, list[Piece]] = {}
        self._alone: frozenset[Address] = frozenset()
        """Of whom main files showed nothing but what is ours since the last commit."""
        self._ours = OurSections()
        self._last: tuple[Sections, Decoded] | None = None
        self._pending: str | None = None
        self._knows_pending = False
        self._beside: tuple[Section, ...] = ()
        """What stands in no file that is read, when somebody looked."""
        self._loaded: Lists = {}
        """What was loaded when a commit had been proved."""
        self._known = Traces()
        self._again = Again(self._look)

    async def aclose(self) -> None:
        """End what goes on."""
        await self._again.stop()

    async def read(self, extent: Extent) -> TargetLive:
        """Read everything that our files hold and what stands beside them, or single objects.

        What is loaded is asked once, for the plan: afterwards it is us who write, and the commit
        proves what it makes live.
        """
        if is_narrow(extent) and self._writer.knows_everything:
            found = await self._read_some(extent.objects | extent.mentioned)
            if found is not None:
                return found
        return await self._read_all()

    async def _read_some(self, asked: frozenset[Address]) -> TargetLive | None:
        """Read single objects; None if only a look at everything can tell."""
        session, shards = self._session, self._writer.shards
        if self._since and asked <= self._alone:
            # Read back: of what others wrote the stale check has told, and the verdict will tell.
            await self._writer.load_files(files_with(asked, shards))
        else:
            seen = await self._again.take(asked)
            if shows_others(seen.names, shards, asked):
                return None
            self._alone |= asked
        ours = tuple(sections_with(asked, files_with(asked, shards), shards))
        kinds = frozenset(each.kind for each in asked)
        decoded = self._decode(Sections(ours, ()), kinds, session.target)
        objects = {a: each for a, each in decoded.objects.items() if a in asked}
        traces = {a: decoded.traces[a] for a in objects if a in decoded.traces}
        return TargetLive(
            session.target.id,
            objects=objects,
            absent=asked - objects.keys(),
            traces=Traces(objects=traces),
        )

    def recall(self, known: TargetLive) -> None:
        """Be told what the caller knows. See `reconciler.adapter.Recalling`."""
        self._known = known.traces
        self._recall(known)

    async def _look(self, asked: Asked) -> Seen:
        """Look at the files, of which the writer knows then what they hold; at all but for few."""
        if asked is not None:
            names = files_with(asked, self._writer.shards)
            _, shown = await asyncio.gather(
                self._writer.load_files(names), read_names(self._session)
            )
            return Seen(shown)
        self._session.widen()
        # At once: what Asterisk answers last comes in while we work out the first.
        beginning = asyncio.ensure_future(read_heads(self._session))
        (heads, foreign), lists, calls = await asyncio.gather(
            self._read_files(beginning), self._read_lists(beginning), count_calls(self._session)
        )
        if lists is not None:
            unseen = {*held_families(self._writer.shards), *families_in(heads), "ext"}
            unseen -= {*families_of(lists)}
            lists = {**lists, **await ask_lists(self._session, unseen)}
        if lists is not None:
            in_files = {title.lower() for title in self._writer.shards.titles("pjsip")}
            in_files |= {each.name.lower() for each in foreign.sections if each.family == "pjsip"}
            in_databases = await read_databases(self._session, in_files, lists)
            self._beside = (*other_dialplan(lists[DIALPLAN]), *in_databases)
        foreign = foreign.with_loaded(self._beside)
        return Seen(
            {main: each.names for main, each in heads.items()}, heads, foreign, lists, calls
        )

    async def _read_all(self) -> TargetLive:
        session = self._session
        _, heads, foreign, lists, calls = await self._again.take(None)
        files = traces_of_files(self._writer.shards, self._trace)
        held = self._trace(contents_held(files, heads, foreign))
        pending, in_effect = self._find_pending(lists, files, held)
        traces = Traces(held, in_effect)
        found = TargetLive(
            target=session.target.id,
            version=session.version,
            pending_reload=pending,
            active_calls=calls,
            traces=traces,
        )
        if held == self._known.held:
            return found._replace(as_known=True)
        decoded = self._decoded(foreign)
        return found._replace(
            objects=decoded.objects,
            complete=decoded.complete,
            edits=decoded.edits,
            beyond=decoded.beyond,
            ahead=decoded.ahead,
            leading=decoded.leading,
            occupied=decoded.occupied,
            entrances=decoded.entrances,
            doubled=decoded.doubled,
            traces=traces._replace(objects=decoded.traces),
        )

    def _trace(self, contents: Iterable[bytes]) -> str:
        return trace_of(contents, self._session.access.password)

    async def _read_files(self, beginning: Awaitable[Heads]) -> tuple[Heads, Foreign]:
        """Read our files, and what main files show beside them."""
        heads, _ = await asyncio.gather(beginning, self._writer.load(FILES, again=True))
        self._writer.trust(families_in(heads))
        return heads, await read_foreign(self._session, self._writer, heads)

    async def _read_lists(self, beginning: Awaitable[Heads]) -> Lists | None:
        """Read what is loaded of our files, unless it is known.

        What was loaded last time is asked for at once: that takes longest.
        """
        if self._since or self._knows_pending:
            return None
        known = families_of(self._known.in_effect.keys())
        return await ask_lists(self._session, known or families_in(await beginning))

    def _decoded(self, foreign: Foreign) -> Decoded:
        sections = Sections(self._ours.of(self._writer.shards), foreign.sections)
        last = self._last
        # Ours by identity, which is quick and sure; what others wrote is little, as a rule.
        same = last and last[0].ours is sections.ours and last[0].foreign == sections.foreign
        if last is None or not same:
            decoded = self._decode(sections, frozenset(SUPPORTS), self._session.target)
            last = self._last = sections, decoded
        return last[1]

    def _find_pending(
        self, lists: Lists | None, files: Mapping[str, str], held: str
    ) -> tuple[str | None, Mapping[str, str]]:
        """Return what is not in effect, and by what it is known again that nothing is not."""
        if self._since:
            return OWN_WRITES, {}
        if lists is None:
            return self._pending, self._in_effect(files, held)
        shards, known = self._writer.shards, self._known.in_effect
        lists = only_of(lists, held_families(shards))
        now = {_HELD: held, **files, **traces_of_lists(lists, self._trace)}
        self._knows_pending = True
        if tell_the_same(now, known):
            self._pending = None
            return None, known
        now |= traces_of_contexts(lists, self._trace)
        changed = {name for name in {*now, *known} if now.get(name) != known.get(name)}
        self._pending = find_pending(lists, shards, changed if known else None)
        return self._pending, now if self._pending is None else {}

    def _in_effect(self, files: Mapping[str, str], held: str) -> Mapping[str, str]:
        """Return by what it is known again, though nobody looked anew, that nothing is pending."""
        if held == self._known.held:
            return self._known.in_effect
        lists = only_of(self._loaded, held_families(self._writer.shards))
        if self._pending is not None or not covers(lists, held_families(self._writer.shards)):
            return {}
        loaded = traces_of_lists(lists, self._trace) | traces_of_contexts(lists, self._trace)
        return {_HELD: held, **files, **loaded}

    async def send(self, work: Sequence[Work]) -> Sequence[Sent]:
        """Write the pieces, packed by file. Nothing is live before `commit`."""
        await self._again.stop()
        pieces = await self._writer.prepare(each.requests for each in work)
        await refuse_other_zones(self._session, pieces)
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
        run = Commit(self._session, self._writer, self._since, self._index_now)
        few = frozenset(touched)
        is_few = is_narrow(Extent(objects=few)) and self._writer.knows_everything
        try:
            done = await run.run(
                requests, touched, self._owns, self._again, few if is_few else None
            )
        except BaseException:
            await self._again.stop()
            raise
        if not self._knows_pending:
            await self._again.stop()  # then what is loaded has to be looked at, too
        # What was pending before may be pending still: the commit looked for its own alone.
        sure = self._knows_pending and self._pending is None
        self._loaded = run.loaded if sure else {}
        self._since, self._pending, self._alone = {}, None, frozenset()
        return done

    def _index_now(self) -> Sequence[Request]:
        ours = Sections(self._ours.of(self._writer.shards), ())
        return self._index_of(self._decode(ours, frozenset(SUPPORTS), self._session.target))

    async def examine(self, zones: Collection[str] = ()) -> Sequence[Finding]:
        """Check version, permissions, modules, includes and files; say what is missing."""
        from reconciler.adapters.asterisk.doctor import examine

        return await examine(self._session, self._writer, zones)

    async def reloading(self) -> str | None:
        """Return since when a reload goes on, and the way out. See `adapter.Reloading`."""
        since = await self._session.reload_under_way()
        return None if since is None else advised(since)

    async def live_state(self) -> LiveState:
        """Return registrations, device states, trunks, queues and active calls."""
        from reconciler.adapters.asterisk.live import live_state

        return await live_state(self._session)

    async def notify(self, extension: str, event: str) -> str:
        """Send NOTIFY to the phones of an extension. See `reconciler.device.Notifier`."""
        return await notify(self._session, self._session.target.scope, extension, event)

    async def expel(self, extension: str, contacts: Collection[str]) -> int:
        """End registrations of an extension. See `reconciler.device.Expeller`."""
        return await expel(self._session, extension, contacts)


@asynccontextmanager
async def connect(
    target: Target,
    settings: Fields,
    *,
    timeout_s: float,
    decode: Decode,
    recall: Recall,
    index_of: IndexOf,
    owns: Owns,
) -> AsyncIterator[AsteriskConnection]:
    """Log in. Raises AuthenticationFailed, Unreachable, PermissionMissing, UnsupportedVersion."""
    async with open_session(target, settings, timeout_s=timeout_s) as session:
        connection = AsteriskConnection(session, settings, decode, recall, index_of, owns)
        try:
            yield connection
        finally:
            await connection.aclose()
