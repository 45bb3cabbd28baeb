"""Calls for help as people make them, on a real Asterisk: do they go out, and as whose."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import NamedTuple

import pytest

from reconciler.model.secret import Clear
from tests.real.asterisk.fetch import Prefix
from tests.real.asterisk.instance import Asterisk
from tests.real.asterisk.phones import ANSWER, DEADLINE_S, RING, Call, Outside, UserAgent
from tests.real.asterisk_io import opened
from tests.real.conftest import has_failed
from tests.real.dialplan_lab import load, phone, phones, trunk

OFFICE = "+16035550911"
STRANGER = "+16035550177"
OWN = {"emergency_caller_id": "+16035550101", "outbound_caller_id.number": "+16035550131"}
OBJECTS = {
    "extension/1001": phone("1001", class_of_service="boss") | OWN,
    "extension/1002": phone("1002", class_of_service="lobby", emergency_caller_id="+16035550102")
    | {"caller_id.number": "2002"},
    "extension/1003": phone("1003", caller_id__number="1002"),
    "extension/1004": phone("1004", forward__always="external/911"),
    "extension/1005": phone("1005", ring_time=1, forward__no_answer="external/911"),
    "extension/1006": phone("1006") | {
        "follow_me.targets": ["external/911"], "follow_me.initial_ring": 1,
    },
    "ring_group/600": {"name": "Desk", "members": ["external/911"], "recording": True},
    "queue/700": {"name": "Desk", "members": [{"extension": "external/911"}], "max_wait": 1},
    "ivr/menu": {
        "number": "800", "options": {"1": "external/911"}, "timeout": 1, "retries": 0,
        "on_timeout": "external/911",
    },
    "schedule/never": {
        "open": ["Mon 00:00-00:01"], "open_to": "hangup", "closed_to": "hangup",
        "override": "closed",
    },
    "outbound_route/all": {
        "order": 1, "patterns": [{"match": "9X."}], "trunks": ["second"], "classes": ["boss"],
        "schedule": "never", "pin": Clear("1234"), "recording": True, "max_duration": 1,
    },
    "outbound_route/help": {
        "order": 99, "patterns": [{"match": "911"}], "trunks": ["first", "second"],
        "emergency": True, "caller_id.number": OFFICE,
    },
    "outbound_route/north": {
        "order": 50, "patterns": [{"match": "112", "caller_id": "1002"}],
        "trunks": ["second"], "emergency": True,
    },
    "outbound_route/south": {
        "order": 51, "patterns": [{"match": "112"}], "trunks": ["first"], "emergency": True,
    },
    "outbound_route/some": {
        "order": 2, "trunks": ["second"],
        "patterns": [{"match": "7X.", "caller_id": f"100{n}"} for n in (2, 7, 8)],
    },
    "outbound_route/others": {"order": 3, "patterns": [{"match": "7X."}], "trunks": ["first"]},
    "extension/1007": phone("1007", forward__always="external/75550107"),
    "extension/1008": phone("1008") | {
        "follow_me.targets": ["external/75550108"], "follow_me.initial_ring": 0,
    },
    "ring_group/601": {"name": "Out", "members": ["external/75550109"]},
    "inbound_route/any": {"destination": "extension/1001"},
    "inbound_route/+16035550102": {"destination": "extension/1002"},
    "inbound_route/+16035550107": {"destination": "extension/1007"},
}  # fmt: skip


class House(NamedTuple):
    """A PBX with phones that pick up, and two carriers."""

    pbx: Asterisk
    phones: dict[str, UserAgent]
    carriers: tuple[Outside, Outside]

    def helped(self) -> list[tuple[str, str]]:
        """Wait for a call at the first carrier; return what has gone out, and end all calls."""
        self.carriers[0].wait_request("INVITE")
        return self.went()

    def over(self) -> str:
        """Wait for a call at either carrier; return which and the number, and end all calls."""
        first, second = self.carriers
        end = time.monotonic() + DEADLINE_S
        while not (first.received or second.received) and time.monotonic() < end:
            time.sleep(0.02)
        carrier = first if first.received else second
        carrier.received[0].wait_answered()
        return f"{self.went()[0][0]} over {carrier.user}"

    def went(self) -> list[tuple[str, str]]:
        """Return number and caller of the calls that have gone out, and end all calls."""
        calls = [call for carrier in self.carriers for call in carrier.received]
        every = [call for each in (*self.phones.values(), *self.carriers) for call in each.calls]
        for call in every:
            if call.answered and not call.ended:
                call.hang_up()
        self.pbx.wait_idle()
        seen = [call.result_so_far() for call in calls]
        for carrier in self.carriers:
            carrier.calls.clear()
            carrier.messages.clear()
        return [(each.dialled, each.caller) for each in seen]

    def mend(self) -> None:
        """End what a test that failed half-way has left."""
        self.pbx.hang_up_all()
        for carrier in self.carriers:
            carrier.agent.catch_up()
            carrier.calls.clear()
            carrier.messages.clear()

    def call(self, caller: str, number: str) -> Call:
        """Let a phone call, and return when who picks up talks with it."""
        call = self.phones[caller].call(number).wait_answered()  # type: ignore[attr-defined]
        self.pbx.wait_for_cli("bridge show all", r"\s2 basic\b")
        assert isinstance(call, Call)
        return call


@pytest.fixture
def house(request: pytest.FixtureRequest, built: House) -> Iterator[House]:
    """The house, at rest."""
    yield built
    if has_failed(request.node):
        built.mend()


@pytest.fixture(scope="module")
def built(asterisk_prefix: Prefix) -> Iterator[House]:
    """A house whose carriers give one line each."""
    with ExitStack() as stack:
        pbx = stack.enter_context(Asterisk(asterisk_prefix))
        first, second = (stack.enter_context(Outside(pbx, name=n)) for n in ("first", "second"))
        lines = {f"trunk/{each.user}": trunk(each, channels=1) for each in (first, second)}
        load(pbx, {**OBJECTS, **lines})
        found = stack.enter_context(phones(pbx, "1001", "1002", "1003"))
        for each in found:
            each.by_default = ANSWER
        yield House(pbx, {each.user: each for each in found}, (first, second))


@pytest.mark.parametrize(
    ("who", "shown"), [("1001", "+16035550101"), ("1002", "+16035550102"), ("1003", OFFICE)]
)
def test_dialled(house: House, who: str, shown: str) -> None:
    folder = house.pbx.spool / "monitor"
    before = set(folder.glob("*"))  # other tests' calls to the group are recorded
    house.call(who, "911").talk(1.5)  # no route's max_duration, PIN, class or hour holds it
    assert house.went() == [("911", shown)]
    assert set(folder.glob("*")) == before


@pytest.mark.parametrize(("who", "shown"), [("1002", "+16035550102"), ("1003", OFFICE)])
def test_who_is_sent_on_to_help_is_shown_and_not_who_called(
    house: House, who: str, shown: str
) -> None:
    house.call("1001", who).transfer("911")
    assert house.helped() == [("911", shown)]


@pytest.mark.parametrize("rings", [False, True], ids=["answered", "ringing"])
def test_who_is_joined_with_help_stays_joined(house: House, rings: bool) -> None:
    """A receptionist calls for help, and then puts the caller through (REFER with Replaces)."""
    house.carriers[0].by_default = RING if rings else ANSWER
    call = house.call("1001", "1002")
    at_desk = house.phones["1002"].calls[-1].hold()
    asking = house.phones["1002"].call("911")  # type: ignore[attr-defined]
    asking.wait_ringing() if rings else asking.wait_answered()
    at_desk.transfer_to(asking)
    asking.wait_ended()
    helper = house.carriers[0].received[-1]
    if rings:
        helper.answer()
    helper.wait_answered().wait_audio()
    call.wait_audio()
    assert not call.ended
    house.carriers[0].answer_all()
    assert house.went() == [("911", "+16035550102")]


def test_who_is_joined_with_help_that_fails_goes_on_as_who_called(house: House) -> None:
    """The next carrier is told the number of the phone that called, not that of who was joined."""
    house.carriers[0].by_default = RING
    call = house.call("1001", "1002")
    at_desk = house.phones["1002"].calls[-1].hold()
    asking = house.phones["1002"].call("911").wait_ringing()  # type: ignore[attr-defined]
    at_desk.transfer_to(asking)
    asking.wait_ended()
    house.carriers[0].received[-1].refuse(503)
    house.carriers[1].wait_request("INVITE")
    house.carriers[1].received[-1].wait_answered()
    assert not call.ended
    house.carriers[0].answer_all()
    assert house.went() == [("911", "+16035550102"), ("911", "+16035550102")]


def test_an_outside_caller_who_is_sent_on(house: House) -> None:
    call = house.carriers[1].call("+16035550100", from_number=STRANGER).wait_answered()
    house.pbx.wait_for_cli("bridge show all", r"\s2 basic\b")
    house.phones["1001"].received[-1].transfer("911")
    house.carriers[0].wait_request("INVITE")
    assert not call.ended
    assert house.went() == [("911", OFFICE)]


async def test_originated(house: House) -> None:
    async with opened(house.pbx) as connection:
        for who, shown in (("1002", "+16035550102"), ("1003", OFFICE)):
            await connection.originate(who, "911", "from-internal", caller_id=None, timeout_s=60)
            assert house.helped() == [("911", shown)]


def test_help_goes_out_although_all_channels_are_in_use(house: House) -> None:
    for carrier in house.carriers:
        carrier.call("+16035550100", from_number=STRANGER).wait_answered()
    house.phones["1002"].call("911").wait_answered()  # type: ignore[attr-defined]
    assert house.went() == [("911", "+16035550102")]


@pytest.mark.parametrize("number", ["1004", "1005", "1006", "600", "700", "800"])
def test_nothing_but_people_calls_for_help(house: House, number: str) -> None:
    house.phones["1003"].call(number).result()  # type: ignore[attr-defined]
    assert house.went() == []


class TestWhoCalls:
    """Routes for some extensions alone are held against who calls, whatever number others see.

    112 goes over `second` from 1002, which shows 2002, and over `first` from 1003, which shows
    1002.
    """

    @pytest.mark.parametrize(
        ("who", "way"), [("1001", "first"), ("1002", "second"), ("1003", "first")]
    )
    def test_dialled(self, house: House, who: str, way: str) -> None:
        house.call(who, "112")
        assert house.over() == f"112 over {way}"
        house.call(who, "75550123")
        assert house.over() == f"75550123 over {way}"

    @pytest.mark.parametrize(("who", "way"), [("1002", "second"), ("1003", "first")])
    def test_sent_on(self, house: House, who: str, way: str) -> None:
        """Who is sent on talks: to rescuers, from where that phone is."""
        house.call("1001", who).transfer("112")
        assert house.over() == f"112 over {way}"

    def test_an_outside_caller_is_sent_on_by_an_extension(self, house: House) -> None:
        house.carriers[1].call("+16035550102", from_number=STRANGER).wait_answered()
        house.pbx.wait_for_cli("bridge show all", r"\s2 basic\b")
        house.carriers[1].calls.clear()
        house.phones["1002"].calls[-1].transfer("112")
        assert house.over() == "112 over second"

    @pytest.mark.parametrize(("who", "way"), [("1002", "second"), ("1003", "first")])
    async def test_originated(self, house: House, who: str, way: str) -> None:
        async with opened(house.pbx) as connection:
            await connection.originate(who, "112", "from-internal", caller_id=None, timeout_s=10)
            assert house.over() == f"112 over {way}"

    @pytest.mark.parametrize(("who", "way"), [("1002", "second"), ("1003", "first")])
    def test_forwarded_by_a_phone(self, house: House, who: str, way: str) -> None:
        house.phones[who].expect_call(redirect_to="112")
        house.phones["1001"].call(who).wait_answered()  # type: ignore[attr-defined]
        assert house.over() == f"112 over {way}"

    @pytest.mark.parametrize(
        ("called", "sent"),
        [
            ("1007", "75550107 over second"),
            ("1008", "75550108 over second"),
            ("601", "75550109 over first"),
        ],
    )
    def test_forwarded_by_what_is_declared(self, house: House, called: str, sent: str) -> None:
        """Who forwards counts, not who called; a group has no number: who called it counts."""
        house.phones["1003"].call(called).wait_answered()  # type: ignore[attr-defined]
        assert house.over() == sent

    def test_nobody_from_outside_passes_for_an_extension(self, house: House) -> None:
        """Not by a number that looks as ours do while it is made out who calls."""
        house.carriers[0].call("+16035550107", from_number="~1002").wait_answered()
        assert house.over() == "75550107 over second"
