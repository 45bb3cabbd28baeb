"""What changes, moves, goes, was touched by others or was there before: on a PBX with calls."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.workspace import Workspace
from tests.real.asterisk.instance import Asterisk
from tests.real.asterisk.phones import Phone
from tests.real.estate import GROUP, PEOPLE, Office, office, secret

Factory = Callable[..., Asterisk]

LINES = """\
trunks:
  carrier: {host: 127.0.0.250, mode: ip}

inbound_routes:
  "+16035550100": {destination: ring_group/600}
  "+16035550101": {destination: extension/1001}
"""


@pytest.fixture
def here(asterisk_factory: Factory, tmp_path: Path) -> Iterator[Office]:
    """An office with three people and a group, applied."""
    with office(asterisk_factory(), tmp_path / "office") as made:
        made.declare(PEOPLE + GROUP + LINES)
        made.apply().says("7 added, 0 changed, 0 destroyed")
        yield made


def without(text: str, key: str) -> str:
    """Return YAML without an entry of two blanks' depth."""
    left, gone = re.subn(rf'(?m)^  "?{re.escape(key)}"?:.*\n(?:    .*\n)*', "", text)
    assert gone == 1
    return left


def test_objects_change_under_a_call_move_and_go(here: Office) -> None:
    mine, pbx = here.mine, here.pbx
    ada, cleo = here.phones("1001", "1003")
    ada = _they_change_while_they_talk(here, ada, cleo)

    # Moved: the same object with the same password under another number.
    password = here.password("1003-auth")
    mine.edit("office.yaml", '"1003":', '"1033":')
    mine.append("office.yaml", "moved: [{from: extension/1003, to: extension/1033}]\n")
    mine.run("plan").says(
        "=> extension/office/1033", "0 to add, 0 to change, 0 to destroy", "1 to move"
    )
    here.apply().says("1 moved")
    here.is_as_declared()
    assert here.password("1033-auth") == password
    assert "1003" not in pbx.cli("pjsip show endpoints")
    assert cleo.try_register() != 200
    here.reaches(ada, "1033", here.phone("1033"))

    # Deleted, for good: nobody registers, nobody is reached.
    text = without(mine.read("office.yaml"), "1033").partition("moved:")[0]
    here.declare(text)
    here.apply().says("1 destroyed")
    here.is_as_declared()
    assert "1033" not in pbx.cli("pjsip show endpoints")
    assert ada.call("1033").result().code == 404
    assert "1033" not in "".join(each.read_text() for each in pbx.etc.glob("rec_*"))


def _they_change_while_they_talk(here: Office, ada: Phone, cleo: Phone) -> Phone:
    """Write the extensions of a call anew: nobody is cut off, and a password waits for its end.

    Returns Ada's phone, which knows the new password.
    """
    at_cleo = cleo.expect_call(answer_after_s=0)
    call = ada.call("1003").wait_answered()
    at_cleo.wait_answered()
    here.passwords["1001"] = here.mine.environ["ADA"] = secret("Ada-new")
    here.mine.planted.add(here.passwords["1001"])
    here.mine.edit("office.yaml", "name: Ada Okafor", "name: Ada Okafor-Lind\n    ring_time: 5")
    here.mine.edit("office.yaml", "name: Cleo Marsh", "name: Cleo Marsh-Lee\n    codecs: [ulaw]")
    here.apply(expect=3).says(
        "1 call active now", "extension 1003 updated", "changes are in effect",
        "extension/office/1001: its password changes, and it is in a call",
    )  # fmt: skip
    at_cleo.wait_audio(20)
    call.wait_audio(20)
    assert not call.ended
    call.hang_up()
    at_cleo.wait_ended()
    here.pbx.wait_idle()
    run = here.mine.run("history", "--json").json["runs"][0]["run"]
    here.apply("--resume", str(run)).says("1 changed")
    here.is_as_declared()
    assert ada.try_register() == 401  # the old password is worth nothing now
    ada.close()
    renewed = here.phone("1001")
    at_cleo = cleo.expect_call(answer_after_s=0)
    renewed.call("1003").wait_answered().hang_up()
    assert at_cleo.result().display == "Ada Okafor-Lind"
    here.pbx.wait_idle()
    return renewed


def test_what_the_entries_say_of_their_own_end_holds(here: Office) -> None:
    mine, pbx = here.mine, here.pbx
    ada, ben = here.phones("1001", "1002")
    mine.edit("office.yaml", "name: Ada Okafor", "name: Ada Okafor\n    protect: true")
    mine.edit("office.yaml", "name: Cleo Marsh", "name: Cleo Marsh\n    on_delete: forget")
    mine.edit("office.yaml", "name: Ben Roy", "name: Ben Roy\n    ignore: [name, ring_time]")
    here.apply()
    whole = mine.read("office.yaml")

    # ignore: what others do to these fields is no drift, and stays.
    here.edit_on_pbx("pjsip", '"Ben Roy"', '"Benjamin"')
    pbx.cli("module reload res_pjsip.so")
    here.is_as_declared()
    here.apply().says("No changes")
    assert "Benjamin" in pbx.cli("pjsip show endpoint 1002")

    # protect: also after the entry has left the files.
    here.declare(without(without(whole, "1001"), "+16035550101").replace('"1001", ', ""))
    mine.append("office.yaml", "removed: [{address: inbound_route/+16035550101, destroy: true}]\n")
    here.apply(expect=5).says("refused[protected-object]", "extension/office/1001 is protected")
    here.reaches(ben, "1001", ada)

    # A number is only given up by name.
    here.declare(without(whole, "+16035550101"))
    here.apply(expect=5).says("refused[number-release]", "+16035550101")
    mine.append("office.yaml", "removed: [{address: inbound_route/+16035550101, destroy: true}]\n")
    here.apply().says("1 destroyed")
    assert "+16035550101" not in pbx.cli("dialplan show rec-inbound-carrier")
    assert "6035550101" not in "".join(each.read_text() for each in pbx.etc.glob("rec_ext_*"))

    # removed, destroy: false, and on_delete: forget: not ours any more, and alive.
    for key in ("+16035550101", "+16035550100", "1003", "600"):
        whole = without(whole, key)
    here.declare(
        whole.replace("ring_groups:\n", "").replace("inbound_routes:\n", "")
        + "removed:\n"
        + "  - {address: inbound_route/+16035550100, destroy: true}\n"
        + "  - {address: ring_group/600, destroy: false}\n"
    )
    here.apply("--allow", "still-referenced", "--reason", "the number goes, the group stays")
    mine.run("plan", "--detailed-exitcode").says("Not ours, left alone")
    shown = mine.run("status", "--unmanaged")
    shown.says("extension/office/1003", "ring_group/office/600")
    here.reaches(ada, "1003", here.phone("1003"))
    at_ben = ben.expect_call(answer_after_s=0)
    ada.call("600").wait_answered().hang_up()
    at_ben.wait_ended()


def test_three_kinds_of_drift_are_told_apart_and_mended(here: Office) -> None:
    mine, pbx = here.mine, here.pbx
    ada, ben = here.phones("1001", "1002")
    before = {file.name: _said(file) for file in pbx.etc.glob("rec_*")}
    here.edit_on_pbx("pjsip", '"Ben Roy"', '"Somebody"')  # changed
    file = here.own_file("ext", "[rec-ring_group-600]")  # deleted
    text = file.read_text(encoding="utf-8")
    file.write_text(re.sub(r"(?ms)^\[rec-ring_group-600\]\n.*?(?=^\[|\Z)", "", text))
    added = here.own_file("pjsip", "[1003]")  # added
    planted = secret("Stranger")
    mine.planted.add(planted)
    added.write_text(added.read_text() + STRANGER.format(password=planted), encoding="utf-8")
    for module in ("res_pjsip.so", "pbx_config.so"):
        pbx.cli(f"module reload {module}")
    assert ada.call("600").result().code != 200

    said = mine.run("drift", expect=2)
    said.says(
        "! extension/office/1002 we set it",
        'name "Ben Roy" -> "Somebody"',
        "! extension/office/1055 added on the PBX",
        "! ring_group/office/600 deleted on the PBX",
    )
    said.says_not("rec_vm [default] 1002")  # nobody has edited the box
    told = {each["address"]: each for each in mine.run("drift", "--json", expect=2).json["drift"]}
    # Each once: the numbers that lead there are no edits of their own.
    assert {address: each["what"] for address, each in told.items()} == {
        "extension/office/1002": "changed",
        "extension/office/1055": "added",
        "ring_group/office/600": "deleted",
    }

    # Only the drift: what the files newly want waits.
    mine.edit("office.yaml", "name: Cleo Marsh", "name: Cleo")
    here.apply("--only-drift").says("0 added, 0 changed, 0 destroyed, 2 mended")
    mine.run("drift").says("No drift.")
    mine.run("plan", "--detailed-exitcode", expect=2).says("1 to change")
    mine.edit("office.yaml", "name: Cleo", "name: Cleo Marsh")
    here.is_as_declared()
    after = {file.name: _said(file) for file in pbx.etc.glob("rec_*")}
    changed = {name for name in before if after[name] != before[name]}
    assert changed == {added.name}
    assert "[1055]" in added.read_text()  # not ours, and so left alone
    at_ben = ben.expect_call(answer_after_s=0)
    ada.call("600").wait_answered().hang_up()
    at_ben.wait_ended()


STRANGER = """\
[1055]
type = endpoint
context = from-internal
disallow = all
allow = ulaw
auth = 1055
aors = 1055
[1055]
type = auth
username = 1055
password = {password}
"""


def _said(file: Path) -> list[str]:
    """Return the lines of a file, without the comments that tell when it was written."""
    lines = file.read_text(encoding="utf-8").splitlines()
    return sorted(line for line in lines if line and not line.startswith(";"))


# -- what was there before --

BY_HAND = """
[1001]
type = endpoint
context = office
disallow = all
allow = ulaw
auth = 1001
aors = 1001
callerid = "By Hand" <1001>
[1001]
type = auth
username = 1001
password = {password}
[1001]
type = aor
max_contacts = 1
"""


OFFICE = """
[office]
exten => 55,1,Answer()
 same => n,Wait(30)
include => from-internal
"""
"""What their phones dial, with a number of people's own."""

BEFORE = """
[from-internal]
exten => 604,1,Answer()
 same => n,Wait(30)
exten => _61X,1,Answer()
 same => n,Wait(30)
include => lobby

[lobby]
exten => 620,1,Answer()
 same => n,Wait(30)
"""
"""Numbers that are looked for before ours."""

BEHIND = """
[from-internal]
include => annex

[annex]
exten => 630,1,Answer()
 same => n,Wait(30)
"""
"""Numbers that are looked for behind ours: it stands after the line that lets ours in."""


def test_what_people_wrote_is_seen_imported_and_never_changed(
    asterisk_factory: Factory, tmp_path: Path
) -> None:
    old = secret("Old")
    section = BY_HAND.format(password=old)
    pbx = asterisk_factory(extra={"pjsip.conf": section, "extensions.conf": OFFICE})
    with office(pbx, tmp_path / "office") as here:
        mine = here.mine
        mine.planted.add(old)
        mine.run("plan", "--detailed-exitcode").says("Not ours, left alone: 1 extension")
        mine.run("status", "--unmanaged").says("extension/office/1001")

        here.declare(PEOPLE + GROUP)
        for run in (("plan",), ("apply", "--auto-approve")):
            mine.run(*run, expect=5).says(
                "refused[locked-object]: extension/office/1001 cannot be written",
                "it stands in pjsip.conf, which reconciler never edits",
                "office.yaml",
            )
        allowed = ("--auto-approve", "--reason", "I insist", "--allow", "foreign-object")
        mine.run("apply", *allowed, expect=5).says_not("foreign-object").says("locked-object")
        mine.run("apply", *allowed, "--allow", "locked-object", expect=64)
        assert list(pbx.etc.glob("rec_pjsip*")) == []

        # The rest of the files is applied around it.
        here.declare(without(PEOPLE, "1001") + GROUP.replace('"1001", ', ""))
        here.apply().says("3 added")
        here.is_as_declared()
        by_hand = here.stack.enter_context(Phone(pbx, "1001", old))
        by_hand.register()
        cleo = here.phone("1003")
        here.reaches(by_hand, "1003", cleo)

        mine.run("import", "office", "--out", "imported").says(
            "Imported 1 object",
            "extensions.conf: contexts with all that is dialled there: office",
        )
        mine.run("plan", "--detailed-exitcode").says("No changes. 4 objects")
        by_hand.call("55").wait_answered().hang_up()

        # What we write would find no way to what stands there: nobody is told that calls do.
        here.declare(without(PEOPLE, "1001") + GROUP)
        mine.run("apply", "--auto-approve", expect=5).says(
            "refused[leads-to-locked]: ring_group/office/600 leads to extension/office/1001"
        )
        here.declare(without(PEOPLE, "1001") + GROUP.replace('"1001", ', ""))
        mine.run("apply", "--auto-approve").says("No changes")
        here.judge()

        # Taken out there by people, it comes back in a file of ours: the phone keeps its password.
        pjsip = pbx.etc / "pjsip.conf"
        pjsip.write_text(pjsip.read_text().replace(section.strip(), ""))
        here.by_hand["pjsip.conf"] = pjsip.read_bytes()
        pbx.cli("module reload res_pjsip.so")
        mine.run("drift", expect=2).says("extension/office/1001 no longer in pjsip.conf")
        here.apply("--only-drift").says("1 mended")
        here.is_as_declared()
        assert here.password("1001-auth") == old
        by_hand.register()
        ben = here.phone("1002")
        here.reaches(ben, "1001", by_hand)
        by_hand.call("55").wait_answered().hang_up()  # it dials where it did
        here.declare(without(PEOPLE, "1001") + GROUP)
        here.apply().says("1 changed")
        _what_answers_first_is_told(here, by_hand, ben, cleo)


def _what_answers_first_is_told(here: Office, by_hand: Phone, ben: Phone, cleo: Phone) -> None:
    """Numbers that hand-written dialplan has, too: who dials them gets what the plan says."""
    extensions = here.pbx.etc / "extensions.conf"
    above, below = extensions.read_text().split("#tryinclude")
    extensions.write_text(f"{above}{BEFORE}#tryinclude{below}{BEHIND}")
    here.by_hand["extensions.conf"] = extensions.read_bytes()
    here.pbx.cli("dialplan reload")
    groups = "".join(
        f'  "{number}": {{name: Desk, members: ["1002"]}}\n'
        for number in ("55", "604", "612", "620", "630")
    )
    here.declare(without(PEOPLE, "1001") + GROUP + groups)
    here.mine.run("apply", "--auto-approve", expect=5).says(
        "refused[number-taken]: 604, 612 would not reach ring_group/office/604, "
        "ring_group/office/612: `exten => 604`, `exten => _61X`, written by hand in "
        "extensions.conf [from-internal], come first there.",
        "620 would not reach ring_group/office/620: `exten => 620`, written by hand in "
        "extensions.conf [lobby], comes first there.",
        "55 would not reach ring_group/office/55: `exten => 55`, written by hand in "
        "extensions.conf [office], comes first there.",
        "take that line out there and reload, or choose another number",
    ).says_not("630 would", "[annex]")
    here.apply("--allow", "number-taken", "--reason", "they answer it there").says("5 added")
    for phone, number in ((cleo, "604"), (cleo, "612"), (cleo, "620"), (by_hand, "55")):
        phone.call(number).wait_answered().hang_up()  # Ben's phone does not pick up
    here.reaches(cleo, "630", ben)
    here.mine.run("plan").says("No changes").says_not("number-taken")
    here.mine.run("doctor", "office").says(
        "`exten => _61X` in extensions.conf [from-internal] answers 612 before ours"
    ).says_not("annex", "same name twice")


def test_a_filled_pbx_is_imported_and_plans_empty(here: Office, tmp_path: Path) -> None:
    heirs = Workspace(tmp_path / "heirs")
    heirs.folder.mkdir()
    heirs.environ["AMI_PASSWORD"] = here.pbx.ami.password
    heirs.planted |= here.mine.planted
    heirs.write("inventory.yaml", here.mine.read("inventory.yaml"))
    files = {file.name: file.read_bytes() for file in here.pbx.etc.iterdir() if file.is_file()}

    heirs.run("import", "office", "--out", "tenants").says("Imported 7 objects")
    heirs.run("fmt", "--check", "tenants")
    heirs.run("plan", "--detailed-exitcode").says("No changes. 7 objects")
    heirs.run("apply", "--auto-approve").says("No changes")
    heirs.run("drift").says("No drift.")
    assert files == {f.name: f.read_bytes() for f in here.pbx.etc.iterdir() if f.is_file()}
    heirs.edit("tenants/extensions.yaml", "name: Cleo Marsh", "name: Cleo")
    heirs.run("apply", "--auto-approve").says("1 changed")
    heirs.run("plan", "--detailed-exitcode").says("No changes.")
    assert '"Cleo"' in here.pbx.cli("pjsip show endpoint 1003").replace("\\", "")
    assert heirs.leaks() == []
