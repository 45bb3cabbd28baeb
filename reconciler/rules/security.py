"""Security: what lets strangers in, or passwords out."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from reconciler.diagnostics.codes import found
from reconciler.diagnostics.diagnostic import Related
from reconciler.model.address import Address
from reconciler.model.resource import Resource
from reconciler.rules.rule import Finding, Sorted

_SECRETIVE: Final = re.compile(r"passw|passwd|secret|(^|[._])(pin|pwd|psk|token)($|[._])")
_FREE_FORM: Final = ("settings.", "raw.")


def no_secrets(estate: Sorted) -> Iterator[Finding]:
    """Extensions that phones register to, without a password that the phones could be told."""
    desired = estate.desired
    users: dict[Address, Resource] = {}
    for resource in estate.of(("phone", "softphone")):
        keys = _registers_to(resource)
        for address in resource.needs:
            if address.key in keys and address.kind == "extension":
                users.setdefault(address, resource)
    for address, user in users.items():
        extension = desired.resources.get(address)
        if (
            extension is not None
            and extension.fields.get("secret") is None
            and desired.knows(address, "secret")
        ):
            yield Finding(
                found(
                    "no-secret",
                    f"No secret is declared for {address}, and what registers to it needs one.",
                    extension.origin.key(),
                    hint="secret: {secret: generated}",
                    related=(Related(user.origin.key(), "registers to it"),),
                ),
                extension,
            )


def _registers_to(resource: Resource) -> list[str]:
    if resource.address.kind == "softphone":
        return [resource.fields.get("extension", "").rpartition(":")[2]]
    lines = resource.fields.get("lines") or ()
    return [line.get("extension", "").rpartition(":")[2] for line in lines]


def secrets_in_settings(estate: Sorted) -> Iterator[Finding]:
    """Free-form settings with a name that says password: they would be stored in clear."""
    for resource in estate.desired.resources.values():
        for path in _secretive(tuple(resource.fields)):
            if resource.fields[path]:
                head, _, name = path.partition(".")
                elsewhere = resource.origins.get(path)
                yield Finding(
                    found(
                        "secret-in-settings",
                        f"{resource.address}: {path} looks like a password, and settings are "
                        "plain text.",
                        elsewhere or resource.origin.at(head, name),
                        hint="use the field that takes a secret reference",
                    ),
                    resource,
                )


@lru_cache(maxsize=4096)
def _secretive(paths: tuple[str, ...]) -> tuple[str, ...]:
    """Return the free-form settings whose names say password: most objects have the same fields."""
    return tuple(
        path
        for path in paths
        if path.startswith(_FREE_FORM) and _SECRETIVE.search(path.partition(".")[2].lower())
    )
