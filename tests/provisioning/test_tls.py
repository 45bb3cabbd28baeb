"""TLS: our own certificate, devices' certificates, those that a proxy has checked."""

import socket
import ssl
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from reconciler.provisioning.serving.expiry import expiry_told
from tests.provisioning.conftest import filled
from tests.provisioning.serving import LOBBY, OUTSIDE, PROXY, Place, Server, content_of

FILE = "805ec0000001.cfg"
MINE = content_of(LOBBY, FILE)
SECTION = """\
  require: [certificate]
  trusted_proxies: [127.7.0.0/24]
  listen: {certificate: cert.pem, key: key.pem, client_ca: maker.pem}
"""


def openssl(folder: Path, *arguments: str) -> None:
    """Run openssl in a folder."""
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


def certify(folder: Path, name: str, subject: str, by: str | None = None) -> None:
    """Make NAME.pem and its key, signed by another one or by itself."""
    new = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
           "-subj", subject, "-keyout", f"{name}-key.pem")  # fmt: skip
    if by is None:
        openssl(folder, "req", "-x509", *new, "-out", f"{name}.pem",
                "-addext", "subjectAltName=IP:127.0.0.1")  # fmt: skip
        return
    openssl(folder, "req", *new, "-out", f"{name}.csr")
    openssl(folder, "x509", "-req", "-in", f"{name}.csr", "-CA", f"{by}.pem", "-CAkey",
            f"{by}-key.pem", "-CAcreateserial", "-days", "2", "-out", f"{name}.pem")  # fmt: skip


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A place with certificates of its own, of a maker of phones and of somebody else."""
    place = filled(tmp_path_factory.mktemp("tls") / "w", SECTION)
    certify(place.folder, "cert", "/CN=prov.example.test")
    (place.folder / "cert-key.pem").rename(place.folder / "key.pem")
    certify(place.folder, "maker", "/CN=Maker Root CA")
    certify(place.folder, "lobby", "/O=Maker Inc./CN=805EC0000001", "maker")
    certify(place.folder, "desk", "/CN=00:0B:82:00:00:02", "maker")
    certify(place.folder, "other", "/CN=805EC0000001")
    return place


@pytest.fixture(scope="module")
def server(here: Place) -> Iterator[Server]:
    """A server that takes devices' certificates and nothing else."""
    with here.server() as server:
        yield server


def client(place: Place, name: str | None) -> ssl.SSLContext:
    """Return a client that checks the server, with a certificate of its own or without."""
    context = ssl.create_default_context(cafile=str(place.folder / "cert.pem"))
    if name is not None:
        context.load_cert_chain(place.folder / f"{name}.pem", place.folder / f"{name}-key.pem")
    return context


def test_a_phone_is_known_by_its_makers_certificate(server: Server, here: Place) -> None:
    def ask(path: str, name: str | None) -> int:
        return server.ask(path, source=OUTSIDE, tls=client(here, name)).status

    got = server.ask(f"/{FILE}", source=OUTSIDE, tls=client(here, "lobby"))
    assert got.body == MINE
    # Files that do not say whose they are: the certificate does.
    assert ask("/phonebook.xml", "lobby") == 200
    assert ask("/cfg000b82000002.xml", "desk") == 200
    assert ask(f"/{FILE}", "desk") == 404
    assert ask(f"/{FILE}", None) == 404
    # One that another authority signed does not get as far as to ask.
    with pytest.raises((ssl.SSLError, OSError)):
        ask(f"/{FILE}", "other")


def test_a_certificate_that_ends_is_told_before_phones_turn_away(
    server: Server, here: Place
) -> None:
    certificate = here.folder / "cert.pem"
    assert server.says(f"the certificate {certificate} ends on"), "it is good for two days"
    now = datetime.now(UTC)
    ended = expiry_told(certificate, now + timedelta(days=3))
    assert ended is not None
    assert "phones that check it take no file" in ended
    assert expiry_told(certificate, now - timedelta(days=13)) is None
    assert expiry_told(here.folder / "none.pem", now) is None


def test_a_declared_proxy_tells_of_certificates(server: Server, here: Place) -> None:
    def ask(verified: str, subject: str, peer: str = PROXY) -> int:
        said = {"X-Client-Verify": verified, "X-Client-DN": subject,
                "X-Forwarded-For": "192.0.2.9", "X-Forwarded-Proto": "https"}  # fmt: skip
        return server.ask(f"/{FILE}", source=peer, headers=said, tls=client(here, None)).status

    assert ask("SUCCESS", "CN=805EC0000001,O=Maker Inc.") == 200
    assert ask("SUCCESS", "/O=Maker Inc./CN=805EC0000001") == 200
    assert ask("FAILED:self signed", "CN=805EC0000001,O=Maker Inc.") == 404
    assert ask("NONE", "CN=805EC0000001") == 404
    assert ask("SUCCESS", "O=CN of 805EC0000001") == 404
    assert ask("SUCCESS", "CN=000B82000002") == 404
    assert ask("SUCCESS", "CN=805EC0000001", OUTSIDE) == 404


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
def test_older_tls_only_where_it_is_wanted(server: Server, here: Place) -> None:
    old = client(here, None)
    old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    old.set_ciphers("DEFAULT:@SECLEVEL=0")
    with pytest.raises((ssl.SSLError, OSError)):
        server.ask("/", tls=old)
    here.write(SECTION.replace("listen: {", 'listen: {tls_minimum: "1.1", '))
    with here.server() as other:
        assert other.ask("/", tls=old).status == 404


def test_whoever_speaks_no_tls_harms_nobody(server: Server, here: Place) -> None:
    plain = socket.create_connection(("127.0.0.1", server.port), 10)
    plain.sendall(b"GET / HTTP/1.0\r\n\r\n")
    plain.close()
    assert server.ask(f"/{FILE}", tls=client(here, "lobby")).body == MINE
