"""What is dialled in hand-written contexts: in Asterisk's order, and where it leads to ours."""

from reconciler.adapters.asterisk.carrier import Setup
from reconciler.adapters.asterisk.entrances import entrances
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


def test_the_context_of_parked_calls_is_in_no_file_and_has_no_numbers_of_others() -> None:
    assert told("include => parkedcalls", of="parkedcalls") == []
