"""What phones' own files tell of the settings on which consequences depend."""

from collections.abc import Iterable, Mapping

from reconciler.device import DeviceVendor
from reconciler.phones.meant import Placed
from reconciler.workflow.declare import Declared


def told_by_files(
    phones: Iterable[Placed], declared: Declared, devices: Mapping[str, DeviceVendor]
) -> dict[Placed, Mapping[str, str]]:
    """Return the deciding parameters (`DeviceVendor.deciding`) that each phone's file sets."""
    from reconciler.adapters.renderers import RENDERERS
    from reconciler.phonefiles.build import build_phone
    from reconciler.phonefiles.inventory import take_inventory
    from reconciler.phonefiles.phonebook import Phonebooks

    inventory = take_inventory(declared.declarations)
    books = Phonebooks(declared.desired)
    found: dict[Placed, Mapping[str, str]] = {}
    for each in phones:
        names = devices[each.vendor].deciding
        vendor = RENDERERS[each.vendor] if names and each.vendor in RENDERERS else None
        model = vendor.models.get(each.model) if vendor is not None else None
        if vendor is None or model is None:
            found[each] = {}
            continue
        resource = declared.desired.resources[each.address]
        view = build_phone(resource, declared.desired, inventory, vendor.name, model, books).value
        sheet = vendor.sheet(view)
        vendor.fill(view, sheet)
        written = {
            one.name: "".join(part for part in one.parts if isinstance(part, str))
            for one in sheet.parameters
            if one.name in names
        }
        own = {name: view.raw[name] or "" for name in names if name in view.raw}
        found[each] = {**written, **own}
    return found
