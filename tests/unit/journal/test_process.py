"""Whether the holder of a lock still lives."""

import os
import subprocess
import sys

from reconciler.journal import process


def test_this_process_lives_and_another_with_its_id_does_not() -> None:
    born = process.birth(os.getpid())
    assert process.is_alive(os.getpid(), born)
    assert process.is_alive(os.getpid(), "")
    if born:
        assert not process.is_alive(os.getpid(), "1")


def test_a_process_that_ended_is_dead_also_before_anybody_waits_for_it() -> None:
    here = "print('here', flush=True); input()"
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    child = subprocess.Popen([sys.executable, "-c", here], **pipes)
    assert child.stdout is not None
    assert child.stdout.readline() == b"here\n"
    born = process.birth(child.pid)
    assert process.is_alive(child.pid, born)
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # it has ended, and is left as it is
    assert not process.is_alive(child.pid, born)
    child.wait()
    assert not process.is_alive(child.pid, born)


def test_the_machine_is_told_apart_by_more_than_its_name() -> None:
    assert process.machine().startswith(process.host())
