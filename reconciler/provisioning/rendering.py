"""Rendering: what devices will be given becomes fields of those whose files are published. Pure.

    files.805ec0f00121.cfg   the file, a secret by reference: `rendering:phone/main/lobby/NAME`
    access.token             what the device shows to get it, by reference
    access.subnets           networks from which it may be fetched

So a template, an extension's label or a site's time server changes the phones whose files it
changes, and the engine plans, owns, compares and records files as it does any other field.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from reconciler.adapter import Adapter
from reconciler.diagnostics.diagnostic import Checked, Diagnostic
from reconciler.kinds.declaration import Declarations
from reconciler.model.resource import Desired, Removed, Resource
from reconciler.model.secret import Secret
from reconciler.model.value import Value
from reconciler.phonefiles.file import PhoneFile
from reconciler.phonefiles.inventory import Inventory, take_inventory
from reconciler.phonefiles.render import NO_FILES, render_phone
from reconciler.phonefiles.vendor import Vendor
from reconciler.provisioning.renderings import FILES, SCHEME, Renderings, rendered_in
from reconciler.softphones.render import render_softphone

_OURS: Final = (FILES, "access.")


def render_desired(
    desired: Desired,
    declarations: Declarations,
    vendors: Mapping[str, Vendor],
    adapters: Mapping[str, Adapter],
    wrong: frozenset[tuple[str, str]] = frozenset(),
) -> Checked[tuple[Desired, Renderings]]:
    """Render for everybody whose platform holds files; say everything that is wrong with them.

    Who has to do with an entry (section, key) that is `wrong` is left out: its files would be, too.

    Who shall be given nothing (decommissioned, disabled) is no longer wanted there: what was
    published is withdrawn.
    """
    concerned = rendered_in(desired, adapters)
    inventory = take_inventory(declarations)
    resources = dict(desired.resources)
    removed = list(desired.removed)
    files: dict[str, PhoneFile] = {}
    findings: dict[Diagnostic, None] = {}
    for resource in sorted(concerned, key=lambda each: each.address):
        out = out_of_use(resource)
        if out is not None:
            del resources[resource.address]
            place = resource.place_of(out)
            removed.append(
                Removed(resource.address, destroy=True, origin=place, line=resource.line)
            )
            continue
        if wrong and not wrong.isdisjoint(_entries(resource, desired, inventory)):
            continue
        said = {path: v for path, v in resource.fields.items() if not path.startswith(_OURS)}
        given = _given(resource._replace(fields=said), desired, inventory, vendors)
        findings.update(dict.fromkeys(given.diagnostics))
        fields = dict(said)
        fields.update(_access(given.value.access, resource, desired))
        for file in given.value.files:
            name = f"{resource.address}/{file.name}"
            files[name] = file
            fields[f"{FILES}{file.name}"] = Secret(f"{SCHEME}:{name}")
        resources[resource.address] = resource._replace(fields=fields)
    wanted = desired._replace(resources=resources, removed=tuple(removed))
    return Checked((wanted, Renderings(files)), tuple(findings))


def out_of_use(resource: Resource) -> str | None:
    """Return the field that takes a device out of use; None when it is in use."""
    if resource.fields.get("lifecycle") in NO_FILES:
        return "lifecycle"
    return "enabled" if resource.fields.get("enabled") is False else None


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


@dataclass(frozen=True, slots=True)
class _Given:
    files: tuple[PhoneFile, ...] = ()
    access: Mapping[str, Value] = field(default_factory=dict)


def _given(
    resource: Resource, desired: Desired, inventory: Inventory, vendors: Mapping[str, Vendor]
) -> Checked[_Given]:
    if resource.address.kind == "softphone":
        account = render_softphone(resource, desired, inventory.fetching.base_url, inventory.pbxs)
        found = account.value
        if found is None:
            return Checked(_Given(), account.diagnostics)
        key = {"access.token": found.softphone.device_key}
        return Checked(_Given((found.file,), key), account.diagnostics)
    phone = render_phone(resource, desired, inventory, vendors)
    return Checked(_Given(phone.value.files, phone.value.access), phone.diagnostics)


def _access(
    shown: Mapping[str, Value], resource: Resource, desired: Desired
) -> Iterator[tuple[str, Value]]:
    yield from shown.items()
    subnets: Iterable[str] = desired.sites.get(resource.address.scope, {}).get("subnets") or ()
    if resource.address.kind == "phone" and subnets:
        yield "access.subnets", list(subnets)
