"""Sealing: values become fingerprints before any stage sees them.

References become self-contained here: a bare `generated` turns into `generated:ADDRESS/PATH`, so
that requests, which speak the platform's words, still say which field they mean.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from reconciler.diagnostics.diagnostic import Checked
from reconciler.execution.secrets.fingerprint import Fingerprints
from reconciler.execution.secrets.judge import Examined, Findings, examine
from reconciler.execution.secrets.reveal import make_generated, reveal_requests, reveal_settings
from reconciler.execution.secrets.sources import Secrets, qualified
from reconciler.execution.secrets.walk import Path, dotted, mapped, not_data, secrets_in
from reconciler.model.address import Address
from reconciler.model.live import LiveObject, TargetLive
from reconciler.model.resource import Desired, Resource
from reconciler.model.secret import Clear, Secret
from reconciler.model.value import Fields, Value

__all__ = [
    "make_generated",
    "reveal_requests",
    "reveal_settings",
    "seal_desired",
    "seal_fields",
    "seal_live",
    "seal_made",
]


def seal_desired(
    desired: Desired,
    secrets: Secrets,
    fingerprints: Fingerprints,
    *,
    generate: bool = False,
    marks: dict[str, list[str]] | None = None,
) -> Checked[Desired]:
    """Return the estate with each secret's fingerprint, and all that is wrong with secrets.

    `marks` gets by file what the fingerprints say, in the order of what is declared there.
    A generated secret without a value has no fingerprint yet, unless `generate`: then it is made
    and stored, all of them in one write. Raises WorkspaceError when the store cannot be used.
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
    resources = dict(desired.resources)
    for address, resource in desired.resources.items():
        found = secrets_in(resource.fields, address.kind)
        if not found:
            continue
        examined = [(path, examine(resource, path, e, secrets, findings)) for path, e in found]
        if all(each.usable for _, each in examined):
            fields = _sealed(resource, examined, secrets, fingerprints)
            resources[address] = resource._replace(fields=fields)
            if marks is not None:
                marks.setdefault(resource.origin.file, []).extend(_said(fields, examined))
    return Checked(desired._replace(resources=resources), tuple(findings.all()))


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
