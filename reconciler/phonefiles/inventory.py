"""What phones take from the files beside their own fields: PBX, template, firmware, address."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from reconciler.diagnostics.codes import found
from reconciler.diagnostics.diagnostic import Diagnostic
from reconciler.diagnostics.place import Place
from reconciler.kinds.declaration import Declaration, Declarations
from reconciler.model.address import Address
from reconciler.model.resource import Desired, Resource
from reconciler.phonefiles.fetching import Fetching, fetching_of
from reconciler.planning.phones.fleet import lines_of
from reconciler.resolve.index import Index, Item
from reconciler.resolve.singles import merged


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a phone belongs. `templates` is its chain, the nearest first.

    `missing` is the name of one that is not there, or not as it should be.
    One that the files do not declare any more has none: a rollback wants it as it was applied,
    with what its templates said then.
    """

    pbx: str
    place: Place
    templates: tuple[Declaration, ...]
    is_past: bool = False
    missing: str | None = None


@dataclass(frozen=True, slots=True)
class Inventory:
    """What the declarations say for all phones.

    `firmware` maps vendor, model (or "" for a track of any model) and version to an address.
    """

    placements: Mapping[Address, Placement]
    sites: Mapping[str, Place]
    pbxs: Mapping[str, Place]
    fetching: Fetching = Fetching()
    firmware: Mapping[tuple[str, str, str], str] = field(default_factory=dict)

    def placement_of(self, resource: Resource, desired: Desired) -> Placement:
        """Return where a phone belongs, also of one that only a rollback wants."""
        known = self.placements.get(resource.address)
        if known is not None:
            return known
        lines = lines_of(resource)
        of_site = desired.sites.get(resource.address.scope, {}).get("pbx")
        pbx = lines[0].scope if lines else str(of_site or "")
        return Placement(pbx, resource.place_of(""), (), is_past=True)

    def firmware_url(self, vendor: str, model: str, version: str | None) -> str | None:
        """Return where a version for a model is fetched, None if no address is known."""
        if version is None:
            return None
        return self.firmware.get((vendor, model.lower(), version))


def take_inventory(declarations: Declarations) -> Inventory:
    """Return what phones need of the declarations. Their mistakes were reported by resolve."""
    index = Index(declarations, [])
    templates = {each.key: each for each in declarations.of("template")}
    sites = {each.key: each for each in declarations.of("site")}
    provisioning = merged(declarations.of("provisioning"), [])
    return Inventory(
        {item.address: _placement(item, sites, templates) for item in index.of("phone")},
        {key: each.place for key, each in sites.items()},
        {each.key: each.place for each in declarations.of("pbx")},
        fetching_of(provisioning),
        _firmware(declarations, provisioning.get("base_url")),
    )


def _placement(
    item: Item, sites: Mapping[str, Declaration], templates: Mapping[str, Declaration]
) -> Placement:
    name: str | None = item.declaration.fields.get("template")
    site = sites.get(item.scope.site)
    if name is None and site is not None:
        phones = site.entry.__dict__.get("phones")
        name = phones.template if phones is not None else None
    chain: list[Declaration] = []
    while name is not None and name in templates and templates[name] not in chain:
        chain.append(templates[name])
        name = templates[name].entry.__dict__.get("extends")
    missing = name if name not in templates else None
    return Placement(item.scope.pbx, item.declaration.place, tuple(chain), missing=missing)


def _firmware(declarations: Declarations, base_url: object) -> dict[tuple[str, str, str], str]:
    urls: dict[tuple[str, str, str], str] = {}
    for each in declarations.of("firmware"):
        entry = each.entry.__dict__
        vendor, slash, model = each.key.partition("/")
        models = [model] if slash else entry.get("models") or []
        for version in entry.get("versions") or []:
            url = firmware_address(version, base_url)
            for name in models if url else []:
                urls[entry.get("vendor") or vendor, name.lower(), version.version] = url or ""
    return urls


def firmware_address(version: Any, base_url: object) -> str | None:
    """Return where phones fetch a version: its url, or its file at the provisioning server."""
    if version.url is not None or version.file is None or not base_url:
        return str(version.url) if version.url is not None else None
    return f"{str(base_url).rstrip('/')}/{quote(version.file)}"


def check_templates(
    address: Address, placement: Placement, vendor: str, model: str
) -> tuple[Diagnostic, ...]:
    """Return what is wrong with a phone's templates: none at all, or made for other phones."""
    if placement.is_past:
        return ()
    if not placement.templates:
        return (
            found(
                "no-template",
                f"{address} has no template, and neither has its site: which settings a "
                f"{vendor} {model} needs is never guessed.",
                placement.place.key(),
                hint="write template: NAME at the phone, or phones: {template: NAME} at the site",
            ),
        )
    return tuple(
        _misfit(address, each, why, placement)
        for each in placement.templates
        if (why := _why_not(each, vendor, model)) is not None
    )


def _why_not(template: Declaration, vendor: str, model: str) -> str | None:
    entry = template.entry.__dict__
    if entry["vendor"] not in ("any", vendor):
        return f"it is for {entry['vendor']} phones"
    pattern = entry.get("model_pattern")
    if pattern is not None and re.fullmatch(pattern, model) is None:
        return f"it is for models like {pattern}"
    return None


def _misfit(address: Address, template: Declaration, why: str, placement: Placement) -> Diagnostic:
    own = placement.place.at("template")
    return found(
        "template-mismatch",
        f"{address} takes settings from template {template.key}, but {why}.",
        own,
        hint="give the phone a template of its vendor and model, or correct its model",
    )
