"""Where a phone is, and what may be said to it there. Pure."""

import ipaddress
import re
from collections.abc import Mapping
from typing import NamedTuple

from reconciler.device import Reach
from reconciler.phones.logins import Wire
from reconciler.phones.meant import Placed


class Contact(NamedTuple):
    """Where somebody is registered from, and as what: the User-Agent."""

    host: str
    agent: str = ""


Contacts = Mapping[tuple[str, str], tuple[Contact, ...]]
"""(PBX, extension) -> from where it is registered: several phones and apps may share it."""


def reach_of(phone: Placed, wire: Wire, contacts: Contacts) -> Reach | None:
    """Return how to reach a phone; None when nobody knows where it is.

    Its `address` counts; else where it is registered from, but only inside its site's subnets: a
    phone behind NAT shows somebody else's address. Of a line that several phones share it has to be
    clear which one is meant. Plain HTTP is allowed inside the subnets.
    """
    host = wire.host or phone.host or _registered(phone, contacts)
    if host is None:
        return None
    return Reach(
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
