"""What can be wrong with an answer, and two requests at once."""

import asyncio

import httpx
import pytest

from tests.unit.lab.phones.conftest import PASSWORD, Start, at

BASIC = httpx.BasicAuth("Polycom", PASSWORD)


async def test_answers_can_be_spoilt(start: Start, browser: httpx.AsyncClient) -> None:
    phone = await start("GXP2170")
    faults = phone.faults
    faults.content_type = "image/png"
    assert (await browser.get(at(phone, "/"))).headers["content-type"] == "image/png"
    faults.padding_bytes = 100_000
    assert len((await browser.get(at(phone, "/"))).content) > 100_000
    faults.mangle = lambda body: body[:10]
    assert (await browser.get(at(phone, "/"))).text.startswith("<html><tit")
    faults.redirect_to = "http://198.51.100.1/"
    assert (await browser.get(at(phone, "/"))).headers["location"] == "http://198.51.100.1/"


async def test_answers_can_be_cut_malformed_or_lacking(
    start: Start, browser: httpx.AsyncClient
) -> None:
    phone = await start("GXP2170")
    phone.faults.cut_at = 60
    with pytest.raises(httpx.RemoteProtocolError):
        await browser.get(at(phone, "/"))
    phone.faults.cut_at = None
    phone.faults.drop_before = 1
    with pytest.raises(httpx.TransportError):
        await browser.get(at(phone, "/"))
    assert (await browser.get(at(phone, "/"))).status_code == 200
    phone.faults.bare_header = True
    with pytest.raises(httpx.RemoteProtocolError, match="header"):
        await browser.get(at(phone, "/"))


async def test_a_phone_that_is_off_refuses_or_is_silent(start: Start) -> None:
    phone = await start("GXP2170")
    phone.power_off()
    async with httpx.AsyncClient(timeout=30) as browser:
        with pytest.raises(httpx.TransportError) as refused:
            await browser.get(at(phone, "/"))
        assert not isinstance(refused.value, httpx.TimeoutException)
    phone.faults.silent = True
    async with httpx.AsyncClient(timeout=0.3) as browser:
        with pytest.raises(httpx.TimeoutException):
            await browser.get(at(phone, "/"))


async def test_a_vvx_refuses_what_is_asked_at_the_same_time(
    start: Start, browser: httpx.AsyncClient
) -> None:
    phone = await start("VVX 411")
    url = at(phone, "/api/v1/mgmt/device/info", secure=True)
    async with phone.busy:
        assert (await browser.get(url)).status_code == 403
    assert (await browser.get(url)).status_code == 401


async def test_others_answer_one_after_the_other(start: Start, browser: httpx.AsyncClient) -> None:
    phone = await start("Edge E350")
    url = at(phone, "/api/v1/mgmt/device/info", secure=True)
    async with phone.busy:
        asked = [asyncio.create_task(browser.get(url)) for _ in range(3)]
        done, _ = await asyncio.wait(asked, timeout=0.2)
        assert not done
    assert [(await each).status_code for each in asked] == [401, 401, 401]


async def test_every_phone_has_its_own_address_and_nobody_else_answers(start: Start) -> None:
    phone = await start("GXP2170")
    stranger = f"http://127.200.0.1:{phone.http_port}/"
    async with httpx.AsyncClient(timeout=5) as browser:
        with pytest.raises(httpx.TransportError):
            await browser.get(stranger)
