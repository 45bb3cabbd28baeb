"""The files that emulated phones are given, over HTTP and HTTPS on loopback. IO.

Whatever folders stand before a name (a token, a signature) are let pass: here anybody may fetch.
"""

import asyncio
import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, Self
from urllib.parse import unquote

import h11

from reconciler.lab.phones.certificate import device_context
from reconciler.lab.phones.wire import Answer, Asked, read_request

HOST: Final = "127.0.0.1"


@dataclass
class LabFiles:
    """A server of files: name (with its folder) -> bytes. May be changed while it runs."""

    files: Mapping[str, bytes]
    http_port: int = 0
    https_port: int = 0
    seen: list[tuple[str, str, int]] = field(default_factory=list)
    """Path, User-Agent and status of the last requests."""
    _servers: list[asyncio.Server] = field(default_factory=list)
    _open: set[asyncio.Task[None]] = field(default_factory=set)

    async def __aenter__(self) -> Self:
        self.http_port = await self._listen(self.http_port, None)
        context = device_context("lab", "provisioning", server=True)
        self.https_port = await self._listen(self.https_port, context)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for server in self._servers:
            server.close()
        for task in list(self._open):
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    @property
    def url(self) -> str:
        """Where the files are."""
        return f"http://{HOST}:{self.http_port}/"

    async def _listen(self, port: int, context: ssl.SSLContext | None) -> int:
        server = await asyncio.start_server(self._accepted, HOST, port, ssl=context, backlog=4096)
        self._servers.append(server)
        chosen: int = server.sockets[0].getsockname()[1]
        return chosen

    async def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            with suppress(ConnectionError, h11.RemoteProtocolError):
                await self._serve(reader, writer)
        finally:
            self._open.discard(task)
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        wire = h11.Connection(h11.SERVER)
        while (asked := await read_request(wire, reader, "", secure=False)) is not None:
            answer = self._answer(asked)
            self.seen.append((asked.path, asked.headers.get("user-agent", ""), answer.status))
            del self.seen[:-1000]
            writer.write(answer.raw(head=asked.method == "HEAD"))
            await writer.drain()
            wire.send(h11.Response(status_code=200, headers=[("Content-Length", "0")]))
            wire.send(h11.EndOfMessage())
            if wire.our_state is not h11.DONE or wire.their_state is not h11.DONE:
                return
            wire.start_next_cycle()

    def _answer(self, asked: Asked) -> Answer:
        if asked.method == "PUT":
            return Answer(201, content_type="text/plain")
        parts = unquote(asked.path).strip("/").split("/")
        for at in range(len(parts)):
            body = self.files.get("/".join(parts[at:]))
            if body is not None:
                return Answer(200, body, "application/octet-stream")
        return Answer(404, b"not found", "text/plain")
