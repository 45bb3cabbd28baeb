"""UDP for many phones: one socket, and each datagram knows to which address it came.

A phone's answers must come from the address that was called, so that the address is read from and
given to the kernel with each datagram (IP_PKTINFO). Where that is not to be had each phone has a
socket of its own. IO.
"""

import asyncio
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from reconciler.lab.phones.web_server import EVERYWHERE, keep_on_loopback

Place: TypeAlias = tuple[str, int]
LARGEST: Final = 65535
AT_ONCE: Final = 256
"""How many datagrams are read before others have their turn."""
_ROOM: Final = 8 << 20
_RCVBUFFORCE: Final = 33
_PKTINFO: Final = getattr(socket, "IP_PKTINFO", 8)
_INFO: Final = struct.Struct("=I4s4s")


@dataclass
class Datagrams:
    """Sockets of a fleet. `on_datagram(data, to, of)` is called for each that comes in."""

    on_datagram: Callable[[bytes, Place, Place], None]
    _shared: socket.socket | None = None
    _own: dict[Place, socket.socket] = field(default_factory=dict)

    def listen_everywhere(self, port: int) -> int:
        """Listen on all loopback addresses; return the port. Raises OSError when it is taken."""
        sock = self._bound((EVERYWHERE, port))
        sock.setsockopt(socket.IPPROTO_IP, _PKTINFO, 1)
        self._shared = sock
        chosen: int = sock.getsockname()[1]
        asyncio.get_running_loop().add_reader(sock, self._read_shared, sock, chosen)
        return chosen

    def listen(self, host: str, port: int = 0) -> int:
        """Listen on an address with a port of its own; return that. Raises OSError."""
        sock = self._bound((host, port))
        place: Place = sock.getsockname()
        self._own[place] = sock
        asyncio.get_running_loop().add_reader(sock, self._read_own, sock, place)
        return place[1]

    @staticmethod
    def _bound(place: Place) -> socket.socket:
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            keep_on_loopback(sock)
            _widen(sock)
            sock.bind(place)
            sock.setblocking(False)  # noqa: FBT003
        except OSError:
            sock.close()
            raise
        return sock

    def close(self) -> None:
        """Close all sockets."""
        loop = asyncio.get_running_loop()
        for sock in (self._shared, *self._own.values()):
            if sock is not None:
                loop.remove_reader(sock)
                sock.close()

    def send(self, data: bytes, of: Place, to: Place) -> None:
        """Send from a phone's address. What the kernel does not take is lost, as on a network."""
        with suppress(OSError):
            if of in self._own:
                self._own[of].sendto(data, to)
            elif self._shared is not None:
                info = _INFO.pack(0, socket.inet_aton(of[0]), b"\0" * 4)
                self._shared.sendmsg([data], [(socket.IPPROTO_IP, _PKTINFO, info)], 0, to)

    def _read_shared(self, sock: socket.socket, port: int) -> None:
        for _ in range(AT_ONCE):
            try:
                data, extra, _flags, of = sock.recvmsg(LARGEST, socket.CMSG_SPACE(_INFO.size))
            except (BlockingIOError, ConnectionError):
                return
            for level, kind, info in extra:
                if (level, kind) == (socket.IPPROTO_IP, _PKTINFO):
                    called = socket.inet_ntoa(_INFO.unpack(info[: _INFO.size])[2])
                    self.on_datagram(data, (called, port), of)

    def _read_own(self, sock: socket.socket, place: Place) -> None:
        for _ in range(AT_ONCE):
            try:
                data, of = sock.recvfrom(LARGEST)
            except (BlockingIOError, ConnectionError):
                return
            self.on_datagram(data, place, of)


def _widen(sock: socket.socket) -> None:
    """Ask for room for what comes while the program is busy: thousands of phones start at once."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _ROOM)
    with suppress(OSError):  # more than usual is for root alone, and Linux alone
        sock.setsockopt(socket.SOL_SOCKET, _RCVBUFFORCE, _ROOM)
