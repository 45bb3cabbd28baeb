"""Grandstream's web servers against recorded exchanges and the vectors of the facts."""

import base64
import hashlib
import json
from typing import Any

import httpx
import pytest

from tests.unit.lab.phones.conftest import PASSWORD, Start, at

NONCE = "abcdefghijklmnopqrstuvwxyz12345"
# sha256hex("admin"), and sha256hex("admin" + NONCE): the vector of the facts.
ACCESS = "8c6976e5b5410415bde908bd4dee15dfb167a9c873fc4bb8a81f6f2ab448a918"
HASHED = "c25fbbfab7c96ff1cc1f67a9dcf820c5f34a261192ea916a3d80740fabfd4da3"


def said(answer: httpx.Response) -> Any:
    return json.loads(answer.text)


def own(phone: Any) -> dict[str, str]:
    return {"Origin": phone.http_url, "Referer": phone.http_url + "/"}


async def log_in_g3(phone: Any, browser: httpx.AsyncClient, password: str = PASSWORD) -> Any:
    access = await browser.post(
        at(phone, "/cgi-bin/access"), data={"access": ACCESS}, headers=own(phone)
    )
    hashed = hashlib.sha256((password + said(access)["body"]).encode()).hexdigest()
    form = {"username": "admin", "password": hashed}
    return said(await browser.post(at(phone, "/cgi-bin/dologin"), data=form, headers=own(phone)))


async def test_g3_takes_the_hash_of_the_vector(start: Start, browser: httpx.AsyncClient) -> None:
    phone = await start("GXP2170", password="admin")
    await browser.post(at(phone, "/cgi-bin/access"), data={"access": ACCESS}, headers=own(phone))
    phone._web.nonce = NONCE  # the one that the vector was made for
    form = {"username": "admin", "password": HASHED}
    answer = await browser.post(at(phone, "/cgi-bin/dologin"), data=form, headers=own(phone))
    body = said(answer)["body"]
    assert body["role"] == "admin"
    assert body["defaultAuth"] is True
    assert len(body["sid"]) == 64
    assert body["mac"] == phone.mac.upper()
    assert "session-identity" in answer.cookies


async def test_g3_reads_writes_and_drops_silently(start: Start, browser: httpx.AsyncClient) -> None:
    phone = await start("GXP2170")
    sid = (await log_in_g3(phone, browser))["body"]["sid"]
    put = at(phone, f"/cgi-bin/config_update?sid={sid}")
    phone.ignore_writes("36")
    sent = {"alias": {}, "pvalue": {"35": "1001", "P47": "pbx.example.test", "36": "1001"}}
    assert said(await browser.put(put, json=sent)) == {"response": "success"}
    get = at(phone, f"/cgi-bin/config_get?pvalues=35,47,36,99999&sid={sid}")
    assert said(await browser.get(get))["configs"] == [
        {"alias": "account.1.sip.userid", "pvalue": "35", "value": "1001"},
        {"alias": "account.1.sip.server.1.address", "pvalue": "47", "value": "pbx.example.test"},
        {"alias": "account.1.sip.subscriber.userid", "pvalue": "36", "value": ""},
        {"alias": "", "pvalue": "99999", "value": ""},
    ]
    assert said(await browser.post(put, json=sent, headers=own(phone))) == {}
    phone.faults.extra["claimed"] = "yes"
    assert said(await browser.put(put, json={"alias": {}, "pvalue": {"35": "2"}})) == {}
    assert phone.phone.settings["35"] == "1001"


async def test_a_wp_says_501_to_post_and_gives_a_digest_for_a_role(
    start: Start, browser: httpx.AsyncClient
) -> None:
    phone = await start("WP826")
    body = (await log_in_g3(phone, browser))["body"]
    assert len(body["role"]) == 64
    put = at(phone, f"/cgi-bin/config_update?sid={body['sid']}")
    assert (await browser.post(put, json={}, headers=own(phone))).status_code == 501


async def test_g3_counts_tries_locks_and_opens_again(
    start: Start, browser: httpx.AsyncClient
) -> None:
    phone = await start("GRP2614")
    seen = [(await log_in_g3(phone, browser, "wrong"))["body"] for _ in range(5)]
    assert seen == ["wrong4", "wrong3", "wrong2", "wrong1", "locked"]
    assert (await log_in_g3(phone, browser))["body"] == "locked"
    lockout = at(phone, "/cgi-bin/api-get_lockout")
    assert said(await browser.get(lockout))["body"] == "lockout"
    phone.unlock()
    assert said(await browser.get(lockout))["body"] == "ok"
    assert (await log_in_g3(phone, browser))["response"] == "success"


async def test_g3_has_one_session_and_says_html_when_it_is_over(
    start: Start, browser: httpx.AsyncClient
) -> None:
    phone = await start("GXP2170")
    first = (await log_in_g3(phone, browser))["body"]["sid"]
    await log_in_g3(phone, browser)
    status = at(phone, "/cgi-bin/api-get_phone_status")
    answer = await browser.post(status, data={"sid": first}, headers=own(phone))
    assert (answer.status_code, answer.headers["content-type"]) == (401, "text/html")
    old = await browser.get(at(phone, f"/cgi-bin/config_get?pvalues=35&sid={first}"))
    assert said(old) == {"response": "error", "body": {"status": "session-expired"}}


async def test_a_form_without_origin_is_forbidden(start: Start, browser: httpx.AsyncClient) -> None:
    phone = await start("GXP2170")
    answer = await browser.post(at(phone, "/cgi-bin/access"), data={"access": ACCESS})
    assert answer.status_code == 403


async def test_g2_tells_who_it_is_and_takes_a_plain_password(
    start: Start, browser: httpx.AsyncClient
) -> None:
    phone = await start("GXP1625", firmware="1.0.7.13")
    headers = own(phone)
    ask = "/cgi-bin/api.values.get?request=phone_model:68:67:vendor_name:password_token"
    assert said(await browser.get(at(phone, ask), headers=headers))["body"] == {
        "phone_model": "GXP1625", "68": "1.0.7.13", "67": phone.phone.identity.colons.upper(),
        "vendor_name": "Grandstream", "password_token": "",
    }  # fmt: skip
    assert (await browser.get(at(phone, ask))).text == "Forbidden"
    assert (await browser.post(at(phone, "/cgi-bin/access"), headers=headers)).status_code == 404
    form = {"username": "admin", "password": PASSWORD}
    answer = await browser.post(at(phone, "/cgi-bin/dologin"), data=form, headers=headers)
    assert answer.http_version == "HTTP/1.0"
    assert '"response" : "success"' in answer.text
    sid = said(answer)["body"]["sid"]
    cookies = {"session-identity": sid, "session-role": "admin"}
    browser.cookies.clear()
    read = {"request": "P35:P47:P9999", "sid": sid}
    values = at(phone, "/cgi-bin/api.values.get")
    none = await browser.post(values, data=read, headers=headers)
    assert said(none)["body"] == {"status": "session-expired"}
    browser.cookies.update(cookies)
    write = {"P35": "1001", "P47": "pbx.example.test", "sid": sid}
    done = await browser.post(at(phone, "/cgi-bin/api.values.post"), data=write, headers=headers)
    assert said(done)["body"] == {"status": "right"}
    assert said(await browser.post(values, data=read, headers=headers))["body"] == {
        "P35": "1001", "P47": "pbx.example.test", "P9999": "",
    }  # fmt: skip


async def test_g2b_wants_its_token_in_the_hash_and_clean_cookies(
    start: Start, browser: httpx.AsyncClient
) -> None:
    phone = await start("GXP2135")
    ask = at(phone, "/cgi-bin/api.values.get?request=68:phone_model:password_token")
    token = said(await browser.get(ask))["body"]["password_token"]
    hashed = hashlib.sha256((PASSWORD + token).encode()).hexdigest()
    form = {"username": "admin", "password": hashed}
    answer = await browser.post(at(phone, "/cgi-bin/dologin"), data=form, headers=own(phone))
    sid = said(answer)["body"]["sid"]
    put = at(phone, f"/cgi-bin/config_update?sid={sid}")
    change = {"alias": {}, "pvalue": {"212": "2"}}
    browser.cookies.clear()
    browser.cookies.update({"session-identity": sid, "session-role": "admin"})
    assert said(await browser.put(put, json=change))["body"] == {"status": "session-expired"}
    browser.cookies.update({"version": "1.0.11.16", "device": phone.phone.identity.colons})
    assert said(await browser.put(put, json=change)) == {"response": "success"}


async def test_g4_rotates_its_token_and_drops_sip_passwords(
    start: Start, browser: httpx.AsyncClient
) -> None:
    phone = await start("HT802V2")
    encoded = base64.b64encode(PASSWORD.encode()).decode()
    assert encoded == "QWRtMW4tZXhhbXBsZQ=="  # the vector of the facts
    login = at(phone, "/cgi-bin/dologin")
    wrong = await browser.post(login, data={"username": "admin", "P2": "eA=="})
    assert said(wrong) == {"response": "error", "body": "remain4"}
    right = said(await browser.post(login, data={"username": "admin", "P2": encoded}))["body"]
    token = right["session_token"]
    post, get = at(phone, "/cgi-bin/api.values.post"), at(phone, "/cgi-bin/api.values.get")
    write = {"P47": "192.0.2.11", "P34": "s3cret", "apply": "1", "session_token": token}
    second = said(await browser.post(post, data=write))["body"]["token"]
    assert second != token
    stale = await browser.post(get, data={"request": "P47", "session_token": token})
    assert said(stale) == {"response": "error", "body": {}}
    read = {"request": "P47:P34:P4921", "session_token": second}
    assert said(await browser.post(get, data=read))["body"] == {
        "P47": "192.0.2.11", "P34": "", "P4921": "Not Registered", "token": second,
    }  # fmt: skip


async def test_g1_is_forms_and_a_cookie(start: Start, browser: httpx.AsyncClient) -> None:
    phone = await start("GXP1405")
    update = at(phone, "/cgi-bin/update")
    write = {"P35": "1001", "update": "Update", "gnkey": "0b82"}
    assert (await browser.post(update, data=write)).status_code == 302
    wrong = await browser.post(at(phone, "/cgi-bin/dologin"), data={"P2": "no"})
    assert "not recognized" in wrong.text
    page = await browser.post(at(phone, "/cgi-bin/dologin"), data={"P2": PASSWORD})
    assert "GXP1405" in page.text
    await browser.post(update, data=write)
    assert phone.phone.settings["35"] == "1001"


@pytest.mark.parametrize("right", [True, False])
async def test_cti_goes_by_the_passcode(
    start: Start, browser: httpx.AsyncClient, right: bool
) -> None:
    phone = await start("GRP2612")
    phone.put_in_call("1002")
    code = PASSWORD if right else "no"
    answer = await browser.get(at(phone, f"/cgi-bin/api-get_line_status?passcode={code}"))
    if right:
        assert said(answer)["body"][0]["state"] == "connected"
    else:
        assert answer.status_code == 401


async def test_reboot_drops_the_line_and_nothing_answers_meanwhile(
    start: Start, browser: httpx.AsyncClient
) -> None:
    phone = await start("GXP2170", reboot_s=60.0)
    sid = (await log_in_g3(phone, browser))["body"]["sid"]
    phone.faults.drops_on_reboot = True
    with pytest.raises(httpx.TransportError):
        await browser.post(
            at(phone, "/cgi-bin/api-sys_operation"),
            data={"request": "REBOOT", "sid": sid},
            headers=own(phone),
        )
    assert phone.phone.happened["reboot"] == 1
    with pytest.raises(httpx.TransportError):
        await browser.get(at(phone, "/"))


async def test_a_phone_unplugged_in_mid_push_keeps_what_it_had(
    start: Start, browser: httpx.AsyncClient
) -> None:
    phone = await start("GXP2170")
    sid = (await log_in_g3(phone, browser))["body"]["sid"]
    phone.unplug_after(1)
    sent = {"alias": {}, "pvalue": {"35": "1001", "47": "pbx.example.test"}}
    with pytest.raises(httpx.TransportError):
        await browser.put(at(phone, f"/cgi-bin/config_update?sid={sid}"), json=sent)
    assert phone.phone.settings["35"] == "1001"
    assert "47" not in phone.phone.settings
