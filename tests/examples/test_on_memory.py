"""Every example on the built-in platform: no findings, applied whole, nothing left, no drift."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.workspace import Workspace
from tests.examples.estates import EXAMPLES, copied

each_example = pytest.mark.parametrize("example", EXAMPLES, ids=lambda each: each.name)


@pytest.fixture
def estate(example: Path, tmp_path: Path) -> Workspace:
    """A copy of the example that can be applied."""
    return copied(example, tmp_path / "estate", on_memory=True)


@each_example
def test_it_validates_without_a_finding_as_it_stands(example: Path) -> None:
    done = Workspace(example).run("validate", "--no-cache", "--format", "json")
    assert done.json["diagnostics"] == []


@each_example
def test_it_is_written_in_canonical_order(example: Path) -> None:
    Workspace(example).run("fmt", "--check")


@each_example
def test_its_editor_lines_point_at_the_schema(example: Path) -> None:
    for file in example.rglob("*.yaml*"):
        first = file.read_text(encoding="utf-8").splitlines()[0]
        name = first.removeprefix("# yaml-language-server: $schema=")
        assert (file.parent / name).resolve().is_file(), f"{file}: {first}"


@each_example
def test_apply_does_it_all_and_leaves_nothing_to_do(estate: Workspace) -> None:
    validated = json.loads(estate.run("validate", "--format", "json").out)
    assert validated["diagnostics"] == []
    estate.run("plan", "--out", "plan.json", "--detailed-exitcode", expect=2)
    estate.run("apply", "plan.json").says(" 0 changed, 0 destroyed")
    estate.run("plan", "--detailed-exitcode").says("No changes.")
    estate.run("drift").says("No drift.")
    assert estate.leaks() == []


@each_example
def test_what_somebody_changes_by_hand_is_found_and_put_back(estate: Workspace) -> None:
    estate.run("apply", "--auto-approve")
    with estate.by_hand() as pbx:
        number = min(pbx["ring_group"])
        pbx["ring_group"][number]["members"].pop(0)
    estate.run("drift", expect=2).says("ring_group/", f"/{number}", "members")
    estate.run("apply", "--only-drift", "--auto-approve").says("1 mended")
    estate.run("drift").says("No drift.")


def test_the_law_firm_is_the_one_that_was_ordered(tmp_path: Path) -> None:
    """The numbers of the table: people, phones by model, DIDs, and so on."""
    example = next(each for each in EXAMPLES if each.name == "lumen-legal")
    estate = copied(example, tmp_path / "estate", on_memory=True)
    planned = json.loads(estate.run("plan", "--json").out)["resource_changes"]
    phones = {e["name"]: e["change"]["after"] for e in planned if e["type"] == "phone"}
    estate.run("apply", "--auto-approve")
    pbx = estate.pbx
    models = [each["model"] for each in phones.values()]
    assert {model: models.count(model) for model in set(models)} == {
        "T54W": 20,
        "CP920": 2,
        "VVX250": 2,
        "VVX450": 4,
    }
    assert len(pbx["extension"]) == 34
    assert sorted(pbx["inbound_route"]) == [f"+1213555{n:04}" for n in range(100, 150)]
    assert len(pbx["blocklist"]) == 12
    assert sum(each.get("voicemail.enabled", True) for each in pbx["extension"].values()) == 29
    sections = {
        "ivr": 3,
        "queue": 1,
        "day_night": 1,
        "conference": 2,
        "trunk": 2,
        "announcement": 7,
    }
    assert {kind: len(pbx[kind]) for kind in sections} == sections
    classes = {each.get("class_of_service") for each in pbx["extension"].values()} - {None}
    assert classes == {"common", "staff", "attorneys", "partners"}
    apps = [e["change"]["after"]["app"] for e in planned if e["type"] == "softphone"]
    assert sorted(apps) == ["groundwire", "linphone", "linphone", "zoiper"]
    lamps = [key for key in phones["reception"]["keys"] if key.get("blf", "").startswith("ext")]
    assert len(lamps) == 24
    locations = {each.get("emergency_caller_id") for each in pbx["extension"].values()}
    assert locations == {"+12135550107", "+12135550108", "+12135550109"}
