"""SIP OPTIONS over UDP: who answers, and what it calls itself (discovery.md, 3). IO.

An answer identifies; it never proves a registration.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from reconciler.discovery.agents import recognise
from reconciler.discovery.evidence import Seen

AGAIN_S: Final = (0.5, 1.0)
"""When a request is sent again: at most twice."""
ANSWER_S: Final = 2.0
PORT: Final = 5060
_LONGEST: Final = 8192


class Prober(asyncio.DatagramProtocol):
    """One socket for all hosts; answers are told apart by their Call-ID."""

    def __init__(self) -> None:
        self._transport: asyncio.DatagramTransport | None = None
        self._waiting: dict[str, tuple[str, asyncio.Future[str]]] = {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the socket."""
        self._transport = transport  # type: ignore[assignment]

    def datagram_received(self, data: bytes, addr: tuple[str | int, ...]) -> None:
        """Take an answer, if it is one to us from whom we asked."""
        if len(data) > _LONGEST:
            return
        headers = _headers(data.decode("utf-8", "replace"))
        waiting = self._waiting.get(headers.get("call-id", ""))
        if waiting is not None and waiting[0] == addr[0] and not waiting[1].done():
            waiting[1].set_result(headers.get("user-agent") or headers.get("server") or "")

    def error_received(self, exc: Exception) -> None:
        """Pass over: a closed port is an answer, too, that nobody speaks SIP there."""

    async def ask(
        self, address: str, port: int = PORT, *, timeout_s: float = ANSWER_S
    ) -> Seen | None:
        """Ask a host; None if nothing answers in time."""
        assert self._transport is not None
        call, answer = secrets.token_hex(10), asyncio.get_running_loop().create_future()
        local = self._transport.get_extra_info("sockname")
        self._waiting[call] = (address, answer)
        request = _options(address, port, local, call)
        try:
            begun = asyncio.get_running_loop().time()
            for wait_s in (*AGAIN_S, timeout_s):
                left_s = timeout_s - (asyncio.get_running_loop().time() - begun)
                if left_s <= 0:
                    break
                self._transport.sendto(request, (address, port))
                done, _ = await asyncio.wait([answer], timeout=min(wait_s, left_s))
                if done:
                    agent = answer.result()
                    unknown = f"answers SIP as {agent[:60]!r}" if agent else "answers SIP"
                    return recognise(agent, "sip") or Seen("sip", unknown, sure="low")
        finally:
            del self._waiting[call]
        return None


@asynccontextmanager
async def prober(local: str = "0.0.0.0") -> AsyncIterator[Prober]:  # noqa: S104 - answers come from anywhere
    """Open the socket. Raises OSError."""
    loop = asyncio.get_running_loop()
    transport, protocol = await loop.create_datagram_endpoint(Prober, local_addr=(local, 0))
    try:
        yield protocol
    finally:
        transport.close()


def _options(address: str, port: int, local: tuple[str, int], call: str) -> bytes:
    branch, tag = secrets.token_hex(6), secrets.token_hex(4)
    here = f"{local[0]}:{local[1]}"
    lines = (
        f"OPTIONS sip:{address}:{port} SIP/2.0",
        f"Via: SIP/2.0/UDP {here};branch=z9hG4bK-{branch};rport",
        "Max-Forwards: 70",
        f"From: <sip:probe@{local[0]}>;tag={tag}",
        f"To: <sip:{address}>",
        f"Call-ID: {call}",
        "CSeq: 1 OPTIONS",
        f"Contact: <sip:probe@{here}>",
        "Accept: application/sdp",
        "Content-Length: 0",
    )
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def _headers(text: str) -> dict[str, str]:
    first, _, rest = text.partition("\r\n")
    if not first.startswith("SIP/2.0 "):
        return {}
    headers: dict[str, str] = {}
    for line in rest.split("\r\n\r\n")[0].split("\r\n")[:100]:
        name, colon, value = line.partition(":")
        if colon:
            headers.setdefault({"i": "call-id"}.get(name.strip().lower(), name.strip().lower()),
                               value.strip())  # fmt: skip
    return headers
