"""From nothing to a PBX as declared, and what a person sees on the way."""

import json
import stat

from tests.cli.workspace import OBJECTS, Workspace


def test_from_an_empty_pbx_by_a_saved_plan(fresh: Workspace) -> None:
    with fresh.untouched():
        fresh.run("validate").says(f"{OBJECTS} objects in 3 files are valid.")
        fresh.run("plan").says(
            "Who is affected",
            "+44 113 496 0101 now ends at Ada Okafor",
            "+ extension/office/1001",
            "people.yaml:5",
            "secret *** (from env:ADA_SECRET, fp",
            "*** (made at apply)",
            f"Plan: {OBJECTS} to add, 0 to change, 0 to destroy.",
        )
    fresh.run("plan", "--detailed-exitcode", "--out", "plan.json", expect=2).says(
        "Saved to plan.json", "reconciler apply plan.json"
    )
    plan = fresh.folder / "plan.json"
    assert stat.S_IMODE(plan.stat().st_mode) == 0o600
    assert not (fresh.folder / ".gitignore").exists()
    assert not fresh.pbx_file.exists()

    fresh.run("show", "plan.json").says("+ trunk/office/bandlane", f"{OBJECTS} to add")
    fresh.run("show", "--format", "md", "plan.json").says("<!-- reconciler:plan:", "```diff")
    shown = fresh.run("show", "--json", "plan.json").json
    saved = json.loads(plan.read_text())
    assert shown["resource_changes"] == saved["resource_changes"]
    created = {each["address"]: each["change"] for each in shown["resource_changes"]}
    assert len(created) == OBJECTS
    assert created["ring_group/office/600"]["actions"] == ["create"]
    assert created["extension/office/1005"]["after_sensitive"] == {"secret": True}
    assert created["extension/office/1005"]["after_unknown"] == {"secret": True}

    fresh.run("apply", "plan.json").says(
        "ring group 600 added, read back equal",
        f"{OBJECTS} added, 0 changed, 0 destroyed. Run 1.",
    )
    pbx = fresh.pbx
    assert {kind: len(each) for kind, each in pbx.items()} == {
        "extension": 5, "ring_group": 1, "ivr": 2, "trunk": 1, "inbound_route": 2,
        "outbound_route": 2,
    }  # fmt: skip
    assert pbx["extension"]["1001"]["secret"] == fresh.environ["ADA_SECRET"]
    assert len(pbx["extension"]["1005"]["secret"]) == 32
    assert pbx["ivr"]["main"]["on_timeout"] == "ivr/more"
    assert len(fresh.owned()) == OBJECTS

    with fresh.untouched():
        again = fresh.run("plan", "--detailed-exitcode")
        again.says(f"No changes. {OBJECTS} objects on 1 PBX match what is declared")
        fresh.run("apply", "--auto-approve").says("No changes.")
        fresh.run("drift").says("No drift.")
    assert fresh.run("history", "--json").json["runs"][0]["steps"] == {"done": 15}


def test_a_change_touches_only_what_it_names(applied: Workspace) -> None:
    before = applied.pbx
    applied.edit("calls.yaml", "ring_time: 20", "ring_time: 35")
    applied.edit("people.yaml", "name: Cleo Marsh", 'name: "Cleo O\'Neill-Ångström"')
    applied.add_person("1006", "Eve")
    planned = applied.run("plan")
    planned.says(
        "~ ring_group/office/600",
        "ring_time 20 s -> 35 s",
        "+ extension/office/1006",
        "Plan: 1 to add, 2 to change, 0 to destroy.",
    )
    planned.says_not("extension/office/1002", "trunk/office/bandlane")
    told = applied.run("apply", "--auto-approve", "--json").json
    assert told["run"] == 2
    assert told["state"] == "done"
    assert {each["step"] for each in told["outcomes"]} == {
        "create extension/office/1006",
        "update extension/office/1003",
        "update ring_group/office/600",
    }
    after = applied.pbx
    assert after["extension"].pop("1006")["name"] == "Eve"
    assert after["extension"].pop("1003") == {
        **before["extension"].pop("1003"),
        "name": "Cleo O'Neill-Ångström",
    }
    assert after["ring_group"].pop("600") == {**before["ring_group"].pop("600"), "ring_time": 35}
    assert after == before
    applied.run("plan").says("No changes.")


def test_target_exclude_and_pbx_narrow_a_plan(fresh: Workspace) -> None:
    fresh.append("inventory.yaml", "")
    fresh.edit(
        "inventory.yaml",
        "workspace:",
        "  annex: {adapter: memory, file: annex.json, timezone: Europe/London, country: GB}\n"
        "workspace:",
    )
    fresh.write(
        "annex.yaml",
        "apiVersion: reconciler/v1\npbx: annex\n"
        'extensions: {"2001": {name: Store, secret: {secret: generated}}}\n',
    )
    # A target brings along what it needs, and nothing else.
    fresh.run("apply", "--target", "ring_group/office/*", "--auto-approve")
    assert {kind: sorted(each) for kind, each in fresh.pbx.items() if each} == {
        "extension": ["1001", "1002"],
        "ring_group": ["600"],
    }
    assert not (fresh.folder / "annex.json").exists()
    fresh.run("apply", "--pbx", "annex", "--auto-approve")
    assert fresh.owned() == [
        "extension/annex/2001",
        "extension/office/1001",
        "extension/office/1002",
        "ring_group/office/600",
    ]
    rest = fresh.run("plan", "--exclude", "*_route/office/*", "--exclude", "trunk/*")
    rest.says("extension/office/1003", "ivr/office/main").says_not("route/office/n", "trunk/office")
    with fresh.untouched():
        # What is misspelt would select, or spare, nothing at all.
        for narrowed in (("--target", "extension/ofice/1001"), ("--exclude", "trunk/office/no"),
                         ("--pbx", "offise"), ("--site", "nowhere")):  # fmt: skip
            for command in (("plan",), ("drift",), ("apply", "--auto-approve")):
                fresh.run(*command, *narrowed, expect=64).says(narrowed[1], "names nothing")
        fresh.run("plan", "--pbx", "offise", expect=64).says('Did you mean "office"?')
        # The command that is shown does what was shown, and nothing else.
        more = ("--target", "extension/office/*", "--pbx", "office")
        fresh.run("plan", *more).says(f"reconciler apply --target '{more[1]}' --pbx office")
        fresh.run("plan", ".", "--only-drift", "--target", "extension/office/*")
    fresh.run("apply", "--auto-approve")
    assert len(fresh.owned()) == OBJECTS + 1


def test_a_rail_refuses_until_somebody_says_why(applied: Workspace) -> None:
    with applied.by_hand() as pbx:
        pbx["conference"] = {"8000": {"name": "Board"}}
    calls = applied.folder / "calls.yaml"
    lost = calls.rename(applied.folder / "calls.lost")
    with applied.untouched():
        refused = applied.run("plan", "--out", "../lost.json", expect=5)
        refused.says("refused[number-release]", "refused[emergency-route]", "--allow", "--reason")
        applied.run("apply", "--auto-approve", expect=5)
        applied.run("apply", "../lost.json", expect=5)
        # Unknown rails and rails without a reason are mistakes of the command line.
        applied.run("apply", "--allow", "no-such-rail", "--reason", "x", expect=64)
        applied.run("apply", "--allow", "number-release", expect=64).says("--reason")
        # One of them is not enough.
        allowed = ("--auto-approve", "--allow", "number-release", "--reason", "sold the office")
        applied.run("apply", *allowed, expect=5)
    lost.rename(calls)

    calls.write_text(calls.read_text().replace("  national:", "  # national:"))
    with applied.untouched():
        applied.run("plan").says("- outbound_route/office/national", "no longer declared")
    calls.write_text(calls.read_text().replace('  "+441134960101"', '  # "+441134960101"'))
    with applied.untouched():
        applied.run("apply", "--auto-approve", expect=5).says("refused[number-release]")
    reason = "ported to another carrier (ticket 4711)"
    applied.run("apply", "--auto-approve", "--allow", "number-release", "--reason", reason)
    assert "+441134960101" not in applied.pbx["inbound_route"]
    assert "conference" in applied.pbx
    facts = [
        json.loads(row[0])
        for row in applied.rows("SELECT facts FROM audit WHERE event = 'override'")
    ]
    assert facts == [{"rail": "number-release", "reason": reason}]
    applied.run("history", "--verify").says("The audit chain holds")


def test_limits_of_the_policy_count(applied: Workspace) -> None:
    applied.append(
        "inventory.yaml",
        "policy:\n  rails: {too-many-deletes: {count: 0}}\n"
        "  authoritative: {office: [conference]}\n",
    )
    with applied.by_hand() as pbx:
        pbx["conference"] = {"8000": {"name": "Board"}}
        pbx["queue"] = {"8001": {"name": "Not ours"}}
    with applied.untouched():
        applied.run("apply", "--auto-approve", expect=5).says(
            "refused[too-many-deletes]: 1 of 1 conference objects on office would be deleted "
            "(limit: 5 % or 0)"
        )
    why = ("--allow", "too-many-deletes", "--reason", "test")
    applied.run("apply", "--auto-approve", *why)
    assert applied.pbx["conference"] == {}
    assert applied.pbx["queue"] == {"8001": {"name": "Not ours"}}


def test_the_platform_says_no_and_the_rest_is_done(applied: Workspace) -> None:
    """A step that fails takes its dependants with it and nothing else; --resume goes on."""
    # Somebody's object, which is not ours, refers to what we delete: the platform keeps it.
    applied.edit("calls.yaml", '"2": extension/1003', '"2": extension/1004')
    applied.drop_person("1003")
    applied.append("calls.yaml", '\nconferences:\n  "8000": {name: Board}\n')
    with applied.by_hand() as pbx:
        pbx["ring_group"]["699"] = {"name": "By hand", "members": ["1003"]}
    applied.run("apply", "--auto-approve", expect=5).says("refused[still-referenced]")
    why = ("--allow", "still-referenced", "--reason", "test")
    done = applied.run("apply", "--auto-approve", *why, expect=3)
    done.says(
        "error[step-failed]",
        "extension/office/1003: the platform said: ring_group 699 still refers to it",
        "reconciler apply --resume 2",
    )
    assert "1003" in applied.pbx["extension"]
    assert "8000" in applied.pbx["conference"]
    assert "extension/office/1003" in applied.owned()
    with applied.by_hand() as pbx:
        del pbx["ring_group"]["699"]
    applied.run("apply", "--resume", "2", "--auto-approve").says("1 destroyed")
    assert "1003" not in applied.pbx["extension"]
    applied.run("plan").says("No changes.")


def test_weak_secrets_are_said_refused_or_waived(fresh: Workspace) -> None:
    fresh.write("ben.txt", "abababab\n")
    fresh.planted.add("abababab")
    said = "warning[weak-secret]"
    fresh.run("plan").says(said, "extension/office/1002 (secret)", "repeats one or two characters")
    policy = fresh.write(
        "policy.yaml",
        "apiVersion: reconciler/v1\npolicy: {rails: {weak-secret: {severity: refuse}}}\n",
    )
    with fresh.untouched():
        fresh.run("apply", "--auto-approve", expect=5).says(
            "refused[weak-secret]", "people.yaml", "--allow weak-secret --reason"
        )
    fresh.run("plan", "--allow", "weak-secret", "--reason", "old phone").says(
        "allowed[weak-secret]"
    )
    fresh.edit("policy.yaml", "refuse", "off")
    fresh.run("plan").says_not("weak-secret")
    policy.unlink()
    fresh.edit(
        "people.yaml",
        "    name: Ben Roy\n",
        "    name: Ben Roy\n    waive: [{rule: weak-secret, reason: old phone, by: ada, "
        "until: 2099-01-31}]\n",
    )
    fresh.run("apply", "--auto-approve").says("13 added").says_not("weak-secret")
    fresh.run("validate").says_not("unknown-rule")


def test_nothing_declared_is_no_state_of_the_world(bare: Workspace) -> None:
    """In the wrong folder, `no drift` or `no changes` would be a lie."""
    bare.write("notes.yaml", "kind: ConfigMap\n")
    for arguments in (("plan",), ("apply", "--auto-approve"), ("drift", "--json"), ("status",)):
        told = bare.run(*arguments, expect=1)
        told.says("error[nothing-declared]", "apiVersion: reconciler/v1")
        if "--json" not in arguments:
            assert told.out == ""
            continue
        document = json.loads(told.out)
        assert [each["code"] for each in document["diagnostics"]] == ["nothing-declared"]
        assert document["ended"] == "error"
        assert not {"drift", "objects", "changes", "targets"} & document.keys()
    assert not (bare.folder / ".reconciler").exists()
    bare.run("validate").says("warning[nothing-declared]")
    bare.write("notes.yaml", "extensions:\n  office: {adapter: memory}\n")
    bare.run("plan", expect=1).says("warning[no-api-version]", "error[nothing-declared]")
    told = bare.run("drift", expect=1).says("1 warning about the files", "error[nothing-declared]")
    told.says_not("no-api-version")


def test_drift_that_leaves_people_without_help_is_said_first(applied: Workspace) -> None:
    with applied.by_hand() as pbx:
        del pbx["trunk"]["bandlane"]
    told = applied.run("drift", expect=2)
    assert "Emergency calls: nobody can call for help now on office" in told.out.splitlines()[1]
    applied.run("plan").says("nobody can call for help now on office; this puts it right")
    applied.run("apply", "--only-drift", "--auto-approve")
    applied.run("drift").says("No drift.").says_not("help")


def test_two_pbxs_that_ring_each_others_extensions(bare: Workspace) -> None:
    bare.write(
        "estate.yaml",
        """\
apiVersion: reconciler/v1
pbxs:
  hq: {adapter: memory, file: hq.json, timezone: Etc/UTC}
  annex: {adapter: memory, file: annex.json, timezone: Etc/UTC}
---
apiVersion: reconciler/v1
pbx: hq
extensions: {"1001": {name: Ada}, "1002": {name: Ben, forward: {no_answer: annex:2001}}}
ring_groups: {"600": {name: Desk, members: ["1001", annex:2001]}}
---
apiVersion: reconciler/v1
pbx: annex
extensions: {"2001": {name: Store, forward: {busy: hq:1001}}}
""",
    )
    bare.run("apply", "--auto-approve").says("4 added")
    bare.run("plan").says("No changes. 4 objects on 2 PBXs")
    bare.edit("estate.yaml", '"1001": {name: Ada}, ', "")
    bare.run("plan", expect=1).says('refers to extension "1001", but pbx "hq" declares')
    bare.edit("estate.yaml", '"1001", ', "")
    bare.edit("estate.yaml", ", forward: {busy: hq:1001}", "")
    bare.run("apply", "--auto-approve").says("2 changed, 1 destroyed")


def test_a_comment_without_a_plan_says_why_and_no_warning(fresh: Workspace) -> None:
    """Who reviews looks for the reason, not through what was worth a thought all along."""
    (fresh.folder / "ben.txt").unlink()
    fresh.write("more.yaml", "extensions: {}\n")
    planned = fresh.run("plan", "--format", "md", expect=1)
    assert "No plan could be made" in planned.out
    assert "error[secret-unavailable]" in planned.out
    assert "warning[" in planned.err
    assert "warning[" not in planned.out


def test_a_comment_holds_the_warnings_about_the_files(fresh: Workspace) -> None:
    """They are on stderr, which nobody reads who reviews."""
    fresh.write("ben.txt", "abababab\n")
    fresh.planted.add("abababab")
    planned = fresh.run("plan", "--format", "md")
    assert "<b>1 warning</b> about the files" in planned.out
    assert "people.yaml:12:13: warning[weak-secret]" in planned.out
