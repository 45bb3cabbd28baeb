"""From the YAML to the ring: apply, the provisioning server, 20 emulated phones of five vendors.

The PBX is a real Asterisk, callers are sipp. One estate for the file: each test leaves it whole.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from reconciler.lab.phones import EmulatedPhone, Fleet, FleetThread, Spec
from tests.provisioning.serving import Place
from tests.real.asterisk.fetch import Prefix
from tests.real.asterisk.instance import Asterisk
from tests.real.conftest import has_failed
from tests.real.estate import Office, office

MODELS = (
    "T46U", "T54W", "VVX411", "D785", "GXP2170", "X4U", "T46S", "T33G", "T46G", "GRP2614",
    "GXP1628", "GXP2135", "GXP1405", "VVX450", "EdgeE350", "VVX250", "GRP2602", "T48U", "T53W",
    "HT801",
)  # fmt: skip
PHONES = {
    str(1001 + at): Spec(
        model, name=str(1001 + at), mac=Spec(model).identity(at).mac, password="Adm1n-example"
    )
    for at, model in enumerate(MODELS)
}
CALLER = "1099"
REST = ', raw: {apps.restapi.enabled: "1"}'
"""Without it nobody can talk to a Poly."""
PUSHED = ("1002", "1005", "1007", "1010", "1014", "1015")
"""Phones that are written to in one test: T54W, GXP2170, T46S, GRP2614, VVX450, EdgeE350."""
TOLD = ("1008", "1017")
"""Phones that fetch, and are told so themselves: T33G, GRP2602."""
NOTED_S = 60
REPEATED_S = 33
"""How long Asterisk repeats a NOTIFY that nobody answers (64 times T1), and a little more."""

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
        f"{changed.get(f'p{number}', f'lines: [{number!r}]')}"
        f"{REST if spec.model[:3] in ('VVX', 'Edg') else ''}}}\n"
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
            settle(found, thread)
            yield thread


def wait_registered(lab: FleetThread) -> None:
    lab.wait(lambda fleet: all(each.phone.registered for each in fleet))


def settle(found: Office, lab: FleetThread) -> None:
    """Wait until all are registered, and the server has noted what they fetched (half a second).

    Else a phone is believed to have what it had before, and is told by the next apply, too.
    """
    wait_registered(lab)
    end = time.monotonic() + NOTED_S
    while {"generated", "stale"} & set((now := statuses(found)).values()):
        assert time.monotonic() < end, f"not noted: {now}"


@pytest.fixture(autouse=True)
def whole(request: pytest.FixtureRequest, found: Office, lab: FleetThread) -> Iterator[None]:
    """Mend all after a test that failed half-way, so that the others tell of themselves."""
    yield
    if has_failed(request.node):
        found.pbx.hang_up_all()
        found.declare(people())
        found.mine.run("apply", "--auto-approve", expect=None)
        # Phones as out of the box: they fetch what is published, and have nothing else.
        for each in lab.fleet:
            lab.do(lambda fleet, n=each.name: mend(fleet[n]))  # type: ignore[misc]
        wait_registered(lab)
        save_logins(found, lab, *PUSHED, *TOLD)
        found.mine.run("apply", "--auto-approve", expect=None)
        settle(found, lab)


def mend(each: EmulatedPhone) -> None:
    each.faults.ignores_writes, each.faults.unplug_after_values = False, None
    if not each.phone.power:
        each.power_on()
    password = each.phone.password
    each.phone.reset()
    each.phone.password = password


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

    lab.wait(settled)
    touched = {each.name for each in lab.fleet if untouched(each) != before[each.name]}
    assert touched == {"1001", "1002", "1003", "1004"}
    settle(found, lab)
    found.declare(people())
    found.apply()
    lab.wait(lambda fleet: fleet["1001"].phone.settings["account.1.label"] != "Front desk")
    settle(found, lab)


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
    lab.wait(lambda fleet: fleet["1001"].phone.call == "idle")
    found.pbx.wait_idle()
    found.apply()
    lab.wait(lambda fleet: fleet["1001"].phone.settings["account.1.label"] == "Hall")
    assert phone.happened["cut"] == cut
    settle(found, lab)


def test_a_phone_that_is_off_is_finished_when_it_is_back(found: Office, lab: FleetThread) -> None:
    phone = lab.fleet["1003"].phone
    lab.do(lambda fleet: fleet["1003"].power_off())
    told = phone.happened["notify check-sync"]
    found.declare(people(p1003="lines: [{extension: '1003', label: Attic}]"))
    found.apply()
    given_up = time.monotonic() + REPEATED_S
    found.mine.run("status").says("p1003")
    lab.do(lambda fleet: fleet["1003"].power_on())
    lab.wait(lambda fleet: fleet["1003"].phone.settings.get("reg.1.label") == "Attic")
    # Asterisk repeats what it told a phone that was off: the next test would meet it.
    while phone.happened["notify check-sync"] == told and time.monotonic() < given_up:
        time.sleep(0.02)
    settle(found, lab)


def test_one_off_one_locked_one_deaf_one_unplugged_in_one_apply(
    found: Office, lab: FleetThread
) -> None:
    """All others get what is new; report, journal and the next run say and do what is right."""
    save_logins(found, lab, *PUSHED, *TOLD)
    found.declare(people())
    found.apply("--wait", "60")
    lab.do(lambda fleet: fleet["1002"].lock_out(600))
    lab.do(lambda fleet: fleet["1005"].unplug_after(1))
    lab.do(lambda fleet: fleet["1007"].ignore_writes())
    lab.do(lambda fleet: fleet["1014"].power_off())
    quiet = set(PHONES) - {"1001", *PUSHED, *TOLD}
    before = {each: untouched(lab.fleet[each]) for each in quiet}
    label = "lines: [{{extension: '{0}', label: New {0}}}]"
    push = ", provisioning: {delivery: push}"
    found.declare(
        people(
            **{f"p{each}": label.format(each) for each in ("1001", *TOLD)},
            **{f"p{each}": label.format(each) + push for each in PUSHED},
        )
    )
    done = found.apply("--json", "--wait", "60", expect=3).json
    states = {
        e["address"][-4:]: (e["state"], e["code"]) for e in done["phones"] if e["how"] == "push"
    }
    assert states == {
        "1002": ("skipped", "locked-out"),
        "1005": ("in_doubt", "unreachable"),
        "1007": ("failed", "values-kept"),
        "1010": ("done", None),
        "1014": ("skipped", "unreachable"),
        "1015": ("done", None),
    }
    fields = {each["address"][-4:]: each["fields"] for each in done["phones"]}
    assert fields["1007"]["account.1.label"] == "lines.0.label"
    told = {each["address"][-4:]: each["detail"] for each in done["told"]}
    assert {each for each in told if told[each].startswith("told itself")} == set(TOLD)
    assert told.keys() == {"1001", *TOLD}
    now = statuses(found)
    assert {each for each in now if now[each] != "applied"} == {"1002", "1005", "1007", "1014"}
    assert now["1007"] == "failed"
    assert {each: untouched(lab.fleet[each]) for each in quiet} == before
    run = str(done["run"])
    found.mine.run("history", run).says("partly", "in doubt  push phone/main/p1005", "--resume")

    wrong = lab.fleet["1002"].phone.happened["wrong"]
    lab.do(lambda fleet: setattr(fleet["1007"].faults, "ignores_writes", False))
    lab.do(lambda fleet: fleet["1005"].power_on())
    lab.do(lambda fleet: fleet["1014"].power_on())
    lab.wait(lambda fleet: all(fleet[each].phone.registered for each in ("1005", "1014")))
    again = found.apply("--resume", run, "--wait", "60", expect=3)
    again.says("p1002 waits: it takes no login for a while; not tried before")
    assert lab.fleet["1002"].phone.happened["wrong"] == wrong
    now = statuses(found)
    assert {each for each in now if now[each] != "applied"} == {"1002"}
    lab.do(lambda fleet: fleet["1002"].unlock())
    save_logins(found, lab, "1002")
    found.apply().says("1 phone written to", "seen to use what was published: p1002")
    found.is_as_declared()
    settle(found, lab)


def test_phones_that_get_other_lines_are_reached_and_ring(found: Office, lab: FleetThread) -> None:
    """Each is registered with its old line still: two that swap are written to, one is told."""
    save_logins(found, lab, "1002", "1010")
    push = ", provisioning: {delivery: push}"
    pushed = {f"p{each}": f"lines: [{each!r}]{push}" for each in ("1002", "1010")}
    found.declare(people(**pushed))
    found.apply()
    settle(found, lab)
    lines = {"1002": "1010", "1010": "1002", "1018": "1019"}
    found.declare(
        people(
            p1002=f"lines: ['1010']{push}",
            p1010=f"lines: ['1002']{push}",
            p1018="lines: ['1019']",
            p1019="lines: []",
        )
    )
    found.apply().says("1 phone told to fetch", "2 phones written to")
    lab.wait(lambda fleet: all(fleet[e].phone.accounts[1].user == lines[e] for e in lines))
    wait_registered(lab)
    caller = found.phone(CALLER)
    for name, number in lines.items():
        call = caller.call(number).wait_ringing()
        lab.wait(lambda fleet, n=name: fleet[n].phone.call == "ringing")  # type: ignore[misc]
        call.cancel()
        lab.wait(lambda fleet, n=name: fleet[n].phone.call == "idle")  # type: ignore[misc]
    found.pbx.wait_idle()
    found.apply().says("No changes")
    now = statuses(found)
    assert {each: now[each] for each in lines} == dict.fromkeys(lines, "applied")
    found.declare(people(**pushed))
    found.apply()
    lab.do(lambda fleet: fleet["1019"].power_off())
    lab.do(lambda fleet: fleet["1019"].power_on())
    settle(found, lab)


def test_a_phone_that_left_rings_no_more(found: Office, lab: FleetThread) -> None:
    """Its registration would be good for an hour, and whoever holds it could answer."""
    phone = lab.fleet["1013"].phone
    found.declare(people(p1013="lines: ['1013'], lifecycle: decommissioned"))
    found.apply().says("phone/main/p1013: the phone that left does not ring for 1013 any more")
    caller, rang = found.phone(CALLER), phone.happened["rang"]
    call = caller.call("1013")
    call.wait_ended()
    assert phone.happened["rang"] == rang
    assert "Contact:  1013/" not in found.pbx.cli("pjsip show contacts")
    found.declare(people())
    found.apply()
    lab.do(lambda fleet: fleet["1013"].power_off())
    lab.do(lambda fleet: fleet["1013"].power_on())
    settle(found, lab)


def save_logins(found: Office, lab: FleetThread, *numbers: str) -> None:
    found.mine.run(
        "phones", "test-connection", *(f"p{each}" for each in numbers), "--save",
        "--password-stdin", "--scheme", "https", "--port", str(lab.fleet.https_port),
        stdin="Adm1n-example\n",
    )  # fmt: skip


def statuses(found: Office) -> dict[str, str]:
    phones = found.mine.run("status", "--json").json["phones"]
    return {each["address"][-4:]: each["provision_status"] for each in phones}
