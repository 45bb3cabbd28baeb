"""Origins: from where a request comes, and over what, as far as it can be believed. Pure.

The peer's address is certain. X-Forwarded-For is what somebody wrote: it is believed from declared
proxies only, and read from its end, because whatever stands further left came from the client.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final, TypeAlias

Host: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

WIDEST: Final = {4: 8, 6: 32}
"""Shortest prefix that still tells something: in `0.0.0.0/0` is everybody."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request comes from. `host` is None when nobody can tell."""

    host: Host | None
    secure: bool
    proxied: bool = False

    @property
    def text(self) -> str:
        """The address as it is logged and recorded."""
        return "unknown" if self.host is None else str(self.host)


@lru_cache(maxsize=4096)
def read_host(text: str) -> Host | None:
    """Read an address, also `::ffff:192.0.2.1`, `[2001:db8::1]:80` and `192.0.2.1:80`."""
    bare = text.strip()
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        found = ip_address(bare.partition("%")[0])
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found


def read_networks(texts: Iterable[str]) -> tuple[tuple[Network, ...], tuple[str, ...]]:
    """Return networks, and those that are too wide to count."""
    networks = [ip_network(each, strict=False) for each in texts]
    narrow = tuple(each for each in networks if each.prefixlen >= WIDEST[each.version])
    return narrow, tuple(str(each) for each in networks if each not in narrow)


def counted_as(host: Host | None) -> str:
    """Return what failed tries of an address are counted by: of IPv6 the network that people get.

    Whoever has one IPv6 address has 2^64 of them.
    """
    if isinstance(host, IPv6Address):
        return str(ip_network((int(host) >> 64 << 64, 64)))
    return str(host)


def inside(host: Host | None, networks: Iterable[Network]) -> bool:
    """Whether an address lies in one of the networks."""
    return host is not None and any(
        host in each for each in networks if each.version == host.version
    )


def origin_of(
    peer: str | None, *, secure: bool, forwarded_for: Sequence[str], proto: str,
    proxies: Sequence[Network],
) -> Origin:  # fmt: skip
    """Return where a request comes from.

    `forwarded_for` are the values of X-Forwarded-For in order, `proto` that of
    X-Forwarded-Proto. The rightmost address that is no declared proxy is the client; one that
    cannot be read makes the client unknown.
    """
    host = read_host(peer) if peer else None
    if not inside(host, proxies):
        return Origin(host, secure)
    secure = proto.strip().lower() == "https"
    host = None  # a proxy that does not say for whom it asks
    for text in reversed([each for value in forwarded_for for each in value.split(",")]):
        host = read_host(text)
        if host is None or not inside(host, proxies):
            break
    return Origin(host, secure, proxied=True)
