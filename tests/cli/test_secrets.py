"""Secrets: kept, referred to, changed; and never seen, whatever goes wrong."""

import json
import shutil
import stat
from pathlib import Path

import pytest

from tests.cli.workspace import CANARIES, Workspace, fill

SECRET = "canary-Other-1aQz9Wsx"


def test_the_store(bare: Workspace) -> None:
    bare.planted.add(SECRET)
    bare.run("secrets", "init").says("Made a key", "Keep a copy")
    bare.run("secrets", "init").says("There is already a key")
    bare.run("secrets", "list").says("The store is empty.")
    bare.run("secrets", "set", "trunk", stdin=f"{SECRET}\n").says('{secret: "store:trunk"}')
    bare.run("secrets", "set", "other", stdin=SECRET)
    listed = bare.run("secrets", "list", "--json").json["secrets"]
    assert [each["name"] for each in listed] == ["other", "trunk"]
    for name in ("store.key", "workspace.key", "secrets.store"):
        file = bare.folder / ".reconciler" / name
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    key = bare.read(".reconciler/store.key")
    before = bare.read(".reconciler/secrets.store")
    bare.run("secrets", "rotate-key").says(
        "encrypted under a new key", "store.key", "Give it to whoever shares the store"
    )
    assert bare.read(".reconciler/store.key") != key
    assert json.loads(bare.read(".reconciler/secrets.store"))["sealed"] not in before
    bare.run("secrets", "list").says("trunk", "other")
    bare.run("secrets", "rm", "other").says("Removed other.")
    with bare.untouched():
        bare.run("secrets", "rm", "other", expect=1).says("error[no-secret]")
        for value in ("", "\n", "two\nlines\n", "nul\0inside"):
            bare.run("secrets", "set", "trunk", stdin=value, expect=1).says("nothing was stored")
        bare.run("secrets", "set", expect=64)
        for name in ("", "  ", "a\nb", "store:trunk"):
            bare.run("secrets", "set", name, stdin=SECRET, expect=64)
        bare.run("secrets", "get", "trunk", expect=64)
        # Whoever has the file and not the key has nothing.
        wrong = {"RECONCILER_STORE_KEY": "A" * 43 + "="}
        bare.run("secrets", "set", "x", stdin="y" * 9, environ=wrong, expect=1).says(
            "error[workspace-failed]", "cannot be decrypted"
        )
    (bare.folder / ".reconciler" / "store.key").chmod(0o644)
    bare.run("secrets", "set", "x", stdin="y" * 9, expect=1).says("can be read by others", "chmod")


def test_a_store_that_is_lost_comes_back_from_the_pbx(applied: Workspace) -> None:
    """Of a workspace only the files are left: nobody gets another password for that."""
    before = applied.pbx
    shutil.rmtree(applied.folder / ".reconciler")
    applied.run("init").says("keys and schemas were made")
    applied.run("plan", expect=1).says("store:cleo is not in the store", "secrets recover PBX")
    applied.run("secrets", "recover", "annex", expect=64).says('No PBX "annex" is declared.')
    applied.run("secrets", "recover", "office").says(
        "Stored 3 secrets that office holds and the store did not."
    )
    names = [each["name"] for each in applied.run("secrets", "list", "--json").json["secrets"]]
    assert "generated/extension/office/1005/secret" in names
    applied.run("apply", "--auto-approve").says("0 added, 0 changed, 0 destroyed", "taken over")
    assert applied.pbx == before
    applied.run("plan").says("No changes.")
    applied.run("secrets", "rm", "cleo")
    with applied.by_hand() as pbx:
        del pbx["extension"]["1003"]["secret"]
    applied.run("secrets", "recover", "office", expect=1).says("! cleo is not to be had there")


def test_a_login_that_is_missing_comes_back_from_nowhere(tmp_path: Path) -> None:
    """A PBX has to be logged in to before it gives back anything."""
    mine = Workspace(tmp_path)
    mine.run("init")
    failed = mine.run("plan", expect=1)
    failed.says("store:office-ami is not in the store", "reconciler secrets set office-ami")
    failed.says_not("recover")


def test_a_folder_that_is_not_there_is_no_empty_store(bare: Workspace) -> None:
    for command in (("list",), ("set", "x"), ("init",)):
        bare.run("secrets", "--path", "no-such", *command, stdin="y" * 12, expect=64)
    assert not (bare.folder / "no-such").exists()


def test_a_damaged_store_is_said_and_left_alone(applied: Workspace) -> None:
    file = applied.folder / ".reconciler" / "secrets.store"
    for text in ("", "{}", "not json", '{"version": 99, "secrets": {}, "sealed": ""}'):
        file.write_text(text)
        with applied.untouched():
            told = applied.run("apply", "--auto-approve", expect=1)
            told.says("error[workspace-failed]: The secret store")
            assert told.err.count("error[") == 1


def test_a_changed_secret_is_a_change_and_its_value_is_not_shown(applied: Workspace) -> None:
    applied.planted.add(SECRET)
    applied.run("secrets", "set", "cleo", stdin=SECRET)
    applied.run("plan").says("~ extension/office/1003", "*** -> *** (changed", "1 to change")
    applied.run("apply", "--auto-approve")
    assert applied.pbx["extension"]["1003"]["secret"] == SECRET
    applied.run("plan").says("No changes.")
    (applied.folder / "ben.txt").write_text(f"{SECRET}\n")
    applied.environ["ADA_SECRET"] = SECRET
    applied.run("plan").says("2 to change")
    # A plan is for the secrets that it was made with.
    applied.run("plan", "--out", "plan.json")
    applied.environ["ADA_SECRET"] = f"{SECRET}-later"
    applied.planted.add(f"{SECRET}-later")
    applied.run("apply", "plan.json", expect=3).says("the secret for secret is not the one")
    assert applied.pbx["extension"]["1001"]["secret"] == CANARIES["env"]
    assert applied.pbx["extension"]["1002"]["secret"] == SECRET


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("env", "The secret env:ADA_SECRET is not available: the variable is not set."),
        ("file", "The secret file:ben.txt is not available"),
        ("store", "The secret store:cleo is not in the store."),
        ("command", "ended with exit code 1"),
        ("unlisted", "names a command that the inventory does not list"),
        ("weak", "has 5 characters instead of 8 to 128"),
    ],
)
def test_a_missing_secret(applied: Workspace, broken: str, said: str) -> None:
    applied.edit("calls.yaml", "ring_time: 20", "ring_time: 35")
    if broken == "env":
        del applied.environ["ADA_SECRET"]
    elif broken == "file":
        (applied.folder / "ben.txt").unlink()
    elif broken == "store":
        applied.run("secrets", "rm", "cleo")
    elif broken == "command":
        (applied.folder / "vault.txt").unlink()
    elif broken == "unlisted":
        applied.edit("inventory.yaml", "vault: [cat", "vult: [cat")
    else:
        applied.environ["ADA_SECRET"] = "short"
    with applied.untouched():
        for command in ("plan", "apply", "drift", "status"):
            more = ("--auto-approve",) if command == "apply" else ()
            told = applied.run(command, *more, expect=1).says(said)
            assert told.err.count("error[") == 1
            assert "people.yaml:" in told.err
        # Files are fine without any secret at hand.
        applied.run("validate")


def test_a_store_in_the_journal(tmp_path: Path) -> None:
    workspace = fill(tmp_path / "work")
    workspace.edit("inventory.yaml", "  secrets:\n", "  secrets:\n    store: {in_journal: true}\n")
    workspace.run("secrets", "init")
    workspace.run("secrets", "set", "cleo", stdin=CANARIES["store"])
    workspace.run("secrets", "list").says("cleo")
    workspace.run("apply", "--auto-approve")
    assert not (workspace.folder / ".reconciler" / "secrets.store").exists()
    workspace.run("plan").says("No changes.")
    assert len(workspace.rows("SELECT * FROM documents")) == 1
    # What CI forgets is only the folder: with journal and keys elsewhere, everything is there.
    workspace.run("secrets", "list").says("generated/extension/office/1005/secret")
    assert workspace.leaks() == []


def test_keys_from_the_environment(tmp_path: Path) -> None:
    workspace = fill(tmp_path / "work")
    workspace.environ |= {
        "RECONCILER_WORKSPACE_KEY": "k" * 40,
        "RECONCILER_STORE_KEY": "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY=",
    }
    workspace.run("secrets", "set", "cleo", stdin=CANARIES["store"])
    workspace.run("apply", "--auto-approve")
    assert not (workspace.folder / ".reconciler" / "workspace.key").exists()
    assert not (workspace.folder / ".reconciler" / "store.key").exists()
    workspace.run("plan").says("No changes.")
    with workspace.untouched():
        for wrong, said in (("z" * 40, "another workspace key"), ("short", "it needs 32 or more")):
            told = workspace.run("plan", environ={"RECONCILER_WORKSPACE_KEY": wrong}, expect=1)
            told.says(said)
            assert told.err.count("error[") == 1
    workspace.planted |= {workspace.environ["RECONCILER_STORE_KEY"], "k" * 40}
    assert workspace.leaks() == []


def test_nothing_shows_a_secret_not_even_our_own_crash(
    applied: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A forced crash in the middle of an apply, with the traceback that RECONCILER_DEBUG prints."""
    site = applied.folder / "broken"
    site.mkdir()
    (site / "sitecustomize.py").write_text(
        "import reconciler.adapters.memory.connection as c\n"
        "def broken(self, work):\n"
        "    held = [repr(w) for w in work]\n"
        "    raise RuntimeError(f'crashed with {held} {work} {self.__dict__}')\n"
        "c.MemoryConnection.send = broken\n"
    )
    applied.run("secrets", "set", "cleo", stdin=SECRET)
    applied.planted.add(SECRET)
    path = f"{site}:{Path(__file__).parents[2]}"
    for debug in ("", "1"):
        monkeypatch.setenv("PYTHONPATH", path)
        environ = {"RECONCILER_DEBUG": debug, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
        crashed = applied.crash("apply", "--auto-approve", environ=environ)
        assert crashed.code == 1
        assert ("Traceback" in crashed.err) is bool(debug)
        assert "RuntimeError" in crashed.err
        assert ("error[bug]" in crashed.err) is not bool(debug)
    monkeypatch.undo()
    # The next run finds out what became of it.
    applied.run("apply", "--auto-approve")
    assert applied.pbx["extension"]["1003"]["secret"] == SECRET
    applied.run("history", "--verify")


def test_secrets_that_are_weak_alike_are_told_once(bare: Workspace) -> None:
    """Nine passwords of one stamp are one thing to mend, and nine warnings in the count."""
    bare.write("inventory.yaml", "apiVersion: reconciler/v1\npbxs: {office: {adapter: memory}}\n")
    people = "".join(
        f'  "30{at}": {{name: A, secret: {{secret: "env:WEAK"}}}}\n' for at in range(10, 19)
    )
    bare.write("weak.yaml", f"apiVersion: reconciler/v1\npbx: office\nextensions:\n{people}")
    planned = bare.run("plan", environ={"WEAK": "aaaaaaaa"})
    assert planned.err.count("warning[weak-secret]") == 1
    planned.says("The password of extension/office/3010 (secret) is easily guessed",
                 "and 8 more like it: 3011 (weak.yaml:5)", "9 warnings")  # fmt: skip
