"""HTTP Digest, by a real curl and by hand: single use, for this address only, the same for all."""

import hashlib
import re
import subprocess
from collections.abc import Iterator

import pytest

from tests.provisioning.conftest import filled
from tests.provisioning.serving import (
    DEADLINE_S,
    INSIDE,
    LOBBY,
    OUTSIDE,
    PASSWORDS,
    YEALINK,
    Answer,
    Server,
    content_of,
)

FILE = "805ec0000001.cfg"
MINE = content_of(LOBBY, FILE)
MAC = "805ec0000001"
SECTION = """\
  require: [digest]
  plaintext_acknowledged: true
  digest: {realm: phones of office}
  limits: {failures_per_minute: 100000, requests_per_minute: 100000}
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that asks for a password."""
    with filled(tmp_path_factory.mktemp("digest") / "w", SECTION).server() as server:
        yield server


def curl(server: Server, path: str, user: str, *options: str) -> tuple[int, bytes]:
    """Fetch with curl; return status and body."""
    done = subprocess.run(
        ["curl", "-s", "--path-as-is", "--digest", "-u", user, "-w", "%{stderr}%{http_code}",
         *options, f"{server.url}{path}"],
        capture_output=True, check=False, timeout=DEADLINE_S,
    )  # fmt: skip
    return int(done.stderr or 0), done.stdout


def test_curl_gets_the_file_and_only_with_the_password(server: Server) -> None:
    right = f"{MAC}:{PASSWORDS[LOBBY]}"
    assert curl(server, f"/p/{FILE}", right) == (200, MINE)
    assert curl(server, f"/p/{FILE}?a=b&c=d", right) == (200, MINE)
    # A file that does not say whose it is: the user name does.
    assert curl(server, "/phonebook.xml", right) == (200, content_of(LOBBY, "phonebook.xml"))
    assert curl(server, f"/{FILE}", f"{MAC}:wrong")[0] == 401
    assert curl(server, f"/{FILE}", f"nobody:{PASSWORDS[LOBBY]}")[0] == 401
    assert curl(server, "/cfg000b82000002.xml", right)[0] == 401
    assert curl(server, "/805ec0000003.cfg", f"805ec0000003:{'pass-of-old'}")[0] == 401
    # Who has shown the password learns that there is no such file.
    assert curl(server, f"/{MAC}-nothing.cfg", right)[0] == 404


@pytest.mark.parametrize("algorithm", ["SHA-256", "MD5"])
def test_curl_with_either_algorithm(
    tmp_path_factory: pytest.TempPathFactory, algorithm: str
) -> None:
    section = SECTION.replace("office}", f"office, algorithms: [{algorithm.lower()}]}}")
    place = filled(tmp_path_factory.mktemp("algorithm") / "w", section)
    with place.server() as server:
        told = place.folder / "told"
        got = curl(server, f"/{FILE}", f"{MAC}:{PASSWORDS[LOBBY]}", "--trace-ascii", str(told))
        assert got == (200, MINE)
        said = re.sub(r"\n[0-9a-f]{4}: ", "", told.read_text())
        assert f"algorithm={algorithm}" in said


def test_known_and_unknown_get_the_same_challenge(server: Server) -> None:
    reference = server.ask("/805ec0ffffff.cfg", source=OUTSIDE)
    assert reference.status == 401
    for path, source in (
        (f"/{FILE}", OUTSIDE), (f"/{FILE}", INSIDE), ("/805ec0000003.cfg", INSIDE),
        ("/phonebook.xml", OUTSIDE), ("/", OUTSIDE), ("/y000000000066.cfg", INSIDE),
        ("/" + "a" * 5000, OUTSIDE),
    ):  # fmt: skip
        assert server.ask(path, source=source, agent=YEALINK).shape == reference.shape, path


class Client:
    """Answers challenges by hand (RFC 7616, 3.4): shares no code with the server."""

    def __init__(self, server: Server, user: str = MAC, password: str = PASSWORDS[LOBBY]) -> None:
        self.server, self.user, self.password = server, user, password

    def challenge(self) -> str:
        """Return a new nonce."""
        refused = self.server.ask("/805ec0ffffff.cfg", source=OUTSIDE)
        found = re.search(r'nonce="([^"]+)"', refused.headers["www-authenticate"])
        assert found
        return found[1]

    def answer(
        self, nonce: str, uri: str = f"/{FILE}", *, method: str = "GET", nc: str = "00000001",
        algorithm: str = "SHA-256", qop: str = "auth", realm: str = "phones of office",
    ) -> str:  # fmt: skip
        """Return an Authorization header."""
        made = hashlib.sha256 if algorithm == "SHA-256" else hashlib.md5

        def hashed(text: str) -> str:
            return made(text.encode()).hexdigest()

        ha1 = hashed(f"{self.user}:{realm}:{self.password}")
        ha2 = hashed(f"{method}:{uri}")
        middle = f"{nc}:abc:{qop}:" if qop else ""
        counted = f', qop={qop}, nc={nc}, cnonce="abc"' if qop else ""
        return (
            f'Digest username="{self.user}", realm="{realm}", nonce="{nonce}", uri="{uri}", '
            f'response="{hashed(f"{ha1}:{nonce}:{middle}{ha2}")}", algorithm={algorithm}{counted}'
        )

    def ask(self, header: str, path: str = f"/{FILE}", method: str = "GET") -> Answer:
        """Ask with an Authorization header."""
        sent = {"Authorization": header}
        return self.server.ask(path, source=OUTSIDE, headers=sent, method=method)


def test_a_challenge_is_answered_once(server: Server) -> None:
    client = Client(server)
    nonce = client.challenge()
    first = client.answer(nonce)
    assert client.ask(first).body == MINE
    again = client.ask(first)
    assert again.status == 401
    assert "stale=true" in again.headers["www-authenticate"]
    assert client.ask(client.answer(nonce, nc="00000002")).status == 401
    # A wrong answer uses it up as well.
    nonce = client.challenge()
    assert Client(server, password="wrong").ask(client.answer(nonce, "/x")).status == 401
    assert client.ask(client.answer(nonce)).status == 401


def test_an_answer_is_for_one_address_method_and_realm(server: Server) -> None:
    client = Client(server)
    tries = [
        (client.answer(client.challenge(), "/phonebook.xml"), f"/{FILE}", "GET"),
        (client.answer(client.challenge()), f"/{FILE}?more", "GET"),
        (client.answer(client.challenge(), method="PUT"), f"/{FILE}", "GET"),
        (client.answer(client.challenge(), realm="phones"), f"/{FILE}", "GET"),
        (client.answer(client.challenge(), nc="00000002"), f"/{FILE}", "GET"),
        (client.answer("made-up"), f"/{FILE}", "GET"),
        (client.answer(client.challenge()[:-4] + "AAA="), f"/{FILE}", "GET"),
        (client.answer(client.challenge(), qop="auth-int"), f"/{FILE}", "GET"),
        (client.answer(client.challenge(), qop=""), f"/{FILE}", "GET"),
        ("Digest ", f"/{FILE}", "GET"),
        ("Basic ODA1ZWMwMDAwMDAxOnBhc3Mtb2YtbG9iYnk=", f"/{FILE}", "GET"),
    ]
    for header, path, method in tries:
        assert client.ask(header, path, method).status == 401, header
    assert client.ask(client.answer(client.challenge(), method="HEAD"), method="HEAD").status == 200
    old = client.answer(client.challenge(), qop="", algorithm="MD5")  # RFC 2069
    assert client.ask(old).body == MINE
    whole = client.answer(client.challenge(), f"{server.url}/{FILE}")
    assert client.ask(whole).body == MINE


def test_challenges_of_before_a_restart_are_old(tmp_path_factory: pytest.TempPathFactory) -> None:
    place = filled(tmp_path_factory.mktemp("restart") / "w", SECTION)
    with place.server() as server:
        header = Client(server).answer(Client(server).challenge())
    with place.server() as server:
        refused = Client(server).ask(header)
        assert refused.status == 401
        assert "stale=true" in refused.headers["www-authenticate"]


def test_a_password_or_a_place(tmp_path_factory: pytest.TempPathFactory) -> None:
    section = SECTION.replace("[digest]", '["subnet|digest"]')
    with filled(tmp_path_factory.mktemp("either") / "w", section).server() as server:
        assert server.ask(f"/{FILE}", source=INSIDE).body == MINE
        assert server.ask(f"/{FILE}", source=OUTSIDE).status == 401
        client = Client(server)
        assert client.ask(client.answer(client.challenge())).body == MINE
