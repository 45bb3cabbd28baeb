"""`reconciler phones` on emulated phones of several vendors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.cli.live_fleet import PASSWORD, Running, declared, running
from tests.cli.workspace import Workspace, fill


@pytest.fixture(scope="module")
def lab() -> Iterator[Running]:
    with running() as started:
        yield started


@pytest.fixture
def here(lab: Running, tmp_path) -> Workspace:
    for one in lab.fleet:
        lab.call(one.phone.happened.clear)
        lab.call(one.hang_up)
        lab.call(one.unlock)
    return fill(tmp_path / "work", declared(lab.fleet))


def save(here: Workspace, lab: Running, *names: str, password: str = PASSWORD, expect: int = 0):
    return here.run(
        "phones", "test-connection", *(names or ("*",)), "--save", "--password-stdin",
        "--scheme", "https", "--port", str(lab.fleet.https_port), "--json",
        stdin=f"{password}\n", expect=expect,
    )  # fmt: skip


def test_nothing_is_done_without_a_proved_login(here: Workspace, lab: Running) -> None:
    said = here.run("phones", "reboot", "p0", "p1", "--yes", expect=1)
    said.says("error[no-login]", "reconciler phones test-connection --save main/p0")
    assert lab.count(0, "login") + lab.count(0, "wrong") == 0


def test_a_login_is_kept_only_when_it_opened_the_phone(here: Workspace, lab: Running) -> None:
    # One that nobody could ask says nothing of the password, neither good nor bad.
    gone = "{mac: '80:5e:c0:00:09:99', model: T46S, address: 127.99.0.9, template: any, lines: []}"
    here.edit("phones.yaml", "  p1: {", f"  p0-gone: {gone}\n  p1: {{")
    rows = save(here, lab, password="wrong-one-1", expect=1).json["phones"]
    said = [each["result"] for each in rows]
    assert (said[0], said[2:]) == ("refused", ["refused", "refused", "error"])
    assert said[1] != "refused"
    assert "not tried" in rows[4]["detail"]  # after three it is the password
    assert [lab.count(each, "wrong") for each in range(4)] == [1, 1, 1, 0]
    assert "phone-login" not in here.run("secrets", "list").both
    here.edit("phones.yaml", f"  p0-gone: {gone}\n", "")
    rows = save(here, lab).json["phones"]
    assert [(each["result"], each["saved"]) for each in rows] == [("connected", True)] * 4
    assert {each["vendor"] for each in rows} == {"yealink", "grandstream", "polycom"}
    assert "phone-login/main/p0" in here.run("secrets", "list").both
    assert PASSWORD not in here.run("secrets", "list", "--json").both


def test_a_saved_login_follows_the_password_that_files_give_the_phone(
    here: Workspace, lab: Running
) -> None:
    """The phone has fetched its new administrator's password: it is not locked out by the old."""
    save(here, lab, "p0")
    here.planted.add("canary-N3w-8rTq")
    here.run("secrets", "set", "admin", stdin="canary-N3w-8rTq")
    template = "any: {vendor: any"
    password = ', features: {admin_password: {secret: "store:admin"}}'
    here.edit("phones.yaml", template, template + password)
    here.run("phones", "live-status", "p0").says("online")  # it has the old one still
    phone = lab.fleet[0].phone
    lab.call(setattr, phone, "password", "canary-N3w-8rTq")
    lab.call(phone.happened.clear)
    try:
        here.run("phones", "live-status", "p0").says("online")
        here.run("phones", "live-status", "p0").says("online")
        assert lab.count(0, "wrong") == 1, "the old one is not tried again"
        lab.call(setattr, phone, "password", "somebody's own")
        here.run("phones", "live-status", "p0", expect=1).says("failed")
    finally:
        lab.call(setattr, phone, "password", PASSWORD)


def test_a_probe_saves_nothing(here: Workspace, lab: Running) -> None:
    one = lab.fleet[1]
    said = here.run(
        "phones", "test-connection", "--host", one.phone.address, "--scheme", "https",
        "--port", str(lab.fleet.https_port), "--json",
    )  # fmt: skip
    (row,) = said.json["phones"]
    assert (row["vendor"], row["model"], row["saved"]) == ("grandstream", "GXP2170", False)
    assert one.phone.happened["login"] == 0
    here.run("secrets", "list").says("The store is empty.")


def test_live_status(here: Workspace, lab: Running) -> None:
    save(here, lab)
    lab.call(lab.fleet[1].put_in_call, "1002")
    rows = here.run("phones", "live-status", "--site", "main", "--json").json["phones"]
    states = {each["phone"]: each["status"]["state"] for each in rows}
    assert states["phone/main/p1"] == "in_call"
    assert states["phone/main/p0"] == "online"
    assert rows[0]["status"]["identity"]["firmware"] == lab.fleet[0].phone.identity.firmware
    here.run("phones", "live-status", "--tag", "polycom").says("main/p2", "VVX411", "online")


def test_a_stranger_in_the_batch_stops_all_of_it(here: Workspace, lab: Running) -> None:
    save(here, lab)
    said = here.run("phones", "reboot", "p0", "p1", "reception", "--yes", expect=1)
    said.says("error[not-ours]", "reception")
    assert lab.count(0, "reboot") + lab.count(1, "reboot") == 0


def test_a_phone_in_a_call_is_left_alone(here: Workspace, lab: Running) -> None:
    save(here, lab)
    lab.call(lab.fleet[1].put_in_call, "1002")
    said = here.run("phones", "reboot", "p0", "p1", "--yes", "--spread", "0", "--json", expect=3)
    states = {each["phone"]: each["state"] for each in said.json["phones"]}
    assert states == {"phone/main/p0": "done", "phone/main/p1": "deferred"}
    assert (lab.count(0, "reboot"), lab.count(1, "reboot"), lab.count(1, "cut")) == (1, 0, 0)
    assert "phones reboot" in here.run("history").both


def test_nobody_tells_whether_there_is_a_call(here: Workspace, lab: Running) -> None:
    save(here, lab)  # a T46S does not say, and the PBX of this workspace cannot be asked
    here.run("phones", "reboot", "p3", "--yes", expect=1).says("neither the phone nor its PBX")
    assert lab.count(3, "reboot") == 0
    here.run("phones", "reboot", "p3", "--yes", "--assume-idle").says("accepted")
    assert lab.count(3, "reboot") == 1


def test_off_a_terminal_consent_is_said(here: Workspace, lab: Running) -> None:
    save(here, lab)
    here.run("phones", "reboot", "p0", expect=64).says("main/p0", "restart, about", "--yes")
    here.run("phones", "factory-reset", "p1", "--yes", expect=64).says("--confirm 1")
    assert lab.count(0, "reboot") + lab.count(1, "reset") == 0


def test_accounts_are_pushed_with_the_secret_that_the_pbx_has(
    here: Workspace, lab: Running
) -> None:
    save(here, lab)
    here.run("apply", "--auto-approve")
    here.run("phones", "push-sip", "--tag", "grandstream", "--yes").says("1 account written")
    settings = lab.fleet[1].phone.settings
    assert (settings["35"], settings["47"]) == ("1001", "pbx.office.example:5060")
    assert settings["34"] == here.pbx["extension"]["1001"]["secret"]


def test_a_phone_that_accepts_and_keeps_the_old_fails(here: Workspace, lab: Running) -> None:
    save(here, lab)
    here.run("apply", "--auto-approve")
    lab.call(lab.fleet[1].phone.settings.__setitem__, "35", "old")
    lab.call(setattr, lab.fleet[1].faults, "deaf", frozenset(("35",)))
    try:
        said = here.run("phones", "push-sip", "p1", "--yes", expect=1)
    finally:
        lab.call(setattr, lab.fleet[1].faults, "deaf", frozenset())
    said.says("P35", "kept another value")


def test_one_locked_one_unplugged_in_the_middle_one_deaf_one_well(
    here: Workspace, lab: Running
) -> None:
    save(here, lab)
    here.run("apply", "--auto-approve")
    locked, unplugged, well, deaf = lab.fleet
    lab.call(locked.lock_out)
    lab.call(unplugged.unplug_after, 3)
    lab.call(setattr, deaf.faults, "ignores_writes", True)
    try:
        said = here.run(
            "phones", "push-sip", "*", "--yes", "--spread", "0", "--assume-idle", "--json",
            expect=3,
        )  # fmt: skip
    finally:
        lab.call(setattr, deaf.faults, "ignores_writes", False)
        lab.call(unplugged.power_on)
        lab.wait(lambda fleet: fleet[1].phone.reachable)
    rows = {each["phone"][-2:]: each for each in said.json["phones"]}
    assert (rows["p0"]["state"], rows["p0"]["code"]) == ("failed", "locked-out")
    assert (rows["p1"]["state"], rows["p1"]["code"]) == ("failed", "unreachable")
    assert rows["p2"]["state"] == "done"
    assert rows["p3"]["state"] == "failed"
    assert well.phone.settings["reg.1.address"] == "1002"
    lab.call(locked.unlock)
    again = here.run("phones", "push-sip", "*", "--yes", "--spread", "0", "--assume-idle", "--json")
    assert {each["state"] for each in again.json["phones"]} == {"done"}


def test_backups_are_sealed(here: Workspace, lab: Running, tmp_path) -> None:
    save(here, lab)
    here.run("phones", "backup", "p0", "p2").says("bytes in")
    files = list((here.folder / ".reconciler" / "backups").glob("*.sealed"))
    assert len(files) == 2
    assert not any(b"account" in each.read_bytes() for each in files)
    first = next(each for each in files if "-p0-" in each.name)
    here.run("phones", "open-backup", str(first)).says("#!version")
    here.run("phones", "backup", "p0", "--out", str(tmp_path / "out"))
    (clear,) = (tmp_path / "out").glob("*.cfg")
    assert clear.read_text().startswith("#!version")
    assert clear.stat().st_mode & 0o077 == 0


def test_a_locked_phone_is_said_so(here: Workspace, lab: Running) -> None:
    save(here, lab)
    lab.call(lab.fleet[1].lock_out)
    said = here.run("phones", "live-status", "p1", expect=1)
    said.says("refuses logins", "wait at least five minutes")


def test_what_an_action_does_depends_on_the_phone_s_own_settings(
    here: Workspace, lab: Running
) -> None:
    save(here, lab)
    said = here.run("phones", "resync", "p0", expect=64)
    said.says("restart, about 1 min 30 s (sip.notify_reboot_enable is not 0 or 2)")
    own = 'own: {vendor: yealink, raw: {sip.notify_reboot_enable: "0"}}'
    here.edit("phones.yaml", "any: {vendor: any}", f"any: {{vendor: any}}\n  {own}")
    here.edit("phones.yaml", "template: any, lines: ['1000']", "template: own, lines: ['1000']")
    here.run("phones", "resync", "p0", expect=64).says("T54W fetches its settings")


def test_another_certificate_is_acknowledged_or_nothing_is_said(
    here: Workspace, lab: Running
) -> None:
    from reconciler.execution.secrets.store import file_store
    from reconciler.model.address import Address
    from reconciler.phones.logins import Logins

    save(here, lab)
    logins = Logins(file_store(here.folder / ".reconciler", {}))
    p0 = Address("phone", "main", "p0")
    before = lab.count(0, "login")
    logins.set_wire(p0, replace(logins.wire(p0), pin="0" * 64))
    logins.keep()
    here.run("phones", "live-status", "p0", expect=1).says("certificate", "--new-certificate")
    assert lab.count(0, "login") == before
    save(here, lab, "p0", "--new-certificate")
    here.run("phones", "live-status", "p0").says("online")


# what is declared -------------------------------------------------------------------------------


def test_maintenance_is_an_edit_of_the_files(here: Workspace) -> None:
    here.run("phones", "maintenance", "p0", "--dry-run").says("+", "lifecycle: maintenance")
    assert "lifecycle" not in here.read("phones.yaml")
    here.run("phones", "maintenance", "p0", "--path", ".").says("next: reconciler plan")
    text = here.read("phones.yaml")
    assert "lifecycle: maintenance" in text
    assert "# Our phones." in text


def test_decommissioning_is_an_edit_of_the_files(here: Workspace, lab: Running) -> None:
    save(here, lab)
    here.run("apply", "--auto-approve")
    here.run("phones", "decommission", "--tag", "polycom")
    names = here.run("secrets", "list").out
    assert "phone-login/main/p2" not in names
    assert "phone-login/main/p0" in names
    here.run("phones", "live-status", "--site", "main").says("main/p0").says_not("main/p2")
    here.run("phones", "forget-login", "p0", "p1").says("2 logins forgotten")
    assert here.read("phones.yaml").count("decommissioned") == 1
    here.run("validate")


def test_a_phone_moves_to_another_site(here: Workspace) -> None:
    here.run("apply", "--auto-approve")
    here.run("phones", "migrate", "p1", "--to", "nowhere", expect=64).says("branch, main")
    here.run("phones", "migrate", "p1", "--to", "branch")
    text = here.read("phones.yaml")
    assert "site: branch" in text
    assert "from: phone/main/p1, to: phone/branch/p1" in text
    here.run("plan").says("phone/branch/p1", "1 phone", "goes from main to branch: p1")


def test_phones_that_move_are_not_lost_and_keep_what_opens_them(
    here: Workspace, lab: Running
) -> None:
    """Half of a site moves at once: nothing is deleted, so no rail asks why."""
    here.run("apply", "--auto-approve")
    save(here, lab, "p0")
    here.run("phones", "migrate", "p0", "p1", "p2", "p3", "--to", "branch")
    done = here.run("apply", "--auto-approve")
    done.says("4 phones", "go from main to branch: p0, p1, p2 and p3")
    assert "out of service" not in done.err
    here.run("phones", "live-status", "p0").says("branch/p0", "online")
    assert "phone-login/branch/p0" in here.run("secrets", "list").out
