"""Phones register, are asked and told things, and call, over real UDP."""

import asyncio
import hashlib
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from reconciler.lab.phones import EmulatedPhone, Fleet, Spec
from tests.unit.lab.phones.server import Files, Registrar


def yealink(port: int, *, password: str = "s3cret", **more: str) -> dict[str, str]:
    account = {
        "enable": "1", "user_name": "1001", "auth_name": "1001", "password": password,
        "sip_server.1.address": "127.0.0.1", "sip_server.1.port": str(port),
    }  # fmt: skip
    return {f"account.1.{name}": value for name, value in account.items()} | more


def asked(pbx: Registrar) -> set[str]:
    """Return what tells apart the requests that were heard: one that comes again counts once."""
    found = (re.search(r"branch=(\S+?);", each) for each in pbx.heard)
    return {each[1] for each in found if each}


def phone_of(port: int, **more: str) -> Spec:
    return Spec("T46U", mac="805ec0000001", settings=yealink(port, **more))


@pytest.mark.parametrize("algorithm", ["MD5", "SHA-256"])
@pytest.mark.parametrize("qop", [True, False])
async def test_a_phone_answers_the_challenge(algorithm: str, qop: bool) -> None:
    with Registrar({"1001": "s3cret"}, algorithm=algorithm, qop=qop) as pbx:
        async with Fleet([phone_of(pbx.port)]) as fleet:
            await fleet.wait_registered()
            place = f"{fleet[0].phone.address}:{fleet.sip_port}"
            assert pbx.bindings == {"1001": f"<sip:1001@{place}>"}
            assert "User-Agent: Yealink SIP-T46U" in pbx.heard[0]


async def test_it_refreshes_before_it_expires_with_the_same_call_id() -> None:
    with Registrar({"1001": "s3cret"}, grants_s=1) as pbx:
        async with Fleet([phone_of(pbx.port)]) as fleet:
            await fleet.wait(lambda each: each[0].phone.happened["registered"] >= 3)
            assert fleet[0].state == "registered"
        ids = {found[1] for found in (re.search(r"Call-ID: (\S+)", e) for e in pbx.heard) if found}
        assert len(ids) == 1


async def test_a_longer_time_is_asked_for_where_that_is_wanted() -> None:
    with Registrar({"1001": "s3cret"}, minimum_s=120) as pbx:
        spec = phone_of(pbx.port, **{"account.1.sip_server.1.expires": "60"})
        async with Fleet([spec]) as fleet:
            await fleet.wait_registered()
        assert any("Expires: 120\r\n" in each for each in pbx.heard)


async def test_a_wrong_password_is_tried_once_and_again_later() -> None:
    with Registrar({"1001": "right"}) as pbx:
        async with Fleet([phone_of(pbx.port)], retry_s=600.0) as fleet:
            await fleet.wait(lambda each: each[0].phone.accounts[1].state == "failed")
            assert fleet[0].state == "1001: 401 Unauthorized"
            assert len(asked(pbx)) == 2
            pbx.users["1001"] = "s3cret"
            registration = fleet[0].agent.registrations[1]
            assert registration.timer is not None
            assert 0 < registration.timer.when() - asyncio.get_running_loop().time() <= 600
            registration._once_more()  # as if the time were over
            await fleet.wait_registered()


async def test_a_changed_account_ends_the_old_registration() -> None:
    with Registrar({"1001": "s3cret", "1002": "other"}) as pbx:
        async with Fleet([phone_of(pbx.port)]) as fleet:
            await fleet.wait_registered()
            phone = fleet[0].phone
            phone.keep("account.1.user_name", "1002")
            phone.keep("account.1.auth_name", "1002")
            phone.keep("account.1.password", "other")
            phone.tell(phone, "accounts")
            await fleet.wait(lambda _: list(pbx.bindings) == ["1002"])


async def test_a_changed_label_registers_again_and_never_ends_what_it_has() -> None:
    with Registrar({"1001": "s3cret"}) as pbx:
        async with Fleet([phone_of(pbx.port)]) as fleet:
            await fleet.wait_registered()
            phone = fleet[0].phone
            phone.keep("account.1.label", "Ada")
            phone.tell(phone, "accounts")
            await fleet.wait(lambda _: phone.happened["registered"] == 2)
            assert not any("Expires: 0\r\n" in each for each in pbx.heard)


async def test_only_a_changed_account_is_registered_again() -> None:
    with Registrar({"1001": "s3cret"}) as pbx:
        async with Fleet([phone_of(pbx.port)]) as fleet:
            await fleet.wait_registered()
            heard, phone = asked(pbx), fleet[0].phone
            phone.keep("linekey.1.label", "Ada")
            phone.tell(phone, "accounts")
            await fleet.wait(lambda _: not fleet._changed)
            assert phone.registered
            assert asked(pbx) == heard


async def test_a_reboot_loses_the_registration_and_gets_it_back() -> None:
    with Registrar({"1001": "s3cret"}) as pbx:
        async with Fleet([phone_of(pbx.port)], reboot_s=0.05) as fleet:
            await fleet.wait_registered()
            fleet[0].phone.reboot()
            assert not fleet[0].phone.registered
            await fleet.wait_registered()


@contextmanager
def caller() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.setblocking(False)
        yield sock


class Peer:
    """Somebody who talks SIP with a phone, message by message."""

    def __init__(self, phone: EmulatedPhone, sock: socket.socket) -> None:
        self.phone, self.sock, self.port = phone, sock, sock.getsockname()[1]
        self.branches = 0

    async def ask(self, method: str, *headers: str, body: str = "", tag: str = "") -> str:
        self.branches += 1
        return await self.send(method, f"z9hG4bKtest{self.branches}", *headers, body=body, tag=tag)

    async def send(
        self, method: str, branch: str, *headers: str, body: str = "", tag: str = "",
        waits: bool = True,
    ) -> str:  # fmt: skip
        host, port = self.phone.sip
        lines = [
            f"{method} sip:1001@{host}:{port} SIP/2.0",
            f"Via: SIP/2.0/UDP 127.0.0.1:{self.port};branch={branch};rport",
            "Max-Forwards: 70", f"From: <sip:1002@127.0.0.1:{self.port}>;tag=me",
            f"To: <sip:1001@{host}>{';tag=' + tag if tag else ''}", "Call-ID: test@127.0.0.1",
            f"CSeq: {1 if method in ('ACK', 'CANCEL', 'INVITE') else self.branches} {method}",
            f"Contact: <sip:1002@127.0.0.1:{self.port}>", *headers, f"Content-Length: {len(body)}",
        ]  # fmt: skip
        self.sock.sendto(("\r\n".join(lines) + "\r\n\r\n" + body).encode(), (host, port))
        if not waits:
            return ""
        async with asyncio.timeout(60):
            while f"branch={branch};" not in (answer := await self.receive()):
                pass  # what was answered before comes again until it is acknowledged
        return answer

    async def receive(self) -> str:
        data, of = await asyncio.get_running_loop().sock_recvfrom(self.sock, 65535)
        assert of == self.phone.sip  # it answers from the address that was called
        return data.decode()


@pytest.mark.parametrize(
    ("model", "agent"),
    [
        ("GXP2170", "Grandstream GXP2170 1.0.11.106"),
        ("T46S", "Yealink SIP-T46S 66.86.0.15"),
        ("VVX 411", "PolycomVVX-VVX_411-UA/6.4.7.4560"),
        ("Edge E350", "PolyEdge-Edge_E350-UA/8.6.0.1321_482567aabbcc"),
        ("D785", "snomD785/10.1.215.13"),
        ("X4U", "Fanvil X4U 2.12.16.17"),
        ("SPA504G", "Cisco/SPA504G-7.5.5"),
    ],
)
async def test_options_tells_who_it_is(model: str, agent: str) -> None:
    async with Fleet([Spec(model, mac="482567aabbcc")], boots=False) as fleet:
        with caller() as sock:
            answer = await Peer(fleet[0], sock).ask("OPTIONS")
    assert answer.startswith("SIP/2.0 200 OK\r\n")
    assert f"User-Agent: {agent}\r\n" in answer


async def test_a_dead_phone_says_nothing() -> None:
    async with Fleet(["T46S"], boots=False) as fleet:
        fleet[0].power_off()
        with caller() as sock:
            peer = Peer(fleet[0], sock)
            await peer.send("OPTIONS", "z9hG4bKx", waits=False)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(peer.receive(), 0.2)


@pytest.mark.parametrize(
    ("model", "settings", "event", "reboots", "fetches"),
    [
        ("T46S", {"sip.notify_reboot_enable": "1"}, "check-sync;reboot=false", 1, 0),
        ("T46S", {"sip.notify_reboot_enable": "0"}, "check-sync;reboot=true", 0, 1),
        ("T46S", {"sip.notify_reboot_enable": "2"}, "check-sync;reboot=true", 1, 0),
        ("T46S", {"sip.notify_reboot_enable": "2"}, "check-sync;reboot=false", 0, 1),
        ("VVX 411", {}, "check-sync", 0, 1),
        ("VVX 411", {"voIpProt.SIP.specialEvent.checkSync.alwaysReboot": "1"}, "check-sync", 1, 0),
        ("D785", {}, "check-sync;reboot=true", 1, 0),
        ("SPA504G", {}, "resync", 0, 1),
        ("HT802V2", {}, "check-sync", 0, 1),
    ],
)
async def test_notify_does_what_the_vendor_makes_of_it(
    model: str, settings: dict[str, str], event: str, reboots: int, fetches: int
) -> None:
    with Files() as files, caller() as sock:
        spec = Spec(model, mac="64167f000001", settings=settings)
        url = files.url("p")
        async with Fleet([spec], provisioning_url=url, boots=False, reboot_s=60) as fleet:
            answer = await Peer(fleet[0], sock).ask("NOTIFY", f"Event: {event}")
            assert answer.startswith("SIP/2.0 200")
            happened = fleet[0].phone.happened
            await fleet.wait(lambda _: happened["reboot"] + happened["fetch"] == 1)
            assert (happened["reboot"], happened["fetch"]) == (reboots, fetches)


@pytest.mark.parametrize(
    ("model", "settings", "event", "body", "what"),
    [
        ("T46S", {"sip.trust_ctrl": "1"}, "ACTION-URI", "key=Reboot", "reboot"),
        ("T46S", {"sip.notify_reset.enable": "1"}, "reset", "", "reset"),
        ("Edge E350", {"apps.restapi.sipNotify.enabled": "1"}, "ACTION-URI",
         '{"command-URI":"/api/v1/callctrl/endCall","data":{}}', "idle"),
    ],
)  # fmt: skip
async def test_notify_carries_orders_where_settings_let_it(
    model: str, settings: dict[str, str], event: str, body: str, what: str
) -> None:
    for allowed in (False, True):
        spec = Spec(model, settings=settings if allowed else {})
        async with Fleet([spec], boots=False, reboot_s=60) as fleet:
            if what == "idle":
                fleet[0].put_in_call()
            with caller() as sock:
                answer = await Peer(fleet[0], sock).ask("NOTIFY", f"Event: {event}", body=body)
            phone = fleet[0].phone
            done = phone.call == "idle" if what == "idle" else phone.happened[what] == 1
            assert answer.startswith("SIP/2.0 200" if allowed else "SIP/2.0 489")
            assert done is allowed


async def test_an_unknown_event_is_refused() -> None:
    async with Fleet(["T46S"], boots=False) as fleet:
        with caller() as sock:
            answer = await Peer(fleet[0], sock).ask("NOTIFY", "Event: nonsense")
    assert answer.startswith("SIP/2.0 489")


async def test_a_grandstream_challenges_a_notify() -> None:
    settings = {"47": "127.0.0.1:9", "35": "1001", "36": "x1001", "34": "s3cret"}
    async with Fleet([Spec("GXP2170", settings=settings)], boots=False) as fleet:
        with caller() as sock:
            peer = Peer(fleet[0], sock)
            refused = await peer.ask("NOTIFY", "Event: check-sync")
            assert refused.startswith("SIP/2.0 401")
            nonce = re.search(r'nonce="(\w+)"', refused)
            assert nonce is not None

            def hashed(text: str) -> str:
                return hashlib.md5(text.encode()).hexdigest()

            first, second = hashed("x1001:grandstream:s3cret"), hashed("NOTIFY:sip:a")
            shown = (
                f'Authorization: Digest username="x1001", realm="grandstream", '
                f'nonce="{nonce[1]}", uri="sip:a", '
                f'response="{hashed(f"{first}:{nonce[1]}:{second}")}"'
            )
            assert (await peer.ask("NOTIFY", "Event: check-sync", shown)).startswith("SIP/2.0 200")
            again = await peer.ask("NOTIFY", "Event: check-sync", shown)
            assert again.startswith("SIP/2.0 401")  # each challenge once
        assert fleet[0].phone.happened["notify check-sync"] == 1


SDP = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    "m=audio 4000 RTP/AVP 8 101\r\na=rtpmap:101 telephone-event/8000\r\n"
)
INVITE = ("Content-Type: application/sdp",)


def tag_of(answer: str) -> str:
    found = re.search(r"^To: .*;tag=(\w+)", answer, re.MULTILINE)
    assert found is not None
    return found[1]


async def test_a_call_rings_is_answered_and_ends() -> None:
    async with Fleet([phone_of(9)], boots=False) as fleet:
        with caller() as sock:
            phone, peer = fleet[0], Peer(fleet[0], sock)
            assert (await peer.ask("INVITE", *INVITE, body=SDP)).startswith("SIP/2.0 180")
            assert (phone.phone.call, phone.phone.caller) == ("ringing", "1002")
            phone.pick_up()
            answer = await peer.receive()
            assert answer.startswith("SIP/2.0 200")
            assert "m=audio 4000 RTP/AVP 8 101\r\n" in answer
            repeated = await peer.receive()  # nobody has acknowledged
            assert repeated == answer
            await peer.send("ACK", "z9hG4bKack", tag=tag_of(answer), waits=False)
            assert phone.phone.call == "connected"
            assert (await peer.ask("BYE", tag=tag_of(answer))).startswith("SIP/2.0 200")
            assert phone.phone.call == "idle"


async def test_the_phone_hangs_up() -> None:
    async with Fleet([phone_of(9)], boots=False) as fleet:
        fleet[0].answer_by_itself()
        with caller() as sock:
            peer = Peer(fleet[0], sock)
            await peer.ask("INVITE", *INVITE, body=SDP)
            answer = await peer.receive()
            await peer.send("ACK", "z9hG4bKack", tag=tag_of(answer), waits=False)
            fleet[0].hang_up()
            while not (bye := await peer.receive()).startswith("BYE "):
                pass
            assert bye.startswith(f"BYE sip:1002@127.0.0.1:{peer.port} SIP/2.0")
            assert fleet[0].phone.call == "idle"


async def test_a_caller_gives_up_and_a_busy_phone_says_so() -> None:
    async with Fleet([phone_of(9)], boots=False) as fleet:
        with caller() as sock:
            peer = Peer(fleet[0], sock)
            await peer.ask("INVITE", *INVITE, body=SDP)
            assert (await peer.send("CANCEL", "z9hG4bKtest1")).startswith("SIP/2.0 200")
            ended = await peer.receive()
            assert ended.startswith("SIP/2.0 487")
            await peer.send("ACK", "z9hG4bKtest1", tag=tag_of(ended), waits=False)
            assert fleet[0].phone.call == "idle"
            fleet[0].put_in_call()
            assert (await peer.ask("INVITE", *INVITE, body=SDP)).startswith("SIP/2.0 486")


async def test_a_reboot_waits_for_the_call_or_cuts_it() -> None:
    async with Fleet([Spec("T46S", settings=yealink(9))], boots=False) as fleet:
        with caller() as sock:
            peer, phone = Peer(fleet[0], sock), fleet[0].phone
            fleet[0].put_in_call()
            await peer.ask("NOTIFY", "Event: check-sync")
            assert phone.happened["reboot"] == 0
            fleet[0].hang_up()
            assert (phone.happened["reboot"], phone.happened["cut"]) == (1, 0)


async def test_a_request_that_comes_again_gets_the_answer_that_it_got() -> None:
    async with Fleet([phone_of(9)], boots=False) as fleet:
        with caller() as sock:
            peer = Peer(fleet[0], sock)
            first = await peer.send("NOTIFY", "z9hG4bKsame", "Event: message-summary")
            second = await peer.send("NOTIFY", "z9hG4bKsame", "Event: message-summary")
            assert first == second
            assert fleet[0].phone.happened["notify message-summary"] == 1


async def test_what_is_no_sip_is_not_answered_and_breaks_nothing() -> None:
    async with Fleet([phone_of(9)], boots=False) as fleet:
        with caller() as sock:
            for junk in (b"\r\n\r\n", b"\0" * 100, b"INVITE\r\n\r\n" * 20, "é".encode() * 50,
                         b"OPTIONS sip:x SIP/2.0\r\nVia: x\r\n\r\n"):  # fmt: skip
                sock.sendto(junk, fleet[0].sip)
            assert (await Peer(fleet[0], sock).ask("OPTIONS")).startswith("SIP/2.0 200")


async def test_phones_with_ports_of_their_own() -> None:
    with Registrar({"1001": "s3cret", "1002": "s3cret"}) as pbx:
        second = {"account.1.user_name": "1002", "account.1.auth_name": "1002"}
        specs = [phone_of(pbx.port), Spec("T46U", settings=yealink(pbx.port, **second))]
        async with Fleet(specs, own_ports=True) as fleet:
            await fleet.wait_registered()
            assert set(pbx.bindings.values()) == {
                f"<sip:100{n + 1}@127.0.0.1:{fleet[n].sip_port}>" for n in (0, 1)
            }
            assert fleet[0].http_port != fleet[1].http_port
