"""Shard files as values: what our files hold, and which edits turn that into what is wanted. Pure.

An object's sections of one family stand in one file (the shard is a stable hash of the object), so
that they change together in one all-or-nothing request. A section that is found in another file,
because the number of shards was different once, is edited where it is.

Section names are compared without regard to case, as Asterisk does: a second `[Sales]` beside
`[sales]` is refused by NewCat (seen on 22.10.1).
"""

import re
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Final, NamedTuple

from reconciler.adapters.asterisk.places import Places
from reconciler.adapters.asterisk.sections import FILES, Family, Line, Section
from reconciler.model.secret import Clear, Secret
from reconciler.model.step import Request
from reconciler.transport.ami_config import ConfigFile, Edit
from reconciler.transport.ami_config import Section as RawSection

MARKER: Final = "rec-included"
"""A template in the first shard of each family. Templates are loaded by no module, but GetConfig
can show them: if the main file does not show this one, it does not include our files."""

SHARING: Final[frozenset[Family]] = frozenset({"vm"})
"""Families in which objects share sections (voicemail contexts)."""

_VARIABLE = re.compile(r"[^\s=;\[\]#>(][^=;\[\]\x00-\x1f\x7f]*(?<![\s>])")


class Unsound(Exception):
    """A request that would damage a file: our bug. The message holds no values."""


class Key(NamedTuple):
    """What an object owns: a whole section (`variable` is None), or its lines in a shared one."""

    family: Family
    name: str
    variable: str | None = None


Lines = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Wish:
    """What one object should have in our files: lines by key in order, None for nothing."""

    owner: str
    wanted: Mapping[Key, Lines | None] = field(repr=False)
    names: Mapping[Key, str] = field(default_factory=dict)

    @property
    def families(self) -> frozenset[Family]:
        """The families in which the object has or had something."""
        return frozenset(key.family for key in self.wanted)

    def only(self, families: Collection[Family]) -> "Wish":
        """Return the part of the wish that is about these families."""
        wanted = {key: lines for key, lines in self.wanted.items() if key.family in families}
        return Wish(self.owner, wanted, self.names)

    def and_also(self, other: "Wish") -> "Wish":
        """Return both wishes of one object as one."""
        return Wish(self.owner, {**self.wanted, **other.wanted}, {**self.names, **other.names})


def read_wishes(requests: Iterable[Request]) -> tuple[Wish, ...]:
    """Turn `put` and `drop` requests into what each object should have, a later one winning.

    Raises Unsound for a request that no file would survive.
    """
    by_owner: dict[str, list[Request]] = {}
    for request in requests:
        if request.verb not in {"put", "drop"}:
            raise Unsound(f"verb {request.verb!r} is not for writing")
        by_owner.setdefault(str(request.args["object"]), []).append(request)
    return tuple(_read_wish(owner, of_one) for owner, of_one in by_owner.items())


def families_of(request: Request) -> set[Family]:
    """Return the families that a request names, as far as they exist."""
    named = (*request.args.get("sections", ()), *request.args.get("drop", ()))
    return {each[0] for each in named if each[0] in FILES}


def _read_wish(owner: str, requests: Iterable[Request]) -> Wish:
    wanted: dict[Key, Lines | None] = {}
    names: dict[Key, str] = {}

    def want(key: Key, name: str, lines: Lines | None) -> None:
        _check_name(name)
        wanted[key] = lines
        names[key] = name

    own_line = owner.partition("/")[2]
    for request in requests:
        for family, name, shared in request.args.get("drop", ()):
            _check_family(family)
            want(Key(family, name.lower(), own_line if shared else None), name, None)
        seen: set[Key] = set()
        for family, name, shared, pairs in request.args.get("sections", ()):
            _check_family(family)
            lines = tuple((_checked_variable(variable), _plain(text)) for variable, text in pairs)
            variables = dict.fromkeys(variable for variable, _ in lines) if shared else (None,)
            for variable in variables:
                key = Key(family, name.lower(), variable)
                if key in seen:
                    raise Unsound(f"{owner} has two sections [{name}] in family {family}")
                seen.add(key)
                own = lines if variable is None else tuple(x for x in lines if x[0] == variable)
                want(key, name, own)
    return Wish(owner, wanted, names)


def _plain(text: object) -> str:
    if isinstance(text, str):
        return text
    if isinstance(text, Clear):
        return text.reveal()
    if isinstance(text, (list, tuple)):
        return "".join(_plain(part) for part in text)
    if isinstance(text, Secret):
        raise Unsound("a secret was not revealed before sending")
    raise Unsound(f"a value of type {type(text).__name__} cannot be a line")


def _checked_variable(variable: str) -> str:
    if not _VARIABLE.fullmatch(variable):
        raise Unsound(f"{variable!r} cannot be the name of a line")
    return variable


def _check_family(family: str) -> None:
    if family not in FILES:
        raise Unsound(f"{family!r} is not a family of files")


def _check_name(name: str) -> None:
    bad = set("[];#(),\r\n")
    if not name or name != name.strip() or bad & set(name) or name.lower() == MARKER:
        raise Unsound(f"{name!r} cannot be the name of a section")


def file_name(family: Family, shard: int) -> str:
    """Return the name of a shard file."""
    return FILES[family].format(shard=shard)


def shard_of(owner: str, shards: int) -> int:
    """Return the shard in which an object's new sections go; the same on every machine."""
    return zlib.crc32(owner.encode()) % shards


class Shards:
    """What our files hold, as far as they were read, kept up to date while edits are planned.

    What stands where is made out family by family, once somebody asks.
    """

    def __init__(self, shards: int) -> None:
        self.count = shards
        self.files: dict[str, ConfigFile] = {}
        self.families: dict[str, Family] = {}
        self.there: set[str] = set()
        """Names of files that exist."""
        self._titles = {family: Places() for family in FILES}
        """Where sections stood, by their names in lower case."""
        self._variables = {family: Places() for family in SHARING}
        """Where lines stood, by their names, whatever their section."""
        self._unread: dict[Family, list[str]] = {}
        """Files that came since somebody asked last, by family."""

    def load(self, family: Family, name: str, file: ConfigFile) -> None:
        """Take what a file holds, instead of what was known of it."""
        if self.files.get(name) is file and name in self.there:
            return  # it was read again, and is as it was
        self.drop(name)
        self.families[name] = family
        self.there.add(name)
        self.files[name] = file
        self._unread.setdefault(family, []).append(name)

    def drop(self, name: str) -> None:
        """Take it that a file does not exist."""
        self.there.discard(name)
        if self.files.pop(name, None) is not None:
            for each in self._indexes(self.families[name]):
                each.forget(name)

    def names(self, family: Family) -> list[str]:
        """Return the names of a family's files, in order."""
        return sorted(name for name in self.files if self.families[name] == family)

    def of(self, family: Family) -> Iterator[RawSection]:
        """Yield all sections of a family, file by file."""
        return (section for name in self.names(family) for section in self.files[name].sections)

    def titles(self, family: Family) -> Iterator[str]:
        """Yield the names of a family's sections, which is quicker than to ask for these."""
        return chain.from_iterable(self.files[name].names for name in self.names(family))

    def _indexes(self, family: Family) -> list[Places]:
        return [each[family] for each in (self._titles, self._variables) if family in each]

    def _with_section(self, key: Key) -> Sequence[str]:
        """Return the files in which a section with the name of a key's stood."""
        self._note_unread(key.family)
        return self._titles[key.family].of(key.name)

    def _with_line(self, key: Key) -> Sequence[str]:
        """Return the files in which a line with the name of a key's may have stood."""
        if key.variable is None or key.family not in SHARING:
            return self._with_section(key)
        self._note_unread(key.family)
        return self._variables[key.family].of(key.variable)

    def _note_unread(self, family: Family) -> None:
        for name in self._unread.pop(family, ()):
            if name in self.files:
                self._note(family, name, self.files[name])

    def _note(self, family: Family, name: str, file: ConfigFile) -> None:
        """Remember what stands in a file."""
        self._titles[family].note(name, map(str.lower, file.names))
        if family in SHARING:
            self._variables[family].note(name, file.variables)

    def holds(self, key: Key) -> Lines | None:
        """Return the lines under a key, from whichever files hold them; None for nothing."""
        places = self.places(key)
        return tuple(pair for name in places for pair in self._lines(name, key)) if places else None

    def places(self, key: Key) -> list[str]:
        """Return the files that hold something under a key."""
        return [name for name in self._with_line(key) if self._has(name, key)]

    def values(self, family: Family, section: str, variable: str) -> list[str]:
        """Return the values of a variable in a section, in order."""
        key = Key(family, section.lower())
        lines = (pair for name in self._with_section(key) for pair in self._lines(name, key))
        return [value for name, value in lines if name == variable]

    def holds_as(self, wish: Wish) -> bool:
        """Whether everything is as wished already."""
        return all(self.holds(key) == lines for key, lines in wish.wanted.items())

    def files_of(self, wishes: Iterable[Wish]) -> dict[str, Family]:
        """Return the files that have to be edited, if any, to make these wishes true."""
        return {
            name: key.family
            for wish in wishes
            for key in wish.wanted
            for name in (*self.places(key), self._home(wish, key))
        }

    def _home(self, wish: Wish, key: Key) -> str:
        return file_name(key.family, shard_of(wish.owner, self.count))

    def _sections(self, name: str, key: Key) -> Sequence[RawSection]:
        if name not in self._with_section(key) or name not in self.files:
            return ()  # as in most of them
        return [each for each in self.files[name].sections if each.name.lower() == key.name]

    def _has(self, name: str, key: Key) -> bool:
        if key.variable is None:
            return bool(self._sections(name, key))
        return any(True for _ in self._lines(name, key))

    def _lines(self, name: str, key: Key) -> Iterator[tuple[str, str]]:
        for section in self._sections(name, key):
            for pair in section.lines:
                if key.variable is None or pair[0] == key.variable:
                    yield pair

    def edits(self, wish: Wish) -> dict[str, list[Edit]]:
        """Return the edits by file that make the wish true, and take them as done.

        Nothing is written for what is as wished already. New keys go to the object's own shard,
        next to what is replaced if there is something.
        """
        found: dict[str, list[Edit]] = {}
        for key, lines in wish.wanted.items():
            places = self.places(key)
            home = places[0] if places else self._home(wish, key)
            self.families.setdefault(home, key.family)
            for name in dict.fromkeys((*places, home)):
                wanted = lines if name == home else None
                edits = self._replace(name, key, wish.names.get(key, key.name), wanted)
                if edits:
                    found.setdefault(name, []).extend(edits)
        return found

    def _replace(self, name: str, key: Key, title: str, lines: Lines | None) -> list[Edit]:
        present = self._sections(name, key)
        held = tuple(self._lines(name, key))
        exists = bool(present) if key.variable is None else bool(held)
        if (not exists and lines is None) or (
            exists and lines is not None and held == lines and len(present) == 1
        ):
            return []
        if key.variable is None:
            kept, edits = _rewrite(present, title, lines)
        else:
            # As it stands in the file: the name's case may differ from the wished one.
            title = present[0].name if present else title
            kept, edits = _share(present, title, key.variable, held, lines)
        file = self.files.get(name)
        others = file.sections if file else ()
        if present:
            others = tuple([each for each in others if each.name.lower() != key.name])
        self.files[name] = ConfigFile(sections=others if kept is None else (*others, kept))
        if kept is not None:
            self._note(key.family, name, ConfigFile(sections=(kept,)))
        return edits


def _appends(title: str, lines: Lines) -> list[Edit]:
    return [Edit("Append", title, variable, value) for variable, value in lines]


def _rewrite(
    present: Sequence[RawSection], title: str, lines: Lines | None
) -> tuple[RawSection | None, list[Edit]]:
    """Replace a whole section.

    By DelCat and NewCat: EmptyCat would keep the place, but leaves a blank line for every line it
    empties, and the file grows with every change (seen: 12 lines became 198 in 60 changes).
    """
    edits = [Edit("DelCat", present[0].name)] if present else []
    if lines is None:
        return None, edits
    return RawSection(title, (), lines), [*edits, Edit("NewCat", title), *_appends(title, lines)]


def _share(
    present: Sequence[RawSection],
    title: str,
    variable: str,
    held: Lines,
    lines: Lines | None,
) -> tuple[RawSection | None, list[Edit]]:
    """Replace one object's lines in a section that others share; an emptied section goes."""
    rest = tuple(pair for each in present for pair in each.lines if pair[0] != variable)
    kept = RawSection(title, (), (*rest, *(lines or ())))
    if held and not rest and not lines:
        return None, [Edit("DelCat", title)]
    if lines is not None and len(held) == len(lines) == len(present) == 1:
        return kept, [Edit("Update", title, variable, lines[0][1])]
    edits = [Edit("Delete", title, variable)] if held else []
    if not present:
        edits = [Edit("NewCat", title)]
    return kept, [*edits, *_appends(title, lines or ())]


def line_count(edits: Iterable[Edit]) -> int:
    """Return how many lines of a request these edits take."""
    return sum(edit.lines for edit in edits)


def undo_of(wish: Wish, before: Shards) -> Wish:
    """Return the wish that puts an object back to what it is in `before`."""
    return Wish(wish.owner, {key: before.holds(key) for key in wish.wanted}, wish.names)


_QUIET: Final = frozenset(
    {"password", "password_digest", "md5_cred", "oauth_secret", "refresh_token", "secret"}
)


def is_quiet(variable: str) -> bool:
    """Whether a line of this name holds a secret."""
    return variable in _QUIET


def to_sections(family: Family, raw: Iterable[RawSection]) -> Iterator[Section]:
    """Return raw sections as the kind files know them, with values that hold secrets as `Clear`."""
    for each in raw:
        if each.name.lower() == MARKER or each.is_template:
            continue
        shared = family in SHARING and each.name.lower() != "general"
        if shared or not _QUIET.isdisjoint([name for name, _ in each.lines]):
            lines = tuple(
                [
                    Line(name, Clear(value) if shared or is_quiet(name) else value)
                    for name, value in each.lines
                ]
            )
        else:
            lines = tuple(map(Line._make, each.lines))
        yield Section(family, each.name, lines, shared)
