"""Which hosts there are for emulated phones: loopback, and names that were mapped to it.

A file names the real PBX. A lab that went there would take the real phones' registrations, so that
nothing leaves this machine, whatever a file says.
"""

from collections.abc import Mapping
from ipaddress import AddressValueError, IPv4Address
from typing import TypeAlias

Place: TypeAlias = tuple[str, int]


class NotInTheLabError(Exception):
    """A file names a host that is not on loopback and not mapped; the message says what to do."""


class Hosts:
    """Names and addresses, each mapped to `ADDRESS` or `ADDRESS:PORT` on loopback.

    `elsewhere` says where all hosts are that nobody mapped, by scheme (`sip`, `http`, `https`).
    Raises ValueError for a place that is not on loopback.
    """

    def __init__(
        self, mapped: Mapping[str, str] | None = None, elsewhere: Mapping[str, str] | None = None
    ) -> None:
        self._mapped = {name.lower(): _read(name, each) for name, each in (mapped or {}).items()}
        self._elsewhere = {name: _read(name, each) for name, each in (elsewhere or {}).items()}

    def place(self, host: str, port: int, scheme: str = "sip") -> Place:
        """Return where a host's port is. Raises NotInTheLabError."""
        name = host.lower()
        known = self._mapped.get(f"{name}:{port}") or self._mapped.get(name)
        if known is not None:
            return known[0], known[1] or port
        if name == "localhost" or _is_loopback(name):
            return ("127.0.0.1" if name == "localhost" else name), port
        if (other := self._elsewhere.get(scheme)) is not None:
            return other[0], other[1] or port
        raise NotInTheLabError(
            f"{host} is not in the lab; map it to loopback ({host}=127.0.0.1:{port})"
        )


def _read(name: str, place: str) -> tuple[str, int | None]:
    host, _, port = place.partition(":")
    address = "127.0.0.1" if host == "localhost" else host
    if not _is_loopback(address) or (port and not port.isdigit()):
        raise ValueError(f"{name}={place}: not an address on loopback (127.0.0.1:5060)")
    return address, int(port) if port else None


def _is_loopback(text: str) -> bool:
    try:
        return IPv4Address(text).is_loopback
    except AddressValueError:
        return False
