"""The journal in PostgreSQL: the same scenarios as in SQLite, on a real server."""

from pathlib import Path

import pytest

from reconciler.errors import JournalError
from reconciler.journal import open_journal
from reconciler.model.secret import Clear
from tests.unit.journal.make import KEY
from tests.unit.journal.scenarios import JournalScenarios


class TestPostgres(JournalScenarios):
    @pytest.fixture
    def url(self, fresh_postgres_url: str) -> str:
        return fresh_postgres_url


def test_a_removed_tail_is_noticed_by_a_witness_file(
    fresh_postgres_url: str, tmp_path: Path
) -> None:
    witness = tmp_path / "journal.head"
    with open_journal(fresh_postgres_url, key=KEY, witness=witness) as journal:
        journal.begin("apply", "ada")
        assert journal.verify_chain().witnessed


@pytest.mark.parametrize(
    ("url", "password"),
    [
        ("postgresql://ada:canary-5ec2et@127.0.0.1:1/none", None),
        ("postgres://ada@127.0.0.1:1/none", Clear("canary-5ec2et")),
    ],
)
def test_a_server_that_is_not_there_is_an_error_without_the_password(
    url: str, password: Clear | None
) -> None:
    with pytest.raises(JournalError) as found:
        open_journal(url, key=KEY, password=password)
    assert "canary" not in str(found.value)
    assert found.value.hint is not None
