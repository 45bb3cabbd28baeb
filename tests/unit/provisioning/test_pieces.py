"""The server's pure parts, each by itself."""

from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.address import Address
from reconciler.provisioning.serving.access import policy_of
from reconciler.provisioning.serving.agents import UNKNOWN, Agent, read_agent
from reconciler.provisioning.serving.answers import (
    Conditions,
    is_current,
    refusal,
    reply_with,
    takes_gzip,
    wanted_part,
)
from reconciler.provisioning.serving.certificates import mac_of_peer, mac_of_subject
from reconciler.provisioning.serving.devices import gather
from reconciler.provisioning.serving.digest import Nonces, read_answer
from reconciler.provisioning.serving.limits import Counter
from reconciler.provisioning.serving.origins import counted_as, origin_of, read_host, read_networks
from reconciler.provisioning.serving.rotation import Rotation
from reconciler.provisioning.serving.tokenbook import TokenBook
from reconciler.provisioning.serving.trial import agent_for
from reconciler.provisioning.signatures import key_id, sign, signed_with
from reconciler.provisioning.store.records import KeyUse, Owner, Served
from reconciler.provisioning.tokens import (
    Token,
    counts,
    digest_of,
    ended_by,
    new_token,
    shown_among,
    state_of,
)

LOBBY = Address("phone", "london", "lobby")
DESK = Address("phone", "london", "desk")


@pytest.mark.parametrize(
    ("text", "agent"),
    [
        ("Grandstream Model HW GXP2170 SW 1.0.11.106 DevId 000b82123456",
         Agent("grandstream", "GXP2170", "1.0.11.106", "000b82123456")),
        ("Grandstream Model HW HT801 V1.1A SW 1.0.17.5 DevId c074ad273a10",
         Agent("grandstream", "HT801", "1.0.17.5", "c074ad273a10")),
        ("Grandstream GXP2000 (gxp2000e.bin:1.2.5.3/boot55e.bin:1.1.6.9) DevId 000b82123456",
         Agent("grandstream", "GXP2000", "1.2.5.3", "000b82123456")),
        ("Yealink SIP-T46S 66.86.0.15 00:15:65:ab:cd:ef",
         Agent("yealink", "T46S", "66.86.0.15", "001565abcdef")),
        ("Yealink W70B 146.85.0.20 80:5e:c0:ab:cd:ef",
         Agent("yealink", "W70B", "146.85.0.20", "805ec0abcdef")),
        ("Yealink-T46G 28.71.0.81 28.1.0.128.0.0.0", Agent("yealink", "T46G", "28.71.0.81")),
        ("FileTransport PolycomVVX-VVX_411-UA/6.4.7.4560 Type/Application",
         Agent("polycom", "VVX411", "6.4.7.4560")),
        ("FileTransport PolycomVVX-VVX_411-UA/6.4.7.3828 Type/Updater",
         Agent("polycom", "VVX411", "")),
        ("FileTransport PolyEdge-Edge_E450-UA/8.0.0.15602 Type/Application",
         Agent("polycom", "E450", "8.0.0.15602")),
        ("Mozilla/4.0 (compatible; snomD785-SIP 10.1.215.13 2010.12-1 000413AABBCC)",
         Agent("snom", "D785", "10.1.215.13", "000413aabbcc")),
        ("Fanvil X4U 2.12.16.17 0c383e112233",
         Agent("fanvil", "X4U", "2.12.16.17", "0c383e112233")),
        ("Cisco/SPA504G-7.5.5 (000E08AABBCC)(CCQ0000FAKE)",
         Agent("cisco", "SPA504G", "7.5.5", "000e08aabbcc")),
        ("curl/8.0", UNKNOWN),
        ("", UNKNOWN),
    ],
)  # fmt: skip
def test_what_phones_say_of_themselves(text: str, agent: Agent) -> None:
    assert read_agent(text) == agent


@given(st.text(max_size=600))
def test_whatever_is_said(text: str) -> None:
    agent = read_agent(f"Grandstream Model HW X SW {text} DevId 000b82123456")
    assert agent.firmware.isascii()
    assert agent.firmware.isprintable()
    agent = read_agent(text)
    assert len(agent.model) < 64
    assert len(agent.firmware) <= 64


@pytest.mark.parametrize("vendor", ["yealink", "grandstream", "snom", "fanvil"])
def test_what_a_check_says_of_itself_is_what_such_a_phone_says(vendor: str) -> None:
    agent = read_agent(agent_for(vendor, "M1", "805ec0000001"))
    assert (agent.vendor, agent.model, agent.mac) == (vendor, "M1", "805ec0000001")


def test_addresses_and_networks() -> None:
    assert read_host("::ffff:192.0.2.1") == ip_address("192.0.2.1")
    assert read_host("[2001:db8::1]:80") == ip_address("2001:db8::1")
    assert read_host(" 192.0.2.1:8080 ") == ip_address("192.0.2.1")
    assert read_host("fe80::1%eth0") == ip_address("fe80::1")
    assert read_host("unknown") is None
    networks, wide = read_networks(["192.0.2.0/24", "0.0.0.0/0", "2001:db8::/32", "::/0"])
    assert networks == (ip_network("192.0.2.0/24"), ip_network("2001:db8::/32"))
    assert wide == ("0.0.0.0/0", "::/0")
    assert counted_as(ip_address("2001:db8::1")) == counted_as(ip_address("2001:db8::ffff"))
    assert counted_as(ip_address("2001:db8:0:1::1")) != counted_as(ip_address("2001:db8::1"))
    assert counted_as(ip_address("192.0.2.1")) == "192.0.2.1"


@given(st.lists(st.text(max_size=40), max_size=4), st.text(max_size=10))
def test_nobody_but_a_declared_proxy_says_where_somebody_is(said: list[str], proto: str) -> None:
    proxies, _ = read_networks(["203.0.113.0/28"])
    found = origin_of(
        "198.51.100.7", secure=False, forwarded_for=said, proto=proto, proxies=proxies
    )
    assert (found.text, found.secure, found.proxied) == ("198.51.100.7", False, False)


def test_a_count_begins_anew_after_a_minute() -> None:
    counter = Counter(2, most=3)
    assert [counter.add("a", 10.0 + each) for each in range(4)] == [False, False, True, True]
    assert counter.is_over("a", 69.0)
    assert not counter.is_over("a", 70.0)
    assert not counter.add("a", 70.0)
    for key in "bcd":
        counter.add(key, 70.0)
    assert not counter.is_over("a", 70.0)  # dropped: memory is bounded


def test_a_clock_that_is_put_back_shuts_nobody_out() -> None:
    counter = Counter(2)
    assert [counter.add("a", 7200.0) for _ in range(3)] == [False, False, True]
    assert not counter.is_over("a", 3600.0)
    assert [counter.add("a", 3600.0) for _ in range(3)] == [False, False, True]
    assert counter.is_over("a", 3659.0)


def test_challenges_are_answered_once_and_not_late() -> None:
    nonces = Nonces(60, most=2)
    one, two, three = (nonces.new(1000.0) for _ in range(3))
    assert nonces.use(one, 1059.9) == "fresh"
    assert nonces.use(one, 1059.9) == "stale"
    assert nonces.use(two, 1061.0) == "stale"
    assert nonces.use(nonces.new(1100.0), 1099.0) == "stale"  # from the future
    assert nonces.use(Nonces(60).new(1000.0), 1000.0) == "foreign"
    for text in ("", "x", "é", one[:-2], "A" * 48):
        assert nonces.use(text, 1000.0) == "foreign"
    # With its memory full it takes nobody rather than anybody twice.
    assert nonces.use(nonces.new(1060.0), 1060.0) == "fresh"
    assert nonces.use(three, 1060.0) == "stale"


@given(st.text(max_size=300))
def test_any_header_can_be_read(text: str) -> None:
    read_answer(f"Digest {text}")
    read_answer(text)


def test_digest_headers_that_make_no_sense() -> None:
    good = 'Digest username="a", realm="r", nonce="n", uri="/", response="x", algorithm=MD5'
    found = read_answer(good)
    assert found is not None
    assert (found.username, found.algorithm) == ("a", "md5")
    assert read_answer(f'{good}, username="b"') is None
    assert read_answer(f"{good}-sess") is None
    assert read_answer(f"{good}, userhash=true") is None
    assert "x" not in repr(found)


@pytest.mark.parametrize(
    ("wanted", "part"),
    [("bytes=0-4", (0, 5)), ("bytes=5-", (5, 10)), ("bytes=-3", (7, 10)), ("bytes=0-99", (0, 10)),
     ("bytes=10-", (0, 0)), ("bytes=-0", (0, 0)), ("bytes=4-2", None), ("bytes=0-1,3-4", None),
     ("items=0-1", None), ("", None), ("bytes=-", None)],
)  # fmt: skip
def test_parts(wanted: str, part: tuple[int, int] | None) -> None:
    assert wanted_part(Conditions(range=wanted), '"t"', 10) == part


@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=30), st.text(max_size=30))
def test_an_answer_is_the_file_or_a_part_of_it(a: str, b: str, c: str, d: str) -> None:
    served = Served("f", "text/plain", "tag", bytes(range(100)))
    reply = reply_with(served, Conditions(a, b, c, d))
    assert reply.status in (200, 206, 304, 416)
    assert reply.body in served.content
    said = dict(reply.headers).get("content-length")
    assert said is None or int(said) == len(reply.body)


def test_what_is_taken_and_what_is_there() -> None:
    assert takes_gzip("deflate, gzip;q=0.5")
    assert not takes_gzip("identity, gzip;q=0.0")
    assert not takes_gzip("")
    assert is_current('W/"a", "b-gzip"', "b")
    assert not is_current('"b"', "a")
    assert refusal() == refusal()
    assert refusal(("Digest x",)).status == 401


def test_signatures() -> None:
    key, old = "k" * 32, "o" * 32
    assert signed_with([sign(old, "805ec0000001")], "805ec0000001", [key, old]) == 1
    assert signed_with([sign(key, "805ec0000002")], "805ec0000001", [key, old]) is None
    assert signed_with([], "805ec0000001", [key]) is None
    assert signed_with(["é" * 64], "805ec0000001", [key]) is None
    assert key not in key_id(key)


def test_tokens_and_what_ends_them() -> None:
    now = "2026-11-01T08:00:00Z"
    texts = [new_token() for _ in range(5)]
    first, old, current, link, once = (
        Token(digest_of(text), LOBBY, kind, now, until, once=single)
        for text, kind, until, single in zip(
            texts,
            ("first", "steady", "steady", "link", "link"),
            ("2026-11-02T08:00:00Z", "", "", "2026-11-02T08:00:00Z", "2026-11-01T08:00:00Z"),
            (False, False, False, False, True),
            strict=True,
        )
    )  # fmt: skip
    everything = [first, old, current, link, once]
    assert counts(first, now)
    assert not counts(once, now)  # expired this second
    assert shown_among([texts[1]], everything, now) == old
    assert shown_among(["x"], everything, now) is None
    assert shown_among([], everything, now) is None
    assert ended_by(old, current.digest, everything) == []
    assert ended_by(current, current.digest, everything) == [first, old]
    assert ended_by(once, current.digest, everything) == [once]
    states = [state_of(each, current.digest, now) for each in everything]
    assert states == ["first access", "previous", "current", "link", "expired"]
    assert not any(text in repr(everything) for text in texts)


def test_the_book_follows_tokens_to_their_new_owner() -> None:
    book = TokenBook()
    token = Token(digest_of("t"), LOBBY, "steady", "")
    book.put([token])
    assert book.owner_of(["x", "t"]) == LOBBY
    book.put([token._replace(owner=DESK)])
    assert book.owner_of(["t"]) == DESK
    assert token not in book.of(LOBBY)
    book.drop([DESK])
    assert book.owner_of(["t"]) is None
    assert len(book.of(DESK)) == 1  # a decoy: the same work for those who have none


def test_a_key_ends_with_the_last_phone() -> None:
    rotation = Rotation(["new" * 11, "old" * 11])
    assert rotation.keys == ("new" * 11,)  # no phone, nothing to wait for
    rotation.expect([LOBBY, DESK])
    assert len(rotation.keys) == 2
    rotation.use([KeyUse(LOBBY, rotation.names[0], ""), KeyUse(DESK, rotation.names[1], "")])
    assert rotation.missing == {DESK}
    rotation.use([KeyUse(DESK, rotation.names[0], "")])
    assert rotation.keys == ("new" * 11,)
    rotation.forget([DESK])
    rotation.expect([LOBBY, DESK])
    assert rotation.missing == {DESK}


def test_macs_of_certificates() -> None:
    peer = {"subject": ((("organizationName", "Maker"),), (("commonName", "64167F169981"),))}
    assert mac_of_peer(peer) == "64167f169981"
    assert mac_of_peer(None) == ""
    assert mac_of_peer({"subject": ((("commonName", "prov.example.com"),),)}) == ""
    assert mac_of_subject("SUCCESS", "CN=64:16:7F:16:99:81,O=Maker") == "64167f169981"
    assert mac_of_subject("FAILED", "CN=64167F169981") == ""
    assert mac_of_subject("SUCCESS", "CN=64167F169981,CN=64167F169982") == ""


def owner(address: Address, *subnets: str, mac: str = "805ec0000001", seal: str = "s") -> Owner:
    return Owner(address, address.scope, mac, "", "", True, False, subnets, (), {}, {}, "", 1, seal)


def test_places_that_could_be_two_are_nobodys() -> None:
    paris = Address("phone", "paris", "desk")
    found = gather(
        [owner(LOBBY, "10.1.0.0/16"), owner(paris, "10.0.0.0/8", mac="805ec0000002")],
        {}, ["192.0.2.0/24"], "r",
    )  # fmt: skip
    assert found.place(ip_address("10.1.2.3")).site == "london"
    assert found.place(ip_address("10.2.2.3")).site == "paris"
    assert found.place(ip_address("192.0.2.1")) is found.nobody
    assert found.is_inside(ip_address("192.0.2.1"))
    assert found.place(ip_address("198.51.100.1")) is found.nobody
    assert not found.is_inside(ip_address("198.51.100.1"))
    assert found.place(None) is found.nobody


def test_what_is_not_said_is_usual() -> None:
    policy = policy_of({})
    assert policy.require == (frozenset({"subnet"}),)
    assert not policy.challenges
    policy = policy_of({"require": ["subnet|digest"], "digest.algorithms": ["md5"]})
    assert policy.challenges
    assert policy.algorithms == ("md5",)
