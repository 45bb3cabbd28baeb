"""Full disks, missing rights and damaged files end in a message, with nothing half-written."""

import sqlite3
import stat
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

from reconciler.database import file, sqlite
from reconciler.errors import JournalError, ReconcilerError, WorkspaceError
from reconciler.journal import Journal, open_journal
from tests.unit.journal.make import KEY, extension, intent, outcome, owned


def _begin_with(statement: str, journal: Journal, patched: pytest.MonkeyPatch) -> None:
    """Let every connection from now on execute the statement first."""
    journal.close()

    def set_up(connection: sqlite3.Connection) -> None:
        file.set_up(connection)
        connection.execute(statement).close()

    patched.setattr(sqlite, "set_up", set_up)


def test_a_full_disk_writes_nothing_by_halves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = tmp_path / "journal.db"
    with open_journal(str(where), key=KEY) as journal:
        run = journal.begin("apply", "ada")
        pages = sqlite3.connect(where).execute("PRAGMA page_count").fetchone()[0]
        _begin_with(f"PRAGMA max_page_count = {pages + 2}", journal, monkeypatch)
        many = [intent(f"s{number}", extension(str(number))) for number in range(500)]
        with pytest.raises(WorkspaceError, match="the disk is full") as found:
            journal.intend(run, many)
        assert found.value.hint is not None
        assert found.value.__cause__ is None
        rows = [owned(extension(str(number))) for number in range(500)]
        with pytest.raises(WorkspaceError):
            journal.settle(run, [outcome()], rows)
        assert journal.open_intents() == ()
        assert journal.ownership().objects == {}
    monkeypatch.undo()
    with open_journal(str(where), key=KEY) as journal:
        journal.intend(run, many)
        assert len(journal.open_intents()) == 500
        assert journal.verify_chain()


ON_A_SMALL_DISK = """
import sys
from reconciler.errors import WorkspaceError
from reconciler.journal import open_journal
from tests.unit.journal.make import *
with open_journal(sys.argv[1] + "/journal.db", key=KEY) as journal:
    run = journal.begin("apply", "ada")
    try:
        journal.intend(run, [intent(f"s{n}", extension(str(n))) for n in range(5000)])
    except WorkspaceError as error:
        print(error)
    assert journal.open_intents() == ()
    journal.verify_chain()
"""


def test_a_full_file_system(tmp_path: Path) -> None:
    """The same on a real one, where we may mount one (in a namespace that ends with the test)."""
    inside = 'mount -t tmpfs -o size=400k none "$1" && exec "$2" -c "$3" "$1"'
    arguments = ["sh", str(tmp_path), sys.executable, ON_A_SMALL_DISK]
    if subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False).returncode:
        pytest.skip("not allowed to mount a small file system")
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", inside, *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "the disk is full" in done.stdout, done.stderr
    assert done.returncode == 0, done.stderr


def test_a_read_only_journal_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def connected(self: sqlite.File) -> sqlite3.Connection:
        return sqlite3.connect(f"file:{self.where}?mode=ro", uri=True, isolation_level=None)

    with open_journal(str(tmp_path / "journal.db"), key=KEY) as journal:
        journal.close()
        monkeypatch.setattr(sqlite.File, "_connected", connected)
        with pytest.raises(WorkspaceError, match="for writing"):
            journal.begin("apply", "ada")
        assert journal.history() == ()


def test_a_folder_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(WorkspaceError, match="cannot be opened"):
        open_journal(str(tmp_path / "file" / "journal.db"), key=KEY)


@pytest.mark.parametrize("content", [b"this is not a database, " * 50, b"\0" * 5000])
def test_a_file_that_is_no_database(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "journal.db"
    file.write_bytes(content)
    with pytest.raises(JournalError, match="damaged or is not a journal") as found:
        open_journal(str(file), key=KEY)
    assert "adopt" in str(found.value.hint)


@pytest.mark.parametrize("seed", range(5))
def test_a_file_that_was_damaged_later(tmp_path: Path, seed: int) -> None:
    file = tmp_path / "journal.db"
    with open_journal(str(file), key=KEY) as journal:
        run = journal.begin("apply", "ada")
        journal.settle(run, [], [owned(extension(str(number))) for number in range(500)])
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    whole = file.read_bytes()
    file.write_bytes(whole[:4096] + Random(seed).randbytes(len(whole) - 4096))
    with pytest.raises(ReconcilerError) as found, open_journal(str(file), key=KEY) as journal:
        journal.ownership()
    assert isinstance(found.value, (JournalError, WorkspaceError))


@pytest.mark.parametrize("value", ["'{'", "x'ff00'", "'[' || fields"])
def test_a_ledger_that_was_damaged(tmp_path: Path, value: str) -> None:
    file = tmp_path / "journal.db"
    with open_journal(str(file), key=KEY) as journal:
        journal.change_ownership("adopt", "ada", owned=[owned()])
        with sqlite3.connect(file) as connection:
            connection.execute(f"UPDATE owned SET fields = {value}")
        ledger = journal.ownership().objects  # made out when somebody looks
        with pytest.raises(JournalError, match="damaged") as found:
            ledger.get(owned().address)
        with pytest.raises(JournalError, match="damaged"):
            ledger.items()
    assert "adopt" in str(found.value.hint)


def test_a_damaged_name_that_is_no_text(tmp_path: Path) -> None:
    file = tmp_path / "journal.db"
    open_journal(str(file), key=KEY).close()
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute(
            "UPDATE sqlite_master SET name = CAST(x'e5ff' AS TEXT), sql = 'CREATE nothing' "
            "WHERE name = 'owned'"
        )
    with pytest.raises(JournalError, match="is damaged"):
        open_journal(str(file), key=KEY)


@pytest.mark.parametrize("value", ["0", "-1", "'x'", "x'ff'", "NULL"])
def test_a_version_that_there_never_was(tmp_path: Path, value: str) -> None:
    file = tmp_path / "journal.db"
    open_journal(str(file), key=KEY).close()
    with sqlite3.connect(file) as connection:
        connection.execute("ALTER TABLE journal RENAME TO old")
        connection.execute(f"CREATE TABLE journal AS SELECT id, {value} AS version FROM old")
    whole = file.read_bytes()
    with pytest.raises(JournalError, match="is damaged") as found:
        open_journal(str(file), key=KEY)
    assert "adopt" in str(found.value.hint)
    assert file.read_bytes() == whole


@pytest.mark.parametrize(
    "url",
    [
        *("mysql://u:canary@h/d", "nonsense://canary", "sqlite:///canary.db?mode=ro"),
        *("sqlite://", "sqlite:///:memory:", "", "://x"),
    ],
)
def test_urls_that_cannot_hold_a_journal(url: str) -> None:
    with pytest.raises(JournalError) as found:
        open_journal(url, key=KEY)
    assert "canary" not in str(found.value)
    assert found.value.hint is not None


def test_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / ".reconciler" / "journal.db"
    with open_journal(f"sqlite:///{file}", key=KEY) as journal:
        journal.begin("apply", "ada")
        for each in file.parent.iterdir():
            assert stat.S_IMODE(each.stat().st_mode) == 0o600, each
        assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
        with journal._database.transaction() as transaction:
            told = [
                transaction.row(f"PRAGMA {name}")[0]
                for name in ("journal_mode", "synchronous", "fullfsync", "foreign_keys")
            ]
        assert told == ["wal", 2, 1, 1]
    file.chmod(0o644)
    open_journal(str(file), key=KEY).close()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
