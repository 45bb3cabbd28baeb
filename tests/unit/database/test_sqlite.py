"""Connections to a file are kept from one transaction to the next, and nothing else is."""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest

from reconciler.database import sqlite
from reconciler.database.sqlite import File
from reconciler.database.wording import JOURNAL
from reconciler.errors import JournalError, JournalTooNew
from reconciler.journal import open_journal
from tests.unit.journal.make import KEY


@pytest.fixture
def file(tmp_path: Path) -> Iterator[File]:
    file = File(tmp_path / "some.db", JOURNAL)
    with file.begin(writes=True) as transaction:
        transaction.execute("CREATE TABLE seen (id INTEGER PRIMARY KEY, who TEXT UNIQUE)")
    yield file
    file.close()


def _seen(file: File) -> list[str]:
    with file.begin(writes=False) as snapshot:
        return [who for (who,) in snapshot.rows("SELECT who FROM seen ORDER BY who")]


def test_what_failed_leaves_nothing_to_the_next(file: File) -> None:
    with pytest.raises(JournalError, match="UNIQUE"), file.begin(writes=True) as transaction:
        transaction.insert("seen", [{"who": "ada"}, {"who": "ada"}])
    with pytest.raises(KeyboardInterrupt):
        _be_stopped(file)
    assert _seen(file) == []
    with file.begin(writes=True) as transaction:
        assert transaction.insert_numbered("seen", {"who": "ben"}) == 1
    assert _seen(file) == ["ben"]


def _be_stopped(file: File) -> None:
    with file.begin(writes=True) as transaction:
        transaction.insert("seen", [{"who": "ben"}])
        raise KeyboardInterrupt


def test_what_was_not_read_to_its_end_does_not_hold_the_next_in_the_past(file: File) -> None:
    with file.begin(writes=True) as transaction:
        transaction.insert("seen", [{"who": f"{number:03}"} for number in range(500)])
    with file.begin(writes=False) as snapshot:
        rows = snapshot.rows("SELECT who FROM seen ORDER BY who")
        assert next(rows) == ("000",)
    other = sqlite3.connect(file.where)
    with other:
        other.execute("DELETE FROM seen WHERE who > '000'")
    other.close()
    assert _seen(file) == ["000"]
    with file.begin(writes=True) as transaction:
        transaction.insert("seen", [{"who": "ada"}])
    with pytest.raises(sqlite3.ProgrammingError):
        next(rows)


LOOKS = (
    "import sqlite3, sys; found = sqlite3.connect(sys.argv[1])\n"
    "print(*found.execute('SELECT actor FROM runs ORDER BY id').fetchall()); found.close()"
)


def test_who_opens_a_file_again_does_not_let_others_clear_its_log_away(tmp_path: Path) -> None:
    """Closing any handle of a file drops all locks of a process, those of its connections too."""
    file = tmp_path / "journal.db"

    def seen_by_another_process() -> str:
        looks = [sys.executable, "-c", LOOKS, str(file)]
        return subprocess.run(looks, capture_output=True, text=True, check=True).stdout

    with open_journal(str(file), key=KEY) as journal:
        journal.begin("apply", "ada")
        open_journal(str(file), key=KEY).close()
        assert "ada" in seen_by_another_process()  # the last one to close clears the log away
        journal.begin("apply", "ben")
        assert "ben" in seen_by_another_process()


def test_one_connection_serves_one_thread_after_the_other(
    file: File, monkeypatch: pytest.MonkeyPatch
) -> None:
    def connected(self: File) -> sqlite3.Connection:
        raise AssertionError("a second one")

    monkeypatch.setattr(File, "_connected", connected)
    for number in range(3):
        thread = Thread(target=_note, args=(file, f"t{number}"))
        thread.start()
        thread.join()
    assert _seen(file) == ["t0", "t1", "t2"]


def _note(file: File, who: str) -> None:
    with file.begin(writes=True) as transaction:
        transaction.insert("seen", [{"who": who}])


def test_a_file_that_was_put_in_place_of_the_old_one_is_seen_after_closing(file: File) -> None:
    """Also by who was in the middle of a transaction when it was closed."""
    old = Path(file.where)
    new = File(old.with_name("new.db"), JOURNAL)
    with new.begin(writes=True) as transaction:
        transaction.execute("CREATE TABLE seen (who TEXT)")
        transaction.insert("seen", [{"who": "new"}])
    new.close()
    with file.begin(writes=False) as snapshot:
        assert snapshot.row("SELECT count(*) FROM seen") == (0,)
        file.close()
        for each in ("some.db-wal", "some.db-shm"):
            old.with_name(each).unlink()
        Path(new.where).replace(old)
    assert _seen(file) == ["new"]


def test_a_writer_waits_for_its_turn_and_then_says_who_was_in_the_way(
    file: File, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT_S", 0.1)
    other = File(Path(file.where), JOURNAL)
    with file.begin(writes=True) as transaction:
        transaction.insert("seen", [{"who": "ada"}])
        assert _seen(other) == []
        with pytest.raises(JournalError, match="another process kept it locked"):
            _note(other, "ben")
    _note(other, "ben")
    other.close()
    assert _seen(file) == ["ada", "ben"]


def test_a_journal_that_is_refused_leaves_nothing_open(tmp_path: Path) -> None:
    where = tmp_path / "journal.db"
    open_journal(str(where), key=KEY).close()
    with sqlite3.connect(where) as other:
        other.execute("UPDATE journal SET version = 99")
    other.close()
    with pytest.raises(JournalTooNew):
        open_journal(str(where), key=KEY)
    assert {each.name for each in tmp_path.iterdir()} == {"journal.db", "journal.db.head"}
