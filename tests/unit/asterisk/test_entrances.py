"""What is dialled in hand-written contexts: in Asterisk's order, and where it leads to ours."""

from reconciler.adapters.asterisk.carrier import Setup
from reconciler.adapters.asterisk.handwritten.entrances import entrances
from reconciler.adapters.asterisk.sections import Line, Section


def told(*lines: str, name: str = "wards", of: str = "wards") -> list[tuple[str, str, bool]]:
    """Return what is looked at in a context of these lines, without the places."""
    pairs = (each.split(" => ", 1) for each in lines)
    section = Section("ext", name, tuple(Line(a, b) for a, b in pairs))
    return [(e.what, e.text, e.partly) for e in entrances([section], Setup())[of]]


def test_own_lines_go_before_switches_and_those_before_includes() -> None:
    assert told(
        "include => doors",
        "switch => Realtime/wards@extensions/p",
        "exten => _9.,1,Dial(PJSIP/${EXTEN}@x)",
        "same => n,Hangup()",
        "exten => 911/1001,1,Answer()",
        "include => nights,20:00-06:00,*,*,*",
    ) == [
        ("line", "911", True),
        ("line", "9.", False),
        ("switch", "Realtime", False),
        ("include", "doors", False),
        ("include", "nights", True),
    ]


def test_of_our_contexts_those_count_by_which_calls_for_help_leave() -> None:
    assert told(
        "include => rec-internal",
        "include => rec-external",
        "include => rec-class-staff",
        "include => rec-outbound_route-help",
        "include => from-internal",
    ) == [
        ("numbers", "", False),
        ("outside", "", False),
        ("numbers", "", False),
        ("routes", "", False),
        ("route", "help", False),
        ("include", "from-internal", False),
    ]


def test_our_own_context_is_there_without_a_line_by_hand() -> None:
    assert told("exten => 1,1,Answer()", of="from-internal") == [
        ("numbers", "", False),
        ("routes", "", False),
    ]
    assert told("exten => 1,1,Answer()", name="from-internal", of="from-internal") == [
        ("line", "1", False),
        ("numbers", "", False),
        ("routes", "", False),
    ]


def test_names_with_globals_in_them_are_those_that_asterisk_loads() -> None:
    """What a variable outside of [globals] gives is not known, and may be anything."""
    values = (("SOS", "911"), ("ALL", "_9${ONE}X"), ("ONE", "1"), ("WAY", "from-internal"))
    lines = (
        Line("exten", "${SOS},1,Answer()"),
        Line("exten", "_${ONE}2,1,Answer()"),
        Line("exten", "${ENV(X)},1,Answer()"),
        Line("exten", "${LATER}9/100,1,Answer()"),
        Line("include", "${WAY}"),
        Line("include", "${LATER},08:00-17:00,*,*,*"),
    )
    sections = [
        Section("ext", "wards", lines),
        Section("ext", "globals", tuple(Line(*each) for each in values)),
    ]
    told = [(e.what, e.text, e.shown) for e in entrances(sections, Setup())["wards"]]
    assert sorted(told[:2]) == [
        ("switch", "", "exten => ${ENV(X)}"),
        ("switch", "", "exten => ${LATER}9/100"),
    ]
    assert told[2:] == [
        ("line", "911", "exten => ${SOS}"),
        ("line", "12", "exten => _${ONE}2"),
        ("include", "from-internal", "include => from-internal"),
        ("switch", "", "include => ${LATER}"),
    ]


def test_an_extension_without_a_first_step_is_where_calls_may_go_on() -> None:
    assert told(
        "exten => 911,hint,PJSIP/1001",
        "exten => 912,2,NoOp()",
        "exten => 913,1,NoOp()",
        "exten => 913,n,NoOp()",
        "exten => 913,n(end),Hangup()",
    ) == [("line", "912", True), ("line", "913", False)]
