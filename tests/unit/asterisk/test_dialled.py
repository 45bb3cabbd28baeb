"""Where hand-written dialplan and queues lead by name."""

from reconciler.adapters.asterisk.carrier import Setup
from reconciler.adapters.asterisk.handwritten.dialled import leading_to
from reconciler.adapters.asterisk.sections import Family, Line, Section
from reconciler.model.live import Leading


def leads(*lines: str, name: str = "x", family: Family = "ext") -> list[Leading]:
    """Return where lines lead, as they are written (`exten => 1,1,Answer()`)."""
    pairs = (each.split(" => ", 1) for each in lines)
    section = Section(family, name, tuple(Line(a, b) for a, b in pairs))
    return list(leading_to([section], Setup()))


def test_a_trunk_has_another_name_in_a_file_of_ours() -> None:
    for dialled in (
        "Dial(PJSIP/911@carrier-a,30)",
        "Dial(PJSIP/+1${EXTEN:1}@carrier-a,60,U(x^${SECRET}))",
        "Dial(PJSIP/${FILTER(0-9,${EXTEN})}@carrier-a&PJSIP/${A}@carrier-a)",
    ):
        assert leads(f"exten => _9X.,1,{dialled}") == [
            Leading(
                "trunk", "carrier-a", "PJSIP/…@carrier-a", "extensions.conf [x]",
                "PJSIP/…@trunk-carrier-a",
            )
        ]  # fmt: skip
    (word,) = leads("TRUNK => carrier-a", name="globals")
    assert (word.line, word.instead) == ("TRUNK=carrier-a", "TRUNK=trunk-carrier-a")
    ours, hand = leads("same => n,Dial(PJSIP/911@trunk-carrier-a)")
    assert (ours.key, ours.instead) == ("carrier-a", "")
    assert (hand.key, hand.instead) == ("trunk-carrier-a", "PJSIP/…@trunk-trunk-carrier-a")


def test_phones_queues_contexts_and_numbers_keep_their_names() -> None:
    found = leads(
        "exten => 1,1,Dial(PJSIP/2001&PJSIP/2002&PJSIP/${ARG1},20)",
        "same => n,Queue(2500,t,,,60)",
        "same => n,Goto(rec-ivr-main,s,1)",
        "same => n,GotoIf($[1]?from-internal,600,1)",
        "same => n,Goto(from-internal,601,1)",
        "same => n,Dial(Local/602@from-internal/n)",
        "include => rec-inbound-carrier",
    )
    assert [(each.kind, each.key) for each in found] == [
        ("extension", "2001"), ("extension", "2002"), ("queue", "2500"), ("ivr", "main"),
        ("", "601"), ("", "602"),
    ]  # fmt: skip
    (member,) = leads("member => PJSIP/2001,1,Ada", family="queues", name="desk")
    assert (member.key, member.where) == ("2001", "queues.conf [desk]")


def test_what_a_variable_gives_is_not_known() -> None:
    assert leads("exten => s,1,Dial(PJSIP/${NUMBER}@${TRUNK})", "same => n,Set(X=PJSIP/%s)") == []
