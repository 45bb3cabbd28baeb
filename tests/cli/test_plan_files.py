"""A saved plan is carried out as it is, or refused with exit 7: never something in between."""

import json
from pathlib import Path

import pytest

from reconciler.planning.planfile import show_plan, write_plan
from tests.cli.workspace import Workspace, copied


@pytest.fixture
def planned(applied: Workspace) -> Workspace:
    """A workspace with a saved plan of one change."""
    applied.edit("calls.yaml", "ring_time: 20", "ring_time: 35")
    applied.run("plan", "--out", "plan.json")
    return applied


def stale(workspace: Workspace, *says: str, file: str = "plan.json") -> None:
    """The plan is refused, with one message, and nothing is written."""
    with workspace.untouched():
        told = workspace.run("apply", file, expect=7)
    assert told.err.count("error[plan-file-invalid]") == 1, told
    assert told.err.count("error[") == 1, told
    told.says(*says)


def test_changed_after_it_was_made(planned: Workspace) -> None:
    text = planned.read("plan.json")
    for old, new in (
        ('"ring_time":35', '"ring_time":36'),
        ("tester@here", "mallory@far"),
        ('"expires":"2', '"expires":"9'),
        ('"hmac":"', '"hmac":"0'),
    ):
        assert old in text
        planned.write("plan.json", text.replace(old, new))
        stale(planned, "was changed after it was made, or belongs to another workspace")
    data = json.loads(text)
    del data["x_telephony"]["hmac"]
    planned.write("plan.json", json.dumps(data))
    stale(planned, "was changed after it was made")
    planned.write("plan.json", text)
    planned.run("apply", "plan.json").says("1 changed")
    # Done twice is not done twice.
    stale(planned, "ring_group/office/600 has changed on pbx/office")


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "{}", "null", '{"x_telephony": 1}', '{"x_telephony": {"plan": {}}}',
     '{"x_telephony": {"version": 99, "plan": {}}}', "\x00\x01", "[" * 100_000],
)  # fmt: skip
def test_no_plan_at_all(planned: Workspace, text: str) -> None:
    planned.write("plan.json", text)
    stale(planned)
    with planned.untouched():
        planned.run("show", "plan.json", expect=7)


def test_what_is_not_even_text(planned: Workspace) -> None:
    file = planned.folder / "plan.json"
    whole = file.read_bytes()
    for damaged in (b"\xff\xfe{}", whole.replace(b"tester@here", b"tester\xbahere")):
        file.write_bytes(damaged)
        stale(planned, "the plan file is not JSON")
        planned.run("show", "plan.json", expect=7).says(
            "the plan file is not JSON", "reconciler plan --out FILE"
        )


def test_expired(planned: Workspace) -> None:
    key = (planned.folder / ".reconciler" / "workspace.key").read_bytes().strip()
    plan, header = show_plan(planned.read("plan.json"), key)
    old = header._replace(created="2020-01-01T00:00:00Z", expires="2020-01-02T00:00:00Z")
    planned.write("plan.json", write_plan(plan, old, key))
    stale(planned, "the plan expired at 2020-01-02T00:00:00Z", "reconciler plan --out")
    planned.run("show", "plan.json").says("1 to change")


def test_the_pbx_has_changed(planned: Workspace) -> None:
    with planned.by_hand() as pbx:
        pbx["ring_group"]["600"]["name"] = "By hand"
    stale(planned, "ring_group/office/600 has changed on pbx/office", "Nothing was done.")
    with planned.by_hand() as pbx:
        del pbx["ring_group"]["600"]
    stale(planned, "ring_group/office/600 has changed on pbx/office")


def test_what_the_plan_does_not_touch_may_change(planned: Workspace) -> None:
    with planned.by_hand() as pbx:
        pbx["trunk"]["bandlane"]["channels"] = 7
        pbx["extension"]["9999"] = {"name": "New"}
    planned.run("apply", "plan.json").says("1 changed")


def test_the_files_have_changed(planned: Workspace) -> None:
    planned.append("people.yaml", "# only a comment\n")
    stale(planned, "the files have changed since it was made")
    planned.edit("people.yaml", "# only a comment\n", "")
    (planned.folder / "more.yaml").write_text("apiVersion: reconciler/v1\n")
    stale(planned, "the files have changed since it was made")


def test_of_another_workspace(planned: Workspace, tmp_path: Path) -> None:
    other = copied(planned, tmp_path / "other")
    for name in ("workspace.key", "journal.db", "journal.db.head"):
        (other.folder / ".reconciler" / name).unlink(missing_ok=True)
    before = other.pbx
    told = other.run("apply", "plan.json", expect=7).says("belongs to another workspace")
    assert told.err.count("error[") == 1
    assert other.pbx == before
    # Without any key at hand it can still be read.
    bare = copied(planned, tmp_path / "bare")
    (bare.folder / ".reconciler").rename(tmp_path / "aside")
    bare.run("show", "plan.json").says("1 to change")


def test_a_saved_plan_is_carried_out_whole(planned: Workspace) -> None:
    with planned.untouched():
        for more in (("--target", "x"), ("--only-drift",), ("--resume", "1"), ("--pbx", "office")):
            planned.run("apply", "plan.json", *more, expect=64).says("whole")
        planned.run("apply", "no-such-plan.json", expect=1).says("error[file-missing]")


def test_a_plan_of_a_part(applied: Workspace) -> None:
    applied.edit("calls.yaml", "ring_time: 20", "ring_time: 35")
    applied.edit("people.yaml", "name: Lobby", "name: Foyer")
    applied.run("plan", "--target", "extension/office/1005", "--out", "part.plan")
    applied.run("apply", "part.plan").says("1 changed")
    assert applied.pbx["extension"]["1005"]["name"] == "Foyer"
    assert applied.pbx["ring_group"]["600"]["ring_time"] == 20


def test_a_plan_that_a_rail_refused_and_somebody_allowed(applied: Workspace) -> None:
    applied.edit("calls.yaml", '  "+441134960101"', '  # "+441134960101"')
    applied.run("plan", "--out", "plan.json", expect=5)
    with applied.untouched():
        applied.run("apply", "plan.json", expect=5).says("refused[number-release]")
    why = ("--allow", "number-release", "--reason", "ported")
    applied.run("plan", "--out", "allowed.json", *why)
    applied.run("apply", "allowed.json").says("1 destroyed")
    facts = applied.rows("SELECT facts FROM audit WHERE event = 'override'")
    assert [json.loads(row[0])["reason"] for row in facts] == ["ported"]


def test_where_a_plan_cannot_be_saved(applied: Workspace) -> None:
    with applied.untouched():
        told = applied.run("plan", "--out", "no/such/folder/plan.json", expect=1)
        assert told.err.count("error[") == 1
        applied.run("plan", "--out", ".", expect=64)
        applied.run("plan", "--out", "/dev/full/x", expect=1)
