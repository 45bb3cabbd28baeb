"""Fields of the language that no stage acts on yet: declaring one is said, not kept quiet."""

from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import BaseModel

FieldPath = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class NotInEffect:
    """Mark: the field is checked and kept, and nothing acts on it. `instead` says what happens.

    `way` says what to do, where there is another way to what the field is for.
    """

    instead: str
    way: str = "leave it out"


class ForAdapter:
    """Mark: the field is there for adapters; those that look at it say so (`Settings.reads`)."""


def for_adapter(model: type[BaseModel]) -> Iterator[str]:
    """Yield the fields of a kind that are there for adapters alone."""
    for name, info in model.model_fields.items():
        if any(each is ForAdapter for each in info.metadata):
            yield name


def declared_in_vain(
    entry: BaseModel, above: FieldPath = ()
) -> Iterator[tuple[FieldPath, NotInEffect]]:
    """Yield what an entry declares that has no effect: its path, and what happens instead."""
    for name, info in type(entry).model_fields.items():
        if name not in entry.model_fields_set:
            continue
        value = getattr(entry, name)
        mark = next((each for each in info.metadata if isinstance(each, NotInEffect)), None)
        if mark is not None and value is not None and value != []:
            yield (*above, name), mark
        elif isinstance(value, BaseModel):
            yield from declared_in_vain(value, (*above, name))
        elif isinstance(value, list):
            for number, each in enumerate(value):
                if isinstance(each, BaseModel):
                    yield from declared_in_vain(each, (*above, name, number))
