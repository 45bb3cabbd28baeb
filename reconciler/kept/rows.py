"""Rows: what one file adds to an estate, as text and back, exactly as it was. Pure.

There are very many resources, so each is a short row: what is equal for many of them (target,
section, the places of a template's settings) is written once. Of fields a row holds those alone
that are not as in its form: those of the first resource with the same ones in the same order. A
row names other resources by their number: first those of the file, then those of others.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby
from typing import Any, Final, NamedTuple

from reconciler.diagnostics.place import Place
from reconciler.kept.packing import PLAIN, CannotKeep, is_json, pack, unpack
from reconciler.model.address import Address, addresses_of
from reconciler.model.resource import NO_META, Meta, Resource
from reconciler.model.secret import Secret
from reconciler.model.value import Fields, Value


def rows_of(resources: Sequence[Resource], reads: Collection[Address]) -> Sequence[object]:
    """Return the resources of a file as JSON's types, and what was read for them.

    Raises CannotKeep.
    """
    tables = _Tables({each.address: number for number, each in enumerate(resources)})
    groups = list(_groups(resources, tables))
    forms = [[each.fields, each.secrets] for each in tables.forms.values()]
    metas = [pack(each) for each in tables.metas]
    origins = [pack(dict(each)) for each in tables.origins]
    read = [tables.address(each) for each in sorted(reads)]
    return groups, list(_others(tables, len(resources))), forms, metas, origins, read


def reads_in(rows: Sequence[Any]) -> Iterator[Address]:
    """Yield the addresses that were read for what `rows_of` wrote."""
    addresses = _addresses_in(rows)
    return (addresses[each] for each in rows[5])


def _addresses_in(rows: Sequence[Any]) -> list[Address]:
    """Return the addresses that rows have numbers for."""
    groups, others = rows[0], rows[1]
    own = [each for at in groups for each in addresses_of(at[0], at[1], [row[0] for row in at[5]])]
    return [*own, *(Address(*each) for each in others)]


def resources_in(rows: Sequence[Any], file: str) -> list[Resource]:
    """Return the resources that `rows_of` wrote."""
    groups, _, forms, metas, origins, _ = rows
    addresses = _addresses_in(rows)
    tables = _Read(addresses, forms, [unpack(e) for e in metas], [unpack(e) for e in origins])
    resources: list[Resource] = []
    for group in groups:
        _read_group(group, file, tables, resources)
    return resources


@dataclass(slots=True)
class _Form:
    """What fields of many resources are made of: all of them as one has them, secrets as None."""

    number: int
    fields: Mapping[str, Value]
    secrets: Sequence[str]


@dataclass(slots=True)
class _Tables:
    """What is written once: rows name it by its number."""

    numbers: dict[Address, int]
    forms: dict[tuple[tuple[str, ...], tuple[str, ...]], _Form] = field(default_factory=dict)
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
    return (
        resource.address.key,
        resource.line,
        *_fields(resource.fields, tables),
        [tables.address(each) for each in resource.needs],
        tables.meta(resource.meta),
        tables.origin(resource.origins),
    )


def _fields(fields: Fields, tables: _Tables) -> tuple[int | None, object, Sequence[object]]:
    """Return the number of a form, what is not as there, and the references of secrets.

    Fields that hold what JSON has no word for (a secret in a list) are packed, without a form.
    """
    secrets: list[str] = []
    for path, value in fields.items():
        if value.__class__ in PLAIN or is_json(value):
            continue
        if value.__class__ is not Secret or value.fingerprint is not None:
            return None, pack(dict(fields)), ()
        secrets.append(path)
    names = tuple(fields), tuple(secrets)
    form = tables.forms.get(names)
    if form is None:
        plain = dict(fields) | dict.fromkeys(secrets)
        form = tables.forms[names] = _Form(len(tables.forms), plain, secrets)
    own = {
        path: value
        for path, value in fields.items()
        if value.__class__ is not Secret and not _is_same(value, form.fields[path])
    }
    return form.number, own, [fields[path].reference for path in secrets]


def _is_same(one: Value, other: Value) -> bool:
    """Whether JSON's values are the same to the last type: 1 is neither 1.0 nor True."""
    if one is other:
        return True
    if one.__class__ is not other.__class__:
        return False
    if one.__class__ in (list, dict, float):
        return repr(one) == repr(other)
    return bool(one == other)


# `_make` in one step: very many are made here.
_RESOURCE: Final[Callable[[Any], Resource]] = partial(tuple.__new__, Resource)
_PLACE: Final[Callable[[Any], Place]] = partial(tuple.__new__, Place)


class _Read(NamedTuple):
    addresses: Sequence[Address]
    forms: Sequence[tuple[dict[str, Value], Sequence[str]]]
    metas: Sequence[Meta]
    origins: Sequence[Mapping[str, Place]]


def _read_group(group: Sequence[Any], file: str, tables: _Read, found: list[Resource]) -> None:
    addresses = tables.addresses
    _, _, target, document, above, rows = group
    path = tuple(above)
    for key, line, form, own, references, needs, meta, origins in rows:
        if form is None:
            fields = unpack(own)
        else:
            common, secrets = tables.forms[form]
            fields = common | own
            for name, reference in zip(secrets, references, strict=True):
                fields[name] = Secret(reference)
        found.append(
            _RESOURCE(
                (
                    addresses[len(found)],
                    target,
                    fields,
                    _PLACE((file, document, (*path, key), "value")),
                    line,
                    tuple([addresses[each] for each in needs]),
                    NO_META if meta is None else tables.metas[meta],
                    {} if origins is None else tables.origins[origins],
                )
            )
        )
