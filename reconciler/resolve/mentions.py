"""Mentions: every text in an entry's fields that refers to something, and where it stands.

Lists of parts are walked once for all their references together, because phones have many keys.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import NamedTuple, TypeAlias

from reconciler.diagnostics.place import PathPart
from reconciler.kinds.entry import Entry, reference_fields
from reconciler.kinds.marks import DestinationMark, Reference
from reconciler.kinds.traits import ReferenceField
from reconciler.model.value import Fields, Value

Mark: TypeAlias = Reference | DestinationMark


Mention: TypeAlias = tuple[Mark, str, str, tuple[PathPart, ...]]
"""A reference: what it may mean, its text, its field, and where below the field it stands."""


class _Field(NamedTuple):
    """A field with references: the whole text, those in a list's items by name, and others."""

    path: str
    whole: Mark | None
    inside: Mapping[str, Mark]
    others: tuple[ReferenceField, ...]


@cache
def _fields(model: type[Entry]) -> tuple[_Field, ...]:
    by_path: dict[str, list[ReferenceField]] = {}
    for field in reference_fields(model):
        by_path.setdefault(field.path, []).append(field)
    return tuple(_field(path, fields) for path, fields in by_path.items())


def _field(path: str, fields: list[ReferenceField]) -> _Field:
    if any(len(each.inside) > 1 or each.inside == ("*",) for each in fields):
        return _Field(path, None, {}, tuple(fields))
    whole = next((each.mark for each in fields if not each.inside), None)
    return _Field(path, whole, {each.inside[0]: each.mark for each in fields if each.inside}, ())


def mentions(model: type[Entry], fields: Fields) -> Iterator[Mention]:
    """Yield every reference in the fields of a kind, field by field.

    What is still to be rendered (a mistake, reported already) refers to nothing.
    """
    for path, whole, inside, others in _fields(model):
        value = fields.get(path)
        if not value:
            continue
        kind = value.__class__
        if others:
            for field in others:
                for text, at in field.texts(fields):
                    yield field.mark, text, path, at
        elif kind is str:
            if whole is not None and "{{" not in value:
                yield whole, value, path, ()
        elif kind is list:
            yield from _in_list(path, value, whole, inside)
        elif whole is not None and kind is dict:
            for name, text in value.items():
                if text.__class__ is str and "{{" not in text:
                    yield whole, text, path, (name,)


def _in_list(
    path: str, items: list[Value], whole: Mark | None, inside: Mapping[str, Mark]
) -> Iterator[Mention]:
    for number, item in enumerate(items):
        if item.__class__ is dict:
            for name, text in item.items():
                if name in inside and text.__class__ is str and "{{" not in text:
                    yield inside[name], text, path, (number, name)
        elif whole is not None and item.__class__ is str and "{{" not in item:
            yield whole, item, path, (number,)
