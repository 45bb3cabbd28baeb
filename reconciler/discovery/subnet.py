"""Which addresses are looked at, and which never. Pure."""

import ipaddress
from typing import Final

LARGEST: Final = 4096
"""A /20: more than that has to be said."""
_METADATA: Final = frozenset(("169.254.169.254", "100.100.100.200", "192.0.0.192"))


class NotLookedAt(ValueError):
    """The network is none that phones are looked for in; the message says why."""


def hosts_of(text: str, *, large: bool = False, loopback: bool = False) -> tuple[str, ...]:
    """Return the addresses of a network or single address, without its own and broadcast.

    Raises NotLookedAt. Only canonical dotted quads: leading zeros may mean octal.
    """
    try:
        network = ipaddress.IPv4Network(text, strict=False)
    except ValueError:
        raise NotLookedAt(f"{text} is no IPv4 network (192.0.2.0/24)") from None
    first = network.network_address
    if first.is_loopback and not loopback:
        raise NotLookedAt(f"{text} is this machine itself")
    if first.is_multicast or first.is_link_local or first.is_unspecified or first.is_reserved:
        raise NotLookedAt(f"{text} is no network of phones")
    if network.num_addresses > LARGEST and not large:
        count = f"{network.num_addresses:,}"
        raise NotLookedAt(f"{text} has {count} addresses; --large says that it is meant")
    found = (str(each) for each in network.hosts())
    return tuple(each for each in found if each not in _METADATA)
