"""Reading: what is ours, what others wrote by hand, and whether all of it is in effect."""

import asyncio
import itertools
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple, TypeAlias

from reconciler.adapters.asterisk.files import MARKER, Lines, Shards, file_name, to_sections
from reconciler.adapters.asterisk.handwritten import wizard
from reconciler.adapters.asterisk.includes import FAMILIES_OF, fix_of, main_of, missing_include
from reconciler.adapters.asterisk.sections import FILES, Family, Line, Section
from reconciler.adapters.asterisk.session import Names, Session
from reconciler.adapters.asterisk.writing import Writer, marks_in
from reconciler.errors import Refused
from reconciler.transport.ami import Ami
from reconciler.transport.ami_config import ConfigFile
from reconciler.transport.ami_config import Section as RawSection

_NEVER_OBJECTS: Final = frozenset({"general", "globals", "global", "system"})
_BESIDE_CONTEXTS: Final = "globals"
"""Holds no object, but names that hand-written contexts use."""

_FEW: Final = 3
"""Up to so many hand-written sections are asked for one by one instead of the whole file."""


class Head(NamedTuple):
    """What Asterisk sees in a main file: names of sections, and whose mark (`Writer.let_in`)."""

    names: Names
    marks: frozenset[str]


Heads: TypeAlias = Mapping[str, Head]


async def read_heads(session: Session) -> Heads:
    """Return what Asterisk sees in each main file.

    For both it reads everything that the file lets in. So marks are asked for by the first login,
    and names by the other one, which has to be asked for our files, too: then neither waits long
    for the other.
    """
    files = [session.access.main_files[main] for main in FAMILIES_OF]

    async def names_in_each() -> Sequence[Names]:
        return await session.categories(files, by=await session.beside())

    names, marks = await asyncio.gather(names_in_each(), marks_in(session, files, by=session.ami))
    return dict(zip(FAMILIES_OF, map(Head, names, marks), strict=True))


async def read_names(session: Session) -> dict[str, Names]:
    """Return the names of sections in each main file, asked for by both logins."""
    mains = [*FAMILIES_OF]

    async def names_in_each(half: Sequence[str], by: Ami) -> dict[str, Names]:
        files = [session.access.main_files[main] for main in half]
        return dict(zip(half, await session.categories(files, by=by), strict=True))

    one, other = await asyncio.gather(
        names_in_each(mains[::2], session.ami),
        names_in_each(mains[1::2], await session.beside()),
    )
    return one | other


def families_in(heads: Heads) -> set[Family]:
    """Return the families of which main files show our mark."""
    marks = frozenset().union(*(head.marks for head in heads.values()))
    return {family for family in FILES if family in marks}


class Foreign(NamedTuple):
    """What stands in the main files beside ours.

    `leaked` are sections of ours that got lines of the main file's: those after the include line.
    `contents` are the answers of which all of this was made.
    """

    sections: tuple[Section, ...]
    leaked: tuple[str, ...]
    contents: tuple[bytes, ...] = ()

    def with_loaded(self, sections: tuple[Section, ...]) -> "Foreign":
        """Return it with dialplan that stands in no file that was read."""
        contents = (repr(sections).encode(),) if sections else ()
        return Foreign((*self.sections, *sections), self.leaked, (*self.contents, *contents))


async def read_foreign(session: Session, writer: Writer, heads: Heads) -> Foreign:
    """Read the hand-written sections, and prove on the way that our files are included.

    Raises Refused, with the line to add, if Asterisk does not load files that we wrote.
    """
    read = await asyncio.gather(
        *(_read_main(session, writer, *each) for each in heads.items()), _read_wizard(session)
    )
    found = zip(*read, strict=True)
    return Foreign(*(tuple(each for of_main in part for each in of_main) for part in found))


async def _read_main(session: Session, writer: Writer, main: str, head: Head) -> Foreign:
    file = session.access.main_files[main]
    for family in FAMILIES_OF[main]:
        if file_name(family, 0) in writer.shards.there and family not in head.marks:
            await _refuse_left_out(session, family)
    titles = itertools.chain.from_iterable(map(writer.shards.titles, FAMILIES_OF[main]))
    ours = Counter(map(str.lower, titles))
    shown = Counter(map(str.lower, head.names))
    left = [name for name, count in shown.items() if count > ours.get(name, 0)]
    names = [name for name in left if name not in _NEVER_OBJECTS]
    if not names:
        return Foreign((), ())
    if main == "ext" and _BESIDE_CONTEXTS in left:
        names.append(_BESIDE_CONTEXTS)
    if len(names) <= _FEW:
        logins = itertools.cycle((await session.beside(), session.ami))
        read = await asyncio.gather(
            *(session.config(file, category=name, by=next(logins)) for name in names)
        )
    else:
        read = [await session.config(file)]
    files = [each for each in read if each is not None]
    foreign = _foreign_of(main, [s for each in files for s in each.sections], writer.shards)
    return foreign._replace(contents=tuple(each.content for each in files))


async def _read_wizard(session: Session) -> Foreign:
    """Read the file in which phones and trunks stand in another form than in pjsip.conf."""
    file = await session.config(wizard.FILE, by=await session.beside())
    if file is None:
        return Foreign((), ())
    raw = [each for each in file.sections if not each.is_template]
    of_it = [each for each in to_sections("pjsip", raw) if Line("type", wizard.TYPE) in each.lines]
    return Foreign(tuple(of_it), (), (file.content,))


async def _refuse_left_out(session: Session, family: Family) -> None:
    """Raise Refused if there is a mark of ours that the main file does not show."""
    own = await session.config(file_name(family, 0), category=MARKER, templates=True)
    if own and own.names:
        files = session.access.main_files
        main = main_of(family)
        raise Refused(
            session.target.scope,
            f"reading {files[main]}",
            missing_include(family, files),
            hint=f"{fix_of(main, files[main])}\n"
            f"; reconciler doctor {session.target.scope} shows all that is missing",
        )


def _ours(
    shards: Shards, families: Iterable[Family], names: Collection[str]
) -> Iterator[RawSection]:
    """Yield our sections of these names (in lower case), reading no file that has none."""
    for family in families:
        for file in (shards.files[name] for name in shards.names(family)):
            if any(title.lower() in names for title in file.names):
                yield from (each for each in file.sections if not each.is_template)


def _foreign_of(main: str, raw: Sequence[RawSection], shards: Shards) -> Foreign:
    """Take our sections out of what Asterisk sees; what is left was written by others."""
    ours: dict[str, list[Lines]] = {}
    for section in _ours(shards, FAMILIES_OF[main], {each.name.lower() for each in raw}):
        ours.setdefault(section.name.lower(), []).append(section.lines)
    kept: list[Section] = []
    leaked: list[str] = []
    passed: set[str] = set()
    for section in raw:
        name = section.name.lower()
        own = ours.get(name, [])
        same = next((lines for lines in own if lines == section.lines), None)
        longer = next((x for x in own if x and section.lines[: len(x)] == x), None)
        is_beside = main == "ext" and name == _BESIDE_CONTEXTS
        if (name in _NEVER_OBJECTS and not is_beside) or section.is_template:
            continue
        if same is not None:
            own.remove(same)
            passed.add(name)
        elif longer is not None:
            own.remove(longer)
            leaked.append(section.name)
            passed.add(name)
        else:
            family: Family = FAMILIES_OF[main][0]
            if main == "pjsip" and ("type", "aor") in section.lines:
                family = "aor"
            behind = name in passed
            kept += (e._replace(behind=behind) for e in to_sections(family, (section,)))
    return Foreign(tuple(kept), tuple(leaked))


class OurSections:
    """Everything that our files hold, secrets as `Clear`; what was read again is not made again."""

    def __init__(self) -> None:
        self._files: dict[str, tuple[ConfigFile, tuple[Section, ...]]] = {}
        self._last: tuple[Section, ...] = ()

    def of(self, shards: Shards) -> tuple[Section, ...]:
        """Return all sections; the very same as last time if no file has changed."""
        names = [name for family in FILES for name in shards.names(family)]
        changed = [n for n in names if self._files.get(n, (None,))[0] is not shards.files[n]]
        if not changed and len(names) == len(self._files):
            return self._last
        for name in changed:
            file = shards.files[name]
            self._files[name] = file, tuple(to_sections(shards.families[name], file.sections))
        self._files = {name: self._files[name] for name in names}
        self._last = tuple(each for _, made in self._files.values() for each in made)
        return self._last


def contents_held(files: Mapping[str, str], heads: Heads, foreign: Foreign) -> Iterator[bytes]:
    """Yield all of which objects and edits are made, as it was read: of our files the traces."""
    yield repr(
        sorted((main, head.names, sorted(head.marks)) for main, head in heads.items())
    ).encode()
    yield repr(sorted(files.items())).encode()
    yield from foreign.contents


async def count_calls(session: Session) -> int:
    """Return how many calls are up; a call has several legs."""
    answer = await session.list("CoreShowChannels", doing="counting calls")
    return len({event.get("Linkedid") for event in answer.events})
