"""Traits: what the engine asks of a kind that it need not read from files.

A kind's model tells all of this (`derive.py`). It also stands written down (`all_traits.py`):
whoever compares, orders and writes objects works without the models and the library behind them,
which is a third of what a command takes to start.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from reconciler.kinds.marks import DestinationMark, Key, Reference, Scope
from reconciler.model.value import Value


class ReferenceField(NamedTuple):
    """A field that refers: its flat path, the keys inside a list's or map's items, the mark."""

    path: str
    inside: tuple[str, ...]
    mark: Reference | DestinationMark

    def texts(self, fields: Mapping[str, Value]) -> Iterator[tuple[str, tuple[str | int, ...]]]:
        """Yield each reference's text with the path below the field where it stands."""
        value = fields.get(self.path)
        if value is None:
            return iter(())
        if value.__class__ is list and len(self.inside) == 1 and self.inside != ("*",):
            return _in_list(value, self.inside[0])
        return _texts(value, self.inside, ())


def _in_list(items: list[Value], name: str) -> Iterator[tuple[str, tuple[str | int, ...]]]:
    """Yield what stands under a name in the maps of a list, as phones' lines and keys have it."""
    for index, item in enumerate(items):
        if item.__class__ is not dict:
            yield from _texts(item, (name,), (index,))
        elif name in item:
            text = item[name]
            if text.__class__ is not str:
                yield from _texts(text, (), (index, name))
            elif "{{" not in text:
                yield text, (index, name)


def _texts(
    value: Value, inside: tuple[str, ...], at: tuple[str | int, ...]
) -> Iterator[tuple[str, tuple[str | int, ...]]]:
    if isinstance(value, str):
        if "{{" not in value:  # a text that is still to be rendered refers to nothing yet
            yield value, at
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _texts(item, inside, (*at, index))
    elif isinstance(value, dict):
        if inside:
            if inside[0] in value:
                yield from _texts(value[inside[0]], inside[1:], (*at, inside[0]))
            elif inside[0] == "*":
                for key, item in value.items():
                    yield from _texts(item, inside[1:], (*at, key))
        else:
            for key, item in value.items():
                yield from _texts(item, inside, (*at, key))


class Traits(NamedTuple):
    """What is to be known of a kind. Paths are dotted and name fields as platforms get them.

    `section` is its name in the YAML, `scope` where its objects live; `single` kinds are one
    mapping without keys. `leaves` are all fields that it can hold, `defaults` what unset ones mean,
    where that is not None. `references` are the fields that refer to other objects, `secrets` those
    that hold one, `unordered` lists whose order means nothing, `seconds` time spans.
    """

    section: str
    scope: Scope
    key: Key
    single: bool
    leaves: tuple[str, ...]
    defaults: Mapping[str, Value]
    references: tuple[ReferenceField, ...]
    secrets: frozenset[str]
    unordered: frozenset[str]
    seconds: frozenset[str]

    def is_same(self, path: str, one: Value, other: Value) -> bool:
        """Whether two values of a field mean the same."""
        if one == other:
            return True
        if path not in self.unordered:
            return False
        return isinstance(one, list) and isinstance(other, list) and sorted(one) == sorted(other)
