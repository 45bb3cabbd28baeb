"""R03: the same files on a plain Asterisk, a FreePBX 16 and a FreePBX 17 are the same estate.

Each is given the same YAML; then each is imported by somebody who has never seen that YAML, and the
files that come out are compared byte by byte. The Asterisk is a real one, FreePBX is the lab's.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from pathlib import Path

from reconciler.lab.freepbx.server import Emulator
from tests.cli.workspace import Workspace
from tests.real.asterisk.instance import Asterisk

SECRETS = {"ADA": "Secret-Ada-4f7c1b", "BEN": "Secret-Ben-4f7c1b", "CAR": "Carrier-4f7c1b",
           "PIN": "471100", "ROOM": "123400"}  # fmt: skip
ESTATE = """\
apiVersion: reconciler/v1
pbx: office

extensions:
  "1001":
    name: Ada Okafor
    secret: {secret: "env:ADA"}
    outbound_caller_id: {name: Office, number: "+16035550100"}
    emergency_caller_id: "+16035550100"
    ring_time: 25
    voicemail: {email: ada@example.com, pin: {secret: "env:PIN"}}
    forward: {busy: "1002", no_answer: "16035550177"}
  "1002":
    name: Ben O'Neill-Ångström
    secret: {secret: "env:BEN"}
    max_contacts: 2
    ring_time: 30
    call_waiting: false
    follow_me: {targets: ["1001", "16035550178"], initial_ring: 10, ring_time: 25, confirm: true}

trunks:
  carrier: {host: 192.0.2.7, username: office, secret: {secret: "env:CAR"}, channels: 10}

ring_groups:
  "600":
    name: Reception
    members: ["1001", "1002"]
    strategy: hunt
    ring_time: 15
    no_answer: voicemail/1001

queues:
  "700":
    name: Support
    strategy: rrmemory
    members: [{extension: "1001"}, {extension: "1002", penalty: 1}]
    timeout: 20
    max_wait: 120
    no_answer: ring_group/600

announcements:
  closed: {file: custom/closed, then: voicemail/1001, skip: true}

ivrs:
  main:
    announcement: closed
    timeout: 5
    retries: 2
    options: {"1": queue/700, "2": ring_group/600, "9": external/16035550179}
    on_timeout: ring_group/600
    on_invalid: ring_group/600

schedules:
  hours:
    open: ["Mon-Fri 08:00-17:30", "Sat 09:00-12:00"]
    closed_days: ["01-01", "12-25..12-26"]
    open_to: day_night/desk
    closed_to: announcement/closed

day_night:
  desk: {day: ivr/main, night: external/16035550180}

inbound_routes:
  "+16035550100": {name: Main, destination: schedule/hours}
  "+16035550101": {name: Support, destination: queue/700}

outbound_routes:
  emergency: {order: 1, patterns: ["911", "933"], trunks: [carrier], emergency: true}
  national:
    order: 2
    patterns: [1NXXNXXXXXX, {match: NXXNXXXXXX, prepend: "1"}]
    trunks: [carrier]

paging_groups:
  "800": {name: All, members: ["1001", "1002"], two_way: true}

conferences:
  "900": {name: Partners, pin: {secret: "env:ROOM"}, max_members: 5}

parking_lots:
  "70": {name: Default Lot, slots: 71-78, timeout: 45}

blocklist:
  "+12125550199": {description: Sells toner}
"""
HEAD = """\
apiVersion: reconciler/v1
pbxs:
  office:
    country: US
    timezone: America/New_York
"""


def exported(folder: Path, inventory: str, environ: Mapping[str, str]) -> dict[str, str]:
    """Apply the estate as its owner, import it as a stranger, and return the stranger's files."""
    owner = Workspace(folder / "owner", {**environ, **SECRETS})
    owner.write("inventory.yaml", inventory)
    owner.write("office.yaml", ESTATE)
    owner.run("apply", "--auto-approve")
    owner.run("plan", "--detailed-exitcode").says("No changes.")
    stranger = Workspace(folder / "stranger", dict(environ))
    stranger.write("inventory.yaml", inventory)
    stranger.run("import", "office", "--out", "files")
    stranger.run("plan", "--detailed-exitcode").says("No changes.")
    return {each.name: each.read_text() for each in (stranger.folder / "files").iterdir()}


def on_asterisk(pbx: Asterisk, folder: Path) -> dict[str, str]:
    """The estate on a plain Asterisk."""
    ami = pbx.ami
    inventory = (
        f"{HEAD}    adapter: asterisk\n    ami: {{host: {ami.host}, port: {ami.port}, "
        'username: reconciler, password: {secret: "env:AMI"}}\n'
    )
    return exported(folder, inventory, {"AMI": ami.password})


def on_freepbx(version: str, folder: Path) -> dict[str, str]:
    """The estate on a FreePBX of the lab, which has the recording."""
    with Emulator("17" if version == "17" else "16", reload_s=0.01) as server:
        row = {"id": 1, "displayname": "closed", "filename": "custom/closed", "description": ""}
        server.pbx.tables.insert("recordings", {**row})
        credentials = server.pbx.credentials
        inventory = (
            f"{HEAD}    adapter: freepbx\n    url: {server.url}\n    acknowledge_plaintext: true\n"
            "    writes_per_second: 100\n"
            f"    oauth: {{client_id: {credentials.client_id}, "
            'client_secret: {secret: "env:OAUTH"}}\n'
            f'    web: {{username: {credentials.web_user}, password: {{secret: "env:WEB"}}}}\n'
        )
        environ = {"OAUTH": credentials.client_secret, "WEB": credentials.web_password}
        found = exported(folder, inventory, environ)
        assert not server.crashes, server.crashes[0]
        return found


def differing(one: Mapping[str, str], other: Mapping[str, str]) -> str:
    """Return where two exports differ, as people read it."""
    lines: list[str] = []
    for name in sorted(one.keys() | other.keys()):
        both = one.get(name, "").splitlines(), other.get(name, "").splitlines()
        lines += difflib.unified_diff(*both, name, name, lineterm="", n=1)
    return "\n".join(lines)


def test_r03_the_same_files_give_the_same_exports_on_three_pbxs(
    asterisk_factory: Callable[..., Asterisk], tmp_path: Path
) -> None:
    plain = on_asterisk(asterisk_factory(), tmp_path / "plain")
    sixteen = on_freepbx("16", tmp_path / "16")
    seventeen = on_freepbx("17", tmp_path / "17")
    assert differing(sixteen, seventeen) == ""
    assert differing(plain, _as_on_asterisk(seventeen)) == ""


def _as_on_asterisk(files: Mapping[str, str]) -> dict[str, str]:
    """FreePBX gives boxes to nobody by itself, so its files say who has one; Asterisk's need not.

    That is all: reconciler/adapters/freepbx/README.md names what else is a platform's own.
    """
    return {name: text.replace("      enabled: true\n", "") for name, text in files.items()}
