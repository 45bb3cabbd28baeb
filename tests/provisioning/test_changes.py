"""What changes while the server runs: publications, tokens, keys, the store itself."""

import os
import signal
import sqlite3
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.provisioning.serving.links import end_links, give_link
from reconciler.provisioning.store.records import PublishedFile
from reconciler.provisioning.tokens import digest_of
from tests.provisioning.conftest import filled
from tests.provisioning.serving import (
    ADA,
    DEADLINE_S,
    DESK,
    INSIDE,
    LOBBY,
    OUTSIDE,
    TOKENS,
    YEALINK,
    Place,
    Server,
    content_of,
    phone,
)
from tests.provisioning.test_refusals import signature

FILE = "805ec0000001.cfg"
MINE = content_of(LOBBY, FILE)
SHOWN = """\
  require: ["signature|token"]
  plaintext_acknowledged: true
  signing_key: {secret: "env:SIGNING_KEY"}
"""
KEYS = ("first-key-" + "a" * 30, "second-key-" + "b" * 30)


def newer(content: bytes) -> PublishedFile:
    return PublishedFile(FILE, "text/plain", content)


def test_what_was_applied_last_is_served_at_once(place: Place) -> None:
    with place.server() as server:
        assert server.ask(f"/{FILE}").body == MINE
        tag = server.ask(f"/{FILE}").headers["etag"]
        for number in range(5):
            content = f"rendering {number}\n".encode()
            place.publish(replace(phone(LOBBY), files=(newer(content),)))
            got = server.ask(f"/{FILE}", headers={"If-None-Match": tag}, agent=YEALINK)
            assert (got.status, got.body) == (200, content)
            tag = got.headers["etag"]
        # What the phone is not told of any more is gone, and so is what it knew before.
        assert server.ask("/phonebook.xml", agent=YEALINK).status == 404
        place.publish(replace(phone(LOBBY), enabled=False))
        assert server.ask(f"/{FILE}").status == 404
        place.publish(phone(LOBBY))
        assert server.ask(f"/{FILE}").body == MINE
        place.publish(withdrawn=[LOBBY])
        assert server.ask(f"/{FILE}").status == 404
        assert server.ask("/cfg000b82000002.xml").status == 200


def test_never_an_old_file_while_somebody_publishes(place: Place) -> None:
    """Whoever asks after a publication has ended gets that one or a later one."""
    published = 0
    stop = threading.Event()
    wrong: list[str] = []
    place.publish(replace(phone(LOBBY), files=(newer(b"0"),)))
    place.write("  require: [subnet]\n  limits: {requests_per_minute: 1000000}\n")

    def ask(server: Server) -> None:
        while not stop.is_set():
            least = published
            got = server.ask(f"/{FILE}")
            if got.status != 200 or int(got.body) < least:
                wrong.append(f"{got} after {least}")

    with place.server("--quiet") as server, place.store() as store:
        askers = [threading.Thread(target=ask, args=(server,)) for _ in range(4)]
        for each in askers:
            each.start()
        for number in range(1, 60):
            store.publish([replace(phone(LOBBY), files=(newer(str(number).encode()),))])
            published = number
        stop.set()
        for each in askers:
            each.join()
    assert wrong == []


def test_before_anything_was_applied_there_is_nothing(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.write("  require: [subnet]\n")
    with place.server() as server:
        assert server.ask(f"/{FILE}").status == 404
        place.publish(phone(LOBBY))
        assert server.ask(f"/{FILE}").body == MINE


def test_the_first_token_burns_when_the_steady_one_is_used(tmp_path: Path) -> None:
    place = filled(tmp_path / "w", SHOWN)
    with place.store() as store:
        first, _ = store.admissions.issue(LOBBY, 3600)
        late, _ = store.admissions.issue(LOBBY, -1)
    with place.server() as server:
        refused = server.ask(f"/{FILE}", source=OUTSIDE).shape
        assert server.ask(f"/{late}/{FILE}", source=OUTSIDE).shape == refused
        for _ in range(2):  # a phone that restarts before it has its new address
            assert server.ask(f"/{first}/{FILE}", source=OUTSIDE).body == MINE
        assert server.ask(f"/{TOKENS[LOBBY]}/{FILE}", source=OUTSIDE).body == MINE
        assert server.ask(f"/{first}/{FILE}", source=OUTSIDE).shape == refused
        server.stop(signal.SIGKILL)
    with place.server() as server:  # burnt is burnt, power cut or not
        assert server.ask(f"/{first}/{FILE}", source=OUTSIDE).status == 404
        assert server.ask(f"/{TOKENS[LOBBY]}/{FILE}", source=OUTSIDE).body == MINE
        with place.store() as store:
            again, _ = store.admissions.issue(LOBBY, 3600)
            assert server.ask(f"/{again}/{FILE}", source=OUTSIDE).body == MINE
            store.admissions.end([digest_of(again)], "revoked")
            assert server.ask(f"/{again}/{FILE}", source=OUTSIDE).status == 404


def test_a_rotated_token_counts_until_its_phone_has_used_the_new_one(tmp_path: Path) -> None:
    place = filled(tmp_path / "w", SHOWN)
    new = "NewToken" + "q" * 24
    with place.server() as server:
        place.publish(phone(LOBBY, token=new))
        assert server.ask(f"/{TOKENS[LOBBY]}/{FILE}", source=OUTSIDE).body == MINE
        assert server.ask(f"/{new}/{FILE}", source=OUTSIDE).body == MINE
        assert server.ask(f"/{TOKENS[LOBBY]}/{FILE}", source=OUTSIDE).status == 404
        assert server.ask(f"/{new}/{FILE}", source=OUTSIDE).body == MINE
        assert server.ask(f"/{TOKENS[DESK]}/cfg000b82000002.xml", source=OUTSIDE).status == 200


def test_a_rotated_key_counts_until_every_phone_has_shown_the_new_one(tmp_path: Path) -> None:
    place = filled(tmp_path / "w", SHOWN)
    place.environ = {"SIGNING_KEY": KEYS[1], "OLD_KEY": KEYS[0]}
    place.write(SHOWN + '  previous_signing_key: {secret: "env:OLD_KEY"}\n')

    def status(server: Server, path: str, mac: str, key: str) -> int:
        return server.ask(f"/{path}?sig={signature(mac, key)}", source=OUTSIDE).status

    lobby, desk = (FILE, "805ec0000001"), ("cfg000b82000002.xml", "000b82000002")
    with place.server() as server:
        assert server.says("the signing key before counts until 2 more have fetched")
        assert status(server, *lobby, KEYS[1]) == 200
        assert status(server, *lobby, KEYS[0]) == 200
        assert status(server, *desk, KEYS[0]) == 200
    with place.server() as server:  # what was seen before is remembered
        assert server.says("until 1 more have fetched")
        assert status(server, *desk, KEYS[1]) == 200
        assert status(server, *desk, KEYS[0]) == 404
        assert status(server, *lobby, KEYS[0]) == 404
        assert status(server, *lobby, KEYS[1]) == 200


def test_a_link_opens_an_account_once(tmp_path: Path) -> None:
    place = filled(tmp_path / "w", SHOWN)
    account = content_of(ADA, "linphone.xml")
    with place.store() as store, place.server() as server:
        refused = server.ask(f"/softphone/{'k' * 32}", source=OUTSIDE).shape

        def link(*, expires_s: int = 3600, once: bool = True) -> str:
            url = give_link(store, ADA, server.url, expires_s=expires_s, once=once).url
            return url.removeprefix(server.url)

        one, many, late = link(), link(once=False), link(expires_s=-1)
        looked = server.ask(one, source=OUTSIDE, method="HEAD")
        assert looked.status == 200
        got = server.ask(one, source=OUTSIDE)
        assert (got.status, got.body) == (200, account)
        assert got.headers["content-type"] == "application/xml"
        for path in (one, late, f"{one}/linphone.xml"):
            assert server.ask(path, source=OUTSIDE).shape == refused
        assert {server.ask(many, source=OUTSIDE).status for _ in range(3)} == {200}
        # The app itself uses its key from now on; links go on to their own end.
        assert server.ask(f"/softphone/{TOKENS[ADA]}", source=OUTSIDE).body == account
        assert server.ask(many, source=OUTSIDE).body == account
        # Apps that log in send it as a password.
        two, three = (link().rpartition("/")[2] for _ in range(2))
        asked = f"/softphone?username=office.ada&password={two}&reprovision=false"
        assert server.ask(asked, source=OUTSIDE).body == account
        assert server.ask(asked, source=OUTSIDE).shape == refused
        asked = f"/p/softphone?cloud_username=office.ada&cloud_password={three}&cloud_id=X"
        assert server.ask(asked, source=OUTSIDE).body == account
        assert end_links(store, ADA) == 2  # `many`, and the one that expired
        assert server.ask(many, source=OUTSIDE).shape == refused


def test_of_many_who_use_a_link_at_once_one_gets_it(tmp_path: Path) -> None:
    place = filled(tmp_path / "w", SHOWN)
    with place.store() as store, place.server() as server:
        path = give_link(store, ADA, "", expires_s=600).url
        statuses: list[int] = []
        barrier = threading.Barrier(12)

        def use() -> None:
            barrier.wait()
            statuses.append(server.ask(path, source=OUTSIDE).status)

        users = [threading.Thread(target=use) for _ in range(12)]
        for each in users:
            each.start()
        for each in users:
            each.join()
    assert sorted(statuses) == [200] + [404] * 11


def test_a_file_that_somebody_edited_is_not_served(place: Place) -> None:
    with place.server() as server:
        with sqlite3.connect(place.folder / ".reconciler" / "published.db") as database:
            database.execute(
                "UPDATE published_files SET media_type='text/html' WHERE name=?", [FILE]
            )
        got = server.ask(f"/{FILE}", agent=YEALINK)
        assert got.status == 503
        assert got.headers["retry-after"] == "60"
        assert server.ask("/phonebook.xml", agent=YEALINK).status == 200
        place.wait_for(LOBBY, "pushed")
        assert server.ask(f"/{FILE}").status == 503
        assert "changed by somebody else" in place.wait_for(LOBBY, "failed").seen.failure
        place.publish(phone(LOBBY))
        assert server.ask(f"/{FILE}").body == MINE


def test_a_store_that_cannot_be_read_is_503_for_everybody(place: Place) -> None:
    file = place.folder / ".reconciler" / "published.db"
    with place.server() as server:
        assert server.ask(f"/{FILE}").body == MINE
        whole = file.read_bytes()
        with sqlite3.connect(file) as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            whole = file.read_bytes()
        file.write_bytes(b"no database any more " * (len(whole) // 21))
        known, unknown = server.ask(f"/{FILE}"), server.ask("/805ec0ffffff.cfg", source=OUTSIDE)
        assert known.status == 503
        assert known.shape == unknown.shape
        file.write_bytes(whole)
        assert server.ask(f"/{FILE}").body == MINE


def test_another_store_in_its_place_is_followed(place: Place) -> None:
    own = place.folder / ".reconciler"
    with place.server() as server:
        assert server.ask(f"/{FILE}").body == MINE
        for name in ("published.db", "published.db-wal", "published.db-shm"):
            if (own / name).exists():
                (own / name).rename(own / f"aside-{name}")
        assert server.ask(f"/{FILE}").status == 503
        place.publish(replace(phone(DESK), files=(newer(b"other\n"),), mac="805ec0000001"))
        assert server.ask(f"/{FILE}").body == b"other\n"
        assert server.ask("/cfg000b82000002.xml").status == 404


def test_a_store_that_is_being_written_holds_up_notes_and_no_file(place: Place) -> None:
    file = place.folder / ".reconciler" / "published.db"
    with place.store() as store:
        path = give_link(store, ADA, "", expires_s=600).url
    place.write("  require: [subnet]\n  plaintext_acknowledged: true\n")
    with place.server() as server:
        writer = sqlite3.connect(file, isolation_level=None)
        writer.execute("BEGIN IMMEDIATE")
        assert server.ask(f"/{FILE}", agent=YEALINK).body == MINE
        # What must be written before the answer cannot be: nothing is given away, nothing is lost.
        assert server.ask(path, source=INSIDE).status == 503
        writer.execute("ROLLBACK")
        writer.close()
        assert place.wait_for(LOBBY, "pushed").seen.model == "T46S"
        assert server.ask(path, source=INSIDE).status in (200, 404)


def test_a_restart_in_the_middle_loses_no_file_and_no_note(place: Place) -> None:
    """A phone fetches on while the server is stopped and started: each answer is whole or none."""
    got: list[bytes] = []
    for _ in range(2):
        with place.server() as server:
            connection = server.connection(INSIDE)
            for _ in range(5):
                connection.request("GET", f"/{FILE}", headers={"User-Agent": YEALINK})
                got.append(connection.getresponse().read())
            os.kill(server.process.pid, signal.SIGTERM)
            server.process.wait(DEADLINE_S)
            connection.close()
            assert place.status(LOBBY).status == "pushed"
    assert got == [MINE] * 10


@pytest.mark.parametrize(
    ("section", "says"),
    [
        ("  require: [sbunet]\n", "sbunet"),
        ("  require: [signature]\n", "there is no key that signs"),
        ("  require: [subnet]\n  firmware_folder: nowhere\n", "There is no folder"),
        ('  signing_key: {secret: "env:NOT_SET"}\n', "env:NOT_SET is not available"),
        ('  signing_key: {secret: "env:SHORT"}\n', "fewer than 32 characters"),
        ("  listen: {certificate: none.pem}\n", "none.pem cannot be read"),
    ],
)
def test_what_is_wrong_with_the_section_is_said_before_it_begins(
    tmp_path: Path, section: str, says: str
) -> None:
    place = Place(tmp_path, environ={"SHORT": "abc"})
    place.write(section)
    with pytest.raises(AssertionError, match="error") as caught, place.server():
        pass
    assert says in " ".join(str(caught.value).split())
