"""What a settle costs follows its own steps, not those that the run has settled before."""

from pathlib import Path
from typing import Any

import pytest

from reconciler.journal import open_journal, runs
from tests.unit.journal.make import KEY, intent, outcome


def test_a_settle_reads_its_own_steps_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []
    known = runs.known

    def counting(*arguments: Any) -> Any:
        found = known(*arguments)
        read.append(len(found))
        return found

    monkeypatch.setattr(runs, "known", counting)
    url = str(tmp_path / "journal.db")
    with open_journal(url, key=KEY) as journal, journal.lock("apply", "ada"):
        run = journal.begin("apply", "ada")
        for batch in range(3):
            steps = [f"s{batch}-{number}" for number in range(600)]
            journal.intend(run, [intent(each) for each in steps])
            journal.settle(run, [outcome(each) for each in steps])
    assert read == [600, 600, 600]
