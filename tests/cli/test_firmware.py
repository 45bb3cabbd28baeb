"""`reconciler firmware` on emulated phones."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.lab.phones.firmware import make_image
from tests.cli.fleet import ANOTHER_DAY
from tests.cli.live_fleet import PASSWORD, Running, declared, running
from tests.cli.serving import serving
from tests.cli.workspace import Workspace, fill

OLD, NEW = "1.0.11.106", "1.0.11.107"
CONTENT = make_image(["GXP2170"], NEW)
ROM_OLD, ROM_NEW = "96.87.0.22", "96.87.0.30"
ROM = make_image(["T54W"], ROM_NEW)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """What the server of files and images serves."""
    made = tmp_path_factory.mktemp("served")
    (made / "gxp2170fw.bin").write_bytes(CONTENT)
    (made / "T54W.rom").write_bytes(ROM)
    return made


@pytest.fixture(scope="module")
def images(folder: Path) -> Iterator[str]:
    with serving(folder) as url:
        yield url


@pytest.fixture(scope="module")
def lab(images: str) -> Iterator[Running]:
    """Phones that fetch their files, and the images that these or their settings name."""
    models = ("GXP2170", "GXP2160", "T54W", "GXP2170")
    with running(models, boots=False, provisioning_url=images) as started:
        yield started


@pytest.fixture
def here(lab: Running, images: str, tmp_path) -> Workspace:
    for one in lab.fleet:
        lab.call(one.phone.happened.clear)
        one.phone.identity = replace(one.phone.identity, firmware=OLD)
        lab.call(one.phone.settings.pop, "192", None)
    lab.fleet[2].phone.identity = replace(lab.fleet[2].phone.identity, firmware=ROM_OLD)
    files = declared(lab.fleet)
    files["inventory.yaml"] = files["inventory.yaml"].replace(
        "https://prov.office.example/p", images
    )
    files["firmware.yaml"] = f"""\
apiVersion: reconciler/v1
firmware:
  gxp:
    vendor: grandstream
    models: [GXP2160, GXP2170]
    versions:
      - {{version: {OLD}}}
      - version: {NEW}
        file: gxp2170fw.bin
        sha256: {hashlib.sha256(CONTENT).hexdigest()}
        recommended: true
"""
    made = fill(tmp_path / "work", files)
    made.run(
        "phones", "test-connection", "*", "--save", "--password-stdin", "--scheme", "https",
        "--port", str(lab.fleet.https_port), stdin=f"{PASSWORD}\n",
    )  # fmt: skip
    return made


def upgrade(here: Workspace, *more: str, expect: int = 0):
    return here.run(
        "firmware", "upgrade", *more, "--yes", "--spread", "0", "--poll", "0.2", expect=expect
    )


def test_compliance_in_three_formats(here: Workspace) -> None:
    told = here.run("firmware", "compliance", "--ask-phones", "--json").json
    states = {each["phone"]: each["state"] for each in told["phones"]}
    assert states == {
        "phone/main/p0": "behind", "phone/main/p1": "behind", "phone/main/p2": "no-target",
        "phone/main/p3": "behind",
    }  # fmt: skip
    rows = here.run("firmware", "compliance", "--ask-phones", "--format", "csv").out
    first = next(csv.DictReader(io.StringIO(rows)))
    assert (first["current"], first["wanted"]) == (OLD, NEW)
    said = here.run("firmware", "compliance", "--ask-phones", "--detailed-exitcode", expect=2)
    said.says("4 phones: 3 behind, 1 no-target")
    here.run("firmware", "compliance").says("unknown")  # nobody is registered, nobody was asked


def test_a_phone_gets_its_firmware_and_says_so(here: Workspace, lab: Running, images: str) -> None:
    upgrade(here, "p0").says("checksum right", f"it runs {NEW}")
    settings = lab.fleet[0].phone.settings
    assert settings["192"] == images.removeprefix("http://")
    assert settings["6767"] == "1"
    assert lab.count(0, "upgraded") == 1
    upgrade(here, "p0").says("has 1.0.11.107 already")
    assert lab.count(0, "upgraded") == 1


def test_a_phone_that_keeps_the_old_version_fails_and_is_not_tried_again(
    here: Workspace, lab: Running
) -> None:
    # The server has an image for GXP2170 alone.
    upgrade(here, "p1", "--limit", "3", expect=1).says(f"still runs {OLD}")
    assert (lab.count(1, "reboot"), lab.count(1, "upgraded")) == (1, 0)


def test_the_first_one_goes_first_and_stops_the_others(here: Workspace, lab: Running) -> None:
    lab.call(setattr, lab.fleet[0].faults, "stays_off_after_reboot", True)
    try:
        said = upgrade(here, "p0", "p3", "--limit", "2", expect=1)
    finally:
        lab.call(setattr, lab.fleet[0].faults, "stays_off_after_reboot", False)
        lab.call(lab.fleet[0].power_on)
        lab.wait(lambda fleet: fleet[0].phone.reachable)
    said.says("did not come back", "not tried again", "the first one failed")
    assert (lab.count(0, "reboot"), lab.count(3, "reboot")) == (1, 0)


def test_a_damaged_file_reaches_nobody(here: Workspace, lab: Running) -> None:
    here.edit("firmware.yaml", hashlib.sha256(CONTENT).hexdigest(), "0" * 64)
    upgrade(here, "p0", expect=1).says("checksum is another")
    assert lab.count(0, "reboot") == 0


def test_a_phone_in_a_call_is_left_alone(here: Workspace, lab: Running) -> None:
    lab.call(lab.fleet[0].put_in_call, "1002")
    try:
        upgrade(here, "p0", expect=1).says("it is in a call")
    finally:
        lab.call(lab.fleet[0].hang_up)
    assert lab.count(0, "reboot") == 0


def test_a_way_without_return(here: Workspace, lab: Running) -> None:
    here.edit("firmware.yaml", "recommended: true", "recommended: true\n        one_way: true")
    upgrade(here, "p0", expect=1).says("no way back", "--accept-one-way")
    assert lab.count(0, "reboot") == 0


def test_outside_its_window_a_site_is_left_alone(here: Workspace, lab: Running) -> None:
    here.edit("inventory.yaml", "subnets: [127.0.0.0/8]",
              f"subnets: [127.0.0.0/8]\n    maintenance_windows: ['{ANOTHER_DAY}']")  # fmt: skip
    upgrade(here, "p0", expect=64).says(
        f"the window of main opens {ANOTHER_DAY[:3]}", "--window now"
    )
    assert lab.count(0, "reboot") == 0


def test_a_phone_whose_file_names_the_firmware(here: Workspace, lab: Running, folder: Path) -> None:
    here.append(
        "firmware.yaml",
        f"  yealink/T54W:\n    versions:\n      - {{version: {ROM_NEW}, file: T54W.rom, "
        f"sha256: {hashlib.sha256(ROM).hexdigest()}}}\n",
    )
    said = upgrade(here, "p2", "--to", ROM_NEW, expect=64)
    said.says(f"firmware: {ROM_NEW}", "apply, first")
    assert lab.count(2, "reboot") == 0
    here.edit("phones.yaml", "model: 'T54W'", f"model: 'T54W', firmware: {ROM_NEW}")
    here.run("apply", "--auto-approve")
    here.run("render", "p2", "--reveal", "--out", str(folder))
    upgrade(here, "p2").says(f"it runs {ROM_NEW}")
    assert lab.count(2, "upgraded") == 1
