"""From the YAML to the ring: apply, the provisioning server, emulated phones, a real Asterisk."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from reconciler.lab.phones import Fleet, FleetThread, Spec
from tests.provisioning.serving import Place, Server
from tests.real.asterisk.instance import Asterisk
from tests.real.estate import Office, office

Factory = Callable[..., Asterisk]

PHONES = {
    "1001": Spec("T46U", mac="805ec0000001"), "1002": Spec("GXP2170", mac="000b82000002"),
    "1003": Spec("VVX411", mac="64167f000003"), "1004": Spec("T54W", mac="805ec0000004"),
    "1005": Spec("GRP2614", mac="c074ad000005"), "1006": Spec("VVX450", mac="64167f000006"),
}  # fmt: skip

SITE = """\
sites:
  main:
    timezone: America/New_York
    country: US
    pbx: office
    subnets: [127.0.0.0/8]
    phones: {template: any}
provisioning:
  base_url: http://prov.example.com/p
templates:
  any: {vendor: any}
"""


def people(label: str = "") -> str:
    extensions = "".join(
        f'  "{number}": {{name: Person {number}, secret: {{secret: generated}}}}\n'
        for number in (*PHONES, "1009")
    )
    phones = "".join(
        f'  p{number}: {{mac: "{spec.mac}", model: {spec.model}, '
        f'lines: [{{extension: "{number}"{label if number == "1001" else ""}}}]}}\n'
        for number, spec in PHONES.items()
    )
    head = "apiVersion: reconciler/v1\npbx: office\nsite: main\n"
    return f"{head}extensions:\n{extensions}phones:\n{phones}"


@pytest.fixture
def found(asterisk_factory: Factory, tmp_path: Path) -> Iterator[Office]:
    with office(asterisk_factory(), tmp_path / "office") as place:
        inventory = place.mine.folder / "inventory.yaml"
        sip = "    sip: {host: pbx.example.com}\n"
        inventory.write_text(inventory.read_text() + sip + SITE)
        place.declare(people())
        yield place


@pytest.fixture
def server(found: Office) -> Iterator[Server]:
    found.apply()
    with Place(found.mine.folder, environ=found.mine.environ).server() as running:
        yield running


@pytest.fixture
def lab(found: Office, server: Server) -> Iterator[FleetThread]:
    hosts = {
        "pbx.example.com": f"127.0.0.1:{found.pbx.sip_port}",
        "prov.example.com": f"127.0.0.1:{server.port}",
    }
    specs = [Spec(spec.model, mac=spec.mac, name=number) for number, spec in PHONES.items()]
    url = "http://prov.example.com/p/"
    with ExitStack() as stack:
        fleet = Fleet(specs, provisioning_url=url, hosts=hosts, reboot_s=0.2, retry_s=1.0)
        yield stack.enter_context(FleetThread(fleet))


def test_what_is_applied_is_fetched_and_registers_and_rings(
    found: Office, lab: FleetThread
) -> None:
    lab.wait(lambda fleet: all(each.phone.registered for each in fleet))
    caller = found.phone("1009")
    for number in PHONES:
        call = caller.call(number).wait_ringing()
        lab.wait(lambda fleet, n=number: fleet[n].phone.call == "ringing")  # type: ignore[misc]
        call.cancel()
        lab.wait(lambda fleet, n=number: fleet[n].phone.call == "idle")  # type: ignore[misc]
    found.pbx.wait_idle()


def test_a_changed_label_reaches_the_phone_that_has_it(found: Office, lab: FleetThread) -> None:
    lab.wait(lambda fleet: all(each.phone.registered for each in fleet))
    fetched = {each.name: each.phone.happened["fetch"] for each in lab.fleet}
    label = "account.1.label"
    found.declare(people(", label: Front desk"))
    found.apply()  # which has the PBX tell the phone
    lab.wait(lambda fleet: fleet["1001"].phone.settings[label] == "Front desk")
    assert lab.fleet["1001"].phone.happened["notify check-sync"] == 1
    for each in lab.fleet:
        if each.name != "1001":
            assert each.phone.happened["fetch"] == fetched[each.name]
            assert each.phone.happened["notify check-sync"] == 0
