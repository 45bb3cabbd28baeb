"""Grandstream over its web interface, against exchanges as the facts record them."""

import hashlib
import json

import pytest

from reconciler.adapters.grandstream import DEVICE
from reconciler.adapters.grandstream.identify import Challenge
from reconciler.adapters.grandstream.login import login_form
from reconciler.adapters.grandstream.status import uptime_s
from reconciler.device import Image, Login, Reach, SipAccount
from reconciler.errors import (
    AuthenticationFailed,
    LockedOut,
    NotPossible,
    SessionTaken,
    UnexpectedReply,
)
from reconciler.model.secret import Clear
from tests.emulators.web import Heard, Say, serve

LOGIN = Login("admin", Clear("Adm1n-example"))
NONCE = "abcdefghijklmnopqrstuvwxyz12345"
NOT_FOUND = Say("<html>404</html>", status=404)


def ok(body) -> Say:
    return Say({"response": "success", "body": body})


def error(body) -> Say:
    return Say({"response": "error", "body": body})


class G3:
    """A GXP2170 as recorded: 1.0.11.106."""

    def __init__(self, **answers):
        self.answers = answers
        self.values = {"35": "1001", "47": "pbx.example.test", "271": "1"}
        self.dropped = {"32"}

    def __call__(self, heard: Heard) -> Say:
        name = heard.path.rpartition("/")[2]
        if name in self.answers:
            return self.answers[name]
        if name == "api.values.get":
            return ok({"phone_model": "GXP2170", "68": "1.0.11.106", "67": "00:0B:82:12:34:56",
                       "vendor_name": "Grandstream", "password_token": ""})  # fmt: skip
        if heard.method == "POST" and "origin" not in heard.headers:
            return Say("<html>403</html>", status=403)
        if name == "access":
            return ok(NONCE)
        if name == "api-get_lockout":
            return ok("ok")
        if name == "dologin":
            right = hashlib.sha256(f"Adm1n-example{NONCE}".encode()).hexdigest()
            if heard.form["password"] != right:
                return error("wrong4")
            body = {"sid": "9f" * 32, "role": "admin", "ver": "1.0.11.106", "mac": "000B82123456"}
            return ok(body)
        if "session-identity" not in heard.headers.get("cookie", ""):
            return Say("<html>401</html>", status=401)
        if name == "config_get":
            rows = []
            for each in heard.query["pvalues"].split(","):
                alias = "known" if each in self.values else ""
                rows.append({"alias": alias, "pvalue": each, "value": self.values.get(each, "")})
            return Say({"configs": rows})
        if name == "config_update":
            if heard.method != "PUT":
                return Say("<html>501</html>", status=501)
            for key, value in heard.json["pvalue"].items():
                if key not in self.dropped:
                    self.values[key] = value
            return Say({"response": "success"})
        if name == "api-get_line_status":
            row = {"line": 2, "state": "connected", "remotename": "Bob", "remotenumber": "1002"}
            return ok([{"line": 1, "state": "idle"}, row])
        if name == "api-get_phone_status":
            return ok("busy")
        if name == "api-get_accounts":
            account = {"id": 1, "sip_server": "pbx.example.test", "sip_id": "1001", "name": "Alice"}
            return ok([{**account, "reg": 1}])
        if name == "api-sys_operation":
            return Say(drop=True)
        return ok("logout") if name == "dologout" else NOT_FOUND


def at(port: int, **changes) -> Reach:
    said = {"scheme": "http", "plain": True, **changes}
    return Reach("phone/main/lobby", "127.0.0.1", port, **said)


def connect(web, login=LOGIN):
    return DEVICE.connect(at(web.port), login, timeout_s=60)


def test_the_hashes_are_those_of_the_facts():
    admin = Login("admin", Clear("admin"))
    assert login_form(Challenge("G3", NONCE), admin) == [
        ("username", "admin"),
        ("password", "c25fbbfab7c96ff1cc1f67a9dcf820c5f34a261192ea916a3d80740fabfd4da3"),
    ]
    assert ("P2", "QWRtMW4tZXhhbXBsZQ==") in login_form(Challenge("G4"), LOGIN)
    assert login_form(Challenge("G1"), LOGIN) == [("P2", "Adm1n-example")]


async def test_the_nonce_is_asked_for_with_the_hash_of_the_user():
    async with serve(G3()) as web:
        await DEVICE.identify(at(web.port), timeout_s=60)
    asked = next(each for each in web.heard if each.path.endswith("access"))
    expected = "8c6976e5b5410415bde908bd4dee15dfb167a9c873fc4bb8a81f6f2ab448a918"
    assert asked.form == {"access": expected}


async def test_g3_tells_who_it_is_without_a_try():
    async with serve(G3()) as web:
        found = await DEVICE.identify(at(web.port), timeout_s=60)
    assert (found.generation, found.model, found.firmware) == ("G3", "GXP2170", "1.0.11.106")
    assert found.mac == "000b82123456"
    assert "POST /cgi-bin/dologin" not in web.paths()


async def test_g3_status_and_logout():
    async with serve(G3()) as web, connect(web) as phone:
        status = await phone.status()
    assert status.word == "in_call"
    assert status.calls[0].number == "1002"
    assert status.accounts[0].registered is True
    assert web.paths()[-1] == "GET /cgi-bin/dologout"


async def test_what_says_yes_and_keeps_the_old_is_found_out():
    async with serve(G3()) as web, connect(web) as phone:
        pushed = await phone.push_values({"P35": "2001", "P32": "5", "P34": Clear("s3cret-1001")})
    assert pushed.held == {"P35"}
    assert set(pushed.kept) == {"P32"}
    assert pushed.unproved == {"P34"}
    read_back = [each.query.get("pvalues", "") for each in web.heard]
    assert not any("34" in each.split(",") for each in read_back)


async def test_a_phone_of_the_cloud_keeps_everything():
    phone_says = G3(config_update=Say({}))
    async with serve(phone_says) as web, connect(web) as phone:
        pushed = await phone.push_values({"P35": "2001"})
    assert "GDMS" in pushed.kept["P35"]


async def test_an_account_is_written_where_it_stands():
    phone_says = G3()
    account = SipAccount(
        2, "1002", "pbx.example.test", Clear("s3cret-1002"), port=5080, transport="tls", expiry_s=90
    )
    async with serve(phone_says) as web, connect(web) as phone:
        await phone.push_account(account)
    put = next(each for each in web.heard if each.method == "PUT").json["pvalue"]
    assert put == {
        "401": "1", "402": "pbx.example.test:5080", "404": "1002", "405": "1002",
        "406": "s3cret-1002", "448": "2", "412": "2",
    }  # fmt: skip


async def test_a_dropped_line_at_a_restart_is_a_yes():
    async with serve(G3()) as web, connect(web) as phone:
        assert not (await phone.reboot()).in_doubt
    assert sum(each.path.endswith("api-sys_operation") for each in web.heard) == 1


async def test_a_wrong_password_is_tried_once():
    async with serve(G3()) as web:
        with pytest.raises(AuthenticationFailed, match="4 tries"):
            async with connect(web, Login("admin", Clear("nope-nope"))):
                pass
    assert web.paths().count("POST /cgi-bin/dologin") == 1


async def test_a_phone_that_is_locked_is_not_even_tried():
    async with serve(G3(**{"api-get_lockout": ok("lockout")})) as web:
        with pytest.raises(LockedOut) as caught:
            async with connect(web):
                pass
    assert caught.value.seconds >= 300
    assert "POST /cgi-bin/dologin" not in web.paths()


async def test_a_lock_that_comes_with_the_answer():
    locked = Say({"response": "error", "body": "locked", "lockTime": 5})
    async with serve(G3(dologin=locked)) as web:
        with pytest.raises(LockedOut):
            async with connect(web):
                pass


async def test_a_session_that_somebody_ended():
    gone = Say({"response": "error", "body": {"status": "session-expired"}})
    async with serve(G3(config_get=gone)) as web, connect(web) as phone:
        with pytest.raises(SessionTaken):
            await phone.read_values(["P35"])


async def test_without_credentials_it_names_the_command():
    async with serve(G3()) as web:
        with pytest.raises(AuthenticationFailed) as caught:
            async with connect(web, None):
                pass
    assert "test-connection --save" in caught.value.hint


async def test_another_phone_at_the_address_gets_no_password():
    async with serve(G3()) as web:
        with pytest.raises(UnexpectedReply, match="another phone"):
            async with DEVICE.connect(at(web.port, mac="000b82999999"), LOGIN, timeout_s=60):
                pass
    assert "POST /cgi-bin/dologin" not in web.paths()


async def test_firmware_is_fetched_from_where_it_is_told():
    phone_says = G3()
    phone_says.values |= {"192": "", "6767": "", "238": "", "8375": ""}
    image = Image("1.0.11.107", "https://fw.example.test:8443/gxp/gxp2170fw.bin")
    async with serve(phone_says) as web, connect(web) as phone:
        await phone.upgrade(image)
    assert phone_says.values["192"] == "fw.example.test:8443/gxp"
    assert phone_says.values["6767"] == "2"


# G2, G2b, G4, G1 ---------------------------------------------------------------------------------


class G2:
    """A GXP1625 as recorded: answers HTTP/1.0 with a header that is only the word HttpOnly."""

    def __init__(self, token: str = ""):
        self.token = token
        self.values = {"P35": "1001", "P47": "pbx.example.test", "P271": "1"}

    def __call__(self, heard: Heard) -> Say:
        name = heard.path.rpartition("/")[2]
        if name == "access":
            return NOT_FOUND
        if name == "dologin":
            plain = "Adm1n-example"
            hashed = hashlib.sha256((plain + self.token).encode()).hexdigest()
            if heard.form["password"] != (hashed if self.token else plain):
                return error("wrong")
            body = (
                b'{"response" : "success", "body" : {"sid" : "1f2e3d4c5b6a7988", "role" : "admin"}}'
            )
            head = b"HTTP/1.0 200 OK\r\nSet-Cookie: HttpOnly\r\nContent-Length: %d\r\n\r\n" % len(
                body
            )
            return Say(raw=head + body)
        if name == "api.values.get" and heard.method == "GET":
            return ok({"phone_model": "GXP1625", "68": "1.0.7.13", "67": "00:0B:82:12:34:57",
                       "vendor_name": "Grandstream", "password_token": self.token})  # fmt: skip
        if "session-identity=1f2e3d4c5b6a7988" not in heard.headers.get("cookie", ""):
            return error({"status": "session-expired"})
        if name == "api.values.get":
            return ok(
                {each: self.values.get(each, "") for each in heard.form["request"].split(":")}
            )
        if name == "api.values.post":
            self.values |= {k: v for k, v in heard.form.items() if k.startswith("P")}
            return ok({"status": "right"})
        if name == "config_update":
            self.values |= {f"P{k}": v for k, v in heard.json["pvalue"].items()}
            return Say({"response": "success"})
        return ok("savereboot") if name == "api-sys_operation" else NOT_FOUND


@pytest.mark.parametrize(("token", "generation"), [("", "G2"), ("q1w2e3r4t5", "G2b")])
async def test_the_older_json_phones(token, generation):
    phone_says = G2(token)
    async with serve(phone_says) as web, connect(web) as phone:
        assert phone.identity.generation == generation
        read = await phone.read_values(["P35", "P9999", "P34"])
        assert (read.values["P35"], read.hidden) == ("1001", {"P34"})
        pushed = await phone.push_values({"P35": "2001"})
        assert pushed.held == {"P35"}
        status = await phone.status()
        assert (status.accounts[0].user, status.in_call) == ("2001", None)
        with pytest.raises(NotPossible, match="NOTIFY"):
            await phone.resync()


class G4:
    """An HT802 V2 as recorded; its token changes with every answer."""

    def __init__(self):
        self.count = 0
        self.values = {
            "P47": "192.0.2.10", "P35": "2001", "P4921": "Registered",
            "P199": "21:06:47 up 22 days",
            "P68": "1.0.65.1", "P67": "C074AD273A10", "P89": "HT802V2", "P4901": "Off Hook",
        }  # fmt: skip

    @property
    def token(self) -> str:
        return f"{self.count:032x}"

    def __call__(self, heard: Heard) -> Say:
        name = heard.path.rpartition("/")[2]
        if name == "api-get_system_base_info":
            return ok({"product": "HT802V2", "vendor": "Grandstream Networks, Inc."})
        if name == "dologin":
            if heard.form.get("P2") != "QWRtMW4tZXhhbXBsZQ==":
                return error("remain4")
            body = {"session_token": self.token, "role": "admin", "default_auth": "false"}
            said = ok(body)
            said.headers = (("Set-Cookie", "session_id=6f0c; HttpOnly"),)
            return said
        if name not in ("api.values.get", "api.values.post", "rs"):
            return NOT_FOUND
        if heard.form.get("session_token") != self.token:
            return error({"reason": "invalid session"} if heard.form else {})
        self.count += 1
        if name == "api.values.get":
            asked = heard.form["request"].split(":")
            return ok({**{e: self.values.get(e, "") for e in asked}, "token": self.token})
        if name == "api.values.post":
            self.values |= {k: v for k, v in heard.form.items() if k in ("P47",)}
        return ok({"reason": "no error", "token": self.token})


async def test_an_adapter_whose_token_changes():
    phone_says = G4()
    async with serve(phone_says) as web, connect(web) as phone:
        status = await phone.status()
        assert (status.identity.model, status.identity.firmware) == ("HT802V2", "1.0.65.1")
        assert status.uptime_s == 22 * 86400
        assert (status.in_call, status.accounts[0].registered) == (True, True)
        pushed = await phone.push_values({"P47": "192.0.2.11", "P34": Clear("s3cret")})
        assert pushed.held == {"P47"}
        assert "ignores" in pushed.kept["P34"]
        await phone.reboot()
        with pytest.raises(NotPossible):
            await phone.push_account(SipAccount(1, "1001", "pbx.example.test"))


async def test_web_pages_only():
    def answer(heard: Heard) -> Say:
        if heard.path == "/":
            return Say('<html>Grandstream GXP1405<form action="/cgi-bin/dologin">'
                       '<input name="P2"></form>')  # fmt: skip
        if heard.path == "/cgi-bin/dologin":
            right = heard.form == {"P2": "Adm1n-example"}
            return Say("in", headers=(("Set-Cookie", "session_id=1"),) if right else ())
        return Say("ok") if heard.path == "/cgi-bin/rs" else NOT_FOUND

    async with serve(answer) as web:
        async with connect(web) as phone:
            assert (phone.identity.generation, phone.identity.model) == ("G1", "GXP1405")
            await phone.reboot()
            with pytest.raises(NotPossible, match="read back"):
                await phone.push_values({"P47": "x"})
        with pytest.raises(AuthenticationFailed):
            async with connect(web, Login("admin", Clear("wrong"))):
                pass


async def test_a_web_server_that_is_no_grandstream():
    async with serve(lambda _: Say("<html>Printer</html>")) as web:
        assert await DEVICE.identify(at(web.port), timeout_s=60) is None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("21:06:47 up 22 days", 1_900_800),
        ("x up 1 day, 2:03", 93_780),
        ("up 5 min", 300),
        ("?", None),
    ],
)
def test_uptime(text, seconds):
    assert uptime_s(text) == seconds


LIES = [b"[]", b"null", b'{"response":[]}', b'{"response":"success"}', b"{"]
LIES.append(json.dumps({"response": "success", "body": {"sid": "\r\n"}}).encode())


@pytest.mark.parametrize("lie", LIES)
async def test_whatever_a_login_answers_it_ends_in_words(lie):
    async with serve(G3(dologin=Say(lie))) as web:
        with pytest.raises((UnexpectedReply, AuthenticationFailed)):
            async with connect(web):
                pass
