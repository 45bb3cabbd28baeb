"""What we write for Asterisk, carried out by a real one: who rings, when, and what others see."""

from __future__ import annotations

import contextlib
import datetime as dt
import re
import time
from collections.abc import Iterator
from zoneinfo import ZoneInfo

import pytest

from reconciler.adapters.asterisk.sections import FILES
from reconciler.model.secret import Clear
from reconciler.model.value import Value
from tests.real.asking import be_quiet
from tests.real.asterisk.instance import Asterisk
from tests.real.asterisk.phones import CallResult, Outside, UserAgent
from tests.real.asterisk_io import opened
from tests.real.conftest import has_failed
from tests.real.dialplan_lab import (
    ANSWERS,
    eventually,
    first_rung,
    leave_message,
    load,
    phone,
    phones,
    problems,
    rung,
    trunk,
)
from tests.unit.asterisk.estate import OFFICE

THREE = {number: phone(number.removeprefix("extension/")) for number in
         ("extension/1001", "extension/1002", "extension/1003")}  # fmt: skip
CALLER = {"extension/1009": phone("1009", voicemail__pin=Clear("1234"))}


def group(**fields: Value) -> dict[str, dict[str, Value]]:
    """Return the ring group 600 of three phones, with a caller's phone besides."""
    members = ["1001", "1002", "1003"]
    made = {"name": "Desk", "members": members, "ring_time": 1, **fields}
    return {**THREE, **CALLER, "ring_group/600": made}


def ring(caller: UserAgent, pbx: Asterisk, number: str = "600") -> int:
    """Call a number until the other side ends it; return the code."""
    code = caller.call(number).result().code  # type: ignore[attr-defined]
    pbx.wait_idle()
    return int(code)


# -- everything at once --


def test_an_office_that_uses_every_kind_loads_without_a_complaint(asterisk: Asterisk) -> None:
    objects = {text: dict(fields) for text, fields in OFFICE.items()}
    objects["trunk/alpha"]["host"] = "127.0.0.250"
    load(asterisk, objects)
    assert problems(asterisk) == []
    shown = asterisk.cli("pjsip show endpoint 1001")
    assert 'Ada \\"Zed\\" O\'Neill-Ångström, Sales' in shown
    assert "rec-dial-emergency" in asterisk.cli("dialplan show rec-outbound_route-emergency")
    assert "1001" in asterisk.cli("voicemail show users")


# -- ring groups --

ORDERS = {
    "ringall": [["1001+1002+1003"], ["1001+1002+1003"]],
    "ringall-prim": [["1001+1002+1003"], ["1001+1002+1003"]],
    "hunt": [["1001", "1002", "1003"], ["1001", "1002", "1003"]],
    "memoryhunt": [["1001", "1001+1002", "1001+1002+1003"]],
    "firstavail": [["1001"], ["1001"]],
    "firstnotonphone": [["1001"], ["1001"]],
    "rrordered": [["1001", "1002", "1003"], ["1002", "1003", "1001"], ["1003", "1001", "1002"]],
}


@pytest.mark.parametrize("strategy", ORDERS)
def test_strategy(asterisk: Asterisk, strategy: str) -> None:
    load(asterisk, group(strategy=strategy))
    with phones(asterisk, "1001", "1002", "1003", "1009") as (a, b, c, caller):
        for wanted in ORDERS[strategy]:
            assert ring(caller, asterisk) != 200
            assert rung(a, b, c) == wanted


def test_rrmemory_begins_after_the_last_who_rang(asterisk: Asterisk) -> None:
    load(asterisk, group(strategy="rrmemory"))
    with phones(asterisk, "1001", "1002", "1003", "1009") as (a, b, c, caller):
        a.expect_call()
        b.answer()
        caller.call("600").wait_answered().hang_up()
        asterisk.wait_idle()
        assert rung(a, b, c) == ["1001", "1002"]
        ring(caller, asterisk)
        assert rung(a, b, c) == ["1003", "1001", "1002"]


def test_random_rings_everybody_once_in_changing_order(asterisk: Asterisk) -> None:
    load(asterisk, group(strategy="random"))
    with phones(asterisk, "1001", "1002", "1003", "1009") as (a, b, c, caller):
        for each in (a, b, c):
            each.by_default = each.by_default.__class__(refuse=486)
        orders = set()
        for _ in range(12):
            begun = [len(each.received) for each in (a, b, c)]
            ring(caller, asterisk)
            calls = [x for each, n in zip((a, b, c), begun, strict=True) for x in each.received[n:]]
            assert len(calls) == 3
            orders.add(tuple(x.owner.user for x in sorted(calls, key=lambda x: x.arrived_at)))
        assert len(orders) > 1


def test_ringall_prim_rings_nobody_while_the_first_is_on_a_call(asterisk: Asterisk) -> None:
    load(asterisk, group(strategy="ringall-prim", no_answer="voicemail/1009"))
    with phones(asterisk, "1001", "1002", "1003", "1009") as (a, b, c, caller):
        c.answer()
        talk = a.call("1003").wait_answered()
        rung(a, b, c)
        caller.call("600").wait_answered().hang_up()
        assert rung(b) == []
        talk.hang_up()


@pytest.mark.parametrize(
    ("strategy", "second"), [("firstavail", "1001"), ("firstnotonphone", "1002")]
)
def test_who_is_the_first(asterisk: Asterisk, strategy: str, second: str) -> None:
    """Somebody on a call would take a second one (firstavail), but is not asked by the other."""
    load(asterisk, group(strategy=strategy))
    with phones(asterisk, "1001", "1002", "1003", "1009") as (a, b, c, caller):
        c.answer()
        talk = a.call("1003").wait_answered()
        rung(a, b, c)
        caller.call("600").result()
        assert rung(a, b) == [second]
        talk.hang_up()


def test_the_first_who_is_there_rings(asterisk: Asterisk) -> None:
    load(asterisk, group(strategy="firstavail"))
    with phones(asterisk, "1002", "1003", "1009") as (b, c, caller):
        ring(caller, asterisk)
        assert rung(b, c) == ["1002"]


def test_members_on_a_call_are_skipped(asterisk: Asterisk) -> None:
    load(asterisk, group(skip_busy=True))
    with phones(asterisk, "1001", "1002", "1003", "1009") as (a, b, c, caller):
        c.answer()
        talk = a.call("1003").wait_answered()
        rung(a, b, c)
        caller.call("600").result()
        assert rung(a, b, c) == ["1002"]
        talk.hang_up()


def test_a_member_has_to_press_1(asterisk: Asterisk) -> None:
    load(asterisk, group(confirm=True, ring_time=20, strategy="ringall"))
    with phones(asterisk, "1001", "1002", "1009") as (a, b, caller):
        at_a, at_b = a.answer(), b.expect_call(answer_after_s=0.2)
        call = caller.call("600").wait_ringing()
        at_a.wait_answered()
        at_b.wait_answered()
        time.sleep(1)
        assert not call.answered  # two picked up, none has pressed 1
        at_b.press("1", by="rtp")
        call.wait_answered()
        at_a.wait_ended()  # the other is free again
        assert not at_b.ended
        call.hang_up()


def test_prefix_recording_and_voicemail(asterisk: Asterisk) -> None:
    load(asterisk, group(caller_id_prefix="Desk: ", recording=True, no_answer="voicemail/1009"))
    with phones(asterisk, "1001", "1002", "1003", "1009") as (a, _b, _c, caller):
        at_a = a.answer()
        call = caller.call("600").wait_answered()
        assert at_a.result_so_far().display == "Desk: Phone 1009"
        call.talk(1).hang_up()
        asterisk.wait_idle()
        # A thread of its own writes it.
        eventually(lambda: any((asterisk.spool / "monitor").glob("ring_group-600-*.wav")))
        leave_message(asterisk, lambda: caller.call("600"))
    assert len(asterisk.voicemail_messages("1009")) == 1


def test_an_outside_member_rings_on_the_trunk(asterisk: Asterisk) -> None:
    route = {"order": 1, "patterns": [{"match": "+X."}], "trunks": ["carrier"]}
    with Outside(asterisk) as carrier:
        objects = group(members=["1001", "+16035550155"], ring_time=5)
        load(asterisk, {**objects, "trunk/carrier": trunk(carrier), "outbound_route/all": route})
        with phones(asterisk, "1001", "1009") as (a, caller):
            caller.call("600").wait_answered().hang_up()
            assert carrier.dialled_numbers() == ["+16035550155"]
            assert rung(a) == ["1001"]


LONG = [str(10**19 + n) for n in range(200)]
"""Numbers as long as they may be: what names all of them is beyond what a variable gives."""


def test_two_hundred_members_ring_together_and_are_paged(asterisk: Asterisk) -> None:
    be_quiet(asterisk)
    first, late, last = LONG[0], LONG[150], LONG[-1]
    objects: dict[str, dict[str, Value]] = {f"extension/{each}": phone(each) for each in LONG}
    objects |= {
        "ring_group/600": {"name": "All", "members": LONG, "ring_time": 60},
        "ring_group/601": {
            "name": "All", "members": LONG, "ring_time": 60, "confirm": True, "skip_busy": True,
        },
        "paging_group/650": {"name": "All", "members": LONG, "quiet": True},
    }  # fmt: skip
    load(asterisk, {**objects, **CALLER})
    with phones(asterisk, first, late, last, "1009") as (a, b, c, caller):
        every = [each.expect_call() for each in (a, b, c)]
        call = caller.call("600")
        for each in every:
            each.wait_ringing()
        assert not any(each.ended for each in every)
        every[-1].answer()
        call.wait_answered().hang_up()
        asterisk.wait_idle()
        assert [len(each.received) for each in (a, b, c)] == [1, 1, 1]
        call = caller.call("601")
        for agent in (a, b, c):
            agent.wait_request("INVITE", count=2)
        call.cancel()
        asterisk.wait_idle()
        paged = [each.answer() for each in (a, b, c)]
        call = caller.call("650").wait_answered()
        for each in paged:
            each.wait_answered()
        call.hang_up()


# -- extensions --


def test_both_phones_of_an_extension_ring(asterisk: Asterisk) -> None:
    load(asterisk, {"extension/1001": phone("1001", max_contacts=2), **CALLER})
    with phones(asterisk, "1001", "1001", "1009") as (desk, home, caller):
        call = caller.call("1001")
        for each in (desk, home):
            each.wait_request("INVITE")
        call.cancel()
        assert rung(desk, home) == ["1001+1001"]


def test_no_call_waiting_is_busy(asterisk: Asterisk) -> None:
    busy = phone("1001", call_waiting=False)
    load(asterisk, {**THREE, **CALLER, "extension/1001": busy})
    with phones(asterisk, "1001", "1002", "1009") as (a, b, caller):
        b.answer()
        talk = a.call("1002").wait_answered()
        assert caller.call("1001").result().code == 486
        assert rung(a) == []
        talk.hang_up()


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ({"forward.always": "1002"}, ["1002"]),
        ({"forward.no_answer": "1002", "ring_time": 1}, ["1001", "1002"]),
        ({"forward.busy": "1002", "refuse": 486}, ["1001", "1002"]),
        (
            {"follow_me.targets": ["1002", "1003"], "follow_me.initial_ring": 1},
            ["1001", "1002+1003"],
        ),
    ],
)
def test_forwarding(asterisk: Asterisk, fields: dict[str, Value], wanted: list[str]) -> None:
    refuse = fields.pop("refuse", None) if "refuse" in fields else None
    load(asterisk, {**THREE, **CALLER, "extension/1001": phone("1001") | fields})
    with phones(asterisk, "1001", "1002", "1003", "1009") as (a, b, c, caller):
        a.by_default = a.by_default.__class__(refuse=refuse)
        b.by_default = ANSWERS
        caller.call("1001").wait_answered().hang_up()
        assert rung(a, b, c) == wanted


def test_nobody_is_asked_for_a_pin_where_an_extension_forwards(asterisk: Asterisk) -> None:
    """Forwards and follow-me take the routes of their class that need none, as groups do."""
    to = "+16035550155"
    with Outside(asterisk, name="free") as free, Outside(asterisk, name="dear") as dear:
        route: dict[str, Value] = {"patterns": [{"match": "+X."}], "trunks": ["dear"]}
        objects = {
            "extension/1001": phone("1001", class_of_service="lobby", forward__always=to),
            "extension/1002": phone("1002", class_of_service="lobby") | {
                "follow_me.targets": [to], "follow_me.initial_ring": 0,
            },
            "outbound_route/pin": {**route, "order": 1, "pin": Clear("1234")},
            "outbound_route/boss": {**route, "order": 2, "classes": ["boss"]},
            "outbound_route/free": {**route, "order": 3, "trunks": ["free"], "classes": ["lobby"]},
            "trunk/free": trunk(free), "trunk/dear": trunk(dear),
        }  # fmt: skip
        load(asterisk, {**objects, **CALLER})
        with phones(asterisk, "1009") as (caller,):
            for number in ("1001", "1002"):
                caller.call(number).wait_answered().hang_up()
                asterisk.wait_idle()
        assert (free.dialled_numbers(), dear.dialled_numbers()) == ([to, to], [])


def test_long_numbers_forward_to_voicemail_and_follow_to_phones(asterisk: Asterisk) -> None:
    box = phone("5550100", ring_time=1, voicemail__email="a@example.com")
    objects = {
        "extension/5550100": box,
        "extension/1001": phone("1001", forward__always="5550100"),
        "extension/1002": phone("1002", ring_time=1) | {
            "follow_me.targets": ["5550100"], "follow_me.initial_ring": 0, "follow_me.ring_time": 3,
        },
    }  # fmt: skip
    load(asterisk, {**objects, **CALLER})
    with phones(asterisk, "5550100", "1009") as (long, caller):
        caller.call("1001").wait_answered().hang_up()  # by the box
        asterisk.wait_idle()
        assert not caller.call("1002").result().answered
        assert rung(long) == ["5550100", "5550100"]


NAMES = (
    "Ada \"Zed\" O'Neill, Sales", "Müller <Ångström> & Søn", "🦷 Zahn 👩\u200d⚕️", "a;b\\;c|d^e`f",
    "back\\slash\\", "${EXTEN} $[1+1] ${SHELL(id)}", "(open =x 100% [s] {y}: @z", "日本語の名前",
    "x" * 79, "ж" * 45,
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_name_arrives_as_it_is_written(named: tuple[Asterisk, Outside], name: str) -> None:
    """On phones by the endpoint, outside by the extension's, the route's and the trunk's."""
    pbx, carrier = named
    number = str(2000 + NAMES.index(name))
    with phones(pbx, "1001", number) as (a, caller):
        a.busy()
        caller.call("1001").result()
        # Asterisk cuts names of phones at 79 bytes; we do so between two letters, and say so.
        assert _display(a) == name.encode()[:79].decode(errors="ignore")
        a.busy()
        caller.call(f"6{number}").result()
        assert _display(a) == f"{_prefix(name)}{name.encode()[:79].decode(errors='ignore')}"
        for way in "789" if "${" not in name else "":
            caller.call(f"{way}{number}").wait_answered().hang_up()
            assert _display(carrier) == name


@pytest.fixture(scope="module")
def named(asterisk_prefix: object) -> Iterator[tuple[Asterisk, Outside]]:
    """A PBX with people, groups, routes and trunks of these names."""
    with Asterisk(asterisk_prefix) as pbx, Outside(pbx) as carrier:  # type: ignore[arg-type]
        objects = {"extension/1001": phone("1001"), "trunk/carrier": trunk(carrier)}
        for number, name in enumerate(NAMES, 2000):
            objects[f"extension/{number}"] = {**phone(str(number)), "name": name}
            objects[f"ring_group/6{number}"] = {
                "name": name, "members": ["1001"], "caller_id_prefix": _prefix(name),
            }  # fmt: skip
            if "${" in name:
                continue  # refused: Asterisk would evaluate it
            objects[f"extension/{number}"]["outbound_caller_id.name"] = name
            objects[f"trunk/t{number}"] = trunk(carrier, outbound_caller_id__name=name)
            objects[f"trunk/t{number}"]["mode"] = "none"
            shown: dict[str, dict[str, Value]] = {
                "7": {"trunks": ["carrier"]},
                "8": {"trunks": ["carrier"], "caller_id.name": name},
                "9": {"trunks": [f"t{number}"]},
            }
            for way, fields in shown.items():
                match: list[Value] = [{"match": f"{way}{number}"}]
                objects[f"outbound_route/{way}{number}"] = {"order": 1, "patterns": match, **fields}
        load(pbx, objects)
        assert problems(pbx) == []
        yield pbx, carrier


def _prefix(name: str) -> str:
    return "" if "${" in name else name[:40]


def _display(agent: UserAgent) -> str:
    return re.sub(r"\\(.)", r"\1", agent.received[-1].result_so_far().display)


def test_two_who_forward_to_each_other_end(asterisk: Asterisk) -> None:
    circle = {
        "extension/1001": phone("1001", forward__always="1002"),
        "extension/1002": phone("1002", forward__always="1001"),
    }
    load(asterisk, {**circle, **CALLER})
    with phones(asterisk, "1009") as (caller,):
        assert ring(caller, asterisk, "1001") != 200


@pytest.mark.parametrize("absent", ["unregistered", "unanswered"])
def test_no_answer_goes_to_voicemail(asterisk: Asterisk, absent: str) -> None:
    box = phone("1001", ring_time=1, voicemail__email="a@example.com", voicemail__pin=Clear("1234"))
    load(asterisk, {"extension/1001": box, **CALLER})
    with phones(asterisk, *([] if absent == "unregistered" else ["1001"]), "1009") as found:
        leave_message(asterisk, lambda: found[-1].call("1001"))
    assert len(asterisk.voicemail_messages("1001")) == 1


# -- routes --

NATIONAL = {"match": "9NXXXXXXXXX", "strip": 1, "prepend": "+1"}


def test_failover_is_for_trunks_that_cannot_take_the_call(asterisk: Asterisk) -> None:
    """What is said of the person called is final; what is said of the carrier is not.

    A call for help ends with an answer alone.
    """
    final = {480: 480, 486: 486, 600: 486, 603: 403, 604: 404, 607: 500}
    others = (403, 404, 408, 410, 483, 484, 487, 488, 500, 502, 503, 504, 606)
    with two_carriers(asterisk) as (first, second), phones(asterisk, "1001") as (a,):
        a.call("96035550123").wait_answered().hang_up()
        assert (first.dialled_numbers(), second.dialled_numbers()) == (["+16035550123"], [])
        for code in (*final, *others):
            first.refuse_all(code)
            call = a.call("96035550123")
            if code in final:
                assert (code, call.result().code) == (code, final[code])
            else:
                call.wait_answered().hang_up()
            a.call("911").wait_answered().hang_up()
        assert second.dialled_numbers() == [
            number
            for code in (*final, *others)
            for number in (["911"] if code in final else ["+16035550123", "911"])
        ]


@pytest.mark.parametrize(("code", "is_final"), [(408, True), (487, True), (503, False)])
def test_what_rang_does_not_ring_again(asterisk: Asterisk, code: int, is_final: bool) -> None:
    """Carriers give a call up that nobody answers. That is no answer, not a trunk that is down."""
    with two_carriers(asterisk) as (first, second), phones(asterisk, "1001") as (a,):
        for number in ("96035550123", "911"):
            at_first = first.expect_call()
            call = a.call(number)
            at_first.wait_ringing()
            call.wait_ringing()
            at_first.refuse(code)
            if is_final and number != "911":
                assert not call.result().answered
            else:
                call.wait_answered().hang_up()
        assert len(second.dialled_numbers()) == (1 if is_final else 2)


def test_a_carrier_that_does_not_answer_is_passed_over(asterisk: Asterisk) -> None:
    with two_carriers(asterisk) as (first, second), phones(asterisk, "1001") as (a,):
        _ask_seldom(asterisk)
        first.down()
        _find_down(asterisk, "first")
        first.up()  # it would take calls, and is asked none
        a.call("96035550123").wait_answered().hang_up()
        assert (first.dialled_numbers(), second.dialled_numbers()) == ([], ["+16035550123"])
        second.down()
        _find_down(asterisk, "second")
        assert a.call("96035550123").result().code == 503


def _ask_seldom(pbx: Asterisk) -> None:
    """Let nobody's far side be asked while a test runs, unless the test says so."""
    file = pbx.etc / FILES["aor"].format(shard=0)
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("qualify_frequency = 60", "qualify_frequency = 3600"))
    pbx.cli("module reload res_pjsip.so")


def _find_down(pbx: Asterisk, name: str) -> None:
    """Let the far side of a trunk be asked now, and not when a minute is over."""
    pbx.cli(f"pjsip qualify trunk-{name}")
    pbx.wait_for_cli("pjsip show contacts", rf"trunk-{name}/\S+ +\S+ +Unavail")


def test_a_carrier_that_names_another_place(asterisk: Asterisk) -> None:
    """It is followed there, and not into our own numbers."""
    with two_carriers(asterisk) as (first, second), phones(asterisk, "1001", "1003") as (a, c):
        host = second.uri.removeprefix("sip:")
        first.expect_call(redirect_to=f"sip:+16035550100@{host}")
        a.call("96035550123").wait_answered().hang_up()
        assert second.dialled_numbers() == ["+16035550100"]
        assert rung(c) == []


@contextlib.contextmanager
def two_carriers(pbx: Asterisk) -> Iterator[tuple[Outside, Outside]]:
    """Yield two carriers, of which routes try the second after the first."""
    route = {"order": 1, "patterns": [NATIONAL], "trunks": ["first", "second"]}
    sos = {**route, "patterns": [{"match": "911"}], "emergency": True}
    routes = {"outbound_route/national": route, "outbound_route/sos": sos}
    with Outside(pbx, name="first") as first, Outside(pbx, name="second") as second:
        both = {"trunk/first": trunk(first), "trunk/second": trunk(second)}
        load(pbx, {**THREE, **DIDS, **both, **routes})
        yield first, second


def test_a_full_trunk_hands_over(asterisk: Asterisk) -> None:
    route = {"order": 1, "patterns": [NATIONAL], "trunks": ["first", "second"]}
    with Outside(asterisk, name="first") as first, Outside(asterisk, name="second") as second:
        both = {"trunk/first": trunk(first, channels=1), "trunk/second": trunk(second)}
        load(asterisk, {**THREE, **both, "outbound_route/national": route})
        with phones(asterisk, "1001", "1002") as (a, b):
            talk = a.call("96035550123").wait_answered()
            b.call("96035550124").wait_answered().hang_up()
            assert second.dialled_numbers() == ["+16035550124"]
            talk.hang_up()
            asterisk.wait_idle()
            b.call("96035550125").wait_answered().hang_up()
            assert first.dialled_numbers() == ["+16035550123", "+16035550125"]


@pytest.mark.parametrize(
    ("extension", "route", "line", "shown"),
    [
        ({}, {}, {}, "1001"),
        ({}, {}, {"outbound_caller_id.number": "+13"}, "+13"),
        ({}, {"caller_id.number": "+12"}, {"outbound_caller_id.number": "+13"}, "+12"),
        ({"outbound_caller_id.number": "+11"}, {"caller_id.number": "+12"}, {}, "+11"),
        (
            {"outbound_caller_id.number": "+11"},
            {"caller_id.number": "+12", "override_extension": True},
            {"outbound_caller_id.number": "+13"},
            "+12",
        ),
        ({"emergency_caller_id": "+14"}, {"emergency": True}, {}, "+14"),
        ({"emergency_caller_id": "+14"}, {"emergency": True, "caller_id.number": "+12"}, {}, "+14"),
        ({"emergency_caller_id": "+14"}, {}, {}, "1001"),
        ({"emergency_caller_id": "+14"}, {"emergency": True}, {"from_user": "acct"}, "acct"),
        (
            {"emergency_caller_id": "+14"},
            {"emergency": True},
            {"from_user": "acct", "settings.send_pai": "yes"},
            "acct, +14",
        ),
    ],
)
def test_what_the_outside_sees(
    asterisk: Asterisk,
    extension: dict[str, Value],
    route: dict[str, Value],
    line: dict[str, Value],
    shown: str,
) -> None:
    seen = _seen_outside(asterisk, extension, route, line)
    asserted = re.findall(r"sip:([^@>]+)@", seen.identity)
    assert ", ".join([seen.caller, *asserted]) == shown


@pytest.mark.parametrize(
    ("extension", "route", "line", "shown"),
    [
        ({"outbound_caller_id.name": "Ada"}, {"caller_id.number": "+12"}, {}, "Ada +12"),
        (
            {"outbound_caller_id.name": "Ada"},
            {"caller_id.name": "Firm"},
            {"outbound_caller_id.number": "+13", "outbound_caller_id.name": "Line"},
            "Ada +13",
        ),
        (
            {},
            {"caller_id.name": "Firm"},
            {"outbound_caller_id.number": "+13", "outbound_caller_id.name": "Line"},
            "Firm +13",
        ),
        (
            {"outbound_caller_id.name": "Ada"},
            {"caller_id.name": "Firm", "override_extension": True},
            {},
            "Firm 1001",
        ),
    ],
)
def test_a_name_goes_its_way_without_a_number(
    asterisk: Asterisk,
    extension: dict[str, Value],
    route: dict[str, Value],
    line: dict[str, Value],
    shown: str,
) -> None:
    seen = _seen_outside(asterisk, extension, route, line)
    assert f"{seen.display} {seen.caller}" == shown


def _seen_outside(
    pbx: Asterisk, extension: dict[str, Value], route: dict[str, Value], line: dict[str, Value]
) -> CallResult:
    made = {"order": 1, "patterns": [{"match": "911"}], "trunks": ["carrier"], **route}
    with Outside(pbx) as carrier:
        objects = {"extension/1001": phone("1001") | extension, "outbound_route/out": made}
        load(pbx, {**objects, "trunk/carrier": trunk(carrier) | line})
        with phones(pbx, "1001") as (a,):
            a.call("911").wait_answered().hang_up()
        return carrier.received[0].result_so_far()


def test_emergency_calls_go_whatever_the_class_and_the_hour(asterisk: Asterisk) -> None:
    with Outside(asterisk) as carrier:
        objects = {
            "extension/1001": phone("1001", class_of_service="lobby"),
            "extension/911": phone("911"),  # somebody gave it away
            "schedule/never": {
                "open": ["Mon 00:00-00:01"], "open_to": "hangup", "closed_to": "hangup",
                "override": "closed",
            },
            "outbound_route/all": {
                "order": 1, "patterns": [{"match": "X."}], "trunks": ["carrier"],
                "classes": ["boss"], "schedule": "never", "pin": Clear("1234"),
            },
            "outbound_route/sos": {
                "order": 99, "patterns": [{"match": "911"}], "trunks": ["carrier"],
                "emergency": True,
            },
            "trunk/carrier": trunk(carrier),
        }  # fmt: skip
        load(asterisk, objects)
        with phones(asterisk, "1001") as (a,):
            a.call("911").wait_answered().hang_up()
            assert a.call("912").result().code == 404  # not of its class
        assert carrier.dialled_numbers() == ["911"]


def test_a_pin_has_to_be_entered(asterisk: Asterisk) -> None:
    route = {
        "order": 1, "patterns": [{"match": "9X."}], "trunks": ["carrier"], "pin": Clear("4321"),
    }  # fmt: skip
    with Outside(asterisk) as carrier:
        load(asterisk, {**THREE, "outbound_route/pin": route, "trunk/carrier": trunk(carrier)})
        with phones(asterisk, "1001") as (a,):
            call = a.call("9555").wait_answered().talk(1)
            call.press("1111#", by="rtp").talk(3)
            assert carrier.dialled_numbers() == []
            call.press("4321#", by="rtp")
            carrier.wait_request("INVITE")
            assert carrier.dialled_numbers() == ["9555"]
            call.hang_up()


DIDS: dict[str, dict[str, Value]] = {
    "inbound_route/+16035550100": {"destination": "extension/1001", "caller_id_prefix": "Sales: "},
    "inbound_route/+16035550100@+16035550155": {"destination": "extension/1002"},
    "inbound_route/+16035550122@anonymous": {"destination": "extension/1002"},
    "inbound_route/any@anonymous": {"destination": "extension/1002"},
    "inbound_route/any": {"destination": "extension/1003"},
    "blocklist/+1900*": {},
    "blocklist/+16035550666": {"destination": "extension/1003"},
}


@pytest.mark.parametrize(
    ("dialled", "caller", "who"),
    [
        ("+16035550100", "+16035550177", "1001"),
        ("16035550100", "16035550177", "1001"),
        ("6035550100", "6035550177", "1001"),
        ("0016035550100", "anonymous", "1001"),
        ("6035550100", "6035550155", "1002"),
        ("+16035550100", "+16035550155", "1002"),
        ("+16035550199", "+16035550155", "1003"),
        ("+16035550199", "anonymous", "1002"),
        ("+16035550122", "Restricted", "1002"),
        ("96035551234", "6035550177", "1003"),  # an outside number: nobody dials out through us
        ("1001", "6035550177", "1003"),  # and nobody dials extensions
        ("+16035550100", "19005550155", None),
        ("+16035550100", "+16035550666", "1003"),
    ],
)
def test_inbound(asterisk: Asterisk, dialled: str, caller: str, who: str | None) -> None:
    route = {"order": 1, "patterns": [NATIONAL, {"match": "+X."}], "trunks": ["carrier"]}
    with Outside(asterisk) as carrier:
        line = {"trunk/carrier": trunk(carrier), "outbound_route/national": route}
        load(asterisk, {**THREE, **DIDS, **line})
        with phones(asterisk, "1001", "1002", "1003") as found:
            call = carrier.call(dialled, from_number=caller)
            if who is None:
                assert call.result().code >= 400
            else:
                call.wait_ringing().cancel()
            assert rung(*found) == ([] if who is None else [who])
            if who == "1001":
                assert found[0].received[0].result_so_far().display.startswith("Sales:")
        assert carrier.dialled_numbers() == []


def test_trunks_of_one_address_take_each_others_calls(asterisk: Asterisk) -> None:
    """Asterisk takes all of them for the first one's: their routes are found all the same."""
    with Outside(asterisk) as carrier:
        objects = {
            "trunk/alpha": trunk(carrier),
            "trunk/beta": trunk(carrier, match=[f"{carrier.host}/31"]),
            "inbound_route/+16035550100": {"destination": "extension/1001", "trunk": "alpha"},
            "inbound_route/+16035550101": {"destination": "extension/1002", "trunk": "beta"},
            "inbound_route/any": {"destination": "extension/1003", "trunk": "beta"},
        }  # fmt: skip
        load(asterisk, {**THREE, **objects})
        with phones(asterisk, "1001", "1002", "1003") as (a, b, c):
            for number, who in (("0", "1001"), ("1", "1002"), ("2", "1003")):
                call = carrier.call(f"+1603555010{number}", from_number="+16035550177")
                call.wait_ringing().cancel()
                assert rung(a, b, c) == [who]


def test_calls_over_a_second_trunk_of_one_address_count_as_its_own(asterisk: Asterisk) -> None:
    """By the trunk of their inbound route, or the user name by which the carrier calls us."""
    with Outside(asterisk) as carrier:
        accounts = {
            f"trunk/{name}": trunk(
                carrier, mode="register", username=f"acct{name}", secret=Clear("trunk-secret")
            )
            for name in ("alpha", "beta")
        }
        objects = {
            **accounts,
            "inbound_route/+16035550101": {"destination": "extension/1001", "trunk": "beta"},
            "inbound_route/any": {"destination": "extension/1002"},
        }
        load(asterisk, {**THREE, **objects})
        with phones(asterisk, "1001", "1002") as (a, b):
            for number, who, counted in (
                ("+16035550101", a, "trunk-beta"), ("acctbeta", b, "trunk-beta"),
                ("acctalpha", b, "trunk-alpha"), ("+16035550109", b, "trunk-alpha"),
            ):  # fmt: skip
                call = carrier.call(number, from_number="+16035550177")
                call.wait_ringing()
                shown = asterisk.cli("group show channels")
                assert re.findall(r"PJSIP/trunk-\S+ +(\S+)", shown) == [counted]
                call.cancel()
                assert rung(who)
                asterisk.wait_idle()


def test_a_trunk_registers_and_takes_calls(asterisk: Asterisk) -> None:
    with Outside(asterisk, login="acct42", password="trunk-secret") as carrier:
        fields = trunk(carrier, mode="register", username="acct42", secret=Clear("trunk-secret"))
        load(asterisk, {**THREE, **DIDS, "trunk/carrier": fields})
        eventually(lambda: carrier.registrations)
        with phones(asterisk, "1001", "1002", "1003") as found:
            carrier.call("+16035550100", from_number="+16035550177").wait_ringing().cancel()
            assert rung(*found) == ["1001"]


async def test_why_calls_do_not_leave_or_come_in(asterisk: Asterisk) -> None:
    """`status --live` and `doctor` say of each trunk whether it works; what is refused goes on."""
    with contextlib.ExitStack() as stack:
        carriers = {
            name: stack.enter_context(
                Outside(asterisk, login="acct42", password=password, asks_again=name == "again")
            )
            for name, password in (("good", "trunk-secret"), ("refused", "?"), ("again", "?"))
        }
        silent = stack.enter_context(Outside(asterisk, name="silent"))
        account = {"mode": "register", "username": "acct42", "secret": Clear("trunk-secret")}
        trunks = {f"trunk/{name}": trunk(each, **account) for name, each in carriers.items()}
        load(asterisk, {**trunks, "trunk/silent": trunk(silent)})
        silent.down()
        _find_down(asterisk, "silent")
        for name, state in (("good", "Registered"), ("refused", "Rejected"), ("again", "Rejected")):
            asterisk.wait_for_cli("pjsip show registrations", rf"trunk-{name}-reg.* {state} ")
        async with opened(asterisk) as connection:
            state = await connection.live_state()
            findings = await connection.examine()
    assert {each.address.key: each.state for each in state.trunks} == {
        "good": "registered", "refused": "rejected", "again": "rejected",
        "silent": "does not answer",
    }  # fmt: skip
    assert len(re.findall(r"fatal response received .* retrying in '300'", asterisk.log())) == 2
    said = {
        each.check: f"{each.state}: {each.detail}" for each in findings if "trunk" in each.check
    }
    assert said.keys() == {"trunks", "trunk refused", "trunk again", "trunk silent"}
    assert said["trunks"] == "ok: 4, 1 registered"
    for name in ("refused", "again"):
        pattern = "warning: sip:.* refuses to register sip:acct42@.*, so no call comes in over it"
        assert re.fullmatch(pattern, said[f"trunk {name}"])
    assert "does not answer (OPTIONS): no call leaves over it" in said["trunk silent"]


def test_a_stranger_who_writes_the_trunks_name_is_nobody(asterisk: Asterisk) -> None:
    with Outside(asterisk) as carrier, Outside(asterisk, name="trunk-carrier") as stranger:
        load(asterisk, {**THREE, **DIDS, "trunk/carrier": trunk(carrier)})
        call = stranger.call("+16035550100", from_number="trunk-carrier")
        assert call.result().code in (401, 403)


# -- menus, hours, switches --


@pytest.mark.parametrize(
    ("keys", "who"), [("1", "1001"), ("22", "1002"), ("1003", "1003"), ("", "1001"), ("9", "1002")]
)
def test_menu(asterisk: Asterisk, keys: str, who: str) -> None:
    menu = {
        "ivr/main": {
            "number": "800", "announcement": "hello", "options": {"1": "extension/1001",
            "22": "extension/1002"}, "direct_dial": True, "timeout": 1, "digit_timeout": 1,
            "retries": 0, "on_timeout": "extension/1001", "on_invalid": "extension/1002",
        },
        "announcement/hello": {"file": "hello-world"},
    }  # fmt: skip
    load(asterisk, {**THREE, **CALLER, **menu})
    with phones(asterisk, "1001", "1002", "1003", "1009") as (a, b, c, caller):
        call = caller.call("800").wait_answered().talk(0.3)
        call.press(keys, by="rtp")
        assert first_rung(a, b, c) == [who]
        call.hang_up()


OFFICE_HOURS: dict[str, Value] = {
    "timezone": "Europe/London",
    "open": ["Mon-Fri 08:00-17:30", "Sun 01:30-02:30", "Sat 22:00-24:00"],
    "closed_days": ["2026-12-25", "2026-12-24 13:00-24:00"],
    "open_to": "extension/1001",
    "closed_to": "extension/1002",
    "holiday_to": "extension/1003",
}
LONDON = ZoneInfo("Europe/London")


@pytest.mark.parametrize(
    ("moment", "who"),
    [
        (dt.datetime(2026, 6, 15, 7, 59, tzinfo=LONDON), "1002"),
        (dt.datetime(2026, 6, 15, 8, 0, tzinfo=LONDON), "1001"),
        (dt.datetime(2026, 1, 12, 8, 0, tzinfo=LONDON), "1001"),  # winter: an hour later, UTC
        (dt.datetime(2026, 6, 15, 17, 29, 59, tzinfo=LONDON), "1001"),
        (dt.datetime(2026, 6, 15, 17, 30, tzinfo=LONDON), "1002"),
        (dt.datetime(2026, 6, 20, 23, 59, 59, tzinfo=LONDON), "1001"),
        (dt.datetime(2026, 6, 21, 0, 0, tzinfo=LONDON), "1002"),
        (dt.datetime(2026, 12, 24, 12, 59, tzinfo=LONDON), "1001"),
        (dt.datetime(2026, 12, 24, 13, 0, tzinfo=LONDON), "1003"),
        (dt.datetime(2026, 12, 25, 10, 0, tzinfo=LONDON), "1003"),
        # 29 March 2026: 01:00 to 02:00 does not exist; 00:59 UTC+0, then 02:00 UTC+1
        (dt.datetime(2026, 3, 29, 0, 59, tzinfo=dt.UTC), "1002"),
        (dt.datetime(2026, 3, 29, 1, 0, tzinfo=dt.UTC), "1001"),
        (dt.datetime(2026, 3, 29, 1, 30, tzinfo=dt.UTC), "1002"),
        # 25 October 2026: 01:30 comes twice
        (dt.datetime(2026, 10, 25, 0, 30, tzinfo=dt.UTC), "1001"),
        (dt.datetime(2026, 10, 25, 1, 30, tzinfo=dt.UTC), "1001"),
        (dt.datetime(2026, 10, 25, 2, 30, tzinfo=dt.UTC), "1002"),
    ],
)
def test_hours(hours: tuple[Asterisk, list[UserAgent]], moment: dt.datetime, who: str) -> None:
    pbx, (a, b, c, caller) = hours
    pbx.cli(f"dialplan set global REC_TIME {int(moment.timestamp())}")
    caller.call("801").wait_ringing().cancel()  # type: ignore[attr-defined]
    pbx.wait_idle()
    assert rung(a, b, c) == [who]


@pytest.fixture
def hours(
    request: pytest.FixtureRequest, all_hours: tuple[Asterisk, list[UserAgent]]
) -> Iterator[tuple[Asterisk, list[UserAgent]]]:
    """The PBX with office hours and its phones, at rest."""
    yield all_hours
    if has_failed(request.node):
        pbx, found = all_hours
        pbx.hang_up_all()
        rung(*found)


@pytest.fixture(scope="module")
def all_hours(asterisk_prefix: object) -> object:
    """A PBX with office hours and phones, for many moments."""
    with Asterisk(asterisk_prefix) as pbx:  # type: ignore[arg-type]
        load(pbx, {**THREE, **CALLER, "schedule/hours": {"number": "801", **OFFICE_HOURS}})
        with phones(pbx, "1001", "1002", "1003", "1009") as found:
            yield pbx, found


def test_after_hours_callers_leave_a_message(asterisk: Asterisk) -> None:
    box = phone("1001", voicemail__email="a@example.com")
    closed = {**OFFICE_HOURS, "override": "closed", "closed_to": "voicemail/1001"}
    with Outside(asterisk) as carrier:
        objects = {
            "extension/1001": box, "trunk/carrier": trunk(carrier), "schedule/hours": closed,
            "inbound_route/+16035550100": {"destination": "schedule/hours"},
        }  # fmt: skip
        load(asterisk, objects)
        leave_message(asterisk, lambda: carrier.call("+16035550100", from_number="+16035550177"))
    assert len(asterisk.voicemail_messages("1001")) == 1


def test_people_switch_the_hours_over_and_back(asterisk: Asterisk) -> None:
    code = {**OFFICE_HOURS, "number": "801", "override_code": "*55"}
    load(asterisk, {**THREE, **CALLER, "schedule/hours": code})
    asterisk.cli("dialplan set global REC_TIME 1781510400")  # 15 June 2026, 09:00 in London
    with phones(asterisk, "1001", "1002", "1003", "1009") as (a, b, c, caller):
        for wanted, lamp in (("1001", "Idle"), ("1002", "InUse"), ("1001", "Idle")):
            caller.call("801").wait_ringing().cancel()
            assert rung(a, b, c) == [wanted]
            asterisk.wait_for_cli("core show hint *55", rf"State:{lamp}\b")
            caller.call("*55").wait_answered().result()
            asterisk.wait_idle()


def test_day_and_night(asterisk: Asterisk) -> None:
    switch: dict[str, Value] = {
        "number": "*28", "day": "extension/1001", "night": "extension/1002",
    }  # fmt: skip
    by_hand = {"ivr/in": {"number": "802", "options": {"1": "day_night/s"}, "timeout": 1,
                          "retries": 0, "on_timeout": "day_night/s"}}  # fmt: skip
    objects = {**THREE, **CALLER, **by_hand, "day_night/s": switch}
    load(asterisk, objects)
    with phones(asterisk, "1001", "1002", "1009") as (a, b, caller):

        def where() -> list[str]:
            call = caller.call("802").wait_answered()
            found = first_rung(a, b)
            call.hang_up()
            asterisk.wait_idle()
            return found

        assert where() == ["1001"]
        caller.call("*28").wait_answered().result()
        asterisk.wait_for_cli("core show hint *28", "InUse")
        assert where() == ["1002"]
        load(asterisk, objects)  # writing the same again leaves the people's choice alone
        assert where() == ["1002"]
        load(asterisk, {**objects, "day_night/s": {**switch, "state": "night"}})
        assert where() == ["1002"]
        caller.call("*28").wait_answered().result()
        assert where() == ["1001"]


# -- rooms --


def test_queue(asterisk: Asterisk) -> None:
    queue = {
        "name": "Support", "strategy": "linear", "timeout": 1, "retry": 0, "max_wait": 5,
        "members": [{"extension": "1001"}, {"extension": "1002", "penalty": 1}],
        "caller_id_prefix": "Q: ", "no_answer": "extension/1003",
    }  # fmt: skip
    load(asterisk, {**THREE, **CALLER, "queue/700": queue})
    with phones(asterisk, "1001", "1002", "1003", "1009") as (a, b, c, caller):
        at_a = a.answer()
        call = caller.call("700").wait_answered()
        at_a.wait_answered()
        assert at_a.result_so_far().display == "Q: Phone 1009"
        call.hang_up()
        asterisk.wait_idle()
        rung(a, b, c)
        last = c.expect_call()
        caller.call("700").wait_answered()
        last.wait_arrived()
        assert "1001" in rung(a, b)


def test_conference(asterisk: Asterisk) -> None:
    room = {
        "name": "Board", "pin": Clear("1111"), "admin_pin": Clear("2222"), "wait_for_leader": True,
        "quiet": True,
    }  # fmt: skip
    load(asterisk, {**THREE, "conference/720": room})
    with phones(asterisk, "1001", "1002") as (a, b):
        first, second = (each.call("720").wait_answered() for each in (a, b))
        asterisk.wait_for_log("Playing 'conf-getpin", count=2)
        first.press("1111#", by="rtp")
        asterisk.wait_for_cli("confbridge list 720", r"PJSIP/1001-")
        second.press("2222#", by="rtp")
        shown = asterisk.wait_for_cli("confbridge list 720", r"PJSIP/1002-")
        assert "PJSIP/1001" in shown
        assert "720-admin" in shown
        first.hang_up()
        second.hang_up()


def test_paging(asterisk: Asterisk) -> None:
    load(asterisk, {**THREE, **CALLER, "paging_group/650": {
        "name": "All", "members": ["1001", "1002"], "quiet": True}})  # fmt: skip
    with phones(asterisk, "1001", "1002", "1009") as (a, b, caller):
        at_a, at_b = a.answer(), b.answer()
        call = caller.call("650").wait_answered()
        at_a.wait_answered()
        at_b.wait_answered()
        assert at_a.invite is not None
        assert "answer-after=0" in at_a.invite.header("Call-Info")
        assert "alert-autoanswer" in at_a.invite.header("Alert-Info")
        call.talk(1).hang_up()
        at_b.wait_ended()


def test_parking(asterisk: Asterisk) -> None:
    lot = {"name": "Lot", "slots": "711-712"}
    load(asterisk, {**THREE, "parking_lot/710": lot})
    with phones(asterisk, "1001", "1002", "1003") as (a, b, c):
        at_b = b.answer()
        a.call("1002").wait_answered()
        at_b.wait_answered()
        asterisk.wait_for_cli(
            "bridge show all", r"\s2 basic\b"
        )  # who is answered is not joined yet
        at_b.transfer("710")
        asterisk.wait_for_log("at space 711")
        asterisk.wait_for_cli("core show hints", "711@.*InUse")
        c.call("711").wait_answered()
        asterisk.wait_for_cli("parking show 710", r"(?s)\A(?!.*Space  )")


def test_a_parked_call_comes_back_and_then_goes_on(asterisk: Asterisk) -> None:
    lots: dict[str, dict[str, Value]] = {
        "parking_lot/710": {"name": "A", "slots": "711-712", "timeout": 1},
        "parking_lot/720": {"name": "B", "slots": "721-722", "timeout": 1,
                            "return_to_parker": False},
    }  # fmt: skip
    for lot in lots.values():
        lot["timeout_to"] = "extension/1003"
    load(asterisk, {**THREE, **lots})
    with phones(asterisk, "1001", "1002", "1003") as (a, b, c):
        for number, wanted in (("710", ["1002", "1003"]), ("720", ["1003"])):
            at_b, back, on = b.answer(), b.busy(), c.answer()
            call = a.call("1002").wait_answered()
            asterisk.wait_for_cli("bridge show all", r"\s2 basic\b")
            rung(a, b, c)
            at_b.transfer(number)
            on.wait_answered()
            assert rung(a, b, c) == wanted
            assert not call.ended
            back.forget()
            call.hang_up()
            asterisk.wait_idle()


def test_a_call_that_nobody_parked_calls_nobody_back(asterisk: Asterisk) -> None:
    """A number from outside leads to a lot, or somebody dials the lot: both wait, and go on."""
    lot = {"name": "A", "slots": "711-712", "timeout": 1, "timeout_to": "extension/1003"}
    with Outside(asterisk) as carrier:
        load(
            asterisk,
            {**THREE, "parking_lot/710": lot, "trunk/carrier": trunk(carrier, qualify=False),
             "inbound_route/any": {"destination": "parking_lot/710"}},
        )  # fmt: skip
        with phones(asterisk, "1001", "1003") as (a, c):
            for call in (
                lambda: carrier.call("+16035550100", from_number="+16035550177"),
                lambda: a.call("710"),
            ):
                on = c.answer()
                waiting = call()
                on.wait_answered()
                assert (carrier.received, a.received) == ([], [])
                assert waiting.hang_up().answered
                asterisk.wait_idle()


def test_members_outside_ring_at_once(asterisk: Asterisk) -> None:
    """Asterisk looks once whether a member can be called, so what leads there has to be read."""
    with Outside(asterisk) as carrier:
        load(
            asterisk,
            {**THREE, **CALLER, "trunk/carrier": trunk(carrier, qualify=False),
             "outbound_route/all": {"order": 1, "patterns": [{"match": "+X."}],
                                    "trunks": ["carrier"]},
             "queue/700": {"name": "Q", "members": [{"extension": "+16035550199"}]}},
        )  # fmt: skip
        with phones(asterisk, "1009") as (caller,):
            call = caller.call("700").wait_answered()
            carrier.wait_request("INVITE")
            assert carrier.dialled_numbers() == ["+16035550199"]
            call.hang_up()


def test_ring_tone_of_an_inbound_route(asterisk: Asterisk) -> None:
    tone = "<http://127.0.0.1>;info=ring3"
    with Outside(asterisk) as carrier:
        objects = {"trunk/carrier": trunk(carrier), "inbound_route/any": {
            "destination": "extension/1001", "alert_info": tone}}  # fmt: skip
        load(asterisk, {**THREE, **objects})
        with phones(asterisk, "1001") as (a,):
            carrier.call("+16035550100", from_number="+16035550177").wait_ringing().cancel()
            invite = a.received[0].invite
            assert invite is not None
            assert invite.header("Alert-Info") == tone
