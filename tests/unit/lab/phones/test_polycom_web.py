"""Poly's REST interface against recorded answers and the Digest vector of the facts."""

import ssl
from typing import Any

import httpx
import pytest
from cryptography import x509

from reconciler.lab.phones.polycom.login import digest_response
from tests.unit.lab.phones.conftest import PASSWORD, Start, at

BASIC = httpx.BasicAuth("Polycom", PASSWORD)


def digest() -> httpx.DigestAuth:
    return httpx.DigestAuth("Polycom", PASSWORD)


async def rest(phone: Any, browser: httpx.AsyncClient, path: str, **more: Any) -> httpx.Response:
    method = "POST" if "json" in more else "GET"
    return await browser.request(method, at(phone, f"/api/{path}", secure=True), **more)


def test_the_vector_fits() -> None:
    given = {
        "username": "Polycom", "realm": "phone", "nonce": "nonce1", "nc": "00000001",
        "cnonce": "cnonce1", "qop": "auth", "uri": "/api/v1/mgmt/device/info",
    }  # fmt: skip
    assert digest_response(given, "GET", PASSWORD) == "035b86db37904095bd9d58e36486cc43"


async def test_switched_off_it_is_404_without_a_challenge(
    start: Start, browser: httpx.AsyncClient
) -> None:
    phone = await start("Edge E350", web_control=False)
    answer = await rest(phone, browser, "v1/mgmt/device/info")
    assert answer.status_code == 404
    assert answer.headers["server"] == "Poly Edge Telephone HTTPd"
    assert "www-authenticate" not in answer.headers


@pytest.mark.parametrize(
    ("model", "auth", "status"),
    [("VVX 411", BASIC, 200), ("VVX 411", digest(), 200),
     ("Edge E350", BASIC, 401), ("Edge E350", digest(), 200)],
)  # fmt: skip
async def test_a_vvx_takes_basic_and_an_edge_digest_alone(
    start: Start, browser: httpx.AsyncClient, model: str, auth: httpx.Auth, status: int
) -> None:
    phone = await start(model, mac="64167faabbcc")
    answer = await rest(phone, browser, "v1/mgmt/device/info", auth=auth)
    assert answer.status_code == status
    if status == 200:
        data = answer.json()["data"]
        assert (data["ModelNumber"], data["MACAddress"]) == (model, "64167faabbcc")


async def test_the_certificate_carries_the_mac(start: Start) -> None:
    phone = await start("Edge E350", mac="482567aabbcc")
    pem = await _certificate(phone.phone.address, phone.https_port)
    certificate = x509.load_pem_x509_certificate(pem.encode())
    assert "CN=482567AABBCC" in certificate.subject.rfc4514_string()
    assert "Polycom Root CA" in certificate.issuer.rfc4514_string()


async def _certificate(host: str, port: int) -> str:
    import asyncio

    return await asyncio.to_thread(ssl.get_server_certificate, (host, port))


async def test_set_and_get_and_what_has_limits(start: Start, browser: httpx.AsyncClient) -> None:
    phone = await start("VVX 411")
    sent = {"data": {"reg.1.label": "Ada"}}
    assert (await rest(phone, browser, "v1/mgmt/config/set", json=sent, auth=BASIC)).json() == {
        "Status": "2000"
    }
    asked = {"data": ["reg.1.label", "apps.restapi.enabled", "no.such.param"]}
    got = await rest(phone, browser, "v1/mgmt/config/get", json=asked, auth=BASIC)
    assert got.json() == {
        "data": {
            "reg.1.label": {"Value": "Ada", "Source": "web"},
            "apps.restapi.enabled": {"Value": "1", "Source": "config"},
        },
        "InvalidParams": ["no.such.param"],
        "Status": "2000",
    }
    many = {"data": [f"reg.{each}.label" for each in range(21)]}
    over = await rest(phone, browser, "v1/mgmt/config/get", json=many, auth=BASIC)
    assert over.json() == {"Status": "4009"}


async def test_with_the_first_password_nothing_is_changed(
    start: Start, browser: httpx.AsyncClient
) -> None:
    phone = await start("VVX 411", password="456")
    answer = await rest(
        phone, browser, "v1/mgmt/safeRestart", json={}, auth=httpx.BasicAuth("Polycom", "456")
    )
    assert answer.json() == {"Status": "4010"}
    assert phone.phone.happened["reboot"] == 0


async def test_a_safe_restart_waits_for_the_end_of_the_call(
    start: Start, browser: httpx.AsyncClient
) -> None:
    phone = await start("VVX 411")
    phone.put_in_call("1002")
    calls = await rest(phone, browser, "v2/webCallControl/callStatus", auth=BASIC)
    assert calls.json()["data"][0]["RemotePartyNumber"] == "sip:1002"
    done = await rest(phone, browser, "v1/mgmt/safeRestart", json={}, auth=BASIC)
    assert done.json() == {"Status": "2000"}
    assert phone.phone.happened["reboot"] == 0
    phone.hang_up()
    assert phone.phone.happened["reboot"] == 1


async def test_an_edge_has_no_call_control_here(start: Start, browser: httpx.AsyncClient) -> None:
    phone = await start("Edge E350")
    phone.put_in_call()
    answer = await rest(phone, browser, "v1/callctrl/endCall", json={}, auth=digest())
    assert answer.status_code == 404
