"""What an entry may say of itself: moved, removed, protected, ignored; and whose a field is."""

from pathlib import Path

from tests.cli.workspace import Workspace, copied

SMALL = """\
apiVersion: reconciler/v1
pbx: office

extensions:
  "1001": {name: Ada, secret: {secret: generated}, caller_id: {name: Front}, ring_time: 30}
"""


def small(workspace: Workspace) -> Workspace:
    """Reduce the estate to one extension, applied."""
    (workspace.folder / "calls.yaml").unlink()
    workspace.write("people.yaml", SMALL)
    workspace.run("apply", "--auto-approve")
    return workspace


def test_moved_keeps_the_object_and_its_secret(applied: Workspace) -> None:
    before = applied.pbx["extension"]
    applied.edit("people.yaml", '  "1005":', '  "1055":')
    applied.edit("people.yaml", '  "1003":', '  "1033":')
    applied.edit("calls.yaml", '"2": extension/1003', '"2": extension/1033')
    with applied.untouched():
        # Without saying so it is a new extension, and the old one goes: nobody means that.
        told = applied.run("plan", expect=5)
        told.says("+ extension/office/1055", "- extension/office/1005", "refused[unsaid-move]")
        told.says("moved: [{from: extension/office/1003, to: extension/office/1033}")
        applied.run("apply", "--auto-approve", expect=5).says("unsaid-move")
    moved = "moved:\n" + "".join(
        f"  - {{from: extension/{old}, to: extension/{new}}}\n"
        for old, new in (("1005", "1055"), ("1003", "1033"))
    )
    applied.append("people.yaml", moved)
    with applied.untouched():
        applied.run("plan").says(
            "extension/office/1005", "extension/office/1055", "2 to move"
        ).says_not("- extension/office", "+ extension/office")
    applied.run("apply", "--auto-approve").says("2 moved")
    after = applied.pbx["extension"]
    assert "1005" not in after
    assert after["1055"] == before["1005"]
    assert after["1033"] == before["1003"]
    assert applied.pbx["ivr"]["main"]["options"]["2"] == "extension/1033"
    assert "extension/office/1055" in applied.owned()
    assert "extension/office/1005" not in applied.owned()
    # It stays in the files as long as somebody may have to catch up, and does nothing more.
    applied.run("plan").says("No changes.")
    applied.edit("people.yaml", moved, "")
    applied.run("plan").says("No changes.")
    # The secret stays even when the object has to be made again.
    with applied.by_hand() as pbx:
        del pbx["extension"]["1055"]
    applied.run("apply", "--auto-approve")
    assert applied.pbx["extension"]["1055"] == before["1005"]


def test_moves_written_one_after_the_other_bring_everybody_along(
    applied: Workspace, tmp_path: Path
) -> None:
    secret = applied.pbx["extension"]["1005"]["secret"]
    late = copied(applied, tmp_path / "late")
    applied.edit("people.yaml", '  "1005":', '  "1055":')
    applied.append("people.yaml", "moved:\n  - {from: extension/1005, to: extension/1055}\n")
    applied.run("apply", "--auto-approve").says("1 moved")
    # Later it moves on. Those who have not caught up yet must not lose what stands before.
    applied.edit("people.yaml", '  "1055":', '  "1056":')
    applied.append("people.yaml", "  - {from: extension/1055, to: extension/1056}\n")
    late.write("people.yaml", applied.read("people.yaml"))
    for each in (applied, late):
        with each.untouched():
            each.run("plan").says("1 to move").says_not("- extension", "+ extension")
        each.run("apply", "--auto-approve").says("1 moved")
        assert each.pbx["extension"]["1056"]["secret"] == secret
        assert not {"1005", "1055"} & each.pbx["extension"].keys()
        each.run("plan").says("No changes.")
        each.run("history", "--verify")
    assert late.leaks() == []


def test_menus_that_lead_to_each_other_move_together(applied: Workspace) -> None:
    text = applied.read("calls.yaml")
    for old, new in (("main", "start"), ("more", "further")):
        text = text.replace(f"ivr/{old}", f"ivr/{new}").replace(f"  {old}: {{", f"  {new}: {{")
        text += f"  - {{from: ivr/{old}, to: ivr/{new}}}\n"
    applied.write("calls.yaml", text.replace("  - {from", "moved:\n  - {from", 1))
    applied.run("plan").says("2 to move").says_not("+ ivr", "- ivr")
    applied.run("apply", "--auto-approve").says("2 moved")
    assert applied.pbx["ivr"] == {
        "start": {
            "options": {"1": "ring_group/600", "2": "extension/1003"},
            "on_timeout": "ivr/further",
        },
        "further": {"options": {"9": "ivr/start"}},
    }
    applied.run("plan").says("No changes.")


def test_moves_that_cannot_be_told_from_done_ones_say_what_to_do_instead(
    applied: Workspace,
) -> None:
    swap = "moved: [{from: extension/1005, to: extension/1004}, "
    applied.append("people.yaml", swap + "{from: extension/1004, to: extension/1005}]\n")
    with applied.untouched():
        told = applied.run("plan", expect=1).says(
            "extension/office/1005 and extension/office/1004 are said to change places",
            "apply that, then",
        )
    assert told.err.count("error[bad-move]") == 1


def test_removed_says_whether_the_object_goes_too(applied: Workspace) -> None:
    left = applied.pbx["extension"]["1004"]
    applied.drop_person("1005")
    applied.drop_person("1004")
    applied.edit("calls.yaml", '  "+441134960101": {name: Ada direct', "  # {")
    applied.append(
        "calls.yaml",
        "\nremoved:\n"
        "  - {address: extension/1005, destroy: false}\n"
        "  - {address: extension/1004, destroy: true}\n"
        '  - {address: "inbound_route/+441134960101", destroy: true}\n',
    )
    with applied.untouched():
        applied.run("plan").says(
            "- extension/office/1004", "- inbound_route/office/+441134960101", "2 to destroy"
        ).says_not("- extension/office/1005")
    applied.run("apply", "--auto-approve")
    assert sorted(applied.pbx["extension"]) == ["1001", "1002", "1003", "1005"]
    assert sorted(applied.pbx["inbound_route"]) == ["+441134960100"]
    assert "extension/office/1005" not in applied.owned()
    applied.run("plan").says("No changes.", "1 extension").says_not("removed-stays")
    applied.run("drift")
    # What comes back with a backup is not ours: it stays, and nobody is told that it went.
    with applied.by_hand() as pbx:
        pbx["extension"]["1004"] = left
    applied.run("plan").says("warning[removed-stays]: extension/office/1004", "is not ours")
    applied.run("apply", "--auto-approve").says("removed-stays")
    assert applied.pbx["extension"]["1004"] == left


def test_protect_holds_after_the_entry_has_left_the_files(applied: Workspace) -> None:
    applied.edit("people.yaml", "    name: Lobby\n", "    name: Lobby\n    protect: true\n")
    applied.run("apply", "--auto-approve").says("No changes.")
    entry = applied.drop_person("1005")
    with applied.untouched():
        for more in ((), ("--target", "extension/office/1005")):
            applied.run("apply", "--auto-approve", *more, expect=5).says(
                "refused[protected-object]: extension/office/1005 is protected and would be deleted"
            )
    # Even when it is said by name.
    applied.append("people.yaml", "removed: [{address: extension/1005, destroy: true}]\n")
    with applied.untouched():
        applied.run("apply", "--auto-approve", expect=5).says("refused[protected-object]")
    applied.edit("people.yaml", "removed: [{address: extension/1005, destroy: true}]\n", "")
    # The way out that the message gives: unprotect, apply, remove.
    applied.append("people.yaml", entry.replace("    protect: true\n", ""))
    applied.run("apply", "--auto-approve")
    applied.drop_person("1005")
    applied.run("apply", "--auto-approve").says("1 destroyed")
    assert "1005" not in applied.pbx["extension"]


def test_on_delete_forget_leaves_the_object(applied: Workspace) -> None:
    applied.edit("people.yaml", "    name: Lobby\n", "    name: Lobby\n    on_delete: forget\n")
    applied.run("apply", "--auto-approve").says("No changes.")
    applied.drop_person("1005")
    before = applied.pbx
    applied.run("apply", "--auto-approve").says("1 let go")
    assert applied.pbx == before
    assert "extension/office/1005" not in applied.owned()
    applied.run("plan").says("No changes.", "Not ours, left alone: 1 extension")


def test_ignore_leaves_a_field_to_others(fresh: Workspace) -> None:
    small(fresh)
    fresh.edit("people.yaml", "ring_time: 30}", "ring_time: 30, ignore: [ring_time, caller_id]}")
    fresh.run("apply", "--auto-approve")
    with fresh.by_hand() as pbx:
        pbx["extension"]["1001"].update({"ring_time": 77, "caller_id.name": "Mine"})
    with fresh.untouched():
        fresh.run("plan").says("No changes.")
        fresh.run("drift").says("No drift.")
    fresh.edit("people.yaml", "name: Ada,", "name: Ada Okafor,")
    fresh.run("apply", "--auto-approve")
    found = fresh.pbx["extension"]["1001"]
    assert (found["name"], found["ring_time"], found["caller_id.name"]) == (
        "Ada Okafor",
        77,
        "Mine",
    )
    # A field that does not exist would protect nothing.
    fresh.edit("people.yaml", "ignore: [ring_time, caller_id]", "ignore: [ring_tme]")
    with fresh.untouched():
        fresh.run("apply", "--auto-approve", expect=1).says(
            "people.yaml:5:", 'no field "ring_tme"', '"ring_time"'
        )


def test_whose_a_field_is(fresh: Workspace) -> None:
    small(fresh)
    with fresh.by_hand() as pbx:
        # None of these is declared: they are whoever's.
        pbx["extension"]["1001"].update({"call_waiting": False, "max_contacts": 4})
    with fresh.untouched():
        fresh.run("plan").says("No changes.")
        fresh.run("drift").says("No drift.")

    # Claimed with the value that it has: nothing to write, and it is remembered.
    fresh.edit("people.yaml", "ring_time: 30}", "ring_time: 30, max_contacts: 4}")
    fresh.run("apply", "--auto-approve").says("No changes.")
    # And let go of again: it was there before us, so it stays.
    fresh.edit("people.yaml", ", max_contacts: 4}", "}")
    fresh.run("apply", "--auto-approve").says("No changes.")
    assert fresh.pbx["extension"]["1001"]["max_contacts"] == 4

    # A field that we set goes back to the platform's default when it leaves the files.
    fresh.edit("people.yaml", ", ring_time: 30}", "}")
    with fresh.untouched():
        fresh.run("plan").says("ring_time", "30 s", "20 s", "1 to change")
    fresh.run("apply", "--auto-approve")
    found = fresh.pbx["extension"]["1001"]
    assert found.get("ring_time", 20) == 20
    assert (found["call_waiting"], found["max_contacts"]) == (False, 4)
    fresh.run("plan").says("No changes.")

    # null means "make it empty", and stays empty.
    fresh.edit("people.yaml", "caller_id: {name: Front}", "caller_id: {name: null}")
    fresh.run("apply", "--auto-approve").says("1 changed")
    assert "caller_id.name" not in fresh.pbx["extension"]["1001"]
    fresh.run("plan").says("No changes.")
    with fresh.by_hand() as pbx:
        pbx["extension"]["1001"]["caller_id.name"] = "Somebody"
    fresh.run("drift", expect=2).says("caller_id.name", "Somebody")
    fresh.run("apply", "--auto-approve")
    assert "caller_id.name" not in fresh.pbx["extension"]["1001"]
    # Unset again: nobody claims it any more.
    fresh.edit("people.yaml", ", caller_id: {name: null}", "")
    fresh.run("apply", "--auto-approve")
    with fresh.by_hand() as pbx:
        pbx["extension"]["1001"]["caller_id.name"] = "Somebody"
    fresh.run("plan").says("No changes.")


def test_a_waiver_silences_one_finding_with_a_reason(fresh: Workspace) -> None:
    fresh.edit("calls.yaml", "  emergency: {order: 1, emergency: true,", "  emergency: {order: 1,")
    fresh.run("validate").says("warning[no-emergency-route]", "inventory.yaml:3:3")
    fresh.edit(
        "inventory.yaml",
        "    country: GB\n",
        "    country: GB\n    waive:\n"
        "      - {rule: no-emergency-route, reason: mobiles, by: me, until: 2099-01-01}\n",
    )
    fresh.run("validate").says("info[no-emergency-route]", "Waived by me until 2099-01-01: mobiles")
    fresh.run("plan").says_not("no-emergency-route")
    fresh.edit("inventory.yaml", "2099-01-01", "2020-01-01")
    fresh.run("validate").says("warning[no-emergency-route]", "warning[waiver-expired]")
    fresh.edit("inventory.yaml", "no-emergency-route,", "no-emergency-rout,")
    fresh.run("validate", expect=1).says("error[unknown-rule]", 'did you mean "no-emergency-route"')
