"""The phones that files declare, as live ones are chosen and reached."""

from reconciler.model.resource import Resource
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
