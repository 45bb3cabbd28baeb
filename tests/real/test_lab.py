"""The lab proves itself: hand-written configuration, real calls, results taken from real SIP.

What fails here is the lab's fault, not reconciler's.
"""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Callable

import pytest
import sqlalchemy

from tests.real.asterisk.agent import LabTimeoutError
from tests.real.asterisk.instance import INCLUDES, Asterisk, AsteriskError
from tests.real.asterisk.phones import Outside, Phone, rang_order, rang_together

Factory = Callable[..., Asterisk]

NAMES = {"1001": "Ada", "1002": "Ben", "1003": "Cat"}


def phone_sections(number: str) -> str:
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
callerid = "{NAMES[number]}" <{number}>
[{number}]
type = auth
auth_type = userpass
username = {number}
password = secret-{number}
[{number}]
type = aor
max_contacts = 1
remove_existing = yes
"""


PHONES = "".join(phone_sections(number) for number in NAMES)

DIALPLAN = """
[internal]
exten => _100X,1,Dial(PJSIP/${EXTEN},30)
 same => n,Hangup()
exten => 600,1,Dial(PJSIP/1002&PJSIP/1003,30)
exten => 601,1,Dial(PJSIP/1002,1)
 same => n,Dial(PJSIP/1003,30)
exten => 700,1,Queue(agents,,,,20)
exten => 800,1,Goto(menu,s,1)
exten => 900,1,VoiceMail(1001@default,s)
exten => _9X.,1,Set(CALLERID(num)=441632960000)
 same => n,Dial(PJSIP/${EXTEN:1}@trunk,3)
 same => n,Hangup(${HANGUPCAUSE})
[menu]
exten => s,1,Answer()
 same => n,Background(hello-world)
 same => n,WaitExten(10)
exten => 1,1,Goto(internal,1002,1)
exten => 2,1,Goto(internal,1003,1)
[from-trunk]
exten => 441632960001,1,Dial(PJSIP/1001,30)
"""

QUEUES = """
[agents]
strategy = rrmemory
timeout = 15
retry = 1
member => PJSIP/1002
member => PJSIP/1003
"""

HAND_WRITTEN = {
    "pjsip.conf": PHONES,
    "extensions.conf": DIALPLAN,
    "queues.conf": QUEUES,
    "voicemail.conf": "[default]\n1001 => 1234,Ada\n",
}


def trunk_sections(carrier: Outside) -> str:
    return f"""
[trunk]
type = endpoint
context = from-trunk
disallow = all
allow = ulaw
aors = trunk
[trunk]
type = aor
contact = {carrier.uri}
[trunk]
type = identify
endpoint = trunk
match = {carrier.host}
"""


def phone(pbx: Asterisk, number: str) -> Phone:
    return Phone(pbx, number, f"secret-{number}")


@pytest.fixture
def pbx(asterisk_factory: Factory) -> Asterisk:
    return asterisk_factory(extra=HAND_WRITTEN)


def test_a_bare_pbx_is_prepared_and_quiet(asterisk: Asterisk) -> None:
    for file, pattern in INCLUDES.items():
        assert f'#tryinclude "{pattern}"' in (asterisk.etc / file).read_text()
    assert "No objects found" in asterisk.cli("pjsip show endpoints")
    assert "transport-udp" in asterisk.cli("pjsip show transports")
    assert " ERROR[" not in asterisk.log()
    for module in ("res_pjsip_notify", "app_queue", "app_voicemail", "app_confbridge",
                   "res_parking", "app_followme", "app_page", "res_ari_channels"):  # fmt: skip
        assert "1 modules loaded" in asterisk.cli(f"module show like {module}.so"), module


def test_ami_lets_the_reconciler_user_in_and_nobody_else(asterisk: Asterisk) -> None:
    def login(password: str) -> str:
        with socket.create_connection((asterisk.ami.host, asterisk.ami.port), timeout=60) as wire:
            wire.sendall(
                f"Action: Login\r\nUsername: {asterisk.ami.username}\r\n"
                f"Secret: {password}\r\nEvents: off\r\n\r\n".encode()
            )
            text = b""
            while b"\r\n\r\n" not in text:
                text += wire.recv(4096)
            return text.decode()

    assert "Response: Success" in login(asterisk.ami.password)
    assert "Response: Error" in login("wrong")


def test_included_files_carry_their_own_sections(asterisk_factory: Factory) -> None:
    """An included section stays apart from hand-written ones, even of the same name."""
    hand_written = {"voicemail.conf": "[default]\n100 => 1,Hand Written\n"}
    server = asterisk_factory(extra=hand_written)
    shard = "[default]\n200 = 2,Ours\n[other]\n300 = 3,Also Ours\n"
    (server.etc / "rec_vm_00.conf").write_text(shard)
    server.cli("module reload app_voicemail.so")
    users = server.cli("voicemail show users")
    assert re.search(r"default\s+100\s+Hand Written", users)
    assert re.search(r"default\s+200\s+Ours", users)
    assert re.search(r"other\s+300\s+Also Ours", users)


def test_include_lines_can_be_left_out(asterisk_factory: Factory) -> None:
    server = asterisk_factory(includes=["pjsip.conf"])
    assert "#tryinclude" not in (server.etc / "extensions.conf").read_text()


def test_a_server_restarts_with_its_files_and_survives_a_power_cut(pbx: Asterisk) -> None:
    pbx.cli("database put lab key kept")
    pbx.restart()
    assert "kept" in pbx.cli("database get lab key")
    pbx.kill()
    assert pbx.pid is None
    with pytest.raises(AsteriskError):
        pbx.cli("core show version")
    pbx.start()
    assert "Asterisk 22." in pbx.cli("core show version")


def test_two_servers_run_side_by_side(asterisk_factory: Factory) -> None:
    first, second = asterisk_factory(), asterisk_factory()
    assert len({first.sip_port, second.sip_port, first.ami.port, second.ami.port}) == 4
    assert first.cli("core show uptime")
    assert second.cli("core show uptime")


def test_a_phone_registers_and_unregisters(pbx: Asterisk) -> None:
    with phone(pbx, "1001") as ada:
        ada.register()
        assert f"sip:1001@127.0.0.1:{ada.port}" in pbx.cli("pjsip show contacts")
        ada.unregister()
        assert "No objects found" in pbx.cli("pjsip show contacts")


def test_a_wrong_password_is_refused(pbx: Asterisk) -> None:
    with Phone(pbx, "1001", "guess") as mallory:
        assert mallory.try_register() == 401
        with pytest.raises(LabTimeoutError, match="REGISTER answered 401"):
            mallory.register()


def test_a_call_is_answered_talks_both_ways_and_ends(pbx: Asterisk) -> None:
    with phone(pbx, "1001") as ada, phone(pbx, "1002") as ben:
        ben.register()
        at_ben = ben.expect_call(answer_after_s=0.1)
        call = ada.call("1002")
        call.wait_ringing()
        call.wait_answered()
        assert len(pbx.channels()) == 2
        call.wait_audio()
        at_ben.wait_audio()
        assert call.hang_up().hung_up_by_us
        result = at_ben.result()
        assert (result.rang, result.answered, result.cancelled) == (True, True, False)
        assert (result.caller, result.display) == ("1001", "Ada")
        pbx.wait_idle()


def test_a_call_stays_up_through_a_reload_and_can_be_held(pbx: Asterisk) -> None:
    with phone(pbx, "1001") as ada, phone(pbx, "1002") as ben:
        ben.register()
        at_ben = ben.answer()
        call = ada.call("1002").wait_answered()
        call.hold().resume()
        pbx.cli("module reload res_pjsip.so")
        pbx.cli("dialplan reload")
        call.wait_audio()
        at_ben.hang_up()
        assert not call.result().hung_up_by_us


def test_a_caller_who_gives_up_stops_the_ringing(pbx: Asterisk) -> None:
    with phone(pbx, "1001") as ada, phone(pbx, "1002") as ben:
        ben.register()
        at_ben = ben.ring_until_cancelled()
        call = ada.call("1002").wait_ringing()
        assert call.cancel().code == 487
        result = at_ben.result()
        assert (result.rang, result.answered, result.cancelled) == (True, False, True)


@pytest.mark.parametrize(("code", "caller_sees"), [(486, 486), (603, 403), (480, 480), (404, 404)])
def test_a_refusal_reaches_the_caller(pbx: Asterisk, code: int, caller_sees: int) -> None:
    """Dial() passes a hangup cause on, which need not map back to the same SIP code."""
    with phone(pbx, "1001") as ada, phone(pbx, "1002") as ben:
        ben.register()
        at_ben = ben.expect_call(refuse=code)
        result = ada.call("1002").result()
        assert (result.answered, result.code) == (False, caller_sees)
        assert at_ben.result().code == code


def test_ring_all_and_hunting_can_be_told_apart(pbx: Asterisk) -> None:
    with phone(pbx, "1001") as ada, phone(pbx, "1002") as ben, phone(pbx, "1003") as cat:
        ben.register()
        cat.register()
        at_ben, at_cat = ben.ring_until_cancelled(), cat.ring_until_cancelled()
        call = ada.call("600")
        for each in (at_ben, at_cat):
            each.wait_ringing()
        time.sleep(0.1)  # so long do both ring
        at_cat.answer()
        call.wait_answered().hang_up()
        assert at_ben.result().cancelled
        assert at_cat.result().answered
        assert rang_together([at_ben, at_cat])

        at_ben, at_cat = ben.ring_until_cancelled(), cat.answer()
        ada.call("601").wait_answered().hang_up()
        assert at_ben.result().cancelled
        assert not rang_together([at_ben, at_cat], overlap_s=0.5)
        assert rang_order(ben, cat)[2:] == ["1002", "1003"]


def test_alternation_of_a_queue_is_visible(pbx: Asterisk) -> None:
    with phone(pbx, "1001") as ada, phone(pbx, "1002") as ben, phone(pbx, "1003") as cat:
        ben.register()
        cat.register()
        for _ in range(3):
            ring_ben, ring_cat = len(ben.received), len(cat.received)
            expected = [ben.answer(), cat.answer()]
            ada.call("700").wait_answered().hang_up()
            pbx.wait_idle()
            assert len(ben.received) + len(cat.received) == ring_ben + ring_cat + 1
            for call in expected:
                call.forget()
        assert rang_order(ben, cat) == ["1002", "1003", "1002"]


@pytest.mark.parametrize("by", ["info", "rtp"])
def test_keys_steer_a_menu(asterisk_factory: Factory, by: str) -> None:
    mode = {"info": "info", "rtp": "rfc4733"}[by]
    phones = PHONES.replace("type = endpoint", f"type = endpoint\ndtmf_mode = {mode}")
    pbx = asterisk_factory(extra=HAND_WRITTEN | {"pjsip.conf": phones})
    with phone(pbx, "1001") as ada, phone(pbx, "1002") as ben, phone(pbx, "1003") as cat:
        ben.register()
        cat.register()
        at_cat = cat.answer()
        call = ada.call("800").wait_answered()
        call.wait_audio()  # the menu speaks
        call.press("2", by="info" if by == "info" else "rtp")
        at_cat.wait_answered()
        call.hang_up()
        assert at_cat.result().caller == "1001"
        assert ben.received == []


def test_a_voicemail_message_is_stored_and_counted(pbx: Asterisk) -> None:
    with phone(pbx, "1001") as ada:
        call = ada.call("900").wait_answered()
        pbx.wait_for_log("Recording the message")
        call.talk(2.5).hang_up()
        pbx.wait_idle()
        assert [file.name for file in pbx.voicemail_messages("1001")] == ["msg0000.wav"]
        assert re.search(r"default\s+1001\s+Ada\s+\S*\s*1\s*$", pbx.cli("voicemail show users"),
                         re.MULTILINE)  # fmt: skip


def test_a_carrier_gets_outbound_calls_and_can_fail(pbx: Asterisk) -> None:
    with phone(pbx, "1001") as ada, Outside(pbx) as carrier:
        _add_trunk(pbx, carrier)
        at_carrier = carrier.answer()
        ada.call("9442079460000").wait_answered().hang_up()
        result = at_carrier.result()
        assert (result.dialled, result.caller) == ("442079460000", "441632960000")

        carrier.refuse_all(503)
        assert ada.call("9442079460001").result().code == 503
        carrier.down()
        assert not ada.call("9442079460002").result().answered
        carrier.up()
        carrier.answer_all()
        ada.call("9442079460003").wait_answered().hang_up()
        # Asterisk repeats what nobody has answered, although the caller was told: it may come late.
        dialled = [each for each in carrier.dialled_numbers() if each != "442079460002"]
        assert dialled == ["442079460000", "442079460001", "442079460003"]


def test_a_carrier_is_known_by_its_address(pbx: Asterisk) -> None:
    with phone(pbx, "1001") as ada, Outside(pbx) as carrier, Outside(pbx) as stranger:
        _add_trunk(pbx, carrier)
        ada.register()
        at_ada = ada.answer()
        call = carrier.call("441632960001", from_number="442079460000", from_name="Customer")
        call.wait_answered().hang_up()
        result = at_ada.result()
        assert (result.caller, result.display) == ("442079460000", "Customer")
        assert stranger.call("441632960001", from_number="442079460000").result().code == 401


def test_a_trunk_registers_with_a_carrier(pbx: Asterisk) -> None:
    with Outside(pbx, login="acct", password="pw") as carrier:
        pbx.add_config(
            "rec_pjsip_trunk.conf",
            f"""
[trunk]
type = registration
server_uri = {carrier.uri}
client_uri = sip:acct@{carrier.host}
outbound_auth = trunk
max_random_initial_delay = 0
[trunk]
type = auth
auth_type = userpass
username = acct
password = pw
""",
        )
        pbx.cli("module reload res_pjsip.so")
        carrier.wait_request("REGISTER", count=2)
        pbx.wait_for_cli("pjsip show registrations", r"trunk/\S+\s+trunk\s+Registered")
        assert carrier.registrations


def test_a_phone_hears_notify_and_answers_qualify(pbx: Asterisk) -> None:
    with phone(pbx, "1001") as ada:
        ada.register()
        pbx.cli("pjsip qualify 1001")
        ada.wait_request("OPTIONS")
        (pbx.etc / "pjsip_notify.conf").write_text("[check]\nEvent=>check-sync\n")
        pbx.cli("module reload res_pjsip_notify.so")
        pbx.cli("pjsip send notify check endpoint 1001")
        (notify,) = ada.wait_request("NOTIFY")
        assert notify.header("Event") == "check-sync"


def test_a_blind_transfer_rings_the_new_party(pbx: Asterisk) -> None:
    with phone(pbx, "1001") as ada, phone(pbx, "1002") as ben, phone(pbx, "1003") as cat:
        ben.register()
        cat.register()
        ben.answer()
        at_cat = cat.answer()
        call = ada.call("1002").wait_answered()
        pbx.wait_for_cli("bridge show all", r"\s2 basic\b")  # who is answered is not joined yet
        call.transfer("1003")
        assert at_cat.wait_answered().result_so_far().caller == "1002"


def test_waits_fail_with_the_messages_seen(pbx: Asterisk) -> None:
    with phone(pbx, "1001") as ada:
        call = ada.call("777")
        with pytest.raises(LabTimeoutError, match="404 Not Found"):
            call.wait_answered()


def test_postgresql_is_real_and_fresh(postgres_url: str, fresh_postgres_url: str) -> None:
    assert postgres_url != fresh_postgres_url
    engine = sqlalchemy.create_engine(fresh_postgres_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE proof (n integer)")
        version = connection.exec_driver_sql("SHOW server_version").scalar_one()
    engine.dispose()
    assert int(version.split(".")[0]) >= 15


def _add_trunk(pbx: Asterisk, carrier: Outside) -> None:
    pbx.add_config("rec_pjsip_trunk.conf", trunk_sections(carrier))
    pbx.cli("module reload res_pjsip.so")
