"""What hand-written dialplan answers before ours: Asterisk's order, and no line too many."""

from reconciler.adapters.asterisk.carrier import Setup
from reconciler.adapters.asterisk.handwritten.ahead import lines_ahead
from reconciler.adapters.asterisk.handwritten.answered import answered_first
from reconciler.adapters.asterisk.sections import Line, Section
from reconciler.model.live import Ahead
from reconciler.model.secret import Clear


def context(name: str, *lines: str, behind: bool = False) -> Section:
    """Return a context as it is read, of lines as they are written (`exten => 600,1,Answer()`)."""
    pairs = (each.split(" => ", 1) for each in lines)
    return Section("ext", name, tuple(Line(a, b) for a, b in pairs), behind=behind)


def ahead(*sections: Section) -> list[Ahead]:
    """Return what is told."""
    return list(lines_ahead(sections, Setup()))


def shown(*sections: Section) -> list[str]:
    """Return what is told to be ahead of numbers, as `takes in context`."""
    return [f"{e.takes} in {e.where.split()[1]}" for e in ahead(*sections) if "number" in e.hides]


def test_lines_of_the_internal_context_go_before_ours_exact_ones_first() -> None:
    section = context(
        "from-internal",
        "exten => _6.,1,Answer()",
        "exten => _6XX,1,Answer()",
        "same => n,Hangup()",
        "exten => 911,1(help),Dial(PJSIP/911@old,,${SECRET})",
        "exten => 911,n,Hangup()",
    )
    assert ahead(section) == [
        Ahead("911", "exten => 911", "extensions.conf [from-internal]", NUMBERS_AND_ROUTES),
        Ahead("6XX", "exten => _6XX", "extensions.conf [from-internal]", NUMBERS_AND_ROUTES),
        Ahead("6.", "exten => _6.", "extensions.conf [from-internal]", NUMBERS_AND_ROUTES),
    ]
    assert ahead(section._replace(behind=True)) == ahead(section)


NUMBERS_AND_ROUTES = frozenset({"number", "route"})


def test_includes_go_before_ours_unless_they_stand_behind() -> None:
    more = context("more", "exten => 600,1,Answer()")
    assert shown(context("from-internal", "include => more"), more) == ["600 in [more]"]
    assert shown(context("from-internal", "include => more", behind=True), more) == []


def test_a_context_that_does_not_lead_to_ours_hides_nothing() -> None:
    assert ahead(context("office", "exten => 600,1,Answer()")) == []
    leads = context("office", "exten => 600,1,Answer()", "include => from-internal")
    assert shown(leads) == ["600 in [office]"]
    further = context("lobby", "include => door", "include => office")
    door = context("door", "exten => 9,1,Answer()", "include => lobby")
    assert shown(further, door, leads) == ["9 in [door]", "600 in [office]"]


def test_what_is_included_after_ours_hides_nothing() -> None:
    after = context("office", "include => from-internal", "include => more")
    assert shown(after, context("more", "exten => 600,1,Answer()")) == []


def test_calls_from_a_carrier_hide_dids_alone() -> None:
    section = context(
        "from-carrier", "exten => 16035550100,1,Answer()", "include => rec-inbound-carrier"
    )
    (told,) = ahead(section)
    assert (told.takes, told.hides) == ("16035550100", {"did"})


def test_what_is_dialled_by_nobody_or_has_no_first_step_hides_nothing() -> None:
    assert not shown(
        context(
            "from-internal",
            "exten => h,1,NoOp()",
            "exten => fax,1,NoOp()",
            "exten => 600,hint,PJSIP/600",
            "exten => 601,n,Answer()",
            "exten => 602,10,Answer()",
            "ignorepat => 9",
        )
    )


def test_some_callers_and_certain_hours_are_told_apart() -> None:
    told = ahead(
        context(
            "from-internal", "exten => 600/1001,1,Answer()", "include => night,18:00-6:00,*,*,*"
        ),
        context("night", "exten => _1-[2-4]X.,1,Answer()"),
    )
    assert [(e.takes, e.line, e.partly) for e in told] == [
        ("600", "exten => 600/1001", "from 1001"),
        ("1[2-4]X.", "exten => _1-[2-4]X.", "at certain hours"),
    ]


def test_what_stands_in_our_contexts_and_is_answered_first_is_found() -> None:
    ours = [
        ("rec-exts-03", [("exten", "1001,1,Goto(x)"), ("exten", "1001,hint,PJSIP/1001")]),
        ("rec-features", [("exten", "*97,1,VoiceMailMain()"), ("same", "n,Hangup()")]),
        ("rec-outbound_route-far", [("exten", "_9NXX,1,Set(x)"), ("exten", "_8X.,1,Set(x)")]),
        ("rec-dids-01", [("exten", "1001,1,Goto(x)")]),
        ("rec-extension-1002", [("exten", "1002,1,Dial(x)")]),
    ]
    lines = ("exten => _9X.,1,Answer()", "exten => *97,1,Answer()", "exten => 1001,1,Answer()")
    boxes = Section("vm", "default", (Line("1001", Clear("1234,Ada")), Line("1002", "1,Ben")))
    found = answered_first(ours, ["1001@default"], ahead(context("from-internal", *lines), boxes))
    assert [(each.line.line, each.numbers) for each in found] == [
        ("exten => *97", ("*97",)),
        ("exten => 1001", ("1001",)),
        ("exten => _9X.", ("9NXX",)),
        ("1001 => ...", ("1001@default",)),
    ]


def test_of_two_mailboxes_the_one_that_is_read_first_counts() -> None:
    box = Section("vm", "default", (Line("1001", Clear("1234,Ada")),))
    told = Ahead("1001@default", "1001 => ...", "voicemail.conf [default]", frozenset({"box"}))
    assert ahead(box) == [told]
    assert ahead(box._replace(behind=True)) == []
