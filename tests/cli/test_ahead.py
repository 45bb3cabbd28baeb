"""A PBX that takes connections and never answers: who has no use for it does not wait for it."""

import signal
import socket
import time
from collections.abc import Iterator

import pytest

from tests.cli.workspace import DEADLINE_S, Workspace

PEOPLE = 'apiVersion: reconciler/v1\npbx: far\nextensions:\n  "1001": {name: Ada}\n'


@pytest.fixture
def silent() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(DEADLINE_S)
        yield listener


@pytest.fixture
def far(bare: Workspace, silent: socket.socket) -> Workspace:
    """Give a workspace that has run before, with an Asterisk that says nothing."""
    port = silent.getsockname()[1]
    bare.environ["AMI_PASSWORD"] = "canary-Ami-5tRw8Nqe"
    bare.write("people.yaml", PEOPLE)
    bare.write(
        "inventory.yaml",
        "apiVersion: reconciler/v1\npbxs:\n  far:\n    adapter: asterisk\n"
        "    timezone: Europe/London\n"
        f'    ami: {{port: {port}, password: {{secret: "env:AMI_PASSWORD"}}}}\n',
    )
    bare.run("plan", "--timeout", "0.5", expect=1).says("no answer within 0.5 s")
    silent.accept()[0].close()
    return bare


WAITING = ("--timeout", "600")


def test_wrong_files_are_told_while_the_pbx_keeps_silent(far: Workspace) -> None:
    far.append("people.yaml", '  "1002": {name: Ben, colour: red}\n')
    for command in (("plan",), ("drift",), ("apply", "--auto-approve")):
        told = far.run(*command, *WAITING, expect=1)
        told.says("error[unknown-field]").says_not("AMI", "not reachable")


def test_who_reads_no_pbx_asks_none(far: Workspace, silent: socket.socket) -> None:
    far.run("validate")
    far.run("explain", "extension/far/1001")
    silent.settimeout(0)
    with pytest.raises(BlockingIOError):
        silent.accept()


@pytest.mark.parametrize("edited", [False, True])
def test_ctrl_c_ends_the_waiting(far: Workspace, silent: socket.socket, edited: bool) -> None:
    if edited:
        far.edit("people.yaml", "Ada", "Eve")
    plan = far.start("plan", *WAITING)
    wire, _ = silent.accept()
    plan.send_signal(signal.SIGINT)
    _, err = plan.communicate(timeout=DEADLINE_S)
    wire.close()
    assert (plan.returncode, "Interrupted; nothing was begun." in err) == (130, True), err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_told_to_end_before_anything_is_written_it_lets_go_of_the_lock(
    far: Workspace, silent: socket.socket, number: signal.Signals
) -> None:
    apply = far.start("apply", "--auto-approve", *WAITING)
    wire, _ = silent.accept()
    end = time.monotonic() + DEADLINE_S
    while not far.rows("SELECT * FROM locks"):
        assert time.monotonic() < end
        time.sleep(0.01)
    apply.send_signal(number)
    out, err = apply.communicate(timeout=DEADLINE_S)
    wire.close()
    far.ended(("apply",), apply.returncode, out, err, 130).says("Interrupted; nothing was begun.")
    assert far.rows("SELECT * FROM locks") == []
