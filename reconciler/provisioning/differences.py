"""Differences of files for people: secrets masked, equal changes told once. Pure."""

import re
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from reconciler.model.address import Address
from reconciler.model.change import Change, Create, Delete, Forget, Move
from reconciler.model.live import Live
from reconciler.model.plan import FileChange
from reconciler.model.resource import Desired
from reconciler.model.value import Fields
from reconciler.phonefiles.difference import compare
from reconciler.provisioning.renderings import FILES, Renderings

CONTEXT: Final = 1
"""How many lines around a change are shown."""


def changed_files(desired: Desired, live: Live) -> dict[str, list[Address]]:
    """Return by target the objects with files that are there and shall be others."""
    found: dict[str, list[Address]] = {}
    for address, resource in desired.resources.items():
        target = live.targets.get(resource.target)
        here = target.objects.get(address) if target is not None else None
        if here is None or resource.fields.items() <= here.fields.items():
            continue
        for path, value in resource.fields.items():
            if path.startswith(FILES) and here.fields.get(path) != value:
                found.setdefault(resource.target, []).append(address)
                break
    return found


def file_changes(
    changes: Sequence[Change], before: Mapping[tuple[Address, str], str], renderings: Renderings
) -> tuple[FileChange, ...]:
    """Return how the files of changes change. `before` are their masked texts as they are now."""
    groups: dict[object, tuple[_Difference, list[tuple[Address, str]]]] = {}
    for change in changes:
        for path in _files_of(change):
            was = before.get((_source(change), path), "")
            will = "" if isinstance(change, Delete) else renderings.masked(change.address, path)
            found = _difference(was, will or "", _mac(change))
            groups.setdefault(found.key, (found, []))[1].append((change.address, path))
    return tuple(
        FileChange(each.lines, each.added, each.removed, tuple(files))
        for each, files in groups.values()
    )


def _files_of(change: Change) -> list[str]:
    fields: Fields
    if isinstance(change, Forget):
        return []
    if isinstance(change, Create):
        fields = change.after
    elif isinstance(change, Delete):
        fields = change.before
    else:
        fields = {each.path: each.after for each in change.fields}
    return [path for path in fields if path.startswith(FILES)]


def _source(change: Change) -> Address:
    return change.source if isinstance(change, Move) else change.address


def _mac(change: Change) -> str:
    fields: Fields = getattr(change, "after", None) or getattr(change, "before", None) or {}
    return str(fields.get("mac") or "").replace(":", "").lower()


class _Difference(NamedTuple):
    """A difference; `key` is the same for files that change in the same way."""

    key: object
    lines: tuple[str, ...]
    added: int
    removed: int


def _difference(was: str, will: str, mac: str) -> _Difference:
    if not was or not will:
        added, removed = len(will.splitlines()), len(was.splitlines())
        return _Difference((added, removed), (), added, removed)
    found = compare(was, will, CONTEXT)
    lines = found.lines if found is not None else ()
    changed = [each for each in lines if each[:1] in "+-"]
    # Where in the file it stands, and the phone's own MAC, differ where the change is the same.
    key = tuple(_without(each, mac) for each in changed)
    added = sum(each.startswith("+") for each in changed)
    return _Difference(key, lines, added, len(changed) - added)


def _without(line: str, mac: str) -> str:
    return re.sub(mac, "{mac}", line, flags=re.IGNORECASE) if mac else line
