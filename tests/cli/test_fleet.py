"""Phones from their first file to the proof that they use it: told, seen, noted, left alone."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from reconciler.provisioning.store.records import Fetch
from tests.cli.fleet import fleet, phone, published
from tests.cli.workspace import Workspace, copied

NUMBERS = {"ada": "1001", "ben": "1002", "cleo": "1003", "lobby": "1004"}
AGENTS = {
    "ada": "Yealink SIP-T54W 96.86.0.75 805ec0f00001",
    "ben": "Yealink SIP-T54W 96.86.0.75 805ec0f00002",
    "cleo": "Yealink SIP-T54W 96.86.0.75 805ec0f00003",
    "lobby": "PolycomVVX-VVX_250-UA/6.3.1.8427",
}


@pytest.fixture(scope="module")
def applied_once(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    made = fleet(tmp_path_factory.mktemp("fleet") / "work")
    made.write("pbx.json.live", "{}")
    made.run("apply", "--auto-approve").says("are not registered: they fetch when they start")
    return made


@pytest.fixture
def here(applied_once: Workspace, tmp_path: Path) -> Iterator[Workspace]:
    workspace = copied(applied_once, tmp_path / "work")
    yield workspace
    assert workspace.leaks() == []


def live(here: Workspace, **said: Any) -> None:
    """Say what goes on at the PBX."""
    here.write("pbx.json.live", json.dumps(said))


def registered(*names: str, expires_s: int = 3600) -> list[dict[str, Any]]:
    return [
        {"extension": NUMBERS[each], "contact": f"sip:{NUMBERS[each]}@192.0.2.9",
         "user_agent": AGENTS[each], "expires_s": expires_s}
        for each in names
    ]  # fmt: skip


def fetch(here: Workspace, *names: str) -> None:
    """Let phones fetch all that is theirs, as the server records it."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    with published(here) as store:
        for name in names:
            owner = store.owner(phone(name))
            assert owner is not None
            store.record_fetches(
                [
                    Fetch(owner.address, file.name, file.etag, now, "192.0.2.77", firmware="96.86")
                    for file in owner.files.values()
                ]
            )


def notified(here: Workspace) -> list[list[str]]:
    found: list[list[str]] = json.loads(here.read("pbx.json.live")).get("notified", [])
    return found


def standing(here: Workspace) -> dict[str, dict[str, Any]]:
    phones = here.run("status", "--json").json["phones"]
    return {each["address"].rpartition("/")[2]: each for each in phones}


def states(here: Workspace) -> dict[str, tuple[str, str]]:
    return {n: (e["lifecycle"], e["provision_status"]) for n, e in standing(here).items()}


def settle(here: Workspace) -> None:
    """Bring every phone to where it uses what it was given."""
    live(here, registrations=registered(*NUMBERS))
    fetch(here, *NUMBERS)
    here.run("apply", "--auto-approve").says("4 phones seen to use what was published")


def test_a_new_phone_is_onboarding_until_it_is_proved(here: Workspace) -> None:
    assert set(states(here).values()) == {("onboarding", "generated")}
    fetch(here, "ada")
    live(here, registrations=registered("ben"))
    assert states(here)["ada"] == ("onboarding", "pushed")
    assert states(here)["ben"] == ("onboarding", "generated")
    live(here, registrations=registered("ada"))
    assert states(here)["ada"] == ("managed", "applied")
    here.run("status").says(
        "Fleet: 4 phones",
        "3 onboarding, 1 managed",
        "3 generated, 1 applied",
        "it has fetched its files and its lines have registered",
    )


FAR = """\
apiVersion: reconciler/v1
pbxs:
  far:
    adapter: freepbx
    url: http://127.0.0.1:1
    acknowledge_plaintext: true
    web: {username: u, password: {secret: "env:FAR"}}
"""


def test_a_part_of_the_estate_is_looked_at_alone(here: Workspace) -> None:
    here.write("far.yaml", FAR)
    here.environ["FAR"] = "f4r-Aw4y-Passw0rd"
    live(here, registrations=registered("ada"))
    fetch(here, "ada")
    here.run("status", "--timeout", "2", expect=1).says("nobody answers at 127.0.0.1:1")
    told = here.run("status", "--pbx", "office").says("office", "4 extensions")
    told.says_not("far", "Fleet", "longer in the inventory")
    told = here.run("status", "--site", "main", "--json").json
    assert [each["target"] for each in told["targets"]] == ["site/main"]
    assert len(told["phones"]) == 4
    lives = {each["address"]: each["lifecycle"] for each in told["phones"]}
    assert lives["phone/main/ada"] == "managed", "its PBX is asked who has registered"
    here.run("status", "--pbx", "ofice", expect=64).says('Did you mean "office"?')


def test_a_registration_from_before_the_fetch_is_no_proof(here: Workspace) -> None:
    fetch(here, "ada")
    live(here, registrations=registered("ada", expires_s=1800))
    assert states(here)["ada"] == ("onboarding", "pushed")


def test_neither_is_that_of_somebody_else(here: Workspace) -> None:
    fetch(here, "ada")
    (other,) = registered("ada")
    live(here, registrations=[{**other, "user_agent": "Linphone/5.2"}])
    assert states(here)["ada"] == ("onboarding", "pushed")
    live(here, registrations=[{**other, "user_agent": "", "contact": "sip:1001@192.0.2.77:5060"}])
    assert states(here)["ada"] == ("managed", "applied")


def test_status_notes_nothing_and_apply_does(here: Workspace) -> None:
    fetch(here, "ada")
    live(here, registrations=registered("ada"))
    with here.untouched():
        here.run("status")
    here.run("apply").says("1 phone seen to use what was published: ada.")
    live(here)
    assert states(here)["ada"] == ("managed", "applied")
    assert standing(here)["ada"]["registered"] is False


def test_phones_are_told_of_what_is_new_and_only_those_concerned(here: Workspace) -> None:
    settle(here)
    live(here, registrations=registered(*NUMBERS))
    here.edit("phones.yaml", "name: Ben Roy", "name: Ben O'Neill")
    here.run("plan").says("~ phone/main/ben", "restart, about 1 min 30 s")
    here.run("apply", "--auto-approve").says("1 phone told to fetch.")
    assert notified(here) == [["1002", "check-sync;reboot=false"]]
    assert states(here)["ben"] == ("managed", "stale")
    (facts,) = here.rows("SELECT facts FROM audit WHERE event = 'told' AND run = 2")
    assert json.loads(facts[0]) == {"told": {"phone/main/ben": "done"}, "not_told": {}}
    here.run("plan", "--detailed-exitcode")


def test_what_a_phone_obeys_decides_what_people_notice(here: Workspace) -> None:
    raw = 'raw: {sip.notify_reboot_enable: "2"}'
    here.edit("phones.yaml", "vendor: yealink\n", f"vendor: yealink\n    {raw}\n")
    here.run("apply", "--auto-approve")
    here.edit("phones.yaml", "name: Ben Roy", "name: Ben O'Neill")
    here.run("plan").says("~ phone/main/ben", "registers again").says_not("restart")


def test_status_knows_the_firmware_that_a_registration_names(here: Workspace) -> None:
    """As `firmware compliance` does: a phone may not have fetched since it was upgraded."""
    settle(here)
    said = registered(*NUMBERS)
    said[0]["user_agent"] = "Yealink SIP-T54W 96.86.0.99"
    live(here, registrations=said)
    versions = [each["firmware"] for each in here.run("status", "--json").json["phones"]]
    assert versions.count("96.86.0.99") == 1


def test_a_phone_that_is_off_is_told_by_a_later_run(here: Workspace) -> None:
    settle(here)
    live(here, registrations=registered("ada", "cleo", "lobby"))
    here.edit("phones.yaml", "codecs: [g722, alaw]", "codecs: [g722]")
    here.run("apply", "--auto-approve").says(
        "2 phones told to fetch.",
        "ben is not registered: it fetches when it starts, or looks by itself.",
    )
    fetch(here, "ada", "cleo")
    live(here, registrations=registered(*NUMBERS))
    here.run("apply", "--auto-approve").says("2 phones seen to use", "1 phone told to fetch.")
    assert notified(here) == [["1002", "check-sync;reboot=false"]]
    fetch(here, "ben")
    here.run("status", "--watch", "0.2").says("Every phone uses what it was given.")
    assert set(states(here).values()) == {("managed", "applied")}


def test_watch_ends_when_nobody_waits_and_tells_each_change_as_json(here: Workspace) -> None:
    settle(here)
    (line,) = here.run("status", "--watch", "0.2", "--json").out.splitlines()
    assert {each["provision_status"] for each in json.loads(line)["phones"]} == {"applied"}


def test_a_phone_in_a_call_is_not_told_to_restart(here: Workspace) -> None:
    settle(here)
    live(here, registrations=registered(*NUMBERS), calls=[{"extension": "1001"}])
    here.edit("phones.yaml", "codecs: [g722, alaw]", "codecs: [g722]")
    here.run("apply", "--auto-approve").says(
        "2 phones told to fetch.", "ada is in a call, and might restart: it is told later."
    )
    assert sorted(each for each, _ in notified(here)) == ["1002", "1003"]


def test_a_password_waits_for_the_end_of_the_call(here: Workspace) -> None:
    settle(here)
    before = here.pbx["extension"]["1001"]["secret"]
    here.environ["ADA"] = "canary-Ada-next-77Gq"
    here.planted.add("canary-Ada-next-77Gq")
    live(here, registrations=registered(*NUMBERS), calls=[{"extension": "1001"}])
    here.edit("phones.yaml", "name: Ben Roy", "name: Ben")
    done = here.run("apply", "--auto-approve", "--json", expect=3).json
    held = {e["step"]: e["detail"] for e in done["outcomes"] if e["state"] == "skipped"}
    assert held == {
        "update extension/office/1001": "its password changes, and it is in a call",
        "update phone/main/ada": "needs update extension/office/1001, which waits for the end of "
        "a call",
    }
    assert here.pbx["extension"]["1001"]["secret"] == before
    assert here.pbx["extension"]["1002"]["name"] == "Ben"
    pending = here.rows("SELECT kind, key, reason FROM pending ORDER BY kind")
    assert [each[:2] for each in pending] == [("extension", "1001"), ("phone", "ada")]
    live(here, registrations=registered(*NUMBERS))
    run = done["run"]
    here.run("apply", "--resume", str(run), "--auto-approve").says("2 changed")
    assert here.pbx["extension"]["1001"]["secret"] == "canary-Ada-next-77Gq"
    assert here.rows("SELECT * FROM pending") == []


def test_who_skips_leaves_it_out_and_who_waits_gives_up_in_time(here: Workspace) -> None:
    settle(here)
    here.environ["ADA"] = "canary-Ada-next-77Gq"
    here.planted.add("canary-Ada-next-77Gq")
    live(here, registrations=registered(*NUMBERS), calls=[{"extension": "1001"}])
    here.edit("phones.yaml", "name: Ben Roy", "name: Ben")
    here.run("apply", "--auto-approve", "--on-call", "skip").says("2 changed")
    assert here.rows("SELECT * FROM pending") == []
    here.run("apply", "--auto-approve", "--on-call", "wait", "--wait", "0.1", expect=3).says(
        "waiting: what would cut a call off waits", "--resume"
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_who_is_stopped_while_phones_are_waited_for_is_told_what_stays(
    here: Workspace, number: signal.Signals
) -> None:
    settle(here)
    live(here, registrations=registered(*NUMBERS))
    here.edit("phones.yaml", "codecs: [g722, alaw]", "codecs: [g722]")
    apply = here.start("apply", "--auto-approve", "--wait", "600")
    assert apply.stdout is not None
    said = ""
    while "Applied in" not in said:
        line = apply.stdout.readline()
        assert line, said
        said += line
    apply.send_signal(number)
    out, err = apply.communicate(timeout=120)
    ended = here.ended(("apply",), apply.returncode, said + out, err, 130)
    ended.says("Interrupted; what run 2 has done stays (reconciler history 2)")
    assert here.rows("SELECT * FROM locks") == []
    here.run("history", "2").says("done")


def test_a_phone_in_maintenance_is_left_alone_and_comes_back_by_registering(
    here: Workspace,
) -> None:
    settle(here)
    here.edit("phones.yaml", "ada: {mac", "ada: {lifecycle: maintenance, mac")
    here.edit("phones.yaml", "codecs: [g722, alaw]", "codecs: [g722]")
    here.run("plan").says("3 to change", "1 waiting", "in maintenance, left alone").says_not(
        "not reachable"
    )
    here.run("apply", "--auto-approve")
    assert states(here)["ada"] == ("maintenance", "applied")
    live(here)
    here.edit("phones.yaml", "lifecycle: maintenance, ", "")
    here.run("apply", "--auto-approve").says("1 changed")
    assert states(here)["ada"][0] == "maintenance"
    here.run("status").says("its lines have registered again")
    live(here, registrations=registered("ada"))
    here.run("apply", "--auto-approve")
    assert states(here)["ada"][0] == "managed"


def test_out_of_service_begins_anew(here: Workspace) -> None:
    settle(here)
    here.edit("phones.yaml", "ben: {mac", "ben: {lifecycle: decommissioned, mac")
    here.run("apply", "--auto-approve")
    assert "ben" not in states(here)
    here.edit("phones.yaml", "lifecycle: decommissioned, ", "")
    here.run("apply", "--auto-approve")
    assert states(here)["ben"] == ("onboarding", "generated")


def test_new_hardware_begins_anew_and_the_old_ones_token_opens_nothing(here: Workspace) -> None:
    settle(here)
    with published(here) as store:
        (old,) = store.admissions.tokens([phone("ben")])
    before = here.pbx["extension"]["1002"]["secret"]
    here.edit("phones.yaml", "80:5e:c0:f0:00:02", "80:5e:c0:f0:00:0b")
    live(here, registrations=registered("ada", "cleo", "lobby"))
    here.run("plan").says("~ phone/main/ben", "~ extension/office/1002", "2 to change")
    here.run("apply", "--auto-approve")
    with published(here) as store:
        (new,) = store.admissions.tokens([phone("ben")])
    assert new.digest != old.digest
    assert here.pbx["extension"]["1002"]["secret"] != before
    assert states(here)["ben"] == ("onboarding", "generated")
    here.run("plan", "--detailed-exitcode").says("No changes.")


def test_a_pbx_that_nobody_can_ask_leaves_registration_open(here: Workspace) -> None:
    (here.folder / "pbx.json.live").unlink()
    fetch(here, "ada")
    assert standing(here)["ada"]["registered"] is None
    assert states(here)["ada"] == ("onboarding", "pushed")
    here.run("apply", "--auto-approve").says("nobody could ask their PBX")


def test_a_line_that_went_while_somebody_was_asked_is_published_to_no_phone(
    here: Workspace,
) -> None:
    def seals() -> list[str]:
        with published(here) as store:
            owners = [store.owner(phone(each)) for each in ("ben", "cleo")]
        return [each.seal for each in owners if each is not None]

    here.edit("phones.yaml", 'lines: ["1002"]', 'lines: [{extension: "1002", label: Front}]')
    here.edit("phones.yaml", 'lines: ["1003"]', 'lines: [{extension: "1003", label: Back}]')
    before = seals()
    apply = here.start_and_pause("apply", "--auto-approve", at="begin")
    with here.by_hand() as pbx:
        del pbx["extension"]["1002"]
    here.go_on(apply, expect=3).says("it needs extension/office/1002: it is gone; nothing was sent")
    assert [each == old for each, old in zip(seals(), before, strict=True)] == [True, False]
