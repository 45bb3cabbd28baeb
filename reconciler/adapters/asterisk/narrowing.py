"""Narrowing: single objects are read from the few files in which they can stand. Pure.

Only what is known by its number: all its sections have the number in their names, whoever wrote
them, or are lines under the number. So it can be said which files may hold anything of it, and
whether the main files show anything of that name which those do not hold.
"""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from itertools import chain
from typing import Final

from reconciler.adapters.asterisk.files import (
    SHARING,
    Shards,
    file_name,
    shard_of,
    to_sections,
)
from reconciler.adapters.asterisk.includes import FAMILIES_OF
from reconciler.adapters.asterisk.sections import FILES, Family, Section
from reconciler.model.address import Address
from reconciler.model.extent import Extent
from reconciler.transport.ami_config import ConfigFile

_MANY: Final = 40
"""From so many objects on, reading everything is quicker."""


def is_narrow(extent: Extent) -> bool:
    """Whether what is asked can be read without reading everything."""
    asked = extent.objects | extent.mentioned
    few = 0 < len(asked) < _MANY
    return not extent.kinds and few and all(each.key.isdigit() for each in asked)


def files_with(asked: Collection[Address], shards: Shards) -> dict[str, Family]:
    """Return the files that hold anything of these objects, or would if we wrote them."""
    owners = [f"{each.kind}/{each.key}" for each in asked]
    homes = {
        file_name(family, shard_of(owner, shards.count)): family
        for owner in owners
        for family in FILES
    }
    keys = {each.key for each in asked}
    named = _named(asked)
    holding = {
        name: shards.families[name]
        for name, file in shards.files.items()
        if any(map(named, file.names)) or _holds(shards.families[name], file, keys)
    }
    return {**homes, **holding}


def _named(asked: Iterable[Address]) -> Callable[[str], object]:
    """Return what tells names with one of these numbers in them."""
    return re.compile("|".join(sorted({re.escape(each.key) for each in asked}))).search


def _holds(family: Family, file: ConfigFile, keys: Collection[str]) -> bool:
    return family in SHARING and not file.variables.isdisjoint(keys)


def shows_others(
    seen: Mapping[str, Iterable[str]], shards: Shards, asked: Collection[Address]
) -> bool:
    """Whether main files show sections, with these numbers in their names, that are not in ours.

    Or do not show some that are. `seen` are the names of all sections by main file.
    """
    named = _named(asked)

    def count(names: Iterable[str]) -> Counter[str]:
        return Counter(map(str.lower, filter(named, names)))

    for main, names in seen.items():
        ours = chain.from_iterable(map(shards.titles, FAMILIES_OF[main]))
        if count(names) != count(ours):
            return True
    return False


def sections_with(
    asked: Collection[Address], names: Iterable[str], shards: Shards
) -> Iterator[Section]:
    """Yield the sections of these files that may be of these objects."""
    named = _named(asked)
    for name in names:
        file = shards.files.get(name)
        if file is None:
            continue
        family = shards.families[name]
        raw = (each for each in file.sections if family in SHARING or named(each.name))
        for section in to_sections(family, raw):
            if section.shared or named(section.name):
                yield section
