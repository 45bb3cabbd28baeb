"""A change's fields as rows: path, before, after and a note. The same for every output. Pure."""

import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import unified_diff
from typing import Final, NamedTuple

from reconciler.model.change import FieldChange
from reconciler.model.live import RENDERING, UNFINISHED, Edit
from reconciler.model.secret import Secret
from reconciler.model.value import UNSET, Fields, UnsetType, Value
from reconciler.views.files import FileText
from reconciler.views.units import with_unit
from reconciler.views.values import is_list, secret_note, show, word

_SENSITIVE = re.compile(r"(?i)(?:^|[._-])(?:pass|passwd|password|pwd|secret|psk|token)$")


class Row(NamedTuple):
    """One line of a change. `before` is None where there is nothing to compare with (creates).

    `lines` is a diff (`- old`, `+ new`) for texts of several lines; the values are empty then.
    """

    path: str
    before: str | None
    after: str
    note: str = ""
    lines: tuple[str, ...] = ()


def created(kind: str, fields: Fields) -> list[Row]:
    """Return the rows of a new object: its name stands in the headline already."""
    rows: list[Row] = []
    for path, value in fields.items():
        if value is not None and path != "name":
            rows += _rows(kind, path, UNSET, value, new=True)
    return rows


_ROOM = 90
"""How many characters of a list of items are shown whole."""
_LAYERED = ("sip.", "network.", "provisioning.", "features.", "raw.", "credentials.", "access.")


def in_brief(fields: Fields) -> Fields:
    """Return what tells a new device from others: its layered settings show in its files."""
    if not any(isinstance(each, FileText) for each in fields.values()):
        return fields
    return {path: each for path, each in fields.items() if not path.startswith(_LAYERED)}


def changed(kind: str, fields: Iterable[FieldChange]) -> list[Row]:
    """Return the rows of fields that change."""
    rows: list[Row] = []
    for each in fields:
        rows += _rows(kind, each.path, each.before, each.after, new=False)
    return rows


def _rows(
    kind: str, path: str, before: Value | UnsetType, after: Value, *, new: bool
) -> Iterator[Row]:
    if isinstance(after, FileText):
        yield Row(f"file {after.name}", None, after.summary, lines=after.lines)
    elif _SENSITIVE.search(path) and (isinstance(before, str) or isinstance(after, str)):
        # A platform's own setting that is called like a password is not shown.
        yield Row(path, None if new else _covered(before), _covered(after), "(not shown)")
    elif isinstance(before, Secret) or isinstance(after, Secret):
        yield Row(path, None if new else show(before), show(after), secret_note(before, after))
    elif _is_map(before) or _is_map(after):
        yield from _map_rows(kind, path, before, after, new=new)
    elif is_list(before) and is_list(after):
        yield _list_row(path, before, after)
    elif (isinstance(after, str) and "\n" in after) or (isinstance(before, str) and "\n" in before):
        yield _text_row(path, before, after)
    else:
        was = None if new else with_unit(kind, path, before, show(before))
        yield Row(path, was, with_unit(kind, path, after, show(after)))


def _covered(value: Value | UnsetType) -> str:
    return "***" if isinstance(value, str) else show(value)


def _is_map(value: Value) -> bool:
    return isinstance(value, Mapping) and bool(value)


def _map_rows(
    kind: str, path: str, before: Value | UnsetType, after: Value, *, new: bool
) -> Iterator[Row]:
    """Yield a row for each key that differs."""
    was = before if isinstance(before, Mapping) else {}
    will = after if isinstance(after, Mapping) else {}
    for key in dict.fromkeys((*was, *will)):
        if was.get(key, UNSET) != will.get(key, UNSET):
            yield from _rows(
                kind, f"{path}.{key}", was.get(key, UNSET), will.get(key, UNSET), new=new
            )


def _list_row(path: str, before: Value, after: Value) -> Row:
    """Return a list whole, with what came and left: `(+ 1004, - 1003)`. Of long items only those.

    Items that say the same in another order (a key's label, its position) are the same.
    """
    came = [word(each) for each in after if each not in before]
    left = [word(each) for each in before if each not in after]
    was, will = show(before), show(after)
    items = any(isinstance(each, Mapping) for each in (*before, *after))
    if items and (came or left) and len(was) + len(will) > _ROOM:
        lines = (*(f"- {each}" for each in left), *(f"+ {each}" for each in came))
        return Row(path, None, f"+{len(came)} -{len(left)}, {len(after)} in all", lines=lines)
    parts = [f"+ {' '.join(came)}"] if came else []
    parts += [f"- {' '.join(left)}"] if left else []
    return Row(path, was, will, f"({', '.join(parts)})" if parts else "(other order)")


def _text_row(path: str, before: Value | UnsetType, after: Value) -> Row:
    was = before.splitlines() if isinstance(before, str) else []
    will = after.splitlines() if isinstance(after, str) else []
    lines = [
        f"{line[0]} {line[1:]}"
        for line in unified_diff(was, will, lineterm="", n=1)
        if not line.startswith(("---", "+++", "@@"))
    ]
    added = sum(line.startswith("+") for line in lines)
    removed = sum(line.startswith("-") for line in lines)
    return Row(path, None, f"+{added} -{removed} lines", lines=tuple(lines))


def how_edited(where: str) -> str:
    """Return how a place came to differ from what we write."""
    return _EDITED.get(where, "edited by hand")


_EDITED: Final = {
    RENDERING: "written by another version of reconciler",
    UNFINISHED: "by a run that was stopped, or changed since",
}


def edited(edits: Iterable[Edit]) -> Iterator[tuple[str, list[str]]]:
    """Yield each place that is not as we write it, with its diff: `-` what is there, `+` ours."""
    places: dict[str, list[str]] = {}
    for where, expected, actual, _ in edits:
        lines = places.setdefault(where, [])
        if actual is not None:
            lines.append(f"- {actual}")
        if expected is not None:
            lines.append(f"+ {expected}")
    yield from places.items()
