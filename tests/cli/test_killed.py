"""SIGKILL at every boundary of an apply: the next one converges, nothing is lost or done twice.

A boundary is a transaction of the journal, a write of the platform, of the secret store, or of any
other file. Each is met as often as the run meets it, and the run is killed before it and after it.
"""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.cli.workspace import CANARIES, Workspace, copied, fill

AGREED = ("--auto-approve", "--allow", "foreign-object", "--reason", "test")


def new(folder: Path) -> Workspace:
    """An empty PBX on which everything is to be created, a reference cycle included."""
    workspace = fill(folder)
    workspace.run("secrets", "set", "cleo", stdin=CANARIES["store"])
    return workspace


def changed(folder: Path) -> Workspace:
    """An applied estate with every kind of change at once, drift and somebody else's objects."""
    workspace = new(folder)
    workspace.run("apply", *AGREED)
    workspace.edit("calls.yaml", "ring_time: 20", "ring_time: 35")
    workspace.edit("calls.yaml", '"9": ivr/main', '"8": ivr/main, "9": queue/700')
    workspace.edit("people.yaml", '  "1005":', '  "1055":')
    workspace.drop_person("1004")
    workspace.append(
        "people.yaml",
        '  "1006": {name: Eve, secret: {secret: generated}, emergency_caller_id: "+441134960106"}\n'
        '  "1007": {name: Fay, emergency_caller_id: "+441134960107"}\n'
        "moved: [{from: extension/1005, to: extension/1055}]\n",
    )
    workspace.append("calls.yaml", '\nqueues: {"700": {name: Sales, members: ["1006"]}}\n')
    with workspace.by_hand() as pbx:
        pbx["extension"]["1001"]["name"] = "Drifted"
        pbx["extension"]["1007"] = {"name": "Fay by hand", "ring_time": 44}
        pbx["extension"]["9001"] = {"name": "Old fax"}
        del pbx["trunk"]["bandlane"]["match"]
    return workspace


SCENARIOS = {"new": new, "changed": changed}
BOUNDARIES = [
    ("commit", True),
    ("platform", False),
    ("platform", True),
    ("secrets", False),
    ("secrets", True),
    ("file", True),
]


@pytest.fixture(scope="module")
def starts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Workspace, dict[str, Any]]]:
    """Each scenario before its apply, and what has to be there afterwards."""
    found = {}
    for name, make in SCENARIOS.items():
        start = make(tmp_path_factory.mktemp(name) / "work")
        done = copied(start, start.folder.parent / "done")
        done.run("apply", *AGREED)
        found[name] = (start, outcome(done))
    return found


def outcome(workspace: Workspace) -> dict[str, Any]:
    """Return everything that has to be the same however often the apply was killed."""
    pbx = json.loads(json.dumps(workspace.pbx))
    made = {}
    for kind, objects in pbx.items():
        for key, fields in objects.items():
            for path in ("secret", "voicemail.pin"):
                if path in fields and fields[path] not in CANARIES.values():
                    made[kind, key, path] = len(fields.pop(path))
    store = json.loads(workspace.read(".reconciler/secrets.store"))
    return {
        "pbx": pbx,
        "made": made,
        "owned": workspace.rows("SELECT kind, key, how FROM owned ORDER BY kind, key"),
        "owed": workspace.rows("SELECT * FROM owed"),
        "open": workspace.rows("SELECT * FROM steps WHERE open"),
        "secrets": sorted(store["secrets"]),
        "running": workspace.rows("SELECT id FROM runs WHERE state = 'running'"),
    }


@pytest.mark.parametrize(("at", "after"), BOUNDARIES)
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_killed_at_every_boundary(
    starts: Mapping[str, tuple[Workspace, dict[str, Any]]],
    tmp_path: Path,
    scenario: str,
    at: str,
    after: bool,
) -> None:
    start, expected = starts[scenario]
    call = 0
    while True:
        call += 1
        workspace = copied(start, tmp_path / "work")
        generated = workspace.pbx.get("extension", {}).get("1005", {}).get("secret")
        die = {"at": at, "call": call, "after": after}
        killed = workspace.run("apply", *AGREED, die=die, expect=None)
        if killed.code == 0:
            break
        assert killed.code == -9, killed
        again = workspace.run("apply", *AGREED)
        where = f"killed {'after' if after else 'before'} {at} {call}:\n{again}"
        assert outcome(workspace) == expected, where
        moved = workspace.pbx["extension"].get("1055", {}).get("secret")
        assert moved == generated, where  # phones keep their password through it all
        with workspace.untouched():
            workspace.run("plan", "--detailed-exitcode")
        workspace.prove_chain()
        assert workspace.leaks() == [], where
        shutil.rmtree(workspace.folder)
    assert call > 1, "no boundary was met"


@pytest.mark.parametrize(
    ("command", "at"),
    [
        ("import", "commit"),
        ("import", "file"),
        ("import", "secrets"),
        ("adopt", "commit"),
        ("rollback", "commit"),
    ],
)
def test_other_commands_killed_at_every_boundary(
    starts: Mapping[str, tuple[Workspace, dict[str, Any]]],
    tmp_path: Path,
    command: str,
    at: str,
) -> None:
    """They write little, and what they write is whole: run again, they do the rest."""
    base = starts["changed"][0]
    call = 0
    while True:
        call += 1
        workspace = copied(base, tmp_path / "work")
        arguments = {
            "import": ("import", "office", "--out", "tenants", "--target", "extension/office/9*"),
            "adopt": ("adopt", "extension/office/1007"),
            "rollback": ("rollback", "1", "--auto-approve", "--allow", "emergency-route",
                         "--allow", "number-release", "--allow", "shrunk-desired",
                         "--allow", "too-many-deletes", "--reason", "test"),
        }[command]  # fmt: skip
        if command == "import":
            with workspace.by_hand() as pbx:
                pbx["extension"]["9001"]["secret"] = "canary-Fax-2dCv"
            workspace.planted.add("canary-Fax-2dCv")
        die = {"at": at, "call": call, "after": True}
        killed = workspace.run(*arguments, die=die, expect=None)
        if killed.code != -9:
            assert killed.code == 0, killed
            break
        if command == "import":
            # Whatever was written stays, and is never written over.
            shutil.rmtree(workspace.folder / "tenants", ignore_errors=True)
            known = "extension/office/9001" in workspace.owned()
            again = workspace.run(*arguments)
            assert known or "9001" in workspace.read("tenants/extensions.yaml"), again
        else:
            workspace.run(*arguments)
        if command == "adopt":
            assert "extension/office/1007" in workspace.owned()
        if command == "rollback":
            assert sorted(workspace.pbx["extension"]) == ["1007", "9001"]
        workspace.prove_chain()
        assert workspace.leaks() == []
        shutil.rmtree(workspace.folder)
    assert call > 1, "no boundary was met"
