"""kill -9 at any moment: the next run is not locked out, and knows what is in doubt."""

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from reconciler.journal import open_journal, process
from tests.unit.journal.make import ADA, BEN, KEY, outcome, owned

CHILD = """
import sys, time
from reconciler.journal import open_journal
from tests.unit.journal.make import *
journal = open_journal(sys.argv[1], key=KEY)
with journal.lock("apply", "ada", 5):
    run = journal.begin("apply", "ada", plan="{}")
    journal.intend(run, [intent("s1"), intent("s2", BEN)], {TARGET: "written"})
    journal.settle(run, [outcome("s1")], [owned(ADA)])
    print("ready", flush=True)
    number = 0
    while True:
        number += 1
        batch = [f"n{number}.{each}" for each in range(50)]
        journal.intend(run, [intent(each) for each in batch])
        journal.settle(run, [outcome(each) for each in batch], [owned(ADA, f"Ada {number}")])
"""


@pytest.mark.parametrize("after_s", [0.0, 0.05, 0.13, 0.29])
def test_after_kill_nine_the_next_run_goes_on_at_once(tmp_path: Path, after_s: float) -> None:
    file = str(tmp_path / "journal.db")
    child = subprocess.Popen([sys.executable, "-c", CHILD, file], stdout=subprocess.PIPE, text=True)
    try:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        time.sleep(after_s)
        os.kill(child.pid, signal.SIGKILL)
        # Nobody has waited for it: it is a zombie, as a container without an init leaves behind.
        with open_journal(file, key=KEY) as journal, journal.lock("apply", "ben", 5) as lock:
            assert not lock.lost
            assert journal.holder() is not None
            open_steps = [each.step for each in journal.open_intents()]
            assert "s1" not in open_steps
            assert "s2" in open_steps
            assert len(open_steps) in (1, 51)
            doubt = next(each for each in journal.open_intents() if each.step == "s2")
            assert (doubt.address, doubt.action, doubt.before) == (BEN, "create", None)
            assert doubt.after is not None
            assert journal.ownership().owed == {"pbx/ferrybank": "written"}
            assert ADA in journal.ownership().objects
            record = journal.run(doubt.run)
            assert (record.state, record.plan) == ("running", "{}")
            run = journal.begin("apply --resume", "ben")
            journal.settle(doubt.run, [outcome("s2", BEN)], [owned(BEN)])
            journal.end(run, "done")
            assert journal.run(doubt.run).state == "interrupted"
            assert journal.verify_chain().objects == 2
            events = [each.event for each in journal.audit()]
            assert "lock-taken-over" in events
            assert "run-killed" in events
    finally:
        child.kill()
        child.wait()


BESIDE = """
import sys
from reconciler.journal import open_journal
from tests.unit.journal.make import *
with open_journal(sys.argv[1], key=KEY) as journal:
    run = journal.begin("phones reboot", "ada")
    print("ready", flush=True)
    sys.stdin.readline()
    journal.end(run, "done")
"""


@pytest.mark.parametrize("is_killed", [False, True])
def test_a_run_without_the_lock_is_killed_when_its_process_is(
    tmp_path: Path, is_killed: bool
) -> None:
    """Actions on phones go on while others apply."""
    file = str(tmp_path / "journal.db")
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", BESIDE, file], text=True, **pipes) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        if is_killed:
            child.kill()
            child.wait()
        with open_journal(file, key=KEY) as journal, journal.lock("apply", "ben", 5):
            journal.end(journal.begin("apply", "ben"), "done")
            assert journal.run(1).state == ("interrupted" if is_killed else "running")
            child.communicate("\n")
            assert journal.run(1).state == ("interrupted" if is_killed else "done")
            told = [each.event for each in journal.audit()]
            assert ("run-killed" in told) is is_killed
            journal.verify_chain()


def test_one_of_another_machine_is_believed_for_two_days(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, at = str(tmp_path / "journal.db"), datetime(2026, 10, 25, tzinfo=UTC)
    with open_journal(file, key=KEY, clock=lambda: at) as journal, monkeypatch.context() as there:
        there.setattr(process, "machine", lambda: "elsewhere")
        journal.begin("phones reboot", "ada")
    for days, state in ((1, "running"), (3, "interrupted")):
        now = at + timedelta(days=days)
        with (
            open_journal(file, key=KEY, clock=lambda now=now: now) as journal,
            journal.lock("apply", "ben", 5),
        ):
            journal.begin("apply", "ben")
            assert journal.run(1).state == state
