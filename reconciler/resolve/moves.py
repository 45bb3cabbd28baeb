"""Moves and removals, judged by what is declared."""

from collections.abc import Container, Iterable

from reconciler.diagnostics.codes import found
from reconciler.diagnostics.diagnostic import Diagnostic
from reconciler.model.address import Address
from reconciler.model.resource import Moved, Removed
from reconciler.resolve.index import Index


def checked_moves(
    moved: Iterable[Moved], index: Index, problems: list[Diagnostic]
) -> tuple[Moved, ...]:
    """Return the moves that make sense: from what is gone to what is there, each once."""
    good: list[Moved] = []
    sources: set[Address] = set()
    destinations: set[Address] = set()
    for move in moved:
        source, destination, place = move
        says = None
        if destination not in index.items and not index.is_excused(
            destination.kind, destination.key
        ):
            says = f"{destination} is not declared, so nothing can have moved there."
        elif source in index.items:
            at = index.items[source].declaration
            says = f"{source} is still declared ({at.place.file}:{at.line})."
        elif source in sources:
            says = f"{source} is said to have moved twice."
        elif destination in destinations:
            says = f"Two things are said to have moved to {destination}."
        if says:
            problems.append(found("bad-move", says, place))
            continue
        sources.add(source)
        destinations.add(destination)
        good.append(move)
    return tuple(good)


def checked_removals(
    removed: Iterable[Removed], index: Index, moved: Container[Address], problems: list[Diagnostic]
) -> tuple[Removed, ...]:
    """Return the removals of things that are no longer declared."""
    good: list[Removed] = []
    for removal in removed:
        address = removal.address
        says = None
        if address in index.items:
            at = index.items[address].declaration
            says = f"{address} is still declared ({at.place.file}:{at.line})."
        elif address in moved:
            says = f"{address} is also said to have moved."
        elif any(each.address == address for each in good):
            says = f"{address} is removed twice."
        if says:
            problems.append(found("bad-removal", says, removal.origin.at("address")))
        else:
            good.append(removal)
    return tuple(good)
