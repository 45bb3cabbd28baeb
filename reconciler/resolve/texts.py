"""Texts with variables: finding them in values, and the names that they may use."""

from collections.abc import Callable, Iterator

from reconciler.diagnostics.place import PathPart
from reconciler.model.secret import Secret
from reconciler.model.value import Fields, Value


def is_text_template(value: Value) -> bool:
    """Whether a value is text that has to be rendered."""
    return value.__class__ is str and ("{{" in value or "{%" in value)


def has_text_template(value: Value) -> bool:
    """Whether somewhere in a value is text that has to be rendered."""
    kind = value.__class__
    if kind is str:
        return "{{" in value or "{%" in value
    if kind is list:
        return any(has_text_template(each) for each in value)
    if kind is dict:
        return any(has_text_template(each) for each in value.values())
    return False


def map_texts(
    value: Value, at: tuple[PathPart, ...], change: Callable[[str, tuple[PathPart, ...]], str]
) -> Value:
    """Return the value with every text that has to be rendered replaced."""
    if isinstance(value, str):
        return change(value, at) if is_text_template(value) else value
    if isinstance(value, list):
        return [map_texts(each, (*at, number), change) for number, each in enumerate(value)]
    if isinstance(value, dict):
        return {name: map_texts(each, (*at, name), change) for name, each in value.items()}
    return value


def nested(fields: Fields) -> dict[str, Value]:
    """Return dotted fields as sections in each other, without secrets and empty fields."""
    tree: dict[str, Value] = {}
    for path, value in _plain(fields):
        *sections, name = path.split(".")
        inside = tree
        for section in sections:
            below = inside.setdefault(section, {})
            if not isinstance(below, dict):
                break
            inside = below
        else:
            inside[name] = value
    return tree


def _plain(fields: Fields) -> Iterator[tuple[str, Value]]:
    for path, value in fields.items():
        if value is not None and not isinstance(value, Secret):
            yield path, value
