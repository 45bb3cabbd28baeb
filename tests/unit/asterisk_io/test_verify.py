"""What was written against what Asterisk shows."""

from __future__ import annotations

import pytest

from reconciler.adapters.asterisk.files import Key
from reconciler.adapters.asterisk.verify import (
    Loaded,
    Step,
    Written,
    camel,
    problem_of,
    steps_of,
    unloaded,
)

OLD = (("type", "endpoint"), ("direct_media", "no"), ("rtp_timeout", "10"))
KEY = Key("pjsip", "1001")


def endpoint(**options: str) -> Loaded:
    return Loaded(pjsip={"endpoint": {"1001": options}})


def change(*changed: tuple[str, str]) -> Written:
    return Written(OLD, (*(pair for pair in OLD if pair[0] not in dict(changed)), *changed))


LIVE = {"DirectMedia": "false", "RtpTimeout": "10", "Callerid": "", "DtmfMode": "rfc4733"}
BEFORE = endpoint()


def test_a_new_object_has_to_appear() -> None:
    written = Written(None, OLD)
    assert problem_of(KEY, written, Loaded(), endpoint()) is None
    problem = problem_of(KEY, written, Loaded(), Loaded(pjsip={"endpoint": {}}))
    assert problem is not None
    assert problem.certain
    assert "direct_media, rtp_timeout" in problem.text


def test_an_unknown_option_is_suspected_first() -> None:
    others = Loaded(pjsip={"endpoint": {"1002": LIVE}})
    problem = problem_of(KEY, Written(None, (*OLD, ("foo_bar", "1"))), Loaded(), others)
    assert problem is not None
    assert "unknown option foo_bar" in problem.text


def test_an_unknown_host_is_suspected_before_options() -> None:
    """A carrier's name that the PBX's machine does not know is the usual reason."""
    lines = (("type", "identify"), ("endpoint", "trunk-up"), ("match", "sip.example,192.0.2.0/24"))
    problem = problem_of(Key("pjsip", "up"), Written(None, lines), Loaded(), Loaded())
    assert problem is not None
    assert problem.text.endswith("machine know sip.example (DNS)?")
    address = (*lines[:2], ("match", "192.0.2.1"))
    problem = problem_of(Key("pjsip", "up"), Written(None, address), Loaded(), Loaded())
    assert problem is not None
    assert "DNS" not in problem.text


@pytest.mark.parametrize(
    ("changed", "live"),
    [
        ((("rtp_timeout", "30"),), {**LIVE, "RtpTimeout": "30"}),
        ((("direct_media", "yes"),), {**LIVE, "DirectMedia": "true"}),
        ((("direct_media", "0"),), LIVE),
        ((("rtp_timeout", "010"),), LIVE),
        ((("dtmf_mode", "rfc4733"),), LIVE),
        ((("rtp_timeout", "30"), ("dtmf_mode", "auto_info")), {**LIVE, "RtpTimeout": "30"}),
    ],
)
def test_a_change_that_arrived(changed: tuple[tuple[str, str], ...], live: dict[str, str]) -> None:
    assert problem_of(KEY, change(*changed), BEFORE, endpoint(**live)) is None


def test_a_change_that_did_not_arrive_is_not_certain() -> None:
    problem = problem_of(KEY, change(("rtp_timeout", "soon")), BEFORE, endpoint(**LIVE))
    assert problem is not None
    assert not problem.certain
    assert "rtp_timeout is still '10' instead of 'soon'" in problem.text


def test_no_secret_is_shown() -> None:
    before = (("type", "auth"), ("username", "1"), ("password", "old-secret"))
    after = (("type", "auth"), ("username", "1"), ("password", "new-secret"))
    live = Loaded(pjsip={"auth": {"1001": {"Password": "old-secret", "Username": "1"}}})
    problem = problem_of(KEY, Written(before, after), live, live)
    assert problem is not None
    assert problem.certain
    assert "secret" not in problem.text
    assert "secret" not in repr(live)


@pytest.mark.parametrize(
    ("value", "step"),
    [
        ("1001,1,Dial(PJSIP/1001,20)", Step("1001", "1", "Dial", "PJSIP/1001,20")),
        ("1001,hint,PJSIP/1001&Custom:x", Step("1001", "hint", "PJSIP/1001&Custom:x", "")),
        ("s,2(label),Answer", Step("s", "2", "Answer", "")),
        ("_9X.,1,Set(A=$[1+(2)])", Step("_9X.", "1", "Set", "A=$[1+(2)]")),
        ("x,y,NoOp()", Step("x", "y", "NoOp()", "")),
    ],
)
def test_a_dialplan_line_as_a_step(value: str, step: Step) -> None:
    assert list(steps_of([("exten", value)])) == [step]


def test_priorities_count_on() -> None:
    lines = [
        ("exten", "s,1,A()"),
        ("same", "n,B()"),
        ("same", "n+2(x),C()"),
        ("same", "n,D()"),
        ("include", "other"),
        ("exten", "${X},1,E()"),
    ]
    assert [(s.priority, s.application) for s in steps_of(lines)] == [
        ("1", "A"),
        ("2", "B"),
        ("5", "C"),
        ("6", "D"),
    ]


def test_what_is_not_loaded() -> None:
    keys = {
        Key("pjsip", "1001-auth"): (("type", "auth"), ("password", "new")),
        Key("pjsip", "1002-auth"): (("type", "auth"), ("password", "same")),
        Key("pjsip", "t-identify"): (("type", "identify"), ("match", "1.2.3.4")),
        Key("ext", "rec-a"): (("exten", "s,1,NoOp()"),),
        Key("ext", "rec-b"): (("include", "rec-a"),),
        Key("vm", "default", "1001"): (("1001", "42"),),
        Key("queues", "700"): (("member", "PJSIP/1001,0"),),
        Key("meta", "extension/1001"): (("name", "Ada"),),
        Key("moh", "jazz"): (("mode", "files"),),
    }
    loaded = Loaded(
        pjsip={
            "auth": {"1001-auth": {"Password": "old"}, "1002-auth": {"Password": "same"}},
            "endpoint": {},
        },
        queues={"700": frozenset({"pjsip/1001"})},
    )
    assert unloaded(keys, loaded) == [
        Key("pjsip", "1001-auth"),
        Key("ext", "rec-a"),
        Key("vm", "default", "1001"),
    ]


def test_options_in_camel_case() -> None:
    assert [camel(x) for x in ("direct_media", "100rel", "allow", "t38_udptl_ec")] == [
        "DirectMedia",
        "100rel",
        "Allow",
        "T38UdptlEc",
    ]
