"""Phones that registered on the PBX before anybody declared them: found, linked, taken into use.

The PBX is the lab's FreePBX, the phones really register on it; everything is typed.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.lab.phones import Spec
from reconciler.lab.practice import Ports, Practice
from tests.cli.workspace import Workspace, fill

PHONES = (
    Spec("EdgeE350", mac="64167f000001", name="hall"),
    Spec("T46U", mac="805ec0000002", name="desk"),
    Spec("D785", mac="000413000003", name="attic"),
)
INVENTORY = """\
apiVersion: reconciler/v1
pbxs:
  office:
    adapter: freepbx
    timezone: Europe/London
    country: GB
    url: {url}
    acknowledge_plaintext: true
    writes_per_second: 100
    oauth: {{client_id: {client_id}, client_secret: {{secret: "env:OAUTH"}}}}
    web: {{username: {web_user}, password: {{secret: "env:WEB"}}}}
    ami: {{host: 127.0.0.1, port: {ami_port}, password: {{secret: "env:AMI"}}}}
    sip: {{host: pbx.ferrybank.example}}
sites:
  main: {{timezone: Europe/London, country: GB, pbx: office, subnets: [127.77.0.0/16]}}
provisioning: {{base_url: "http://prov.example/p", plaintext_acknowledged: true}}
templates:
  any: {{vendor: any, default: true}}
workspace: {{name: office}}
"""
PEOPLE = """\
apiVersion: reconciler/v1
pbx: office
extensions:
  "1001": {name: Hall, secret: {secret: generated}}
  "1002": {name: Ada, secret: {secret: generated}}
  "1003": {name: Attic, secret: {secret: generated}}
"""
FOUND = """\
apiVersion: reconciler/v1
site: main

# What the porter wrote down.
phones:
  hall: # beside the lift
    mac: 64:16:7f:00:00:01
    vendor: polycom
    model: EdgeE350
    address: 198.51.100.9 # the router's
    lines: []
    lifecycle: discovered
  desk:
    mac: 80:5e:c0:00:00:02
    vendor: yealink
    model: T46U
    address: 127.77.0.2 # Ada's
    lines: []
    lifecycle: discovered
  attic: {mac: "00:04:13:00:00:03", vendor: snom, model: D785, address: 127.77.0.9, lines: [], lifecycle: discovered}
"""  # noqa: E501


@pytest.fixture
def practice() -> Iterator[Practice]:
    with Practice(PHONES, Ports(files=9)) as found:
        yield found
        assert not found.pbx.crashes, found.pbx.crashes[0]


def office(practice: Practice, folder: Path) -> Workspace:
    own = practice.pbx.pbx.credentials
    inventory = INVENTORY.format(
        url=practice.pbx.url, ami_port=practice.pbx.ami_port, client_id=own.client_id,
        web_user=own.web_user,
    )  # fmt: skip
    files = {"inventory.yaml": inventory, "people.yaml": PEOPLE, "found.yaml": FOUND}
    here = fill(folder, files)
    secrets = {"OAUTH": own.client_secret, "WEB": own.web_password, "AMI": own.ami_password}
    here.environ.update(secrets)
    here.planted.update(secrets.values())
    return here


def test_each_is_linked_to_its_extension_in_the_operators_own_file(
    practice: Practice, tmp_path: Path
) -> None:
    here = office(practice, tmp_path / "office")
    here.run("apply", "--auto-approve").says("3 added")
    for name, number in (("hall", "1001"), ("desk", "1002")):
        practice.set_up_by_hand(name, number)
    practice.lab.wait(lambda fleet: all(fleet[e].phone.registered for e in ("hall", "desk")))

    told = here.run("onboard", "*")
    told.says(
        "main/hall: template any: the default for all; "
        "extension 1001: registered with its MAC on office",
        "main/desk: template any: the default for all; "
        "extension 1002: registered from 127.77.0.2 on office",
        "main/attic: template any: the default for all; no extension",
    )
    text = here.read("found.yaml")
    for kept in ("# What the porter wrote down.", "# beside the lift", "# the router's", "# Ada's"):
        assert kept in text
    assert text.count("discovered") == 0
    assert text.index('lines: ["1001"]') < text.index("  desk:") < text.index('lines: ["1002"]')

    planned = here.run("plan", "--json").json["resource_changes"]
    lines = {each["name"]: each["change"]["after"]["lines"] for each in planned}
    assert {name: [each["extension"] for each in own] for name, own in lines.items()} == {
        "hall": ["1001"], "desk": ["1002"], "attic": [],
    }  # fmt: skip
    here.run("apply", "--auto-approve").says("3 added", "2 phones told to fetch.")
    here.run("plan", "--detailed-exitcode").says("No changes.")
    assert here.leaks() == []
