"""Yealink's web servers against recorded exchanges and the crypto vector of the facts."""

import asyncio
import base64
import json
import re
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from reconciler.lab.phones.yealink import crypt
from tests.unit.lab.phones.conftest import PASSWORD, Start, at
from tests.unit.lab.phones.server import Files

KEY, IV = "cb481086256af7625a16c22fa19c3ebf", "2d870fb82102163634d7e19d2074911a"
# Of the facts' vector: AES-128-CBC with zeros behind, of this text under KEY and IV.
PLAIN = "0.7312;abc123def456;Adm1n-example"
SEALED = "2vKoa/2IjKewVAWxGd/nugQ8yu3DGL2v/jIwuOtUqGsQuGUc9kVDFbXxv5rnkbgP"
FORM = "/servlet?m=mod_listener&p=login&q=loginForm&Random=0.1"


def lock(page: str, text: str) -> bytes:
    """Encrypt for the phone with what its page says."""
    n, e = re.search(r'"([0-9a-f]{256})"', page), 0x10001
    assert n is not None
    key = rsa.RSAPublicNumbers(e, int(n[1], 16)).public_key()
    return key.encrypt(text.encode(), padding.PKCS1v15())


def seal(text: str) -> str:
    raw = text.encode()
    raw += bytes(-len(raw) % 16)
    encryptor = Cipher(algorithms.AES(bytes.fromhex(KEY)), modes.CBC(bytes.fromhex(IV))).encryptor()
    return base64.b64encode(encryptor.update(raw) + encryptor.finalize()).decode()


def test_the_vector_opens() -> None:
    assert seal(PLAIN) == SEALED
    n = crypt.modulus()
    form = {
        "pwd": SEALED, "rsakey": lock(f'"{n}"', KEY).hex(),
        "rsaiv": base64.b64encode(lock(f'"{n}"', IV)).decode(),
    }  # fmt: skip
    assert crypt.opened(form, "abc123def456") == PASSWORD
    assert crypt.opened(form, "another") is None
    assert crypt.opened({**form, "pwd": "x"}, "abc123def456") is None


async def log_in_c(
    phone: Any,
    browser: httpx.AsyncClient,
    password: str = PASSWORD,
    module: str = "m=mod_listener&",
) -> httpx.Response:
    page = await browser.get(at(phone, f"/servlet?{module}p=login&q=loginForm"))
    cookie = page.cookies["JSESSIONID"]
    form = {
        "username": "admin", "pwd": seal(f"0.1;{cookie};{password}"),
        "rsakey": lock(page.text, KEY).hex(), "rsaiv": lock(page.text, IV).hex(),
    }  # fmt: skip
    return await browser.post(at(phone, f"/servlet?{module}p=login&q=login&Rajax=0.2"), data=form)


def verdict(answer: httpx.Response) -> Any:
    found = re.search(r'_RES_INFO_">(\{.*?\})', answer.text)
    assert found is not None
    return json.loads(found[1])


async def test_c_names_itself_at_the_door(start: Start, browser: httpx.AsyncClient) -> None:
    phone = await start("T46S", firmware="66.86.0.15")
    moved = await browser.get(at(phone, "/"))
    assert moved.headers["location"] == "/servlet?m=mod_listener&p=login&q=loginForm"
    page = await browser.get(at(phone, FORM))
    assert 'g_phonetype="T46S"' in page.text
    assert 'g_strFirmware="66.86.0.15"' in page.text


async def test_c_lets_in_shows_and_reboots(start: Start, browser: httpx.AsyncClient) -> None:
    phone = await start("T46S", settings={"account.1.password": "s3cret", "account.1.enable": "1"})
    assert verdict(await log_in_c(phone, browser)) == {"authstatus": "done"}
    status = await browser.get(at(phone, "/servlet?m=mod_data&p=status&q=load"))
    token = re.search(r'g_strToken="(\w+)"', status.text)
    assert token is not None
    export = await browser.get(at(phone, "/servlet?m=mod_configfile&q=exportcfgconfig&type=all"))
    assert export.text.startswith("#!version:1.0.0.1\n")
    assert "s3cret" not in export.text
    reboot = at(phone, "/servlet?m=mod_data&p=settings-upgrade&q=reboot")
    own = {"Referer": str(status.url)}
    assert (await browser.post(reboot, data={"token": "no"}, headers=own)).status_code == 403
    foreign = {"Referer": "http://192.0.2.1/"}
    for strange in ({}, foreign):
        answer = await browser.post(reboot, data={"token": token[1]}, headers=strange)
        assert answer.status_code == 403
    answer = await browser.post(reboot, data={"token": token[1]}, headers=own)
    assert answer.status_code == 200
    assert phone.phone.happened["reboot"] == 1


SETTINGS = b"""#!version:1.0.0.1
# made by hand
account.1.label = Ada & Bj\xc3\xb6rn
[T46S,T48S]account.1.display_name=Ada
[T54W]account.1.label = another
sip.notify_reboot_enable = %NULL%
static.security.user_password = admin:N3w-example
"""


@pytest.mark.parametrize(
    ("change", "status", "result"),
    [
        ({}, 200, 0),
        ({"token": "no"}, 403, None),
        ({"limit": "100KB", "locked": False}, 200, 1),
        ({"field": "file"}, 200, 1),
        ({"text": SETTINGS[1:]}, 200, 1),
        ({"text": b"#!version:1.0.0.1\n" + b"#" * (100 * 1024)}, 200, 1),
        ({"type": "cfg"}, 200, 1),
    ],
)
async def test_c_takes_a_file_of_settings_from_its_own_page(
    start: Start, browser: httpx.AsyncClient, change: dict[str, Any], status: int,
    result: int | None,
) -> None:  # fmt: skip
    settings = {"account.1.label": "old", "sip.notify_reboot_enable": "2"}
    phone = await start("T46S", settings=settings)
    entrance = await browser.get(at(phone, FORM))
    await log_in_c(phone, browser)
    page = await browser.get(at(phone, "/servlet?m=mod_data&p=settings-autop&q=load"))
    token = re.search(r'g_strToken="(\w+)"', page.text)
    assert token is not None
    said = {"token": token[1], "field": "UploadName", "text": SETTINGS, "type": "localcfg"} | change
    limit = "100KB" if said.get("locked") is False else lock(entrance.text, "100KB").hex()
    answer = await browser.post(
        at(phone, f"/servlet?m=mod_res&p=upload&type={said['type']}&maxlength={limit}"),
        files={said["field"]: ("a.cfg", said["text"])}, data={"token": said["token"]},
        headers={"Referer": str(page.url)},
    )  # fmt: skip
    assert answer.status_code == status
    found = phone.phone.settings
    if result is not None:
        told = re.search(r'_RES_INFO_">(\{.*?\})', answer.text)
        assert told is not None
        assert json.loads(told[1]) == {"type": said["type"], "result": result}
    if result == 0:
        assert found["account.1.label"] == "Ada & Björn"
        assert found["account.1.display_name"] == "Ada"
        assert found["sip.notify_reboot_enable"] == "1"
        assert phone.phone.password == "N3w-example"
    else:
        assert found["account.1.label"] == "old"


async def test_a_page_without_a_key_takes_the_password_as_it_is(
    start: Start, browser: httpx.AsyncClient
) -> None:
    phone = await start("T46S")
    phone.phone.faults.extra["login"] = "plain"
    page = await browser.get(at(phone, FORM))
    assert "g_rsa_n" not in page.text
    where = at(phone, "/servlet?m=mod_listener&p=login&q=login&Rajax=1")
    wrong = await browser.post(where, data={"username": "admin", "pwd": "no"})
    assert (wrong.status_code, "idPassword" in wrong.text) == (200, True)
    right = await browser.post(where, data={"username": "admin", "pwd": PASSWORD})
    assert right.status_code == 302


async def test_b_has_no_files_of_settings(start: Start, browser: httpx.AsyncClient) -> None:
    phone = await start("T46G")
    await log_in_c(phone, browser, module="")
    export = at(phone, "/servlet?m=mod_configfile&q=exportcfgconfig&type=all")
    assert (await browser.get(export)).status_code == 404


async def test_c_says_none_and_locks(start: Start, browser: httpx.AsyncClient) -> None:
    phone = await start("T46S")
    seen = [verdict(await log_in_c(phone, browser, "no"))["authstatus"] for _ in range(5)]
    assert seen == ["none", "none", "none", "none", "lock"]
    assert verdict(await log_in_c(phone, browser))["authstatus"] == "lock"


async def test_c_with_its_first_password_shows_nothing_but_the_change(
    start: Start, browser: httpx.AsyncClient
) -> None:
    phone = await start("T46S", password="admin", firmware="66.86.0.15")
    assert verdict(await log_in_c(phone, browser, "admin")) == {"authstatus": "done"}
    page = await browser.get(at(phone, "/servlet?m=mod_data&p=status&q=load"))
    assert page.text.count('type="password"') == 2


async def test_b_redirects_who_is_right_and_shows_the_form_again_otherwise(
    start: Start, browser: httpx.AsyncClient
) -> None:
    phone = await start("T46G")
    assert (await log_in_c(phone, browser, "no", module="")).status_code == 200
    assert (await log_in_c(phone, browser, module="")).status_code == 302
    reboot = at(phone, "/servlet?p=settings-upgrade&q=reboot")
    status = await browser.get(at(phone, "/servlet?p=status&q=load"))
    token = re.search(r'g_strToken="(\d{9})"', status.text)
    assert token is not None
    await browser.post(reboot, data={"token": token[1]}, headers={"Referer": str(status.url)})
    assert phone.phone.happened["reboot"] == 1


async def test_a_is_basic(start: Start, browser: httpx.AsyncClient) -> None:
    phone = await start("T28P")
    page = at(phone, "/cgi-bin/ConfigManApp.com?Id=1")
    refused = await browser.get(page)
    assert refused.status_code == 401
    assert "Yealink SIP-T28P" in refused.headers["www-authenticate"]
    answer = await browser.get(page, auth=("admin", PASSWORD))
    assert phone.phone.identity.firmware in answer.text
    key = at(phone, "/cgi-bin/ConfigManApp.com?key=Reboot")
    assert (await browser.get(key, auth=("admin", "no"))).status_code == 401
    done = await browser.get(key, auth=("admin", PASSWORD))
    assert (done.status_code, done.text) == (200, "")
    assert phone.phone.happened["reboot"] == 1


async def post_d(phone: Any, browser: httpx.AsyncClient, path: str, **more: Any) -> Any:
    return (await browser.post(at(phone, path, secure=True), **more)).json()


async def log_in_d(phone: Any, browser: httpx.AsyncClient, password: str = PASSWORD) -> Any:
    asked = {"idlist": ["wui.common.rsaN", "wui.common.rsaE"]}
    keys = await post_d(phone, browser, "/api/common/info?p=Login&t=1", json=asked)
    assert keys["data"]["wui.common.rsaE"] == "10001"
    cipher = lock(f'"{keys["data"]["wui.common.rsaN"]}"', password).hex()
    form = {"username": "admin", "pwd": f"__WUI_ENC__:{cipher}"}
    return await post_d(phone, browser, "/api/auth/login?p=Login&t=2", data=form)


async def test_d_reads_by_name_tells_a_call_and_wants_its_token(
    start: Start, browser: httpx.AsyncClient
) -> None:
    name = "account.1.sip_server.1.address"
    phone = await start("T54W", settings={name: "pbx.example.test"})
    assert await log_in_d(phone, browser) == {"ret": "ok", "data": True}
    asked = {"idlist": ["wui.common.token", "wui.device.phoneName", "wui.device.mac"]}
    info = (await post_d(phone, browser, "/api/common/info?p=Status", json=asked))["data"]
    assert info["wui.device.phoneName"] == "SIP-T54W"
    assert info["wui.device.mac"] == phone.mac.upper()
    read = await post_d(phone, browser, "/api/inner/readconfig", json={"formData": [name, "no"]})
    assert read["data"]["formData"] == {name: "pbx.example.test", "no": ""}
    talking = at(phone, "/api/common/info/status/talking", secure=True)
    phone.put_in_call()
    assert (await browser.get(talking)).json()["data"] is True
    reboot = "/api/system/reboot?p=SettingUpgrade"
    assert (await browser.post(at(phone, reboot, secure=True))).status_code == 403
    done = await post_d(phone, browser, reboot, headers={"X-CSRFToken": info["wui.common.token"]})
    assert done["ret"] == "ok"
    happened = phone.phone.happened
    assert (happened["login"], happened["reboot"], happened["cut"]) == (1, 1, 1)


async def test_d_takes_a_file_of_settings(start: Start, browser: httpx.AsyncClient) -> None:
    phone = await start("T54W")
    await log_in_d(phone, browser)
    asked = {"idlist": ["wui.common.token"]}
    info = (await post_d(phone, browser, "/api/common/info?p=Status", json=asked))["data"]
    text = b"#!version:1.0.0.1\naccount.1.enable = 1\naccount.1.user_name = 1001\n"
    done = await post_d(
        phone, browser, "/api/diagnosis/cfg/file?action=import",
        files={"CFGConfigUpload": ("a.cfg", text)},
        data={"csrfmiddlewaretoken": info["wui.common.token"]},
    )  # fmt: skip
    assert done["ret"] == "ok"
    assert phone.phone.settings["account.1.user_name"] == "1001"


async def test_c_provisions_when_told(start: Start, browser: httpx.AsyncClient) -> None:
    with Files() as files:
        setting = {"static.auto_provision.server.url": files.url("y")}
        phone = await start("T46S", settings=setting)
        await phone_has_fetched(phone, 1)
        await log_in_c(phone, browser)
        page = "/servlet?m=mod_data&p=settings-autop&q="
        now = await browser.get(at(phone, f"{page}autopnow&Rajax=1"))
        session = verdict(now)["data"]
        await phone_has_fetched(phone, 2)
        states = [
            verdict(await browser.get(at(phone, f"{page}askautop&sessionid={session}")))["data"]
            for _ in range(3)
        ]
        assert states[-1] == 0


async def phone_has_fetched(phone: Any, times: int) -> None:
    async with asyncio.timeout(60):
        while phone.phone.happened["fetch"] < times:
            await asyncio.sleep(0.01)


async def test_d_has_one_session_until_it_is_ended(
    start: Start, browser: httpx.AsyncClient
) -> None:
    phone = await start("T46U")
    async with httpx.AsyncClient(verify=False) as other:
        await log_in_d(phone, other)
        busy = await log_in_d(phone, browser)
        assert busy["data"]["msg"] == "auth_err_user_busy"
        assert busy["data"]["lineIp"]
        await post_d(phone, other, "/api/auth/logout?p=Status", json={})
    assert (await log_in_d(phone, browser))["ret"] == "ok"


async def test_d_locks_and_says_for_how_long(start: Start, browser: httpx.AsyncClient) -> None:
    phone = await start("T46U", lockout_s=180.0)
    for _ in range(4):
        assert (await log_in_d(phone, browser, "no"))["data"] == {"msg": "auth_err"}
    locked = (await log_in_d(phone, browser, "no"))["data"]
    assert locked["webStatus"] == "lock"
    assert 170 <= locked["lockTime"] <= 180


@pytest.mark.parametrize(
    ("limit", "password", "status"),
    [("any", PASSWORD, 200), ("192.0.2.1", PASSWORD, 403), ("any", "no", 401)],
)
async def test_action_uri_goes_by_address_and_password(
    start: Start, browser: httpx.AsyncClient, limit: str, password: str, status: int
) -> None:
    phone = await start("T46S", settings={"features.action_uri_limit_ip": limit})
    url = at(phone, "/servlet?key=Reboot")
    answer = await browser.get(url, auth=("admin", password))
    assert answer.status_code == status
    assert phone.phone.happened["reboot"] == (status == 200)


async def test_action_uri_waits_for_the_end_of_a_call(
    start: Start, browser: httpx.AsyncClient
) -> None:
    phone = await start("T46S")
    phone.put_in_call()
    await browser.get(at(phone, "/servlet?key=Reboot"), auth=("admin", PASSWORD))
    assert phone.phone.happened["reboot"] == 0
    phone.hang_up()
    assert phone.phone.happened["reboot"] == 1
