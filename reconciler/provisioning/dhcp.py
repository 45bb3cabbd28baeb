"""DHCP: what a server tells phones about where they fetch, in four servers' own words. Pure.

Which options a maker's phones look at: other-phones.md ("DHCP options by vendor"), the first one is
what they prefer out of the box. The value is the address of the folder; phones append their files'
names. Where addresses differ from phone to phone (signatures) each is told its own.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

BY_VENDOR: Final[Mapping[str, tuple[int, ...]]] = {
    "yealink": (66, 43, 160),
    "snom": (66,),
    "fanvil": (66, 43),
    "grandstream": (66, 43, 150, 160),
    "polycom": (160, 66),
    "cisco": (66, 150, 160),
    "gigaset": (114,),
    "panasonic": (66, 159, 160),
    "htek": (66, 128, 150),
}
USUAL: Final = (66,)
_NAMES: Final = {66: "tftp-server-name", 43: "vendor-encapsulated-options"}
"""ISC's own names; others are defined."""


@dataclass(frozen=True, slots=True)
class Host:
    """A phone that is told an address of its own. `mac` with colons."""

    name: str
    mac: str
    options: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Told:
    """What a site's phones are told: all of them the same, or each its own."""

    site: str
    subnets: tuple[str, ...]
    options: Mapping[int, str]
    hosts: tuple[Host, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def where(self) -> str:
        """The site's networks, in words."""
        return ", ".join(self.subnets) or "none declared"

    @property
    def numbers(self) -> list[int]:
        """The options' numbers."""
        return sorted({*self.options, *(number for each in self.hosts for number in each.options)})


def options_of(vendors: Iterable[str], only: int | None = None) -> tuple[int, ...]:
    """Return the options that tell these makers' phones: each one's preferred, or `only` that."""
    found = {
        only if only in BY_VENDOR.get(each, USUAL) else BY_VENDOR.get(each, USUAL)[0]
        for each in vendors
    }
    return tuple(sorted(number for number in found if number is not None))


def deaf_to(vendors: Iterable[str], option: int) -> list[str]:
    """Return the makers whose phones do not look at an option."""
    return sorted(each for each in set(vendors) if option not in BY_VENDOR.get(each, USUAL))


def _isc(told: Told) -> Iterable[str]:
    defined = [each for each in told.numbers if each not in _NAMES]
    if defined:
        yield "# outside of every subnet"
        yield from (f"option reconciler-{each} code {each} = text;" for each in defined)
        yield ""

    def lines(options: Mapping[int, str]) -> list[str]:
        return [
            f"  option {_NAMES.get(number, f'reconciler-{number}')} {json.dumps(value)};"
            for number, value in sorted(options.items())
        ]

    if told.options:
        yield f"# inside of the subnet of {told.site} ({told.where})"
        yield from (each.strip() for each in lines(told.options))
    for host in told.hosts:
        yield f"host reconciler-{told.site}-{host.name} {{"
        yield f"  hardware ethernet {host.mac};"
        yield from lines(host.options)
        yield "}"


def _kea(told: Told) -> Iterable[str]:
    def data(options: Mapping[int, str]) -> list[dict[str, object]]:
        return [
            {"name": "tftp-server-name", "data": value}
            if number == 66
            else {"code": number, "csv-format": False, "data": value.encode().hex(),
                  "user-context": {"comment": value}}
            for number, value in sorted(options.items())
        ]  # fmt: skip

    subnet: dict[str, object] = {}
    if told.options:
        subnet["option-data"] = data(told.options)
    if told.hosts:
        subnet["reservations"] = [
            {"hw-address": each.mac, "option-data": data(each.options)} for each in told.hosts
        ]
    yield f"// into the subnet4 entry of {told.site} ({told.where})"
    yield from json.dumps(subnet, indent=2).splitlines()


def _dnsmasq(told: Told) -> Iterable[str]:
    yield f"# the range of {told.site} sets the tag: dhcp-range=set:{told.site},..."
    for number, value in sorted(told.options.items()):
        yield f'dhcp-option-force=tag:{told.site},{number},"{value}"'
    for host in told.hosts:
        tag = f"{told.site}-{host.name}"
        yield f"dhcp-host={host.mac},set:{tag}"
        for number, value in sorted(host.options.items()):
            yield f'dhcp-option-force=tag:{tag},{number},"{value}"'


def _mikrotik(told: Told) -> Iterable[str]:
    yield "/ip dhcp-server option"
    for number, value in sorted(told.options.items()):
        yield f"add name=reconciler-{told.site}-{number} code={number} value=\"s'{value}'\""
    for host in told.hosts:
        for number, value in sorted(host.options.items()):
            name = f"reconciler-{told.site}-{host.name}-{number}"
            yield f"add name={name} code={number} value=\"s'{value}'\""
    if told.options:
        names = ",".join(f"reconciler-{told.site}-{each}" for each in sorted(told.options))
        yield "/ip dhcp-server network"
        for subnet in told.subnets:
            yield f"set [find address={subnet}] dhcp-option={names}"
    if told.hosts:
        yield "/ip dhcp-server lease"
        for host in told.hosts:
            names = ",".join(
                f"reconciler-{told.site}-{host.name}-{each}" for each in sorted(host.options)
            )
            yield f"make-static [find mac-address={host.mac.upper()} dynamic]"
            yield f"set [find mac-address={host.mac.upper()}] dhcp-option={names}"


FORMATS: Final[Mapping[str, Callable[[Told], Iterable[str]]]] = {
    "isc": _isc,
    "kea": _kea,
    "dnsmasq": _dnsmasq,
    "mikrotik": _mikrotik,
}


def write_dhcp(told: Told, to: str) -> str:
    """Return what a DHCP server takes in, with notes as its comments."""
    sign = "//" if to == "kea" else "#"
    notes: Sequence[str] = told.notes
    return "\n".join([*(f"{sign} {each}" for each in notes), *FORMATS[to](told)]) + "\n"
