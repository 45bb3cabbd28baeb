"""The journal in PostgreSQL: the same scenarios as in SQLite, on a real server."""

from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

import psycopg
import pytest

from reconciler.errors import JournalError, JournalTampered
from reconciler.journal import open_journal
from reconciler.journal.chain import Author, Event
from reconciler.journal.seal import derive, seal_head
from reconciler.journal.witness import witness_file
from reconciler.model.secret import Clear
from reconciler.workspace import Surroundings, open_stores
from tests.unit.journal.make import KEY, outcome
from tests.unit.journal.scenarios import JournalScenarios
from tests.unit.test_ahead import (
    Far,
    estate,
    is_believed,
    prove_that_writes_are_noticed,
    surroundings,
)


class TestPostgres(JournalScenarios):
    @pytest.fixture
    def url(self, fresh_postgres_url: str) -> str:
        return fresh_postgres_url


def test_runs_do_not_refuse_each_other_whatever_the_server_prefers(
    fresh_postgres_url: str,
) -> None:
    with psycopg.connect(fresh_postgres_url.replace("+psycopg", ""), autocommit=True) as admin:
        name = admin.info.dbname
        admin.execute(f'ALTER DATABASE "{name}" SET default_transaction_isolation = serializable')
    with open_journal(fresh_postgres_url, key=KEY) as journal, ThreadPoolExecutor(1) as pool:
        with journal._database.transaction() as transaction:
            journal._append(transaction, Author("ada"), [Event("first", {})])
            other = pool.submit(journal.begin, "apply", "ben")
            wait([other], 0.3)  # it has begun, and waits for our end
        assert other.result() == 1
        assert journal.verify_chain().lines == 3


def test_a_removed_tail_is_noticed_by_a_witness_file(
    fresh_postgres_url: str, tmp_path: Path
) -> None:
    with open_journal(fresh_postgres_url, key=KEY, folder=tmp_path) as journal:
        journal.begin("apply", "ada")
        assert journal.verify_chain().witnessed
    with open_journal(fresh_postgres_url, key=KEY) as elsewhere:
        elsewhere.begin("apply", "ben")
        assert not elsewhere.verify_chain().witnessed
    with open_journal(fresh_postgres_url, key=KEY, folder=tmp_path) as journal:
        assert journal.verify_chain().witnessed
        with journal._database.transaction() as transaction:
            head = transaction.row("SELECT lines, last, seal FROM audit_head")
            transaction.execute("DELETE FROM audit WHERE number = ?", head[0])
            last = transaction.row("SELECT number, seal FROM audit ORDER BY number DESC LIMIT 1")
            sealed = seal_head(derive(KEY), *last)
            update = "UPDATE audit_head SET lines = ?, last = ?, seal = ?"
            transaction.execute(update, *last, sealed)
        with pytest.raises(JournalTampered, match="an older copy was put in its place"):
            journal.verify_chain()


def test_a_witness_is_of_one_database_and_tells_no_password(tmp_path: Path) -> None:
    def named(url: str) -> str:
        found = witness_file(url, tmp_path)
        assert found is not None
        return found.name

    url = "postgresql://ada@db.example/team"
    assert named(url) == named("postgresql://ada:canary@db.example/team")
    assert named(url) == named(f"{url}?password=canary")
    others = (
        "postgresql://ada@db.example/other",
        "postgresql://ada@other.example/team",
        f"{url}?options=-csearch_path%3Dother",
        "postgresql://ada@db.example:6432/team",
    )
    assert len({named(each) for each in (url, *others)}) == 5
    assert witness_file("postgresql://a:5432,b:5432/team", tmp_path) is None
    assert witness_file(url, None) is None


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


def test_what_was_read_before_others_wrote_is_read_again(
    fresh_postgres_url: str, tmp_path: Path
) -> None:
    key = {"RECONCILER_WORKSPACE_KEY": "k" * 40}

    def on(machine: str) -> Surroundings:
        (tmp_path / machine / ".reconciler").mkdir(parents=True)
        at = surroundings(tmp_path / machine, Far())
        return at._replace(journal=fresh_postgres_url, environ={**at.environ, **key})

    mine, theirs = on("mine"), on("theirs")
    prove_that_writes_are_noticed(mine)
    with open_stores(mine, estate()) as stores:
        for each in stores.journal.open_intents():
            stores.journal.settle(each.run, [outcome(each.step, None)])
    assert is_believed(mine)
    with open_stores(theirs, estate()) as stores:
        stores.journal.begin("apply", "ben")
    assert not is_believed(mine), "they may have written after it was read"
    assert is_believed(mine), "by then it was known what they had written"
    with open_stores(theirs, estate()) as stores:
        stores.journal.begin("apply", "ben")
    with open_stores(mine, estate()):
        pass  # any command looks how far the others are
    assert is_believed(mine)
