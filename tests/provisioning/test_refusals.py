"""What devices show, and that nobody who shows too little learns why."""

import hashlib
import hmac
import sqlite3
from collections.abc import Iterator
from statistics import median
from time import perf_counter

import pytest

from tests.provisioning.conftest import filled
from tests.provisioning.serving import (
    ADA,
    DESK,
    DISABLED,
    INSIDE,
    LOBBY,
    MACS,
    OUTSIDE,
    SIGNING_KEY,
    TOKENS,
    YEALINK,
    Place,
    Server,
    content_of,
)

FILE = "805ec0000001.cfg"
MINE = content_of(LOBBY, FILE)
SECTION = """\
  require: ["subnet|signature|token"]
  signing_key: {secret: "env:SIGNING_KEY"}
  plaintext_acknowledged: true
  limits: {failures_per_minute: 100000, requests_per_minute: 100000}
"""


def signature(mac: str, key: str = SIGNING_KEY) -> str:
    """Sign as it is documented: HMAC-SHA256 over the MAC in lower case with colons, in hex."""
    colons = ":".join(mac[each : each + 2] for each in range(0, 12, 2))
    return hmac.new(key.encode(), colons.encode(), hashlib.sha256).hexdigest()


SIGNED = {each: signature(mac) for each, mac in MACS.items()}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that takes a place in the network, a signature or a token."""
    with filled(tmp_path_factory.mktemp("refusals") / "w", SECTION).server() as server:
        yield server


def test_the_signature_is_the_documented_one() -> None:
    # A vector with made-up keys that another implementation gave.
    key = "test-secret-key-0123456789abcdef" + "test-salt-ABCDEF"
    assert signature("000b82123456", key).startswith("655c573fcaab80fab3659e2c402aee7d")


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        (f"/{FILE}?sig={SIGNED[LOBBY]}", {}),
        (f"/{FILE}?sig={SIGNED[LOBBY].upper()}", {}),
        (f"/{FILE}", {"X-Provisioning-Signature": SIGNED[LOBBY]}),
        (f"/p/805ec0000001-{SIGNED[LOBBY]}/{FILE}", {}),
        (f"/p/805ec0000001-{SIGNED[LOBBY]}/phonebook.xml", {}),
        (f"/{TOKENS[LOBBY]}/{FILE}", {}),
        (f"/p/{TOKENS[LOBBY]}/phonebook.xml", {}),
        (f"/{FILE}?token={TOKENS[LOBBY]}", {}),
    ],
)
def test_what_opens(server: Server, path: str, headers: dict[str, str]) -> None:
    got = server.ask(path, source=OUTSIDE, headers=headers)
    assert got.status == 200
    name = path.partition("?")[0].rpartition("/")[2]
    assert got.body == content_of(LOBBY, name)


REFUSED = {
    "unknown MAC": ("/805ec0ffffff.cfg", OUTSIDE),
    "unknown MAC in the network": ("/805ec0ffffff.cfg", INSIDE),
    "unknown MAC, signature of a known one": (f"/805ec0ffffff.cfg?sig={SIGNED[LOBBY]}", OUTSIDE),
    "unknown MAC, token of a known one": (f"/{TOKENS[LOBBY]}/805ec0ffffff.cfg", OUTSIDE),
    "outside of the network": (f"/{FILE}", OUTSIDE),
    "wrong signature": (f"/{FILE}?sig={'0' * 64}", OUTSIDE),
    "signature of another phone": (f"/{FILE}?sig={SIGNED[DESK]}", OUTSIDE),
    "signature without the MAC's colons": (
        f"/{FILE}?sig={hmac.new(SIGNING_KEY.encode(), b'805ec0000001', 'sha256').hexdigest()}",
        OUTSIDE,
    ),
    "short signature": (f"/{FILE}?sig={SIGNED[LOBBY][:10]}", OUTSIDE),
    "signature that is no ASCII": (f"/{FILE}?sig=%C3%A9%00", OUTSIDE),
    "many signatures": (f"/{'/'.join(['0' * 64] * 9)}/{FILE}?sig={'1' * 64}", OUTSIDE),
    "wrong token": (f"/{'x' * 32}/{FILE}", OUTSIDE),
    "token of another phone": (f"/{TOKENS[DESK]}/{FILE}", OUTSIDE),
    "hash of the token": (f"/{hashlib.sha256(TOKENS[LOBBY].encode()).hexdigest()}/{FILE}", OUTSIDE),
    "disabled phone in its network": ("/805ec0000003.cfg", INSIDE),
    "disabled phone, right signature": (f"/805ec0000003.cfg?sig={SIGNED[DISABLED]}", OUTSIDE),
    "disabled phone, right token": (f"/{TOKENS[DISABLED]}/805ec0000003.cfg", OUTSIDE),
    "no MAC": ("/phonebook.xml", OUTSIDE),
    "no name": ("/", OUTSIDE),
    "two MACs": (f"/000b82000002/{FILE}?sig={SIGNED[LOBBY]}", OUTSIDE),
    "a folder up": (f"/../{FILE}", OUTSIDE),
    "a folder up, encoded": (f"/%2e%2e/{FILE}", OUTSIDE),
    "encoded twice": ("/%25%38%30.cfg", OUTSIDE),
    "a NUL": (f"/{FILE}%00.txt", OUTSIDE),
    "very long": (f"/{'a' * 5000}/{FILE}", OUTSIDE),
    "many parameters": (f"/{FILE}?{'&'.join(['a=b'] * 500)}", OUTSIDE),
    "softphone by a wrong key": (f"/softphone/{'k' * 32}", OUTSIDE),
    "softphone by a phone's token": (f"/softphone/{TOKENS[LOBBY]}", OUTSIDE),
    "softphone's file by name": (f"/{TOKENS[ADA]}/linphone.xml", OUTSIDE),
    "allowed, no such file": ("/805ec0000001-nothing.cfg", INSIDE),
}


def test_every_refusal_looks_the_same(server: Server) -> None:
    reference = server.ask("/805ec0ffffff.cfg", source=OUTSIDE).shape
    assert reference[0] == 404
    for why, (path, source) in REFUSED.items():
        assert server.ask(path, source=source).shape == reference, why
    for method in ("POST", "PUT", "DELETE", "OPTIONS", "PROPFIND"):
        assert server.ask(f"/{FILE}", source=OUTSIDE, method=method).shape == reference, method
    forged = {"X-Forwarded-For": INSIDE, "X-Real-IP": INSIDE, "Forwarded": f"for={INSIDE}",
              "X-Client-Verify": "SUCCESS", "X-Client-DN": "CN=805ec0000001"}  # fmt: skip
    assert server.ask(f"/{FILE}", source=OUTSIDE, headers=forged).shape == reference


def test_a_refusal_takes_the_same_time_for_known_and_unknown(server: Server) -> None:
    """The same work is done: compared with itself, with much room for a busy machine."""
    paths = [f"/{FILE}?sig={'0' * 64}", f"/805ec0ffffff.cfg?sig={'0' * 64}"]
    connection = server.connection(OUTSIDE)
    times: list[list[float]] = [[], []]
    for _ in range(150):
        for path, spent in zip(paths, times, strict=True):
            began = perf_counter()
            connection.request("GET", path)
            connection.getresponse().read()
            spent.append(perf_counter() - began)
    connection.close()
    known, unknown = map(median, times)
    assert known < 3 * unknown
    assert unknown < 3 * known


def test_the_log_names_who_and_why_and_never_the_guess(server: Server) -> None:
    server.ask(f"/{FILE}?sig={'a1' * 32}", source="127.9.0.44")
    server.ask(f"/{'G' * 32}/{FILE}", source="127.9.0.44")
    server.ask("/805ec0fffff1.cfg", source="127.9.0.45")
    server.ask("/805ec0fffff2.cfg", source="127.1.0.45")
    server.says("(805ec0fffff2)")  # the last one
    text = "".join(server.logged("refused"))
    assert "127.9.0.44 refused: did not show signature or subnet or token" in text
    assert "(phone/london/lobby)" in text
    assert "a1a1" not in text
    assert "GGGG" not in text
    assert "805ec0fffff1" not in text  # a stranger's guess
    assert "127.1.0.45 refused: unknown device (805ec0fffff2)" in text  # a phone to be declared


def test_both_where_both_are_required(tmp_path_factory: pytest.TempPathFactory) -> None:
    section = SECTION.replace('"subnet|signature|token"', "subnet, token")
    with filled(tmp_path_factory.mktemp("both") / "w", section).server() as server:
        assert server.ask(f"/{TOKENS[LOBBY]}/{FILE}", source=INSIDE).body == MINE
        refused = server.ask("/805ec0ffffff.cfg", source=OUTSIDE).shape
        assert server.ask(f"/{TOKENS[LOBBY]}/{FILE}", source=OUTSIDE).shape == refused
        assert server.ask(f"/{FILE}", source=INSIDE).shape == refused
        assert server.ask("/y000000000066.cfg", source=INSIDE).shape == refused
        got = server.ask(f"/{TOKENS[LOBBY]}/y000000000066.cfg", source=INSIDE)
        assert got.body == b"shared of london\n"


def test_too_many_tries_close_what_can_be_guessed(tmp_path_factory: pytest.TempPathFactory) -> None:
    section = SECTION.replace("failures_per_minute: 100000", "failures_per_minute: 5")
    section = section.replace("requests_per_minute: 100000", "requests_per_minute: 12")
    with filled(tmp_path_factory.mktemp("limits") / "w", section).server() as server:
        reference = server.ask("/805ec0ffffff.cfg", source=OUTSIDE).shape
        assert server.ask(f"/{FILE}", source=INSIDE).status == 200
        for number in range(9):
            server.ask(f"/805ec0fffff{number}.cfg", source=INSIDE)
        # Its place counts for nothing now, also for what is right; what nobody guesses does.
        assert server.ask(f"/{FILE}", source=INSIDE).shape == reference
        assert server.ask("/y000000000066.cfg", source=INSIDE).shape == reference
        assert server.ask(f"/{TOKENS[LOBBY]}/{FILE}", source=INSIDE).body == MINE
        assert server.ask(f"/{FILE}", source="127.1.0.6").body == MINE
        assert len(server.says("has failed too often")) == 1
        # One phone that asks all the time, from anywhere.
        statuses = [
            server.ask(f"/{FILE}?sig={SIGNED[LOBBY]}", source=OUTSIDE).status for _ in range(14)
        ]
        assert statuses == [200] * 9 + [404] * 5
        assert server.ask("/cfg000b82000002.xml", source="127.1.0.7").status == 200


def test_plain_http_is_for_networks_of_the_site(tmp_path_factory: pytest.TempPathFactory) -> None:
    section = SECTION.replace("plaintext_acknowledged: true", "plaintext_acknowledged: false")
    section += "  trusted_proxies: [127.7.0.1/32, 127.7.0.2/32]\n"
    with filled(tmp_path_factory.mktemp("proxies") / "w", section).server() as server:

        def proxied(forwarded: str | None, *, proto: str = "https", peer: str = "127.7.0.1",
                    path: str = f"/{FILE}") -> int:  # fmt: skip
            said = {"X-Forwarded-Proto": proto} | (
                {} if forwarded is None else {"X-Forwarded-For": forwarded}
            )
            return server.ask(path, source=peer, headers=said).status

        signed = f"/{FILE}?sig={SIGNED[LOBBY]}"
        assert server.ask(signed, source=INSIDE).status == 200
        assert server.ask(signed, source=OUTSIDE).status == 404
        assert proxied("192.0.2.7", path=signed) == 200
        assert proxied("192.0.2.7", path=signed, proto="http") == 404
        assert proxied("127.1.0.9") == 200
        assert proxied("192.0.2.7") == 404
        assert proxied("127.1.0.9, 192.0.2.7") == 404  # what stands further left, clients write
        assert proxied("192.0.2.7, 127.1.0.9") == 200
        assert proxied("127.1.0.9, 127.7.0.2") == 200  # two proxies
        assert proxied("127.1.0.9", peer="127.7.0.3") == 404  # one that nobody declared
        assert proxied(None) == 404
        assert proxied("nonsense") == 404
        assert proxied("127.1.0.9, nonsense") == 404
        assert proxied("127.1.0.9:5555") == 200


def test_networks_as_wide_as_the_world_count_for_nothing(place: Place) -> None:
    from tests.provisioning.serving import phone

    place.publish(phone(LOBBY, subnet="0.0.0.0/0"))
    with place.server() as server:
        assert server.ask(f"/{FILE}", source=OUTSIDE, agent=YEALINK).status == 404
        assert server.says("0.0.0.0/0 is no network of phones")


def test_nothing_in_clear_on_the_disk(place: Place) -> None:
    with place.server() as server:
        assert server.ask(f"/{FILE}").body == MINE
    folder = place.folder / ".reconciler"
    with sqlite3.connect(folder / "published.db") as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for file in folder.rglob("*"):
        held = file.read_bytes()
        assert MINE[:40] not in held
        assert not any(each.encode() in held for each in (*TOKENS.values(), "pass-of-lobby"))
