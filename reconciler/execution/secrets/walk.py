"""Walking through fields: finding secrets, replacing them, also inside lists and maps. Pure.

Every plan walks through every field, and nearly all hold plain values: those are passed by first.
"""

from collections.abc import Callable, Iterable
from typing import TypeAlias

from reconciler.model.secret import Clear, Secret
from reconciler.model.value import Fields, Value

Path: TypeAlias = tuple[str | int, ...]
"""A field's name, then keys and indexes below it."""

_PLAIN = frozenset((str, int, float, bool, type(None)))
_NESTED = (list, dict, tuple)


def _are_plain(values: Iterable[Value]) -> bool:
    """Whether none of the values can be or hold a secret; a loop in C."""
    return _PLAIN.issuperset(map(type, values))


def secrets_in(fields: Fields) -> list[tuple[Path, Secret]]:
    """Return every secret in the fields with its path, list indexes as numbers."""
    found: list[tuple[Path, Secret]] = []
    _collect(fields.items(), (), found)
    return found


def _collect(
    items: Iterable[tuple[str | int, Value]], path: Path, found: list[tuple[Path, Secret]]
) -> None:
    for key, each in items:
        if each.__class__ in _PLAIN:
            continue
        if isinstance(each, Secret):
            found.append(((*path, key), each))
        elif isinstance(each, dict):
            if not _are_plain(each.values()):
                _collect(each.items(), (*path, key), found)
        elif isinstance(each, _NESTED) and not _are_plain(each):
            _collect(enumerate(each), (*path, key), found)


def mapped(fields: Fields, turn: Callable[[str, Value], Value]) -> dict[str, Value]:
    """Return the fields with every leaf turned that is not plain."""
    turned = dict(fields)
    for path, value in fields.items():
        if value.__class__ not in _PLAIN:
            turned[path] = _mapped_below(path, value, turn)
    return turned


def _mapped_below(path: str, value: Value, turn: Callable[[str, Value], Value]) -> Value:
    if isinstance(value, dict):
        return {
            key: each if each.__class__ in _PLAIN else _mapped_below(f"{path}.{key}", each, turn)
            for key, each in value.items()
        }
    if isinstance(value, (list, tuple)):
        if _are_plain(value):
            return value
        turned = [
            each if each.__class__ in _PLAIN else _mapped_below(f"{path}.{index}", each, turn)
            for index, each in enumerate(value)
        ]
        return turned if isinstance(value, list) else _tuple_like(value, turned)
    return turn(path, value)


def _tuple_like(value: tuple[Value, ...], items: list[Value]) -> tuple[Value, ...]:
    make = getattr(type(value), "_make", None)
    return make(items) if make is not None else tuple(items)


def has_clear(fields: Fields) -> bool:
    """Whether a value in clear is anywhere in the fields. Fast: most objects hold none."""
    return _any_clear(fields.values())


def _any_clear(values: Iterable[Value]) -> bool:
    for each in values:
        if each.__class__ in _PLAIN:
            continue
        if isinstance(each, Clear):
            return True
        if isinstance(each, _NESTED):
            inside = each.values() if isinstance(each, dict) else each
            if not _are_plain(inside) and _any_clear(inside):
                return True
    return False


def dotted(path: Path) -> str:
    """Return a path as it is written in messages and names."""
    return ".".join(str(part) for part in path)
