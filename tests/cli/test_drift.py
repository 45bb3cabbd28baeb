"""What others do on the PBX: said as such, put back or taken over, never mixed with our changes."""

from tests.cli.workspace import Workspace


def test_three_kinds_of_drift(applied: Workspace) -> None:
    with applied.by_hand() as pbx:
        pbx["ring_group"]["600"]["ring_time"] = 5
        pbx["extension"]["1001"]["secret"] = "canary-Drifted-8xQw"
        del pbx["extension"]["1005"]
        pbx["extension"]["1099"] = {"name": "Printer"}
    applied.planted.add("canary-Drifted-8xQw")
    with applied.untouched():
        told = applied.run("drift", expect=2)
        told.says(
            "Drift on 4 objects",
            "! extension/office/1005 deleted on the PBX we created it",
            "! extension/office/1099 added on the PBX",
            "ring_time 20 s -> 5 s",
            "reconciler apply --only-drift",
            "reconciler adopt",
        )
        found = {e["address"]: e for e in applied.run("drift", "--json", expect=2).json["drift"]}
    assert {address: each["what"] for address, each in found.items()} == {
        "extension/office/1001": "changed",
        "extension/office/1005": "deleted",
        "extension/office/1099": "added",
        "ring_group/office/600": "changed",
    }
    group = found["ring_group/office/600"]
    assert [(f["field"], f["expected"], f["actual"]) for f in group["fields"]] == [
        ("ring_time", 20, 5)
    ]
    assert (group["last_applied"]["by"], group["last_applied"]["run"]) == ("tester@here", 1)

    # A change of ours beside it is none of --only-drift's business.
    applied.edit("calls.yaml", "{name: Reception,", "{name: Front desk,")
    with applied.untouched():
        applied.run("plan").says(
            "Drift (changed on the PBX, not by us; this plan puts it back)",
            'name "Reception" -> "Front desk"',
            "ring_time 5 s -> 20 s",
            "0 to add, 1 to change, 0 to destroy, 2 drifts to mend",
        )
    applied.run("apply", "--only-drift", "--auto-approve").says("3 mended")
    pbx = applied.pbx
    assert pbx["ring_group"]["600"]["ring_time"] == 20
    assert pbx["ring_group"]["600"]["name"] == "Reception"
    assert pbx["extension"]["1001"]["secret"] == applied.environ["ADA_SECRET"]
    assert pbx["extension"]["1005"]["name"] == "Lobby"
    assert pbx["extension"]["1099"] == {"name": "Printer"}
    # What was added is known of now, and is nobody's drift any more.
    applied.run("drift")
    applied.run("plan").says("~ ring_group/office/600", "1 to change")


def test_what_leaves_or_moves_is_watched_until_it_is_gone(applied: Workspace) -> None:
    with applied.by_hand() as pbx:
        pbx["extension"]["1005"]["name"] = "Foyer"
    applied.drop_person("1005")
    with applied.untouched():
        told = applied.run("drift", expect=2)
        told.says(
            "! extension/office/1005 no longer declared, the next apply deletes it",
            'name "Lobby" -> "Foyer"', "reconciler plan",
        )  # fmt: skip
        told.says_not("--only-drift", "adopt")


def test_a_recreated_object_keeps_its_generated_secret(applied: Workspace) -> None:
    secret = applied.pbx["extension"]["1005"]["secret"]
    with applied.by_hand() as pbx:
        del pbx["extension"]["1005"]
    applied.run("apply", "--auto-approve")
    assert applied.pbx["extension"]["1005"]["secret"] == secret


def test_both_changed_the_same_field(applied: Workspace) -> None:
    with applied.by_hand() as pbx:
        pbx["ring_group"]["600"]["ring_time"] = 5
    applied.edit("calls.yaml", "ring_time: 20", "ring_time: 35")
    applied.run("plan").says(
        "Conflicts (we want something new, others changed it meanwhile",
        "ring_time live now 5 s last applied 20 s",
        "we want 35 s",
    )
    change = next(
        each
        for each in applied.run("plan", "--json").json["resource_changes"]
        if each["address"] == "ring_group/office/600"
    )
    assert change["change"]["before"]["ring_time"] == 5
    assert change["change"]["after"]["ring_time"] == 35
    applied.run("drift", expect=2).says("20 s -> 5 s")
    applied.run("apply", "--only-drift", "--auto-approve").says("No changes")
    applied.run("apply", "--auto-approve")
    assert applied.pbx["ring_group"]["600"]["ring_time"] == 35
    # When somebody has already done what we want, there is nothing to do and nothing to report.
    with applied.by_hand() as pbx:
        pbx["ring_group"]["600"]["ring_time"] = 40
    applied.edit("calls.yaml", "ring_time: 35", "ring_time: 40")
    applied.run("apply", "--auto-approve").says("No changes")
    applied.run("drift")


def test_what_is_not_declared_and_not_ours_is_left_alone(applied: Workspace) -> None:
    with applied.by_hand() as pbx:
        pbx["extension"]["9001"] = {"name": "Old fax", "secret": "canary-Foreign-5tGb"}
        pbx["extension"]["1002"]["call_waiting"] = False  # a field that the files do not claim
    applied.planted.add("canary-Foreign-5tGb")
    applied.run("status", "--unmanaged").says("extension/office/9001")
    applied.run("plan").says("No changes.", "Not ours, left alone: 1 extension")
    applied.run("apply", "--auto-approve")
    assert applied.pbx["extension"]["9001"]["name"] == "Old fax"
    assert applied.pbx["extension"]["1002"]["call_waiting"] is False


def test_an_object_that_exists_is_not_created_blindly(fresh: Workspace) -> None:
    """A create that meets an object of the same number becomes a takeover with a diff."""
    with fresh.by_hand() as pbx:
        pbx["extension"] = {"1005": {"name": "Somebody else", "ring_time": 99}}
    with fresh.untouched():
        fresh.run("apply", "--auto-approve", expect=5).says(
            "refused[foreign-object]: extension/office/1005 exists on office and is not ours",
            "reconciler adopt extension/office/1005",
        )
    allowed = ("--allow", "foreign-object", "--reason", "it is the same phone")
    fresh.run("apply", "--auto-approve", *allowed).says("1 taken over")
    found = fresh.pbx["extension"]["1005"]
    assert (found["name"], found["ring_time"]) == ("Lobby", 99)
    fresh.run("plan").says("No changes.")


def test_accepting_what_others_did(applied: Workspace) -> None:
    with applied.by_hand() as pbx:
        pbx["ring_group"]["600"]["ring_time"] = 5
        del pbx["extension"]["1005"]
        pbx["extension"]["1099"] = {"name": "Printer"}
    before = applied.pbx
    with applied.untouched():
        applied.run("apply", "--refresh-only", expect=64).says("--auto-approve")
        applied.run("apply", "--refresh-only", "--resume", "1", expect=64)
    applied.run("apply", "--refresh-only", "--auto-approve").says("Remembered as it is now")
    assert applied.pbx == before
    applied.run("drift").says("No drift.")
    # What the files want otherwise is a change now.
    applied.run("plan").says("ring_time 5 s -> 20 s", "+ extension/office/1005", "1 to change")
    applied.edit("calls.yaml", "ring_time: 20", "ring_time: 5")
    applied.run("plan").says("1 to add, 0 to change, 0 to destroy").says_not("mend")
    applied.run("history", "--verify")


def test_what_could_not_be_read_is_not_called_without_drift(applied: Workspace) -> None:
    applied.write(
        "annex.yaml",
        "apiVersion: reconciler/v1\npbxs:\n  annex: {adapter: memory, file: annex.json}\n",
    )
    applied.write("annex.json", "not what it was")
    told = applied.run("drift", expect=1)
    told.says("No drift where it could be read.", "annex not reachable").says_not("No drift.")


def test_what_was_only_added_cannot_be_put_back(applied: Workspace) -> None:
    with applied.by_hand() as pbx:
        pbx["extension"]["1099"] = {"name": "Printer"}
    applied.run("drift", expect=2).says(
        "added on the PBX", "--refresh-only", "reconciler import office --out DIR"
    ).says_not("Put it back")
    applied.run("apply", "--only-drift", "--auto-approve").says("No changes.")
    applied.run("apply", "--refresh-only", "--auto-approve")
    applied.run("drift").says("No drift.")
    assert "1099" in applied.pbx["extension"]
