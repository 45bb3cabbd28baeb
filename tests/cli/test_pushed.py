"""Phones that apply writes to: locked, unplugged, deaf, in a call; and what the next run does.

The phones are emulated and fetch nothing; the PBX is one in memory, whose registrations are said.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from reconciler.lab.phones import EmulatedPhone
from reconciler.model.address import Address
from reconciler.provisioning.store.records import Fetch
from tests.cli.fleet import published
from tests.cli.live_fleet import PASSWORD, Running, declared, running
from tests.cli.workspace import Ended, Workspace, copied, fill

PUSH = "    phones: {settings: {provisioning: {delivery: push}}}\n"
SUBNETS = "    subnets: [127.0.0.0/8]\n"


@pytest.fixture(scope="module")
def lab() -> Iterator[Running]:
    with running() as started:
        yield started


@pytest.fixture(scope="module")
def written_once(lab: Running, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """An estate whose phones were written to, and were seen to use it."""
    files = declared(lab.fleet)
    files["inventory.yaml"] = files["inventory.yaml"].replace(SUBNETS, SUBNETS + PUSH, 1)
    made = fill(tmp_path_factory.mktemp("pushed") / "work", files)
    live(made, lab)
    made.run("apply", "--auto-approve", expect=3).says(
        "p0, p1, p2 and p3 wait: there is no saved login",
        "reconciler phones test-connection --save main/p0 main/p1 main/p2 main/p3",
        "reconciler apply --resume 1",
    )
    save(made, lab)
    made.run("apply", "--resume", "1").says("4 phones written to")
    live(made, lab)
    made.run("status", "--watch", "0.2").says("Every phone uses what it was given.")
    return made


@pytest.fixture
def here(written_once: Workspace, lab: Running, tmp_path: Path) -> Iterator[Workspace]:
    workspace = copied(written_once, tmp_path / "work")
    lab.wait(lambda fleet: all(each.phone.reachable for each in fleet))
    before = [dict(one.phone.settings) for one in lab.fleet]
    for one in lab.fleet:
        lab.call(one.phone.happened.clear)
    live(workspace, lab)
    yield workspace
    assert workspace.leaks() == []
    for one, settings in zip(lab.fleet, before, strict=True):
        lab.call(mend, one, settings)


def mend(one: EmulatedPhone, settings: dict[str, str]) -> None:
    one.unlock()
    one.hang_up()
    one.faults.ignores_writes, one.faults.unplug_after_values = False, None
    one.phone.settings, one.phone.overrides = settings, {}
    if not one.phone.power:
        one.power_on()


def live(here: Workspace, lab: Running, *off: int, calls: tuple[int, ...] = ()) -> None:
    """Say at the PBX that all phones are registered, but for those that are off."""
    rows = [
        {"extension": f"100{at}", "contact": f"sip:100{at}@{one.phone.address}:5060",
         "expires_s": 3600}
        for at, one in enumerate(lab.fleet)
        if at not in off
    ]  # fmt: skip
    busy = [{"extension": f"100{at}"} for at in calls]
    here.write("pbx.json.live", json.dumps({"registrations": rows, "calls": busy}))


def save(here: Workspace, lab: Running, *names: str) -> None:
    here.run(
        "phones", "test-connection", *(names or ("*",)), "--save", "--password-stdin",
        "--scheme", "https", "--port", str(lab.fleet.https_port), stdin=f"{PASSWORD}\n",
    )  # fmt: skip


def rename(here: Workspace) -> None:
    """Change what every phone shows."""
    for at in range(4):
        here.edit("phones.yaml", f"name: Person {at}", f"name: Human {at}")


def rows(done: Ended) -> dict[str, dict[str, Any]]:
    return {each["address"][-2:]: each for each in done.json["phones"]}


def statuses(here: Workspace) -> dict[str, str]:
    phones = here.run("status", "--json").json["phones"]
    return {each["address"][-2:]: each["provision_status"] for each in phones}


def shown(lab: Running) -> list[str]:
    names = ("account.1.label", "270", "reg.1.label", "account.1.label")
    return [one.phone.settings[name] for one, name in zip(lab.fleet, names, strict=True)]


def test_written_read_back_and_proved_by_that(here: Workspace, lab: Running) -> None:
    rename(here)
    here.run("plan").says("registers again").says_not("fetches its settings")
    done = here.run("apply", "--auto-approve")
    done.says("4 phones written to", "4 phones seen to use what was published")
    assert shown(lab) == [f"Human {at}" for at in range(4)]
    assert set(statuses(here).values()) == {"applied"}
    assert sum(one.phone.happened["reboot"] for one in lab.fleet) == 0
    logins = lab.count(0, "login")
    here.run("apply", "--auto-approve").says("No changes.").says_not("written")
    assert lab.count(0, "login") == logins  # who has everything is not gone to


def test_a_new_password_is_proved_by_a_registration(here: Workspace, lab: Running) -> None:
    before = here.pbx["extension"]["1001"]["secret"]
    here.environ["NEW"] = "canary-New-9fKq2Wzx"
    here.planted.add("canary-New-9fKq2Wzx")
    here.edit("phones.yaml", "Person 1, secret: {secret: generated}",
              'Person 1, secret: {secret: "env:NEW"}')  # fmt: skip
    late = json.loads(here.read("pbx.json.live"))
    for each in late["registrations"]:
        each["expires_s"] = 1800
    here.write("pbx.json.live", json.dumps(late))
    here.run("apply", "--auto-approve").says("1 phone written to").says_not("seen to use")
    assert lab.fleet[1].phone.settings["34"] == "canary-New-9fKq2Wzx" != before
    assert statuses(here)["p1"] == "pushed"
    live(here, lab)
    here.run("status", "--watch", "0.2").says("Every phone uses what it was given.")


def test_one_locked_one_unplugged_one_off_one_deaf(here: Workspace, lab: Running) -> None:
    locked, unplugged, off, deaf = lab.fleet
    lab.call(locked.lock_out, 600)
    lab.call(unplugged.unplug_after, 1)
    lab.call(off.power_off)
    lab.call(deaf.ignore_writes)
    live(here, lab, 2)
    rename(here)
    done = here.run("apply", "--auto-approve", "--json", expect=3)
    run, found = done.json["run"], rows(done)
    assert {name: (each["state"], each["code"]) for name, each in found.items()} == {
        "p0": ("skipped", "locked-out"),
        "p1": ("in_doubt", "unreachable"),
        "p2": ("skipped", "unreachable"),
        "p3": ("failed", "values-kept"),
    }
    assert found["p0"]["until"] > found["p0"]["since"]
    assert found["p2"]["since"]
    assert found["p3"]["fields"]["account.1.label"] == "lines.0.label"
    assert statuses(here) == {"p0": "stale", "p1": "stale", "p2": "stale", "p3": "failed"}
    here.run("status").says(
        "refuses logins", "the line broke while it was written to", "it is not reachable",
        "did not take account.1.display_name (lines.0), account.1.label (lines.0.label)",
    )  # fmt: skip
    here.run("history", str(run)).says("partly", "in doubt  push phone/main/p1", "--resume")

    tries, half = lab.count(0, "wrong"), dict(unplugged.phone.settings)
    live(here, lab, 1, 2)
    again = here.run("apply", "--resume", str(run), expect=3)
    again.says("p0 waits: it takes no login for a while; not tried before", "not reachable")
    assert lab.count(0, "wrong") == tries
    assert dict(unplugged.phone.settings) == half

    lab.call(mend, deaf, dict(deaf.phone.settings))
    lab.call(unplugged.power_on)
    lab.call(off.power_on)
    lab.wait(lambda fleet: all(each.phone.reachable for each in fleet))
    live(here, lab)
    here.run("apply", "--resume", str(run), expect=3).says("3 phones written to", "p1, p2 and p3")
    lab.call(locked.unlock)
    save(here, lab, "p0")
    here.run("apply", "--auto-approve").says("1 phone written to")
    assert set(statuses(here).values()) == {"applied"}
    assert shown(lab) == [f"Human {at}" for at in range(4)]
    steps = here.run("history", str(run), "--json").json["steps"]
    (doubt,) = (each for each in steps if each["step"] == "push phone/main/p1")
    assert doubt["state"] == "failed"
    assert "read again after an interruption" in doubt["detail"]


def test_a_refused_login_is_tried_once(here: Workspace, lab: Running) -> None:
    for one in lab.fleet:
        lab.call(setattr, one.phone, "password", "Another-1")
    try:
        rename(here)
        done = here.run("apply", "--auto-approve", "--json", expect=3)
        assert {each["code"] for each in rows(done).values()} == {"authentication-failed"}
        wrong = [lab.count(at, "wrong") for at in range(4)]
        again = here.run("apply", "--auto-approve", expect=3)
        again.says("it refused the saved login, which is not tried again", "--save main/p0 main/p1")
        assert [lab.count(at, "wrong") for at in range(4)] == wrong
    finally:
        for one in lab.fleet:
            lab.call(setattr, one.phone, "password", PASSWORD)
    save(here, lab)
    here.run("apply", "--auto-approve").says("4 phones written to")


def test_nobody_is_written_to_in_a_call(here: Workspace, lab: Running) -> None:
    live(here, lab, calls=(3,))
    rename(here)
    done = here.run("apply", "--auto-approve", "--json", expect=3)
    found = rows(done)
    assert (found["p3"]["state"], found["p3"]["code"]) == ("skipped", "in-call")
    assert shown(lab) == ["Human 0", "Human 1", "Human 2", "Person 3"]
    here.run("apply", "--auto-approve", "--on-call", "skip").says("p3 waits: it is in a call")
    live(here, lab)
    here.run("apply", "--resume", str(done.json["run"])).says("1 phone written to")
    assert shown(lab)[3] == "Human 3"


def test_what_is_held_back_is_not_written(here: Workspace, lab: Running) -> None:
    """A phone whose own change waits is not given what its PBX does not know yet."""
    rename(here)
    here.run("apply", "--auto-approve", "--target", "phone/main/p0").says("1 phone written to")
    assert shown(lab) == ["Human 0", "Person 1", "Person 2", "Person 3"]
    assert set(statuses(here).values()) == {"applied"}


def test_undoing_a_run_writes_what_was_before(here: Workspace, lab: Running) -> None:
    rename(here)
    run = here.run("apply", "--auto-approve", "--json").json["run"]
    here.run("rollback", str(run), "--auto-approve").says("4 phones written to")
    assert shown(lab) == [f"Person {at}" for at in range(4)]


def test_who_fetched_and_holds_something_else_has_failed(here: Workspace, lab: Running) -> None:
    """Also where its registration would prove it; and it ends when it holds it after all."""
    here.edit("inventory.yaml", PUSH, "")
    here.edit("phones.yaml", "name: Person 1", "name: Human 1")
    here.run("apply", "--auto-approve", "--target", "phone/main/p1")
    now = datetime.now(UTC)
    with published(here) as store:
        owner = store.owner(Address("phone", "main", "p1"))
        assert owner is not None
        at = now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        given = [Fetch(owner.address, f.name, f.etag, at, "") for f in owner.files.values()]
        store.record_fetches(given)
    live(here, lab)
    done = here.run("apply", "--auto-approve", "--target", "phone/main/p1", "--json", expect=3)
    assert rows(done)["p1"]["state"] == "failed"
    assert rows(done)["p1"]["fields"]["P270"] == "lines.0.label"
    assert statuses(here)["p1"] == "failed"
    for name in ("270", "3"):
        lab.call(lab.fleet[1].phone.settings.__setitem__, name, "Human 1")
    for name, each in (("237", "prov.office.example/p"), ("212", "2")):
        lab.call(lab.fleet[1].phone.settings.__setitem__, name, each)
    here.run("apply", "--auto-approve", "--target", "phone/main/p1").says("seen to use", "p1")
    assert statuses(here)["p1"] == "applied"


def test_what_somebody_changed_at_a_phone_is_drift(here: Workspace, lab: Running) -> None:
    here.run("drift", "--phones").says("No drift.", "4 phones hold what is declared")
    lab.call(lab.fleet[0].phone.settings.__setitem__, "account.1.label", "Mine")
    lab.call(lab.fleet[2].power_off)
    here.run("drift").says("No drift.")
    found = here.run("drift", "--phones", expect=2)
    found.says(
        "phone/main/p0", "changed at the phone: account.1.label (lines.0.label)",
        "phone/main/p2", "not reachable", "reconciler apply writes it again",
    )  # fmt: skip
    lab.call(lab.fleet[2].power_on)
    lab.wait(lambda fleet: fleet[2].phone.reachable)
    here.run("apply", "--auto-approve").says("1 phone written to")
    assert shown(lab)[0] == "Person 0"
    told = here.run("drift", "--phones", "--json").json
    assert (told["drift"], told["phones"], told["phones_not_read"]) == ([], [], [])
