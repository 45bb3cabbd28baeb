"""Derive: what a kind's model says, as traits."""

from functools import cache
from typing import Any, Final, get_args

from reconciler.kinds.entry import (
    Entry,
    Part,
    Seconds,
    defaults,
    leaf_paths,
    reference_fields,
    secret_paths,
    unordered_paths,
)
from reconciler.kinds.traits import Traits

_SECONDS: Final = Seconds.__metadata__[0]  # type: ignore[attr-defined]


@cache
def traits_of(model: type[Entry]) -> Traits:
    """Return the traits of a kind."""
    return Traits(
        model.section,
        model.scope,
        model.key,
        model.single,
        leaf_paths(model),
        {path: each for path, each in defaults(model).items() if each is not None},
        reference_fields(model),
        secret_paths(model),
        unordered_paths(model),
        frozenset(_in_seconds(model)),
    )


def _in_seconds(model: type[Part]) -> list[str]:
    """Return the dotted paths of fields that are counted in seconds."""
    found: list[str] = []
    for name, info in model.model_fields.items():
        if _SECONDS in info.metadata or _marked(info.annotation):
            found.append(name)
        part = _part(info.annotation)
        if part is not None:
            found += [f"{name}.{below}" for below in _in_seconds(part)]
    return found


def _marked(annotation: Any) -> bool:
    return _SECONDS in getattr(annotation, "__metadata__", ()) or any(
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
