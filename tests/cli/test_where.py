"""Where a command runs: current folder, sub folders, repositories, terminals, caches."""

import os
import pty
import select
import shutil
import subprocess
import time
from collections.abc import Sequence

import pytest

from tests.cli.workspace import COMMAND, DEADLINE_S, Workspace


def test_paths_and_folders(applied: Workspace) -> None:
    sub = applied.folder / "tenants"
    sub.mkdir()
    for name in ("people.yaml", "calls.yaml"):
        (applied.folder / name).rename(sub / name)
    elsewhere = applied.folder.parent / "elsewhere"
    elsewhere.mkdir()
    applied.run("plan").says("No changes.")
    applied.run("plan", "inventory.yaml", "tenants").says("No changes.")
    # From below, naming what is above: the same workspace, no second one.
    applied.run("plan", "..", cwd=sub).says("No changes.")
    applied.run("plan", "../inventory.yaml", ".", cwd=sub).says("No changes.")
    # From anywhere.
    applied.run("plan", str(applied.folder), cwd=elsewhere).says("No changes.")
    applied.run("drift", "../work", cwd=elsewhere)
    assert not (sub / ".reconciler").exists()
    applied.run("history", "--path", "../work", cwd=elsewhere).says("apply", "done")
    applied.run("unlock", "--path", "../work", cwd=elsewhere).says("Nobody holds the lock.")
    applied.run("status", "../work", "--run", "1", cwd=elsewhere).says("apply", "done")
    # Files that the inventory names are the workspace's, wherever the command runs.
    assert not list(elsewhere.iterdir())
    assert {each.name for each in sub.iterdir()} == {"people.yaml", "calls.yaml"}
    # A part of the files is not the estate: what is ours and missing would be a delete.
    with applied.untouched():
        applied.run("apply", "tenants", "--auto-approve", expect=1).says('"office"')
        applied.run("apply", "inventory.yaml", "--auto-approve", expect=5).says(
            "refused[shrunk-desired]", "A folder that was not given"
        )
        applied.run("plan", "no-such-folder", expect=1).says("error[file-missing]")
    shutil.rmtree(elsewhere)


def test_a_repository_is_one_workspace(applied: Workspace) -> None:
    subprocess.run(["git", "init", "-q"], cwd=applied.folder, check=True)
    sub = applied.folder / "deep" / "down"
    sub.mkdir(parents=True)
    applied.run("history", cwd=sub).says("apply", "done")
    applied.run("plan", "../..", cwd=sub).says("No changes.")
    assert not (sub / ".reconciler").exists()
    # What is ours is no business of git, nor are plans left behind anywhere.
    status = ["git", "status", "--porcelain", "--untracked-files=all"]
    untracked = subprocess.run(
        status, cwd=applied.folder, capture_output=True, text=True, check=True
    )
    assert ".reconciler" not in untracked.stdout
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.com"]
    subprocess.run(["git", "add", "-A"], cwd=applied.folder, check=True)
    commit = ["git", *identity, "commit", "-qm", "all"]
    subprocess.run(commit, cwd=applied.folder, check=True)
    applied.edit("calls.yaml", "ring_time: 20", "ring_time: 35")
    applied.run("apply", "--auto-approve")
    head = ["git", "rev-parse", "--short", "HEAD"]
    at = subprocess.run(head, cwd=applied.folder, capture_output=True, text=True, check=True)
    run = applied.run("history", "--json").json["runs"][0]
    assert run["commit"] == f"{at.stdout.strip()}+"
    # Without git, as in many an image, the pipeline knows.
    programs = applied.folder.parent / "programs"
    programs.mkdir()
    (programs / "cat").symlink_to(shutil.which("cat") or "/bin/cat")
    bare = {"PATH": str(programs), "CI_COMMIT_SHA": "0123456789abcdef"}
    applied.run("plan", environ=bare).says("match 0123456 ")


def test_somebody_elses_workspace_further_up_is_not_ours(applied: Workspace) -> None:
    inner = applied.folder / "other"
    inner.mkdir()
    applied.run("history", cwd=inner).says("No runs yet.")
    shutil.rmtree(inner)


def test_the_cache_is_only_faster(applied: Workspace) -> None:
    cache = applied.folder / ".reconciler" / "cache"
    assert list(cache.glob("*.json"))
    shutil.rmtree(cache)
    applied.run("plan", "--no-cache").says("No changes.")
    assert not cache.exists()
    applied.run("plan").says("No changes.")
    for file in cache.glob("*.json"):
        file.write_bytes(b"nonsense\n[]")
    applied.run("plan").says("No changes.")
    applied.edit("calls.yaml", "ring_time: 20", "ring_time: 35")
    applied.run("plan").says("ring_time 20 s -> 35 s")
    for file in cache.glob("*.json"):
        file.write_bytes(file.read_bytes().replace(b"35", b"99"))
    applied.run("plan").says("ring_time 20 s -> 35 s")


def test_what_cannot_be_cached_is_parsed_again(applied: Workspace) -> None:
    cache = applied.folder / ".reconciler" / "cache"
    shutil.rmtree(cache)
    cache.write_text("in the way")
    applied.run("plan").says("No changes.")
    cache.unlink()


# -- terminals --


def on_a_terminal(
    workspace: Workspace, *arguments: str, typed: Sequence[tuple[str, str]] = (), **environ: str
) -> tuple[int, str]:
    """Run the command on a terminal; type an answer when its question has been asked."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [str(COMMAND), *arguments],
        cwd=workspace.folder,
        env=workspace.environment({"TERM": "xterm-256color", **environ}),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        preexec_fn=lambda: os.login_tty(theirs),
    )
    os.close(theirs)
    seen = b""
    waiting = list(typed)
    end = time.monotonic() + DEADLINE_S
    while time.monotonic() < end:
        if not select.select([ours], [], [], 0.3)[0]:
            if waiting and waiting[0][0].encode() in seen:  # and it waits for the answer
                os.write(ours, waiting.pop(0)[1].encode())
            continue
        try:
            seen += os.read(ours, 65536)
        except OSError:  # the other side has closed it
            break
    code = process.wait(DEADLINE_S)  # before the terminal goes away: that would be one more signal
    os.close(ours)
    assert not waiting, f"never asked {waiting}:\n{seen.decode()}"
    return code, seen.decode()


def test_apply_asks_on_a_terminal(applied: Workspace) -> None:
    applied.edit("calls.yaml", "ring_time: 20", "ring_time: 35")
    question = "Only 'yes' is a yes"
    for answer in ("no", "y", ""):
        with applied.untouched():
            code, seen = on_a_terminal(applied, "apply", typed=[(question, f"{answer}\n")])
            assert code == 1
            assert "Nothing was done." in seen
    for key in ("\x03", "\x04"):  # Ctrl-C, Ctrl-D
        with applied.untouched():
            code, seen = on_a_terminal(applied, "apply", typed=[(question, key)])
            assert code == 130
            assert "Interrupted; nothing was begun." in seen
    # Off a terminal nobody can be asked.
    with applied.untouched():
        applied.run("apply", expect=64).says("--auto-approve")
    code, seen = on_a_terminal(applied, "apply", typed=[(question, "yes\n")])
    assert code == 0
    assert "1 changed" in seen
    assert "\x1b[" in seen  # colour, where people see it
    assert applied.pbx["ring_group"]["600"]["ring_time"] == 35


@pytest.mark.parametrize("how", ["variable", "option"])
def test_no_colour_when_nobody_wants_it(applied: Workspace, how: str) -> None:
    applied.edit("calls.yaml", "ring_time: 20", "ring_time: 35")
    more = ("--no-color",) if how == "option" else ()
    environ = {"NO_COLOR": "1"} if how == "variable" else {}
    _, seen = on_a_terminal(applied, "plan", *more, **environ)
    assert "1 to change" in seen
    assert "\x1b[3" not in seen
    assert "\x1b[1m" not in seen


def test_a_terminal_that_speaks_ascii_only(applied: Workspace) -> None:
    applied.edit("people.yaml", "name: Lobby", "name: Ångström")
    environ = {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "LC_ALL": "C"}
    told = applied.run("plan", environ=environ, cold=True).says("1 to change")
    assert told.out.replace("Ångström", "").isascii()  # people's own words stay theirs
    applied.run("apply", "--auto-approve", environ=environ, cold=True)
    assert applied.pbx["extension"]["1005"]["name"] == "Ångström"
    applied.run("drift", environ=environ, cold=True)
    applied.run("status", environ=environ, cold=True)


def test_a_reader_that_goes_away(applied: Workspace) -> None:
    """`reconciler plan | head -1` is no error that anybody wants to read about."""
    done = subprocess.run(
        f"{COMMAND} plan --full | true; {COMMAND} adapters asterisk | head -1; "
        f"{COMMAND} schema | head -1",
        shell=True,
        cwd=applied.folder,
        env=applied.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""


def test_a_checkout_that_lacks_what_was_applied_last_is_told(applied: Workspace) -> None:
    def git(*arguments: str) -> None:
        identity = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com")
        subprocess.run(["git", *identity, *arguments], cwd=applied.folder, check=True)

    git("init", "-q", "-b", "main")
    applied.write(".gitignore", "pbx.json\n")
    git("add", "-A")
    git("commit", "-qm", "all")
    git("checkout", "-qb", "branch")
    applied.edit("people.yaml", "name: Lobby", "name: Foyer")
    git("commit", "-qam", "renamed")
    applied.run("apply", "--auto-approve").says_not("not-in-history")
    # Further on in the same history there is nothing to say.
    applied.edit("people.yaml", "name: Foyer", "name: Hall")
    git("commit", "-qam", "again")
    applied.run("plan").says("to change").says_not("not-in-history")
    # The colleague who has not merged it would take it back, and is told before.
    git("checkout", "-q", "main")
    told = "which is not in the history of what is checked out here"
    applied.run("plan").says("warning[not-in-history]: Run 2 by", told, "git pull or merge first")
    applied.run("plan", "--format", "md").says("not-in-history")
    applied.edit(
        "inventory.yaml",
        "workspace:",
        "policy: {rails: {not-in-history: {severity: refuse}}}\nworkspace:",
    )
    with applied.untouched():
        applied.run("apply", "--auto-approve", expect=5).says("refused[not-in-history]")
    git("merge", "-q", "branch")
    applied.run("apply", "--auto-approve").says_not("not-in-history")
