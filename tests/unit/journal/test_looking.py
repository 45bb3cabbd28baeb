"""How a journal's file is looked into: one moment of it, and nothing is left behind."""

import sqlite3
from pathlib import Path

import pytest

from reconciler.database import sqlite
from reconciler.errors import JournalError, WorkspaceError
from reconciler.journal import open_journal, runs
from tests.unit.journal.make import KEY


def test_a_snapshot_is_one_moment_and_writes_nothing(tmp_path: Path) -> None:
    with open_journal(str(tmp_path / "journal.db"), key=KEY) as journal:
        database = journal._database
        with database.snapshot() as snapshot:
            assert runs.history(snapshot, 20) == ()
            journal.begin("apply", "ada")
            assert runs.history(snapshot, 20) == ()
        assert len(journal.history()) == 1
        with pytest.raises(WorkspaceError, match="for writing"), database.snapshot() as snapshot:
            snapshot.row("DELETE FROM runs RETURNING id")
        assert len(journal.history()) == 1


def test_a_file_that_another_process_keeps_to_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT_S", 0.1)
    where = tmp_path / "journal.db"
    open_journal(str(where), key=KEY).close()
    other = sqlite3.connect(where, isolation_level=None)
    other.execute("PRAGMA locking_mode=EXCLUSIVE")
    other.execute("BEGIN IMMEDIATE")
    other.execute("UPDATE journal SET version = version")
    with pytest.raises(JournalError, match="another process kept it locked"):
        open_journal(str(where), key=KEY)
    other.close()


@pytest.mark.parametrize("name", ["a?b.db", "a%20b.db", "a@b:c.db"])
def test_a_path_is_a_path(tmp_path: Path, name: str) -> None:
    with open_journal(str(tmp_path / name), key=KEY) as journal:
        journal.begin("apply", "ada")
    assert {each.name for each in tmp_path.iterdir()} == {name, f"{name}.head"}
