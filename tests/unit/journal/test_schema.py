"""Older journals are brought forward in one transaction, or left as they were."""

from pathlib import Path

import pytest

from reconciler.database.transaction import Transaction
from reconciler.journal import open_journal, schema
from tests.unit.journal.make import ADA, KEY, owned

_COLOUR = "SELECT 1 FROM pragma_table_info('runs') WHERE name = 'colour'"


def _add_a_column(transaction: Transaction) -> None:
    transaction.execute("ALTER TABLE runs ADD COLUMN colour TEXT")


def test_an_older_journal_is_migrated_and_keeps_what_it_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = str(tmp_path / "journal.db")
    with open_journal(file, key=KEY) as journal:
        journal.change_ownership("adopt", "ada", owned=[owned()])
    monkeypatch.setattr(schema, "VERSION", 2)
    monkeypatch.setattr(schema, "MIGRATIONS", {1: _add_a_column})
    with open_journal(file, key=KEY) as journal:
        assert ADA in journal.ownership().objects
        with journal._database.snapshot() as snapshot:
            assert snapshot.row(_COLOUR)
            assert snapshot.row("SELECT version FROM journal") == (2,)


def test_a_migration_that_fails_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = str(tmp_path / "journal.db")
    open_journal(file, key=KEY).close()

    def fail(transaction: Transaction) -> None:
        _add_a_column(transaction)
        raise RuntimeError("power failure")

    monkeypatch.setattr(schema, "VERSION", 2)
    monkeypatch.setattr(schema, "MIGRATIONS", {1: fail})
    with pytest.raises(RuntimeError):
        open_journal(file, key=KEY)
    monkeypatch.undo()
    with open_journal(file, key=KEY) as journal, journal._database.snapshot() as snapshot:
        assert snapshot.row(_COLOUR) is None
