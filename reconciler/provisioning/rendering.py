"""Rendering: what devices will be given becomes fields of those whose files are published. Pure.

    files.805ec0f00121.cfg   the file, a secret by reference: `rendering:phone/main/lobby/NAME`
    access.token             what the device shows to get it, by reference
    access.subnets           networks from which it may be fetched

So a template, an extension's label or a site's time server changes the phones whose files it
changes, and the engine plans, owns, compares and records files as it does any other field.
"""

from collections.abc import Mapping

from reconciler.adapter import Adapter
from reconciler.diagnostics.diagnostic import Checked
from reconciler.kinds.declaration import Declarations
from reconciler.model.address import Address
from reconciler.model.resource import Desired, Resource
from reconciler.model.value import EMPTY
from reconciler.phonefiles.inventory import Inventory, take_inventory
from reconciler.phonefiles.phonebook import Phonebooks
from reconciler.phonefiles.render import render_phone
from reconciler.phonefiles.vendor import Vendor
from reconciler.provisioning.renderings import (
    Handout,
    Rendered,
    Renderings,
    out_of_use,
    rendered_in,
    with_files,
    without_files,
)
from reconciler.provisioning.watched import Watched
from reconciler.softphones.render import render_softphone


def render_desired(
    desired: Desired,
    declarations: Declarations,
    vendors: Mapping[str, Vendor],
    adapters: Mapping[str, Adapter],
    wrong: frozenset[tuple[str, str]] = frozenset(),
) -> Checked[tuple[Desired, Renderings]]:
    """Render for everybody whose platform holds files, anew for whoever has some.

    Whoever has to do with an entry (section, key) that is `wrong` is left out.
    """
    bare = without_files(desired, rendered_in(desired, adapters))
    rendered = render_devices(bare, declarations, vendors, adapters, wrong)
    return Checked(with_files(bare, rendered), rendered.findings)


def render_devices(
    desired: Desired,
    declarations: Declarations,
    vendors: Mapping[str, Vendor],
    adapters: Mapping[str, Adapter],
    wrong: frozenset[tuple[str, str]] = frozenset(),
    known: Mapping[Address, Handout] = EMPTY,
) -> Rendered:
    """Render for everybody whose platform holds files; say everything that is wrong with them.

    Who has to do with an entry (section, key) that is `wrong` is left out: its files would be, too.
    `known` are those of whom it is known already.
    """
    inventory = take_inventory(declarations)
    books = Phonebooks(desired)
    watched: dict[str, Watched] = {}
    handouts: dict[Address, Handout] = {}
    withdrawn: list[Address] = []
    for resource in sorted(rendered_in(desired, adapters), key=lambda each: each.address):
        address, file = resource.address, resource.origin.file
        if out_of_use(resource) is not None:
            withdrawn.append(address)
        elif wrong and not wrong.isdisjoint(_entries(resource, desired, inventory)):
            continue
        elif address in known:
            handouts[address] = known[address]
        else:
            seen = watched.get(file)
            if seen is None:
                seen = watched[file] = Watched(desired.resources)
            asked = books.asked
            seeing = desired._replace(resources=seen)
            handouts[address] = _handout(resource, seeing, inventory, vendors, books)
            if books.asked != asked:
                seen.look_at_all()
    reads = {file: each.reads for file, each in watched.items()}
    return Rendered(handouts, tuple(withdrawn), reads)


def _entries(resource: Resource, desired: Desired, inventory: Inventory) -> set[tuple[str, str]]:
    """Return the entries (section, key) that a device's files are made of."""
    address = resource.address
    lines = resource.fields.get("lines") or ()
    texts = [str(each["extension"]) for each in lines if "extension" in each]
    texts += [str(resource.fields["extension"])] if resource.fields.get("extension") else []
    found = {("extensions", each.rpartition(":")[2]) for each in texts}
    if address.kind == "softphone":
        return {*found, ("softphones", address.key), ("pbxs", address.scope)}
    placement = inventory.placement_of(resource, desired)
    found |= {("templates", each.key) for each in placement.templates}
    found |= {("templates", placement.missing)} if placement.missing else set()
    return {*found, ("phones", address.key), ("sites", address.scope), ("pbxs", placement.pbx)}


def _handout(
    resource: Resource,
    desired: Desired,
    inventory: Inventory,
    vendors: Mapping[str, Vendor],
    books: Phonebooks,
) -> Handout:
    if resource.address.kind == "softphone":
        account = render_softphone(resource, desired, inventory.fetching.base_url, inventory.pbxs)
        found = account.value
        if found is None:
            return Handout(findings=account.diagnostics)
        key = {"access.token": found.softphone.device_key}
        return Handout((found.file,), key, account.diagnostics)
    phone = render_phone(resource, desired, inventory, vendors, books)
    return Handout(phone.value.files, phone.value.access, phone.diagnostics)
