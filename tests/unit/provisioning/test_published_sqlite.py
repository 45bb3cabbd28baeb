"""The published store in SQLite, its default."""

from pathlib import Path

import pytest
from sqlalchemy import event

from reconciler.errors import StoreError, WorkspaceError
from reconciler.provisioning.published import open_published
from reconciler.provisioning.sealing import published_key
from tests.unit.provisioning.scenarios import LOBBY, PublishedScenarios, file, phone


class TestSqlite(PublishedScenarios):
    @pytest.fixture
    def url(self, tmp_path: Path) -> str:
        return f"sqlite:///{tmp_path / 'w' / 'published.db'}"


def test_a_full_disk_publishes_nothing_by_halves(tmp_path: Path) -> None:
    key = published_key(tmp_path, {})
    with open_published(str(tmp_path / "p.db"), key) as store:
        store.publish([phone()])
        store.close()
        event.listen(
            store._database.engine,
            "connect",
            lambda each, _: each.execute("PRAGMA max_page_count = 30").close(),
        )
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
