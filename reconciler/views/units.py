"""Which fields are time spans, read from the kinds: every number is shown with its unit. Pure."""

from functools import cache
from typing import Any, get_args

from reconciler.kinds import KINDS
from reconciler.kinds.entry import Part, Seconds
from reconciler.model.value import Value

_MARK = Seconds.__metadata__[0]  # type: ignore[attr-defined]


@cache
def in_seconds(kind: str) -> frozenset[str]:
    """Return the dotted paths of a kind's fields that are counted in seconds."""
    return frozenset(_paths(KINDS[kind])) if kind in KINDS else frozenset()


def with_unit(kind: str, path: str, value: Value, text: str) -> str:
    """Return the text with ` s` behind it where the field is a time span."""
    counted = isinstance(value, (int, float)) and not isinstance(value, bool)
    return f"{text} s" if counted and path in in_seconds(kind) else text


def _paths(model: type[Part]) -> list[str]:
    found = []
    for name, info in model.model_fields.items():
        if _MARK in info.metadata or _marked(info.annotation):
            found.append(name)
        part = _part(info.annotation)
        if part is not None:
            found += [f"{name}.{below}" for below in _paths(part)]
    return found


def _marked(annotation: Any) -> bool:
    return _MARK in getattr(annotation, "__metadata__", ()) or any(
        _marked(each) for each in get_args(annotation)
    )


def _part(annotation: Any) -> type[Part] | None:
    """Return the section that stands in the field itself (not one inside a list or a map)."""
    options = (annotation, *get_args(annotation))
    if getattr(annotation, "__origin__", None) in (list, dict):
        return None
    for option in options:
        if isinstance(option, type) and issubclass(option, Part):
            return option
    return None
