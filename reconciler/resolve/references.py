"""References: every one must lead somewhere, and becomes a need of the one who refers."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple, TypeAlias

from reconciler.diagnostics.codes import found
from reconciler.diagnostics.diagnostic import Diagnostic, Related
from reconciler.diagnostics.place import PathPart, Place
from reconciler.diagnostics.suggest import closest
from reconciler.kinds.all_traits import TRAITS
from reconciler.kinds.destination import DESTINATION_KINDS, Destination, parse_destination
from reconciler.kinds.marks import DestinationMark
from reconciler.kinds.words import one_of, title_of
from reconciler.model.address import Address
from reconciler.model.value import Fields
from reconciler.resolve.index import Index, Item
from reconciler.resolve.mentions import Mark, mentions
from reconciler.resolve.scope import Scope

_OUTSIDE = re.compile(r"\+[0-9]{2,20}|external/\+?[0-9*#]{1,32}|[0-9]{7,20}")
"""Outside numbers in a field that takes extensions, too. Short digits without a plus are taken
for an extension, so that a slip of the finger is found."""


class Wanted(NamedTuple):
    """What a reference that leads nowhere was looking for."""

    kinds: tuple[str, ...]
    scope: Scope
    key: str


Lead: TypeAlias = Address | Wanted | None
"""Where a reference leads: an address, nowhere, or None for the outside world and hanging up."""

Suggestion: TypeAlias = tuple[str | None, tuple[Related, ...]]
"""What was probably meant, in words, and where that stands."""

PlaceOf = Callable[[str, tuple[PathPart, ...]], Place]
"""Turns a field's path and the path below it into its place."""


class _Table(NamedTuple):
    """Addresses by key for plain references, by word and key for destinations.

    `is_needed` is False for things of the workspace: no platform holds them.
    """

    keys: tuple[Mapping[str, Address], ...]
    by_kind: Mapping[str, Mapping[str, Address]]
    is_needed: bool = True

    def find(self, text: str) -> Address | None:
        """Return where a plain reference leads; None if it takes a closer look."""
        for known in self.keys:
            address = known.get(text)
            if address is not None:
                return address
        if self.by_kind:
            kind, _, key = text.partition("/")
            of_kind = self.by_kind.get(kind)
            return of_kind.get(key) if of_kind is not None else None
        return None


class References:
    """Looks references up."""

    def __init__(self, index: Index, problems: list[Diagnostic]) -> None:
        self._index = index
        self._problems = problems
        self._tables: dict[Scope, dict[int, _Table]] = {}
        """By scope, then by the mark (its id: marks live as long as the kinds)."""
        self._reported: set[tuple[Place, str]] = set()

    def needs(self, item: Item, fields: Fields, place_of: PlaceOf) -> tuple[Address, ...]:
        """Return the addresses that an item's fields refer to, in order of appearance.

        References that lead nowhere are findings. Things of the workspace (templates) are
        checked, but are no needs, because no platform holds them.
        """
        address, declaration, scope = item
        needed: dict[Address | None, None] = {}
        tables = self._tables.get(scope)
        if tables is None:
            tables = self._tables[scope] = {}
        for mark, text, path, at in mentions(declaration.model, fields):
            table = tables.get(id(mark))
            if table is None:
                table = tables[id(mark)] = self._table(mark, scope)
            lead: Lead = table.find(text)
            if lead is None:
                lead = self._follow(mark, text, scope)
            if lead.__class__ is Wanted:
                self._dangling(item, lead, text, place_of(path, at))
            elif table.is_needed:
                needed[lead] = None  # type: ignore[index]
        if not needed:
            return ()
        needed.pop(None, None)
        needed.pop(address, None)
        return tuple(needed)  # type: ignore[arg-type]

    def _table(self, mark: Mark, scope: Scope) -> "_Table":
        """Return where most references of a mark lead: plainly to what the scope declares."""
        if isinstance(mark, DestinationMark):
            kinds = {kind: kind for kind in DESTINATION_KINDS if kind in TRAITS}
            kinds["voicemail"] = "extension"
            by_kind = {word: self._keys(kind, scope) for word, kind in kinds.items()}
            return _Table((), by_kind)
        keys = tuple(self._keys(kind, scope) for kind in mark.kinds)
        return _Table(keys, {}, any(TRAITS[kind].scope != "workspace" for kind in mark.kinds))

    def _follow(self, mark: Mark, text: str, scope: Scope) -> Lead:
        if isinstance(mark, DestinationMark):
            return self._destination(parse_destination(text), text, scope)
        if mark.external and _OUTSIDE.fullmatch(text):
            return None  # an extension of so many digits was found before
        pbx, colon, key = text.partition(":")
        if colon and pbx in self._index.keys("pbx", ""):
            scope = scope._replace(pbx=pbx)
        else:
            key = text
        return self._one_of(mark.kinds, key, scope)

    def _destination(self, to: Destination | None, text: str, scope: Scope) -> Lead:
        if to is None:
            return None if _OUTSIDE.fullmatch(text) else Wanted((), scope, text)
        if to.kind in ("hangup", "external"):
            return None
        if to.pbx:
            if to.pbx not in self._index.keys("pbx", ""):
                return self._one_of(("pbx",), to.pbx, scope)
            scope = scope._replace(pbx=to.pbx)
        kind = "extension" if to.kind == "voicemail" else to.kind
        return self._one_of((kind,), to.key, scope)

    def _one_of(self, kinds: tuple[str, ...], key: str, scope: Scope) -> Lead:
        for kind in kinds:
            address = self._keys(kind, scope).get(key)
            if address is not None:
                return None if TRAITS[kind].scope == "workspace" else address
        for kind in kinds:
            where = TRAITS[kind].scope
            of_nobody = where != "workspace" and scope.of(where) not in self._index.keys(where, "")
            if of_nobody or self._index.is_excused(kind, key):
                return None
        return Wanted(kinds, scope, key)

    def _keys(self, kind: str, scope: Scope) -> Mapping[str, Address]:
        traits = TRAITS.get(kind)
        return {} if traits is None else self._index.keys(kind, scope.of(traits.scope))

    def _dangling(self, item: Item, wanted: Wanted, text: str, place: Place) -> None:
        if (place, text) in self._reported:
            return
        self._reported.add((place, text))
        address = item.address
        who = f"{title_of(address.kind)} {address.key}"
        kinds = " or ".join(kind.replace("_", " ") for kind in wanted.kinds) or "destination"
        where = self._where(wanted)
        such = f"such {kinds}" if len(wanted.kinds) == 1 else "such thing"
        hint, related = self._suggestion(wanted)
        self._problems.append(
            found(
                "unknown-reference",
                f'{who} refers to {kinds} "{wanted.key}", but {where} no {such}.',
                place,
                hint=hint,
                related=related,
            )
        )

    def _where(self, wanted: Wanted) -> str:
        scope = TRAITS[wanted.kinds[0]].scope if wanted.kinds else "workspace"
        if scope == "workspace":
            return "the files declare"
        return f'{scope} "{wanted.scope.of(scope)}" declares'

    def _suggestion(self, wanted: Wanted) -> Suggestion:
        """Return what was probably meant, and where that stands."""
        known = self._left(wanted) or self._too_much(wanted) or self._another_kind(wanted)
        if known is not None:
            return known
        for kind in wanted.kinds:
            keys = self._keys(kind, wanted.scope)
            near = closest(wanted.key, keys)
            if near is not None:
                # Another number is as sound as this one: it may be no slip of the finger at all.
                gone = "take it out here if it has left, or " if wanted.key.isdecimal() else ""
                return f'{gone}did you mean "{near}"?', (self._declared_at(keys[near]),)
        for kind in wanted.kinds:
            if TRAITS[kind].scope != "pbx":
                continue
            for pbx in self._index.keys("pbx", ""):
                address = self._index.keys(kind, pbx).get(wanted.key)
                if address is not None:
                    written = f"{pbx}:{kind}/{wanted.key}"
                    return f'did you mean the one of "{pbx}", {written}?', (
                        self._declared_at(address),
                    )
        return None, ()

    def _left(self, wanted: Wanted) -> Suggestion | None:
        """Say of what has moved where it is now, and of what was removed that it was meant."""
        index = self._index
        for kind in wanted.kinds:
            at = Address(kind, wanted.scope.of(TRAITS[kind].scope), wanted.key)
            moves = 0
            while at not in index and at in index.moved and moves < len(index.moved):
                at, moves = index.moved[at], moves + 1
            if moves and at in index:
                return f'it has moved: write "{at.key}"', (self._declared_at(at),)
            if at in index.removed:
                where = Related(index.removed[at], "")
                return "take it out here, too: it was removed on purpose", (where,)
        return None

    def _too_much(self, wanted: Wanted) -> Suggestion | None:
        """Where a number or name is asked for, and a destination stands."""
        kind, slash, key = wanted.key.partition("/")
        kind = "extension" if kind == "voicemail" else kind
        address = self._keys(kind, wanted.scope).get(key) if slash else None
        if address is None or kind not in wanted.kinds:
            return None
        return f'write it without the kind: "{key}"', (self._declared_at(address),)

    def _another_kind(self, wanted: Wanted) -> Suggestion | None:
        key = wanted.key.rpartition("/")[2]
        for kind, traits in TRAITS.items():
            address = self._keys(kind, wanted.scope).get(key) if traits.scope == "pbx" else None
            if address is not None and kind not in wanted.kinds and wanted.kinds:
                return f"{key} is {one_of(kind)} here", (self._declared_at(address),)
        return None

    def _declared_at(self, address: Address) -> Related:
        return Related(self._index.written(address)[0].key(), "")


def check_cycles(items: Iterable[Item], field: str, problems: list[Diagnostic]) -> frozenset[str]:
    """Report items that build on each other in a circle by a field; return their keys."""
    items = list(items)
    parents = {each.address.key: each.declaration.entry.__dict__.get(field) for each in items}
    by_key = {each.address.key: each for each in items}
    circling: set[str] = set()
    done: set[str] = set()
    for start in parents:
        path: list[str] = []
        key: str | None = start
        while key in by_key and key not in done and key not in path:
            path.append(key)
            key = parents[key]
        if key in path:
            circle = path[path.index(key) :]
            circling |= set(circle)
            problems.append(_circle([by_key[each] for each in circle], field))
        done |= set(path)
    return frozenset(circling)


def _circle(circle: list[Item], field: str) -> Diagnostic:
    chain = " -> ".join(each.address.key for each in (*circle, circle[0]))
    first = circle[0]
    lines = ", ".join(f"{i.declaration.place.file}:{i.declaration.line}" for i in circle[1:])
    rest = f" (the others: {lines})" if lines else ""
    return found(
        "reference-cycle",
        f"{first.address.kind.capitalize()} {chain}: each {field} the next, without end{rest}.",
        first.declaration.place.at(field),
        hint=f"remove one {field}",
    )
