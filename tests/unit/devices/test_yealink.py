"""Yealink over its web interface, against exchanges as the facts record them."""

import base64
import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from reconciler.adapters.yealink import DEVICE
from reconciler.adapters.yealink.crypto import aes, encrypt, public_key
from reconciler.adapters.yealink.status import labels_of
from reconciler.adapters.yealink.values import write_import
from reconciler.device import Login, Reach, SipAccount
from reconciler.errors import (
    AuthenticationFailed,
    LockedOut,
    NotPossible,
    Refused,
    SessionTaken,
    UnexpectedReply,
)
from reconciler.model.secret import Clear
from tests.emulators.web import Heard, Say, serve

VECTOR = json.loads(Path(__file__).with_name("yealink_vector.json").read_text())
N, D = int(VECTOR["g_rsa_n"], 16), int(VECTOR["rsa_test_d_hex"], 16)
LOGIN = Login("admin", Clear("Adm1n-example"))
NOT_FOUND = Say("<html>404</html>", status=404)


def decrypted(text: str) -> str:
    """What the phone finds in an RSA cipher text."""
    block = pow(int(text, 16), D, N).to_bytes(128, "big")
    assert block[:2] == b"\x00\x02"
    return block[2:].partition(b"\x00")[2].decode()


def at(port: int) -> Reach:
    return Reach("phone/main/lobby", "127.0.0.1", port, scheme="http", plain=True)


def connect(web, login=LOGIN):
    return DEVICE.connect(at(web.port), login, timeout_s=60)


def test_the_cipher_is_that_of_the_facts():
    made = aes(VECTOR["plaintext"], VECTOR["aes_key_hex"], VECTOR["aes_iv_hex"])
    assert made == VECTOR["pwd_base64"]
    assert decrypted(VECTOR["rsakey_hex"]) == VECTOR["aes_key_hex"]
    key = public_key(VECTOR["g_rsa_n"], VECTOR["g_rsa_e"])
    for _ in range(300):  # leading zeros are dropped, the length stays even
        made = encrypt(VECTOR["aes_iv_hex"], key)
        assert decrypted(made) == VECTOR["aes_iv_hex"]
        assert len(made) % 2 == 0
        assert not made.startswith("00")


@pytest.mark.parametrize("modulus", ["", "zz" * 64, "f" * 5000, "8" * 256, "ab" * 8])
def test_a_key_that_nobody_would_use_is_none(modulus):
    assert public_key(modulus, "10001") is None


class GenerationD:
    """A T54W 96.87 as recorded."""

    def __init__(self, **answers):
        self.answers = answers
        self.config = {
            "account.1.sip_server.1.address": "pbx.example.test",
            "features.action_uri_limit_ip": "",
        }
        self.logged_in = False
        self.action_uris = 0

    def __call__(self, heard: Heard) -> Say:
        if heard.path in self.answers:
            return self.answers[heard.path]
        if heard.path == "/api/common/info":
            return self.info(heard.json["idlist"])
        if heard.path == "/api/auth/login":
            password = decrypted(heard.form["pwd"].removeprefix("__WUI_ENC__:"))
            if password != "Adm1n-example":
                return Say({"ret": "failed", "data": {"msg": "auth_err"}})
            self.logged_in = True
            return Say({"ret": "ok", "data": True})
        if not self.logged_in:
            return Say("", status=401)
        if heard.headers.get("x-csrftoken") != "k3y" and heard.path != "/servlet":
            return Say("", status=403)
        if heard.path == "/api/auth/logout":
            self.logged_in = False
            return Say({"ret": "ok"})
        if heard.path == "/api/inner/readconfig":
            names = heard.json["formData"]
            return ret({"formData": {n: self.config[n] for n in names if n in self.config}})
        if heard.path == "/api/account/status":
            return ret({"1": "2", "2": "0"})
        if heard.path == "/api/account/info":
            return ret([{"id": "1", "userName": "1001"}])
        if heard.path == "/api/common/info/status/talking":
            return ret(True)
        if heard.path == "/api/diagnosis/cfg/file":
            if heard.query["action"] == "import":
                self.take(heard.body.decode())
                return ret(True)
            lines = [f"{name} = {value}" for name, value in self.config.items()]
            return Say("\n".join(["#!version:1.0.0.1", *lines]))
        if heard.path == "/servlet":
            self.action_uris += 1
            return Say("")
        return Say(drop=True) if heard.path == "/api/system/reboot" else NOT_FOUND

    def info(self, names):
        told = {
            "wui.common.rsaN": VECTOR["g_rsa_n"], "wui.common.rsaE": "10001",
            "wui.device.firmware": "96.87.0.22", "wui.device.phoneName": "SIP-T54W",
            "wui.device.mac": "805EC0AABBCC",
        }  # fmt: skip
        if self.logged_in:
            told["wui.common.token"] = "k3y"
        return ret({name: told[name] for name in names if name in told})

    def take(self, body: str):
        assert 'name="CFGConfigUpload"' in body
        assert "#!version:1.0.0.1" in body
        for line in body.splitlines():
            name, equals, value = line.partition(" = ")
            if equals and "ring" not in name:
                self.config[name] = value


def ret(data) -> Say:
    return Say({"ret": "ok", "data": data})


async def test_d_tells_who_it_is_without_a_login():
    async with serve(GenerationD()) as web:
        found = await DEVICE.identify(at(web.port), timeout_s=60)
    assert (found.generation, found.model, found.firmware) == ("D", "T54W", "96.87.0.22")
    assert found.mac == "805ec0aabbcc"


async def test_d_status_and_always_a_logout():
    phone_says = GenerationD()
    async with serve(phone_says) as web:
        async with connect(web) as phone:
            status = await phone.status()
        assert not phone_says.logged_in
    assert (status.word, status.accounts[0].user) == ("in_call", "1001")
    assert [each.number for each in status.accounts] == [1]


async def test_d_logs_out_when_something_breaks():
    phone_says = GenerationD()
    async with serve(phone_says) as web:
        with pytest.raises(RuntimeError):
            async with connect(web):
                raise RuntimeError
        assert not phone_says.logged_in


async def test_d_values_are_imported_and_read_back():
    phone_says = GenerationD()
    async with serve(phone_says) as web, connect(web) as phone:
        values = {"account.1.label": "Ada", "account.1.ring": "x"}
        pushed = await phone.push_values({**values, "account.1.password": Clear("s3cret")})
    assert pushed.held == {"account.1.label"}
    assert "does not have" in pushed.kept["account.1.ring"]
    assert pushed.unproved == {"account.1.password"}
    assert phone_says.config["account.1.password"] == "s3cret"


async def test_d_asks_by_action_uri_only_where_somebody_said_who_may():
    phone_says = GenerationD()
    async with serve(phone_says) as web, connect(web) as phone:
        with pytest.raises(NotPossible, match="names nobody"):
            await phone.resync()
        assert phone_says.action_uris == 0
        phone_says.config["features.action_uri_limit_ip"] = "any"
        await phone.resync()
        assert phone_says.action_uris == 1


async def test_d_a_dropped_line_at_a_restart_is_a_yes():
    async with serve(GenerationD()) as web, connect(web) as phone:
        assert not (await phone.reboot()).in_doubt
    assert web.paths().count("POST /api/system/reboot") == 1


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"data": {"msg": "auth_err"}}, AuthenticationFailed),
        ({"data": {"webStatus": "lock", "lockTime": 180}}, LockedOut),
        ({"error": {"msg": "auth_err_user_busy", "lineIp": "192.0.2.77"}}, SessionTaken),
        ({"data": {"webStatus": 503}}, Refused),
    ],
)
async def test_d_not_every_no_is_a_verdict_on_the_password(answer, error):
    says = GenerationD(**{"/api/auth/login": Say({"ret": "failed", **answer})})
    async with serve(says) as web:
        with pytest.raises(error):
            async with connect(web):
                pass
    assert web.paths().count("POST /api/auth/login") == 1


class GenerationC:
    """A T46S 66.86 as recorded."""

    def __init__(self, word="done"):
        self.word = word
        self.reboots: list[dict[str, str]] = []

    def __call__(self, heard: Heard) -> Say:
        if heard.path != "/servlet":
            return NOT_FOUND
        step = heard.query.get("q")
        if step == "loginForm" and heard.query.get("m"):
            page = (
                f'<script>var g_rsa_n="{VECTOR["g_rsa_n"]}";var g_rsa_e="10001";'
                'var g_phonetype="T46S";var g_strFirmware="66.86.0.15";</script>'
                '<input id="idUsername"><input id="idPassword">'
            )
            return Say(page, headers=(("Set-Cookie", "JSESSIONID=abc123def456; Path=/"),))
        if heard.headers.get("cookie") != "JSESSIONID=abc123def456":
            return NOT_FOUND
        if step == "login":
            return self.login(heard)
        if step == "load":
            row = "<tr><td>MAC Address</td><td>00:15:65:AB:CD:EF</td></tr>"
            return Say(f'<script>g_strToken="123456789"</script><table>{row}</table>')
        if step == "reboot":
            self.reboots.append(heard.form)
            return Say("")
        answers = {
            "autopnow": '<div id="_RES_INFO_">{"data":"17"}</div>', "askautop": '{"data":0}',
            "exportcfgconfig": "#!version:1.0.0.1\naccount.1.label = Ada\n",
            "logout": "",
        }  # fmt: skip
        return Say(answers[step]) if step in answers else NOT_FOUND

    def login(self, heard: Heard) -> Say:
        key, iv = decrypted(heard.form["rsakey"]), decrypted(heard.form["rsaiv"])
        cipher = Cipher(algorithms.AES(bytes.fromhex(key)), modes.CBC(bytes.fromhex(iv)))
        decryptor = cipher.decryptor()
        text = decryptor.update(base64.b64decode(heard.form["pwd"])) + decryptor.finalize()
        _, session, password = text.rstrip(b"\x00").decode().split(";", 2)
        right = (session, password) == ("abc123def456", "Adm1n-example")
        word = self.word if right else "none"
        return Say(f'<div id="_RES_INFO_">{{"authstatus":"{word}"}}</div>')


async def test_c_login_status_autop_reboot_logout():
    phone_says = GenerationC()
    async with serve(phone_says) as web:
        async with connect(web) as phone:
            status = await phone.status()
            assert (status.identity.model, status.identity.mac) == ("T46S", "001565abcdef")
            assert (await phone.read_values(["account.1.label"])).values == {
                "account.1.label": "Ada"
            }
            assert not (await phone.resync()).in_doubt
            await phone.reboot()
            with pytest.raises(NotPossible, match="no source"):
                await phone.factory_reset()
        assert web.heard[-1].query["q"] == "logout"
    assert phone_says.reboots == [{"token": "123456789"}]


@pytest.mark.parametrize(("word", "error"), [("none", AuthenticationFailed), ("lock", LockedOut)])
async def test_c_is_tried_once(word, error):
    async with serve(GenerationC(word)) as web:
        with pytest.raises(error):
            async with connect(web):
                pass
    assert sum(each.query.get("q") == "login" for each in web.heard) == 1


async def test_b_answers_with_a_redirect():
    def answer(heard: Heard) -> Say:
        if "m" in heard.query or heard.path != "/servlet":
            return NOT_FOUND
        if heard.query["q"] == "loginForm":
            return Say('<script>var g_phonetype="T42G"</script><input id="idUsername">')
        if heard.query["q"] == "login":
            right = heard.form == {"username": "admin", "pwd": "Adm1n-example"}
            return Say(status=302) if right else Say("<input id='idPassword'>")
        return Say("")

    async with serve(answer) as web:
        async with connect(web) as phone:
            assert (phone.identity.generation, phone.identity.model) == ("B", "T42G")
        with pytest.raises(AuthenticationFailed):
            async with connect(web, Login("admin", Clear("wrong-one"))):
                pass


async def test_a_speaks_basic():
    def answer(heard: Heard) -> Say:
        if heard.path != "/cgi-bin/ConfigManApp.com":
            return NOT_FOUND
        wanted = "Basic " + base64.b64encode(b"admin:Adm1n-example").decode()
        if heard.headers.get("authorization") != wanted:
            realm = (("WWW-Authenticate", 'Basic realm="Yealink SIP-T28P"'),)
            return Say("", status=401, headers=realm)
        if heard.query == {"key": "Reboot"}:
            return Say("")
        return Say("<table><tr><td>Firmware Version:</td><td>2.72.0.80</td></tr></table>")

    async with serve(answer) as web, connect(web) as phone:
        status = await phone.status()
        assert (status.identity.model, status.identity.firmware) == ("T28P", "2.72.0.80")
        await phone.reboot()
    assert web.heard[-1].query == {"key": "Reboot"}


@pytest.mark.parametrize("told", [{}, {"sip.notify_reboot_enable": "1"}])
def test_a_change_restarts_a_phone_that_restarts_at_every_notify(told):
    found = DEVICE.change_consequence(["linekey.1.label"], "T46S", told)
    assert (found.disruption.kind, found.waits_for_idle) == ("reboot", True)


def test_a_change_is_only_fetched_where_the_phone_is_told_so():
    told = {"sip.notify_reboot_enable": "0"}
    assert DEVICE.change_consequence(["linekey.1.label"], "", told).disruption.kind == "resync"
    changed = DEVICE.change_consequence(["account.1.password"], "", told)
    assert changed.disruption.kind == "re-register"
    moved = DEVICE.change_consequence(["static.network.vlan.pc_port_vid"], "", told)
    assert moved.disruption.kind == "reboot"
    assert DEVICE.notify_event(reboot=True, told=told) is None


def test_an_import_cannot_smuggle_lines():
    with pytest.raises(ValueError, match=r"account\.1\.label"):
        write_import({"account.1.label": "x\nstatic.security.user_password = admin:0"})


async def test_an_account_that_is_imported():
    says = GenerationD()
    account = SipAccount(2, "1002", "pbx.example.test", Clear("s3cret"), port=5080, transport="tls")
    async with serve(says) as web, connect(web) as phone:
        pushed = await phone.push_account(account)
    assert not pushed.kept
    assert says.config["account.2.sip_server.1.transport_type"] == "2"
    assert pushed.then.kind == "re-register"


async def test_a_key_that_is_a_trap_gets_no_password():
    bad = ret({"wui.common.rsaN": "0", "wui.common.rsaE": "1"})
    async with serve(GenerationD(**{"/api/common/info": bad})) as web:
        with pytest.raises(UnexpectedReply, match="key"):
            async with connect(web):
                pass
    assert "POST /api/auth/login" not in web.paths()


def test_rows_of_the_status_page_are_read_by_their_labels_not_by_ids():
    page = (
        '<tr><td>T("Hardware Version")</td><td><label id="hardware-version" dvalue="66.0"></td>'
        '<tr><td>T("MAC Address")</td><td><label id="tdX" dvalue="00:15:65:AA:BB:CC"></label></td>'
        '<tr><td>T("Nothing")</td><td></td><tr><td>T("Machine ID")</td><td dvalue="a &amp; b">'
    )
    assert labels_of(page) == {
        "hardware version": "66.0", "mac address": "00:15:65:AA:BB:CC", "machine id": "a & b",
    }  # fmt: skip
