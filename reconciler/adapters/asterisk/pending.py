"""Pending: what is written and not in effect. Pure.

Whether a section is in effect is told by its lines, and by what is loaded under its own name. So
where both are as they were when all was in effect, nothing has to be compared again.
"""

from collections.abc import Callable, Collection, Iterable, Mapping

from reconciler.adapters.asterisk.files import SHARING, Key, Lines, Shards
from reconciler.adapters.asterisk.looking import (
    DIALPLAN,
    Lists,
    content_of,
    contexts_in,
    lists_of,
    loaded_in,
    only_of,
)
from reconciler.adapters.asterisk.sections import FILES, Family
from reconciler.adapters.asterisk.verify import unloaded

Trace = Callable[[Iterable[bytes]], str]


def held_families(shards: Shards) -> list[Family]:
    """Return the families of which our files hold anything that a module loads."""
    return [family for family in FILES if family != "meta" and any(shards.titles(family))]


def traces_of_files(shards: Shards, trace: Trace) -> dict[str, str]:
    """Return the traces of what our files hold, by their names."""
    return {name: trace((file.content,)) for name, file in shards.files.items()}


def traces_of_lists(lists: Lists, trace: Trace) -> dict[str, str]:
    """Return the traces of what is listed as loaded, by action."""
    return {action: trace((content_of(action, each),)) for action, each in lists.items()}


def traces_of_contexts(lists: Lists, trace: Trace) -> dict[str, str]:
    """Return the traces of the contexts that are loaded."""
    found = contexts_in(lists[DIALPLAN]) if DIALPLAN in lists else {}
    return {_part_of(name): trace((content,)) for name, content in found.items()}


def tell_the_same(now: Mapping[str, str], known: Mapping[str, str]) -> bool:
    """Whether traces say that files and lists are as they were known.

    Of contexts the known ones alone tell: the list of them all has a trace of its own.
    """
    return now.items() <= known.items() and all(
        name in now or name.startswith(_part_of("")) for name in known
    )


def _part_of(context: str) -> str:
    return f"{DIALPLAN} {context}"


def find_pending(
    lists: Lists, shards: Shards, changed: Collection[str] | None = None
) -> str | None:
    """Return what is written and not in effect, in words; None if all is.

    `changed` are the files, lists and contexts that are not as they were when all was in effect,
    by the names of their traces; None where that is not known.
    """
    keys = our_keys(shards) if changed is None else _keys_of(shards, frozenset(changed))
    contexts = contexts_in(lists[DIALPLAN]) if DIALPLAN in lists else {}
    ours = {title.lower() for title in shards.titles("ext")}
    gone = sorted(name for name in contexts if name.startswith("rec-") and name not in ours)
    loaded = loaded_in(
        only_of(lists, {key.family for key in keys}),
        {
            key.name: contexts[key.name]
            for key in keys
            if key.family == "ext" and key.name in contexts
        },
    )
    missing = sorted({key.variable or key.name for key in unloaded(keys, loaded)})
    return _in_words(missing, gone)


def _keys_of(shards: Shards, changed: frozenset[str]) -> dict[Key, Lines]:
    """Return the keys of which the lines, or what is loaded of them, may have changed."""
    keys: dict[Key, Lines] = {}
    for family in held_families(shards):
        names = shards.names(family)
        if family != "ext" and changed.isdisjoint(lists_of(family)):
            names = _sharing_titles(shards, names, [n for n in names if n in changed])
        elif family == "ext":
            own = [n for n in names if n in changed or _names_any(shards, n, changed)]
            names = _sharing_titles(shards, names, own)
        keys |= _keys_in(shards, family, names)
    return keys


def _names_any(shards: Shards, name: str, parts: frozenset[str]) -> bool:
    """Whether a file holds anything of these contexts."""
    return any(_part_of(title.lower()) in parts for title in shards.files[name].names)


def _sharing_titles(shards: Shards, names: Iterable[str], some: Collection[str]) -> list[str]:
    """Return some files, and those that hold sections of the same names."""
    titles = {title.lower() for name in some for title in shards.files[name].names}
    return [n for n in names if any(t.lower() in titles for t in shards.files[n].names)]


def our_keys(shards: Shards, families: Iterable[Family] = tuple(FILES)) -> dict[Key, Lines]:
    """Return our sections, or lines of shared ones, by key."""
    found: dict[Key, Lines] = {}
    for family in families:
        found |= _keys_in(shards, family, shards.names(family))
    return found


def _keys_in(shards: Shards, family: Family, names: Iterable[str]) -> dict[Key, Lines]:
    found: dict[Key, Lines] = {}
    for section in (each for name in names for each in shards.files[name].sections):
        if section.is_template:
            continue
        name = section.name.lower()
        if family not in SHARING:
            found[Key(family, name)] = section.lines
            continue
        for variable, value in section.lines:
            key = Key(family, name, variable)
            found[key] = (*found.get(key, ()), (variable, value))
    return found


def _in_words(missing: Collection[str], gone: Collection[str]) -> str | None:
    parts = []
    for verb, these in (("written but not loaded", missing), ("removed but still loaded", gone)):
        if these:
            more = f" and {len(these) - 5} more" if len(these) > 5 else ""
            parts.append(f"{verb}: {', '.join([*these][:5])}{more}")
    return f"{'; '.join(parts)} (not reloaded, or refused by Asterisk)" if parts else None
