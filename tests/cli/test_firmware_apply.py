"""Firmware as part of plan and apply, on emulated phones: asked for, done in turn, proved."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from reconciler.lab.phones.firmware import make_image
from reconciler.model.address import Address
from reconciler.provisioning.store.records import Fetch
from tests.cli.fleet import ANOTHER_DAY, published
from tests.cli.live_fleet import PASSWORD, Running, declared, running
from tests.cli.serving import serving
from tests.cli.workspace import Ended, Workspace, copied, fill

OLD, NEW = "1.0.11.106", "1.0.11.107"
IMAGE = make_image(["GXP2170"], NEW)
ROM_OLD, ROM_NEW = "96.87.0.22", "96.87.0.30"
ROM = make_image(["T54W"], ROM_NEW)
MODELS = ("GXP2170", "GXP2170", "GXP2170", "T54W")
ZONE = "timezone: Europe/London\n    country: GB\n    pbx: office\n    subnets"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("served")
    (made / "gxp2170fw.bin").write_bytes(IMAGE)
    (made / "T54W.rom").write_bytes(ROM)
    return made


@pytest.fixture(scope="module")
def images(folder: Path) -> Iterator[str]:
    with serving(folder) as url:
        yield url


@pytest.fixture(scope="module")
def lab(images: str) -> Iterator[Running]:
    with running(MODELS, boots=False, provisioning_url=images) as started:
        yield started


@pytest.fixture(scope="module")
def managed_once(
    lab: Running, images: str, folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Workspace:
    """Four phones in use, with logins saved, whose windows are always open."""
    files = declared(lab.fleet)
    files["inventory.yaml"] = (
        files["inventory.yaml"]
        .replace("https://prov.office.example/p", images)
        .replace(
            ZONE, ZONE.replace("pbx: office", "pbx: office\n    maintenance_windows: ['24/7']"), 1
        )
    )
    files["firmware.yaml"] = f"""\
apiVersion: reconciler/v1
firmware:
  grandstream/GXP2170:
    versions:
      - {{version: {OLD}}}
      - {{version: {NEW}, file: gxp2170fw.bin, sha256: {hashlib.sha256(IMAGE).hexdigest()}}}
    targets: []
  yealink/T54W:
    versions:
      - {{version: {ROM_NEW}, file: T54W.rom, sha256: {hashlib.sha256(ROM).hexdigest()}}}
"""
    made = fill(tmp_path_factory.mktemp("managed") / "work", files)
    back_to_old(lab)
    made.run(
        "phones", "test-connection", "*", "--save", "--password-stdin", "--scheme", "https",
        "--port", str(lab.fleet.https_port), stdin=f"{PASSWORD}\n",
    )  # fmt: skip
    live(made, lab)
    made.run("apply", "--auto-approve")
    hold(made, lab, folder)
    fetched(made)
    live(made, lab)
    made.run("apply", "--auto-approve").says("4 phones seen to use what was published")
    return made


@pytest.fixture
def here(managed_once: Workspace, lab: Running, tmp_path: Path) -> Workspace:
    back_to_old(lab)
    return copied(managed_once, tmp_path / "work")


def back_to_old(lab: Running) -> None:
    for index, one in enumerate(lab.fleet):
        one.faults.stays_off_after_reboot = False
        lab.call(one.phone.settings.pop, "192", None)  # or it upgrades again when it boots
        version = ROM_OLD if index == 3 else OLD
        one.phone.identity = replace(one.phone.identity, firmware=version)
        if not one.phone.power:
            lab.call(one.power_on)
        lab.wait(lambda fleet, at=index: fleet[at].phone.reachable)
        lab.call(one.hang_up)
        lab.call(one.phone.happened.clear)


def live(here: Workspace, lab: Running, **more: Any) -> None:
    """Let the PBX see every phone registered with the firmware that it has now."""
    rows = []
    for index, one in enumerate(lab.fleet):
        found = one.phone.identity
        brand = "Yealink SIP-T54W" if index == 3 else "Grandstream GXP2170"
        rows.append(
            {"extension": f"100{index}", "contact": f"sip:100{index}@{one.phone.address}",
             "user_agent": f"{brand} {found.firmware}", "expires_s": 3600}
        )  # fmt: skip
    here.write("pbx.json.live", json.dumps({"registrations": rows, **more}))


def hold(here: Workspace, lab: Running, folder: Path) -> None:
    """Let phones fetch what is theirs: with a saved login they are read back."""
    here.run("render", "--all", "--reveal", "--out", str(folder))
    for one in lab.fleet:
        lab.call(one.phone.fetch)
    lab.wait(lambda fleet: all(each.phone.happened["applied"] for each in fleet))
    lab.wait(lambda fleet: all(each.phone.reachable for each in fleet))


def fetched(here: Workspace) -> None:
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    with published(here) as store:
        for owner in store.phones():
            store.record_fetches(
                [Fetch(owner.address, f.name, f.etag, now, "") for f in owner.files.values()]
            )


def want(here: Workspace, *phones: str, more: str = "") -> None:
    """Ask for the new version on some phones."""
    chosen = ", ".join(f"main/{each}" for each in phones)
    select = f"{{select: {{phones: [{chosen}]}}, version: {NEW}}}"
    here.edit("firmware.yaml", "targets: []", f"targets: [{select}]{more}")


def closed(here: Workspace) -> None:
    here.edit("inventory.yaml", "['24/7']", f"['{ANOTHER_DAY}']")


def apply(here: Workspace, *more: str, expect: int = 0, **options: Any) -> Ended:
    return here.run(
        "apply", "--auto-approve", "--poll", "0.2", *more, expect=expect, **options
    )  # fmt: skip


def life(here: Workspace, name: str) -> str:
    with published(here) as store:
        (found,) = store.standings([Address("phone", "main", name)])
    return found.lifecycle


def lives(here: Workspace, name: str) -> list[str]:
    """Return the states that a phone went through, as the journal tells."""
    rows = here.rows("SELECT facts FROM audit WHERE event = 'life' ORDER BY number")
    told = [json.loads(each[0]) for each in rows]
    return [each["state"] for each in told if each["phone"] == f"phone/main/{name}"]


def test_a_version_that_is_wanted_is_planned_done_and_proved(here: Workspace, lab: Running) -> None:
    here.run("plan", "--detailed-exitcode").says("No changes.")
    want(here, "p0", "p1")
    planned = here.run("plan", "--detailed-exitcode", expect=2)
    planned.says(
        f"GXP2170 {OLD} -> {NEW} 2 phones: p0 and p1",
        "firmware, about 10 min", "it says so itself", "2 phones get firmware",
    )  # fmt: skip
    assert lab.count(0, "upgraded") == 0
    here.run("plan", "--out", "plan.json")
    here.run("show", "plan.json").says(f"GXP2170 {OLD} -> {NEW}")
    done = apply(here, "plan.json")
    done.says("checksum right", "Firmware: 2 phones of 2 run what is wanted.")
    assert [lab.count(each, "upgraded") for each in range(4)] == [1, 1, 0, 0]
    assert lives(here, "p0") == ["maintenance", "firmware_updating", "maintenance"]
    assert life(here, "p0") == "managed"  # its registration was there, too
    live(here, lab)
    here.run("plan", "--detailed-exitcode").says("No changes.")
    assert apply(here).says("No changes.")
    assert lab.count(0, "upgraded") == 1


def closing(here: Workspace) -> None:
    """Let the window close in 8 minutes, which is less than an upgrade may take."""
    now = datetime.now(ZoneInfo("Europe/London"))
    begins, ends = now - timedelta(hours=1), now + timedelta(minutes=8)
    if begins.day == ends.day:
        hours = [f"{begins:%a %H:%M}-{ends:%H:%M}"]
    else:
        hours = [f"{begins:%a %H:%M}-24:00"]
        if (ends.hour, ends.minute) > (0, 0):
            hours.append(f"{ends:%a} 00:00-{ends:%H:%M}")
    here.edit("inventory.yaml", "['24/7']", str(hours))


def test_firmware_that_does_not_fit_into_what_is_left_of_the_window_is_not_begun(
    here: Workspace, lab: Running
) -> None:
    closing(here)
    want(here, "p0")
    here.run("plan").says("the window is open now, until")
    apply(here, expect=3).says("it takes about 10 min, and the window of main closes")
    assert lab.count(0, "upgraded") == 0
    by_hand = ("firmware", "upgrade", "p0", "--yes", "--spread", "0")
    here.run(*by_hand, expect=1).says("it takes about 10 min, and the window of main closes")
    assert lab.count(0, "upgraded") == 0


def test_outside_of_its_window_firmware_waits_for_resume(here: Workspace, lab: Running) -> None:
    closed(here)
    want(here, "p0")
    here.run("plan").says("the window opens", "unless --window now is said")
    run = apply(here, "--json", expect=3).json["run"]
    assert lab.count(0, "reboot") == 0
    ((kind, key, reason),) = here.rows("SELECT kind, key, reason FROM pending")
    assert (kind, key) == ("firmware", "p0")
    assert "the window of main opens" in reason
    apply(here, "--resume", str(run), "--window", "now").says("Firmware: 1 phone of 1 runs")
    assert lab.count(0, "upgraded") == 1
    assert here.rows("SELECT * FROM pending") == []


def test_where_nobody_names_hours_firmware_is_asked_for(here: Workspace, lab: Running) -> None:
    here.edit("inventory.yaml", "maintenance_windows: ['24/7']", "ntp: []")
    want(here, "p0")
    here.run("plan").says("main has no maintenance_windows", "until --window now is said")
    apply(here, expect=3).says("main has no window for firmware", "--window now")
    assert lab.count(0, "reboot") == 0
    # What else there is to do is not held up by it, and it can be left out.
    here.edit("phones.yaml", "name: Person 2", "name: Dora")
    apply(here, "--exclude", "firmware/*").says("changed")
    apply(here, "--target", "firmware/main/p0", "--window", "now").says("1 phone of 1 runs")


def test_one_of_a_model_goes_first_and_what_breaks_it_breaks_one(
    here: Workspace, lab: Running
) -> None:
    want(here, "p0", "p1", "p2")
    lab.call(setattr, lab.fleet[0].faults, "stays_off_after_reboot", True)
    done = apply(here, "--limit", "2", "--json", expect=1).json
    states = {e["address"]: (e["state"], e["detail"]) for e in done["outcomes"]}
    assert states["firmware/main/p0"][0] == "in_doubt"
    assert "did not come back" in states["firmware/main/p0"][1]
    assert states["firmware/main/p1"] == ("skipped", "the first one failed")
    assert [lab.count(each, "reboot") for each in range(3)] == [1, 0, 0]
    # Nobody knows what it runs: it is not begun again, whatever its last registration said.
    assert life(here, "p0") == "firmware_updating"
    live(here, lab)
    lab.call(lab.fleet[0].power_off)
    here.run("plan").says("nobody knows how it ended", "GXP2170 1.0.11.106 -> 1.0.11.107 2 phones")
    apply(here, "--exclude", "firmware/main/p1", "--exclude", "firmware/main/p2", expect=0)
    assert lab.count(0, "reboot") == 1
    # It comes back, old or new: what it says then counts.
    one = lab.fleet[0].phone
    lab.call(setattr, lab.fleet[0].faults, "stays_off_after_reboot", False)
    one.identity = replace(one.identity, firmware=NEW)  # what it was writing when it went silent
    lab.call(lab.fleet[0].power_on)
    lab.wait(lambda fleet: fleet[0].phone.reachable)
    apply(here, "--exclude", "firmware/main/p1", "--exclude", "firmware/main/p2")
    assert life(here, "p0") == "managed"
    assert here.rows("SELECT state FROM steps WHERE kind = 'firmware' AND key = 'p0'") == [
        ("done",)
    ]


def test_two_in_a_row_end_a_models_batch_and_a_failure_is_not_tried_again_by_itself(
    here: Workspace, lab: Running, folder: Path
) -> None:
    want(here, "p0")
    good = (folder / "gxp2170fw.bin").read_bytes()
    try:
        # An image that the phones refuse: they come back with what they had.
        bad = make_image(["GXP9999"], NEW)
        (folder / "gxp2170fw.bin").write_bytes(bad)
        here.edit(
            "firmware.yaml", hashlib.sha256(good).hexdigest(), hashlib.sha256(bad).hexdigest()
        )
        apply(here, "--limit", "2", expect=1).says(f"still runs {OLD}")
    finally:
        (folder / "gxp2170fw.bin").write_bytes(good)
    assert (lab.count(0, "reboot"), lab.count(0, "upgraded")) == (1, 0)
    here.edit("firmware.yaml", hashlib.sha256(bad).hexdigest(), hashlib.sha256(good).hexdigest())
    here.run("plan").says("refused: it was tried", "apply --target firmware/main/p0")
    apply(here).says("No changes.")
    assert life(here, "p0") == "managed", "it came back with what it had, and is in use"
    assert lab.count(0, "reboot") == 1
    apply(here, "--target", "firmware/main/p0").says("1 phone of 1 runs")
    assert life(here, "p0") == "managed"


def test_what_is_not_known_or_not_allowed_is_said_and_left_alone(
    here: Workspace, lab: Running
) -> None:
    want(here, "p0", "p1", "p2", more="\n  yealink/T46S: {}")
    here.edit("firmware.yaml", "file: gxp2170fw.bin,", "file: gxp2170fw.bin, one_way: true,")
    here.run("plan").says("refused: there is no way back from 1.0.11.107", "--accept-one-way")
    apply(here).says("No changes.")
    here.edit("firmware.yaml", "one_way: true,", "hw_revisions: ['9.9'],")
    here.run("plan").says("refused: 1.0.11.107 fits 9.9; the phone has")
    here.edit("firmware.yaml", "hw_revisions: ['9.9'],", "from: ['1.0.11.100'],")
    here.run("plan").says("refused: 1.0.11.107 needs 1.0.11.100 first, and no declared version")
    here.edit("firmware.yaml", "from: ['1.0.11.100'],", "one_way: true,")
    lab.call(lab.fleet[1].put_in_call, "1002")
    lab.call(lab.fleet[2].power_off)
    here.write("pbx.json.live", json.dumps({"registrations": []}))
    told = here.run("plan", "--accept-one-way", "--json").json["x_telephony"]["plan"]["firmware"]
    assert {e["address"]: e["state"] for e in told} == {
        "firmware/main/p0": "planned", "firmware/main/p1": "planned", "firmware/main/p2": "refused",
    }  # fmt: skip
    assert told[2]["why"].startswith("version not known: it was asked: ")
    done = apply(here, "--accept-one-way", "--json", expect=3).json
    states = {e["address"]: (e["state"], e["detail"]) for e in done["outcomes"]}
    assert states["firmware/main/p0"][0] == "done"
    assert states["firmware/main/p1"] == ("skipped", "it is in a call")
    assert [lab.count(each, "upgraded") for each in range(3)] == [1, 0, 0]
    assert [lab.count(each, "reboot") for each in (1, 2)] == [0, 0]


def test_a_phone_whose_file_names_its_firmware(here: Workspace, lab: Running, folder: Path) -> None:
    want(here)
    here.edit(
        "firmware.yaml", "  yealink/T54W:\n",
        f"  yealink/T54W:\n    targets: [{{version: {ROM_NEW}}}]\n",
    )  # fmt: skip
    here.run("plan").says("takes the firmware that its file names", f"firmware: {ROM_NEW}")
    here.edit("phones.yaml", "model: 'T54W'", f"model: 'T54W', firmware: {ROM_NEW}")
    closed(here)
    here.run("plan").says("~ phone/main/p3", "firmware, about 10 min", "1 phone gets firmware")
    # Its file would bring it the firmware at its next fetch: it is not published before.
    apply(here, expect=3).says("the window of main opens")
    here.run("render", "p3", "--reveal", "--out", str(folder))
    apply(here, "--window", "now").says("Firmware: 1 phone of 1 runs")
    assert (lab.count(3, "upgraded"), life(here, "p3")) == (1, "managed")


def test_killed_in_the_middle_it_is_looked_at_again_and_never_begun_twice(
    here: Workspace, lab: Running
) -> None:
    want(here, "p0")
    # Killed when the phone has been told and nobody has noted it.
    apply(here, die={"at": "settle", "call": 1, "after": False}, expect=None)
    lab.wait(lambda fleet: fleet[0].phone.identity.firmware == NEW and fleet[0].phone.reachable)
    assert here.rows("SELECT state, \"open\" FROM steps WHERE kind = 'firmware'") == [(None, 1)]
    live(here, lab)
    apply(here).says("No changes.")
    assert here.rows("SELECT state, \"open\" FROM steps WHERE kind = 'firmware'") == [("done", 0)]
    assert lab.count(0, "upgraded") == 1
    assert life(here, "p0") == "managed"


def test_killed_before_the_phone_was_told_it_is_not_begun_again_blindly(
    here: Workspace, lab: Running
) -> None:
    want(here, "p0")
    apply(here, die={"at": "intend", "call": 1, "after": True}, expect=None)
    assert lab.count(0, "reboot") == 0
    # It may still be writing, for all that anybody knows.
    here.run("plan").says("nobody knows how it ended")
    apply(here)
    assert lab.count(0, "reboot") == 0
