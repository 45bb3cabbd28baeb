"""Runs: their history, putting one back, and who is at work."""

import json
import sqlite3
from pathlib import Path

import pytest

from reconciler.journal import open_journal
from tests.cli.workspace import CANARIES, Workspace, fill


def test_rollback_puts_back_what_a_run_changed(applied: Workspace) -> None:
    first = applied.pbx
    applied.edit("calls.yaml", "ring_time: 20", "ring_time: 35")
    applied.drop_person("1005")
    applied.append(
        "calls.yaml", '\nqueues:\n  "700": {name: Sales, members: ["1001"], max_wait: 60}\n'
    )
    applied.run("apply", "--auto-approve").says("1 added, 1 changed, 1 destroyed", "Run 2")
    with applied.untouched():
        # Off a terminal nobody can be asked.
        applied.run("rollback", "2", expect=64).says("--auto-approve")
    done = applied.run("rollback", "2", "--auto-approve")
    done.says("1 added, 1 changed, 1 destroyed", "Run 3")
    pbx = applied.pbx
    assert pbx["ring_group"] == first["ring_group"]
    assert pbx["queue"] == {}
    assert pbx["extension"] == first["extension"]
    assert pbx == {**first, "queue": {}}
    told = applied.run("history", "--json").json["runs"]
    assert [(e["run"], e["command"], e["state"], e["by"]) for e in told] == [
        (3, "rollback", "done", "tester@here"),
        (2, "apply", "done", "tester@here"),
        (1, "apply", "done", "tester@here"),
    ]
    # The files still want it: the next apply does it again.
    applied.run("plan").says("1 to add, 1 to change, 1 to destroy")
    applied.run("rollback", "99", "--auto-approve", expect=1).says("knows no run 99")
    applied.run("rollback", "nonsense", expect=64)
    with applied.untouched():
        applied.run("rollback", "1", expect=5).says(
            "made by run 1", "refused[shrunk-desired]",
            "reconciler rollback 1 --allow shrunk-desired",
        ).says_not("reconciler apply --allow", "no longer declared")  # fmt: skip
    applied.run("history", "--verify").says("The audit chain holds")
    lines = applied.run("history", "3").says("Run 3", "rollback", "update ring_group/office/600")
    assert lines.out.count("    done ") == 3


def test_a_secret_that_nobody_knows_any_more_stays_and_is_named(applied: Workspace) -> None:
    first = applied.pbx["extension"]["1001"]
    applied.environ["ADA_SECRET"] = "canary-Rotated-6yHn"
    applied.planted.add("canary-Rotated-6yHn")
    applied.edit("people.yaml", "name: Ada Okafor", "name: Ada Okafor-Lind")
    applied.run("apply", "--auto-approve").says("1 changed")
    done = applied.run("rollback", "2", "--auto-approve")
    done.says("stays as it is (only its fingerprint is known): extension/office/1001 secret")
    assert applied.pbx["extension"]["1001"] == {**first, "secret": "canary-Rotated-6yHn"}


def test_a_rollback_of_an_adoption_and_of_a_reference_cycle(applied: Workspace) -> None:
    first = applied.pbx
    applied.edit("calls.yaml", '"9": ivr/main', '"8": ivr/main')
    applied.edit("calls.yaml", "on_timeout: ivr/more", "on_timeout: hangup")
    applied.append("calls.yaml", '\nconferences: {"8000": {name: Board}}\n')
    with applied.by_hand() as pbx:
        pbx["conference"] = {"8000": {"name": "By hand", "pin": "982731"}}
    why = ("--allow", "foreign-object", "--reason", "test")
    applied.run("apply", "--auto-approve", *why).says("1 taken over")
    applied.run("rollback", "2", "--auto-approve", *why)
    pbx = applied.pbx
    assert pbx.pop("conference") == {"8000": {"name": "By hand", "pin": "982731"}}
    assert pbx == first


def test_a_rollback_of_a_move(applied: Workspace) -> None:
    first = applied.pbx
    applied.edit("people.yaml", '  "1005":', '  "1055":')
    applied.append("people.yaml", "moved: [{from: extension/1005, to: extension/1055}]\n")
    applied.run("apply", "--auto-approve")
    applied.run("rollback", "2", "--auto-approve").says("1 moved")
    assert applied.pbx["extension"] == first["extension"]
    applied.run("rollback", "2", "--auto-approve").says("No changes")


def test_history_shows_what_was_and_proves_it(applied: Workspace) -> None:
    run = applied.run("history", "1", "--json").json
    assert run["run"]["commit"] is None
    steps = {each["address"]: each for each in run["steps"]}
    assert steps["extension/office/1001"]["after"]["secret"]["$secret"] == "env:ADA_SECRET"
    assert all(each["state"] == "done" for each in run["steps"])
    assert applied.run("status", "--run", "1", "--json").json == run
    applied.run("history", "--limit", "1").says("tester@here")
    applied.run("history", "7", expect=1).says("error[journal-failed]", "knows no run 7")
    with sqlite3.connect(applied.journal_file) as journal:
        journal.execute("UPDATE runs SET actor = 'mallory' WHERE id = 1")
        journal.execute("UPDATE audit SET actor = 'mallory' WHERE number = 3")
    journal.close()
    applied.run("history", "--verify", expect=1).says("error[journal-tampered]", "3")


def test_the_ledger_is_proved_too(applied: Workspace) -> None:
    journal = sqlite3.connect(applied.journal_file)
    with journal:
        journal.execute("DELETE FROM owned WHERE key = '1005'")
    journal.close()
    applied.run("history", "--verify", expect=1).says(
        "error[journal-tampered]", "extension/office/1005", "reconciler adopt"
    )


def test_nothing_to_tell(bare: Workspace) -> None:
    bare.run("history").says("No runs yet.")
    bare.run("unlock").says("Nobody holds the lock.")
    bare.run("history", "--verify").says("The audit chain holds")


@pytest.fixture
def held(applied: Workspace) -> Workspace:
    """A workspace in which somebody is at work. The next commands see it."""
    key = (applied.folder / ".reconciler" / "workspace.key").read_bytes().strip()
    journal = open_journal(str(applied.journal_file), key=key)
    lock = journal.lock("apply", "carol@far")
    lock.__enter__()
    applied.environ["RECONCILER_TEST_HOLDS"] = "1"
    applied.release = lambda: (lock.__exit__(None, None, None), journal.close())  # type: ignore[attr-defined]
    return applied


def test_somebody_else_is_at_work(held: Workspace) -> None:
    held.edit("calls.yaml", "ring_time: 20", "ring_time: 35")
    before = held.pbx
    try:
        # Looking is always possible.
        held.run("plan").says("1 to change")
        held.run("status").says("carol@far")
        assert held.run("status", "--json").json["lock"]["by"] == "carol@far"
        for arguments in (
            ("apply", "--auto-approve"),
            ("rollback", "1", "--auto-approve"),
            ("adopt", "ring_group/office/600"),
            ("import", "office", "--out", "elsewhere"),
            ("unlock",),
        ):
            told = held.run(*arguments, expect=6)
            told.says("error[journal-locked]: carol@far is at work: apply", "--lock-timeout 600")
            assert told.err.count("error[") == 1
        assert held.pbx == before
        assert not (held.folder / "elsewhere").exists()
        held.run("apply", "--auto-approve", "--lock-timeout", "0.3", expect=6)
    finally:
        held.release()  # type: ignore[attr-defined]
    held.run("apply", "--auto-approve").says("1 changed")


def test_unlock_by_force_stops_the_other(held: Workspace) -> None:
    try:
        held.run("unlock", "--force").says("Unlocked. It was held by carol@far")
        held.edit("calls.yaml", "ring_time: 20", "ring_time: 35")
        held.run("apply", "--auto-approve").says("1 changed")
    finally:
        held.release()  # type: ignore[attr-defined]
    held.run("history", "--verify")
    facts = [
        json.loads(row[0]) for row in held.rows("SELECT facts FROM audit WHERE event='unlock'")
    ]
    assert [(each["from"], each["force"]) for each in facts] == [("carol@far", True)]


def test_waiting_for_another_run(held: Workspace) -> None:
    held.edit("calls.yaml", "ring_time: 20", "ring_time: 35")
    waiting = held.start("apply", "--auto-approve", "--lock-timeout", "600")
    assert waiting.stderr is not None
    told = ""
    while "carol@far is at work: apply" not in told:
        told += (line := waiting.stderr.readline())
        assert line, told
    held.release()  # type: ignore[attr-defined]
    out, err = waiting.communicate(timeout=120)
    held.ended(("apply",), waiting.returncode, out, told + err, 0).says("1 changed")
    assert "Waiting up to 600 s." in told
    assert "Waiting" not in err


def test_a_journal_elsewhere(tmp_path: Path) -> None:
    workspace = fill(tmp_path / "work")
    workspace.run("secrets", "set", "cleo", stdin=CANARIES["store"])
    journal = ("--journal", "../state/journal.db")
    workspace.run("apply", "--auto-approve", *journal)
    assert (tmp_path / "state" / "journal.db").exists()
    assert not workspace.journal_file.exists()
    workspace.run("plan", *journal).says("No changes.")
    workspace.run("history", *journal).says("apply", "done")
    workspace.run("drift", *journal)
    workspace.run("history", "--verify", *journal).says("13 objects in the ledger")
    by_url = {"RECONCILER_JOURNAL": f"sqlite:///{tmp_path / 'state' / 'journal.db'}"}
    workspace.run("status", environ=by_url).says("ours 5 extensions")
    assert not workspace.journal_file.exists()
    for url in ("mysql://user:canary-Url-2wSx@host/db", "sqlite://", "nonsense://x"):
        workspace.run("plan", "--journal", url, expect=1).says("error[journal-failed]")
    workspace.planted.add("canary-Url-2wSx")
    assert workspace.leaks() == []


def test_the_journal_that_the_workspace_names(tmp_path: Path) -> None:
    workspace = fill(tmp_path / "work")
    workspace.edit(
        "inventory.yaml", "  name: office\n", "  name: office\n  journal: state/own.db\n"
    )
    workspace.run("secrets", "set", "cleo", stdin=CANARIES["store"])
    workspace.run("plan", "--out", "plan.json")
    workspace.run("apply", "plan.json")
    assert (workspace.folder / "state" / "own.db").exists()
    workspace.run("plan").says("No changes.")
    # Commands that read no other file find it as well.
    workspace.run("history").says("apply", "done")
    workspace.run("history", "--verify").says("13 objects in the ledger")
    workspace.run("unlock").says("Nobody holds the lock.")
    workspace.run("show", "plan.json").says("13 to add")
    assert not workspace.journal_file.exists()
