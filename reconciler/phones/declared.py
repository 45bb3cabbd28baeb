"""The phones that files declare, as live ones are chosen and reached."""

from collections.abc import Callable

from reconciler.errors import ReconcilerError
from reconciler.execution.secrets.sources import Secrets
from reconciler.model.resource import Resource
from reconciler.model.secret import Clear, Secret
from reconciler.phones.meant import Placed, placed_phones
from reconciler.workflow.declare import Declared


def vendor_of(resource: Resource) -> str:
    """Return the phone's vendor: as written, else the one whose table has the model."""
    from reconciler.adapters.renderers import RENDERERS

    said = resource.fields.get("vendor")
    if said is not None:
        return str(said)
    model = str(resource.fields["model"])
    for name, vendor in RENDERERS.items():
        if not vendor.by_name_only and vendor.models.get(model) is not None:
            return name
    return "generic"


def declared_phones(declared: Declared) -> tuple[Placed, ...]:
    """Return all declared phones."""
    from reconciler.phonefiles.inventory import take_inventory

    inventory = take_inventory(declared.declarations)
    pbx_of = {address: each.pbx for address, each in inventory.placements.items()}
    return placed_phones(declared.desired, pbx_of, vendor_of)


def admin_passwords(declared: Declared, secrets: Secrets) -> Callable[[Placed], Clear | None]:
    """Return what gives the administrator's password that a phone's files set; None if none does.

    One that cannot be had now is none.
    """
    path = "features.admin_password"

    def of(phone: Placed) -> Clear | None:
        secret = declared.desired.resources[phone.address].fields.get(path)
        if not isinstance(secret, Secret) or secret.reference is None:
            return None
        try:
            return secrets.look_up(secret.reference, address=phone.address, path=path)
        except ReconcilerError:
            return None

    return of
