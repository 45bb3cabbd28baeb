"""How settings reach a phone: it fetches its files, or they are pushed to it. Pure."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final

from reconciler.diagnostics.diagnostic import Diagnostic
from reconciler.model.address import Address
from reconciler.model.resource import Desired, Resource
from reconciler.model.secret import Secret
from reconciler.model.value import Fields

if TYPE_CHECKING:
    from reconciler.device import DeviceVendor

DELIVERY: Final = "provisioning.delivery"


def is_pushed(fields: Fields) -> bool:
    """Whether a phone's settings are written over its own interface."""
    return fields.get(DELIVERY) == "push"


def check_pushed(
    resources: Iterable[Resource], devices: Mapping[str, "DeviceVendor"]
) -> tuple[Diagnostic, ...]:
    """Return an error for each phone that is to be pushed to, and to which nobody knows how."""
    found = []
    for resource in resources:
        if resource.address.kind == "phone" and is_pushed(resource.fields):
            why = _why_not(resource, devices)
            if why is not None:
                found.append(
                    Diagnostic(
                        "value-not-held",
                        f"{resource.address}: its settings cannot be pushed: {why}.",
                        resource.place_of(DELIVERY),
                        hint="let it fetch its files: provisioning: {delivery: fetch}",
                    )
                )
    return tuple(found)


def _why_not(resource: Resource, devices: Mapping[str, "DeviceVendor"]) -> str | None:
    if resource.fields.get("provisioning.dialect") == "names":
        return "a dialect is one of files, and pushed values have P-values' numbers"
    vendor = resource.fields.get("vendor")
    if vendor is None:  # its model was not recognised, which is said elsewhere
        return None
    device = devices[str(vendor)]
    abilities = [each.ability("push_values") for each in device.generations.values()]
    return None if any(each.can for each in abilities) else abilities[0].why


def passwords_of(lines: Iterable[Address], desired: Desired) -> str:
    """Return which passwords a phone's lines have, as fingerprints: a change shows, nothing else.

    Empty where there is none, or where one does not exist yet.
    """
    found = []
    for line in lines:
        resource = desired.resources.get(line)
        secret = resource.fields.get("secret") if resource is not None else None
        if not isinstance(secret, Secret) or secret.fingerprint is None:
            return ""
        found.append(secret.fingerprint)
    return " ".join(found)
