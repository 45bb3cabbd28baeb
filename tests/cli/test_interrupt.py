"""Ctrl-C, SIGTERM: what is under way is finished; Ctrl-C twice stops at once. Nothing is lost.

The closed terminal (SIGHUP) has a file of its own.
"""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from reconciler.cli import main
from tests.cli.workspace import DEADLINE_S, OBJECTS, Workspace

NOTHING = "Interrupted; nothing was begun."


@pytest.mark.parametrize(
    ("signals", "said"),
    [
        # GitHub's Cancel: the one, and the other when that takes long.
        (
            [signal.SIGINT, signal.SIGTERM],
            "Stopping after what is being sent now (Ctrl-C again stops at once).",
        ),
        # Whoever ends containers often sends it twice, to us and to our group.
        (
            [signal.SIGTERM, signal.SIGTERM],
            "Told to end (SIGTERM): stopping after what is being sent now.",
        ),
    ],
    ids=["ctrl-c", "sigterm"],
)
def test_the_running_batch_is_finished_and_no_other_begun(
    fresh: Workspace, signals: list[signal.Signals], said: str
) -> None:
    apply = fresh.start_and_pause("apply", "--auto-approve", at="platform", after=True)
    for each in signals:
        apply.send_signal(each)
    ended = fresh.go_on(apply, expect=130)
    assert ended.err.count("topping after") == 1
    ended.says(
        said,
        "interrupted: stopped as asked; nothing is half written",
        "reconciler apply --resume 1",
    )
    done = set(fresh.owned())
    assert 0 < len(done) < OBJECTS
    assert "extension/office/1001" in done
    run = fresh.run("history", "--json").json["runs"][0]
    assert run["state"] == "interrupted"
    assert "open" not in run["steps"]
    assert fresh.run("status", "--json").json["lock"] is None
    fresh.run("history", "1").says("reconciler apply --resume 1")
    fresh.run("apply", "--resume", "1", "--auto-approve").says(f"{OBJECTS - len(done)} added")
    assert "--resume" not in fresh.run("history", "1").says("The rest was done by run 2.").out
    assert len(fresh.owned()) == OBJECTS
    fresh.run("plan").says("No changes.")
    fresh.run("history", "--verify")


def test_two_stop_at_once_and_the_next_apply_finds_out(fresh: Workspace) -> None:
    apply = fresh.start_and_pause("apply", "--auto-approve", at="settle", call=2)
    apply.send_signal(signal.SIGINT)
    time.sleep(0.1)
    apply.send_signal(signal.SIGINT)
    # Both were noticed as soon as the run could: it dies of the second as any program does.
    ended = fresh.go_on(apply, expect=None)
    assert ended.code in (-signal.SIGINT, 130), ended
    fresh.run("apply", "--auto-approve")
    assert len(fresh.owned()) == OBJECTS
    fresh.run("plan").says("No changes.")
    fresh.run("history", "--verify")


@pytest.mark.parametrize("number", [signal.SIGUSR1, signal.SIGKILL])
def test_other_ways_to_go(fresh: Workspace, number: signal.Signals) -> None:
    apply = fresh.start_and_pause("apply", "--auto-approve", at="settle", call=1)
    apply.send_signal(number)
    ended = fresh.go_on(apply, expect=None)
    assert ended.code != 0, ended
    # Nobody waits for the dead: the lock is taken over at once.
    fresh.run("apply", "--auto-approve")
    assert len(fresh.owned()) == OBJECTS
    fresh.run("plan").says("No changes.")
    fresh.run("history", "--verify")


def test_ctrl_c_before_anything_is_sent(fresh: Workspace) -> None:
    apply = fresh.start_and_pause("apply", "--auto-approve", at="begin")
    with fresh.untouched():
        plan = fresh.start_and_pause("plan", at="read")
        plan.send_signal(signal.SIGINT)
        ended = fresh.go_on(plan, expect=130)
        assert ended.err.strip() == NOTHING
    apply.send_signal(signal.SIGINT)
    ended = fresh.go_on(apply, expect=130)
    assert not fresh.pbx_file.exists()
    fresh.run("apply", "--auto-approve").says(f"{OBJECTS} added")


def test_while_it_is_under_way_nobody_else_writes(fresh: Workspace) -> None:
    apply = fresh.start_and_pause("apply", "--auto-approve", at="platform", call=2)
    told = fresh.run("apply", "--auto-approve", expect=6)
    told.says("error[journal-locked]: tester@here is at work: apply", f"process {apply.pid}")
    fresh.run("status").says("tester@here")
    fresh.go_on(apply, expect=0)
    fresh.run("plan").says("No changes.")


DROPPED = """\
import os, signal, time
import reconciler.cli.validate as validate

class Finalized:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0)

def load(*_, **_more):
    Finalized()  # Python drops what is raised there
    time.sleep(600)

validate.declare = load
from reconciler.cli import run
run()
"""


def test_ctrl_c_that_python_drops_comes_again(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", DROPPED, "validate", "."],
        cwd=tmp_path, capture_output=True, text=True, timeout=DEADLINE_S, check=False,
    )  # fmt: skip
    assert ended.stderr.strip() == NOTHING
    assert ended.returncode == 130


def test_ctrl_c_while_a_class_is_made_is_no_bug(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Commands load what they need as they go; Python 3.11 wraps what is raised meanwhile."""

    class Struck:
        def __set_name__(self, *_: object) -> None:
            raise KeyboardInterrupt

    def load(*_: object, **_more: object) -> None:
        type("Loaded", (), {"field": Struck()})

    monkeypatch.setattr("reconciler.cli.validate.declare", load)
    monkeypatch.setattr("sys.argv", ["reconciler", "validate", str(tmp_path)])
    assert main() == 130
    assert capsys.readouterr().err.strip() == NOTHING
