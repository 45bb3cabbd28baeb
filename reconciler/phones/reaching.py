"""Where a phone is, and what may be said to it there. Pure."""

import ipaddress
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from reconciler.device import Reach
from reconciler.model.address import Address
from reconciler.model.standing import Standing
from reconciler.phones.logins import Wire
from reconciler.phones.meant import Placed


class Contact(NamedTuple):
    """Where somebody is registered from, and as what: the User-Agent."""

    host: str
    agent: str = ""


Contacts = Mapping[tuple[str, str], tuple[Contact, ...]]
"""(PBX, extension) -> from where it is registered: several phones and apps may share it."""


class Seen(NamedTuple):
    """Where a phone was last seen. `settled`: it has used all that it was given since."""

    host: str
    settled: bool


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """What is known of where phones are: whence lines are registered, and who was seen where."""

    contacts: Contacts = field(default_factory=dict)
    seen: Mapping[Address, Seen] = field(default_factory=dict)


def seen_in(standings: Iterable[Standing]) -> dict[Address, Seen]:
    """Return where phones were last seen."""
    return {
        each.address: Seen(each.source, each.status == "applied")
        for each in standings
        if each.source
    }


def ways_to(phone: Placed, wire: Wire, known: Whereabouts) -> tuple[Reach, ...]:
    """Return how to reach a phone, likeliest first; none when nobody knows where it is.

    Its `address` counts; else where it is registered from and where it was last seen, but only
    inside its site's subnets: a phone behind NAT shows somebody else's address. A phone that does
    not use yet what it was given may be registered with the lines that it had before, and another
    phone with those that it gets: it is sought first where it was seen. Of a line that several
    phones share it has to be clear which one is meant. Plain HTTP is allowed inside the subnets.
    """
    fixed = wire.host or phone.host
    hosts = [fixed] if fixed else _hosts(phone, known)
    return tuple(
        Reach(
            phone=str(phone.address),
            host=host,
            port=wire.port,
            scheme=wire.scheme,
            plain=wire.plain or inside(host, phone.subnets),
            sight=wire.sight,
            pin=wire.pin,
            mac=phone.mac,
            generation=wire.generation,
        )
        for host in dict.fromkeys(hosts)
    )


def _hosts(phone: Placed, known: Whereabouts) -> list[str]:
    registered = _registered(phone, known.contacts)
    seen = known.seen.get(phone.address)
    if seen is None or not inside(seen.host, phone.subnets):
        return [registered] if registered else []
    both = [registered, seen.host] if seen.settled else [seen.host, registered]
    return [each for each in both if each]


def inside(host: str, subnets: tuple[str, ...]) -> bool:
    """Whether an address is in one of the networks. A name is in none: it may mean anything."""
    try:
        address = ipaddress.ip_address(host)
        return any(address in ipaddress.ip_network(each, strict=False) for each in subnets)
    except ValueError:
        return False


def _registered(phone: Placed, contacts: Contacts) -> str | None:
    found: set[Contact] = set()
    for line in phone.lines:
        here = {each for each in contacts.get(line, ()) if inside(each.host, phone.subnets)}
        if len(here) == 1:
            return here.pop().host
        found |= here
    if not found:
        return None
    for said in (phone.mac, phone.model):
        named = {each.host for each in found if said and _plain(said) in _plain(each.agent)}
        if len(named) == 1:
            return named.pop()
    others = {seen[0].host for line, seen in contacts.items()
              if len(seen) == 1 and line not in phone.lines}  # fmt: skip
    left = {each.host for each in found} - others
    return left.pop() if len(left) == 1 else None


def _plain(text: str) -> str:
    return re.sub("[^0-9a-z]", "", text.lower())


def host_of_contact(contact: str) -> str | None:
    """Return the address in a contact (`sip:1001@192.0.2.51:5060`); None if it holds a name."""
    found = re.search(r"@\[?([0-9a-fA-F:.]+?)\]?(?::\d+)?(?:[;>]|$)", contact)
    try:
        return str(ipaddress.ip_address(found[1])) if found else None
    except ValueError:
        return None
