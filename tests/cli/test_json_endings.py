"""Whoever asks for JSON gets one document, however the command ends."""

import json
import re
import signal
from collections.abc import Iterator
from typing import Any

import click
import pytest

from reconciler.cli import cli
from tests.cli.forkserver import ROOT
from tests.cli.workspace import Ended, Workspace, fill

READ_FILES = {
    "softphone url": ["ada"],
    "plan": [],
    "apply": ["--auto-approve"],
    "drift": [],
    "adopt": ["ring_group/office/600"],
    "import": ["office", "--out", "elsewhere"],
    "status": [],
    "rollback": ["1", "--auto-approve"],
    "calls active": [],
    "onboard": ["lobby"],
    "firmware compliance": [],
    "firmware upgrade": ["lobby", "--yes"],
    "phones backup": ["lobby"],
    "phones factory-reset": ["lobby"],
    "phones live-status": ["lobby"],
    "phones push-sip": ["lobby"],
    "phones reboot": ["lobby"],
    "phones resync": ["lobby"],
    "phones test-connection": ["lobby"],
    "doctor": [],
    "explain": ["extension/office/1001"],
}
"""Commands with --json that begin with the files, and arguments that they take."""

OTHERS = {
    "validate": "has its own document for mistakes",
    "show": "reads a saved plan",
    "history": "reads the journal",
    "secrets list": "reads the store",
    "adapters": "reads nothing",
    "discover": "looks into a network",
    "provision status": "reads the published store",
    "provision tokens list": "reads the published store",
    "provision check": "asks a server",
}


def _offer(command: click.Command, name: tuple[str, ...] = ()) -> Iterator[str]:
    if isinstance(command, click.Group):
        context = click.Context(command)
        for each in command.list_commands(context):
            if (under := command.get_command(context, each)) is not None:
                yield from _offer(under, (*name, each))
    elif any("--json" in each.opts for each in command.params):
        yield " ".join(name)


def ended(told: Ended, command: str, how: str) -> dict[str, Any]:
    """Return the document of a command that ended early; its exit code is the process's."""
    found: dict[str, Any] = told.json
    assert (found["command"], found["ended"]) == (command, how), told
    assert found["exit_code"] == told.code
    assert told.err.strip(), "people are told as ever"
    return found


def test_every_command_that_offers_json_is_looked_at() -> None:
    assert set(_offer(cli)) == READ_FILES.keys() | OTHERS.keys()


@pytest.fixture(scope="module")
def mistaken(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace with mistakes in two of its files; nothing changes it."""
    workspace = fill(tmp_path_factory.mktemp("mistaken") / "work")
    workspace.edit("calls.yaml", "ring_time: 20", "ring_tiem: 20")
    workspace.edit("people.yaml", "name: Ben Roy", "nmae: Ben Roy")
    return workspace


@pytest.fixture(scope="module")
def valid(mistaken: Workspace) -> Any:
    """What `validate --json` says of it."""
    return mistaken.run("validate", "--json", expect=1).json


@pytest.mark.parametrize("command", READ_FILES)
def test_mistakes_in_files(mistaken: Workspace, valid: Any, command: str) -> None:
    told = mistaken.run(*command.split(), *READ_FILES[command], "--json", expect=1)
    found = ended(told, command, "error")
    errors = [each for each in valid["diagnostics"] if each["severity"] == "error"]
    assert [each for each in found["diagnostics"] if each["severity"] == "error"] == errors
    assert found["errors"] == valid["errors"] == len(errors) > 1


def test_a_platform_that_cannot_be_read(applied: Workspace) -> None:
    held = applied.read("pbx.json")
    applied.write("pbx.json", "not what it was")
    for command in ("plan", "apply", "drift", "adopt", "import"):
        told = applied.run(command, *READ_FILES[command], "--json", expect=1)
        [failure, *_] = ended(told, command, "error")["failures"]
        assert failure["code"] != "bug"
        assert "office" in failure["message"]
    ended(applied.run("status", "--json", expect=1), "status", "error")
    # It has a document of its own for what it could not reach.
    told = applied.run("doctor", "--json", expect=1).json
    assert (told["command"], told.get("ended")) == ("doctor", None)
    applied.write("pbx.json", held)


def test_other_ways_to_end(applied: Workspace) -> None:
    found = ended(applied.run("plan", "--json", "--no-such", expect=64), "plan", "usage")
    assert "--no-such" in str(found["failures"])
    ended(applied.run("show", "nowhere.json", "--json", expect=64), "show", "usage")
    ended(applied.run("history", "77", "--json", expect=1), "history", "error")
    del applied.environ["ADA_SECRET"]
    found = ended(applied.run("plan", "--format", "json", expect=1), "plan", "error")
    assert "secret-unavailable" in str(found["diagnostics"])


def test_a_document_that_cannot_be_written(mistaken: Workspace) -> None:
    full = ("sh", "-c", 'exec "$@" > /dev/full', "sh")
    told = mistaken.run("plan", "--json", expect=1, before=full)
    told.says("error[unknown-field]", "error[files]: No space left on device")


def test_a_stale_plan(applied: Workspace) -> None:
    applied.edit("calls.yaml", "ring_time: 20", "ring_time: 35")
    applied.run("plan", "--out", "saved.json")
    applied.edit("saved.json", "35", "36")
    told = applied.run("apply", "saved.json", "--auto-approve", "--json", expect=7)
    ended(told, "apply", "stale")


def test_a_locked_journal_and_ctrl_c(fresh: Workspace) -> None:
    holder = fresh.start_and_pause("apply", "--auto-approve", at="platform", call=2)
    told = fresh.run("apply", "--auto-approve", "--json", expect=6)
    assert "journal-locked" in str(ended(told, "apply", "locked")["failures"])
    plan = fresh.start_and_pause("plan", "--json", at="read")
    plan.send_signal(signal.SIGINT)
    ended(fresh.go_on(plan, expect=130), "plan", "interrupted")
    fresh.go_on(holder, expect=0)


def test_a_rail_that_refuses_has_the_commands_own_document(applied: Workspace) -> None:
    applied.edit("calls.yaml", "  emergency: {order: 1", "  # emergency: {order: 1")
    for command in ("plan", "apply"):
        told = applied.run(command, *READ_FILES[command], "--json", expect=5)
        assert "ended" not in told.json
        assert told.json["summary"]["destroy"] == 1
    assert (told.json["state"], told.json["run"]) == ("refused", None)
    assert any(each["allowed"] is None for each in told.json["rails"])


SHOWN = (
    "plan", "drift", "status", "history", "history 1", "doctor", "adapters",
    "explain queue", "explain bad-key", "explain prevent_destroy", "validate",
    "explain extension/office/1001", "adopt ring_group/office/600 --dry-run",
    "apply --auto-approve",
)  # fmt: skip


MAPS = {"kinds", "notes", "unheld", "behind", "owned", "done", "counts", "before", "after"}
"""Fields whose own fields are names of something, as many as there are."""
TOLD_ONCE = {"summary"}
"""Shapes of several commands, which the README tells before them."""


def _documented() -> dict[str, list[Any]]:
    """Return every document that stands as an example in the READMEs of outputs."""
    shapes: dict[str, list[Any]] = {}
    for text in (ROOT / "reconciler" / each / "README.md" for each in ("views", "provisioning")):
        for block in re.findall("```json\n(.*?)```", text.read_text(), re.DOTALL):
            found = json.loads(block)
            if "ended" not in found:
                shapes.setdefault(found["command"], []).append(found)
    return shapes


def _unlike(example: Any, told: Any, path: str = "") -> Iterator[str]:
    """Yield the fields that only one of both has, also of what stands in their lists."""
    if isinstance(example, list) and isinstance(told, list):
        for each in told if example else ():
            yield from _unlike(example[0], each, f"{path}[]")
    if isinstance(example, dict) and isinstance(told, dict) and example:
        if path.rpartition(".")[2] in MAPS:
            for each in told.values():
                yield from _unlike(next(iter(example.values())), each, f"{path}[]")
            return
        yield from (f"{path}.{each}" for each in example.keys() ^ told.keys())
        for each in (example.keys() & told.keys()) - TOLD_ONCE:
            yield from _unlike(example[each], told[each], f"{path}.{each}")


def test_documents_have_the_fields_that_are_written_about_them(applied: Workspace) -> None:
    """Neither more nor less: who writes a pipeline reads the README."""
    documented = _documented()
    for arguments in SHOWN:
        told = applied.run(*arguments.split(), "--json")
        shapes = documented[told.json["command"]]
        found = min((set(_unlike(each, told.json)) for each in shapes), key=len)
        assert found == set(), arguments
