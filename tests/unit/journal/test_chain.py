"""Whatever somebody does to the file without the key, `verify_chain` notices."""

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.errors import JournalTampered
from reconciler.journal import open_journal
from reconciler.journal.seal import GENESIS, Line, derive, seal_head, seal_line
from tests.unit.journal.make import ADA, BEN, KEY, intent, outcome, owned


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A journal of eleven lines whose file is complete (no write-ahead log beside it)."""
    file = tmp_path_factory.mktemp("original") / "journal.db"
    with open_journal(str(file), key=KEY) as journal:
        run = journal.begin("apply", "ada", overrides={"rail": "agreed"})
        journal.intend(run, [intent("s1"), intent("s2", BEN)])
        journal.settle(run, [outcome("s1"), outcome("s2", BEN)], [owned(ADA), owned(BEN)])
        journal.settle(run, disowned=[BEN])
        journal.note(run, "gate", {"phones": 2})
        journal.end(run, "done")
        journal.change_ownership("adopt", "ben", owned=[owned(BEN)])
        assert journal.verify_chain()[::2] == (LINES, True)
    _checkpoint(file)
    return file


def _checkpoint(file: Path) -> None:
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def _edited(original: Path, folder: Path, edit: Callable[[sqlite3.Connection], object]) -> Path:
    file = folder / "journal.db"
    for name in ("journal.db", "journal.db.head"):
        shutil.copy(original.with_name(name), folder / name)
    connection = sqlite3.connect(file)
    edit(connection)
    connection.commit()
    connection.close()
    return file


LINES = 11
COLUMNS = ("at", "event", "actor", "git_commit", "digest", "facts", "seal")
numbers = st.integers(1, LINES)
Edit = tuple[str, tuple[object, ...]]


@st.composite
def edits(draw: st.DrawFn) -> Edit:
    kind = draw(st.sampled_from(["change", "run", "remove", "copy", "add", "head"]))
    number = draw(numbers)
    if kind == "change":
        column = draw(st.sampled_from(COLUMNS))
        return f"UPDATE audit SET {column} = {column} || 'x' WHERE number = ?", (number,)
    if kind == "run":
        return "UPDATE audit SET run = coalesce(run, 0) + 1 WHERE number = ?", (number,)
    if kind == "remove":
        last = draw(st.integers(number, LINES))
        return "DELETE FROM audit WHERE number BETWEEN ? AND ?", (number, last)
    if kind == "copy":
        other = draw(numbers.filter(lambda each: each != number))
        columns = "event, run, facts, seal"
        source = f"SELECT {columns} FROM audit b WHERE b.number = ?"
        return f"UPDATE audit SET ({columns}) = ({source}) WHERE number = ?", (other, number)
    if kind == "add":
        rest = "at, event, run, actor, git_commit, digest, facts, seal"
        source = f"SELECT {LINES + 1}, {rest} FROM audit WHERE number = ?"
        return f"INSERT INTO audit (number, {rest}) {source}", (number,)
    return "UPDATE audit_head SET lines = ?", (number - 1,)


@given(edit=edits())
def test_every_edit_of_the_chain_is_noticed(
    edit: Edit, original: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = _edited(
        original, tmp_path_factory.mktemp("edited"), lambda connection: connection.execute(*edit)
    )
    with open_journal(str(file), key=KEY) as journal:
        with pytest.raises(JournalTampered) as found:
            journal.verify_chain()
        assert found.value.hint


def test_reordered_lines_are_noticed(original: Path, tmp_path: Path) -> None:
    def swap(connection: sqlite3.Connection) -> None:
        connection.execute("UPDATE audit SET number = 99 WHERE number = 4")
        connection.execute("UPDATE audit SET number = 4 WHERE number = 5")
        connection.execute("UPDATE audit SET number = 5 WHERE number = 99")

    file = _edited(original, tmp_path, swap)
    with (
        open_journal(str(file), key=KEY) as journal,
        pytest.raises(JournalTampered, match="line 4"),
    ):
        journal.verify_chain()


def test_removed_last_lines_are_named(original: Path, tmp_path: Path) -> None:
    file = _edited(
        original, tmp_path, lambda each: each.execute("DELETE FROM audit WHERE number >= 8")
    )
    with (
        open_journal(str(file), key=KEY) as journal,
        pytest.raises(JournalTampered, match="lines 8 to 11 are missing"),
    ):
        journal.verify_chain()


def test_an_older_copy_put_back_is_noticed_and_stays_so(tmp_path: Path) -> None:
    file = tmp_path / "journal.db"
    with open_journal(str(file), key=KEY) as journal:
        journal.begin("apply", "ada")
    _checkpoint(file)
    copy = shutil.copy(file, tmp_path / "old.db")
    with open_journal(str(file), key=KEY) as journal:
        for _ in range(3):
            journal.change_ownership("adopt", "eve", owned=[owned()])
    for side in tmp_path.glob("journal.db-*"):
        side.unlink()
    shutil.copy(copy, file)
    with open_journal(str(file), key=KEY) as journal:
        journal.begin("apply", "ada")
        with pytest.raises(JournalTampered, match="an older copy"):
            journal.verify_chain()


def test_a_chain_made_with_another_key_does_not_hold(original: Path, tmp_path: Path) -> None:
    def forge(connection: sqlite3.Connection) -> None:
        keys = derive(b"eve" * 16)
        last = GENESIS
        rows = connection.execute(
            "SELECT number, at, event, run, actor, git_commit, digest, facts FROM audit ORDER BY 1"
        ).fetchall()
        for row in rows:
            last = seal_line(keys, last, Line(*row))
            connection.execute("UPDATE audit SET seal = ? WHERE number = ?", (last, row[0]))
        head = seal_head(keys, len(rows), last)
        connection.execute("UPDATE audit_head SET last = ?, seal = ?", (last, head))

    file = _edited(original, tmp_path, forge)
    with open_journal(str(file), key=KEY) as journal, pytest.raises(JournalTampered):
        journal.verify_chain()


def test_a_lost_witness_is_said_and_is_no_alarm(original: Path, tmp_path: Path) -> None:
    file = _edited(original, tmp_path, lambda _: None)
    file.with_name("journal.db.head").unlink()
    with open_journal(str(file), key=KEY) as journal:
        assert not journal.verify_chain().witnessed
        journal.begin("apply", "ada")
        assert journal.verify_chain().witnessed
