"""Onboarding: which site, template and extension a discovered phone would have. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from reconciler.model.resource import Desired
from reconciler.phones.meant import Placed
from reconciler.phones.reaching import inside

_ANY: Final = "any"


@dataclass(frozen=True, slots=True)
class TemplateOffer:
    """What onboarding needs to know of a template."""

    name: str
    vendor: str
    pattern: str | None
    default: bool


@dataclass(frozen=True, slots=True)
class Linked:
    """An extension that a phone is registered to, and how that is known."""

    pbx: str
    extension: str
    why: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a phone would be. `problems` keep it where it is."""

    phone: Placed
    site: str
    template: str | None
    lines: tuple[str, ...]
    why: tuple[str, ...]
    problems: tuple[str, ...] = ()


def propose(
    phone: Placed,
    desired: Desired,
    templates: Sequence[TemplateOffer],
    links: Mapping[str, Linked],
    *,
    site: str | None = None,
    template: str | None = None,
) -> Proposal:
    """Return a proposal; `site` and `template` are what somebody said, `links` by phone address."""
    why: list[str] = []
    problems: list[str] = []
    place = site or _site(phone, desired, why)
    chosen = template or _template(phone, templates, why, problems, _of_site(desired, place))
    lines: tuple[str, ...] = ()
    link = links.get(str(phone.address))
    if link is None:
        why.append("no extension: nobody is registered from its address")
    else:
        lines, problem = _lines(phone, link, desired, place)
        why.append(f"extension {link.extension}: {link.why}")
        problems += [problem] if problem else []
    return Proposal(phone, place, chosen, lines, tuple(why), tuple(problems))


def _site(phone: Placed, desired: Desired, why: list[str]) -> str:
    if phone.host is None:
        return phone.address.scope
    fitting = [
        name
        for name, fields in desired.sites.items()
        if inside(phone.host, tuple(map(str, fields.get("subnets") or [])))
    ]
    if phone.address.scope in fitting or len(fitting) != 1:
        return phone.address.scope
    why.append(f"site {fitting[0]}: {phone.host} is in its subnets")
    return fitting[0]


def _of_site(desired: Desired, site: str) -> bool:
    return bool(desired.sites.get(site, {}).get("phones.template"))


def _template(
    phone: Placed,
    templates: Sequence[TemplateOffer],
    why: list[str],
    problems: list[str],
    of_site: bool,  # noqa: FBT001
) -> str | None:
    """Return the template: one made for the model, else the vendor's default, else any default."""
    made = [
        each
        for each in templates
        if each.vendor == phone.vendor
        and each.pattern is not None
        and re.fullmatch(each.pattern, phone.model)
    ]
    ranks = (
        ("made for its model, and the default", [each for each in made if each.default]),
        ("made for its model", made),
        ("its vendor's default",
         [e for e in templates if e.vendor == phone.vendor and e.default and e.pattern is None]),
        ("the default for all", [e for e in templates if e.vendor == _ANY and e.default]),
    )  # fmt: skip
    for reason, found in ranks:
        if len(found) == 1:
            why.append(f"template {found[0].name}: {reason}")
            return found[0].name
        if found:
            names = ", ".join(sorted(each.name for each in found))
            problems.append(f"several templates fit ({names}): say one with --template")
            return None
    if of_site:
        why.append("template: the site's")
        return None
    problems.append("no template fits: mark one `default: true`, or say --template")
    return None


def _lines(
    phone: Placed, link: Linked, desired: Desired, site: str
) -> tuple[tuple[str, ...], str | None]:
    from reconciler.model.address import Address

    extension = Address("extension", link.pbx, link.extension)
    if extension not in desired.resources:
        return (), f"extension {link.pbx}:{link.extension} is not declared: import or add it first"
    for address, resource in desired.resources.items():
        if address.kind != "phone" or address == phone.address:
            continue
        held = [str(each["extension"]) for each in resource.fields.get("lines") or []]
        if link.extension in held or f"{link.pbx}:{link.extension}" in held:
            return (), f"extension {link.extension} is a line of {address} already"
    same = desired.sites.get(site, {}).get("pbx") == link.pbx
    return ((link.extension if same else f"{link.pbx}:{link.extension}"),), None
