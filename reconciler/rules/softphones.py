"""Softphones: keys that open more than they should, and apps that ask too often."""

from collections.abc import Iterator
from typing import Final

from reconciler.diagnostics.codes import found
from reconciler.diagnostics.diagnostic import Related
from reconciler.model.resource import Resource
from reconciler.model.secret import Secret
from reconciler.rules.rule import Finding, Sorted

LEAST_S: Final = 900
"""A quarter of an hour: checks more often than that cost battery and server."""


def frequent_checks(estate: Sorted) -> Iterator[Finding]:
    """Softphones that look for new settings more often than every quarter of an hour."""
    for resource in estate.of(("softphone",)):
        every = resource.fields.get("check_interval")
        if every is not None and every < LEAST_S:
            yield Finding(
                found(
                    "frequent-checks",
                    f"{resource.address} looks for new settings every {every} s.",
                    resource.place_of("check_interval"),
                    hint="check_interval: 15m, or more",
                ),
                resource,
            )


def shared_device_keys(estate: Sorted) -> Iterator[Finding]:
    """Device keys that refer to the same secret as another key, or as an extension's password."""
    keys = [(each, _reference_of(each, "device_key")) for each in estate.of(("softphone",))]
    if not any(reference for _, reference in keys):
        return
    first: dict[str, tuple[Resource, str]] = {}
    for resource in estate.of(("extension",)):
        reference = _reference_of(resource, "secret")
        if reference is not None:
            first.setdefault(reference, (resource, "secret"))
    for resource, reference in keys:
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


def _reference_of(resource: Resource, field: str) -> str | None:
    """Return a secret's reference where two fields that have it have the same value."""
    secret = resource.fields.get(field)
    if not isinstance(secret, Secret):
        return None
    return None if secret.reference == "generated" else secret.reference
