"""A FreePBX through the installed command: import, change, fail, finish. On the lab's 16 and 17."""

import copy
import re

import pytest

from reconciler.lab.freepbx.estate import fill
from tests.cli.workspace import Workspace
from tests.contract.freepbx_platform import emulator, inventory


@pytest.fixture(params=["16", "17"])
def server(request):
    with emulator(request.param) as found:
        yield found
        assert not found.crashes, found.crashes[0]


def workspace_of(server, folder):
    folder.mkdir()
    credentials = server.pbx.credentials
    workspace = Workspace(
        folder, {"OAUTH": credentials.client_secret, "WEB": credentials.web_password}
    )
    workspace.planted |= {credentials.client_secret, credentials.web_password}
    workspace.write("inventory.yaml", inventory(server, more="writes_per_second: 100"))
    return workspace


def kept(server):
    """Return everything that is stored, but for what counts changes."""
    return copy.deepcopy(server.state())


def imported(server, folder, people=30):
    fill(server.pbx, people)
    workspace = workspace_of(server, folder)
    before = kept(server)
    told = workspace.run("import", "ferrybank", "--out", "tenants")
    assert kept(server) == before, "import wrote to the PBX"
    return workspace, told


def test_a_grown_freepbx_is_imported_and_nothing_is_left_to_do(server, tmp_path):
    workspace, told = imported(server, tmp_path / "work")
    told.says(
        "30 extensions",
        "1 parking lot",
        "! trunk/ferrybank/gateway it is a custom trunk",
        "! schedule/ferrybank/closed-on-holidays its closed_to is app-blackhole,busy,1",
        "! inbound_route/ferrybank/any its destination is app-blackhole",
    )
    text = workspace.read("tenants/extensions.yaml")
    assert "defaults:\n  extensions:" in text
    assert "store:ferrybank-extension-1001-secret" in text
    before = kept(server)
    with workspace.untouched():
        workspace.run("validate")
        workspace.run("plan", "--detailed-exitcode").says("No changes.")
        workspace.run("drift")
    workspace.run("apply", "--auto-approve").says("No changes")
    assert kept(server) == before
    assert not server.traffic.writes
    secrets = {row["data"] for row in server.pbx.tables.rows("sip") if row["keyword"] == "secret"}
    workspace.planted |= {each for each in secrets if each}
    assert workspace.leaks() == []


def test_the_same_freepbx_gives_the_same_files(server, tmp_path):
    first, _ = imported(server, tmp_path / "first", people=8)
    second = workspace_of(server, tmp_path / "second")
    second.run("import", "ferrybank", "--out", "tenants")
    for file in (first.folder / "tenants").iterdir():
        assert file.read_bytes() == (second.folder / "tenants" / file.name).read_bytes()


ADA = """\
apiVersion: reconciler/v1
pbx: ferrybank
extensions:
  "1001": {name: Ada, secret: {secret: generated}, emergency_caller_id: "+441134960101"}
  "1002": {name: Ben, secret: {secret: generated}, emergency_caller_id: "+441134960102"}
"""


def test_pending_changes_of_others_go_live_only_when_somebody_says_so(server, tmp_path):
    workspace = workspace_of(server, tmp_path / "work")
    workspace.write("people.yaml", ADA)
    server.pbx.tables.needs_reload = True
    workspace.run("apply", "--auto-approve", expect=5).says("pending-reload", "--include-pending")
    assert not server.pbx.tables.rows("users")
    workspace.run("apply", "--auto-approve", "--include-pending").says("2 added")
    assert not server.pbx.tables.needs_reload


def test_a_box_is_there_as_long_as_anything_of_it_is_declared(server, tmp_path):
    workspace = workspace_of(server, tmp_path / "work")
    workspace.write("people.yaml", ADA)
    mail = "voicemail: {pin: {secret: generated}, email: ada@example.com}"
    for said in ("voicemail: {enabled: false}", mail, mail.replace("{pin", "{enabled: true, pin")):
        workspace.write("people.yaml", ADA.replace("Ada,", f"Ada, {said},"))
        workspace.run("apply", "--auto-approve").says_not("put back", "not-as-declared")
        workspace.run("plan", "--detailed-exitcode").says("No changes.")
    workspace.write("people.yaml", ADA.replace("Ada,", f"Ada, {mail},"))
    workspace.run("plan", "--detailed-exitcode").says("No changes.")


CARRIERS = """\
apiVersion: reconciler/v1
pbx: ferrybank
trunks:
  first: {host: sip.first.example, mode: ip}
  second: {host: sip.second.example, mode: ip}
  off: {host: sip.off.example, mode: ip, enabled: false}
outbound_routes:
  emergency: {order: 1, emergency: true, patterns: ["999", "112"], trunks: [first, second, off]}
  others: {order: 2, patterns: ["0[1-9]."], trunks: [second, first]}
"""


@pytest.mark.parametrize("server", ["17"], indirect=True)
def test_a_call_for_help_goes_on_when_a_carrier_says_busy(server, tmp_path):
    workspace = workspace_of(server, tmp_path / "work")
    workspace.write("calls.yaml", CARRIERS)
    told = workspace.run("validate").says("warning[emergency-ends-at-busy]", "1 warning")
    told.says('hint: trunks: {first: {settings: {continue: "on"}}}')
    waive = "{rule: emergency-ends-at-busy, reason: tested, by: ada, until: 2099-01-01}"
    workspace.edit("calls.yaml", "first.example,", f"first.example, waive: [{waive}],")
    workspace.run("validate").says("Waived by ada", "1 note").says_not("warning")
    workspace.edit("calls.yaml", f" waive: [{waive}],", "")
    workspace.edit("calls.yaml", "first.example,", "first.example, settings: {continue: on},")
    workspace.run("apply", "--auto-approve").says_not("emergency-ends-at-busy")

    def busy():
        return {row["name"]: row["continue"] for row in server.pbx.tables.rows("trunks")}

    assert busy() == {"first": "on", "second": "off", "off": "off"}
    workspace.run("plan", "--detailed-exitcode").says("No changes.")
    (row,) = server.pbx.tables.rows("trunks", name="first")
    server.pbx.tables.change(row, "trunks", **{"continue": "off"})
    workspace.run("drift", expect=2).says("settings.continue")
    workspace.run("apply", "--only-drift", "--auto-approve")
    assert busy()["first"] == "on"


def test_a_failed_reload_is_said_in_freepbx_s_words_and_the_next_run_finishes_it(server, tmp_path):
    workspace = workspace_of(server, tmp_path / "work")
    workspace.write("people.yaml", ADA)
    server.pbx.reloads.fails_with = "Unable to write extensions_additional.conf: disk full"
    workspace.run("apply", "--auto-approve", expect=3).says("failed-reload", "disk full")
    server.pbx.reloads.fails_with = None
    told = workspace.run("plan", "--detailed-exitcode", expect=None)
    assert "apply config" in told.both
    workspace.run("apply", "--auto-approve")
    assert server.pbx.reloads.loaded == server.pbx.tables.changes
    workspace.run("plan", "--detailed-exitcode").says("No changes.")


def test_a_wrong_password_is_one_message_with_a_way_out(server, tmp_path):
    workspace = workspace_of(server, tmp_path / "work")
    workspace.write("people.yaml", ADA)
    for name, place in (("OAUTH", "API > Applications"), ("WEB", "Settings > Administrators")):
        told = workspace.run("plan", expect=1, environ={name: "canary-wr0ng-8Tz"})
        told.says("error[authentication-failed]: ferrybank", place)
    workspace.edit("inventory.yaml", server.url, "http://127.0.0.1:1")
    workspace.run("plan", expect=1).says("nobody answers at 127.0.0.1:1", "hint:")
    workspace.planted.add("canary-wr0ng-8Tz")
    assert workspace.leaks() == []


def test_a_password_waits_when_nobody_can_tell_who_is_in_a_call(server, tmp_path):
    workspace = workspace_of(server, tmp_path / "work")
    workspace.write("people.yaml", ADA)
    workspace.run("apply", "--auto-approve").says("how many calls are active is not known")
    one, other = "Another-passw0rd-7Qx", "Yet-an0ther-passw0rd-3Fk"
    workspace.environ |= {"ONE": one, "OTHER": other, "AMI": "wr0ng"}
    workspace.planted |= {one, other}
    generated = "{name: Ada, secret: {secret: generated}"
    workspace.edit("people.yaml", generated, generated.replace("generated", '"env:ONE"'))
    workspace.run("apply", "--auto-approve").says("warning[calls-not-known]", "ami: {host:")
    ami = f'ami: {{host: 127.0.0.1, port: {server.ami_port}, password: {{secret: "env:AMI"}}}}'
    workspace.edit("inventory.yaml", "    web:", f"    {ami}\n    web:")
    workspace.edit("people.yaml", "env:ONE", "env:OTHER")
    told = workspace.run("apply", "--auto-approve", expect=3)
    told.says("error[authentication-failed]", "nobody can tell whether it is in a call")
    workspace.environ["AMI"] = server.pbx.credentials.ami_password
    workspace.run("apply", "--resume", "3", "--auto-approve").says("1 changed")
    assert workspace.leaks() == []


@pytest.mark.parametrize("server", ["17"], indirect=True)
def test_who_would_lose_a_caller_id_is_told_by_the_plan_in_one_go(server, tmp_path):
    workspace = workspace_of(server, tmp_path / "work")
    workspace.write("people.yaml", ADA)
    workspace.run("apply", "--auto-approve")
    tables = server.pbx.tables
    for number in ("1001", "1002"):
        row = tables.row("sip", id=number, keyword="callerid")
        tables.change(row, "sip", data=f"+4411349601{number[2:]}")
    workspace.run("plan").says_not("change-loses")
    workspace.write("people.yaml", ADA.replace("name: ", "ring_time: 20, name: "))
    told = workspace.run("plan").says("warning[change-loses]: Ada (1001), Ben (1002) on ferrybank")
    assert told.both.count("change-loses") == 1
    workspace.run("apply", "--auto-approve", expect=1).says("nothing was sent")
    # Renamed to what the device says, it has nothing of its own.
    row = tables.row("sip", id="1001", keyword="callerid")
    own = row["data"]
    tables.change(row, "sip", data="Ada Bo <1001>")
    workspace.edit("people.yaml", "name: Ada", "name: Ada Bo")
    workspace.run("plan").says("change-loses]: Ben (1002) on ferrybank")
    workspace.edit("people.yaml", "name: Ada Bo", "name: Ada")
    tables.change(tables.row("sip", id="1001", keyword="callerid"), "sip", data=own)
    workspace.edit("inventory.yaml", "    url:", "    acknowledge_callerid_rebuild: true\n    url:")
    workspace.run("apply", "--auto-approve").says("2 changed").says_not("change-loses")


@pytest.mark.parametrize("server", ["17"], indirect=True)
def test_calls_need_ami_and_keep_to_the_policy(server, tmp_path):
    workspace = workspace_of(server, tmp_path / "work")
    workspace.write("people.yaml", ADA)
    lines = "add to pbxs, ferrybank: ami: {host: 127.0.0.1, username: reconciler, password: {secret"
    for asked in ("calls active", "calls originate 1001 1002", "queues add-member 700 1001"):
        workspace.run(*asked.split(), expect=1).says("error[not-possible]", lines)
    toll = ("calls", "originate", "1001", "00882135550100")
    workspace.run(*toll, expect=5).says("refused[toll-fraud]")
    out = ("calls", "transfer", "PJSIP/1001-1", "1002", "--context", "from-pstn")
    workspace.run(*out, expect=64).says("from-internal(-additional)")
    workspace.run("queues", "add-member", "700", "1001,0", expect=64)
    ami = f'ami: {{host: 127.0.0.1, port: {server.ami_port}, password: {{secret: "env:AMI"}}}}'
    workspace.edit("inventory.yaml", "    web:", f"    {ami}\n    web:")
    workspace.environ["AMI"] = server.pbx.credentials.ami_password
    workspace.append("people.yaml", 'queues: {"700": {name: Help, members: ["1002"]}}\n')
    workspace.run("apply", "--auto-approve")
    workspace.run("calls", "originate", "1001", "1002", expect=1).says("not registered")
    server.pbx.live.register("1001")
    workspace.run("calls", "originate", "1001", "1002")
    legs = workspace.run("calls", "active", "--json").json["calls"]
    assert {each["channel"].partition("-")[0] for each in legs} == {"PJSIP/1001", "PJSIP/1002"}
    workspace.run("calls", "hangup", legs[0]["channel"])
    workspace.run("calls", "hangup", legs[0]["channel"], expect=1).says("no such channel")
    workspace.run("queues", "add-member", "700", "1001", "--penalty", "3")
    queues = workspace.run("status", "--live", "--json").json["targets"][0]["live"]["queues"]
    assert queues["700"]["members"][1]["member"] == "Local/1001@from-queue/n"
    workspace.run("plan", "--detailed-exitcode").says("No changes.")
    workspace.run("queues", "remove-member", "700", "1002", expect=1).says("by configuration")


def test_doctor_says_what_is_there_and_what_a_missing_credential_costs(server, tmp_path):
    workspace = workspace_of(server, tmp_path / "work")
    workspace.run("doctor", "ferrybank", expect=None).says("web", "gql:ringgroups")
    text = workspace.read("inventory.yaml")
    workspace.write("inventory.yaml", re.sub(r"(?m)^    web: .*\n", "", text))
    told = workspace.run("doctor", "ferrybank", expect=None)
    assert "web" in told.both
    assert "queue" in told.both
