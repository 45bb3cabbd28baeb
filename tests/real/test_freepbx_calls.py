"""Acting on calls of a FreePBX by the command, on a real Asterisk with FreePBX's contexts.

The contexts do no more than what those of the same names lead to on a FreePBX (source: core and
queues, 17). Its web pages are not asked for any of this, and are not there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler.adapters.freepbx.access import Access
from reconciler.adapters.freepbx.doctor import Examination
from tests.cli.workspace import Workspace
from tests.real.asterisk.instance import Asterisk
from tests.real.asterisk.phones import Phone

PEOPLE = ("1001", "1002", "1003")
DIALPLAN = """
[from-internal]
exten = _1XXX,1,Set(KNOWN=$["${REALCALLERIDNUM}" != ""])
 same = n,Set(CALLERID(num)=${IF(${KNOWN}?${REALCALLERIDNUM}:${CALLERID(num)})})
 same = n,Dial(PJSIP/${EXTEN})
exten = 700,1,Answer()
 same = n,Queue(700,n,,,20)
[originate-skipvm]
exten = _1XXX,1,Dial(PJSIP/${EXTEN})
[from-queue]
exten = _1XXX,1,Dial(PJSIP/${EXTEN})
[ext-local]
exten = 1001,hint,PJSIP/1001
exten = 1002,hint,PJSIP/1002
"""
QUEUES = """
[700]
strategy = ringall
ringinuse = no
member => Local/1002@from-queue/n,0,Ben,hint:1002@ext-local
"""
PJSIP = """
[{0}]
type = endpoint
context = from-internal
disallow = all
allow = ulaw
auth = {0}-auth
aors = {0}
[{0}-auth]
type = auth
auth_type = userpass
username = {0}
password = secret-{0}
[{0}]
type = aor
max_contacts = 2
"""
INVENTORY = """\
apiVersion: reconciler/v1
pbxs:
  ferrybank:
    adapter: freepbx
    url: https://192.0.2.5
    web: {{username: reconciler, password: {{secret: "env:WEB"}}}}
    ami: {{host: {host}, port: {port}, password: {{secret: "env:AMI"}}}}
    country: GB
extensions:
  "1001": {{name: Ada}}
  "1002": {{name: Ben}}
  "1003": {{name: Cleo}}
queues:
  "700": {{name: Support, members: ["1002"]}}
workspace: {{name: ferrybank}}
"""


def workspace_of(pbx: Asterisk, folder: Path) -> Workspace:
    """A workspace whose FreePBX has this manager interface."""
    folder.mkdir()
    mine = Workspace(folder, {"WEB": "n0t-asked-for", "AMI": pbx.ami.password})
    mine.planted |= {"n0t-asked-for", pbx.ami.password}
    mine.write("inventory.yaml", INVENTORY.format(host=pbx.ami.host, port=pbx.ami.port))
    return mine


@pytest.fixture
def pbx(asterisk_factory: Callable[..., Asterisk]) -> Asterisk:
    phones = "".join(PJSIP.format(number) for number in PEOPLE)
    return asterisk_factory(
        extra={"pjsip.conf": phones, "extensions.conf": DIALPLAN, "queues.conf": QUEUES}
    )


def test_calls_are_started_moved_and_ended(pbx: Asterisk, tmp_path: Path) -> None:
    mine = workspace_of(pbx, tmp_path / "work")
    with (
        Phone(pbx, "1001", "secret-1001") as ada,
        Phone(pbx, "1002", "secret-1002") as ben,
        Phone(pbx, "1003", "secret-1003") as cleo,
    ):
        for each in (ada, ben, cleo):
            each.register()
        at_ada, at_ben = ada.expect_call(answer_after_s=0), ben.expect_call(answer_after_s=0)
        mine.run("calls", "originate", "1001", "1002", "--caller-id", "5550100")
        at_ben.wait_answered()
        assert at_ada.result_so_far().caller == "5550100"
        assert at_ben.result_so_far().caller == "1001"
        legs = mine.run("calls", "active", "--json").json["calls"]
        leg = next(each["channel"] for each in legs if each["channel"].startswith("PJSIP/1001-"))
        at_cleo = cleo.expect_call(answer_after_s=0)
        mine.run("calls", "transfer", leg, "1003")
        at_cleo.wait_answered()
        at_ben.wait_ended()
        mine.run("calls", "hangup", leg)
        at_ada.wait_ended()
        pbx.wait_idle()
        mine.run("calls", "hangup", leg, expect=1).says("there is no such channel")
        ada.busy()
        mine.run("calls", "originate", "1001", "1002", expect=1).says("error[refused-by-platform]")
    assert mine.leaks() == []


def test_queue_members_come_and_go(pbx: Asterisk, tmp_path: Path) -> None:
    mine = workspace_of(pbx, tmp_path / "work")
    with Phone(pbx, "1001", "secret-1001") as ada, Phone(pbx, "1003", "secret-1003") as cleo:
        for each in (ada, cleo):
            each.register()
        mine.run("queues", "add-member", "700", "1001")
        mine.run("queues", "add-member", "700", "1001", expect=1).says("member already")
        shown = pbx.cli("queue show 700")
        assert "Local/1001@from-queue/n from hint:1001@ext-local" in shown, shown
        at_ada = ada.expect_call(answer_after_s=0)
        call = cleo.call("700")
        at_ada.wait_answered()
        call.hang_up()
        pbx.wait_idle()
        mine.run("queues", "remove-member", "700", "1001")
        mine.run("queues", "remove-member", "700", "1001", expect=1).says("no member")
        mine.run("queues", "remove-member", "700", "1002", expect=1).says("by configuration")
        mine.run("queues", "add-member", "701", "1001", expect=1).says("no such queue")


def test_a_right_that_is_missing_is_named(
    asterisk_factory: Callable[..., Asterisk], tmp_path: Path
) -> None:
    pbx = asterisk_factory(ami_write=["system", "reporting"])
    told = workspace_of(pbx, tmp_path / "work").run("queues", "add-member", "700", "1001", expect=1)
    told.says("manager_custom.conf, section [reconciler]: add agent to the line write = ...")
    own = pbx.ami
    access = Access(
        "https://192.0.2.5", ami_host=own.host, ami_port=own.port,
        ami_username=own.username, ami_password=own.password,
    )  # fmt: skip
    *_, found = asyncio.run(Examination(None, None, access, "ferrybank", 5).run())
    assert (found.check, found.state) == ("ami", "warning")
    assert "without call" in found.detail
    assert "without system" not in found.detail
    assert found.fix is not None
    assert "write = system,reporting,call,originate,agent" in found.fix
