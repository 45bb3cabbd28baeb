"""Requests as each maker's phones make them, answered by one server.

What arrives and with which User-Agent: recorded, with the MACs changed.
"""

import gzip
from collections.abc import Iterator

import pytest

from reconciler.model.address import Address
from tests.provisioning.conftest import filled
from tests.provisioning.serving import (
    DESK,
    GRANDSTREAM,
    INSIDE,
    LOBBY,
    OUTSIDE,
    YEALINK,
    Place,
    Server,
    content_of,
    phone,
)

POLY = Address("phone", "london", "poly")
SNOM = Address("phone", "london", "snom")
FANVIL = Address("phone", "london", "fanvil")
FILES = {
    POLY: ("64167f000004", ("64167f000004.cfg", "64167f000004-phone.cfg", "000000000000.cfg")),
    SNOM: ("000413000005", ("snomD785-000413000005.htm",)),
    FANVIL: ("0c383e000006", ("0c383e000006.cfg",)),
}
POLY_AGENT = "FileTransport PolycomVVX-VVX_411-UA/6.4.7.4560 Type/Application"
SNOM_AGENT = "Mozilla/4.0 (compatible; snomD785-SIP 10.1.215.13 2010.12 000413000005)"
FANVIL_AGENT = "Fanvil X4U 2.12.16.17 0c383e000006"
FIRMWARE = bytes(range(256)) * 4096


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Phones of five makers in a network."""
    place = filled(
        tmp_path_factory.mktemp("phones") / "w",
        "  require: [subnet]\n  firmware_folder: fw\n  limits: {requests_per_minute: 1000, "
        "failures_per_minute: 1000}\n",
    )
    place.publish(
        *(phone(owner, *names, mac=mac, token="") for owner, (mac, names) in FILES.items())
    )
    folder = place.folder / "fw"
    folder.mkdir()
    (folder / "grp2614fw.bin").write_bytes(FIRMWARE)
    (folder / ".hidden.bin").write_bytes(FIRMWARE)
    return place


@pytest.fixture(scope="module")
def server(here: Place) -> Iterator[Server]:
    """One server for all of them."""
    with here.server() as server:
        yield server


@pytest.mark.parametrize(
    ("path", "agent", "owner", "name"),
    [
        ("/gs/cfg000b82000002.xml", GRANDSTREAM, DESK, "cfg000b82000002.xml"),
        ("/gs/cfg000B82000002.xml", GRANDSTREAM, DESK, "cfg000b82000002.xml"),
        ("/yealink/805ec0000001.boot", YEALINK, LOBBY, "805ec0000001.boot"),
        ("/yealink/805ec0000001.cfg", YEALINK, LOBBY, "805ec0000001.cfg"),
        ("/805EC0000001.cfg", YEALINK, LOBBY, "805ec0000001.cfg"),
        ("/80:5e:c0:00:00:01.cfg", YEALINK, LOBBY, "805ec0000001.cfg"),
        ("/80-5E-C0-00-00-01.cfg", "", LOBBY, "805ec0000001.cfg"),
        ("/805e.c000.0001.cfg", "", LOBBY, "805ec0000001.cfg"),
        ("/80%3A5e%3Ac0%3A00%3A00%3A01.cfg", "", LOBBY, "805ec0000001.cfg"),
        ("//p///805ec0000001.cfg?x=1", "", LOBBY, "805ec0000001.cfg"),
        ("/805ec0000001/phonebook.xml", "", LOBBY, "phonebook.xml"),
        ("/phonebook.xml", YEALINK, LOBBY, "phonebook.xml"),
        ("/polycom/64167f000004.cfg", POLY_AGENT, POLY, "64167f000004.cfg"),
        ("/polycom/64167f000004-phone.cfg", POLY_AGENT, POLY, "64167f000004-phone.cfg"),
        ("/64167f000004/000000000000.cfg", POLY_AGENT, POLY, "000000000000.cfg"),
        ("/snom/snomD785-000413000005.htm", SNOM_AGENT, SNOM, "snomD785-000413000005.htm"),
        ("/fanvil/0c383e000006.cfg", FANVIL_AGENT, FANVIL, "0c383e000006.cfg"),
    ],
)
def test_every_phone_gets_its_own_file(
    server: Server, path: str, agent: str, owner: Address, name: str
) -> None:
    got = server.ask(path, agent=agent)
    assert (got.status, got.body) == (200, content_of(owner, name))
    assert got.headers["content-length"] == str(len(got.body))
    assert got.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("path", "agent"),
    [
        ("/gs/cfg000b82000002", GRANDSTREAM),
        ("/gs/cfggrp2614.xml", GRANDSTREAM),
        ("/gs/cfg.xml", GRANDSTREAM),
        ("/yealink/y000000000000.boot", YEALINK),
        ("/polycom/64167f000004-web.cfg", POLY_AGENT),
        ("/polycom/64167f000004-license.cfg", POLY_AGENT),
        ("/polycom/000000000000.cfg", POLY_AGENT),
        ("/snom/snomD785.htm", SNOM_AGENT),
        ("/.hidden.bin", YEALINK),
    ],
)
def test_what_is_not_there_is_not_there(server: Server, path: str, agent: str) -> None:
    assert server.ask(path, agent=agent).status == 404


def test_what_is_for_all_phones_of_a_site(server: Server) -> None:
    for agent in (YEALINK, "", "curl/8"):
        got = server.ask("/yealink/y000000000066.cfg", agent=agent)
        assert (got.status, got.body) == (200, b"shared of london\n")
    assert server.ask("/y000000000066.cfg", source=OUTSIDE).status == 404


def test_a_file_of_another_phone_is_never_given(server: Server) -> None:
    # The folder names one phone and the file another: nobody is meant.
    assert server.ask("/805ec0000001/cfg000b82000002.xml").status == 404
    # What a phone says of itself does not count against what it asks for.
    got = server.ask("/cfg000b82000002.xml", agent=YEALINK)
    assert got.body == content_of(DESK, "cfg000b82000002.xml")


def test_looking_changes_nothing(server: Server, here: Place) -> None:
    got = server.ask("/64167f000004-phone.cfg", method="HEAD", agent=POLY_AGENT)
    whole = content_of(POLY, "64167f000004-phone.cfg")
    assert (got.status, got.body) == (200, b"")
    assert got.headers["content-length"] == str(len(whole))
    assert got.headers["etag"]


def test_a_copy_that_is_current_is_not_sent_again(server: Server) -> None:
    first = server.ask("/805ec0000001.cfg")
    tag = first.headers["etag"]
    for said in (tag, f"W/{tag}", f'"x", {tag}'):
        again = server.ask("/805ec0000001.cfg", headers={"If-None-Match": said})
        assert (again.status, again.body) == (304, b"")
        assert again.headers["etag"] == tag
    other = server.ask("/805ec0000001.cfg", headers={"If-None-Match": '"x"'})
    assert other.status == 200


def test_packed_where_a_phone_takes_it(server: Server) -> None:
    packed = server.ask("/805ec0000001.cfg", headers={"Accept-Encoding": "gzip, deflate"})
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed.body) == content_of(LOBBY, "805ec0000001.cfg")
    plain = server.ask("/805ec0000001.cfg", headers={"Accept-Encoding": "gzip;q=0"})
    assert "content-encoding" not in plain.headers
    small = server.ask("/y000000000066.cfg", headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in small.headers


@pytest.mark.parametrize(
    ("wanted", "begin", "end"),
    [("bytes=0-9", 0, 10), ("bytes=100-", 100, None), ("bytes=-5", -5, None)],
)
def test_a_part_of_a_file(server: Server, wanted: str, begin: int, end: int | None) -> None:
    whole = content_of(LOBBY, "805ec0000001.cfg")
    got = server.ask("/805ec0000001.cfg", headers={"Range": wanted})
    assert (got.status, got.body) == (206, whole[begin:end])
    assert got.headers["content-range"].endswith(f"/{len(whole)}")
    beyond = server.ask("/805ec0000001.cfg", headers={"Range": "bytes=99999-"})
    assert beyond.status == 416
    assert beyond.headers["content-range"] == f"bytes */{len(whole)}"
    # Another copy than the one that it has the rest of: everything.
    changed = {"Range": wanted, "If-Range": '"another"'}
    assert server.ask("/805ec0000001.cfg", headers=changed).body == whole


def test_firmware_whole_in_parts_and_not_twice(server: Server) -> None:
    whole = server.ask("/gs/grp2614fw.bin", agent=GRANDSTREAM)
    assert (whole.status, whole.body) == (200, FIRMWARE)
    part = server.ask("/gs/GRP2614fw.bin", headers={"Range": "bytes=1000-1999"})
    assert (part.status, part.body) == (206, FIRMWARE[1000:2000])
    current = server.ask("/grp2614fw.bin", headers={"If-None-Match": whole.headers["etag"]})
    assert current.status == 304
    assert server.ask("/grp2614fw.bin", source=OUTSIDE).status == 404
    assert server.ask("/fw/../estate.yaml").status == 404
    assert server.ask("/..%2festate.yaml").status == 404


def test_what_phones_send_is_refused_and_harms_nothing(server: Server) -> None:
    log = b"x" * 300_000
    got = server.ask("/polycom/64167f000004-app.log", method="PUT", agent=POLY_AGENT, body=log)
    assert got.status == 404
    connection = server.connection(INSIDE)
    connection.request(
        "PUT", "/64167f000004-boot.log", body=log, headers={"User-Agent": POLY_AGENT}
    )
    assert connection.getresponse().read() == b"Not Found\n"
    connection.request("GET", "/64167f000004.cfg", headers={"User-Agent": POLY_AGENT})
    assert connection.getresponse().read() == content_of(POLY, "64167f000004.cfg")
    connection.close()


def test_what_is_learned_of_a_phone(server: Server, here: Place) -> None:
    assert here.status(FANVIL).status in ("generated", "pushed")
    server.ask("/0c383e000006.cfg", agent=FANVIL_AGENT, source="127.1.0.77")
    seen = here.wait_for(FANVIL, "pushed", "127.1.0.77").seen
    assert (seen.model, seen.firmware) == ("X4U", "2.12.16.17")
    # Somebody else with its address: what he says of himself is not what the phone is.
    server.ask("/0c383e000006.cfg", agent=YEALINK, source="127.1.0.78")
    assert here.wait_for(FANVIL, "pushed", "127.1.0.78").seen.model == "X4U"
    server.ask("/64167f000004.cfg", agent=POLY_AGENT, source="127.1.0.79")
    seen = here.wait_for(POLY, "pushed", "127.1.0.79").seen
    assert seen.firmware == "6.4.7.4560"


def test_looking_and_parts_are_no_delivery(tmp_path_factory: pytest.TempPathFactory) -> None:
    place = filled(tmp_path_factory.mktemp("looks") / "w", "  require: [subnet]\n")
    with place.server() as server:
        server.ask("/cfg000b82000002.xml", method="HEAD")
        server.ask("/cfg000b82000002.xml", headers={"Range": "bytes=0-9"})
        server.ask("/cfg000b82000002.xml", headers={"If-None-Match": "*"})
        server.ask("/805ec0000001.cfg", agent=YEALINK)
    # Ended gently: everything was written down. `applied` is for whoever proves it.
    assert place.status(DESK).status == "generated"
    assert place.status(LOBBY).status == "pushed"


def test_a_head_without_end_is_not_kept(server: Server) -> None:
    connection = server.connection(INSIDE)
    connection.connect()
    wire = connection.sock
    wire.sendall(b"GET / HTTP/1.1\r\n")
    with pytest.raises(OSError):  # noqa: PT012 - somewhere in there
        for _ in range(100):
            wire.sendall(b"x-more: " + b"y" * 8000 + b"\r\n")
        while wire.recv(1000):
            pass
        raise OSError("closed")
    connection.close()
    assert server.ask("/805ec0000001.cfg").status == 200
