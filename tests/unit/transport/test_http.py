"""HTTP with deadlines: what may be sent again is, and a write never twice without knowing."""

import httpx
import pytest
import respx

from reconciler.errors import Unreachable
from reconciler.transport.http import READ_TRIES, WRITE_TRIES, Http

URL = "http://pbx.example"
REFUSED = "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed"


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch):
    async def sleep(_seconds):
        return None

    monkeypatch.setattr("reconciler.transport.http.asyncio.sleep", sleep)


async def answers(*found, write=False, **more):
    """Return what came of one request, and how often it was sent."""
    with respx.mock(base_url=URL) as server:
        route = server.route(path="/page").mock(side_effect=found)
        async with Http.open(URL, target="pbx", timeout_s=1) as http:
            send = http.write if write else http.read
            try:
                answer = await send("POST" if write else "GET", "/page", doing="testing", **more)
            except Unreachable as error:
                return error, route.call_count
        return answer.status, route.call_count


def status(code, **headers):
    return httpx.Response(code, headers={k.replace("_", "-"): v for k, v in headers.items()})


@pytest.mark.parametrize("code", [429, 503])
async def test_a_read_is_sent_again_while_the_server_is_busy(code):
    assert await answers(status(code), status(200)) == (200, 2)
    assert await answers(*[status(code)] * READ_TRIES) == (code, READ_TRIES)


async def test_a_read_is_sent_again_when_no_answer_came():
    lost = httpx.ReadTimeout("too late")
    assert await answers(lost, status(200)) == (200, 2)
    error, sent = await answers(*[httpx.ConnectError("refused")] * READ_TRIES)
    assert type(error) is Unreachable
    assert sent == READ_TRIES


@pytest.mark.parametrize(
    ("said", "words", "hint"),
    [
        ("All connection attempts failed", "nobody answers at pbx.example:80", "its address"),
        (
            f"{REFUSED}: certificate has expired (_ssl.c:1006)",
            "its certificate is not believed: certificate has expired",
            "a new one",
        ),
        (
            f"{REFUSED}: self-signed certificate (_ssl.c:1006)",
            "its certificate is not believed: self-signed certificate",
            "ca_file",
        ),
    ],
)
async def test_why_nobody_was_reached_is_told_with_a_way_out(said, words, hint):
    error, _ = await answers(*[httpx.ConnectError(said)] * READ_TRIES)
    assert str(error).endswith(words)
    assert hint in error.hint


async def test_an_answer_that_says_no_is_an_answer():
    assert await answers(status(500)) == (500, 1)
    assert await answers(status(404), write=True) == (404, 1)


@pytest.mark.parametrize("failure", [httpx.ReadTimeout("late"), httpx.RemoteProtocolError("cut")])
async def test_a_write_that_may_have_happened_is_never_sent_again(failure):
    error, sent = await answers(failure, write=True)
    assert type(error) is Unreachable
    assert sent == 1


async def test_a_write_is_sent_again_when_it_cannot_have_happened():
    assert await answers(httpx.ConnectError("refused"), status(200), write=True) == (200, 2)
    assert await answers(status(429), status(200), write=True) == (200, 2)
    assert await answers(status(503, retry_after="1"), status(200), write=True) == (200, 2)
    error, sent = await answers(*[httpx.ConnectError("refused")] * WRITE_TRIES, write=True)
    assert type(error) is Unreachable
    assert sent == WRITE_TRIES


@pytest.mark.parametrize("code", [500, 502, 503, 504])
async def test_a_write_that_failed_somewhere_behind_is_not_sent_again(code):
    assert await answers(status(code), write=True) == (code, 1)


async def test_names_that_come_twice_are_all_sent_in_order():
    with respx.mock(base_url=URL) as server:
        route = server.post("/page")
        async with Http.open(URL, target="pbx", timeout_s=1) as http:
            pairs = [("a[]", "1"), ("b", "ü&="), ("a[]", "2")]
            await http.write("POST", "/page", form=pairs, doing="testing")
    assert route.calls[0].request.content == b"a%5B%5D=1&b=%C3%BC%26%3D&a%5B%5D=2"


async def test_what_is_asked_anonymously_shows_no_session():
    with respx.mock(base_url=URL) as server:
        server.get("/login").mock(return_value=status(200, set_cookie="PHPSESSID=abc; path=/"))
        page = server.get("/page")
        async with Http.open(URL, target="pbx", timeout_s=1) as http:
            await http.get("/login", doing="logging in")
            await http.get("/page", doing="with the session")
            await http.read("GET", "/page", doing="without it", anonymous=True)
            http.forget_cookies()
            await http.get("/page", doing="after a logout")
    assert ["cookie" in each.request.headers for each in page.calls] == [True, False, False]
