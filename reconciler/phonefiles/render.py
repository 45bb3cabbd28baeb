"""Render: a phone's files, checked for capacity, for loss and for size. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from reconciler.diagnostics.codes import found
from reconciler.diagnostics.diagnostic import Checked, Diagnostic
from reconciler.diagnostics.place import Place
from reconciler.model.address import Address
from reconciler.model.resource import Desired, Resource
from reconciler.model.value import Value
from reconciler.phonefiles.build import build_phone
from reconciler.phonefiles.capacity import check_capacity
from reconciler.phonefiles.file import LARGEST, NO_FILES, PhoneFile
from reconciler.phonefiles.inventory import Inventory, check_templates
from reconciler.phonefiles.models import Model
from reconciler.phonefiles.phone import Phone
from reconciler.phonefiles.phonebook import Phonebooks
from reconciler.phonefiles.sheet import Sheet
from reconciler.phonefiles.vendor import Vendor


@dataclass(frozen=True, slots=True)
class Rendered:
    """A phone's files. Empty when the phone could not be rendered at all."""

    address: Address
    files: tuple[PhoneFile, ...] = ()
    secret_names: str = ""
    """The vendor's parameters that can hold secrets, as a regular expression."""
    access: Mapping[str, Value] = field(default_factory=dict)
    """Who it is at the provisioning server: its vendor, and what it shows there."""


def phones_of(desired: Desired) -> list[Resource]:
    """Return the phones that get files, by address: discovered and decommissioned ones get none."""
    return [
        resource
        for address, resource in sorted(desired.resources.items(), key=lambda each: str(each[0]))
        if address.kind == "phone" and resource.fields.get("lifecycle") not in NO_FILES
    ]


def render_phones(
    desired: Desired,
    inventory: Inventory,
    vendors: Mapping[str, Vendor],
    only: Iterable[Address] | None = None,
) -> Checked[tuple[Rendered, ...]]:
    """Return the files of phones, and once each thing that is wrong with them."""
    wanted = None if only is None else frozenset(only)
    rendered: list[Rendered] = []
    findings: dict[Diagnostic, None] = {}
    books = Phonebooks(desired)
    for resource in phones_of(desired):
        if wanted is None or resource.address in wanted:
            each = render_phone(resource, desired, inventory, vendors, books)
            rendered.append(each.value)
            findings.update(dict.fromkeys(each.diagnostics))
    return Checked(tuple(rendered), tuple(findings))


def render_phone(
    resource: Resource,
    desired: Desired,
    inventory: Inventory,
    vendors: Mapping[str, Vendor],
    books: Phonebooks | None = None,
) -> Checked[Rendered]:
    """Return a phone's files with everything that is wrong with them."""
    nothing = Rendered(resource.address)
    chosen = _choose(resource, vendors)
    if isinstance(chosen, Diagnostic):
        return Checked(nothing, (chosen,))
    vendor, model = chosen
    placement = inventory.placement_of(resource, desired)
    misfits = check_templates(resource.address, placement, vendor.name, model.name)
    if misfits:
        return Checked(nothing, misfits)
    view = build_phone(resource, desired, inventory, vendor.name, model, books)
    phone = view.value
    sheet = fill_sheet(phone, vendor, resource)
    files = vendor.files(phone, sheet)
    findings = (*view.diagnostics, *sheet.findings(), *_oversized(files, resource))
    access = {"vendor": vendor.name, **inventory.fetching.shown_of(phone)}
    return Checked(Rendered(resource.address, files, vendor.secret_names, access), findings)


def fill_sheet(phone: Phone, vendor: Vendor, resource: Resource) -> Sheet:
    """Return every parameter that a phone shall be told."""
    sheet = vendor.sheet(phone)
    check_capacity(phone, sheet)
    vendor.fill(phone, sheet)
    _write_raw(phone, vendor, sheet, resource)
    return sheet


def _choose(resource: Resource, vendors: Mapping[str, Vendor]) -> tuple[Vendor, Model] | Diagnostic:
    """Return the vendor and model that a phone names; a finding when nobody knows them."""
    name, said = str(resource.fields["model"]), resource.fields.get("vendor")
    if said is not None and said not in vendors:
        return found(
            "unknown-phone-model",
            f"{resource.address}: nothing renders files for phones of {said}; "
            f"there are {', '.join(sorted(vendors))}.",
            resource.place_of("vendor"),
            hint="vendor: generic writes a plain XML file of everything that is declared"
            if "generic" in vendors
            else None,
        )
    candidates = [each for each in vendors.values() if not each.by_name_only]
    if said is not None:
        candidates = [vendors[said]]
    matches = [(each, model) for each in candidates if (model := each.models.get(name))]
    if len(matches) == 1:
        return matches[0]
    if matches:
        names = " and ".join(sorted(each.name for each, _ in matches))
        detail, hint = f"both {names} have a model {name}", "write vendor: at the phone"
    else:
        near = next((one for each in candidates if (one := each.models.near(name))), None)
        whose = f"{said} has no model {name}" if said else f"no vendor has a model {name}"
        detail, hint = f"{whose} in its table", f'did you mean "{near}"?' if near else ""
    return found(
        "unknown-phone-model",
        f"{resource.address}: {detail}, so nobody knows what its files look like.",
        resource.place_of("model"),
        hint=hint or None,
    )


def _write_raw(phone: Phone, vendor: Vendor, sheet: Sheet, resource: Resource) -> None:
    """Write the vendor's own parameters last, so that they win; say what is odd about them."""
    written = {each.name: each.parts for each in sheet.parameters}
    for name, value in phone.raw.items():
        place = _place_of_raw(resource, name)
        remark = vendor.lint(name, value, phone)
        if remark is not None:
            sheet.report(remark.code, f"{phone.title}: {remark.detail}.", place, remark.hint)
            if remark.code == "value-not-held":
                continue
        spelled = sheet.spelling(name)
        before = len(sheet.parameters)
        sheet.put(name, value, f"raw.{name}")
        if spelled in written:
            if [each.parts for each in sheet.parameters[before:]] != [written[spelled]]:
                sheet.report(
                    "parameter-overrides",
                    f"{phone.title}: {name} is written by a setting already; what raw says wins.",
                    place,
                    "change the setting, and leave the parameter out of raw",
                )
            kept = [each for each in sheet.parameters[:before] if each.name != spelled]
            sheet.parameters = [*kept, *sheet.parameters[before:]]
        written |= {each.name: each.parts for each in sheet.parameters[-1:]}


def _place_of_raw(resource: Resource, name: str) -> Place:
    """Return where a vendor's parameter stands; its name may have dots."""
    elsewhere = resource.origins.get(f"raw.{name}")
    return elsewhere if elsewhere is not None else resource.origin.at("raw", name)


def _oversized(files: Iterable[PhoneFile], resource: Resource) -> list[Diagnostic]:
    # A secret's value is longer than its mask: 128 characters (SIP passwords) in at most 4 bytes.
    sizes = {each.name: len(each.masked().encode()) + 512 * len(each.secrets) for each in files}
    return [
        found(
            "phone-file-too-large",
            f"{resource.address}: {name} would have {size:,} bytes; phones take at most "
            f"{LARGEST:,} (128 KiB).",
            resource.origin.key(),
            hint="fewer keys or raw parameters make it smaller",
        )
        for name, size in sizes.items()
        if size > LARGEST
    ]
