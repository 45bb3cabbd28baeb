"""Adopt what is declared and exists, import what exists and is not declared."""

from pathlib import Path

from tests.cli.workspace import Workspace, copied, fill

INVENTORY = """\
apiVersion: reconciler/v1
pbxs: {office: {adapter: memory, file: pbx.json, timezone: Europe/London, country: GB}}
"""
GROWN = {
    "extension": {
        "0101": {
            "name": "Ada Okafor",
            "secret": "canary-Grown-0101-Zx",
            "voicemail.pin": "582913",
        },
        "102": {"name": "no", "secret": "canary-Grown-0102-Zx", "ring_time": 33},
        "103": {
            "name": "O'Neill, \"Ångström\": {x}",
            "caller_id.name": "Ben",
            "call_waiting": False,
        },
        "104": {"name": "", "secret": "canary-Grown-0104-Zx"},
    },
    "ring_group": {
        "600": {"name": "1.10", "members": ["0101", "102"], "no_answer": "extension/103"},
    },
    "trunk": {"up": {
        "host": "sip.example.com", "username": "acct", "secret": "canary-Grown-trunk-Zx",
    }},
    "inbound_route": {"+441134960100": {"destination": "ring_group/600"}},
    "ivr": {"main": {"options": {"1": "ring_group/600"}, "on_timeout": "ivr/main"}},
}  # fmt: skip
SECRETS = {"canary-Grown-0101-Zx", "canary-Grown-0102-Zx", "canary-Grown-trunk-Zx", "582913"}
NOT_TAKEN = "extension/office/104"
"""Has no name, which our own checks ask for: it is said and left alone."""


def test_adopt_takes_over_what_is_declared(fresh: Workspace) -> None:
    with fresh.by_hand() as pbx:
        pbx["extension"] = {
            "1005": {"name": "Lobby", "emergency_caller_id": "+441134960105", "secret": "x" * 12},
            "1002": {"name": "Benjamin", "ring_time": 99},
        }
    with fresh.untouched():
        fresh.run("adopt", "--dry-run", "extension/office/100[25]").says(
            "=> extension/office/1002", "2 objects would become ours"
        )
        # Nonsense is said, once, and takes nothing over.
        fresh.run("adopt", "extension/office/7777", expect=1).says("nothing of that name")
        fresh.run("adopt", "ring_group/office/600", expect=1).says("does not exist")
        fresh.run("adopt", "what is this", expect=1).says("nothing of that name")
        fresh.run("adopt", expect=64)
    with fresh.by_hand() as pbx:
        pbx["extension"]["9001"] = {"name": "Old fax"}
    with fresh.untouched():
        fresh.run("adopt", "extension/office/9001", expect=1).says(
            "no file declares it", "reconciler import office"
        )
    before = fresh.pbx
    told = fresh.run("adopt", "--json", "extension/office/100[25]").json
    assert {each["address"] for each in told["taken"]} == {
        "extension/office/1002",
        "extension/office/1005",
    }
    assert fresh.pbx == before
    assert fresh.owned() == ["extension/office/1002", "extension/office/1005"]
    fresh.run("plan").says('name "Benjamin" -> "Ben Roy"', "2 to change")
    fresh.run("apply", "--auto-approve")
    found = fresh.pbx["extension"]["1002"]
    assert (found["name"], found["ring_time"]) == ("Ben Roy", 99)
    fresh.run("history", "--verify")


def test_losing_the_journal_costs_attribution_not_service(applied: Workspace) -> None:
    for file in applied.journal_file.parent.glob("journal.db*"):
        file.unlink()
    with applied.untouched():
        applied.run("plan").says("taken over as is", "0 to destroy, 13 to take over")
        # Who knows nothing of what was applied does not say that all is well.
        applied.run("drift", expect=1).says("13 objects on office", "journal").says_not("No drift")
        assert applied.run("drift", "--json", expect=1).json["not_known"] == {"pbx/office": 13}
    applied.run("adopt", "*").says("13 objects are ours now")
    with applied.untouched():
        applied.run("plan").says("No changes.")
        applied.run("drift").says("No drift.")
    assert len(applied.owned()) == 13


def grown(folder: Path) -> Workspace:
    """A PBX that has grown by hand, and a workspace that declares nothing but where it is."""
    workspace = fill(folder, {"inventory.yaml": INVENTORY})
    with workspace.by_hand() as pbx:
        pbx.update(GROWN)
    workspace.planted |= SECRETS
    return workspace


def test_import_of_a_grown_pbx(tmp_path: Path) -> None:
    first = grown(tmp_path / "first")
    before = first.pbx
    told = first.run("import", "office", "--out", "tenants")
    told.says("Imported 7 objects from office", f"! {NOT_TAKEN}")
    files = {file.name: file.read_bytes() for file in (first.folder / "tenants").iterdir()}
    assert files.keys() == {
        "extensions.yaml", "ring_groups.yaml", "trunks.yaml", "inbound_routes.yaml", "ivrs.yaml",
    }  # fmt: skip
    text = files["extensions.yaml"].decode()
    assert '"0101":' in text
    assert "store:office-extension-0101-secret" in text
    assert first.pbx == before

    with first.untouched():
        planned = first.run("plan", "--detailed-exitcode")
        planned.says("No changes. 7 objects", "1 extension")
        first.run("fmt", "--check", "tenants")
        first.run("drift")
    # An apply right after it writes nothing, whatever it is asked to look at.
    first.run("apply", "--auto-approve").says("No changes")
    assert first.pbx == before
    first.run("secrets", "list").says("office-trunk-up-secret", "office-extension-102-secret")

    # Same PBX, same bytes, whoever imports it.
    second = grown(tmp_path / "second")
    second.run("import", "office", "--out", "tenants", "--json")
    assert files == {f.name: f.read_bytes() for f in (second.folder / "tenants").iterdir()}

    # Nothing is written over, and nothing is imported twice.
    with first.untouched():
        first.run("import", "office", "--out", "again").says("Nothing to import")
    assert not (first.folder / "again" / "extensions.yaml").exists()
    with first.by_hand() as pbx:
        pbx["extension"]["105"] = {"name": "New"}
    with first.untouched():
        first.run("import", "office", "--out", "tenants", expect=1).says("error[file-exists]")
    first.run("import", "office", "--out", "more", "--target", "extension/office/105")
    assert first.read("more/extensions.yaml").count("name:") == 1
    first.run("plan").says("No changes. 8 objects")
    assert first.leaks() == second.leaks() == []


def test_import_of_nonsense(tmp_path: Path) -> None:
    workspace = grown(tmp_path / "work")
    with workspace.untouched():
        workspace.run("import", "nowhere", "--out", "x", expect=1).says(
            "error[unknown-pbx]", "office"
        )
        workspace.run("import", "office", expect=64).says("--out")
        workspace.run("import", "--out", "x", expect=64)
        workspace.run("import", "office", "--out", "inventory.yaml", expect=64)
        nothing = workspace.run("import", "office", "--out", "x", "--target", "extension/nope/*")
        nothing.says("Nothing to import")
    workspace.pbx_file.write_text("{ not json")
    with workspace.untouched():
        workspace.run("import", "office", "--out", "x", expect=1).says("error[unreachable]")


def test_an_imported_pbx_is_changed_like_any_other(tmp_path: Path) -> None:
    workspace = grown(tmp_path / "work")
    workspace.run("import", "office", "--out", "tenants")
    workspace.edit("tenants/extensions.yaml", "ring_time: 33", "ring_time: 25")
    workspace.run("apply", "--auto-approve").says("1 changed")
    found = workspace.pbx
    assert found["extension"]["102"] == {**GROWN["extension"]["102"], "ring_time": 25}  # type: ignore[dict-item]
    assert found["extension"]["0101"] == GROWN["extension"]["0101"]
    # Secrets are ours as well: one that is changed by hand is drift.
    with workspace.by_hand() as pbx:
        pbx["trunk"]["up"]["secret"] = "canary-Grown-other-Zx"
    workspace.planted.add("canary-Grown-other-Zx")
    workspace.run("drift", expect=2).says("trunk/office/up", "secret")
    workspace.run("apply", "--auto-approve")
    assert workspace.pbx["trunk"]["up"]["secret"] == "canary-Grown-trunk-Zx"
    other = copied(workspace, tmp_path / "copy")
    other.run("plan").says("No changes.")
    assert workspace.leaks() == []
