"""Phones' files as part of the plan: from the YAML to what is served, and back to the YAML."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.fleet import ADA_FILE, CANARIES, fleet, phone, published, served
from tests.cli.workspace import Workspace, copied


@pytest.fixture(scope="module")
def applied_once(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    made = fleet(tmp_path_factory.mktemp("fleet") / "work")
    made.run("apply", "--auto-approve")
    return made


@pytest.fixture
def here(applied_once: Workspace, tmp_path: Path) -> Iterator[Workspace]:
    """The fleet, applied."""
    workspace = copied(applied_once, tmp_path / "work")
    yield workspace
    assert workspace.leaks() == []


def test_what_is_applied_is_what_is_rendered_and_served(here: Workspace, tmp_path: Path) -> None:
    here.run("plan", "--detailed-exitcode").says("No changes. 8 objects on 1 PBX and 4 phones")
    here.run("render", "--all", "--reveal", "--out", str(tmp_path / "out"))
    rendered = {each.name: each.read_text() for each in (tmp_path / "out").iterdir()}
    texts = {name.removeprefix("shared/"): text for name, text in served(here).items()}
    assert texts == rendered
    assert CANARIES["ADA"] in texts[ADA_FILE]
    with published(here) as store:
        ada = store.find("80-5E-C0-F0-00-01")
    assert ada is not None
    assert (ada.vendor, ada.model, ada.subnets) == ("yealink", "T54W", ("192.0.2.0/24",))


def test_a_new_phone_is_told_by_what_sets_it_apart(tmp_path: Path) -> None:
    here = fleet(tmp_path / "work")
    here.run("plan").says(
        f"file {ADA_FILE} new", "settings of its layers; --full shows them"
    ).says_not("sip.codecs")
    here.run("plan", "--full").says("sip.codecs g722 alaw").says_not("of its layers")


def test_a_template_is_one_change_of_many_phones(here: Workspace) -> None:
    before = served(here)
    here.edit("phones.yaml", "codecs: [g722, alaw]", "codecs: [g722]")
    here.run("plan", "--out", "plan.json").says(
        "0 to add, 3 to change",
        "sip.codecs g722 alaw -> g722 (- alaw)",
        f"file {ADA_FILE} +1 -2 lines",
        "- account.1.codec.pcma.enable = 1",
        "(same change on 2 more: ben, cleo; --full shows them)",
    )
    here.run("show", "plan.json", "--full").says("file 805ec0f00002.cfg +1 -2 lines").says_not(
        "same change"
    )
    assert served(here) == before
    here.run("apply", "plan.json").says("3 changed")
    changed = {name for name, text in served(here).items() if before[name] != text}
    assert changed == {ADA_FILE, "805ec0f00002.cfg", "805ec0f00003.cfg"}
    assert "account.1.codec.pcma.enable = 0" in served(here)[ADA_FILE]
    here.run("plan", "--detailed-exitcode").says("No changes.")


def test_the_plan_as_json_tells_each_difference_once(here: Workspace) -> None:
    here.edit("phones.yaml", "codecs: [g722, alaw]", "codecs: [g722]")
    planned = here.run("plan", "--json").json
    (told,) = planned["x_telephony"]["plan"]["files"]
    assert (told["added"], told["removed"]) == (1, 2)
    assert "-account.1.codec.pcma.enable = 1" in told["lines"]
    assert told["files"] == [
        [f"phone/main/{name}", f"files.805ec0f0000{number}.cfg"]
        for number, name in enumerate(("ada", "ben", "cleo"), 1)
    ]
    (ada, *_) = planned["resource_changes"]
    assert ada["change"]["after_sensitive"][f"files.{ADA_FILE}"] is True
    assert "$secret" in ada["change"]["after"][f"files.{ADA_FILE}"]


def test_it_stands_in_a_pull_request(here: Workspace) -> None:
    here.edit("inventory.yaml", "ntp: [192.0.2.1]", "ntp: [192.0.2.2]")
    text = here.run("plan", "--format", "md").out
    assert "#     file 805ec0f00001.cfg: +1 -1 lines" in text
    assert "+       local_time.ntp_server1 = 192.0.2.2" in text
    assert "#     the same on 2 more: ben, cleo" in text


def test_what_is_said_elsewhere_changes_the_phones_it_concerns(here: Workspace) -> None:
    here.edit("phones.yaml", "name: Ben Roy", "name: Ben O'Neill")
    steps = here.run("plan", "--json").json["x_telephony"]["plan"]["steps"]
    assert [each["id"] for each in steps] == [
        "update extension/office/1002",
        "update phone/main/ben",
    ]
    assert steps[1]["needs"] == ["update extension/office/1002"]
    here.run("apply", "--auto-approve")
    assert "account.1.display_name = Ben O'Neill" in served(here)["805ec0f00002.cfg"]


def test_r08_a_mac_for_an_existing_extension_is_one_apply(here: Workspace) -> None:
    """Wanted in vain elsewhere: no click that maps a phone to its extension afterwards."""
    lobby = '  lobby: {mac: 64:16:7f:f0:00:04, model: VVX250, template: lobby, lines: ["1004"]}\n'
    new = '  dan: {mac: 80:5e:c0:f0:00:09, model: T54W, template: desk, lines: ["1005"]}\n'
    last = '  "1004": {name: Lobby, secret: {secret: generated}}\n'
    dan = '  "1005": {name: Dan Wu, secret: {secret: generated}}\n'
    here.edit("phones.yaml", last, last + dan)
    here.run("apply", "--auto-approve")
    here.edit("phones.yaml", lobby, lobby + new)
    here.run("apply", "--auto-approve").says("phone dan added")
    text = served(here)["805ec0f00009.cfg"]
    assert "account.1.user_name = 1005" in text
    assert f"account.1.password = {here.pbx['extension']['1005']['secret']}" in text
    here.planted.add(here.pbx["extension"]["1005"]["secret"])
    here.run("plan", "--detailed-exitcode").says("No changes.")


def test_r09_one_line_on_two_phones_and_one_mac_twice_are_refused(here: Workspace) -> None:
    lobby = '  lobby: {mac: 64:16:7f:f0:00:04, model: VVX250, template: lobby, lines: ["1004"]}\n'
    twin = '  twin: {mac: 64167FF00004, model: VVX250, template: lobby, lines: ["1003"]}\n'
    here.edit("phones.yaml", lobby, lobby + twin)
    with here.untouched():
        ended = here.run("apply", "--auto-approve", expect=1)
        ended.says("error[duplicate-mac]", "error[shared-line]", "write shared: true on both lines")


def test_a_password_that_changes_reaches_pbx_and_phone(here: Workspace) -> None:
    here.environ["ADA"] = "canary-Ada-next-77Gq"
    here.planted.add("canary-Ada-next-77Gq")
    here.run("plan").says("~ phone/main/ada", f"file {ADA_FILE} a secret in it is another")
    here.run("apply", "--auto-approve")
    assert "canary-Ada-next-77Gq" in served(here)[ADA_FILE]
    assert here.pbx["extension"]["1001"]["secret"] == "canary-Ada-next-77Gq"


def test_a_phone_that_leaves_is_withdrawn(here: Workspace) -> None:
    entry = '  ben: {mac: 80:5e:c0:f0:00:02, model: T54W, template: desk, lines: ["1002"]}\n'
    here.edit("phones.yaml", entry, "")
    here.run("plan").says("- phone/main/ben", "1 to destroy")
    here.run("apply", "--auto-approve", "--allow", "too-many-deletes", "--reason", "left")
    assert "805ec0f00002.cfg" not in served(here)
    here.run("plan", "--detailed-exitcode")


def test_a_phone_out_of_service_is_withdrawn_and_may_come_back(here: Workspace) -> None:
    here.edit("phones.yaml", "ben: {mac", "ben: {lifecycle: decommissioned, mac")
    here.run("plan").says("- phone/main/ben", "phones.yaml:")
    here.run("apply", "--auto-approve")
    assert "805ec0f00002.cfg" not in served(here)
    assert "phone/main/ben" not in here.owned()
    here.run("plan", "--detailed-exitcode")
    here.edit("phones.yaml", "lifecycle: decommissioned, ", "")
    here.run("apply", "--auto-approve")
    assert "805ec0f00002.cfg" in served(here)


def test_the_last_phone_of_a_site_is_withdrawn_too(here: Workspace) -> None:
    text = here.read("phones.yaml")
    here.write("phones.yaml", text[: text.index("\nphones:")])
    allowed = ("too-many-deletes", "shrunk-desired")
    passed = [each for rail in allowed for each in ("--allow", rail)]
    here.run("apply", "--auto-approve", *passed, "--reason", "closed")
    assert served(here) == {}
    here.run("plan", "--detailed-exitcode").says("No changes. 4 objects on 1 PBX match")


def test_new_hardware_under_the_same_name_is_one_change(here: Workspace) -> None:
    here.edit("phones.yaml", "80:5e:c0:f0:00:01", "80:5e:c0:f0:00:0a")
    here.run("plan").says(
        "warning[known-to-old-phone]",
        "env:ADA",
        "0 to add, 1 to change, 0 to destroy",
        "mac 80:5e:c0:f0:00:01 -> 80:5e:c0:f0:00:0a",
        "file 805ec0f0000a.cfg new",
        f"file {ADA_FILE} withdrawn",
    )
    here.run("apply", "--auto-approve")
    assert ADA_FILE not in served(here)
    assert CANARIES["ADA"] in served(here)["805ec0f0000a.cfg"]
    with published(here) as store:
        assert store.find("805ec0f00001") is None
        found = store.find("805ec0f0000a")
        assert found is not None
        assert found.address == phone("ada")


def test_a_renamed_phone_stays_the_phone_it_was(here: Workspace) -> None:
    before = served(here)
    here.edit("phones.yaml", "  ada: {mac", "  anna: {mac")
    here.append("phones.yaml", "moved: [{from: phone/main/ada, to: phone/main/anna}]\n")
    here.run("apply", "--auto-approve").says("1 moved")
    assert served(here) == before
    with published(here) as store:
        assert store.owner(phone("ada")) is None
        assert store.owner(phone("anna")) is not None


def edit_store(here: Workspace, statement: str) -> None:
    with sqlite3.connect(here.folder / ".reconciler" / "published.db") as connection:
        connection.execute(statement)
    connection.close()


def test_a_file_that_somebody_edits_is_drift_and_is_published_again(here: Workspace) -> None:
    before = served(here)
    edit_store(
        here,
        "UPDATE published_files SET content = (SELECT content FROM published_files "
        f"WHERE name = '805ec0f00002.cfg') WHERE name = '{ADA_FILE}'",
    )
    here.run("drift", expect=2).says("! phone/main/ada", f"file {ADA_FILE} edited by others")
    here.run("plan").says("published again", "1 drift to mend")
    here.run("apply", "--only-drift", "--auto-approve").says("1 mended")
    assert served(here) == before


def test_an_owner_that_somebody_edits_is_drift_too(here: Workspace) -> None:
    edit_store(here, "UPDATE published_owners SET subnets = '[\"0.0.0.0/1\"]'")
    here.run("drift", expect=2).says("! phone/main/ada", "edited by hand")
    here.run("apply", "--only-drift", "--auto-approve").says("4 mended")
    with published(here) as store:
        assert {each.subnets for each in store.phones(verify=True)} == {("192.0.2.0/24",)}
        assert all(each.intact for each in store.phones(verify=True))


def test_a_store_that_is_lost_is_made_anew(here: Workspace) -> None:
    before = served(here)
    for file in (here.folder / ".reconciler").glob("published.db*"):
        file.unlink()
    here.run("plan").says("gone from the published store, published again", "4 drifts to mend")
    here.run("apply", "--auto-approve")
    assert served(here) == before


def test_a_store_that_cannot_be_opened_is_unknown_and_not_empty(here: Workspace) -> None:
    (here.folder / ".reconciler" / "published.key").unlink()
    here.edit("phones.yaml", "codecs: [g722, alaw]", "codecs: [g722]")
    here.edit("phones.yaml", "name: Ben Roy", "name: Ben")
    done = here.run("plan", expect=1)
    done.says("1 to change", "4 waiting", "RECONCILER_PUBLISHED_KEY")
    done.says_not("to add, 3 to change")


def test_what_a_model_cannot_hold_is_said_by_validate(here: Workspace) -> None:
    here.edit("phones.yaml", "model: VVX250,", "model: VVX250, features: {idle: 1},")
    here.run("validate", expect=1)
    here.edit("phones.yaml", "features: {idle: 1},", "sip: {prack: true, dial_plan: 'x{'},")
    here.run("validate", expect=None)
    here.edit("phones.yaml", "model: T54W", "model: T99W")
    done = here.run("plan", expect=1)
    done.says("error[unknown-phone-model]", "phones.yaml:")


MISTAKES = {
    "adapter": ("inventory.yaml", "adapter: memory", "adapter: memry"),
    "pbx": ("inventory.yaml", "sip: {host: pbx.office.example}", "sip: {hots: pbx.office.example}"),
    "template": ("phones.yaml", "codecs: [g722, alaw]", "codecs: [g72, alaw]"),
    "reference": ("phones.yaml", 'desk, lines: ["1002"]', 'dsk, lines: ["1002"]'),
    "extension": ("phones.yaml", "{name: Ben Roy, ", "{name: [Ben], "),
    "line": ("phones.yaml", 'lines: ["1003"]', 'lines: ["1033"]'),
}
BASE = """\
  base: {vendor: yealink, line_keys: [{line: 1, label: "{{ extension.name }}"}]}
  desk:
    extends: base
"""


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_told_once_and_not_what_follows_from_it(here: Workspace, mistake: str) -> None:
    here.edit("phones.yaml", "  desk:\n", BASE)
    here.run("validate")
    here.edit(*MISTAKES[mistake])
    told = here.run("validate", "--format", "line", expect=1).both
    assert told.count("error[") == 1, told


def test_a_phone_without_lines_misses_no_setting_of_lines(here: Workspace) -> None:
    here.edit("phones.yaml", 'template: desk, lines: ["1003"]', "template: desk, lines: []")
    here.run("validate").says_not("field-not-held")


def test_a_password_that_a_file_cannot_hold_is_said_before_anything_is_done(
    here: Workspace,
) -> None:
    here.environ["ADMIN"] = " canary-with-blank-5Xy"
    with here.untouched():
        here.run("apply", "--auto-approve", expect=1).says(
            "error[secret-unavailable]", "phone/main/ada", "begins or ends with a blank"
        )


def test_a_rollback_gives_the_phones_their_old_files(here: Workspace) -> None:
    before = served(here)
    here.edit("phones.yaml", "codecs: [g722, alaw]", "codecs: [g722]")
    here.run("apply", "--auto-approve")
    assert served(here) != before
    here.run("rollback", "2", "--auto-approve").says("3 changed").says_not("stays as it is")
    assert served(here) == before


def take_out_ben(here: Workspace) -> None:
    for line in here.read("phones.yaml").splitlines(keepends=True):
        if line.startswith(('  "1002":', "  ben:")):
            here.edit("phones.yaml", line, "")


def test_a_rollback_brings_back_who_left_with_their_phone(here: Workspace) -> None:
    before, password = here.read("phones.yaml"), here.pbx["extension"]["1002"]["secret"]
    take_out_ben(here)
    here.run("apply", "--auto-approve").says("2 destroyed")
    assert "1002" not in here.pbx["extension"]
    done = here.run("rollback", "2", "--auto-approve").says("2 added")
    assert done.both.index("extension 1002 added") < done.both.index("phone ben added")
    assert here.pbx["extension"]["1002"]["secret"] == password
    assert password in served(here)["805ec0f00002.cfg"]
    here.write("phones.yaml", before)
    here.run("plan", "--detailed-exitcode").says("No changes.")


def test_who_gets_the_number_of_somebody_who_left_gets_a_password_of_their_own(
    here: Workspace,
) -> None:
    before, password = here.read("phones.yaml"), here.pbx["extension"]["1002"]["secret"]
    take_out_ben(here)
    here.run("apply", "--auto-approve")
    here.write("phones.yaml", before.replace("Ben Roy", "Bela Nagy"))
    here.run("plan").says("secret *** (made at apply)")
    here.run("apply", "--auto-approve")
    assert here.pbx["extension"]["1002"]["secret"] not in (None, password)
    with here.by_hand() as pbx:
        again = pbx["extension"].pop("1002")
    here.run("apply", "--auto-approve")  # by accident, not on purpose: phones know it
    assert here.pbx["extension"]["1002"]["secret"] == again["secret"]


def test_one_phone_may_be_planned_alone(here: Workspace) -> None:
    before = served(here)
    here.edit("phones.yaml", "codecs: [g722, alaw]", "codecs: [g722]")
    here.run("apply", "--auto-approve", "--target", "phone/main/ben")
    assert {name for name, text in served(here).items() if before[name] != text} == {
        "805ec0f00002.cfg"
    }
    here.run("plan").says("2 to change")


@pytest.mark.parametrize(
    ("at", "after"), [("intend", True), ("publish", False), ("publish", True), ("settle", False)]
)
def test_killed_at_every_boundary(
    applied_once: Workspace, tmp_path: Path, at: str, after: bool
) -> None:
    """What the next run finds published is ours; nothing is lost, and phones keep their token."""

    def change(workspace: Workspace) -> None:
        workspace.edit("phones.yaml", "codecs: [g722, alaw]", "codecs: [g722]")
        workspace.edit("phones.yaml", "ben: {mac", "ben: {lifecycle: decommissioned, mac")
        workspace.append(
            "phones.yaml",
            '  dan: {mac: 80:5e:c0:f0:00:05, model: T54W, template: desk, lines: ["1002"]}\n',
        )

    def told(workspace: Workspace) -> dict[str, str]:
        with published(workspace) as store:
            return {str(each.address): str(each.uses) for each in store.owners(verify=True)}

    done = copied(applied_once, tmp_path / "done")
    change(done)
    done.run("apply", "--auto-approve")
    call = 0
    while True:
        call += 1
        workspace = copied(applied_once, tmp_path / "work")
        change(workspace)
        die = {"at": at, "call": call, "after": after}
        killed = workspace.run("apply", "--auto-approve", die=die, expect=None)
        if killed.code == 0:
            break
        workspace.run("apply", "--auto-approve")
        texts = served(workspace)
        assert {n: t for n, t in texts.items() if n != "805ec0f00005.cfg"} == {
            n: t for n, t in served(done).items() if n != "805ec0f00005.cfg"
        }
        assert "805ec0f00005.cfg" in texts
        assert told(workspace) == told(done)
        assert workspace.owned() == done.owned()
        workspace.run("plan", "--detailed-exitcode").says("No changes.")
        assert workspace.leaks() == []
        shutil.rmtree(workspace.folder)
    assert call > 1, "no boundary was met"


def test_nothing_at_rest_holds_a_secret_in_clear(here: Workspace) -> None:
    here.run("plan", "--out", "plan.json", "--json")
    here.edit("phones.yaml", "codecs: [g722, alaw]", "codecs: [g722]")
    here.run("plan", "--out", "plan.json", "--full")
    here.run("apply", "plan.json", "--json")
    with published(here) as store:
        record = json.loads(store.records("main")[phone("ada")])
        token = record["access.token"]["$clear"]
    here.planted.add(token)
    assert token in served(here)[ADA_FILE]
    assert here.leaks() == []
