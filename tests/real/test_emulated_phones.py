"""Emulated phones on a real Asterisk: what they fetch names it, they register, ring, obey."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator

import pytest

from reconciler.lab.phones import Fleet, FleetThread, Spec
from tests.real.asterisk.instance import Asterisk
from tests.real.asterisk.phones import Phone
from tests.unit.lab.phones.server import Files

Factory = Callable[..., Asterisk]

MODELS = {
    "1001": Spec("T46U", mac="805ec0000001"), "1002": Spec("GXP2170", mac="000b82000002"),
    "1003": Spec("VVX 411", mac="64167f000003"), "1004": Spec("D785", mac="000413000004"),
    "1005": Spec("X4U", mac="0c383e000005"), "1006": Spec("SPA504G", mac="000e08000006"),
    "1007": Spec("Edge E350", mac="482567000007"), "1008": Spec("GRP2614", mac="c074ad000008"),
}  # fmt: skip
CALLER = "1009"


def section(number: str, *more: str) -> str:
    lines = "\n".join(more)
    return f"""
[{number}]
type = endpoint
transport = transport-udp
context = internal
disallow = all
allow = ulaw
direct_media = no
auth = {number}
aors = {number}
{lines}
[{number}]
type = auth
auth_type = userpass
username = {number}
password = s3cret-{number}
[{number}]
type = aor
max_contacts = 1
remove_existing = yes
"""


def file_of(number: str, spec: Spec, host: str, port: int) -> tuple[str, str]:
    """Return what a phone is given, in its vendor's form; addresses below /p/."""
    mac, secret = spec.mac, f"s3cret-{number}"
    yealink = (
        f"#!version:1.0.0.1\naccount.1.enable = 1\naccount.1.user_name = {number}\n"
        f"account.1.auth_name = {number}\naccount.1.password = {secret}\n"
        f"account.1.sip_server.1.address = {host}\naccount.1.sip_server.1.port = {port}\n"
        "sip.notify_reboot_enable = 2\n"
    )
    grandstream = (
        '<gs_provision version="1"><config version="1"><P271>1</P271>'
        f"<P47>{host}:{port}</P47><P35>{number}</P35><P36>{number}</P36><P34>{secret}</P34>"
        "</config></gs_provision>"
    )
    poly = (
        f'<polycomConfig reg.1.address="{number}" reg.1.auth.userId="{number}" '
        f'reg.1.auth.password="{secret}" reg.1.server.1.address="{host}" '
        f'reg.1.server.1.port="{port}"/>'
    )
    snom = (
        '<settings><phone-settings><user_active idx="1">on</user_active>'
        f'<user_name idx="1">{number}</user_name><user_pass idx="1">{secret}</user_pass>'
        f'<user_host idx="1">{host}:{port}</user_host></phone-settings></settings>'
    )
    fanvil = (
        f'<sysConf><sip><line index="1"><PhoneNumber>{number}</PhoneNumber>'
        f"<RegisterUser>{number}</RegisterUser><RegisterPswd>{secret}</RegisterPswd>"
        f"<RegisterAddr>{host}</RegisterAddr><RegisterPort>{port}</RegisterPort>"
        "<EnableReg>1</EnableReg></line></sip></sysConf>"
    )
    cisco = (
        f"<flat-profile><Line_Enable_1_>Yes</Line_Enable_1_><User_ID_1_>{number}</User_ID_1_>"
        f"<Proxy_1_>{host}:{port}</Proxy_1_><Password_1_>{secret}</Password_1_></flat-profile>"
    )
    assert mac is not None
    by_model = {
        "T46U": (f"{mac}.cfg", yealink), "GXP2170": (f"cfg{mac}.xml", grandstream),
        "GRP2614": (f"cfg{mac}.xml", grandstream), "VVX 411": (f"{mac}.cfg", poly),
        "Edge E350": (f"{mac}.cfg", poly), "D785": (f"snomD785-{mac.upper()}.htm", snom),
        "X4U": (f"{mac}.cfg", fanvil), "SPA504G": (f"{mac}.xml", cisco),
    }  # fmt: skip
    return by_model[spec.model]


@pytest.fixture
def pbx(asterisk_factory: Factory) -> Asterisk:
    """A PBX that answers the challenge of 1008's NOTIFYs and not of 1002's."""
    sections = [section(number) for number in (*MODELS, CALLER) if number != "1008"]
    sections.append(section("1008", "outbound_auth = 1008"))
    dialplan = "[internal]\nexten => _100X,1,Dial(PJSIP/${EXTEN},30)\n same => n,Hangup()\n"
    return asterisk_factory(extra={"pjsip.conf": "".join(sections), "extensions.conf": dialplan})


@pytest.fixture
def files(pbx: Asterisk) -> Iterator[Files]:
    with Files() as server:
        for number, spec in MODELS.items():
            name, text = file_of(number, spec, pbx.host, pbx.sip_port)
            server.files[f"/p/{name}"] = text.encode()
        yield server


@pytest.fixture
def lab(files: Files) -> Iterator[FleetThread]:
    specs = [Spec(spec.model, mac=spec.mac, name=number) for number, spec in MODELS.items()]
    fleet = Fleet(specs, provisioning_url=files.url("p"), reboot_s=0.2)
    with FleetThread(fleet) as thread:
        thread.wait(lambda each: all(one.phone.registered for one in each))
        yield thread


def test_a_phone_answers_the_stronger_digest(asterisk_factory: Factory) -> None:
    strong = section("1001").replace(
        "auth_type = userpass\n", "auth_type = digest\nsupported_algorithms_uas = SHA-256\n"
    )
    pbx = asterisk_factory(extra={"pjsip.conf": strong})
    account = {
        "enable": "1", "user_name": "1001", "auth_name": "1001", "password": "s3cret-1001",
        "sip_server.1.address": pbx.host, "sip_server.1.port": str(pbx.sip_port),
    }  # fmt: skip
    settings = {f"account.1.{name}": value for name, value in account.items()}
    with FleetThread(Fleet([Spec("T46U", settings=settings)])) as lab:
        lab.wait(lambda fleet: fleet[0].phone.registered)
    assert "SHA-256" in pbx.cli("pjsip show auth 1001")


def test_phones_over_tcp_share_a_line_and_a_key_lights(asterisk_factory: Factory) -> None:
    """What the lab's own PBX does, too: `tests/unit/lab/pbx`."""
    shared = section("1001").replace("transport = transport-udp\n", "")
    shared = shared.replace("max_contacts = 1", "max_contacts = 2")
    dialplan = (
        "[internal]\nexten => 1002,hint,PJSIP/1002\n"
        "exten => 1001,1,Dial(${PJSIP_DIAL_CONTACTS(1001)},30)\n"
        "exten => 1002,1,Dial(PJSIP/1002,30)\n"
    )
    files = {"pjsip.conf": shared + section("1002"), "extensions.conf": dialplan}
    pbx = asterisk_factory(extra=files)

    def settings(number: str, **more: str) -> dict[str, str]:
        account = {
            "enable": "1", "user_name": number, "auth_name": number, "password": f"s3cret-{number}",
            "sip_server.1.address": pbx.host, "sip_server.1.port": str(pbx.sip_port),
        }  # fmt: skip
        return {f"account.1.{name}": value for name, value in (account | more).items()}

    tcp = {"sip_server.1.transport_type": "1"}
    key = {"linekey.2.type": "16", "linekey.2.value": "1002", "linekey.2.line": "1"}
    phones = [
        Spec("T46U", name="desk", settings=settings("1001", **tcp) | key),
        Spec("T46U", name="hall", settings=settings("1001", **tcp)),
        Spec("T46U", name="1002", settings=settings("1002")),
    ]
    with FleetThread(Fleet(phones)) as lab:
        lab.wait(lambda fleet: all(each.phone.registered for each in fleet))
        lab.wait(lambda fleet: fleet["desk"].phone.lights == {"1002": "idle"})
        lab.do(lambda fleet: fleet["1002"].dial("1001"))
        both = ("desk", "hall")
        lab.wait(lambda fleet: all(fleet[each].phone.call == "ringing" for each in both))
        lab.wait(lambda fleet: fleet["desk"].phone.lights == {"1002": "busy"})
        lab.do(lambda fleet: fleet["hall"].pick_up())
        lab.wait(lambda fleet: fleet["hall"].phone.call == "connected")
        lab.wait(lambda fleet: fleet["desk"].phone.call == "idle")
        lab.do(lambda fleet: fleet["hall"].hang_up())
        lab.wait(lambda fleet: fleet["desk"].phone.lights == {"1002": "idle"})
        assert pbx.cli("pjsip show contacts").count("transport=tcp") == 2
    pbx.wait_idle()


def notify(pbx: Asterisk, endpoint: str, event: str) -> str:
    """Send a NOTIFY as an operator's program does: over AMI."""
    with socket.create_connection((pbx.ami.host, pbx.ami.port), timeout=60) as sock:
        wire = sock.makefile("rw", newline="\r\n")
        wire.readline()
        login = {"Action": "Login", "Username": pbx.ami.username, "Secret": pbx.ami.password,
                 "Events": "off"}  # fmt: skip
        send = {"Action": "PJSIPNotify", "Endpoint": endpoint, "Variable": f"Event={event}"}
        for action in (login, send):
            wire.write("".join(f"{name}: {value}\n" for name, value in action.items()) + "\n")
            wire.flush()
            answer = ""
            while (line := wire.readline()).strip():
                answer += line
        return answer


def test_phones_of_all_vendors_register_with_what_they_have_fetched(
    pbx: Asterisk, lab: FleetThread
) -> None:
    shown = pbx.cli("pjsip show contacts")
    for number in MODELS:
        phone = lab.fleet[number]
        assert f"{number}/sip:{number}@{phone.phone.address}:{phone.sip_port}" in shown
    agents = pbx.cli("database show registrar")
    assert "Yealink SIP-T46U" in agents
    assert "PolyEdge-Edge_E350-UA" in agents


def test_a_phone_rings_is_answered_and_hangs_up(pbx: Asterisk, lab: FleetThread) -> None:
    with Phone(pbx, CALLER, f"s3cret-{CALLER}") as caller:
        caller.register()
        for number in ("1001", "1003"):
            call = caller.call(number).wait_ringing()
            lab.wait(lambda fleet, n=number: fleet[n].phone.call == "ringing")  # type: ignore[misc]
            assert lab.fleet[number].phone.caller == CALLER
            lab.do(lambda fleet, n=number: fleet[n].pick_up())  # type: ignore[misc]
            call.wait_answered()
            assert lab.fleet[number].phone.call == "connected"
            lab.do(lambda fleet, n=number: fleet[n].hang_up())  # type: ignore[misc]
            call.wait_ended()
            assert lab.fleet[number].phone.call == "idle"
    pbx.wait_idle()


def test_phones_call_each_other(pbx: Asterisk, lab: FleetThread) -> None:
    lab.do(lambda fleet: fleet["1002"].answer_by_itself())
    lab.do(lambda fleet: fleet["1001"].dial("1002"))
    both = ("1001", "1002")
    lab.wait(lambda fleet: all(fleet[each].phone.call == "connected" for each in both))
    assert len(pbx.channels()) == 2
    lab.do(lambda fleet: fleet["1001"].hang_up())
    lab.wait(lambda fleet: all(fleet[each].phone.call == "idle" for each in both))
    pbx.wait_idle()


def test_check_sync_through_the_pbx_makes_a_phone_fetch_again(
    pbx: Asterisk, lab: FleetThread, files: Files
) -> None:
    phone = lab.fleet["1001"].phone
    name = f"/p/{phone.identity.mac}.cfg"
    new = files.files[name].replace(b"s3cret-1001", b"another-1001")
    files.files[name] = new
    before = files.asked.count(name)
    assert "Success" in notify(pbx, "1001", "check-sync;reboot=false")
    # The new password is not the PBX's: that it was applied is seen by the refusal.
    lab.wait(lambda fleet: fleet["1001"].phone.accounts[1].state == "failed")
    assert files.asked.count(name) == before + 1
    assert phone.happened["reboot"] == 0
    notify(pbx, "1003", "check-sync")
    lab.wait(lambda fleet: fleet["1003"].phone.happened["fetch"] == 2)
    assert lab.fleet["1003"].phone.happened["reboot"] == 0  # nothing has changed


def test_check_sync_with_a_reboot_waits_for_the_end_of_a_call(
    pbx: Asterisk, lab: FleetThread
) -> None:
    with Phone(pbx, CALLER, f"s3cret-{CALLER}") as caller:
        caller.register()
        lab.do(lambda fleet: fleet["1001"].answer_by_itself())
        call = caller.call("1001").wait_answered()
        notify(pbx, "1001", "check-sync;reboot=true")
        lab.wait(lambda fleet: fleet["1001"].phone.waits_for_idle == "reboot")
        assert lab.fleet["1001"].phone.happened["reboot"] == 0
        call.hang_up()
        lab.wait(lambda fleet: fleet["1001"].phone.happened["reboot"] == 1)
        lab.wait(lambda fleet: fleet["1001"].phone.registered)
        assert lab.fleet["1001"].phone.happened["cut"] == 0


def test_a_grandstream_obeys_only_a_pbx_that_answers_its_challenge(
    pbx: Asterisk, lab: FleetThread
) -> None:
    notify(pbx, "1002", "check-sync")
    notify(pbx, "1008", "check-sync")
    both = ("1002", "1008")
    lab.wait(lambda fleet: all(fleet[n].phone.happened["notify challenged"] for n in both))
    lab.wait(lambda fleet: fleet["1008"].phone.happened["fetch"] == 2)
    assert lab.fleet["1008"].phone.happened["notify check-sync"] == 1
    assert lab.fleet["1002"].phone.happened["notify check-sync"] == 0
