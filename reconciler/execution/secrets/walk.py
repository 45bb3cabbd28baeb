"""Walking through fields: finding secrets, replacing leaves, also inside lists and maps. Pure."""

from collections.abc import Callable, Iterator
from typing import TypeAlias

from reconciler.model.secret import Clear, Secret
from reconciler.model.value import Fields, Value

Path: TypeAlias = tuple[str | int, ...]
"""A field's name, then keys and indexes below it."""

_NESTED = (list, dict, tuple)


def secrets_in(fields: Fields) -> Iterator[tuple[Path, Secret]]:
    """Yield every secret in the fields with its path, list indexes as numbers."""
    for path, value in fields.items():
        if isinstance(value, Secret):
            yield (path,), value
        elif isinstance(value, _NESTED):
            for below, secret in _secrets_below(value):
                yield (path, *below), secret


def _secrets_below(value: Value) -> Iterator[tuple[Path, Secret]]:
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, each in items:
        if isinstance(each, Secret):
            yield (key,), each
        elif isinstance(each, _NESTED):
            for below, secret in _secrets_below(each):
                yield (key, *below), secret


def mapped(path: str, value: Value, turn: Callable[[str, Value], Value]) -> Value:
    """Return the value with every leaf turned; lists and maps are rebuilt."""
    if isinstance(value, dict):
        return {key: mapped(f"{path}.{key}", each, turn) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        turned = [mapped(f"{path}.{index}", each, turn) for index, each in enumerate(value)]
        return turned if isinstance(value, list) else _tuple_like(value, turned)
    return turn(path, value)


def _tuple_like(value: tuple[Value, ...], items: list[Value]) -> tuple[Value, ...]:
    make = getattr(type(value), "_make", None)
    return make(items) if make is not None else tuple(items)


def has_clear(fields: Fields) -> bool:
    """Whether a value in clear is anywhere in the fields. Fast: most objects hold none."""
    for value in fields.values():
        kind = type(value)
        if kind is Clear:
            return True
        if kind in _NESTED and _clear_below(value):
            return True
    return False


def _clear_below(value: Value) -> bool:
    for each in value.values() if isinstance(value, dict) else value:
        if isinstance(each, Clear) or (isinstance(each, _NESTED) and _clear_below(each)):
            return True
    return False


def dotted(path: Path) -> str:
    """Return a path as it is written in messages and names."""
    return ".".join(str(part) for part in path)
