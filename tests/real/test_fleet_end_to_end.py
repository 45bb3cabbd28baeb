"""From the YAML to the ring: apply, the provisioning server, 20 emulated phones of five vendors.

The PBX is a real Asterisk, callers are sipp. One estate for the file: each test leaves it whole.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from reconciler.lab.phones import EmulatedPhone, Fleet, FleetThread, Spec
from tests.provisioning.serving import Place
from tests.real.asterisk.fetch import Prefix
from tests.real.asterisk.instance import Asterisk
from tests.real.estate import Office, office

MODELS = (
    "T46U", "T54W", "VVX411", "D785", "GXP2170", "X4U", "T46S", "T33G", "T46G", "GRP2614",
    "GXP1628", "GXP2135", "GXP1405", "VVX450", "EdgeE350", "VVX250", "GRP2602", "T48U", "T53W",
    "HT801",
)  # fmt: skip
PHONES = {
    str(1001 + at): Spec(model, name=str(1001 + at), mac=Spec(model).identity(at).mac)
    for at, model in enumerate(MODELS)
}
CALLER = "1099"

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


def people(secret: str = "generated", **changed: str) -> str:
    """Return the estate; `changed` is YAML beside a phone's lines (p1001=...), `secret` 1004's."""
    extensions = "".join(
        f'  "{number}": {{name: Person {number}, '
        f"secret: {{secret: '{secret if number == '1004' else 'generated'}'}}}}\n"
        for number in (*PHONES, CALLER)
    )
    phones = "".join(
        f'  p{number}: {{mac: "{spec.mac}", model: {spec.model}, '
        f"{changed.get(f'p{number}', f'lines: [{number!r}]')}}}\n"
        for number, spec in PHONES.items()
    )
    head = "apiVersion: reconciler/v1\npbx: office\nsite: main\n"
    return f"{head}extensions:\n{extensions}phones:\n{phones}"


@pytest.fixture(scope="module")
def found(asterisk_prefix: Prefix, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("fleet") / "office"
    with Asterisk(asterisk_prefix) as pbx, office(pbx, folder) as place:
        inventory = place.mine.folder / "inventory.yaml"
        sip = "    sip: {host: pbx.example.com}\n"
        inventory.write_text(inventory.read_text() + sip + SITE)
        place.declare(people())
        place.apply()
        yield place


@pytest.fixture(scope="module")
def lab(found: Office) -> Iterator[FleetThread]:
    with Place(found.mine.folder, environ=found.mine.environ).server() as server:
        hosts = {
            "pbx.example.com": f"127.0.0.1:{found.pbx.sip_port}",
            "prov.example.com": f"127.0.0.1:{server.port}",
        }
        url = "http://prov.example.com/p/"
        fleet = Fleet(
            list(PHONES.values()), provisioning_url=url, hosts=hosts, reboot_s=0.2, retry_s=1.0
        )
        with FleetThread(fleet) as thread:
            wait_registered(thread)
            yield thread


def wait_registered(lab: FleetThread) -> None:
    lab.wait(lambda fleet: all(each.phone.registered for each in fleet), timeout_s=60)


def untouched(each: EmulatedPhone) -> tuple[int, ...]:
    happened = each.phone.happened
    return tuple(happened[what] for what in ("fetch", "reboot", "notify check-sync", "registered"))


def test_all_register_with_what_was_applied_and_ring(found: Office, lab: FleetThread) -> None:
    for number, each in ((one.name, one) for one in lab.fleet):
        assert each.phone.accounts[1].password == found.password(f"{number}-auth")
    caller = found.phone(CALLER)
    for number in ("1001", "1003", "1004", "1005", "1006"):  # one of each vendor
        call = caller.call(number).wait_ringing()
        lab.wait(lambda fleet, n=number: fleet[n].phone.call == "ringing")  # type: ignore[misc]
        call.cancel()
        lab.wait(lambda fleet, n=number: fleet[n].phone.call == "idle")  # type: ignore[misc]
    found.pbx.wait_idle()


def test_each_change_reaches_just_the_phone_concerned(found: Office, lab: FleetThread) -> None:
    before = {each.name: untouched(each) for each in lab.fleet}
    old = found.password("1004-auth")
    found.mine.run("secrets", "set", "new-1004", stdin="canary-New-7rqXw2Lp")
    found.mine.planted.add("canary-New-7rqXw2Lp")
    found.declare(
        people(
            secret="store:new-1004",
            p1001="lines: [{extension: '1001', label: Front desk}]",
            p1002="lines: ['1002'], keys: [{line: 1}, {blf: extension/1003}]",
            p1003="lines: ['1003'], sip: {codecs: [ulaw]}",
        )
    )
    found.apply()
    assert found.password("1004-auth") != old

    def settled(fleet: Fleet) -> bool:
        one, two, three, four = (fleet[n].phone for n in ("1001", "1002", "1003", "1004"))
        return (
            one.settings.get("account.1.label") == "Front desk"
            and two.settings.get("linekey.2.value") == "1003"
            and three.settings.get("voice.codecPref.G711_A") == "0"
            and four.accounts[1].password == "canary-New-7rqXw2Lp"
            and all(each.registered for each in (one, two, three, four))
        )

    lab.wait(settled, timeout_s=60)
    touched = {each.name for each in lab.fleet if untouched(each) != before[each.name]}
    assert touched == {"1001", "1002", "1003", "1004"}
    found.declare(people())
    found.apply()
    lab.wait(lambda fleet: fleet["1001"].phone.settings["account.1.label"] != "Front desk")
    wait_registered(lab)


def test_a_phone_in_a_call_is_left_alone_until_it_hangs_up(found: Office, lab: FleetThread) -> None:
    phone = lab.fleet["1001"].phone
    reboots, cut = phone.happened["reboot"], phone.happened["cut"]
    caller = found.phone(CALLER)
    lab.do(lambda fleet: fleet["1001"].answer_by_itself())
    call = caller.call("1001").wait_answered()
    lab.wait(lambda fleet: fleet["1001"].phone.call == "connected")
    found.declare(people(p1001="lines: [{extension: '1001', label: Hall}]"))
    found.apply()
    assert phone.call == "connected"
    assert phone.happened["reboot"] == reboots
    assert phone.settings["account.1.label"] != "Hall"
    call.hang_up()
    found.apply()
    lab.wait(lambda fleet: fleet["1001"].phone.settings["account.1.label"] == "Hall")
    assert phone.happened["cut"] == cut
    wait_registered(lab)


def test_a_phone_that_is_off_is_finished_when_it_is_back(found: Office, lab: FleetThread) -> None:
    lab.do(lambda fleet: fleet["1003"].power_off())
    found.declare(people(p1003="lines: [{extension: '1003', label: Attic}]"))
    found.apply()
    found.mine.run("status").says("p1003")
    lab.do(lambda fleet: fleet["1003"].power_on())
    lab.wait(lambda fleet: fleet["1003"].phone.settings.get("reg.1.label") == "Attic")
    wait_registered(lab)
