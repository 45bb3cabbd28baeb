"""The HTTP server: one PBX on a loopback port, in a thread of its own."""

from __future__ import annotations

import asyncio
import copy
import socket
import threading
import time
import traceback
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import AbstractAsyncContextManager, nullcontext
from types import TracebackType
from typing import Any, Self

import uvicorn

from reconciler.lab.freepbx.ami import Ami
from reconciler.lab.freepbx.api import ROOT, Api
from reconciler.lab.freepbx.control import CONTROL, Control
from reconciler.lab.freepbx.faults import Fault, Faults
from reconciler.lab.freepbx.pbx import Credentials, Pbx
from reconciler.lab.freepbx.sip import Sip
from reconciler.lab.freepbx.state import flat
from reconciler.lab.freepbx.traffic import Traffic
from reconciler.lab.freepbx.version import Number, Version
from reconciler.lab.freepbx.web.site import Site
from reconciler.lab.freepbx.wire import HTML, Reply, Request

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

START_S = 10.0


class Emulator:
    """A FreePBX of one version. A context manager: the server runs inside the `with`.

    `pbx` is one that is there already; version and reloads are its own then. `latency_s` is added
    to each answer. `reload_s` is how long Apply Config takes. `control` opens `/_lab/` to set
    faults over HTTP; nothing of that exists on a real FreePBX. With a `sip_port` (0: any) phones
    on this machine can register and call each other. `in_turn`: requests of one session are
    answered one after another, as PHP does that.
    """

    def __init__(
        self, version: Number = "17", *, latency_s: float = 0.0, reload_s: float = 0.05,
        pbx: Pbx | None = None, port: int = 0, control: bool = False, ami_port: int = 0,
        sip_port: int | None = None, in_turn: bool = False,
    ) -> None:  # fmt: skip
        self.pbx = pbx or Pbx(Version(version), Credentials(), reload_s=reload_s)
        self.faults, self.traffic = Faults(), Traffic()
        self.crashes = self.pbx.mistakes
        """Tracebacks of the emulator's own mistakes; tests look that there are none."""
        self.latency_s = latency_s
        self.api, self.site = Api(self.pbx), Site(self.pbx)
        self._control = Control(self) if control else None
        self._port = port
        self._turns: dict[str, asyncio.Lock] | None = {} if in_turn else None
        self._lock = threading.Lock()
        self._server: uvicorn.Server | None = None
        self._manager = Ami(self.pbx)
        self.ami_port = ami_port
        """Where AMI listens, once it is started."""
        self.sip = None if sip_port is None else Sip(self.pbx, sip_port)
        self._thread: threading.Thread | None = None
        self._refused: OSError | None = None

    @property
    def port(self) -> int:
        """Where its web pages are, once it is started."""
        return self._port

    @property
    def url(self) -> str:
        """Where it listens: `http://127.0.0.1:40123`."""
        return f"http://127.0.0.1:{self._port}"

    def state(self) -> dict[str, str]:
        """Everything that is stored, one entry per value: `users/1001/name`."""
        with self._lock:
            return flat(self.pbx.tables)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self.stop()

    def start(self) -> None:
        """Listen. Raises OSError when a port is taken."""
        # asyncio sends small packets at once only on sockets whose protocol is named; the client's
        # system would wait 40 ms for the rest of each answer.
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self._port))
        self._port = listener.getsockname()[1]
        config = uvicorn.Config(
            self.serve, interface="asgi3", log_level="critical", lifespan="off",
            server_header=False, proxy_headers=False, access_log=False, date_header=False,
            timeout_graceful_shutdown=1, timeout_keep_alive=60,
        )  # fmt: skip
        server = self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._serve_until_told, args=(server, listener), daemon=True,
            name="freepbx-emulator",
        )  # fmt: skip
        self._thread.start()
        until = time.monotonic() + START_S
        while not server.started and self._thread.is_alive() and time.monotonic() < until:
            time.sleep(0.005)
        if not server.started:
            listener.close()
            raise self._refused or TimeoutError("the emulator does not start")

    def _serve_until_told(self, server: uvicorn.Server, listener: socket.socket) -> None:
        try:
            asyncio.run(self._run(server, listener))
        except OSError as error:
            self._refused = error

    async def _run(self, server: uvicorn.Server, listener: socket.socket) -> None:
        manager = await asyncio.start_server(self._manager.talk, "127.0.0.1", self.ami_port)
        self.ami_port = manager.sockets[0].getsockname()[1]
        async with manager, self.sip or nullcontext():
            await server.serve(sockets=[listener])

    def stop(self) -> None:
        """Stop listening. What is stored stays."""
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join(START_S)
        self._server = self._thread = None

    def wait(self) -> None:
        """Wait until the server ends."""
        while self._thread is not None and self._thread.is_alive():
            self._thread.join(0.2)

    async def serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request (ASGI)."""
        if scope["type"] != "http":
            return
        request = await _read(scope, receive)
        if request.path.startswith(CONTROL) and self._control is not None:
            await _send(send, self._control.reply(request))
            return
        seen = self.traffic.note(request)
        struck = self.faults.strike(seen.number, seen.label)
        async with self._turn(request):
            reply = await self._faulty(request, struck, receive)
            if self.latency_s:
                await asyncio.sleep(self.latency_s)
        if reply is None:
            _drop(send)
            return
        await _send(send, reply)

    def _turn(self, request: Request) -> AbstractAsyncContextManager[None]:
        """PHP keeps a session locked until the answer is made, whatever else waits for it."""
        session = request.cookies.get("PHPSESSID", "") if self._turns is not None else ""
        if self._turns is None or not session:
            return nullcontext()
        return self._turns.setdefault(session, asyncio.Lock())

    async def _faulty(
        self, request: Request, struck: list[Fault], receive: Receive
    ) -> Reply | None:
        """The answer with its faults; None: the connection ends."""
        kinds = {fault.what: fault for fault in struck}
        if "drop" in kinds:
            return None
        if "hang" in kinds:
            await _wait_for_end(receive, kinds["hang"].seconds or 3600.0)
            return None
        if "slow" in kinds:
            await asyncio.sleep(kinds["slow"].seconds)
        if "status" in kinds:
            return _status(kinds["status"])
        with self._lock:
            if "lose-session" in kinds:
                self.site.sessions.end_all()
            if "expire-token" in kinds:
                self.api.tokens.expire()
            reply = self._done(request, kinds)
        return None if "drop-after" in kinds else reply

    def _done(self, request: Request, kinds: dict[Any, Fault]) -> Reply:
        pbx = self.pbx
        if "ignore" in kinds:
            kept = copy.deepcopy(pbx.tables.__dict__)
            reply = self.reply(request)
            pbx.tables.__dict__.update(kept)
            return reply
        if "asterisk-down" not in kinds:
            return self.reply(request)
        was, pbx.asterisk_is_up = pbx.asterisk_is_up, False
        try:
            return self.reply(request)
        finally:
            pbx.asterisk_is_up = was

    def reply(self, request: Request) -> Reply:
        """What FreePBX answers, without faults and without a server."""
        try:
            return self._reply(request)
        except Exception:  # noqa: BLE001 - a mistake of ours must not look like FreePBX's
            self.crashes.append(traceback.format_exc())
            return Reply(599, f"<h1>The emulator broke</h1><pre>{self.crashes[-1]}</pre>", HTML)

    def _reply(self, request: Request) -> Reply:
        self.pbx.reloads.settle()
        if request.path.startswith(ROOT):
            reply = self.api.reply(request)
            own = request.cookies.get("PHPSESSID") or self.site.sessions.new()
            cookie = f"PHPSESSID={own}; Max-Age=2592000; path=/"
            return reply._replace(headers=(*reply.headers, ("Set-Cookie", cookie)))
        if request.path.startswith("/admin"):
            return self.site.reply(request)
        return Reply(404, "<html><head><title>404 Not Found</title></head></html>", HTML)


def _status(fault: Fault) -> Reply:
    wait = (("Retry-After", str(fault.retry_after_s)),) if fault.retry_after_s is not None else ()
    page = f"<html><head><title>{fault.status}</title></head><body></body></html>"
    return Reply(fault.status, page, "text/html", wait)


async def _read(scope: Scope, receive: Receive) -> Request:
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    query = scope["query_string"].decode("latin-1")
    return Request(scope["method"], scope["path"], query, headers, body)


async def _send(send: Send, reply: Reply) -> None:
    payload = reply.payload()
    headers = [
        (b"content-type", reply.content_type.encode("latin-1")),
        (b"content-length", str(len(payload)).encode()),
        *((name.lower().encode(), value.encode("latin-1")) for name, value in reply.headers),
    ]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": payload})


async def _wait_for_end(receive: Receive, seconds: float) -> None:
    """Wait until the client goes away, or for so long."""
    try:
        async with asyncio.timeout(seconds):
            while (await receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        pass


def _drop(send: Send) -> None:
    """End the connection in the middle: there is no word for that in ASGI."""
    cycle = getattr(send, "__self__", None)
    transport = getattr(cycle, "transport", None)
    if transport is not None:
        transport.abort()
