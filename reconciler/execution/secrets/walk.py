"""Walking through fields: finding secrets, replacing them, also inside lists and maps. Pure.

Every plan walks through every field, and nearly all hold plain values: those are passed by first.
"""

import marshal
from collections.abc import Callable, Iterable
from functools import cache
from typing import TypeAlias

from reconciler.kinds.all_traits import TRAITS
from reconciler.model.secret import Clear, Secret
from reconciler.model.value import Fields, Value

Path: TypeAlias = tuple[str | int, ...]
"""A field's name, then keys and indexes below it."""

_PLAIN = frozenset((str, int, float, bool, type(None)))
_NESTED = (list, dict, tuple)


def _is_data(value: Value) -> bool:
    """Whether no secret can be in a list or map, however deep.

    Python's own coding takes plain data and nothing else, and finds out in C.
    """
    try:
        marshal.dumps(value)
    except ValueError:
        return False
    return True


@cache
def _data_of(kind: str) -> frozenset[str]:
    """Return the fields of a kind that are data, and so is all that stands below them.

    In the workspace, logins stand in lists.
    """
    traits = TRAITS[kind]
    is_held = traits.scope != "workspace"
    return frozenset(traits.leaves) - traits.secrets if is_held else frozenset()


def secrets_in(fields: Fields, kind: str | None = None) -> list[tuple[Path, Secret]]:
    """Return every secret in the fields with its path, list indexes as numbers.

    What is data in all fields of a `kind` is not looked into.
    """
    found: list[tuple[Path, Secret]] = []
    if kind is None:
        _collect(fields.items(), (), found)
        return found
    data = _data_of(kind)
    hiding = [path for path in fields if path not in data]
    if hiding:
        _collect([(path, fields[path]) for path in hiding], (), found)
    return found


def _collect(
    items: Iterable[tuple[str | int, Value]], path: Path, found: list[tuple[Path, Secret]]
) -> None:
    for key, each in items:
        if each.__class__ in _PLAIN:
            continue
        if isinstance(each, Secret):
            found.append(((*path, key), each))
        elif isinstance(each, _NESTED) and not _is_data(each):
            inside = each.items() if isinstance(each, dict) else enumerate(each)
            _collect(inside, (*path, key), found)


def mapped(fields: Fields, turn: Callable[[str, Value], Value]) -> dict[str, Value]:
    """Return the fields with every leaf turned that is not plain."""
    turned = dict(fields)
    for path, value in fields.items():
        if value.__class__ not in _PLAIN:
            turned[path] = _mapped_below(path, value, turn)
    return turned


def _mapped_below(path: str, value: Value, turn: Callable[[str, Value], Value]) -> Value:
    if isinstance(value, _NESTED) and _is_data(value):
        return value
    if isinstance(value, dict):
        return {
            key: each if each.__class__ in _PLAIN else _mapped_below(f"{path}.{key}", each, turn)
            for key, each in value.items()
        }
    if isinstance(value, (list, tuple)):
        turned = [
            each if each.__class__ in _PLAIN else _mapped_below(f"{path}.{index}", each, turn)
            for index, each in enumerate(value)
        ]
        return turned if isinstance(value, list) else _tuple_like(value, turned)
    return turn(path, value)


def _tuple_like(value: tuple[Value, ...], items: list[Value]) -> tuple[Value, ...]:
    make = getattr(type(value), "_make", None)
    return make(items) if make is not None else tuple(items)


def not_data(fields: Fields) -> dict[str, Value]:
    """Return the fields that are or hold more than data: secrets, by reference or in clear."""
    return {
        path: value
        for path, value in fields.items()
        if value.__class__ not in _PLAIN and (value.__class__ is Clear or not _is_data(value))
    }


def dotted(path: Path) -> str:
    """Return a path as it is written in messages and names."""
    return ".".join(map(str, path))
