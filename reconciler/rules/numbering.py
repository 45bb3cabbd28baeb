"""Numbering: one number, one thing. On a PBX, from outside, and in hardware."""

from collections.abc import Callable, Iterator
from typing import Final

from reconciler.diagnostics.codes import found
from reconciler.diagnostics.diagnostic import Diagnostic, Related
from reconciler.diagnostics.place import Place
from reconciler.kinds.all_traits import TRAITS
from reconciler.kinds.did import parse_did
from reconciler.kinds.marks import NAME
from reconciler.kinds.numbers import NUMBERED, WITH_NUMBER, number_of
from reconciler.model.address import Address
from reconciler.model.resource import Resource
from reconciler.rules.rule import Finding, Sorted

_NAMED: Final = frozenset(
    name
    for name, traits in TRAITS.items()
    if traits.scope == "pbx" and traits.key.pattern == NAME.pattern
)
"""Kinds of a PBX whose key is a name."""


def duplicate_numbers(estate: Sorted) -> Iterator[Finding]:
    """Two things on a PBX that the same digits would reach."""
    owners: dict[tuple[str, str], Resource] = {}
    for resource in estate.of(NUMBERED | WITH_NUMBER):
        number = number_of(resource.address, resource.fields)
        if number is None:
            continue
        first = owners.setdefault((resource.address.scope, number), resource)
        if first is not resource:
            yield Finding(_twice("duplicate-number", number, first, resource, _number_at), resource)


def _number_at(resource: Resource) -> Place:
    if resource.address.kind in NUMBERED:
        return resource.origin.key()
    return resource.place_of("number")


def names_alike(estate: Sorted) -> Iterator[Finding]:
    """Two objects of a PBX whose names differ in upper and lower case alone."""
    owners: dict[Address, Resource] = {}
    for resource in estate.of(_NAMED):
        address = resource.address
        first = owners.setdefault(address._replace(key=address.key.lower()), resource)
        if first is not resource:
            yield Finding(
                found(
                    "names-alike",
                    f"{address} and {first.address} differ only in upper and lower case.",
                    resource.origin.key(),
                    hint="give one of the two a name of its own",
                    related=(Related(first.origin.key(), "the other one"),),
                ),
                resource,
            )


def duplicate_dids(estate: Sorted) -> Iterator[Finding]:
    """Two inbound routes of a PBX for the same outside number, whatever its writing."""
    owners: dict[tuple[str, str, str], Resource] = {}
    for resource in estate.of(("inbound_route",)):
        scope = resource.address.scope
        did, caller = parse_did(resource.address.key)
        country = estate.desired.pbxs.get(scope, {}).get("country")
        same = (scope, bare_number(did or "any", country), bare_number(caller or "", country))
        first = owners.setdefault(same, resource)
        if first is not resource:
            number = resource.address.key
            yield Finding(_twice("duplicate-did", number, first, resource, _key_at), resource)


def bare_number(number: str, country: str | None) -> str:
    """Return a number in international digits: without the plus, and national forms as abroad."""
    digits = number.removeprefix("+")
    if number.startswith("+") or country is None or not digits.isdecimal():
        return digits
    import phonenumbers  # only where numbers are written without a plus

    try:
        parsed = phonenumbers.parse(number, country)
    except phonenumbers.NumberParseException:
        return digits
    if not phonenumbers.is_valid_number(parsed):
        return digits
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)[1:]


def _key_at(resource: Resource) -> Place:
    return resource.origin.key()


def duplicate_macs(estate: Sorted) -> Iterator[Finding]:
    """Two phones with the same hardware."""
    owners: dict[str, Resource] = {}
    for resource in _phones_in_use(estate):
        mac = resource.fields.get("mac")
        if mac is None:
            continue
        first = owners.setdefault(mac, resource)
        if first is not resource:
            yield Finding(_twice("duplicate-mac", mac, first, resource, _mac_at), resource)


def _phones_in_use(estate: Sorted) -> Iterator[Resource]:
    """Yield the phones that are in use: one that is out of service gets no file."""
    for resource in estate.of(("phone",)):
        is_out = resource.fields.get("lifecycle") == "decommissioned"
        if not is_out and estate.desired.knows(resource.address, "lifecycle"):
            yield resource


def _mac_at(resource: Resource) -> Place:
    return resource.place_of("mac")


def shared_lines(estate: Sorted) -> Iterator[Finding]:
    """An extension on the lines of two phones that do not say that they share it."""
    desired = estate.desired
    first_line: dict[Address, tuple[Resource, int]] = {}
    for resource in _phones_in_use(estate):
        by_key = {each.key: each for each in resource.needs if each.kind == "extension"}
        for number, line in enumerate(resource.fields.get("lines") or ()):
            address = by_key.get(line.get("extension", "").rpartition(":")[2])
            if address is None or not desired.knows(resource.address, f"lines.{number}.shared"):
                continue
            first = first_line.setdefault(address, (resource, number))
            other, other_number = first
            if other is resource and other_number == number:
                continue
            shares = line.get("shared") and other.fields["lines"][other_number].get("shared")
            if not shares:
                yield Finding(_shared(address, first, resource, number), resource)


def _shared(
    address: Address, first: tuple[Resource, int], second: Resource, number: int
) -> Diagnostic:
    other, other_number = first
    place = other.place_of("lines").at(other_number, "extension")
    return found(
        "shared-line",
        f"{second.address} and {other.address} both register as extension {address.key}, and "
        "not both lines say that it is shared.",
        second.place_of("lines").at(number, "extension"),
        hint="write shared: true on both lines, or give one phone an extension of its own",
        related=(Related(place, "the other line"),),
    )


def _twice(
    code: str, number: str, first: Resource, second: Resource, place_of: Callable[[Resource], Place]
) -> Diagnostic:
    return found(
        code,
        f"{second.address} and {first.address} are both {number}.",
        place_of(second),
        related=(Related(place_of(first), f"{first.address} has it here"),),
    )
