"""Poly over REST, against exchanges as the facts record them."""

import base64
import hashlib
import re

import httpx
import pytest

from reconciler.adapters.polycom import DEVICE
from reconciler.device import Login, Reach, SipAccount
from reconciler.errors import (
    AuthenticationFailed,
    NotPossible,
    PermissionMissing,
    Refused,
    UnexpectedReply,
)
from reconciler.model.secret import Clear
from tests.emulators.web import Heard, Say, serve

LOGIN = Login("", Clear("Adm1n-example"))
EDGE = (("Server", "Poly Edge Telephone HTTPd"),)
INFO = {
    "ModelNumber": "Edge E350", "FirmwareRelease": "8.6.0.1321", "DeviceVendor": "Poly",
    "UpTimeSinceLastReboot": "0 Day 2:26:00", "MACAddress": "64167faabbcc",
}  # fmt: skip
UNSET = {
    "LineNumber": "1", "RegistrationStatus": "unregistered", "SIPAddress": "EdgeE350",
    "UserID": "Edge E350",
}  # fmt: skip
LINE = {
    "LineNumber": "1", "RegistrationStatus": "registered", "SIPAddress": "1001@pbx.example.test",
    "Label": "Alice", "UserID": "1001", "ProxyAddress": "pbx.example.test",
}  # fmt: skip
CALL = {"CallState": "Connected", "LineID": "1", "RemotePartyNumber": "sip:1002",
        "DurationSeconds": "17"}  # fmt: skip


def hexed(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()


def digest(user, realm, password, method, uri, nonce, nc, cnonce, qop="auth") -> str:
    """RFC 2617, as the phone computes it."""
    secret, asked = hexed(f"{user}:{realm}:{password}"), hexed(f"{method}:{uri}")
    return hexed(f"{secret}:{nonce}:{nc}:{cnonce}:{qop}:{asked}")


class Edge:
    """An Edge E350 8.6.0: Digest only, v1 only for what it has."""

    def __init__(self, *, offers=("Digest",), **answers):
        self.offers = offers
        self.answers = answers
        self.config = {"reg.1.address": "1001", "reg.1.label": "Alice"}
        self.tries: list[str] = []

    def __call__(self, heard: Heard) -> Say:
        said = heard.headers.get("authorization", "")
        self.tries.append(said.split(" ")[0])
        if not self.lets_in(heard, said):
            challenges = {
                "Digest": 'Digest realm="phone", nonce="n0nce", qop="auth", algorithm=MD5',
                "Basic": 'Basic realm="phone"',
            }
            asked = tuple(("WWW-Authenticate", challenges[each]) for each in self.offers)
            return Say("", status=401, headers=(*EDGE, *asked))
        path = heard.path.removeprefix("/api/")
        name = path.rpartition("/")[2]
        if name in self.answers:
            return self.answers[name]
        if name == "get":
            asked = heard.json["data"]
            known = {
                n: {"Value": self.config[n], "Source": "web"} for n in asked if n in self.config
            }
            return Say({"data": known, "Status": "2000"})
        if name == "set":
            self.config |= {k: v for k, v in heard.json["data"].items() if "kept" not in k}
            return Say({"Status": "2000"})
        data = {"v1/mgmt/device/info": INFO, "v1/mgmt/lineInfo": [LINE, dict(LINE, LineNumber="2")],
                "v1/webCallControl/callStatus": CALL}  # fmt: skip
        if path in data:
            return Say({"data": data[path], "Status": "2000"})
        return Say({"Status": "2000"}) if heard.method == "POST" else Say("<html>", status=404)

    def lets_in(self, heard: Heard, said: str) -> bool:
        if "Basic" in self.offers and said.startswith("Basic "):
            return base64.b64decode(said[6:]) == b"Polycom:Adm1n-example"
        found = dict(re.findall(r'(\w+)="?([^",]+)"?', said))
        if "response" not in found:
            return False
        return found["response"] == digest(
            "Polycom", "phone", "Adm1n-example", heard.method, found["uri"], "n0nce",
            found["nc"], found["cnonce"],
        )  # fmt: skip


def at(port: int, **changes) -> Reach:
    said = {"scheme": "http", "plain": True, **changes}
    return Reach("phone/main/lobby", "127.0.0.1", port, **said)


def connect(web, login=LOGIN, **changes):
    return DEVICE.connect(at(web.port, **changes), login, timeout_s=60)


def test_the_digest_is_that_of_the_facts(monkeypatch):
    expected = "035b86db37904095bd9d58e36486cc43"
    uri = "/api/v1/mgmt/device/info"
    said = ("Polycom", "phone", "Adm1n-example", "GET", uri, "nonce1", "00000001", "cnonce1")
    assert digest(*said) == expected
    auth = httpx.DigestAuth("Polycom", "Adm1n-example")
    monkeypatch.setattr(auth, "_get_client_nonce", lambda *_: b"cnonce1")
    flow = auth.auth_flow(httpx.Request("GET", f"https://192.0.2.60{uri}"))
    asked = next(flow)
    challenge = {"WWW-Authenticate": 'Digest realm="phone", nonce="nonce1", qop="auth"'}
    answered = flow.send(httpx.Response(401, headers=challenge, request=asked))
    assert f'response="{expected}"' in answered.headers["Authorization"]


async def test_edge_status():
    async with serve(Edge()) as web, connect(web) as phone:
        status = await phone.status()
    assert (status.identity.model, status.identity.firmware) == ("EdgeE350", "8.6.0.1321")
    assert status.uptime_s == 8760
    assert [(each.user, each.registered) for each in status.accounts] == [("1001", True)]
    assert (status.word, status.calls[0].number, status.calls[0].duration_s) == (
        "in_call",
        "1002",
        17,
    )


async def test_the_password_is_not_sent_before_the_phone_asks():
    phone_says = Edge()
    async with serve(phone_says) as web, connect(web):
        pass
    assert phone_says.tries[0] == ""
    assert "Basic" not in phone_says.tries


async def test_a_challenge_is_asked_for_once():
    phone_says = Edge()
    async with serve(phone_says) as web, connect(web) as phone:
        await phone.status()
    assert phone_says.tries.count("") == 1


async def test_digest_is_taken_where_both_are_offered():
    phone_says = Edge(offers=("Basic", "Digest"))
    async with serve(phone_says) as web, connect(web) as phone:
        await phone.status()
    assert set(phone_says.tries) == {"", "Digest"}


async def test_basic_where_nothing_else_is_offered():
    phone_says = Edge(offers=("Basic",))
    async with serve(phone_says) as web, connect(web) as phone:
        await phone.status()
    assert set(phone_says.tries) == {"", "Basic"}


@pytest.mark.parametrize("offers", [("Digest",), ("Basic",)])
async def test_a_wrong_password_is_tried_once(offers):
    phone_says = Edge(offers=offers)
    async with serve(phone_says) as web:
        with pytest.raises(AuthenticationFailed):
            async with connect(web, Login("Polycom", Clear("wrong"))):
                pass
    assert sum(bool(each) for each in phone_says.tries) == 1


async def test_a_challenge_that_makes_no_sense():
    headers = (*EDGE, ("WWW-Authenticate", 'Digest realm="x", nonce="y", algorithm=ROT13'))
    async with serve(lambda _: Say("", status=401, headers=headers)) as web:
        with pytest.raises(UnexpectedReply):
            async with connect(web):
                pass


async def test_an_api_that_is_off_says_how_to_switch_it_on():
    async with serve(lambda _: Say("<html>404", status=404, headers=EDGE)) as web:
        found = await DEVICE.identify(at(web.port), timeout_s=60)
        assert (found.vendor, found.generation) == ("polycom", "off")
        with pytest.raises(NotPossible, match="restapi"):
            async with connect(web):
                pass


async def test_the_certificate_says_who_it_is(certificate):
    context, _ = certificate
    async with serve(Edge(), tls=context) as web:
        found = await DEVICE.identify(at(web.port, scheme="https"), timeout_s=60)
        assert (found.mac, found.sure) == ("64167faabbcc", "high")
        with pytest.raises(UnexpectedReply, match="another phone"):
            async with connect(web, scheme="https", mac="482567000000"):
                pass
    assert not any("authorization" in each.headers for each in web.heard)


async def test_values_are_written_in_portions_and_read_back():
    phone_says = Edge()
    values = {f"softkey.{n}.label": str(n) for n in range(1, 31)} | {"kept.1": "x"}
    async with serve(phone_says) as web, connect(web) as phone:
        pushed = await phone.push_values({**values, "reg.1.auth.password": Clear("s3cret")})
    assert len(pushed.held) == 30
    assert set(pushed.kept) == {"kept.1"}
    assert pushed.unproved == {"reg.1.auth.password"}
    posts = [each.json["data"] for each in web.heard if each.path.endswith(("/get", "/set"))]
    assert max(len(each) for each in posts) <= 20
    read = [each for each in posts if isinstance(each, list)]
    assert not any("password" in name for each in read for name in each)


async def test_an_account():
    phone_says = Edge()
    account = SipAccount(2, "1002", "pbx.example.test", Clear("s3cret"), transport="tls")
    async with serve(phone_says) as web, connect(web) as phone:
        await phone.push_account(account)
    assert phone_says.config["reg.2.server.1.transport"] == "TLS"


async def test_actions_are_posts_with_an_empty_object():
    async with serve(Edge()) as web, connect(web) as phone:
        for action in (phone.resync, phone.reboot, phone.safe_restart, phone.factory_reset):
            assert not (await action()).in_doubt
    posts = [each for each in web.heard if each.method == "POST"]
    verbs = ["updateConfiguration", "safeReboot", "safeRestart", "factoryReset"]
    assert [each.path.rpartition("/")[2] for each in posts] == verbs
    assert {each.body for each in posts} == {b"{}"}


@pytest.mark.parametrize(
    ("status", "error"), [("4010", PermissionMissing), ("4001", Refused), ("", UnexpectedReply)]
)
async def test_what_it_says_besides_yes(status, error):
    async with serve(Edge(set=Say({"Status": status}))) as web, connect(web) as phone:
        with pytest.raises(error):
            await phone.push_values({"reg.1.label": "x"})


async def test_a_phone_without_an_account():
    lines = Say({"data": [UNSET], "Status": "2000"})
    async with serve(Edge(lineInfo=lines)) as web, connect(web) as phone:
        assert (await phone.status()).accounts == ()


async def test_no_call_may_be_a_status():
    idle = Say({"Status": "4007"})
    async with serve(Edge(callStatus=idle)) as web, connect(web) as phone:
        assert (await phone.status()).in_call is False


def test_a_notify_restarts_only_where_it_is_set():
    always = {"voIpProt.SIP.specialEvent.checkSync.alwaysReboot": "1"}
    assert DEVICE.notify_event(reboot=True, told={}) is None
    assert DEVICE.notify_event(reboot=True, told=always) == "check-sync"
    assert DEVICE.consequence("resync", "VVX411", always).waits_for_idle
