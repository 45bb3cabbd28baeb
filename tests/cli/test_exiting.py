"""How the program ends: without freeing what is left, and with nothing lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import IO

import pytest

from tests.cli.workspace import COMMAND, DEADLINE_S, ROOT, Workspace

PEOPLE = 1_000


def ended(program: str, out: int | IO[bytes] = subprocess.PIPE) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={name: each for name, each in os.environ.items() if name != "PYTHONUNBUFFERED"},
        stdout=out,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        timeout=DEADLINE_S,
    )


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Files that make a plan of many megabytes."""
    workspace = Workspace(tmp_path_factory.mktemp("crowded"))
    people = "\n".join(f'  "{10_000 + each}": {{name: Person {each}}}' for each in range(PEOPLE))
    workspace.write(
        "estate.yaml",
        "apiVersion: reconciler/v1\npbxs: {office: {adapter: memory, file: pbx.json}}\n"
        f"extensions:\n{people}\n",
    )
    return workspace


def test_large_output_is_whole(crowded: Workspace, tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    at = {"cwd": crowded.folder, "env": crowded.environment(), "check": True}
    piped = subprocess.run(
        f"{COMMAND} plan --json | cat", shell=True, stdout=subprocess.PIPE, **at
    ).stdout
    with file.open("wb") as out:
        subprocess.run([COMMAND, "plan", "--json"], stdout=out, **at)
    assert len(piped) > 10 * 65_536  # many times what a pipe holds
    for text in (piped, file.read_bytes()):
        assert len(json.loads(text)["resource_changes"]) == PEOPLE


def test_nothing_is_left_behind(crowded: Workspace) -> None:
    crowded.run("apply", "--auto-approve", "--allow", "too-many-changes", "--reason", "new",
                cold=True)  # fmt: skip
    crowded.run("apply", "--auto-approve", cold=True)  # the lock is free again
    left = [each.name for each in crowded.folder.rglob("*")]
    assert [each for each in left if each.endswith((".part", ".new", "-wal", "-journal"))] == []


def test_what_was_registered_is_run_and_output_written() -> None:
    done = ended(
        "import atexit, sys; from reconciler.cli.exiting import leave\n"
        "atexit.register(lambda: sys.stdout.write('registered'))\n"
        "sys.stdout.write('said, '); leave(5)"
    )
    assert (done.returncode, done.stdout, done.stderr) == (5, "said, registered", "")


def test_threads_come_to_their_end() -> None:
    done = ended(
        "import threading; from reconciler.cli.exiting import leave\n"
        "go = threading.Event()\n"
        "threading.Thread(target=lambda: (go.wait(), print('worked'))).start()\n"
        "threading.Timer(0.05, go.set).start(); leave(3)"
    )
    assert (done.returncode, done.stdout, done.stderr) == (3, "worked\n", "")


def test_output_that_cannot_be_written_is_python_s_to_tell() -> None:
    with Path("/dev/full").open("wb") as full:
        done = ended(
            "import sys; from reconciler.cli.exiting import leave\n"
            "sys.stdout.write('lost'); leave(0)",
            full,
        )
    assert done.returncode == 120
    assert "No space left on device" in done.stderr
