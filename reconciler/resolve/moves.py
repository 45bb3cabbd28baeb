"""Moves and removals, judged by what is declared."""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from reconciler.diagnostics.codes import found
from reconciler.diagnostics.diagnostic import Diagnostic
from reconciler.kinds.all_traits import TRAITS
from reconciler.model.address import Address
from reconciler.model.resource import Moved, Removed
from reconciler.resolve.index import Index


def checked_moves(
    moved: Iterable[Moved], index: Index, problems: list[Diagnostic]
) -> tuple[Moved, ...]:
    """Return the moves that make sense: from what is gone to what is there, each once.

    Moves that were written one after the other (A to B, later B to C) lead to where the last one
    ends: A to C and B to C, the nearest first. A journal may know the object by any of its names.
    A PBX that has another name takes all along that is declared on it.
    """
    moves = tuple(_one_by_one(tuple(moved), index, problems))
    onward: dict[Address, Address] = {}
    for each in moves:
        onward.setdefault(each.source, each.destination)
    seen: dict[str, set[Address]] = {"from": set(), "to": set(), "round": set()}
    good: list[tuple[int, Moved]] = []
    for move in moves:
        way = _way(move.source, onward)
        wrong = _what_is_wrong(move, way, onward, index, seen)
        if wrong is None:
            steps = next((n for n, at in enumerate(way) if n and at in index), len(way) - 1)
            good.append((steps, move._replace(destination=way[steps])))
        elif wrong.says:
            problems.append(found("bad-move", wrong.says, move.origin, hint=wrong.hint))
    return tuple(move for _, move in sorted(good, key=lambda each: each[0]))


def _one_by_one(
    moved: Sequence[Moved], index: Index, problems: list[Diagnostic]
) -> Iterator[Moved]:
    """Yield the moves; in place of one of a PBX those of all that is declared on it."""
    said = {each.destination for each in moved}
    for move in moved:
        source, destination, origin = move
        if source.kind != "pbx":
            yield move
        elif source in index.items:
            at = index.items[source].declaration
            says = f"{source} is still declared ({at.place.file}:{at.line})."
            problems.append(found("bad-move", says, origin))
        elif destination not in index.items:
            says = f"{destination} is not declared, so nothing can have moved there."
            if not index.is_excused(destination.kind, destination.key):
                problems.append(found("bad-move", says, origin))
        else:
            there = [each for each in index.items if each not in said]
            # What has got another number as well was under its former one before.
            there += [each.source for each in moved]
            for each in sorted(set(there)):
                if each.scope == destination.key and TRAITS[each.kind].scope == "pbx":
                    yield Moved(each._replace(scope=source.key), each, origin)


def _way(source: Address, onward: Mapping[Address, Address]) -> list[Address]:
    """Return the addresses from one to the next, up to the last or to one that comes up again."""
    way = [source]
    while way[-1] in onward and way[-1] not in way[:-1]:
        way.append(onward[way[-1]])
    return way


class _Wrong(NamedTuple):
    """Why a move makes no sense; nothing to say when that was said of another one."""

    says: str = ""
    hint: str | None = None


def _what_is_wrong(
    move: Moved,
    way: Sequence[Address],
    onward: Mapping[Address, Address],
    index: Index,
    seen: Mapping[str, set[Address]],
) -> _Wrong | None:
    source, destination, _ = move
    if way[-1] in way[:-1]:
        if not seen["round"].isdisjoint(way):
            return _Wrong()
        seen["round"].update(way)
        return _in_a_round(way[way.index(way[-1]) : -1])
    if source in index:
        place, line = index.written(source)
        says = f"{source} is still declared ({place.file}:{line})"
        if source not in onward.values():
            return _Wrong(f"{says}.")
        return _Wrong(
            f"{says}, because something else is said to have moved there.",
            f"one after the other: leave the move to {source} out, apply, and only then write it",
        )
    if source in seen["from"]:
        return _Wrong(f"{source} is said to have moved twice.")
    if destination in seen["to"]:
        return _Wrong(f"Two things are said to have moved to {destination}.")
    seen["from"].add(source)
    seen["to"].add(destination)
    if any(each in index for each in way[1:]) or destination in onward:
        return None
    if index.is_excused(destination.kind, destination.key):
        return None
    return _Wrong(
        f"{destination} is not declared, so nothing can have moved there.",
        f"take this move out, if {destination} has left since; or declare it",
    )


def _in_a_round(round_: Sequence[Address]) -> _Wrong:
    first, second = round_[0], round_[1]
    return _Wrong(
        f"{' and '.join(str(each) for each in round_)} are said to change places: once that is "
        f"done, nobody could tell it from what was there before.",
        f"move {second.kind}/{second.key} to a free address and {first.kind}/{first.key} to "
        f"{second.kind}/{second.key}; apply that, then move the other one from there to its place",
    )


def checked_removals(
    removed: Iterable[Removed], index: Index, moved: Container[Address], problems: list[Diagnostic]
) -> tuple[Removed, ...]:
    """Return the removals of things that are no longer declared."""
    good: list[Removed] = []
    for removal in removed:
        address = removal.address
        says = None
        if address in index:
            place, line = index.written(address)
            says = f"{address} is still declared ({place.file}:{line})."
        elif address in moved:
            says = f"{address} is also said to have moved."
        elif any(each.address == address for each in good):
            says = f"{address} is removed twice."
        if says:
            problems.append(found("bad-removal", says, removal.origin.at("address")))
        else:
            good.append(removal)
    return tuple(good)
