"""Estate: what files add up to, as text and back, exactly as it was. Pure.

There are very many resources, so each is a short row: what is equal for many of them (target, file,
the places of a template's settings) is written once.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Final, NamedTuple

from reconciler.diagnostics.diagnostic import Diagnostic
from reconciler.diagnostics.place import Place
from reconciler.kept.packing import PLAIN, CannotKeep, is_json, pack, unpack
from reconciler.language.node import Skipped
from reconciler.model.address import Address
from reconciler.model.resource import NO_META, Desired, Meta, Moved, Removed, Resource
from reconciler.model.secret import Secret
from reconciler.model.target import Target
from reconciler.model.value import Fields
from reconciler.phonefiles.file import PhoneFile, SecretRule
from reconciler.provisioning.renderings import Renderings

_ENCODER: Final = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, check_circular=False, separators=(",", ":")
)
_OTHERS: Final = ("policy", "workspace", "provisioning", "sites", "pbxs")


class Estate(NamedTuple):
    """What is kept: the desired estate with the files of its devices, and what people are told.

    `kinds` are those of which the files declare anything, also of those that no platform holds.
    """

    desired: Desired
    renderings: Renderings = Renderings()
    skipped: tuple[Skipped, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    kinds: frozenset[str] = frozenset()


def to_text(estate: Estate) -> str:
    """Return an estate as text. Raises CannotKeep."""
    desired = estate.desired
    tables = _Tables({address: number for number, address in enumerate(desired.resources)})
    data = {
        "groups": list(_groups(desired.resources, tables)),
        "tables": [[pack(each) for each in tables.metas], [_packed(e) for e in tables.origins]],
        "targets": {name: _target(each) for name, each in desired.targets.items()},
        "moved": [[*s, *d, pack(at)] for s, d, at in desired.moved],
        "removed": [[*a, destroy, pack(at), line] for a, destroy, at, line in desired.removed],
        "others": {name: pack(getattr(desired, name)) for name in _OTHERS},
        "files": [[name, *_file(each)] for name, each in estate.renderings.files.items()],
        "skipped": estate.skipped,
        "diagnostics": [pack(each) for each in estate.diagnostics],
        "kinds": sorted(estate.kinds),
    }
    try:
        return _ENCODER.encode(data)
    except ValueError as error:
        raise CannotKeep(str(error)) from None


def from_text(text: str) -> Estate:
    """Return the estate that `to_text` wrote."""
    data = json.loads(text)
    metas, origins = data["tables"]
    tables = _Read([unpack(each) for each in metas], [unpack(each) for each in origins])
    desired = Desired(
        _resources(data["groups"], tables),
        {name: _as_target(name, each) for name, each in data["targets"].items()},
        tuple(Moved(Address(*e[0:3]), Address(*e[3:6]), unpack(e[6])) for e in data["moved"]),
        tuple(Removed(Address(*e[:3]), e[3], unpack(e[4]), e[5]) for e in data["removed"]),
        **{name: unpack(each) for name, each in data["others"].items()},
    )
    return Estate(
        desired,
        Renderings({name: _as_file(*each) for name, *each in data["files"]}),
        tuple(Skipped(*each) for each in data["skipped"]),
        tuple(unpack(each) for each in data["diagnostics"]),
        frozenset(data["kinds"]),
    )


@dataclass(slots=True)
class _Tables:
    """What is written once: rows name it by its number."""

    numbers: Mapping[Address, int]
    metas: list[Meta] = field(default_factory=list)
    origins: list[Mapping[str, Place]] = field(default_factory=list)
    _origin_numbers: dict[int, int] = field(default_factory=dict)

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


def _groups(resources: Mapping[Address, Resource], tables: _Tables) -> Iterator[Sequence[object]]:
    """Yield runs of resources that have target, document and section in common, with their rows."""
    for common, run in groupby(resources.values(), _common):
        yield [*common, [_row(each, tables) for each in run]]


def _common(resource: Resource) -> tuple[object, ...]:
    kind, scope, key = resource.address
    at = resource.origin
    if at.path[-1:] != (key,) or at.part != "value":
        raise CannotKeep("a resource that stands somewhere else than under its key")
    return kind, scope, resource.target, at.file, at.document, at.path[:-1]


def _row(resource: Resource, tables: _Tables) -> Sequence[object]:
    numbers = tables.numbers
    fields, references = _fields(resource.fields)
    return (
        resource.address.key,
        resource.line,
        fields,
        references,
        [numbers.get(each, each) for each in resource.needs],
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
    metas: Sequence[Meta]
    origins: Sequence[Mapping[str, Place]]


def _resources(groups: Sequence[Any], tables: _Read) -> dict[Address, Resource]:
    addresses = [Address(each[0], each[1], row[0]) for each in groups for row in each[6]]
    resources: dict[Address, Resource] = {}
    follow = iter(addresses)
    for _, _, target, file, document, above, rows in groups:
        path = tuple(above)
        for key, line, fields, references, needs, meta, origins in rows:
            address = next(follow)
            if fields.__class__ is list:
                fields = unpack(fields[0])
            if references is not None:
                for name, reference in references.items():
                    fields[name] = Secret(reference)
            resources[address] = Resource(
                address,
                target,
                fields,
                Place(file, document, (*path, key)),
                line,
                tuple([addresses[e] if e.__class__ is int else Address(*e) for e in needs]),
                NO_META if meta is None else tables.metas[meta],
                {} if origins is None else tables.origins[origins],
            )
    return resources


def _packed(origins: Mapping[str, Place]) -> object:
    return pack(dict(origins))


def _target(target: Target) -> Sequence[object]:
    return (
        target.scope,
        target.adapter,
        pack(dict(target.settings)),
        pack(target.origin),
        target.line,
        target.on_demand,
        sorted(target.files),
    )


def _as_target(name: str, data: Sequence[Any]) -> Target:
    scope, adapter, settings, origin, line, on_demand, files = data
    return Target(
        name, scope, adapter, unpack(settings), unpack(origin), line, on_demand, frozenset(files)
    )


def _file(file: PhoneFile) -> Sequence[object]:
    parts = [each if each.__class__ is str else _reference(each) for each in file.parts]
    return (
        file.name, parts, file.escaping, file.media_type, file.shared, file.rules, file.folder
    )  # fmt: skip


def _reference(part: object) -> Sequence[object]:
    if part.__class__ is not Secret:
        raise CannotKeep("a part of a file")
    return (part.reference, part.fingerprint)


def _as_file(name: str, parts: Sequence[Any], *rest: Any) -> PhoneFile:
    escaping, media_type, shared, rules, folder = rest
    return PhoneFile(
        name,
        tuple([each if each.__class__ is str else Secret(*each) for each in parts]),
        escaping,
        media_type,
        shared,
        tuple(SecretRule(*each) for each in rules),
        folder,
    )
