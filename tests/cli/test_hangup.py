"""The terminal is closed under an `apply`: what is being sent is finished, as after Ctrl-C.

A real terminal is closed. Its session's leader is told so by the system: that may be the command
itself, or a shell, at whose end the system tells whatever runs in the foreground. From then on
every write to the terminal raises.
"""

import json
import os
import select
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.forkserver import ROOT
from tests.cli.workspace import DEADLINE_S, OBJECTS, Workspace

COMMAND_LEADS: list[str] = []
SHELL_LEADS = ["sh", "-c", '"$@"; exit $?', "sh"]
DEAF_TO_IT = ["sh", "-c", 'trap "" HUP; exec "$@"', "sh"]
"""As nohup does, but for the output, which it sends into a file."""


def apply_in_closed_terminal(workspace: Workspace, before: list[str], *, at: str) -> int:
    """Close the terminal of an `apply` that stands still, and let it go on to its end.

    Returns how the session's leader ended.
    """
    pause = workspace.folder.parent / "closed"
    die = {"at": at, "call": 1, "after": True, "pause": str(pause)}
    request = json.dumps({"arguments": ("apply", "--auto-approve"), "die": die})
    run = [sys.executable, "-m", "tests.cli.forkserver", "once", request]
    master, slave = os.openpty()
    lives, life = os.pipe()
    process = subprocess.Popen(
        ["setsid", "--ctty", *before, *run],
        cwd=workspace.folder,
        env=workspace.environment({"PYTHONPATH": str(ROOT), "TERM": "xterm"}),
        stdin=slave,
        stdout=slave,
        stderr=slave,
        pass_fds=[life],
    )
    os.close(slave)
    os.close(life)
    shown = b""
    while not Path(f"{pause}.reached").exists():
        if select.select([master], [], [], 0.01)[0]:
            shown += os.read(master, 1 << 16)
        assert process.poll() is None, shown
    os.close(master)
    if before is SHELL_LEADS:
        process.wait(DEADLINE_S)  # the system tells the others when it is gone
    Path(f"{pause}.go").touch()
    assert select.select([lives], [], [], DEADLINE_S)[0], "it does not come to its end"
    assert os.read(lives, 1) == b""  # whoever had the other end is gone
    os.close(lives)
    return process.wait(DEADLINE_S)


@pytest.mark.parametrize("before", [COMMAND_LEADS, SHELL_LEADS], ids=["alone", "from a shell"])
def test_what_is_being_sent_is_finished(fresh: Workspace, before: list[str]) -> None:
    code = apply_in_closed_terminal(fresh, before, at="platform")
    assert before is SHELL_LEADS or code == 130
    done = set(fresh.owned())
    assert 0 < len(done) < OBJECTS
    told = fresh.run("history", "1").says("interrupted", "reconciler apply --resume 1")
    told.says_not("in doubt")
    assert fresh.rows("SELECT * FROM locks") == []
    fresh.run("apply", "--resume", "1", "--auto-approve").says(f"{OBJECTS - len(done)} added")
    fresh.run("plan").says("No changes.")


def test_who_does_not_listen_to_it_goes_on_to_the_end(fresh: Workspace) -> None:
    assert apply_in_closed_terminal(fresh, DEAF_TO_IT, at="platform") == 0
    assert len(fresh.owned()) == OBJECTS
    fresh.run("plan").says("No changes.")
