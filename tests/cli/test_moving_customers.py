"""A customer moves from one PBX to another: nobody is without numbers in between, or for good."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.workspace import Workspace, fill

INVENTORY = """\
apiVersion: reconciler/v1
pbxs:
  east: {adapter: memory, file: east.json, timezone: America/New_York, country: US}
  west: {adapter: memory, file: west.json, timezone: America/New_York, country: US}
policy: {protected_numbers: ["+12125550131"]}
"""
CEDAR = """\
apiVersion: reconciler/v1
pbx: east
extensions:
  "1301": {name: Gus Lind, secret: {secret: generated}, voicemail: {email: gus@example.com}}
inbound_routes:
  "+12125550131": {name: Cedar, destination: extension/1301, protect: true}
"""
OTHERS = """\
apiVersion: reconciler/v1
pbx: east
extensions:
  "1101": {name: Ada Okafor, secret: {secret: generated}}
  "1102": {name: Ben Roy, secret: {secret: generated}}
---
apiVersion: reconciler/v1
pbx: west
extensions:
  "1102": {name: Uma Rao, secret: {secret: generated}}
"""
NUMBER = "+12125550131"


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Workspace]:
    files = {"inventory.yaml": INVENTORY, "cedar.yaml": CEDAR, "others.yaml": OTHERS}
    workspace = fill(tmp_path / "work", files)
    workspace.run("apply", "--auto-approve")
    yield workspace
    assert workspace.leaks() == []


def holds(workspace: Workspace, pbx: str, kind: str = "inbound_route") -> list[str]:
    return sorted(json.loads(workspace.read(f"{pbx}.json")).get(kind, {}))


def test_it_leaves_when_it_has_arrived(two: Workspace) -> None:
    two.edit("cedar.yaml", "pbx: east", "pbx: west")
    two.run("plan").says(
        "+1 212 555 0131 moves from east to west: ends at Gus Lind there",
        "Gus Lind (1301) moves from east to west: phones have to register there, and messages in "
        "the voicemail stay behind",
        "Plan: 2 to add, 0 to change, 2 to destroy",
    ).says_not("refused[", "is no longer routed", "removed: can no longer")
    told = two.run("apply", "--auto-approve").out
    arrived = told.index(f"number {NUMBER} added")
    assert arrived < told.index(f"number {NUMBER} removed"), told
    assert (holds(two, "east"), holds(two, "west")) == ([], [NUMBER])
    two.run("plan", "--detailed-exitcode")


def test_it_stays_while_the_other_pbx_does_not_answer(two: Workspace) -> None:
    two.edit("cedar.yaml", "pbx: east", "pbx: west")
    two.edit("others.yaml", "name: Ada Okafor", "name: Ada Obi")
    away = two.folder / "west.aside"
    (two.folder / "west.json").rename(away)
    (two.folder / "west.json").mkdir()
    two.run("plan", expect=1).says(
        f"stays until inbound_route/west/{NUMBER} is there", "0 to add, 1 to change, 0 to destroy"
    )
    two.run("apply", "--auto-approve", expect=3).says("1 changed, 0 destroyed")
    assert holds(two, "east") == [NUMBER]
    assert "1301" in holds(two, "east", "extension")
    (two.folder / "west.json").rmdir()
    away.rename(two.folder / "west.json")
    two.run("apply", "--auto-approve").says("2 added, 0 changed, 2 destroyed")
    assert (holds(two, "east"), holds(two, "west")) == ([], [NUMBER])


def test_a_part_of_the_plan_does_not_tear_it(two: Workspace) -> None:
    two.edit("cedar.yaml", "pbx: east", "pbx: west")
    two.run("apply", "--auto-approve", "--pbx", "east").says(
        f"stays until inbound_route/west/{NUMBER} is there, which is not selected"
    )
    assert holds(two, "east") == [NUMBER]
    # Who asks for the end of the one asks for what takes its place, and for what that needs.
    two.run("apply", "--auto-approve", "--target", f"inbound_route/east/{NUMBER}")
    assert (holds(two, "east"), holds(two, "west")) == ([], [NUMBER])
    assert "1301" in holds(two, "west", "extension")


def test_a_number_that_ends_at_nobody_there_is_still_refused(two: Workspace) -> None:
    two.edit("cedar.yaml", "pbx: east", "pbx: west")
    two.edit("cedar.yaml", "destination: extension/1301", "destination: voicemail/1301")
    two.run("plan", expect=5).says("refused[protected-number]").says_not("refused[number-release]")


def test_who_has_the_same_number_elsewhere_is_somebody_else(two: Workspace) -> None:
    two.edit("others.yaml", '  "1102": {name: Ben Roy, secret: {secret: generated}}\n', "")
    two.run("plan").says("Ben Roy (1102) removed").says_not("moves from")


def test_a_pbx_gets_another_name_and_nothing_else_changes(two: Workspace) -> None:
    before = two.read("east.json")
    for file in ("inventory.yaml", "cedar.yaml", "others.yaml"):
        two.write(file, re.sub(r"\beast(?=\n|:)", "boston", two.read(file)))
    two.append("cedar.yaml", "moved: [{from: pbx/east, to: pbx/boston}]\n")
    two.run("plan").says("0 to add, 0 to change, 0 to destroy, 4 to take over, 4 to let go")
    two.run("apply", "--auto-approve")
    assert two.read("east.json") == before, "passwords that were made are another's now"
    two.run("plan", "--detailed-exitcode")
    assert not [each for each in two.owned() if "/east/" in each]
    # The sentence may stay. Under both names at once it makes no sense.
    two.edit("inventory.yaml", "  west:", "  east: {adapter: memory}\n  west:")
    two.run("validate", expect=1).says("error[bad-move]", "pbx/east is still declared")


def test_an_extension_gets_another_number_with_the_pbx_s_new_name(two: Workspace) -> None:
    password = json.loads(two.read("east.json"))["extension"]["1101"]["secret"]
    for file in ("inventory.yaml", "cedar.yaml", "others.yaml"):
        two.write(file, re.sub(r"\beast(?=\n|:)", "boston", two.read(file)))
    two.append("cedar.yaml", "moved: [{from: pbx/east, to: pbx/boston}]\n")
    two.run("apply", "--auto-approve")
    two.edit("others.yaml", '"1101"', '"1109"')
    two.edit("cedar.yaml", "moved: [", "moved: [{from: extension/1101, to: extension/1109}, ")
    two.run("apply", "--auto-approve").says("0 changed, 0 destroyed, 1 moved")
    assert json.loads(two.read("east.json"))["extension"]["1109"]["secret"] == password
