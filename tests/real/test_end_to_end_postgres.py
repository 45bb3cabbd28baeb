"""The installed command with its journal in a real PostgreSQL: for teams, and for pipelines that
forget their folder after every run."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.workspace import CANARIES, FORKS, OBJECTS, Workspace, fill

KEYS = {
    "RECONCILER_WORKSPACE_KEY": "canary-workspace-key-0123456789-abcdef",
    "RECONCILER_STORE_KEY": "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY=",
}
"""What a pipeline keeps in its own settings."""


@pytest.fixture(autouse=True, scope="module")
def _forks() -> Iterator[None]:
    yield
    FORKS.close()


@pytest.fixture
def team(tmp_path: Path, fresh_postgres_url: str) -> Iterator[Workspace]:
    """A workspace that names its journal in the files, and keeps its secrets there."""
    workspace = fill(tmp_path / "work")
    workspace.environ |= KEYS
    workspace.planted |= set(KEYS.values())
    workspace.edit(
        "inventory.yaml",
        "workspace:\n  name: office\n  secrets:\n",
        f"workspace:\n  name: office\n  journal: {fresh_postgres_url}\n  secrets:\n"
        "    store: {in_journal: true}\n",
    )
    workspace.run("secrets", "set", "cleo", stdin=CANARIES["store"])
    yield workspace
    assert workspace.leaks() == []


def forget(workspace: Workspace) -> None:
    """Begin on a new machine: nothing but the files in git."""
    shutil.rmtree(workspace.folder / ".reconciler", ignore_errors=True)


def test_a_pipeline_that_forgets_its_folder(team: Workspace) -> None:
    forget(team)
    team.run("plan", "--out", "plan.json").says(f"{OBJECTS} to add")
    forget(team)
    team.run("apply", "plan.json").says(f"{OBJECTS} added")
    forget(team)
    before = team.pbx
    team.run("plan", "--detailed-exitcode").says("No changes.")
    with team.by_hand() as pbx:
        pbx["ring_group"]["600"]["ring_time"] = 5
        del pbx["extension"]["1005"]
    forget(team)
    team.run("drift", expect=2).says("we created it", "(run 1)", "20 s -> 5 s")
    team.run("apply", "--only-drift", "--auto-approve").says("2 mended")
    assert team.pbx == before  # the generated password came out of the journal, too
    team.edit("calls.yaml", "ring_time: 20", "ring_time: 35")
    team.run("apply", "--auto-approve").says("1 changed")
    forget(team)
    team.run("rollback", "3", "--auto-approve").says("1 changed")
    assert team.pbx == before
    told = team.run("history", "--json").json["runs"]
    assert [(each["command"], each["state"]) for each in told] == [
        ("rollback", "done"),
        ("apply", "done"),
        ("apply", "done"),
        ("apply", "done"),
    ]
    team.run("history", "--verify").says(f"{OBJECTS} objects in the ledger")
    team.run("secrets", "list").says("cleo", "generated/extension/office/1005/secret")
    assert not list((team.folder / ".reconciler").glob("journal.db*"))


def test_killed_at_every_transaction(team: Workspace) -> None:
    """As on SQLite: the next run converges, and is not locked out by the dead."""
    call = 0
    while True:
        call += 1
        die = {"at": "commit-on-server", "call": call, "after": True}
        killed = team.run("apply", "--auto-approve", die=die, expect=None)
        if killed.code == 0:
            break
        assert killed.code == -9, killed
        team.run("history", "--verify")
    assert call > 5
    team.run("plan", "--detailed-exitcode").says("No changes.")
    assert {kind: len(each) for kind, each in team.pbx.items()} == {
        "extension": 5, "ring_group": 1, "ivr": 2, "trunk": 1, "inbound_route": 2,
        "outbound_route": 2,
    }  # fmt: skip


def test_somebody_else_is_at_work(team: Workspace) -> None:
    apply = team.start_and_pause("apply", "--auto-approve", at="platform", call=2)
    told = team.run("apply", "--auto-approve", expect=6)
    told.says("error[journal-locked]: tester@here is at work: apply", f"process {apply.pid}")
    team.go_on(apply, expect=0)
    team.run("plan").says("No changes.")


def test_a_database_that_is_not_there(team: Workspace) -> None:
    team.edit("inventory.yaml", "host=", "host=/nowhere")
    told = team.run("apply", "--auto-approve", expect=1)
    told.says("error[journal-failed]")
    assert told.err.count("error[") == 1
    assert not team.pbx_file.exists()
    url = "postgresql://carol:canary-Password-5bNm@127.0.0.1:9/office"
    team.planted.add("canary-Password-5bNm")
    told = team.run("apply", "--auto-approve", "--journal", url, expect=1)
    assert told.err.count("error[") == 1
