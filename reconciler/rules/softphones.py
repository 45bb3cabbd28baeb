"""Softphones: keys that open more than they should, and apps that ask too often."""

from collections.abc import Iterator
from typing import Final

from reconciler.diagnostics.codes import found
from reconciler.diagnostics.diagnostic import Related
from reconciler.model.resource import Desired, Resource
from reconciler.model.secret import Secret
from reconciler.rules.rule import Finding

LEAST_S: Final = 900
"""A quarter of an hour: checks more often than that cost battery and server."""


def frequent_checks(desired: Desired) -> Iterator[Finding]:
    """Softphones that look for new settings more often than every quarter of an hour."""
    for resource in desired.resources.values():
        every = resource.fields.get("check_interval")
        if resource.address.kind == "softphone" and every is not None and every < LEAST_S:
            yield Finding(
                found(
                    "frequent-checks",
                    f"{resource.address} looks for new settings every {every} s.",
                    resource.place_of("check_interval"),
                    hint="check_interval: 15m, or more",
                ),
                resource,
            )


def shared_device_keys(desired: Desired) -> Iterator[Finding]:
    """Device keys that refer to the same secret as another key, or as an extension's password."""
    first: dict[str, tuple[Resource, str]] = {}
    for resource in desired.resources.values():
        reference = _reference_of(resource, "extension", "secret")
        if reference is not None:
            first.setdefault(reference, (resource, "secret"))
    for resource in desired.resources.values():
        reference = _reference_of(resource, "softphone", "device_key")
        if reference is None:
            continue
        other, field = first.setdefault(reference, (resource, "device_key"))
        if other is not resource:
            yield Finding(
                found(
                    "shared-device-key",
                    f"The device key of {resource.address} is {reference}, and that is the "
                    f"{field.replace('_', ' ')} of {other.address}, too.",
                    resource.place_of("device_key"),
                    hint="write {secret: generated}, or leave it out: then it is made",
                    related=(Related(other.place_of(field), "the other one"),),
                ),
                resource,
            )


def _reference_of(resource: Resource, kind: str, field: str) -> str | None:
    """Return a secret's reference where two fields that have it have the same value."""
    secret = resource.fields.get(field)
    if resource.address.kind != kind or not isinstance(secret, Secret):
        return None
    return None if secret.reference == "generated" else secret.reference
