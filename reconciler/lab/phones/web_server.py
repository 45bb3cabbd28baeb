"""The web servers of many phones behind one socket: the address that is called says which phone.

Every address of 127.0.0.0/8 is this machine (on Linux), so that thousands of phones need one socket
per scheme. Elsewhere each phone has ports of its own on 127.0.0.1. IO.
"""

import asyncio
import socket
import ssl
import struct
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, Protocol

import h11

from reconciler.lab.phones.device import Phone
from reconciler.lab.phones.wire import Answer, Asked, read_request, spoil

EVERYWHERE: Final = "0.0.0.0"  # noqa: S104 - on the loopback device only
_LOOPBACK_DEVICE: Final = b"lo\0"
_RESET_ON_CLOSE: Final = struct.pack("ii", 1, 0)


class WebPhone(Protocol):
    """What the server needs of a phone."""

    phone: Phone

    @property
    def at_once(self) -> str:
        """What parallel requests get: `wait`, or `refuse` (403)."""
        ...

    @property
    def busy(self) -> asyncio.Lock:
        """Held while a request is answered."""
        ...

    def serves(self, scheme: str) -> bool:
        """Tell whether its settings let it listen there."""
        ...

    def certificate(self) -> ssl.SSLContext:
        """Return its TLS context."""
        ...

    def answer(self, asked: Asked) -> Answer:
        """Answer a request."""
        ...


def keep_on_loopback(sock: socket.socket) -> None:
    """Bind a socket to the loopback device, where the system can: nobody outside reaches it."""
    option = getattr(socket, "SO_BINDTODEVICE", None)
    if option is not None:
        with suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, option, _LOOPBACK_DEVICE)


@dataclass
class WebServer:
    """Listens; finds the phone that is called by address and port."""

    find: Callable[[tuple[str, int]], WebPhone | None]
    _listening: list[tuple[socket.socket, asyncio.Task[None]]] = field(default_factory=list)
    _open: dict[asyncio.Task[None], tuple[Phone, asyncio.StreamWriter]] = field(
        default_factory=dict
    )
    _held: list[socket.socket] = field(default_factory=list)
    """Connections to phones that are off and silent."""

    def listen(self, host: str, port: int, scheme: str) -> int:
        """Listen on an address (or EVERYWHERE on loopback); return the port.

        Raises OSError when it is taken.
        """
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            keep_on_loopback(sock)
            sock.bind((host, port))
            sock.listen(4096)
            sock.setblocking(False)  # noqa: FBT003
        except OSError:
            sock.close()
            raise
        loop = asyncio.get_running_loop()
        self._listening.append((sock, loop.create_task(self._accept(sock, scheme))))
        chosen: int = sock.getsockname()[1]
        return chosen

    async def stop(self) -> None:
        """Close all sockets."""
        tasks = [task for _, task in self._listening] + list(self._open)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for sock in (*(sock for sock, _ in self._listening), *self._held):
            sock.close()

    def hang_up_on(self, phone: Phone) -> None:
        """Cut all connections of a phone that has lost power."""
        current = asyncio.current_task()
        for task, (owner, writer) in self._open.items():
            if owner is phone and task is not current:
                writer.transport.abort()

    async def _accept(self, listening: socket.socket, scheme: str) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                sock, peer = await loop.sock_accept(listening)
            except OSError:  # out of file descriptors: the client sees a reset and may come again
                await asyncio.sleep(0.01)
                continue
            task = loop.create_task(self._accepted(sock, peer[0], scheme))
            task.add_done_callback(self._closed)

    def _closed(self, task: asyncio.Task[None]) -> None:
        self._open.pop(task, None)
        if not task.cancelled():
            task.exception()

    async def _accepted(self, sock: socket.socket, peer: str, scheme: str) -> None:
        device = self.find(sock.getsockname())
        if device is None or not device.phone.reachable or not device.serves(scheme):
            self._turn_away(sock, device)
            return
        task, loop = asyncio.current_task(), asyncio.get_running_loop()
        assert task is not None
        reader = asyncio.StreamReader(loop=loop)
        protocol = asyncio.StreamReaderProtocol(reader, loop=loop)
        context = device.certificate() if scheme == "https" else None
        with suppress(ConnectionError, ssl.SSLError, TimeoutError, h11.RemoteProtocolError):
            transport, _ = await loop.connect_accepted_socket(lambda: protocol, sock, ssl=context)
            writer = asyncio.StreamWriter(transport, protocol, reader, loop)
            self._open[task] = (device.phone, writer)
            try:
                await _serve(device, reader, writer, peer)
            finally:
                writer.close()

    def _turn_away(self, sock: socket.socket, device: WebPhone | None) -> None:
        if device is not None and device.phone.faults.silent:
            self._held.append(sock)
            return
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        sock.close()


async def _serve(
    device: WebPhone, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, peer: str
) -> None:
    secure = writer.get_extra_info("ssl_object") is not None
    wire = h11.Connection(h11.SERVER, max_incomplete_event_size=1 << 16)
    while (asked := await read_request(wire, reader, peer, secure=secure)) is not None:
        answer = await _answered(device, asked)
        if answer.drop:
            writer.transport.abort()
            return
        await _send(writer, answer.raw(head=asked.method == "HEAD"), device.phone)
        if answer.version == "1.0" or answer.cut is not None or wire.our_state is h11.MUST_CLOSE:
            return
        # h11 has to believe that the answer went through it, or it takes no next request.
        wire.send(h11.Response(status_code=200, headers=[("Content-Length", "0")]))
        wire.send(h11.EndOfMessage())
        if wire.our_state is not h11.DONE or wire.their_state is not h11.DONE:
            return
        wire.start_next_cycle()


async def _answered(device: WebPhone, asked: Asked) -> Answer:
    """Do the work of a request, one at a time, with what is wrong with the phone in it."""
    faults = device.phone.faults
    if device.at_once == "refuse" and device.busy.locked():
        return Answer(403, b"<html>Forbidden</html>")
    async with device.busy:
        if faults.delay_s:
            await asyncio.sleep(faults.delay_s)
        if not device.phone.power:
            return Answer(drop=True)
        if faults.drop_before:
            faults.drop_before -= 1
            return Answer(drop=True)
        boots = device.phone.happened["reboot"]
        answer = device.answer(asked)
        if not device.phone.power or faults.drop_after:
            faults.drop_after = max(0, faults.drop_after - 1)
            return Answer(drop=True)
        if faults.drops_on_reboot and device.phone.happened["reboot"] > boots:
            return Answer(drop=True)
        return spoil(answer, faults)


async def _send(writer: asyncio.StreamWriter, raw: bytes, phone: Phone) -> None:
    if not phone.faults.trickle_s:
        writer.write(raw)
        await writer.drain()
        return
    for at in range(len(raw)):
        writer.write(raw[at : at + 1])
        await writer.drain()
        await asyncio.sleep(phone.faults.trickle_s)
