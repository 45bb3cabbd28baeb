"""Writing: many objects into the shard files, with as few UpdateConfig requests as can be.

Asterisk rewrites the whole file for every request, so what goes into one file is packed together.
A request is all-or-nothing; when one is refused, its objects are tried one by one, so that the
culprit stands alone. Nothing of this is live before a reload (`commit`). Files are written in an
order (`_Round`) that leaves no riddles to whoever reads them after we were killed.
"""

import asyncio
import itertools
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final, TypeAlias

from reconciler.adapters.asterisk.access import MAX_SHARDS
from reconciler.adapters.asterisk.files import (
    MARKER,
    Shards,
    Unsound,
    Wish,
    families_of,
    file_name,
    line_count,
    read_wishes,
    undo_of,
)
from reconciler.adapters.asterisk.includes import include_line, main_of, missing_include
from reconciler.adapters.asterisk.keep import fill_kept
from reconciler.adapters.asterisk.sections import FILES, Family
from reconciler.adapters.asterisk.session import Session
from reconciler.errors import AdapterBroke, AdapterError, Refused, Unreachable
from reconciler.model.step import Request
from reconciler.transport.ami import Ami
from reconciler.transport.ami_config import ConfigFile, Edit, Staging, Unit, split_update_config

ROOM: Final = 124
"""Lines of edits in one request; the rest of 128 frames them."""

_META: Final[tuple[Family, ...]] = ("meta",)

_AT_A_TIME: Final = 25
"""How many pieces are planned before answers are heard: some 5 ms."""

_IN_FLIGHT: Final = 8
"""Files that are written at once: enough to hide the way, a login's are done one by one."""

_STAGING: Final = Staging("rec_staging_work.conf", "rec_staging_blank.conf")

_LOST: Final = "the connection was lost while it was being written"


@dataclass(slots=True)
class Piece:
    """One object (or several that change together) on its way into the files.

    `error` is None while all is well. `doubtful` says that a request with it may have been
    carried out. `undo` is what the files held before.
    """

    wishes: tuple[Wish, ...]
    undo: tuple[Wish, ...] = ()
    error: str | None = None
    doubtful: bool = False
    touched: set[str] = field(default_factory=set)


class Writer:
    """The one place that changes files on a target; it knows what they hold."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.shards = Shards(session.access.shards)
        self._loaded: set[Family] = set()
        self._let_in: set[Family] = {"meta"}
        self._reread: set[str] = set()
        self._sent: set[str] = set()
        self.cut: dict[str, tuple[str, ...]] = {}
        """Files that lost sections as they were written, which nobody had asked for."""
        self._staging = asyncio.Lock()
        self._slots = asyncio.Semaphore(_IN_FLIGHT)

    async def load(self, families: Iterable[Family], *, again: bool = False) -> None:
        """Read all shard files of these families; those already known only when asked `again`.

        Raises Refused for a file that Asterisk cannot parse, and what AMI raises.
        """
        asked = set(families)
        wanted = [f for f in FILES if f in asked and (again or f not in self._loaded)]
        await self.load_files(
            {file_name(f, shard): f for f in wanted for shard in range(MAX_SHARDS)}
        )
        self._loaded |= set(wanted)

    async def load_files(self, families: Mapping[str, Family]) -> None:
        """Read these files, by name with their family. Raises as `load` does."""
        for name, file in (await self._session.configs(families)).items():
            self._note_cut(name, file)
            if file is None:
                self.shards.drop(name)
            else:
                self.shards.load(families[name], name, file)

    def _note_cut(self, name: str, file: ConfigFile | None) -> None:
        """Notice a file that we wrote and that does not hold all of it now.

        Asterisk empties a file before it writes it, and says Success whatever becomes of it: where
        the disk is full, everything that stood in it is gone (seen).
        """
        known = self.shards.files.get(name)
        if known is None or known is file or name not in self._sent:
            return
        there = {each.lower() for each in file.names} if file else set()
        if lost := tuple(each for each in known.names if each.lower() not in there):
            self.cut[name] = lost

    @property
    def knows_everything(self) -> bool:
        """Whether all files have been read, whenever that was."""
        return self._loaded >= set(FILES)

    def trust(self, families: Iterable[Family]) -> None:
        """Remember whose files Asterisk lets in; of others that is not known."""
        self._let_in = {"meta", *families}

    async def prepare(self, works: Iterable[Iterable[Request]]) -> list[Piece]:
        """Read pieces of work, filling in the secrets that stay what they are.

        What our own half wrote wrongly becomes its piece's error.
        """
        listed = [list(requests) for requests in works]
        await self.load({f for requests in listed for r in requests for f in families_of(r)})
        pieces = []
        for requests in listed:
            try:
                filled = [fill_kept(request, self.shards.values) for request in requests]
                pieces.append(Piece(read_wishes(filled)))
            except Unsound as error:
                broke = AdapterBroke(self._session.target.scope, "preparing a write", str(error))
                pieces.append(Piece((), error=str(broke)))
        return pieces

    async def write(self, pieces: Sequence[Piece]) -> None:
        """Write the pieces; each says afterwards what became of it.

        Pieces that have an error already are left out. Raises if nothing was sent.
        """
        pieces = [piece for piece in pieces if piece.error is None]
        families = {family for p in pieces for wish in p.wishes for family in wish.families}
        await self.load(families)
        refused = await self._ensure_let_in(families)
        for piece in pieces:
            shut = [refused[f] for wish in piece.wishes for f in wish.families if f in refused]
            piece.error = shut[0] if shut else None
        let_in = [piece for piece in pieces if piece.error is None]
        rounds = _rounds()
        self._reread = set()
        self._plan_anew(rounds, let_in, _META)
        # What is known goes first: the rest is planned while Asterisk writes that.
        astray, _ = await asyncio.gather(
            self._write_round(rounds[_Round.KNOWN]), self._plan_rest(rounds, let_in)
        )
        for plan in rounds[_Round.WRITTEN :]:
            astray |= await self._write_round(plan)
        for name in astray:  # what they hold is not what was planned
            try:
                await self._reload_file(name)
            except AdapterError:
                self._forget(name)
        for piece in pieces:
            if piece.error is not None and piece.touched:
                await self._put_back(piece)

    async def _write_round(self, plan: "_Units") -> set[str]:
        """Write the files of a round at once, by both logins; return those that went astray."""
        await self._create(plan)
        astray: set[str] = set()
        going: _Units = {}
        for name, units in plan.items():
            going[name] = [unit for unit in units if unit[0].error is None]
            if len(going[name]) < len(units):
                astray.add(name)
            if name in self._reread:  # before what is written now, which was known already
                astray.add(name)
        logins = itertools.cycle((self._session.ami, await self._session.beside()))
        await asyncio.gather(
            *(self._write_file(name, units, next(logins)) for name, units in going.items())
        )
        return astray

    async def put_back(self, pieces: Iterable[Piece]) -> list[Piece]:
        """Write what the files held before these pieces; return the undoing pieces."""
        undoing = [Piece(piece.undo) for piece in pieces]
        await self.write(undoing)
        return undoing

    async def _plan_rest(self, rounds: Sequence["_Units"], pieces: Sequence[Piece]) -> None:
        """Plan all but the meta sections, and let answers be heard in between."""
        rest = [family for family in FILES if family not in _META]
        for start in range(0, len(pieces), _AT_A_TIME):
            self._plan_anew(rounds, pieces[start : start + _AT_A_TIME], rest)
            await asyncio.sleep(0)

    def _plan_anew(
        self, rounds: Sequence["_Units"], pieces: Iterable[Piece], families: Collection[Family]
    ) -> None:
        """Plan what pieces wish of these families, noting what is there before."""
        for piece in pieces:
            undo = [undo_of(wish.only(families), self.shards) for wish in piece.wishes]
            if piece.undo:
                undo = [one.and_also(two) for one, two in zip(piece.undo, undo, strict=True)]
            piece.undo = tuple(undo)
            self._plan(rounds, piece, piece.wishes, families)

    def _plan(
        self,
        rounds: Sequence["_Units"],
        piece: Piece,
        wishes: Iterable[Wish],
        families: Collection[Family] = tuple(FILES),
    ) -> None:
        """Plan the edits that make a piece's wishes of these families true, in their order."""
        for wish in wishes:
            for name, edits in self.shards.edits(wish.only(families)).items():
                when = _round_of(wish, self.shards.families[name])
                rounds[when].setdefault(name, []).append((piece, edits))

    def _edits(self, wishes: Iterable[Wish]) -> dict[str, list[Edit]]:
        found: dict[str, list[Edit]] = {}
        for wish in wishes:
            for name, edits in self.shards.edits(wish).items():
                found.setdefault(name, []).extend(edits)
        return found

    async def _create(self, names: Iterable[str]) -> None:
        absent = [name for name in names if name not in self.shards.there]
        await asyncio.gather(*map(self._session.create, absent))
        self.shards.there |= set(absent)

    async def _write_file(self, name: str, units: list[tuple[Piece, list[Edit]]], by: Ami) -> None:
        """Write one file's units, packed; carry on one by one from the first that is refused."""
        async with self._slots:
            packs = pack(units)
            for at, batch in enumerate(packs):
                rest = [piece for later in packs[at + 1 :] for piece, _ in later]
                try:
                    await self._update(name, [edits for _, edits in batch], by)
                except Unreachable as error:
                    await self._settle(name, [piece for piece, _ in batch], error)
                    for piece in rest:
                        piece.error = f"not written: {_LOST} ({name})"
                    if rest:
                        self._forget(name)
                    return
                except AdapterError:
                    await self._one_by_one(name, [*(piece for piece, _ in batch), *rest])
                    return
                for piece, _ in batch:
                    piece.touched.add(name)

    async def _update(
        self, name: str, units: Sequence[Sequence[Edit]], by: Ami | None = None
    ) -> None:
        """Send edits of one file, all-or-nothing. Raises what `Session.ask` raises."""
        edits = tuple([edit for unit in units for edit in unit])
        unit = Unit(name, edits)
        target = self._session.target.scope
        if line_count(edits) <= ROOM:
            for fields in split_update_config(name, (unit,), target=target):
                await self._send(name, fields, by)
            return
        async with self._staging:  # one chain at a time: they share the working copy
            await self._session.create(_STAGING.work)
            await self._session.create(_STAGING.blank)
            for fields in split_update_config(name, (unit,), target=target, staging=_STAGING):
                await self._send(name, fields, by)

    async def _send(
        self, name: str, fields: Sequence[tuple[str, str]], by: Ami | None = None
    ) -> None:
        doing = f"writing {name}"
        self._sent.add(name)
        await self._session.ask("UpdateConfig", fields, doing=doing, idempotent=False, by=by)

    async def _reload_file(self, name: str) -> None:
        self._reread.add(name)
        file = await self._session.config(name)
        self.shards.load(self.shards.families[name], name, file or ConfigFile(sections=()))

    def _forget(self, name: str) -> None:
        """Take it that nobody knows what a file holds: the next write reads its family anew."""
        self._loaded.discard(self.shards.families[name])
        self.shards.drop(name)

    async def _one_by_one(self, name: str, pieces: Iterable[Piece]) -> None:
        """Write each piece's part of a file alone, from what the file really holds."""
        family = self.shards.families[name]
        try:
            await self._reload_file(name)
            for piece in pieces:
                edits = self._edits(wish.only([family]) for wish in piece.wishes).get(name)
                try:
                    if edits:
                        await self._update(name, [edits])
                        piece.touched.add(name)
                except Unreachable as error:
                    await self._settle(name, [piece], error)
                except AdapterError as error:
                    piece.error = error.reply
                    await self._reload_file(name)
        except AdapterError as error:  # the file cannot even be read
            self._forget(name)
            for piece in pieces:
                if name not in piece.touched and piece.error is None:
                    piece.error = f"{error.doing}: {error.reply}"

    async def _settle(self, name: str, pieces: Sequence[Piece], error: Unreachable) -> None:
        """After a lost connection, look which pieces are in the file; the others stay in doubt.

        Only "it is there" is believed: an absent one may still be on its way.
        """
        in_flight = "outcome unknown" in error.doing
        family = self.shards.families[name]
        known = True
        try:
            await self._reload_file(name)
        except AdapterError:
            self._forget(name)
            known = False
        for piece in pieces:
            parts = [wish.only([family]) for wish in piece.wishes]
            if known and all(self.shards.holds_as(part) for part in parts):
                piece.touched.add(name)
            else:
                piece.error = f"{_LOST} ({name})" if in_flight else f"not written: {error.reply}"
                piece.doubtful = piece.doubtful or in_flight

    async def _put_back(self, piece: Piece) -> None:
        """Leave an object as it was: undo the files that took what another one refused."""
        piece.doubtful = True
        try:
            # Of a file whose writing was cut short nobody knows what it holds.
            await self.load(family for wish in piece.undo for family in wish.families)
            rounds = _rounds()
            self._plan(rounds, piece, piece.undo)
            for name, units in (each for plan in rounds for each in plan.items()):
                await self._update(name, [edits for _, edits in units])
        except AdapterError as error:
            piece.error = f"{piece.error}; putting it back failed too: {error.reply}"
        else:
            piece.doubtful = False

    async def _ensure_let_in(self, families: Iterable[Family]) -> dict[Family, str]:
        """Prove for each family that Asterisk will load its files, before the first is written.

        Return the families that it will not load, with what to do about it.
        """
        refused: dict[Family, str] = {}
        for family in sorted(set(families) - self._let_in):
            if await self.let_in(family):
                self._let_in.add(family)
            else:
                why = missing_include(family, self._session.access.main_files)
                line = include_line(main_of(family))
                refused[family] = f"{why}; add at its very end: {line}"
        return refused

    async def let_in(self, family: Family) -> bool:
        """Whether the main file includes the family's files; leaves a mark in the first of them.

        The mark is a template, which no module loads.
        """
        if await self.shows_mark(family):
            return True
        first = file_name(family, 0)
        await self._session.create(first)
        self.shards.there.add(first)
        catfilter = 'catfilter="TEMPLATES=include"'
        mark = (
            Edit("NewCat", MARKER, options="template"),
            Edit("Append", MARKER, "family", family, options=catfilter),
        )
        try:
            await self._update(first, [mark])
        except Refused:  # it is there already
            return False
        return await self.shows_mark(family)

    async def shows_mark(self, family: Family) -> bool:
        """Whether Asterisk sees the family's mark when it reads the main file."""
        main = self._session.access.main_files[main_of(family)]
        (marks,) = await marks_in(self._session, [main], by=self._session.ami)
        return family in marks


async def marks_in(session: Session, main_files: Sequence[str], *, by: Ami) -> list[frozenset[str]]:
    """Return the families whose mark Asterisk sees when it reads each of these main files."""
    seen = await session.templates(main_files, MARKER, by=by)
    return [
        frozenset(text for s in each.sections for at, text in s.lines if at == "family")
        if each
        else frozenset()
        for each in seen
    ]


_Units: TypeAlias = dict[str, list[tuple[Piece, list[Edit]]]]
"""What is written in a round: by file, which edits for which piece."""


class _Round(IntEnum):
    """In which order files are written; within a round they are written at the same time.

    We may be killed in between. What was declared is known before anything of an object is there,
    so that what is missing of it is seen as missing, and not as somebody's wish; and what makes an
    object exist goes last, so that nothing of it is left once it is gone.
    """

    KNOWN = 0
    WRITTEN = 1
    FORGOTTEN = 2
    GONE = 3


def _rounds() -> list[_Units]:
    return [{} for _ in _Round]


def _round_of(wish: Wish, family: Family) -> _Round:
    """Return when the files of a family are written for a wish."""
    if any(lines is not None for lines in wish.wanted.values()):
        return _Round.KNOWN if family == "meta" else _Round.WRITTEN
    if family == "meta":
        return _Round.FORGOTTEN
    exists_by: Family = "ext" if "ext" in wish.families else family
    return _Round.GONE if family == exists_by else _Round.WRITTEN


def pack(
    units: Sequence[tuple[Piece, list[Edit]]], room: int = ROOM
) -> list[list[tuple[Piece, list[Edit]]]]:
    """Group units so that each group fits into one request; one that is too long stands alone."""
    packs: list[list[tuple[Piece, list[Edit]]]] = []
    free = 0
    for piece, edits in units:
        size = line_count(edits)
        if not packs or size > free:
            packs.append([])
            free = room
        packs[-1].append((piece, edits))
        free -= size
    return packs
