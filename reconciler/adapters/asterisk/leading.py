"""Where lines of the index lead: those that lead to nothing are what a deletion by hand left. Pure.

A number's rows, a route's include, a trunk's contexts: each is written for one object. When
somebody deletes that object's own sections, they stay, and are no edit of their own.
"""

import re
from collections.abc import Collection, Mapping
from typing import Final

from reconciler.adapters.asterisk.carrier import Pairs, Place
from reconciler.adapters.asterisk.owner import Owner, owner_of

_CONTEXT: Final = re.compile(r"rec-[^,)\s]+")
_OF_TRUNK: Final = re.compile(r"rec-(?:inbound|last)-(?P<key>.+)")


def dead_lines(
    place: Place, index: Mapping[Place, Pairs], there: Collection[Owner]
) -> dict[tuple[str, str], Owner]:
    """Return the lines of a section that lead only to what is not there, with what that was."""
    found: dict[tuple[str, str], Owner] = {}
    numbers = _numbers(index[place])
    for pair in index[place]:
        owners = _led_to(pair, index) or numbers.get(_number(pair), frozenset())
        if owners and owners.isdisjoint(there):
            found[pair] = min(owners)
    return found


def dead_section(
    place: Place, index: Mapping[Place, Pairs], there: Collection[Owner]
) -> Owner | None:
    """Return what a section was written for that is not there; None if it is, or nobody knows."""
    if trunk := _OF_TRUNK.fullmatch(place.name):
        owner = Owner("trunk", trunk["key"])
        return None if owner in there else owner
    dead = dead_lines(place, index, there)
    return min(dead.values()) if index[place] and set(index[place]) == dead.keys() else None


def _led_to(pair: tuple[str, str], index: Mapping[Place, Pairs]) -> frozenset[Owner]:
    """Return the objects that a line names by their contexts, those behind a bucket included."""
    found: set[Owner] = set()
    for name in _CONTEXT.findall(pair[1]):
        place = Place("ext", name)
        if owner := owner_of(place, ()):
            found.add(owner)
        elif pair[0] == "include" and place in index:
            found.update(*_numbers(index[place]).values())
    return frozenset(found)


def _numbers(pairs: Pairs) -> dict[str, frozenset[Owner]]:
    """Return the objects to which the numbers of a bucket lead, by number."""
    found: dict[str, frozenset[Owner]] = {}
    for variable, text in pairs:
        if variable == "exten":
            names = (owner_of(Place("ext", name), ()) for name in _CONTEXT.findall(text))
            number = _number((variable, text))
            found[number] = found.get(number, frozenset()) | {e for e in names if e is not None}
    return found


def _number(pair: tuple[str, str]) -> str:
    """Return the number that a line stands under: a hint stands beside the row that leads on."""
    return pair[1].partition(",")[0] if pair[0] == "exten" else ""
