"""A web server for single exchanges with a phone: what it heard, and whatever it shall answer.

Written by hand on asyncio streams, so that it can also answer what no web server would.
"""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Heard:
    """A request."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))

    @property
    def json(self):
        return json.loads(self.body)


@dataclass
class Say:
    """An answer. `raw` is written as it is, `drop` closes the line without one."""

    body: object = b""
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    raw: bytes | None = None
    drop: bool = False
    wait_s: float = 0.0

    def encode(self) -> bytes:
        if self.raw is not None:
            return self.raw
        body = self.body
        if not isinstance(body, bytes):
            body = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        lines = [f"HTTP/1.1 {self.status} Said", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


Answer = Callable[[Heard], Say]


@dataclass
class Web:
    """A running server."""

    port: int
    heard: list[Heard] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0

    def paths(self) -> list[str]:
        return [f"{each.method} {each.path}" for each in self.heard]


@asynccontextmanager
async def serve(answer: Answer, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[Web]:
    """Serve on loopback until the block is left."""
    writers: set[asyncio.StreamWriter] = set()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.add(writer)
        try:
            while (heard := await _hear(reader)) is not None:
                web.heard.append(heard)
                web.at_once += 1
                web.most_at_once = max(web.at_once, web.most_at_once)
                said = answer(heard)
                if said.wait_s:
                    await asyncio.sleep(said.wait_s)
                web.at_once -= 1
                if said.drop:
                    break
                writer.write(said.encode())
                await writer.drain()
                if said.raw is not None:
                    break
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writers.discard(writer)
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0, ssl=tls)
    web = Web(server.sockets[0].getsockname()[1])
    try:
        yield web
    finally:
        server.close()
        for each in list(writers):
            each.close()


async def _hear(reader: asyncio.StreamReader) -> Heard | None:
    try:
        first_byte = await reader.readexactly(1)
        if first_byte == b"\x16":  # a TLS hello to a server that speaks none
            return None
        head = (first_byte + await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.IncompleteReadError:
        return None
    first, *rest = head.split("\r\n")
    method, target, _ = first.split(" ", 2)
    headers = {}
    for line in filter(None, rest):
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    parts = urlsplit(target)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    return Heard(method, parts.path, query, headers, body)
