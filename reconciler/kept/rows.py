"""Rows: what one file adds to an estate, as text and back, exactly as it was. Pure.

There are very many resources, so each is a short row: what is equal for many of them (target,
section, the places of a template's settings) is written once. A row names other resources by their
number: first those of the file, then those of others.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, NamedTuple

from reconciler.diagnostics.place import Place
from reconciler.kept.packing import PLAIN, CannotKeep, is_json, pack, unpack
from reconciler.model.address import Address
from reconciler.model.resource import NO_META, Meta, Resource
from reconciler.model.secret import Secret
from reconciler.model.value import Fields


def rows_of(resources: Sequence[Resource], reads: Collection[Address]) -> Sequence[object]:
    """Return the resources of a file as JSON's types, and what was read for them.

    Raises CannotKeep.
    """
    tables = _Tables({each.address: number for number, each in enumerate(resources)})
    groups = list(_groups(resources, tables))
    metas = [pack(each) for each in tables.metas]
    origins = [pack(dict(each)) for each in tables.origins]
    read = [tables.address(each) for each in sorted(reads)]
    return groups, list(_others(tables, len(resources))), metas, origins, read


def reads_in(rows: Sequence[Any]) -> Iterator[Address]:
    """Yield the addresses that were read for what `rows_of` wrote."""
    addresses = _addresses_in(rows)
    return (addresses[each] for each in rows[4])


def _addresses_in(rows: Sequence[Any]) -> list[Address]:
    """Return the addresses that rows have numbers for."""
    groups, others = rows[0], rows[1]
    own = [Address(group[0], group[1], row[0]) for group in groups for row in group[5]]
    return [*own, *(Address(*each) for each in others)]


def resources_in(rows: Sequence[Any], file: str) -> list[Resource]:
    """Return the resources that `rows_of` wrote."""
    groups, _, metas, origins, _ = rows
    addresses = _addresses_in(rows)
    tables = _Read(addresses, [unpack(e) for e in metas], [unpack(e) for e in origins])
    resources: list[Resource] = []
    for group in groups:
        _read_group(group, file, tables, resources)
    return resources


@dataclass(slots=True)
class _Tables:
    """What is written once: rows name it by its number."""

    numbers: dict[Address, int]
    metas: list[Meta] = field(default_factory=list)
    origins: list[Mapping[str, Place]] = field(default_factory=list)
    _origin_numbers: dict[int, int] = field(default_factory=dict)

    def address(self, address: Address) -> int:
        return self.numbers.setdefault(address, len(self.numbers))

    def meta(self, meta: Meta) -> int | None:
        if meta is NO_META:
            return None
        self.metas.append(meta)
        return len(self.metas) - 1

    def origin(self, origins: Mapping[str, Place]) -> int | None:
        """Return a number for origins: phones of one template share the very same ones."""
        if not origins:
            return None
        if id(origins) not in self._origin_numbers:
            self._origin_numbers[id(origins)] = len(self.origins)
            self.origins.append(origins)
        return self._origin_numbers[id(origins)]


def _others(tables: _Tables, own: int) -> Iterator[Address]:
    """Yield what other files declare and rows name."""
    for address, number in tables.numbers.items():
        if number >= own:
            yield address


def _groups(resources: Iterable[Resource], tables: _Tables) -> Iterator[Sequence[object]]:
    """Yield runs of resources that have target, document and section in common, with their rows."""
    for common, run in groupby(resources, _common):
        yield [*common, [_row(each, tables) for each in run]]


def _common(resource: Resource) -> tuple[object, ...]:
    kind, scope, key = resource.address
    at = resource.origin
    if at.path[-1:] != (key,) or at.part != "value":
        raise CannotKeep("a resource that stands somewhere else than under its key")
    return kind, scope, resource.target, at.document, at.path[:-1]


def _row(resource: Resource, tables: _Tables) -> Sequence[object]:
    fields, references = _fields(resource.fields)
    return (
        resource.address.key,
        resource.line,
        fields,
        references,
        [tables.address(each) for each in resource.needs],
        tables.meta(resource.meta),
        tables.origin(resource.origins),
    )


def _fields(fields: Fields) -> tuple[object, Mapping[str, str | None] | None]:
    """Return fields as JSON has them, and which of them are secrets by which reference.

    Fields that hold anything else than that (a secret in a list) are packed, in a list.
    """
    references: dict[str, str | None] = {}
    plain = dict(fields)
    for path, value in fields.items():
        if value.__class__ in PLAIN or is_json(value):
            continue
        if value.__class__ is not Secret or value.fingerprint is not None:
            return [pack(dict(fields))], None
        references[path] = value.reference
        plain[path] = None
    return plain, references or None


class _Read(NamedTuple):
    addresses: Sequence[Address]
    metas: Sequence[Meta]
    origins: Sequence[Mapping[str, Place]]


def _read_group(group: Sequence[Any], file: str, tables: _Read, found: list[Resource]) -> None:
    addresses = tables.addresses
    _, _, target, document, above, rows = group
    path = tuple(above)
    for key, line, fields, references, needs, meta, origins in rows:
        if fields.__class__ is list:
            fields = unpack(fields[0])
        if references is not None:
            for name, reference in references.items():
                fields[name] = Secret(reference)
        found.append(
            Resource(
                addresses[len(found)],
                target,
                fields,
                Place(file, document, (*path, key)),
                line,
                tuple([addresses[each] for each in needs]),
                NO_META if meta is None else tables.metas[meta],
                {} if origins is None else tables.origins[origins],
            )
        )
