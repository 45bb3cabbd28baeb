"""What restarts phones keeps to the window of their site: held, said, and done later."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.fleet import ANOTHER_DAY, fleet, served
from tests.cli.test_fleet import live, notified, registered, settle
from tests.cli.workspace import Workspace, copied

ALWAYS = "24/7"
TIMEZONE = "timezone: Europe/London\n    country: GB\n    pbx: office"


@pytest.fixture(scope="module")
def settled_once(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    made = fleet(tmp_path_factory.mktemp("fleet") / "work")
    live(made)
    made.run("apply", "--auto-approve")
    settle(made)
    return made


@pytest.fixture
def here(settled_once: Workspace, tmp_path: Path) -> Iterator[Workspace]:
    workspace = copied(settled_once, tmp_path / "work")
    live(workspace, registrations=registered("ada", "ben", "cleo", "lobby"))
    yield workspace
    assert workspace.leaks() == []


def open_at(here: Workspace, hours: str) -> None:
    said = f"{TIMEZONE}\n    maintenance_windows: ['{hours}']"
    here.edit("inventory.yaml", TIMEZONE, said)


def test_outside_of_the_window_nothing_restarts_and_all_else_is_done(here: Workspace) -> None:
    open_at(here, ANOTHER_DAY)
    before = served(here)
    here.edit("phones.yaml", "name: Ben Roy", "name: Ben O'Neill")
    here.run("plan").says(
        "Windows main 1 step that restarts phones keeps to",
        "the window opens", "(Europe/London); until then they wait, unless --window now is said",
    )  # fmt: skip
    done = here.run("apply", "--auto-approve", "--json", expect=3).json
    held = {e["step"]: e["detail"] for e in done["outcomes"] if e["state"] == "skipped"}
    assert held.keys() == {"update phone/main/ben"}
    assert "it may restart, and the window of main opens" in held["update phone/main/ben"]
    assert here.pbx["extension"]["1002"]["name"] == "Ben O'Neill"
    assert (served(here), notified(here)) == (before, [])
    ((key, reason),) = here.rows("SELECT key, reason FROM pending")
    assert key == "ben"
    assert "the window of main opens" in reason
    # Again outside: it still waits. When the window is open, --resume does it.
    here.run("apply", "--resume", str(done["run"]), "--auto-approve", expect=3).says(
        "waiting: what restarts phones waits for the window of their site", "--resume"
    )
    here.edit("inventory.yaml", ANOTHER_DAY, ALWAYS)
    here.run("apply", "--resume", str(done["run"]), "--auto-approve").says("1 changed")
    assert served(here) != before
    assert [each[0] for each in notified(here)] == ["1002"]
    assert here.rows("SELECT * FROM pending") == []


def test_now_and_next_are_said_and_kept(here: Workspace) -> None:
    open_at(here, ANOTHER_DAY)
    here.edit("phones.yaml", "name: Ben Roy", "name: Ben O'Neill")
    done = here.run("apply", "--auto-approve", "--window", "now", "--json").json
    assert [each[0] for each in notified(here)] == ["1002"]
    (facts,) = here.rows(f"SELECT facts FROM audit WHERE event='window' AND run={done['run']}")
    assert json.loads(facts[0]) == {"said": "now", "sites": ["site/main"]}
    here.edit("inventory.yaml", ANOTHER_DAY, ALWAYS)
    here.edit("phones.yaml", "name: Cleo Marsh", "name: Cleo")
    here.run("apply", "--auto-approve", "--window", "next", expect=3).says(
        "phone/main/cleo", "waits for the window"
    )
    assert here.pbx["extension"]["1003"]["name"] == "Cleo"
    assert [each[0] for each in notified(here)] == ["1002"]


def test_the_policy_is_every_sites_window_that_names_none(here: Workspace) -> None:
    here.append("inventory.yaml", f"policy: {{windows: ['{ANOTHER_DAY}']}}\n")
    here.run("validate").says_not("not-in-effect", "has no effect")
    here.edit("phones.yaml", "name: Ben Roy", "name: Ben O'Neill")
    here.run("apply", "--auto-approve", expect=3).says("the window of main opens")
    open_at(here, ALWAYS)  # what the site says itself counts
    here.run("apply", "--auto-approve").says("1 changed")


def test_a_password_that_its_phone_cannot_learn_stays_on_the_pbx(here: Workspace) -> None:
    open_at(here, ANOTHER_DAY)
    here.environ["ADA"] = "canary-Ada-next-77Gq"
    here.planted.add("canary-Ada-next-77Gq")
    before = here.pbx["extension"]["1001"]["secret"]
    here.run("apply", "--auto-approve", expect=3).says("its password changes, and phone/main/ada")
    assert here.pbx["extension"]["1001"]["secret"] == before
    here.run("apply", "--auto-approve", "--window", "now")
    assert here.pbx["extension"]["1001"]["secret"] == "canary-Ada-next-77Gq"


def test_what_was_published_before_the_window_closed_is_not_told(here: Workspace) -> None:
    live(here)
    here.edit("phones.yaml", "name: Ben Roy", "name: Ben O'Neill")
    here.run("apply", "--auto-approve")
    live(here, registrations=registered("ada", "ben", "cleo", "lobby"))
    open_at(here, ANOTHER_DAY)
    here.run("apply", "--auto-approve").says(
        "ben might restart, and the window of main opens", "it is told then"
    )
    assert notified(here) == []
    here.run("apply", "--auto-approve", "--window", "now").says("1 phone told to fetch.")


def test_a_saved_plan_keeps_to_its_windows(here: Workspace) -> None:
    open_at(here, ANOTHER_DAY)
    here.edit("phones.yaml", "name: Ben Roy", "name: Ben O'Neill")
    planned = here.run("plan", "--out", "plan.json", "--json").json
    (window,) = planned["x_telephony"]["plan"]["windows"]
    assert (window["target"], window["timezone"]) == ("site/main", "Europe/London")
    assert window["steps"] == ["update phone/main/ben"]
    here.run("apply", "plan.json", expect=3).says("the window of main opens")
    assert here.pbx["extension"]["1002"]["name"] == "Ben O'Neill"


def test_what_restarts_nobody_waits_for_no_window(here: Workspace) -> None:
    raw = 'raw: {sip.notify_reboot_enable: "2"}'
    here.edit("phones.yaml", "vendor: yealink\n", f"vendor: yealink\n    {raw}\n")
    here.run("apply", "--auto-approve")
    open_at(here, ANOTHER_DAY)
    here.edit("phones.yaml", "name: Ben Roy", "name: Ben O'Neill")
    here.run("apply", "--auto-approve").says("2 changed")
