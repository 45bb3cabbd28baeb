"""Who notices what: in people's words, never more than is known."""

from collections.abc import Sequence
from typing import Any

import pytest

from reconciler.model.address import Address, parse_address
from reconciler.model.change import (
    Adopt,
    Change,
    Create,
    Delete,
    FieldChange,
    Forget,
    Move,
    Update,
)
from reconciler.model.plan import Impact
from reconciler.model.secret import Secret
from reconciler.model.value import UNSET
from reconciler.planning.impact import MOST, impact


def at(text: str) -> Address:
    found = parse_address(text)
    assert found
    return found


def about(text: str) -> tuple[Any, ...]:
    return (at(text), "pbx/f", (), None, 0)


def update(text: str, before: dict[str, Any], **after: Any) -> Update:
    fields = tuple(
        FieldChange(path.replace("__", "."), before.get(path.replace("__", "."), UNSET), value)
        for path, value in after.items()
    )
    return Update(*about(text), before, {**before, **{f.path: f.after for f in fields}}, fields)


PEOPLE: dict[str, dict[str, Any]] = {
    "extension/f/1001": {"name": "Ada Okafor"},
    "extension/f/1002": {"name": "Ben Roy"},
    "extension/f/1003": {"name": "Cara Díaz"},
    "extension/f/1009": {"name": "Ada Okafor"},
    "ring_group/f/600": {"name": "Reception"},
}
EMERGENCY: dict[str, dict[str, Any]] = {
    "outbound_route/f/911": {"emergency": True, "trunks": ["bandlane"]},
    "trunk/f/bandlane": {"host": "a", "enabled": True},
}


def told(changes: Sequence[Change], around: dict[str, dict[str, Any]] = PEOPLE) -> dict[str, str]:
    before = {at(key): fields for key, fields in around.items()}
    for each in changes:
        if not isinstance(each, (Create, Forget)):
            before[each.source if isinstance(each, Move) else each.address] = dict(each.before)
    after = dict(before)
    for each in changes:
        if isinstance(each, Delete):
            del after[each.address]
        elif not isinstance(each, Forget):
            after[each.address] = dict(each.after)
    return dict(impact(changes, before, after))


GROUP = {
    "name": "Reception", "strategy": "ringall", "members": ["1001", "1002", "1003"],
    "ring_time": 30, "no_answer": "voicemail/1001",
}  # fmt: skip

GROUP_TOLD = (
    "rings 2 phones instead of 3 (no longer Cara Díaz), callers wait 20 s instead of 30 s before "
    "Ada Okafor's voicemail"
)
MENU_TOLD = (
    "pressing 1 leads to Ada Okafor instead of Reception, 2 is no longer offered and 3 leads to "
    "+44 113 496 0100"
)
PERSON_TOLD = (
    'is now called "Ada Okafor" instead of "Ada O.", gets a new SIP password, which its phones need'
)
NOBODY_TOLD = "rings nobody any more (no longer Ada Okafor; only who logs in takes calls now)"
UNHEARD_TOLD = (
    "loses its voicemail box: nobody can listen to its messages any more, rings for 30 s instead "
    "of 20 s"
)
CASES: dict[str, tuple[Change, tuple[str, str]]] = {
    "a group rings fewer, for a shorter time": (
        update("ring_group/f/600", GROUP, members=["1001", "1002"], ring_time=20),
        ("Reception (600)", GROUP_TOLD),
    ),
    "a hunting group rings each member": (
        update("ring_group/f/600", {**GROUP, "strategy": "hunt"}, ring_time=20),
        ("Reception (600)", "rings each time 20 s instead of 30 s"),
    ),
    "without a strategy nothing is claimed about waiting": (
        update("ring_group/f/600", {"name": "Reception", "ring_time": 30}, ring_time=20),
        ("Reception (600)", "ring time 20 s instead of 30 s"),
    ),
    "a number ends elsewhere": (
        update("inbound_route/f/+16035550100", {"destination": "voicemail/1001"},
               destination="ring_group/600"),
        ("+1 603 555 0100", "now ends at Reception; before: Ada Okafor's voicemail"),
    ),
    "a number follows somebody who has moved": (
        update("inbound_route/f/+16035550100", {"destination": "extension/1001"},
               destination="extension/1009"),
        ("+1 603 555 0100", "now ends at Ada Okafor (1009); before: Ada Okafor (1001)"),
    ),
    "a number goes to a menu": (
        update("inbound_route/f/+16035550100", {"destination": "hangup"}, destination="ivr/main"),
        ("+1 603 555 0100", "now goes to IVR main; before: hang-up"),
    ),
    "a new number": (
        Create(*about("inbound_route/f/+441134960100"), {"destination": "extension/1001"}),
        ("+44 113 496 0100", "now ends at Ada Okafor"),
    ),
    "a key of a menu": (
        update("ivr/f/main", {"options": {"1": "ring_group/600", "2": "hangup"}},
               options={"1": "extension/1001", "3": "external/+441134960100"}),
        ("IVR main", MENU_TOLD),
    ),
    "a key that leads to somebody who has moved": (
        update("ivr/f/main", {"options": {"1": "extension/1001"}}, options={"1": "extension/1009"}),
        ("IVR main", "pressing 1 leads to Ada Okafor (1009) instead of Ada Okafor (1001)"),
    ),
    "opening hours": (
        update("schedule/f/hours", {"open": ["Mon-Fri 09:00-17:00"]}, open=["Mon-Fri 08:00-17:00"]),
        ("schedule hours", "open Mon-Fri 08:00-17:00 instead of Mon-Fri 09:00-17:00"),
    ),
    "a holiday that is none any more, and a new one": (
        update("schedule/f/hours", {"closed_days": ["2026-12-24", "2026-12-25"]},
               closed_days=["2026-12-25", "2026-12-31"]),
        ("schedule hours", "no longer closed on 2026-12-24, also closed on 2026-12-31"),
    ),
    "a member has another number": (
        update("queue/f/700", {"name": "Sales", "members": ["1001", "1002"]},
               members=["1009", "1002"]),
        ("Sales (700)", "rings Ada Okafor (1009) instead of Ada Okafor (1001)"),
    ),
    "a queue loses its last member": (
        update("queue/f/700", {"name": "Sales", "members": ["1001"]}, members=[]),
        ("Sales (700)", NOBODY_TOLD),
    ),
    "a PIN that is only taken away is no new one": (
        update("extension/f/1001", {"voicemail.pin": Secret("generated:x"),
                                    "voicemail.email": "a@example.com"}, voicemail__pin=None),
        ("1001", "has no voicemail PIN of ours any more"),
    ),
    "what is last declared of a box takes the box along": (
        update("extension/f/1001", {"voicemail.pin": Secret("generated:x"), "ring_time": 20},
               voicemail__pin=None, ring_time=30),
        ("1001", UNHEARD_TOLD),
    ),
    "a person's name and password": (
        update("extension/f/1001", {"name": "Ada O."}, name="Ada Okafor",
               secret=Secret("generated")),
        ("Ada O. (1001)", PERSON_TOLD),
    ),
    "a value that was not read is not claimed": (
        update("extension/f/1001", {"name": "Ada"}, ring_time=30),
        ("Ada (1001)", "rings for 30 s"),
    ),
    "settings without a sentence are named": (
        update("extension/f/1001", {"name": "Ada"}, codecs=["g722"], transport="tls"),
        ("Ada (1001)", "changed: codecs and transport"),
    ),
    "a trunk": (
        update("trunk/f/spare", {"host": "a.example", "enabled": True}, enabled=False),
        ("Calls over spare", "is switched off"),
    ),
    "a renumbered extension": (
        Move(*about("extension/f/2001"), at("extension/f/1001"), {"name": "Ada"}, {"name": "Ada"},
             ()),
        ("Ada (2001)", "is now 2001 instead of 1001"),
    ),
    "somebody with a box leaves": (
        Delete(*about("extension/f/1001"), {"name": "Ada", "voicemail.pin": "x"}),
        ("Ada (1001)", (
            "removed: can no longer be called or make calls, "
            "and nobody can listen to its messages any more"
        )),
    ),
    "a queue": (
        update("queue/f/700", {"name": "Help", "members": [{"extension": "1001"}]},
               members=[{"extension": "1001"}, {"extension": "1002", "penalty": 1}]),
        ("Help (700)", "rings 2 phones instead of 1 (now also Ben Roy)"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_what_people_notice(name: str) -> None:
    change, (who, what) = CASES[name]
    assert told([change]).get(who) == what, told([change])


def test_nobody_notices_what_sends_nothing() -> None:
    quiet = [
        Adopt(*about("extension/f/1001"), {"name": "Ada"}, {"name": "Ada"}, ()),
        Forget(*about("extension/f/1002")),
    ]
    assert told(quiet) == {}


def test_many_new_people_are_one_line() -> None:
    new = [Create(*about(f"extension/f/{n}"), {"name": f"P{n}"}) for n in range(12)]
    new.reverse()  # the plan's order is that of the writes; people count
    assert told(new) == {"12 new extensions": "P0, P1, P2 and 9 more"}


def test_equal_changes_are_told_once() -> None:
    same = [update(f"extension/f/{n}", {"name": f"P{n}", "ring_time": 9}, ring_time=8)
            for n in range(18)]  # fmt: skip
    assert told(same, {}) == {
        "each of 18 extensions": "rings for 8 s instead of 9 s (P0, P1, P2 and 15 more)"
    }


def test_different_changes_of_many_are_told_by_topic() -> None:
    many = [update(f"extension/f/{n}", {"name": f"P{n}", "ring_time": 9}, ring_time=10 + n)
            for n in range(18)]  # fmt: skip
    assert told(many, {}) == {
        "each of 18 extensions": "changed: ring time (P0, P1, P2 and 15 more)"
    }


def test_of_a_section_it_is_told_what_changes_in_it() -> None:
    def boxes(number: int) -> dict[str, Any]:
        return {"voicemail__email": f"p{number}@example.com", "voicemail__attach": bool(number % 2),
                "ring_time": number + 9}  # fmt: skip

    before = {"voicemail.attach": None, "ring_time": 5}
    many = [update(f"extension/f/{n}", {"name": f"P{n}", **before}, **boxes(n)) for n in range(9)]
    assert told(many, {}) == {
        "each of 9 extensions": "changed: voicemail (e-mail, attach) and ring time "
        "(P0, P1, P2 and 6 more)"
    }
    one = update("extension/f/1", {"name": "Ada"}, voicemail__attach=True, caller_id__x=1)
    assert told([one], {}) == {"Ada (1)": "changed: voicemail (attach) and caller ID (x)"}
    phone = update("phone/f/a", {}, features__language="de", features__ring_tone="x")
    assert told([phone], {}) == {"phone a": "new configuration: features"}


def test_no_more_lines_than_fit_and_the_rest_is_counted() -> None:
    many: list[Change] = []
    for kind in ("ring_group", "queue", "ivr", "schedule", "trunk"):
        many += [update(f"{kind}/f/{n}", {"x": 1}, name=f"n{n}") for n in range(5)]
    lines = impact(many, {}, {})
    assert len(lines) == MOST
    assert lines[-1] == Impact("and 14 more", "see the changes below")


def test_emergency_calling_is_vouched_for_only_where_nothing_of_it_changes() -> None:
    change = update("extension/f/1001", {"name": "Ada"}, name="Ada O.")
    assert "nobody loses emergency calling" in told([change], EMERGENCY)
    assert "nobody loses emergency calling" not in told([change])


def test_of_phones_that_may_not_register_meanwhile_it_is_not_said_that_nobody_loses() -> None:
    new = update("extension/f/1001", {"secret": Secret("store:a", "f1")}, secret="another")
    gone = Move(
        *about("extension/f/2001"), source=at("extension/f/1001"), before={}, after={}, fields=()
    )
    for change in (new, gone):
        found = told([change], EMERGENCY)
        assert found["Emergency calls"] == "keep their route and trunk on f"


def test_a_touched_emergency_route_asks_for_a_test_call() -> None:
    change = update("trunk/f/bandlane", EMERGENCY["trunk/f/bandlane"], host="b")
    found = told([change], EMERGENCY)
    assert "make a test call" in found["Emergency calls"]
    assert "nobody loses emergency calling" not in found


def test_lost_emergency_calling_is_said_first() -> None:
    gone = Delete(*about("trunk/f/bandlane"), EMERGENCY["trunk/f/bandlane"])
    before = {at(key): fields for key, fields in EMERGENCY.items()}
    after = {key: each for key, each in before.items() if key != gone.address}
    first = impact([gone], before, after)[0]
    assert first == Impact("Emergency calls", "nobody on f could call for help any more")


def test_a_number_for_help_that_no_route_takes_any_more_is_said_first() -> None:
    """Not `still leave over 911: make a test call`."""
    route = {**EMERGENCY["outbound_route/f/911"], "patterns": [{"match": "911"}]}
    around = {**EMERGENCY, "outbound_route/f/911": route}
    found = told([update("outbound_route/f/911", route, patterns=[{"match": "912"}])], around)
    assert next(iter(found.items())) == (
        "Emergency calls", "no emergency route on f takes 911 any more"
    )  # fmt: skip
    assert found["outbound route 911"] == "no longer takes 911, also takes 912"


def test_an_emergency_line_with_another_trunk_still_stands() -> None:
    around = {
        **EMERGENCY,
        "outbound_route/f/911": {"emergency": True, "trunks": ["bandlane", "spare"]},
        "trunk/f/spare": {"host": "s"},
    }
    change = update("trunk/f/bandlane", around["trunk/f/bandlane"], host="b")
    assert "nobody loses emergency calling" in told([change], around)


def test_what_passes_calls_on_is_known_by_the_numbers_that_lead_to_it() -> None:
    around = {
        f"inbound_route/{scope}/+16035550{n}": {"destination": "schedule/hours"}
        for scope, n in (("f", 100), ("f", 101), ("other", 102))
    }
    change = update("schedule/f/hours", {"timezone": "Europe/London"}, timezone="Europe/Paris")
    ((who, _),) = told([change], around).items()
    assert who == "schedule hours (+1 603 555 0100 and +1 603 555 0101)"


def test_secrets_are_not_told() -> None:
    change = update(
        "extension/f/1001", {"secret": Secret(None, "aaaa")}, secret=Secret("env:P", "bb")
    )
    text = str(told([change]))
    assert "aaaa" not in text
    assert "env:P" not in text


def test_a_site_that_is_renumbered_is_one_line() -> None:
    moves = [
        Move(*about(f"extension/f/2{n:03d}"), at(f"extension/f/1{n:03d}"),
             {"name": f"Person {n}"}, {"name": f"Person {n}"}, ())
        for n in range(1, 21)
    ]  # fmt: skip
    assert told(moves) == {
        "20 extensions": "1001 is now 2001, 1002 is now 2002, 1003 is now 2003 and 17 more"
    }


def test_one_of_many_that_differs_is_not_each_of_one() -> None:
    changes = [update(f"extension/f/1{n:03d}", {"name": f"P{n}"}, email=f"{n}@x") for n in range(9)]
    other = update("extension/f/2000", {"name": "Zoe"}, codecs=["g722"])
    assert told([*changes, other])["Zoe (2000)"] == "changed: codecs"


def _on(pbx: str, number: str, name: str, make: type[Create] | type[Delete]) -> Change:
    return make(*about(f"extension/{pbx}/{number}"), {"name": name})


def test_with_changes_on_several_pbxs_each_is_named() -> None:
    """`emergency, emergency and national` says nothing to anybody."""
    routes = [
        Create(*about(f"outbound_route/{pbx}/{key}"), {})
        for pbx in "fg"
        for key in ("911", "national")
    ]
    assert told(routes)["4 new outbound routes"] == (
        "national on f, national on g, 911 on f and 911 on g"
    )
    alike = [
        update(f"extension/{pbx}/100{n}", {"name": f"N{n}"}, ring_time=30)
        for pbx in "fg"
        for n in range(2, 6)
    ]
    assert set(told(alike)) >= {"each of 4 extensions on f", "each of 4 extensions on g"}
    gone = [_on("f", "1002", "Ben Roy", Delete), _on("g", "1002", "Ada Okafor", Create)]
    assert {"Ben Roy (1002) on f"} <= set(told(gone))
