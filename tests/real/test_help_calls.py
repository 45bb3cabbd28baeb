"""Calls for help as people make them, on a real Asterisk: do they go out, and as whose."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import NamedTuple

import pytest

from reconciler.model.secret import Clear
from tests.real.asterisk.fetch import Prefix
from tests.real.asterisk.instance import Asterisk
from tests.real.asterisk.phones import ANSWER, Call, Outside, UserAgent
from tests.real.asterisk_io import opened
from tests.real.dialplan_lab import load, phone, phones, trunk

OFFICE = "+16035550911"
STRANGER = "+16035550177"
OWN = {"emergency_caller_id": "+16035550101", "outbound_caller_id.number": "+16035550131"}
OBJECTS = {
    "extension/1001": phone("1001", class_of_service="boss") | OWN,
    "extension/1002": phone("1002", class_of_service="lobby", emergency_caller_id="+16035550102"),
    "extension/1003": phone("1003"),
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
    "inbound_route/any": {"destination": "extension/1001"},
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

    def call(self, caller: str, number: str) -> Call:
        """Let a phone call, and return when who picks up talks with it."""
        call = self.phones[caller].call(number).wait_answered()  # type: ignore[attr-defined]
        self.pbx.wait_for_cli("bridge show all", r"\s2 basic\b")
        assert isinstance(call, Call)
        return call


@pytest.fixture(scope="module")
def house(asterisk_prefix: Prefix) -> Iterator[House]:
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
    house.call(who, "911").talk(1.5)  # no route's max_duration, PIN, class or hour holds it
    assert house.went() == [("911", shown)]
    assert not list((house.pbx.spool / "monitor").glob("*"))


@pytest.mark.parametrize(("who", "shown"), [("1002", "+16035550102"), ("1003", OFFICE)])
def test_who_is_sent_on_to_help_is_shown_and_not_who_called(
    house: House, who: str, shown: str
) -> None:
    house.call("1001", who).transfer("911")
    assert house.helped() == [("911", shown)]


def test_an_outside_caller_who_is_sent_on(house: House) -> None:
    call = house.carriers[1].call("+16035550100", from_number=STRANGER).wait_answered()
    house.pbx.wait_for_cli("bridge show all", r"\s2 basic\b")
    house.phones["1001"].calls[-1].transfer("911")
    house.carriers[0].wait_request("INVITE")
    assert not call.ended
    assert house.went() == [("911", OFFICE)]


async def test_originated(house: House) -> None:
    async with opened(house.pbx) as connection:
        for who, shown in (("1002", "+16035550102"), ("1003", OFFICE)):
            await connection.originate(who, "911", "from-internal", caller_id=None, timeout_s=10)
            assert house.helped() == [("911", shown)]


def test_help_goes_out_although_all_channels_are_in_use(house: House) -> None:
    for carrier in house.carriers:
        carrier.call("+16035550100", from_number=STRANGER).wait_answered()
    house.phones["1002"].call("911").wait_answered()  # type: ignore[attr-defined]
    assert house.went() == [("911", "+16035550102")]


@pytest.mark.parametrize("number", ["1004", "1005", "1006", "600", "700", "800"])
def test_nothing_but_people_calls_for_help(house: House, number: str) -> None:
    house.phones["1003"].call(number).result(20)  # type: ignore[attr-defined]
    assert house.went() == []
