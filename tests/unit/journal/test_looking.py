"""A journal in a file is looked into without SQLAlchemy, and says the same as through it."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.database import snapshot
from reconciler.database.snapshot import Snapshot
from reconciler.database.transaction import Transaction
from reconciler.errors import JournalError, WorkspaceError
from reconciler.journal import (
    Deferred,
    Intent,
    Journal,
    chain,
    ledger,
    open_journal,
    pending,
    runs,
    schema,
)
from reconciler.model.outcome import State
from reconciler.model.ownership import Owned
from tests.unit.journal.make import KEY, TARGET, extension, outcome
from tests.unit.model.test_text import words

Did = Sequence[tuple[str, Mapping[str, Any], State | None]]

did = st.lists(
    st.tuples(
        st.sampled_from(["1001", "1002", "é'\"?%s"]),
        st.dictionaries(
            words,
            st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | words,
        ),
        st.none() | st.sampled_from(get_args(State)),
    ),
    max_size=4,
)


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Journal]:
    with open_journal(str(tmp_path_factory.mktemp("looking") / "journal.db"), key=KEY) as journal:
        yield journal


def _do(journal: Journal, did: Did) -> int:
    run = journal.begin("apply", "ada")
    for number, (key, fields, state) in enumerate(did):
        at, step = extension(key), f"s{number}"
        meant = Intent(step, TARGET, at, "create", None, fields, {"fields": fields})
        journal.intend(run, [meant], {TARGET: "written"})
        if state is None:
            journal.defer(run, [Deferred(TARGET, at, "in a call", step)])
        else:
            journal.settle(run, [outcome(step, at, state)], [Owned(at, TARGET, fields)])
    return run


def _all_that(snapshot: Snapshot, run: int) -> tuple[object, ...]:
    return (
        ledger.read(snapshot),
        runs.history(snapshot, 20),
        runs.one(snapshot, run),
        runs.open_steps(snapshot),
        runs.tried(snapshot, "extension"),
        runs.endings(snapshot, "extension"),
        runs.summaries(snapshot, 20),
        pending.read(snapshot),
        tuple(chain.lines(snapshot)),
        tuple(chain.lines(snapshot, 2, 3)),
        snapshot.has_table("owned"),
        snapshot.has_table("nothing"),
    )


@settings(max_examples=20, deadline=None)
@given(did=did)
def test_a_file_says_the_same_with_and_without_sqlalchemy(journal: Journal, did: Did) -> None:
    run = _do(journal, did)
    with journal._database.snapshot() as quick:
        found = _all_that(quick, run)
    with journal._database.reading() as connection:
        assert found == _all_that(Transaction(connection, schema.metadata), run)


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
    monkeypatch.setattr(snapshot, "BUSY_TIMEOUT_S", 0.1)
    file = tmp_path / "journal.db"
    open_journal(str(file), key=KEY).close()
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("PRAGMA locking_mode=EXCLUSIVE")
    other.execute("BEGIN IMMEDIATE")
    other.execute("UPDATE journal SET version = version")
    with pytest.raises(JournalError, match="another process kept it locked"):
        open_journal(str(file), key=KEY)
    other.close()


@pytest.mark.parametrize("name", ["a?b.db", "a%20b.db", "a@b:c.db"])
def test_a_path_is_a_path(tmp_path: Path, name: str) -> None:
    with open_journal(str(tmp_path / name), key=KEY) as journal:
        journal.begin("apply", "ada")
    assert {each.name for each in tmp_path.iterdir()} == {name, f"{name}.head"}
