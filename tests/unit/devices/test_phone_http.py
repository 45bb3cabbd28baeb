"""The wire to a phone: what it promises whatever the phone does."""

import asyncio
import socket

import pytest

from reconciler.device import Reach
from reconciler.errors import NotTrusted, UnexpectedReply, Unreachable
from reconciler.transport.http import NotReached
from reconciler.transport.phone_http import Dropped, PhoneHttp
from tests.emulators.web import Say, serve


def reach(port: int, **changes) -> Reach:
    said = {"scheme": "http", "plain": True, **changes}
    return Reach("phone/main/lobby", "127.0.0.1", port, **said)


async def ask(port: int, *, timeout_s: float = 60, path: str = "/", **changes):
    async with PhoneHttp.open(reach(port, **changes), timeout_s=timeout_s) as http:
        return await http.get(path, doing="asking")


async def test_one_request_at_a_time():
    async with serve(lambda _: Say("x", wait_s=0.02)) as web:
        async with PhoneHttp.open(reach(web.port), timeout_s=60) as http:
            await asyncio.gather(*(http.get("/", doing="asking") for _ in range(5)))
        assert web.most_at_once == 1
        assert len(web.heard) == 5


@pytest.mark.parametrize(
    "say",
    [
        Say(b"x" * 300_000),
        Say(raw=b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nab"),
        Say(raw=b"SIP/2.0 200 OK\r\n\r\n"),
        Say(raw=b"HTTP/1.1 200 OK\r\nBroken header\r\n\r\n"),
        Say(raw=b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 40_000 + b"\r\n"),
        Say(raw=b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
    ],
    ids=["huge", "packed", "not-http", "broken-header", "many-headers", "broken-chunks"],
)
async def test_an_answer_that_is_not_fit_is_an_unexpected_reply(say):
    async with serve(lambda _: say) as web:
        with pytest.raises(UnexpectedReply) as caught:
            await ask(web.port)
    assert "phone/main/lobby: asking" in str(caught.value)


@pytest.mark.parametrize(
    "say",
    [Say(drop=True), Say(raw=b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf")],
    ids=["dropped", "cut"],
)
async def test_a_read_is_tried_once_more_when_the_line_drops(say):
    answers = [say, Say("there")]
    async with serve(lambda _: answers.pop(0)) as web:
        assert (await ask(web.port)).text == "there"


async def test_what_writes_is_never_repeated():
    async with serve(lambda _: Say(drop=True)) as web:
        async with PhoneHttp.open(reach(web.port), timeout_s=60) as http:
            with pytest.raises(Dropped):
                await http.send("POST", "/reboot", form=[("a", "b")], doing="restarting")
        assert len(web.heard) == 1


async def test_nothing_waits_without_an_end():
    async with serve(lambda _: Say(wait_s=30)) as web:
        with pytest.raises(Unreachable, match="no answer within"):
            await ask(web.port, timeout_s=0.5)  # for all of it: it has to get as far as that


async def test_nobody_there_is_not_reached():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, not listening: refused, and nobody else gets it
        with pytest.raises(NotReached):
            await ask(taken.getsockname()[1])


async def test_a_redirect_is_an_answer_and_no_order():
    def answer(_):
        return Say(status=302, headers=(("Location", "http://198.51.100.7/"),))

    async with serve(answer) as web:
        assert (await ask(web.port)).status == 302
        assert len(web.heard) == 1


async def test_nothing_that_counts_travels_in_the_clear():
    async with serve(lambda _: Say("x")) as web:
        with pytest.raises(NotTrusted, match="plain HTTP"):
            await ask(web.port, plain=False)
        assert web.heard == []
        async with PhoneHttp.open(reach(web.port, plain=False), timeout_s=60) as http:
            assert (await http.get("/", anonymous=True, doing="asking")).text == "x"


async def test_the_first_certificate_becomes_the_pin(certificate):
    context, digest = certificate
    async with serve(lambda _: Say("x"), tls=context) as web:
        async with PhoneHttp.open(reach(web.port, scheme="https"), timeout_s=60) as http:
            await http.get("/", doing="asking")
        assert http.pin == digest
        assert (await ask(web.port, scheme="https", pin=digest, sight="pinned")).text == "x"


@pytest.mark.parametrize("sight", ["pinned", "first-use"])
async def test_another_certificate_hears_nothing(certificate, sight):
    async with serve(lambda _: Say("x"), tls=certificate[0]) as web:
        with pytest.raises(NotTrusted, match="another"):
            await ask(web.port, scheme="https", pin="0" * 64, sight=sight)
        assert web.heard == []


async def test_another_certificate_may_be_acknowledged(certificate):
    async with serve(lambda _: Say("x"), tls=certificate[0]) as web:
        said = await ask(web.port, scheme="https", pin="0" * 64, sight="acknowledged")
        assert said.text == "x"


async def test_http_is_tried_only_where_nobody_speaks_https(certificate):
    async with serve(lambda _: Say("x")) as web:
        async with PhoneHttp.open(reach(web.port, scheme=None), timeout_s=60) as http:
            found = await http.find(lambda: http.get("/", anonymous=True, doing="asking"))
        assert (found.text, http.scheme) == ("x", "http")
    async with serve(lambda _: Say("x"), tls=certificate[0]) as web:
        at = reach(web.port, scheme=None, pin="0" * 64)
        async with PhoneHttp.open(at, timeout_s=60) as http:
            with pytest.raises(NotTrusted):
                await http.find(lambda: http.get("/", anonymous=True, doing="asking"))


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 5_000, "9" * 9_000, "nul", '"\\ud800'])
async def test_json_that_is_a_trap_reads_as_nothing(text):
    async with serve(lambda _: Say(text)) as web:
        said = await ask(web.port)
    assert said.data() is None
    assert said.object() == {}


async def test_a_cookie_that_is_only_a_word_is_none():
    headers = (("Set-Cookie", "HttpOnly"), ("Set-Cookie", "session-role=admin; HttpOnly"))
    async with serve(lambda _: Say("x", headers=headers)) as web:
        assert (await ask(web.port)).cookies == {"session-role": "admin"}
