"""When something is wrong: one clear message, the right exit code, and nothing half done."""

from __future__ import annotations

import asyncio
import functools
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from zoneinfo import TZPATH

import pytest

from tests.cli.workspace import Ended
from tests.emulators.ami import AmiEmulator
from tests.real.asterisk.instance import INCLUDES, Asterisk
from tests.real.asterisk.phones import Phone
from tests.real.estate import GROUP, PEOPLE, Office, office, secret

Factory = Callable[..., Asterisk]

QUEUE = """\
queues:
  "700": {name: Support, members: ["1001"], timeout: 10}

policy: {allowed_outbound_prefixes: ["+1603"]}
"""


@pytest.fixture
def here(asterisk_factory: Factory, tmp_path: Path) -> Iterator[Office]:
    """An office with three people, a group and a queue, applied."""
    with office(asterisk_factory(), tmp_path / "office") as made:
        made.declare(PEOPLE + GROUP + QUEUE)
        made.apply().says("5 added")
        yield made


@contextmanager
def nothing_happens(pbx: Asterisk) -> Iterator[None]:
    """Assert that not a byte of the PBX's configuration changes."""

    def files() -> dict[str, bytes]:
        return {each.name: each.read_bytes() for each in pbx.etc.iterdir() if each.is_file()}

    before = files()
    yield
    assert files() == before


def one_message(ended: Ended, *texts: str) -> Ended:
    """Assert that a failure is told once, and says all of this."""
    assert len(re.findall(r"(?m)^(?:error|refused)\[", ended.both)) == 1, ended
    return ended.says(*texts)


# -- what Asterisk refuses, what others do meanwhile, what no file survives --


def test_what_asterisk_rejects_stays_as_it_was_and_the_rest_is_done(here: Office) -> None:
    mine, pbx = here.mine, here.pbx
    mine.edit(
        "office.yaml", "name: Ada Okafor", "name: Ada Lind\n    settings: {dtmf_mode: banana}"
    )
    mine.edit("office.yaml", "name: Cleo Marsh", "name: Cleo Lee")
    mine.edit("office.yaml", "queues:", 'queues:\n  "701": {name: New, members: ["1003"]}')
    failed = here.apply(expect=3)
    one_message(
        failed,
        "extension/office/1001: Asterisk refused the changed endpoint [1001] and keeps the old one",
        "dtmf_mode is still 'rfc4733' instead of 'banana'",
        "reconciler apply --resume 2",
    )
    ada, cleo = here.phones("1001", "1003")
    at_ada = ada.expect_call(answer_after_s=0)
    cleo.call("1001").wait_answered().hang_up()
    assert at_ada.result().display == "Cleo Lee"
    at_cleo = cleo.expect_call(answer_after_s=0)
    ada.call("1003").wait_answered().hang_up()
    assert at_cleo.result().display == "Ada Okafor"
    assert "701" in pbx.cli("queue show 701")
    # The files on the PBX hold the old one, too: a restart would not bring the mistake to life.
    assert "banana" not in "".join(each.read_text() for each in pbx.etc.glob("rec_pjsip*"))
    mine.run("drift").says("No drift.")
    mine.run("plan", "--detailed-exitcode", expect=2).says("1 to change")

    # A new object that Asterisk does not take is not left lying about.
    text = mine.read("office.yaml")
    new = (
        '  "1004": {name: Dan Wu, secret: {secret: generated}, settings: {device_state_busy_at: x}}'
    )
    here.declare(text.replace("banana", "rfc4733").replace("extensions:", f"extensions:\n{new}"))
    one_message(
        here.apply(expect=3), "extension/office/1004: Asterisk did not load the new endpoint"
    )
    assert "1004" not in pbx.cli("pjsip show endpoints")
    assert "1004" not in pbx.cli("dialplan show rec-extensions")
    mine.run("drift").says("No drift.")
    here.declare(mine.read("office.yaml").replace("at: x", 'at: "2"'))
    here.apply().says("1 added, 0 changed")
    here.is_as_declared()
    here.reaches(cleo, "1004", here.phone("1004"))


def test_hours_in_a_zone_that_the_host_of_the_pbx_lacks_are_not_written(
    here: Office, tmp_path: Path
) -> None:
    """Asterisk would take it for UTC without a word. The zone is one that we alone know."""
    folder = tmp_path / "zones" / "Atlantis"
    folder.mkdir(parents=True)
    known = next(each for each in TZPATH if Path(each, "Asia/Tokyo").exists())
    shutil.copy(Path(known, "Asia/Tokyo"), folder / "Harbour")
    zones = {"PYTHONTZPATH": f"{folder.parent}{os.pathsep}{known}"}
    hours = (
        "schedules:\n  day: {timezone: Atlantis/Harbour, open: [Mon-Fri 08:00-17:00], "
        "open_to: extension/1001, closed_to: extension/1002}\n"
    )
    here.declare(PEOPLE + GROUP + hours + QUEUE)
    run = functools.partial(here.mine.run, environ=zones, cold=True)
    one_message(
        run("apply", "--auto-approve", expect=1),
        "schedule/office/day: the platform said: its opening hours would be judged by a wrong",
        "clock: Atlantis/Harbour is +0000 there",
        "instead of +0900. apt install tzdata",
    )
    assert "Atlantis" not in "".join(each.read_text() for each in here.pbx.etc.glob("rec_*"))
    here.mine.edit("office.yaml", "Atlantis/Harbour", "Asia/Tokyo")
    here.apply().says("1 added")


def test_what_a_killed_run_wrote_is_proved_before_its_debt_is_paid(here: Office) -> None:
    mine, good = here.mine, here.mine.read("office.yaml")
    mine.edit(
        "office.yaml", "name: Ada Okafor", "name: Ada Lind\n    settings: {dtmf_mode: banana}"
    )
    mine.edit("office.yaml", "name: Cleo Marsh", "name: Cleo Lee")
    mine.run("plan", "--target", "extension/office/1003", "--out", "cleo.plan")
    # Written, and killed before anything was reloaded: the commit's intent comes with the result.
    mine.run(
        "apply", "--auto-approve", "--target", "extension/office/1001",
        die={"at": "settle", "call": 1, "after": True}, expect=-9,
    )  # fmt: skip
    one_message(
        mine.run("apply", "cleo.plan", expect=7),
        "a run was stopped on pbx/office before all that it wrote took effect",
    )
    refused = "extension/office/1001: Asterisk refused the changed endpoint [1001]"
    one_message(here.apply(expect=3), refused, "The reload of office failed.", "--resume 3")
    one_message(here.apply("--resume", "3", expect=1), refused)
    assert "Cleo Lee" in here.pbx.cli("pjsip show endpoint 1003")
    here.declare(good)
    here.apply().says("2 changed")
    here.is_as_declared()
    mine.run("history", "--verify")


def test_a_plan_that_others_have_overtaken_is_not_carried_out(here: Office) -> None:
    mine = here.mine
    mine.edit("office.yaml", "name: Cleo Marsh", "name: Cleo Lee")
    mine.run("plan", "--out", "plan.json")
    here.edit_on_pbx("pjsip", '"Cleo Marsh"', '"Somebody"')
    with nothing_happens(here.pbx):
        late = mine.run("apply", "plan.json", expect=7)
        one_message(late, "extension/office/1003 has changed", "Nothing was done.")
        text = mine.read("plan.json")
        mine.write("forged.json", text.replace("Cleo Lee", "Mallory"))
        one_message(mine.run("apply", "forged.json", expect=7))
    mine.run("plan").says("Somebody")  # the next plan tells drift and change apart
    here.apply()
    here.is_as_declared()

    # What would corrupt a file is found before anything is sent, with its place.
    whole = mine.read("office.yaml")
    for value, field in CORRUPTING:
        mine.edit("office.yaml", "name: Ada Okafor", f"name: Ada Okafor\n    {field % value}")
        said = mine.run("validate", expect=1)
        said.says("--> office.yaml:7:", "extension/office/1001", "1 error")
        if value == "${SHELL(id)}":
            with nothing_happens(here.pbx):
                here.apply(expect=1).says("--> office.yaml:7:", "1 error")
        here.declare(whole)

    # Names are for people, and may hold anything: they are shown, not evaluated.
    odd = '> a]b; [c] ${CHANNEL} "d" \\ e'
    mine.edit("office.yaml", "name: Ada Okafor", f"name: '{odd}'")
    here.apply()
    here.is_as_declared()
    ada, cleo = here.phones("1001", "1003")
    at_cleo = cleo.expect_call(answer_after_s=0)
    ada.call("1003").wait_answered().hang_up()
    assert at_cleo.result().display.replace("\\", "") == odd.replace("\\", "")


CORRUPTING = [
    ("a]b", 'class_of_service: "%s"'),
    ("a;b", 'mailbox_context: "%s"'),
    ("> x", 'settings: {accountcode: "%s"}'),
    ("${SHELL(id)}", 'settings: {accountcode: "%s"}'),
    ("a\\nb", 'settings: {accountcode: "%s"}'),
    ("a]b", 'settings: {"%s": x}'),
]


# -- acting on calls --


def test_calls_and_queues_are_seen_and_acted_on_within_the_policy(here: Office) -> None:
    mine, pbx = here.mine, here.pbx
    ada, cleo = here.phone("1001", user_agent="Desk Phone 54W/1.2"), here.phone("1003")
    ben = here.phone("1002")
    at_cleo = cleo.expect_call(answer_after_s=0)
    call = ada.call("1003").wait_answered()
    at_cleo.wait_answered()
    shown = mine.run("status", "--live").says(
        "Registered (3)", "Desk Phone 54W/1.2", "1001", "1003"
    )
    shown.says_not("No calls are up")
    legs = mine.run("calls", "active", "--json").json["calls"]
    assert {each["address"] for each in legs} == {"extension/office/1001", "extension/office/1003"}
    leg = next(each["channel"] for each in legs if each["address"].endswith("1001"))

    # Transferred and hung up, by the names that `calls active` gives, and only to where it may.
    one_message(mine.run("calls", "transfer", leg, "+442079460000", expect=5), "allowed_outbound")
    mine.run("calls", "transfer", leg, "1002", "--context", "rec-external", expect=64)
    at_ben = ben.expect_call(answer_after_s=0)
    mine.run("calls", "transfer", leg, "1002")
    at_ben.wait_answered()
    at_cleo.wait_ended()
    assert not call.ended
    mine.run("calls", "hangup", leg)
    call.wait_ended()
    at_ben.wait_ended()
    pbx.wait_idle()
    mine.run("calls", "active").says("No calls are up.")
    one_message(mine.run("calls", "hangup", leg, expect=1), "there is no such channel")

    # Started: the extension rings first, then the number.
    at_ada, at_ben = ada.expect_call(answer_after_s=0), ben.expect_call(answer_after_s=0)
    mine.run("calls", "originate", "1001", "1002", "--timeout", "10")
    at_ben.wait_answered()
    at_ada.hang_up()
    at_ben.wait_ended()
    pbx.wait_idle()
    _nothing_is_dialled_that_may_not(here, [ada, ben, cleo])
    _members_come_and_go(here, ada, ben, cleo)


def _nothing_is_dialled_that_may_not(here: Office, phones: list[Phone]) -> None:
    run, before = here.mine.run, [len(each.received) for each in phones]
    refused = run("calls", "originate", "1001", "+442079460000", expect=5)
    one_message(refused, "refused[toll-fraud]", "+442079460000", "(+1603)")
    run("calls", "originate", "1001", "1002", "--context", "rec-external", expect=64)
    run("calls", "originate", "1001", "1002)System(id", expect=64)
    one_message(run("calls", "originate", "10;01", "1002", expect=1), "is no extension")
    one_message(run("calls", "hangup", "PJSIP/x\nAction: Ping", expect=1), "is no channel")
    assert [len(each.received) for each in phones] == before


def _members_come_and_go(here: Office, ada: Phone, ben: Phone, cleo: Phone) -> None:
    run = here.mine.run
    run("queues", "add-member", "700", "1003", "--penalty", "0")
    ada.busy()
    at_cleo = cleo.expect_call(answer_after_s=0)
    ben.call("700").wait_answered()
    at_cleo.wait_answered().hang_up()
    here.pbx.wait_idle()
    here.is_as_declared()  # live members are no drift
    one_message(run("queues", "add-member", "700", "1003", expect=1), "it is a member already")
    run("queues", "remove-member", "700", "1003")
    one_message(run("queues", "remove-member", "700", "1003", expect=1), "it is no member")
    one_message(run("queues", "remove-member", "700", "1001", expect=1), "by configuration")
    one_message(run("queues", "add-member", "799", "1003", expect=1), "there is no such queue")
    for name in ("../700", "7 0", "700\nAction: Ping", "7;0", "", "${X}"):
        run("queues", "add-member", name, "1003", expect=64)
        run("queues", "add-member", "700", name, expect=64)
        run("queues", "remove-member", "700", name, expect=64)


# -- the way to the PBX --

NARROW = """
[no-config]
secret = {password}
permit = 127.0.0.0/255.0.0.0
read = system,call,reporting,config,agent,dialplan
write = system,reporting,call,originate,agent
"""


def test_a_pbx_that_is_not_ready_says_what_it_lacks(
    asterisk_factory: Factory, tmp_path: Path
) -> None:
    narrow = secret("Narrow")
    pbx = asterisk_factory(
        includes=[each for each in INCLUDES if each not in ("pjsip.conf", "voicemail.conf")],
        ami_write=("system", "config", "reporting"),  # what reconciling needs, and no more
        extra={"manager.conf": NARROW.format(password=narrow)},
    )
    with office(pbx, tmp_path / "office") as here:
        mine = here.mine
        here.declare(PEOPLE + GROUP + 'parking_lots: {"70": {name: Parking, slots: 71-79}}')
        commands = (("plan",), ("apply", "--auto-approve"), ("drift",), ("doctor", "office"))

        wrong = secret("Wrong")
        mine.planted |= {wrong, narrow}
        with nothing_happens(pbx):
            for command in commands:
                said = mine.run(*command, expect=1, environ={"AMI_PASSWORD": wrong})
                one_message(said, "error[authentication-failed]", "section [reconciler]")
            here.inventory(port=pbx.ports.take())
            for command in commands:
                one_message(mine.run(*command, expect=1), "error[unreachable]", "office")
            here.inventory(username="no-config")
            for command in commands[:3]:
                said = mine.run(*command, expect=1, environ={"AMI_PASSWORD": narrow})
                one_message(said, "error[permission-missing]", "config")
            said = mine.run("doctor", "office", expect=1, environ={"AMI_PASSWORD": narrow})
            said.says("[no-config]", "config")

        # The lines that let our files in: doctor says which, and apply does not pretend.
        here.inventory()
        said = mine.run("doctor", "office", expect=1)
        said.says('#tryinclude "rec_pjsip_*.conf"', '#tryinclude "rec_vm_*.conf"', "pjsip.conf")
        said.says_not("rec_queues", "Ready.")
        here.apply(expect=1).says('#tryinclude "rec_pjsip_*.conf"')
        assert "1001" not in pbx.cli("pjsip show endpoints")
        for name in ("pjsip.conf", "voicemail.conf"):
            with (pbx.etc / name).open("a") as file:
                file.write(f'\n#tryinclude "{INCLUDES[name]}"\n')
            here.by_hand[name] = (pbx.etc / name).read_bytes()
        mine.run("doctor", "office").says("Ready, with 3 warnings.")
        here.apply()
        here.is_as_declared()
        here.reaches(here.phone("1001"), "1003", here.phone("1003"))


async def test_an_asterisk_that_is_too_old_is_left_alone(
    asterisk_factory: Factory, tmp_path: Path
) -> None:
    old = AmiEmulator()
    old.answers["CoreSettings"] = (
        "Response: Success\nAMIversion: 5.0.3\nAsteriskVersion: 16.30.0\nSystemName: ",
    )
    with office(asterisk_factory(), tmp_path / "office") as here:
        here.declare(PEOPLE + GROUP)
        async with old.running():
            here.inventory(port=old.port)
            environ = {"AMI_PASSWORD": old.password}

            async def run(*arguments: str) -> Ended:
                return await asyncio.to_thread(here.mine.run, *arguments, expect=1, environ=environ)

            for command in (
                ("plan",),
                ("apply", "--auto-approve"),
                ("drift",),
                ("doctor", "office"),
            ):
                one_message(
                    await run(*command),
                    "error[unsupported-version]",
                    "Asterisk 16.30.0",
                    "20 or newer",
                )
        assert set(old.actions) <= {"Login", "CoreSettings", "Logoff", "Challenge", "Events"}
