"""What single fields do to calls, on a real Asterisk: what the support matrix claims of them."""

from __future__ import annotations

import re
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from reconciler.adapters.asterisk.carrier import Setup
from reconciler.model.secret import Clear
from reconciler.model.value import Value
from tests.real.asterisk.fetch import Prefix
from tests.real.asterisk.instance import Asterisk
from tests.real.asterisk.phones import ANSWER, Call, Outside, Phone, UserAgent
from tests.real.dialplan_lab import eventually, load, phone, phones, rung, trunk

PEOPLE = ("1001", "1002", "1003", "1009")
CODES = {
    "voicemail": "*97", "voicemail_other": "*98", "voicemail_direct": "*7",
    "pickup_extension": "**", "echo_test": "*43",
}  # fmt: skip
RADIO = ("239.255.77.77", 46870)
"""Where a page goes out to whoever listens on the network."""

MENU: dict[str, Value] = {
    "options": {"1": "extension/1001"}, "digit_timeout": 1, "retries": 1,
    "timeout_announcement": "slow", "invalid_announcement": "wrong",
    "on_timeout": "extension/1002", "on_invalid": "extension/1003",
}  # fmt: skip

OBJECTS: dict[str, dict[str, Value]] = {
    "extension/1001": phone("1001", caller_id__name="Front desk", caller_id__number="100"),
    "extension/1002": phone("1002", codecs=["alaw", "ulaw"], call_waiting=False),
    "extension/1003": phone("1003"),
    "extension/1004": phone("1004", max_contacts=2),
    "extension/1009": phone("1009", voicemail__pin=Clear("1234"), ring_time=1),
    "extension/1005": {"name": "Left us", "voicemail.email": "a@example.com"},
    "extension/1006": phone("1006") | {
        "follow_me.targets": ["1001", "1002"], "follow_me.initial_ring": 0,
        "follow_me.confirm": True,
    },
    "announcement/free": {"file": "hello-world", "number": "801", "answer": False},
    "announcement/skipped": {
        "file": "demo-instruct", "number": "802", "skip": True, "then": "extension/1001",
    },
    "announcement/free-and-skipped": {
        "file": "hello-world", "number": "804", "answer": False, "skip": True,
    },
    "announcement/again": {
        "file": "beep", "number": "803", "repeat_key": "9", "then": "extension/1001",
    },
    "announcement/joining": {"file": "conf-now-unmuted"},
    "announcement/agent": {"file": "agent-loginok", "language": "fr"},
    "announcement/wrong": {"file": "invalid"},
    "announcement/slow": {"file": "vm-goodbye"},
    "ivr/hasty": {**MENU, "number": "810", "timeout": 1},
    "ivr/patient": {**MENU, "number": "811", "timeout": 60},
    "queue/700": {
        "name": "Full", "members": [{"extension": "1001"}], "max_callers": 1, "announce": "joining",
        "announce_to_agent": "agent", "music": "calm", "recording": True, "timeout": 30,
        "no_answer": "extension/1003",
    },
    "queue/701": {
        "name": "Nobody", "members": [{"extension": "1005"}], "join_empty": "strict",
        "no_answer": "extension/1003",
    },
    "queue/702": {
        "name": "Lazy", "members": [{"extension": "1001"}], "timeout": 1, "retry": 1,
        "auto_pause": True, "max_wait": 3, "no_answer": "extension/1003",
    },
    "queue/703": {
        "name": "Busy", "members": [{"extension": "1001"}, {"extension": "1003"}],
        "strategy": "linear", "timeout": 30,
    },
    "queue/704": {
        "name": "Called all the same", "members": [{"extension": "1001"}], "ring_in_use": True,
    },
    "conference/720": {
        "name": "Led", "pin": Clear("1111"), "admin_pin": Clear("2222"), "end_with_leader": True,
        "mute_on_join": True, "recording": True, "announcement": "joining",
    },
    "conference/721": {
        "name": "Small", "max_members": 2, "announce_count": True, "music": "calm",
        "language": "fr",
    },
    "conference/722": {"name": "Plain", "pin": Clear("4711"), "quiet": True},
    "paging_group/650": {
        "name": "Talk", "members": ["1001", "1002"], "two_way": True, "announcement": "beep",
    },
    "paging_group/651": {"name": "Spared", "members": ["1001", "1002", "1004"], "quiet": True},
    "paging_group/652": {"name": "All", "members": ["1001"], "quiet": True, "busy": True},
    "paging_group/653": {
        "name": "Radio", "multicast.address": RADIO[0], "multicast.port": RADIO[1], "quiet": True,
    },
    "parking_lot/710": {"name": "Lot", "slots": "711-713", "find_slot": "next", "music": "list",
                        "announce_slot": False, "hints": False},
    "day_night/front": {
        "number": "*28", "pin": Clear("4711"), "day": "extension/1001", "night": "extension/1002",
    },
    "schedule/never": {
        "open": ["Mon 00:00-00:01"], "override": "closed", "open_to": "hangup",
        "closed_to": "hangup",
    },
    "outbound_route/barred": {
        "order": 1, "patterns": [{"match": "5X."}], "trunks": ["carrier"], "schedule": "never",
    },
    "outbound_route/other": {
        "order": 2, "patterns": [{"match": "5X."}], "trunks": ["carrier"],
    },
    "outbound_route/short": {
        "order": 3, "patterns": [{"match": "61X."}], "trunks": ["carrier"], "max_duration": 1,
    },
    "outbound_route/noted": {
        "order": 4, "patterns": [{"match": "62X."}], "trunks": ["carrier"], "recording": True,
        "music": "calm",
    },
    "outbound_route/off": {
        "order": 5, "patterns": [{"match": "63X."}], "trunks": ["carrier"], "enabled": False,
    },
    "outbound_route/one": {
        "order": 6, "patterns": [{"match": "64X.", "caller_id": "1003"}], "trunks": ["carrier"],
    },
    "outbound_route/over": {
        "order": 7, "patterns": [{"match": "65X.", "strip": 2, "prepend": "+1"}],
        "trunks": ["unplugged", "carrier"],
    },
    "inbound_route/+16035550100": {
        "destination": "extension/1001", "music": "calm", "pause": 1,
        "recording": True,
    },
    "inbound_route/+16035550101": {"destination": "announcement/joining", "language": "fr"},
    "inbound_route/any": {"destination": "extension/1003"},
    "blocklist/anonymous": {},
}  # fmt: skip


@dataclass
class House:
    """A PBX with all these objects, phones, and a carrier."""

    pbx: Asterisk
    phones: dict[str, UserAgent]
    carrier: Outside
    begun: int = 0
    """Where the test's part of the log begins."""

    def call(self, caller: str, number: str) -> Call:
        """Let a phone call."""
        agent = self.phones[caller]
        assert isinstance(agent, Phone)
        return agent.call(number)

    def rung(self, *numbers: str) -> list[str]:
        """Return who was rung since this was asked last."""
        return rung(*(self.phones[each] for each in numbers or PEOPLE))

    def said(self, text: str, count: int = 1) -> None:
        """Wait until the log of this test has something so many times."""
        end = time.monotonic() + 60
        while self.counted(text) < count:
            assert time.monotonic() < end, f"{text}: {self.pbx.log()[self.begun :]}"
            time.sleep(0.02)

    def said_just(self, text: str, count: int) -> None:
        """Assert that the log of this test has something so many times: it is written later."""
        self.said(text, count)
        assert self.counted(text) == count

    def counted(self, text: str) -> int:
        """Return how often the log of this test has something."""
        return len(re.findall(text, self.pbx.log()[self.begun :]))

    def talk(self, caller: str, number: str) -> Call:
        """Let a phone call another that picks up; return when they talk."""
        at = self.phones[number].answer()
        call = self.call(caller, number).wait_answered()
        at.wait_answered()
        self.pbx.wait_for_cli("bridge show all", r"\s2 basic\b")
        self.rung()
        return call

    def recorded(self, name: str) -> bool:
        """Return when there is a recording of this name: a thread of its own writes it."""
        return eventually(lambda: any((self.pbx.spool / "monitor").glob(f"{name}-*.wav")))


@pytest.fixture(scope="module")
def built(asterisk_prefix: Prefix) -> Iterator[House]:
    """The house, built once."""
    with ExitStack() as stack:
        pbx = stack.enter_context(Asterisk(asterisk_prefix))
        folder = pbx.folder / "hold"
        folder.mkdir()
        (folder / "hum.ulaw").write_bytes(bytes(80_000))
        carrier = stack.enter_context(Outside(pbx))
        more: dict[str, dict[str, Value]] = {
            "music/calm": {"directory": str(folder)},
            "music/list": {"mode": "playlist", "files": [str(folder / "hum")]},
            "trunk/carrier": trunk(carrier),
            "trunk/unplugged": trunk(carrier, enabled=False),
        }
        load(pbx, {**OBJECTS, **more}, Setup(country="US", codes=CODES))
        found = stack.enter_context(phones(pbx, *PEOPLE))
        yield House(pbx, {each.user: each for each in found}, carrier)


@pytest.fixture
def house(built: House) -> Iterator[House]:
    """The house at rest, before and after."""
    built.begun = len(built.pbx.log())
    yield built
    for each in (*built.phones.values(), built.carrier):
        for call in (*each.expected, *each.calls):
            if call.answered and not call.ended:
                call.hang_up()
            elif call.incoming:
                call.forget()
            elif not call.ended:
                call.cancel()
    built.pbx.wait_idle()
    built.rung()


def leave_message(house: House, caller: str, number: str) -> None:
    """Skip the greeting and speak for some seconds."""
    call = house.call(caller, number).wait_answered()
    house.said("Playing 'vm-intro|Playing 'vm-theperson|Playing 'digits/")
    call.press("#", by="rtp")
    house.said("Recording the message")
    call.talk(3).hang_up()
    house.pbx.wait_idle()


# -- announcements and menus --


@pytest.mark.parametrize("number", ["801", "804"])
def test_an_announcement_that_costs_the_caller_nothing(house: House, number: str) -> None:
    call = house.call("1009", number)
    assert not call.result().answered
    assert call.had_early_media


def test_a_key_ends_an_announcement(house: House) -> None:
    packets = (house.pbx.prefix.data / "sounds/en/demo-instruct.gsm").stat().st_size // 33
    call = house.call("1009", "802").wait_answered()
    house.said("Playing 'demo-instruct")
    at_end = house.phones["1001"].expect_call()
    call.press("5", by="rtp")
    at_end.wait_arrived()
    assert call.voice.heard < packets / 2


def test_a_key_plays_an_announcement_again(house: House) -> None:
    at_end = house.phones["1001"].expect_call()
    call = house.call("1009", "803").wait_answered()
    house.said(r"\] Read\(")
    call.press("9", by="rtp")
    at_end.wait_arrived()
    house.said_just("Playing 'beep", 2)


def test_a_menu_says_that_nothing_was_pressed_and_goes_on(house: House) -> None:
    at_end = house.phones["1002"].expect_call()
    house.call("1009", "810").wait_answered()
    at_end.wait_arrived()
    house.said_just("Playing 'vm-goodbye", 1)


def test_a_menu_says_that_a_key_is_wrong_and_goes_on(house: House) -> None:
    at_end = house.phones["1003"].expect_call()
    call = house.call("1009", "811").wait_answered()
    for count in (1, 2):
        house.said(r"\] WaitExten\(", count)
        call.press("7", by="rtp")
    at_end.wait_arrived()
    house.said_just("Playing 'invalid", 1)


# -- queues --


def test_a_queue_that_is_full_sends_on(house: House) -> None:
    at_agent, at_end = house.phones["1001"].expect_call(), house.phones["1003"].expect_call()
    first = house.call("1009", "700").wait_answered()
    at_agent.wait_ringing()
    house.said("Started music on hold, class 'calm'")
    house.call("1002", "700")
    at_end.wait_arrived()
    house.said_just("Playing 'conf-now-unmuted", 2)
    at_agent.answer()
    at_agent.wait_answered()
    house.said(r"Playing 'agent-loginok.*\(language 'fr'\)")
    house.pbx.wait_for_cli("bridge show all", r"\s2 basic\b")
    first.wait_audio().hang_up()
    at_agent.wait_ended()
    assert house.recorded("queue-700")


def test_nobody_waits_where_no_agent_is(house: House) -> None:
    at_end = house.phones["1003"].expect_call()
    house.call("1009", "701")
    at_end.wait_arrived()
    assert not house.counted("Started music on hold")


def test_an_agent_who_does_not_answer_is_paused(house: House) -> None:
    at_end = house.phones["1003"].expect_call()
    house.call("1009", "702")
    at_end.wait_arrived()
    house.pbx.wait_for_cli("queue show 702", "paused")
    house.pbx.cli("queue unpause member Local/ring@rec-extension-1001 queue 702")


def test_agents_on_a_call_do_not_ring(house: House) -> None:
    house.talk("1001", "1002")
    at_3 = house.phones["1003"].expect_call()
    house.call("1009", "703")
    at_3.wait_arrived()
    assert house.rung() == ["1003"]
    at_1 = house.phones["1001"].expect_call()
    house.call("1009", "704")
    at_1.wait_arrived()


# -- conferences --


def joined(house: House, number: str) -> None:
    """Wait until a phone is in a room."""
    house.said(f"Channel PJSIP/{number}-.* joined 'softmix'")


def test_a_conference_ends_with_its_leader(house: House) -> None:
    member = house.call("1002", "720").wait_answered()
    house.said(r"\] Read\(")
    member.press("1111#", by="rtp")
    joined(house, "1002")
    leader = house.call("1003", "720").wait_answered()
    house.said(r"\] Read\(", 2)
    leader.press("2222#", by="rtp")
    joined(house, "1003")
    flags = dict(re.findall(r"PJSIP/(\d+)-\S+ +(\w+)", house.pbx.cli("confbridge list 720")))
    assert ("m" in flags["1002"], "m" in flags["1003"]) == (True, False)  # muted
    house.said_just("Playing 'conf-now-unmuted", 2)
    leader.hang_up()
    member.wait_ended()
    house.pbx.wait_idle()
    assert house.recorded("confbridge-720")


def test_a_small_conference_is_full(house: House) -> None:
    house.call("1001", "721").wait_answered()
    joined(house, "1001")
    house.said("Started music on hold, class 'calm', on channel 'PJSIP/1001")
    house.said(r"Playing 'conf-onlyperson.*\(language 'fr'\)")
    house.call("1002", "721").wait_answered()
    house.said("Playing 'conf-onlyone|Playing 'conf-thereare")
    joined(house, "1002")
    house.call("1003", "721").wait_ended()
    assert "1003" not in house.pbx.cli("confbridge list 721")


def test_a_conference_asks_for_its_pin(house: House) -> None:
    call = house.call("1001", "722").wait_answered()
    house.said("Playing 'conf-getpin")
    assert "1001" not in house.pbx.cli("confbridge list 722")
    call.press("4711#", by="rtp")
    joined(house, "1001")


# -- paging and parking --


def muted(house: House) -> dict[str, bool]:
    """Return of each phone that is paged whether nobody hears it."""
    rooms = re.findall(r"(?m)^(\d+) ", house.pbx.cli("confbridge list"))
    shown = "".join(house.pbx.cli(f"confbridge list {each}") for each in rooms)
    return {who: "m" in flags for who, flags in re.findall(r"PJSIP/(\d+)-\S+ +(\w*) ", shown)}


def test_a_page_that_can_be_answered(house: House) -> None:
    at_1, at_2 = house.phones["1001"].answer(), house.phones["1002"].answer()
    house.call("1009", "650").wait_answered()
    at_1.wait_answered()
    at_2.wait_answered()
    house.said("Playing 'beep", 2)
    for who in ("1001", "1002"):
        joined(house, who)
    seen = muted(house)
    assert (seen["1001"], seen["1002"]) == (False, False)


def test_who_is_on_a_call_is_not_paged(house: House) -> None:
    talk = house.talk("1001", "1003")
    at_2 = house.phones["1002"].answer()
    with phones(house.pbx, "1004", "1004") as both:
        for each in both:
            each.by_default = ANSWER
        call = house.call("1009", "651").wait_answered()
        at_2.wait_answered()
        for who in ("1002", "1004"):
            joined(house, who)
        seen = muted(house)
        assert (seen["1002"], seen["1004"]) == (True, True)
        call.hang_up()
        at_2.wait_ended()
        assert (house.rung("1001", "1002"), rung(*both)) == (["1002"], ["1004"])
    at_1 = house.phones["1001"].answer()
    house.call("1009", "652").wait_answered()
    at_1.wait_answered()
    talk.hang_up()


def test_a_page_on_the_network(house: House) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as radio:
        radio.bind(("", RADIO[1]))
        here = struct.pack("4s4s", socket.inet_aton(RADIO[0]), socket.inet_aton("0.0.0.0"))
        radio.settimeout(60)
        try:
            radio.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, here)
            radio.sendto(b"heard", RADIO)
            assert radio.recv(2048) == b"heard"
        except OSError as error:
            pytest.skip(f"this machine has no way to a multicast address: {error}")
        house.call("1009", "653").wait_answered()
        assert len(radio.recv(2048)) > 12


def test_parking_takes_the_next_slot(house: House) -> None:
    for slot in ("711", "712"):
        call = house.talk("1001", "1002")
        house.phones["1002"].received[-1].transfer("710")
        house.said(f"at space {slot}")
        call.hang_up()
        house.pbx.wait_idle()
    house.said_just("Started music on hold, class 'list'", 2)
    assert "711@" not in house.pbx.cli("core show hints")


# -- switches and codes --


def test_a_switch_asks_for_its_pin(house: House) -> None:
    call = house.call("1009", "*28").wait_answered()
    house.said(r"\] Authenticate\(")
    call.press("4711#", by="rtp")
    call.wait_ended()
    house.pbx.wait_for_cli("core show hint *28", "InUse")


def test_codes_for_mailboxes(house: House) -> None:
    leave_message(house, "1001", "*71009")
    assert len(house.pbx.voicemail_messages("1009")) == 1
    call = house.call("1009", "*97").wait_answered()
    house.said("Playing 'vm-password")
    call.press("1234#", by="rtp")
    house.said("Playing 'vm-youhave")
    call.hang_up()
    house.call("1001", "*98").wait_answered()
    house.said("Playing 'vm-login")


def test_codes_for_calls(house: House) -> None:
    house.call("1001", "*43").wait_answered().wait_audio().hang_up()
    ringing = house.call("1001", "1002").wait_ringing()
    house.call("1003", "**1002").wait_answered()
    ringing.wait_answered()


# -- routes --


def test_a_route_that_takes_no_call_now_lets_none_go_on(house: House) -> None:
    before = len(house.carrier.received)
    assert house.call("1001", "55501").result().code >= 400  # closed: the next route has it, too
    assert house.call("1001", "63501").result().code == 404  # switched off
    assert house.call("1001", "64501").result().code == 404  # another's
    assert len(house.carrier.received) == before
    house.call("1003", "64501").wait_answered().hang_up()
    house.call("1003", "655551").wait_answered().hang_up()  # its first trunk is switched off
    assert house.carrier.dialled_numbers()[before:] == ["64501", "+15551"]


def test_a_call_that_lasts_too_long_is_ended(house: House) -> None:
    assert not house.call("1001", "61501").wait_answered().result().hung_up_by_us


def test_music_and_recording_of_an_outbound_route(house: House) -> None:
    call = house.call("1001", "62501").wait_answered()
    house.carrier.received[-1].hold()
    house.said("Started music on hold, class 'calm', on channel 'PJSIP/1001")
    call.hang_up()
    house.pbx.wait_idle()
    assert house.recorded("outbound_route-noted")


def test_what_an_inbound_route_does_to_calls(house: House) -> None:
    at_1 = house.phones["1001"].answer()
    call = house.carrier.call("+16035550100", from_number="+16035550177").wait_answered()
    house.said(r"\] Wait\(")
    at_1.wait_answered().hold()
    house.said("Started music on hold, class 'calm', on channel 'PJSIP/trunk-carrier")
    call.hang_up()
    house.pbx.wait_idle()
    assert house.recorded("inbound_route-*16035550100")
    house.carrier.call("+16035550101", from_number="+16035550177").wait_ended()
    house.said_just(r"Playing 'conf-now-unmuted.*\(language 'fr'\)", 1)
    assert house.carrier.call("+16035550100", from_number="anonymous").result().code >= 400


# -- people --


def test_what_others_see(house: House) -> None:
    at_2 = house.phones["1002"].answer()
    house.call("1001", "1002").wait_answered()
    seen = at_2.result_so_far()
    assert (seen.display, seen.caller) == ("Front desk", "100")


def test_codecs_of_the_caller_go_before_those_of_the_extension(house: House) -> None:
    at_2 = house.phones["1002"].answer()
    house.call("1001", "1002").wait_answered()
    assert at_2.invite is not None
    offered = re.search(r"(?m)^m=audio \d+ RTP/AVP ([\d ]+)", at_2.invite.body)
    assert offered is not None
    assert offered[1].split()[:2] == ["0", "8"]  # ulaw, which the caller has, then alaw


def test_who_has_no_password_has_a_box_and_no_phone(house: House) -> None:
    with Phone(house.pbx, "1005", "secret-1005") as thief:
        assert thief.try_register() == 401
    leave_message(house, "1009", "1005")
    assert len(house.pbx.voicemail_messages("1005")) == 1


def test_who_is_followed_has_to_press_1(house: House) -> None:
    at_1, at_2 = house.phones["1001"].answer(), house.phones["1002"].expect_call()
    call = house.call("1009", "1006").wait_ringing()
    at_1.wait_answered()
    house.said(r"\] Read\(")
    assert not call.answered
    at_1.press("1", by="rtp")
    call.wait_answered()
    at_2.wait_ended()


# -- how much there may be --


def test_eighty_routes_and_lots_are_reached(asterisk: Asterisk) -> None:
    """Asterisk looks for a number in 128 contexts at most: the last route is among them."""
    with Outside(asterisk) as carrier:
        objects: dict[str, dict[str, Value]] = {
            f"outbound_route/r{n}": {
                "order": n, "patterns": [{"match": f"7{n:03}X."}], "trunks": ["carrier"],
            }
            for n in range(1, 79)
        } | {
            f"parking_lot/{n}00": {"name": "Lot", "slots": f"{n}01-{n}02"} for n in (4, 5)
        } | {f"extension/{n}": phone(str(n)) for n in range(2000, 2100)}  # fmt: skip
        load(asterisk, {**objects, "trunk/carrier": trunk(carrier)})
        with phones(asterisk, "2000") as (caller,):
            caller.call("707855").wait_answered().hang_up()
        assert carrier.dialled_numbers() == ["707855"]
