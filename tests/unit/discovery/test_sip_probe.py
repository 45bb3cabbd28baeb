"""OPTIONS: at most three times, told apart by Call-ID, whatever strangers send."""

from __future__ import annotations

import asyncio
import re
from contextlib import asynccontextmanager

import pytest

from reconciler.discovery import sip_probe
from reconciler.discovery.sip_probe import prober

LONG_S = 60.0
"""Longer than any test should wait: what is not to happen does not happen on a slow machine."""


@pytest.fixture(autouse=True)
def _again_is_far_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sip_probe, "AGAIN_S", (LONG_S, LONG_S))


OK = "SIP/2.0 200 OK\r\nCall-ID: {call}\r\nUser-Agent: Yealink SIP-T46S 66.86.0.15\r\n\r\n"


@asynccontextmanager
async def speaking(*answers: bytes | str | None):
    """A phone that answers its requests in turn (the last one for good); what it heard."""
    heard: list[str] = []
    left = list(answers)

    class Server(asyncio.DatagramProtocol):
        def connection_made(self, transport):
            self.transport = transport

        def datagram_received(self, data, addr):
            heard.append(data.decode())
            said = left.pop(0) if len(left) > 1 else left[0]
            if said is None:
                return
            call = re.search(r"Call-ID: (\S+)", heard[-1])[1]
            text = said.format(call=call) if isinstance(said, str) else said
            self.transport.sendto(text if isinstance(text, bytes) else text.encode(), addr)

    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(Server, local_addr=("127.0.0.1", 0))
    try:
        yield transport.get_extra_info("sockname")[1], heard
    finally:
        transport.close()


async def ask(port: int, *, timeout_s: float = 2 * LONG_S):
    async with prober("127.0.0.1") as sip:
        return await sip.ask("127.0.0.1", port, timeout_s=timeout_s)


async def test_an_answer_tells_who_it_is():
    async with speaking(OK) as (port, heard):
        found = await ask(port)
    assert (found.vendor, found.model, found.firmware) == ("yealink", "T46S", "66.86.0.15")
    assert len(heard) == 1
    assert heard[0].startswith("OPTIONS sip:127.0.0.1")
    assert "Max-Forwards: 70" in heard[0]


@pytest.fixture
def once_more_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sip_probe, "AGAIN_S", (0.01, LONG_S))


@pytest.mark.usefixtures("once_more_soon")
async def test_a_lost_request_is_sent_again():
    async with speaking(None, OK) as (port, heard):
        assert (await ask(port)).model == "T46S"
    assert len(heard) == 2
    assert len({re.search(r"branch=(\S+?);", each)[1] for each in heard}) == 1  # the same request


async def test_who_is_silent_is_asked_three_times(monkeypatch):
    monkeypatch.setattr(sip_probe, "AGAIN_S", (0.01, 0.01))
    async with speaking(None) as (port, heard):
        asking = asyncio.create_task(ask(port))
        async with asyncio.timeout(LONG_S):
            while len(heard) < 3:
                await asyncio.sleep(0.01)
        done, _ = await asyncio.wait([asking], timeout=0.1)
        assert not done, "it waits for a late answer, and sends no more"
        assert len(heard) == 3
        asking.cancel()


async def test_who_is_silent_too_long_is_given_up():
    async with speaking(None) as (port, _):
        assert await ask(port, timeout_s=0.05) is None


@pytest.mark.parametrize(
    "noise",
    [b"", b"\xff" * 5000, b"x" * 60_000, "SIP/2.0 200 OK\r\nCall-ID: another\r\n\r\n",
     "OPTIONS sip:x SIP/2.0\r\nCall-ID: {call}\r\n\r\n", "SIP/2.0 200 OK\r\n" + "A: b\r\n" * 4000],
    ids=["empty", "binary", "huge", "another-call", "a-request", "many-headers"],
)  # fmt: skip
@pytest.mark.usefixtures("once_more_soon")
async def test_noise_is_passed_over(noise):
    async with speaking(noise, OK) as (port, _):
        assert (await ask(port)).model == "T46S"


async def test_an_answer_of_something_else_is_said_so():
    async with speaking("SIP/2.0 403 No\r\ni: {call}\r\nServer: Asterisk PBX\r\n\r\n") as (port, _):
        found = await ask(port)
    assert (found.vendor, found.sure) == ("", "low")
    assert "Asterisk PBX" in found.what


async def test_every_host_has_a_request_of_its_own():
    async with speaking(OK) as (port, heard), prober("127.0.0.1") as sip:
        asked = (sip.ask("127.0.0.1", port, timeout_s=LONG_S) for _ in range(5))
        await asyncio.gather(*asked)
    for name in ("branch", "tag", "Call-ID"):
        found = {re.search(rf"{name}[=:] ?(\S+?)[;\r\n]", each)[1] for each in heard}
        assert len(found) == 5
