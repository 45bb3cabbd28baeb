"""A phone that leaves: its login, its pins, its token and its files are gone, whoever says so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.fleet import published
from tests.cli.live_fleet import PASSWORD, Running, declared, running
from tests.cli.workspace import Workspace, copied, fill


@pytest.fixture(scope="module")
def lab() -> Iterator[Running]:
    with running(("T54W", "GXP2170", "VVX 411"), boots=False) as started:
        yield started


@pytest.fixture(scope="module")
def saved_once(lab: Running, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    files = declared(lab.fleet)
    files["inventory.yaml"] = files["inventory.yaml"].replace(
        '"https://prov.office.example/p"', '"https://prov.office.example/p", require: [token]'
    )
    made = fill(tmp_path_factory.mktemp("leaving") / "work", files)
    made.run(
        "phones", "test-connection", "*", "--save", "--password-stdin", "--scheme", "https",
        "--port", str(lab.fleet.https_port), stdin=f"{PASSWORD}\n",
    )  # fmt: skip
    made.run("apply", "--auto-approve")
    return made


@pytest.fixture
def here(saved_once: Workspace, tmp_path: Path) -> Workspace:
    return copied(saved_once, tmp_path / "work")


def kept(here: Workspace, name: str) -> list[str]:
    """Return the names of the secrets that are kept of a phone."""
    names = [each["name"] for each in here.run("secrets", "list", "--json").json["secrets"]]
    return [each for each in names if f"main/{name}" in each]


def token(here: Workspace, name: str) -> str:
    with published(here) as store:
        (found,) = (e for e in store.admissions.tokens() if e.owner.key == name)
    return str(found.digest)


def leave_by_lifecycle(here: Workspace) -> None:
    here.edit("phones.yaml", "p0: {mac", "p0: {lifecycle: decommissioned, mac")


def leave_by_removal(here: Workspace) -> None:
    lines = here.read("phones.yaml").splitlines(keepends=True)
    here.write("phones.yaml", "".join(each for each in lines if not each.startswith("  p0:")))


@pytest.mark.parametrize("leave", [leave_by_lifecycle, leave_by_removal])
def test_who_leaves_takes_nothing_along_and_begins_anew(here: Workspace, leave) -> None:
    before = here.read("phones.yaml")
    old = token(here, "p0")
    assert len(kept(here, "p0")) >= 2  # the login and the token
    leave(here)
    here.run("plan").says("- phone/main/p0", "Person 0 (1000)", "gets a new SIP password")
    # As long as it is not withdrawn it is somebody's phone.
    here.run("plan", "--exclude", "phone/main/p0").says("No changes.")
    assert len(kept(here, "p0")) >= 2  # a plan changes nothing
    done = here.run("apply", "--auto-approve").says("phone/main/p0: out of service", "are wiped")
    done.says("extension 1000 updated")
    here.run("plan").says("No changes.")
    assert kept(here, "p0") == []
    assert len(kept(here, "p1")) >= 2
    with published(here) as store:
        assert [each.address.key for each in store.phones()] == ["p1", "p2"]
    here.write("phones.yaml", before)
    here.run("apply", "--auto-approve")
    phones = here.run("status", "--json").json["phones"]
    states = {each["address"]: each["lifecycle"] for each in phones}
    assert states["phone/main/p0"] == "onboarding"
    assert token(here, "p0") != old
    said = here.run("phones", "reboot", "p0", "--yes", expect=1)
    said.says("error[no-login]", "test-connection --save main/p0")


def test_killed_before_it_is_wiped_the_next_run_wipes_it(here: Workspace) -> None:
    leave_by_removal(here)
    here.run("apply", "--auto-approve", die={"at": "settle", "call": 1, "after": True}, expect=None)
    assert kept(here, "p0")
    here.run("apply", "--auto-approve").says("out of service")
    assert kept(here, "p0") == []


def test_a_renamed_phone_keeps_its_login_and_other_hardware_does_not(here: Workspace) -> None:
    here.edit("phones.yaml", "  p0: {mac", "  anna: {mac")
    here.append("phones.yaml", "moved: [{from: phone/main/p0, to: phone/main/anna}]\n")
    here.run("apply", "--auto-approve").says("1 moved")
    assert kept(here, "p0") == []
    assert any("phone-login" in each for each in kept(here, "anna"))
    mac = here.read("phones.yaml").partition("p1: {mac: '")[2][:12]
    here.edit("phones.yaml", mac, "000b82ffff01")
    here.run("apply", "--auto-approve").says("phone/main/p1: other hardware")
    assert not any("phone-login" in each for each in kept(here, "p1"))
