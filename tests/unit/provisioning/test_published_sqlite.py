"""The published store in SQLite, its default."""

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import Boolean

from reconciler.database import file as database_file
from reconciler.database import sqlite
from reconciler.errors import StoreError, WorkspaceError
from reconciler.provisioning.store import columns
from reconciler.provisioning.store.published import open_published
from reconciler.provisioning.store.sealing import published_key
from reconciler.provisioning.store.tables import METADATA
from tests.unit.provisioning.scenarios import LOBBY, PublishedScenarios, file, phone


def test_columns_are_those_that_are_declared() -> None:
    """In this order rows are sealed."""
    kept = {each.table: each for each in vars(columns).values() if isinstance(each, columns.Kept)}
    declared = dict(METADATA.tables)
    assert declared.pop(columns.META) is not None
    assert kept.keys() == declared.keys()
    for name, table in declared.items():
        assert kept[name].columns == tuple(each.name for each in table.c)
        assert kept[name].key == tuple(each.name for each in table.primary_key)
    flags = {c.name for each in declared.values() for c in each.c if isinstance(c.type, Boolean)}
    assert flags == columns.FLAGS


class TestSqlite(PublishedScenarios):
    @pytest.fixture
    def url(self, tmp_path: Path) -> str:
        return f"sqlite:///{tmp_path / 'w' / 'published.db'}"


def test_a_full_disk_publishes_nothing_by_halves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def set_up(connection: sqlite3.Connection) -> None:
        database_file.set_up(connection)
        connection.execute("PRAGMA max_page_count = 30").close()

    key = published_key(tmp_path, {})
    with open_published(str(tmp_path / "p.db"), key) as store:
        store.publish([phone()])
        store.close()
        monkeypatch.setattr(sqlite, "set_up", set_up)
        big = "".join(f"{n * n}\n" for n in range(20_000))
        with pytest.raises(WorkspaceError, match=r"published store .* disk is full"):
            store.publish([phone(LOBBY, file(content=big))])
        served = store.file(LOBBY, "a.cfg")
        assert served is not None
        assert served.content == file().content


def test_a_file_that_is_no_database_is_said_to_be_damaged(tmp_path: Path) -> None:
    (tmp_path / "p.db").write_text("this is a text, and not a short one " * 40)
    with (
        pytest.raises(StoreError, match="is damaged or is not a published store"),
        open_published(str(tmp_path / "p.db"), published_key(tmp_path, {})),
    ):
        pass
