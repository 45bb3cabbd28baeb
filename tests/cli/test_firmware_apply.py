"""Firmware as part of plan and apply, on emulated phones: asked for, done in turn, proved."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from reconciler.lab.phones.firmware import make_image
from reconciler.model.address import Address
from reconciler.provisioning.records import Fetch
from tests.cli.fleet import published
from tests.cli.live_fleet import PASSWORD, Running, declared, running
from tests.cli.serving import serving
from tests.cli.workspace import Ended, Workspace, fill

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
    lab: Running, images: str, tmp_path_factory: pytest.TempPathFactory
) -> Workspace:
    """Four phones in use, with logins saved, whose windows are always open."""
    files = declared(lab.fleet)
    files["inventory.yaml"] = (
        files["inventory.yaml"]
        .replace("https://prov.office.example/p", images)
        .replace(ZONE, ZONE.replace("pbx: office", "pbx: office\n    maintenance_windows: ['24/7']"), 1)
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
    fetched(made)
    live(made, lab)
    made.run("apply", "--auto-approve").says("4 phones seen to use what was published")
    return made


@pytest.fixture
def here(managed_once: Workspace, lab: Running, tmp_path: Path) -> Workspace:
    from tests.cli.workspace import copied

    back_to_old(lab)
    return copied(managed_once, tmp_path / "work")


def back_to_old(lab: Running) -> None:
    for index, one in enumerate(lab.fleet):
        lab.call(one.power_on)
        lab.wait(lambda fleet, at=index: fleet[at].phone.reachable)
        lab.call(one.hang_up)
        lab.call(one.phone.happened.clear)
        version = ROM_OLD if index == 3 else OLD
        one.phone.identity = replace(one.phone.identity, firmware=version)
        lab.call(one.phone.settings.pop, "192", None)
        one.faults.stays_off_after_reboot = False


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
    day = (datetime.now(UTC) + timedelta(days=3)).strftime("%a")
    here.edit("inventory.yaml", "['24/7']", f"['{day} 12:00-12:01']")


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
    done = apply(here)
    done.says(f"checksum right", "Firmware: 2 phones of 2 run what is wanted.")
    assert [lab.count(each, "upgraded") for each in range(4)] == [1, 1, 0, 0]
    assert lives(here, "p0") == ["maintenance", "firmware_updating", "maintenance"]
    assert life(here, "p0") == "managed"  # its registration was there, too
    live(here, lab)
    here.run("plan", "--detailed-exitcode").says("No changes.")
    assert apply(here).says("No changes.")
    assert lab.count(0, "upgraded") == 1
