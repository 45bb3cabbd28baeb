"""The journal in SQLite, its default."""

from pathlib import Path

import pytest

from tests.unit.journal.scenarios import JournalScenarios


class TestSqlite(JournalScenarios):
    @pytest.fixture
    def url(self, tmp_path: Path) -> str:
        return f"sqlite:///{tmp_path / '.reconciler' / 'journal.db'}"
