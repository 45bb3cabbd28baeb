"""SIP over TCP and TLS: connections by their two ends, messages cut out of them. IO.

A phone opens a connection to its PBX, and all that either has to say to the other goes over it
(RFC 5626 in spirit; what phones behind a router do). One port takes both: a client that begins
with a TLS handshake gets TLS.
"""

import asyncio
import re
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from reconciler.lab.phones.sip.datagrams import Place
from reconciler.lab.phones.web_server import keep_on_loopback

LARGEST: Final = 65535
_HANDSHAKE: Final = b"\x16"
"""The first byte of whoever wants TLS."""
_LENGTH: Final = re.compile(rb"(?im)^(?:content-length|l)\s*:\s*(\d+)\s*$")
_OPEN_S: Final = 5.0


@dataclass(slots=True)
class Stream(asyncio.Protocol):
    """One connection, with what has come of the next message."""

    own: Place
    other: Place
    of: "Streams"
    secure: bool
    transport: asyncio.Transport | None = None
    waiting: bytearray = field(default_factory=bytearray)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.of.open[self.own, self.other] = self

    def data_received(self, data: bytes) -> None:
        """Take what comes; hand on each whole message."""
        self.waiting += data
        if len(self.waiting) > LARGEST:
            self.close()
            return
        for message in _cut(self.waiting):
            self.of.on_message(message, self.own, self.other)

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        if self.of.open.get((self.own, self.other)) is self:
            del self.of.open[self.own, self.other]
            self.of.on_lost(self.own, self.other)

    def close(self) -> None:
        """End the connection without a word to `on_lost`."""
        self.of.open.pop((self.own, self.other), None)
        if self.transport is not None:
            self.transport.close()


def _cut(waiting: bytearray) -> list[bytes]:
    """Take the whole messages out of what has come. Empty lines between them keep a line alive."""
    found: list[bytes] = []
    while True:
        while waiting[:2] == b"\r\n":
            del waiting[:2]
        head, end, _ = bytes(waiting).partition(b"\r\n\r\n")
        if not end:
            return found
        length = _LENGTH.search(head)
        whole = len(head) + 4 + (int(length[1]) if length else 0)
        if len(waiting) < whole:
            return found
        found.append(bytes(waiting[:whole]))
        del waiting[:whole]


def _set(ready: asyncio.Future[None]) -> None:
    if not ready.done():
        ready.set_result(None)


@dataclass
class Streams:
    """Connections of many. `on_message(data, to, of)` as datagrams have it; `on_lost(own, other)`.

    `own` is the place that a phone is known by, not the port of the connection; see `local`.
    """

    on_message: Callable[[bytes, Place, Place], None]
    on_lost: Callable[[Place, Place], None] = lambda _own, _other: None
    open: dict[tuple[Place, Place], Stream] = field(default_factory=dict)
    _listeners: list[socket.socket] = field(default_factory=list)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def kind(self, own: Place, other: Place) -> str:
        """Return how a message gets there, as Via has it: UDP, TCP or TLS."""
        stream = self.open.get((own, other))
        return "UDP" if stream is None else "TLS" if stream.secure else "TCP"

    def local(self, own: Place, other: Place) -> Place | None:
        """Return the address of our end, which the other side sees."""
        stream = self.open.get((own, other))
        if stream is None or stream.transport is None:
            return None
        name: Place = stream.transport.get_extra_info("sockname")
        return name

    def send(self, data: bytes, own: Place, other: Place) -> bool:
        """Send over a connection. False: there is none."""
        stream = self.open.get((own, other))
        if stream is None or stream.transport is None:
            return False
        stream.transport.write(data)
        return True

    async def reach(self, own: Place, other: Place, context: ssl.SSLContext | None) -> None:
        """Open a connection from a phone. Raises OSError when nobody answers, or not in TLS."""
        if (own, other) in self.open:
            return
        loop = asyncio.get_running_loop()
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            keep_on_loopback(sock)
            sock.setblocking(False)  # noqa: FBT003
            sock.bind((own[0], 0))
            async with asyncio.timeout(_OPEN_S):
                await loop.sock_connect(sock, other)
                await loop.create_connection(
                    lambda: Stream(own, other, self, context is not None), sock=sock, ssl=context,
                    server_hostname="" if context is not None else None,
                )  # fmt: skip
        except (OSError, TimeoutError) as error:
            sock.close()
            raise OSError(str(error) or "no answer") from error

    def listen(self, place: Place, context: Callable[[], ssl.SSLContext]) -> None:
        """Take connections at a place. Raises OSError when the port is taken."""
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            keep_on_loopback(sock)
            sock.bind(place)
            sock.listen(100)
            sock.setblocking(False)  # noqa: FBT003
        except OSError:
            sock.close()
            raise
        self._listeners.append(sock)
        asyncio.get_running_loop().add_reader(sock, self._accept, sock, place, context)

    def _accept(
        self, listener: socket.socket, own: Place, context: Callable[[], ssl.SSLContext]
    ) -> None:
        with suppress(BlockingIOError, ConnectionError):
            sock, other = listener.accept()
            sock.setblocking(False)  # noqa: FBT003
            task = asyncio.get_running_loop().create_task(self._taken(sock, own, other, context))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _taken(
        self, sock: socket.socket, own: Place, other: Place, context: Callable[[], ssl.SSLContext]
    ) -> None:
        """Look at the first byte, then talk plainly or in TLS."""
        loop = asyncio.get_running_loop()
        ready: asyncio.Future[None] = loop.create_future()
        loop.add_reader(sock, _set, ready)
        try:
            await ready
            loop.remove_reader(sock)
            secure = sock.recv(1, socket.MSG_PEEK) == _HANDSHAKE
            await loop.connect_accepted_socket(
                lambda: Stream(own, other, self, secure), sock, ssl=context() if secure else None
            )
        except (OSError, asyncio.CancelledError):
            loop.remove_reader(sock)
            sock.close()

    def close_of(self, own: Place) -> None:
        """Close a phone's connections: it has lost power, or its SIP ends."""
        for key in [each for each in self.open if each[0] == own]:
            self.open[key].close()

    def close(self) -> None:
        """Close everything."""
        loop = asyncio.get_running_loop()
        for sock in self._listeners:
            loop.remove_reader(sock)
            sock.close()
        self._listeners.clear()
        for task in self._tasks:
            task.cancel()
        for stream in list(self.open.values()):
            stream.close()
