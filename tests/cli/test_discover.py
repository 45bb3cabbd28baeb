"""`reconciler discover` and `onboard` over a network of emulated phones."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterator

import pytest
import yaml

from reconciler.lab.phones import Spec
from tests.cli.live_fleet import PASSWORD, Running, running
from tests.cli.workspace import DEADLINE_S, OFFICE, Workspace, copied, fill

MODELS = ("T46U", "GXP2170", "VVX 411", "D785", "X4U", "SPA504G", "T46S", "GXP1628", "Edge E350",
          "T54W", "GRP2614", "HT802V2", "T28P", "GXP1405", "CP-8841")  # fmt: skip
COUNT = 60
HOSTS = 62
"""How many addresses are looked at. Two are silent: so few that there is time for the others."""
IN_TIME = ("--timeout", "5")


def specs() -> tuple[Spec, ...]:
    """60 phones of six vendors, in no order of their addresses."""
    return tuple(
        Spec(MODELS[index % len(MODELS)], password=PASSWORD,
             address=f"127.78.9.{1 + (index * 37) % HOSTS}")
        for index in range(COUNT)
    )  # fmt: skip


@pytest.fixture(scope="module")
def lab() -> Iterator[Running]:
    with running(specs(), boots=False) as started:
        yield started


INVENTORY = f"""\
{OFFICE}sites:
  main:
    timezone: Europe/London
    country: GB
    pbx: office
    subnets: [127.78.9.0/26]
provisioning: {{base_url: "https://prov.office.example/p"}}
workspace: {{name: office}}
"""
PEOPLE = """\
apiVersion: reconciler/v1
pbx: office
templates:
  desk: {vendor: yealink, model_pattern: "T4.*", default: true}
  any: {vendor: any, default: true}
"""


@pytest.fixture(scope="module")
def scanned(lab: Running, tmp_path_factory) -> tuple[Workspace, dict]:
    """A workspace in which a scan was made, and what it told."""
    files = {"inventory.yaml": INVENTORY, "people.yaml": PEOPLE}
    made = fill(tmp_path_factory.mktemp("scanned") / "work", files)
    return made, discover(made, lab).json


@pytest.fixture
def here(tmp_path) -> Workspace:
    return fill(tmp_path / "work", {"inventory.yaml": INVENTORY, "people.yaml": PEOPLE})


def discover(here: Workspace, lab: Running, *more: str):
    return here.run(
        "discover", "main", "--loopback", "--json", "--per-second", "400", *IN_TIME,
        "--sip-port", str(lab.fleet.sip_port), "--http-port", str(lab.fleet.http_port),
        "--https-port", str(lab.fleet.https_port), *more,
    )  # fmt: skip


def test_sixty_phones_of_six_vendors_are_found_and_nobody_is_locked_out(
    scanned: tuple[Workspace, dict], lab: Running
) -> None:
    here, told = scanned
    assert told["looked_at"] == HOSTS
    found = {each["address"]: each for each in told["phones"]}
    wrong = []
    for one in lab.fleet:
        identity = one.phone.identity
        row = found.get(one.phone.address)
        model = identity.model.replace(" ", "").replace("CP8841", "CP-8841-3PCC")
        if row is None or (row["vendor"], row["model"]) != (identity.vendor, model):
            wrong.append((identity.vendor, model, row))
        assert one.phone.happened["wrong"] == one.phone.happened["login"] == 0
        assert not one.phone.is_locked()
    assert wrong == []
    assert len(found) == COUNT
    assert {each["vendor"] for each in told["phones"]} == {
        "grandstream", "yealink", "polycom", "snom", "fanvil", "cisco"
    }  # fmt: skip
    assert all(each["why"] for each in told["phones"])
    declared = yaml.safe_load(here.read("discovered-main.yaml"))["phones"]
    assert {each["lifecycle"] for each in declared.values()} == {"discovered"}
    assert len(declared) == len([each for each in told["phones"] if each["mac"]])
    here.run("plan", "--detailed-exitcode").says("No changes.")


def test_each_way_alone(scanned: tuple[Workspace, dict], lab: Running) -> None:
    here, _ = scanned
    by_sip = discover(here, lab, "--type", "sip", "--no-write").json["phones"]
    assert len(by_sip) == COUNT
    assert any(each["declared"] for each in by_sip)  # what was found before is known now
    by_http = discover(here, lab, "--type", "http", "--no-write").json["phones"]
    assert len(by_http) >= COUNT - 4
    assert all(one.phone.happened["wrong"] == 0 for one in lab.fleet)


def test_ctrl_c_keeps_what_was_found_and_resume_goes_on(here: Workspace, lab: Running) -> None:
    options = (
        "discover", "main", "--loopback", "--json", "--no-write", "--type", "sip",
        "--sip-port", str(lab.fleet.sip_port), *IN_TIME,
    )  # fmt: skip
    running_ = here.start(*options, "--per-second", "5")
    state = here.folder / ".reconciler" / "discovery.json"
    end = time.monotonic() + DEADLINE_S
    while not state.exists():
        assert running_.poll() is None
        assert time.monotonic() < end
        time.sleep(0.02)
    running_.send_signal(signal.SIGINT)
    out, err = running_.communicate(timeout=DEADLINE_S)
    stopped = here.ended(options, running_.returncode, out, err, 130)
    stopped.says("--resume goes on")
    assert 0 < json.loads(out)["looked_at"] < HOSTS
    told = here.run(*options, "--resume", "--per-second", "400").json
    assert (told["looked_at"], len(told["phones"])) == (HOSTS, COUNT)
    assert not state.exists()


def test_networks_that_nobody_means(here: Workspace) -> None:
    here.run("discover", "10.0.0.0/8", expect=64).says("--large")
    here.run("discover", "127.78.9.0/24", expect=64).says("this machine itself")
    here.run("discover", "attic", expect=64).says("neither a site")


def test_onboarding_is_an_edit_of_the_files(scanned: tuple[Workspace, dict], tmp_path) -> None:
    here = copied(scanned[0], tmp_path / "work")
    text = here.read("discovered-main.yaml")
    name = next(n for n, each in yaml.safe_load(text)["phones"].items() if each["model"] == "T46U")
    here.run("onboard", name, "--dry-run").says("template desk: made for its model", "+")
    assert here.read("discovered-main.yaml") == text
    here.run("onboard", name).says("next: reconciler plan")
    after = yaml.safe_load(here.read("discovered-main.yaml"))["phones"][name]
    assert after["template"] == "desk"
    assert "lifecycle" not in after
    assert here.read("discovered-main.yaml").count("#") == text.count("#")
    here.run("plan").says(f"phone/main/{name}")
    here.run("onboard", "nobody", expect=1).says("error[not-discovered]")
