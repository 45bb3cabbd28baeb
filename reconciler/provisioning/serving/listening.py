"""Listening: the socket, TLS, and the program that speaks HTTP (uvicorn). IO.

The peer's address is taken from the socket: uvicorn's own belief in X-Forwarded-For is off, its
access log too, because addresses of phones hold what they show.
"""

import asyncio
import logging
import os
import signal
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from reconciler.errors import WorkspaceError
from reconciler.model.value import Fields
from reconciler.provisioning.serving.expiry import expiry_told
from reconciler.provisioning.serving.request import CERTIFICATE

PATIENCE_S: Final = 20
"""How long a device may take to say what it wants."""
KEEP_ALIVE_S: Final = 5
"""How long a connection is kept for the device's next request."""
LARGEST_HEAD: Final = 65_536
"""Bytes of a request before its body."""
_VERSIONS: Final = {
    "1.0": ssl.TLSVersion.TLSv1,
    "1.1": ssl.TLSVersion.TLSv1_1,
    "1.2": ssl.TLSVersion.TLSv1_2,
    "1.3": ssl.TLSVersion.TLSv1_3,
}
_RENEWED_S: Final = 30
_log: Final = logging.getLogger("reconciler.provisioning")


@dataclass(frozen=True, slots=True)
class Listening:
    """Where to listen, and with which certificate. Files are absolute."""

    address: str = "127.0.0.1"
    port: int = 8443
    certificate: Path | None = None
    key: Path | None = None
    client_ca: Path | None = None
    tls_minimum: str = "1.2"
    connections: int = 10_000


def listening_of(fields: Fields, folder: Path) -> Listening:
    """Return what the merged provisioning section says; files lie beside the workspace's folder."""
    usual = Listening()

    def file(name: str) -> Path | None:
        said = fields.get(f"listen.{name}")
        return folder / str(said) if said else None

    return Listening(
        fields.get("listen.address") or usual.address,
        fields.get("listen.port") or usual.port,
        file("certificate"), file("key"), file("client_ca"),
        fields.get("listen.tls_minimum") or usual.tls_minimum,
        fields.get("listen.connections") or usual.connections,
    )  # fmt: skip


def open_socket(at: Listening) -> socket.socket:
    """Return a socket that listens. Raises WorkspaceError when it cannot be had."""
    family = socket.AF_INET6 if ":" in at.address else socket.AF_INET
    # With its protocol named asyncio sends what is small at once; without, Nagle waits 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((at.address, at.port))
        listener.listen(4096)
    except OSError as failure:
        listener.close()
        raise WorkspaceError(
            f"Nobody can listen on {at.address}:{at.port}: {failure.strerror}.",
            hint="another program may have it; provisioning: {listen: {address: ..., port: ...}}",
        ) from None
    return listener


def open_tls(at: Listening) -> ssl.SSLContext | None:
    """Return what TLS is spoken with; None without a certificate. Raises WorkspaceError."""
    if at.certificate is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = _VERSIONS[at.tls_minimum]
    if at.tls_minimum in ("1.0", "1.1"):
        # OpenSSL speaks these with its lowest level of care only.
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
    try:
        context.load_cert_chain(at.certificate, at.key)
        if at.client_ca is not None:
            context.load_verify_locations(at.client_ca)
            context.verify_mode = ssl.CERT_OPTIONAL
    except (OSError, ssl.SSLError) as failure:
        files = [each for each in (at.certificate, at.key, at.client_ca) if each is not None]
        gone = next((each for each in files if not os.access(each, os.R_OK)), None)
        why = f"{gone} cannot be read" if gone else f"{at.certificate}: {failure.args[-1]}"
        raise WorkspaceError(
            f"TLS cannot be spoken: {why}.",
            hint="provisioning: {listen: {certificate: FILE, key: FILE}}, both PEM",
        ) from None
    return context


class _Together:
    """A transport that sends what is written in one turn of the loop at once.

    uvicorn writes an answer's head and its body one after the other; each would be a packet, a TLS
    record and a system call of its own, which is most of what a small file costs.
    """

    def __init__(self, transport: Any, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> None:
        """Send with everything else of this turn."""
        if not self._parts:
            self._loop.call_soon(self._flush)
        self._parts.append(data)

    def close(self) -> None:
        """Send what waits, and close."""
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        if self._parts:
            parts, self._parts = self._parts, []
            self._transport.write(b"".join(parts))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class PatientProtocol(HttpToolsProtocol):
    """Tells the application of client certificates, and waits for nobody for ever."""

    _head_bytes = 0

    def data_received(self, data: bytes) -> None:
        """Take what was sent; the parser itself would keep a request's head of any size."""
        self._head_bytes += len(data)
        super().data_received(data)
        if self._head_bytes > LARGEST_HEAD and not self.transport.is_closing():
            self.transport.close()

    def on_headers_complete(self) -> None:
        """Begin to count again: what follows is a body, or the next request."""
        super().on_headers_complete()
        self._head_bytes = 0

    def on_body(self, body: bytes) -> None:
        """Take a body, which nobody reads."""
        self._head_bytes = 0
        super().on_body(body)

    def connection_made(self, transport: Any) -> None:
        """Note who has come; whoever asks nothing in time is let go."""
        super().connection_made(_Together(transport, self.loop))  # type: ignore[arg-type]
        tls = transport.get_extra_info("ssl_object")
        certificate = tls.getpeercert() if tls is not None else None
        if certificate:
            self.app_state = {**self.app_state, CERTIFICATE: certificate}
        self._last: object = None
        self._impatience = self.loop.call_later(PATIENCE_S, self._look)

    def _look(self) -> None:
        """Close a connection on which nothing was asked since the last look."""
        answering = self.cycle is not None and not self.cycle.response_complete
        if answering or self.cycle is not self._last:
            self._last = self.cycle
            self._impatience = self.loop.call_later(PATIENCE_S, self._look)
        elif not self.transport.is_closing():
            self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._impatience.cancel()
        super().connection_lost(exc)


async def serve(
    app: Any, at: Listening, listener: socket.socket, tls: ssl.SSLContext | None,
    started: Callable[[], None],
) -> None:  # fmt: skip
    """Serve until the process is told to end (SIGTERM, SIGINT); what is under way is finished."""
    config = uvicorn.Config(
        app,
        http=PatientProtocol,
        ws="none",
        interface="asgi3",
        lifespan="on",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        limit_concurrency=at.connections,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=10,
        ssl_certfile=at.certificate,
        ssl_context_factory=None if tls is None else (lambda _config, _usual: tls),
    )
    server = _Server(config, started)
    renewing = asyncio.create_task(_renew(at, tls)) if tls is not None else None
    try:
        await server.serve(sockets=[listener])
    finally:
        if renewing is not None:
            renewing.cancel()


class _Server(uvicorn.Server):
    """Says when it has begun; to be told to end is no failure."""

    def __init__(self, config: uvicorn.Config, started: Callable[[], None]) -> None:
        super().__init__(config)
        self._begun = started

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """End gently when told to: the process itself goes on to its own end."""
        loop = asyncio.get_running_loop()
        for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(each, self.handle_exit, each, None)
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to serve."""
        await super().startup(sockets)
        if self.started:
            self._begun()


async def _renew(at: Listening, tls: ssl.SSLContext) -> None:
    """Take in a certificate that was renewed: connections from then on are shown the new one.

    Once a day it is said when the one that is shown has ended, or ends soon.
    """
    assert at.certificate is not None
    known = 0  # looked at again in any case: it may have been renewed while the server began
    said: date | None = None
    while True:
        now = datetime.now(UTC)
        if said != now.date():
            said = now.date()
            told = expiry_told(at.certificate, now)
            if told:
                _log.warning(told)
        await asyncio.sleep(_RENEWED_S)
        try:
            found = at.certificate.stat().st_mtime_ns
            if found != known:
                tls.load_cert_chain(at.certificate, at.key)
                known = found
        except (OSError, ssl.SSLError):
            continue  # half written: the one before goes on, and the next look finds it whole
