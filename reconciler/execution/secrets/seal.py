"""Sealing: values become fingerprints before any stage sees them.

References become self-contained here: a bare `generated` turns into `generated:ADDRESS/PATH`, so
that requests, which speak the platform's words, still say which field they mean.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from reconciler.diagnostics.diagnostic import Checked
from reconciler.errors import SecretUnavailable
from reconciler.execution.secrets.fingerprint import Fingerprints
from reconciler.execution.secrets.judge import Examined, Findings, examine
from reconciler.execution.secrets.reveal import make_generated, reveal_requests, reveal_settings
from reconciler.execution.secrets.sources import Secrets, qualified
from reconciler.execution.secrets.walk import Path, dotted, mapped, not_data, secrets_in
from reconciler.model.address import Address
from reconciler.model.codec import canonical
from reconciler.model.live import LiveObject, TargetLive
from reconciler.model.resource import Desired, Resource
from reconciler.model.secret import Clear, Secret
from reconciler.model.value import EMPTY, Fields, Value

__all__ = [
    "make_generated",
    "reveal_requests",
    "reveal_settings",
    "seal_desired",
    "seal_fields",
    "seal_live",
    "seal_made",
]


class Sealed(NamedTuple):
    """What the secrets of a file were sealed to: what each fingerprint says, in their order.

    `values` is of all their values together, "" where anything is to be said about one of them.
    """

    values: str
    marks: Sequence[str]


def seal_desired(
    desired: Desired,
    secrets: Secrets,
    fingerprints: Fingerprints,
    *,
    generate: bool = False,
    known: Mapping[str, Sealed] = EMPTY,
    sealed: dict[str, Sealed] | None = None,
) -> Checked[Desired]:
    """Return the estate with each secret's fingerprint, and all that is wrong with secrets.

    `known` says by file to what its secrets were sealed when it said the same; `sealed` is told to
    what they are now. A generated secret without a value has no fingerprint yet, unless `generate`:
    then it is made and stored, all of them in one write. Raises WorkspaceError when the store
    cannot be used.
    """
    secrets.follow({each.source: each.destination for each in desired.moved})
    findings = Findings()
    if generate:
        secrets.make(
            qualified(found.reference, address, dotted(path))
            for address, resource in desired.resources.items()
            for path, found in secrets_in(resource.fields, address.kind)
            if found.reference is not None
        )
    holders = [
        _Holder(resource, found)
        for address, resource in desired.resources.items()
        if (found := secrets_in(resource.fields, address.kind))
    ]
    by_file: dict[str, list[_Holder]] = {}
    if sealed is not None:
        for each in holders:
            by_file.setdefault(each.resource.origin.file, []).append(each)
    values = {file: _values(file, each, secrets, fingerprints) for file, each in by_file.items()}
    same = {f for f, said in values.items() if said and f in known and known[f].values == said}
    resources = dict(desired.resources)
    marks: dict[str, list[str]] = {}
    for file in same:
        marks[file] = [*known[file].marks]
        resources |= _sealed_as_before(by_file[file], marks[file])
    for resource, held in holders:
        file = resource.origin.file
        if file in same:
            continue
        examined = [(path, examine(resource, path, e, secrets, findings)) for path, e in held]
        if all(each.usable for _, each in examined):
            fields = _sealed(resource, examined, secrets, fingerprints)
            resources[resource.address] = resource._replace(fields=fields)
            if sealed is not None:
                marks.setdefault(file, []).extend(_said(fields, examined))
    diagnostics = tuple(findings.all())
    if sealed is not None:
        sealed |= {
            file: Sealed("" if diagnostics else values[file], each) for file, each in marks.items()
        }
    return Checked(desired._replace(resources=resources), diagnostics)


class _Holder(NamedTuple):
    """A resource with the secrets in it."""

    resource: Resource
    found: Sequence[tuple[Path, Secret]]


def _values(
    file: str, held: Sequence[_Holder], secrets: Secrets, fingerprints: Fingerprints
) -> str:
    """Return a fingerprint of all values of a file's secrets.

    "" where one is not there or made of others, stands inside of a list or map, or was read from a
    file that everybody may read.
    """
    values: list[str] = []
    for resource, found in held:
        for path, secret in found:
            reference = secret.reference
            if reference is None or len(path) > 1 or secrets.is_derived(reference):
                return ""
            try:
                clear = secrets.look_up(reference, address=resource.address, path=str(path[0]))
            except SecretUnavailable:
                return ""
            if clear is None:
                return ""
            values.append(clear.reveal())
    if secrets.open_files:
        return ""
    return fingerprints(Address("values", "", file), "secrets", canonical(values))


def _sealed_as_before(
    held: Sequence[_Holder], marks: Sequence[str]
) -> Iterator[tuple[Address, Resource]]:
    """Yield resources with the fingerprints that their secrets had before."""
    following = iter(marks)
    for resource, found in held:
        fields = dict(resource.fields)
        for path, secret in found:
            name = str(path[0])
            reference = qualified(secret.reference or "", resource.address, name)
            fields[name] = Secret(reference, next(following))
        yield resource.address, resource._replace(fields=fields)


def _sealed(
    resource: Resource,
    examined: Sequence[tuple[Path, Examined]],
    secrets: Secrets,
    fingerprints: Fingerprints,
) -> Fields:
    """Return a resource's fields with the fingerprints of its secrets, which are looked up.

    Nearly all are fields of their own; what holds some below is gone through as a whole.
    """
    address = resource.address
    fields: dict[str, Value] = dict(resource.fields)
    for path, each in examined:
        name = str(path[0])
        if len(path) > 1:
            fields |= seal_fields({name: fields[name]}, address, secrets, fingerprints)
        else:
            fields[name] = _marked(each.secret, each.value, address, name, fingerprints)
    return fields


def _said(fields: Fields, examined: Sequence[tuple[Path, Examined]]) -> Iterator[str]:
    """Yield what the fingerprints of a resource's secrets say."""
    for path, _ in examined:
        value = fields[str(path[0])]
        for each in path[1:]:
            value = value[each]
        yield value.fingerprint or ""


def seal_made(desired: Desired, secrets: Secrets, fingerprints: Fingerprints) -> Desired:
    """Return a sealed estate with the fingerprints of secrets that were made since.

    The others are what they were: a run looks each value up once.
    """
    if not secrets.has_made:
        return desired
    waiting = {
        address: resource
        for address, resource in desired.resources.items()
        if any(e.fingerprint is None for _, e in secrets_in(resource.fields, address.kind))
    }
    made = seal_desired(desired._replace(resources=waiting), secrets, fingerprints).value
    return desired._replace(resources={**desired.resources, **made.resources})


def seal_fields(
    fields: Fields, address: Address, secrets: Secrets, fingerprints: Fingerprints
) -> Fields:
    """Return fields whose secrets all carry the fingerprint of their value.

    Generated secrets without a value stay without fingerprint. Raises SecretUnavailable.
    """

    def seal(path: str, value: Value) -> Value:
        if not isinstance(value, Secret) or value.reference is None:
            return value
        clear = secrets.look_up(value.reference, address=address, path=path)
        return _marked(value, clear, address, path, fingerprints)

    return mapped(fields, seal)


def _marked(
    secret: Secret, value: Clear | None, address: Address, path: str, fingerprints: Fingerprints
) -> Secret:
    """Return a secret with the fingerprint of its value; without one while it has none."""
    if secret.reference is None:
        return secret
    mark = None if value is None else fingerprints(address, path, value.reveal())
    return Secret(qualified(secret.reference, address, path), mark)


def seal_live(
    live: TargetLive, fingerprints: Fingerprints, moves: Mapping[Address, Address]
) -> TargetLive:
    """Return what a target answered with fingerprints in place of values.

    `moves` maps old addresses to new ones: an object that will move is compared with what is
    declared under its new address, so its secrets are fingerprinted as there.
    """
    sealed: dict[Address, LiveObject] = {}
    for address, found in live.objects.items():
        hidden = not_data(found.fields)
        if not hidden:
            continue
        seal = partial(_seal_clear, fingerprints, moves.get(address, address))
        sealed[address] = found._replace(fields={**found.fields, **mapped(hidden, seal)})
    return live._replace(objects={**live.objects, **sealed}) if sealed else live


def _seal_clear(fingerprints: Fingerprints, known_as: Address, path: str, value: Value) -> Value:
    """Return the fingerprint of a value in clear; others as they are."""
    if isinstance(value, Clear):
        return Secret(None, fingerprints(known_as, path, value.reveal()))
    return value
