"""Where calls can end, as far as the rails need it."""

import pytest

from reconciler.planning.rails.reach import emergency_routes, reaches_a_person
from reconciler.testing.building import at

EXTENSION = {"extension/office/1001": {"name": "Ada"}}


def reaches(destination, **objects):
    everything = {
        at(name): fields
        for name, fields in {
            **EXTENSION,
            "inbound_route/office/+1": {"destination": destination},
            **objects,
        }.items()
    }
    return reaches_a_person(at("inbound_route/office/+1"), everything)


@pytest.mark.parametrize(
    ("destination", "answer"),
    [
        ("extension/1001", True),
        ("extension/1002", False),
        ("voicemail/1001", False),
        ("external/+441134960100", True),
        ("hangup", False),
        ("announcement/closed", False),
        ("branch:extension/1001", False),
    ],
)
def test_the_destination_itself(destination, answer):
    assert reaches(destination) is answer


def test_a_ring_group_with_a_member_that_exists_or_is_outside():
    def group(*members, **more):
        return reaches(
            "ring_group/600", **{"ring_group/office/600": {"members": list(members), **more}}
        )

    assert group("1001")
    assert group("+441134960100")
    assert not group("1009")
    assert group("1009", no_answer="extension/1001")
    assert not group("1009", no_answer="voicemail/1001")


def test_through_menus_and_schedules_and_around_loops():
    objects = {
        "schedule/office/hours": {"open_to": "ivr/a", "closed_to": "hangup"},
        "ivr/office/a": {"options": {"1": "ivr/b"}},
        "ivr/office/b": {"options": {"1": "ivr/a"}},
    }
    assert not reaches("schedule/hours", **objects)
    objects["ivr/office/b"] = {"options": {"1": "ivr/a", "2": "extension/1001"}}
    assert reaches("schedule/hours", **objects)


def test_across_pbxs():
    objects = {"extension/branch/2001": {"name": "Zoe"}}
    assert reaches("branch:extension/2001", **objects)


def test_a_trunk_is_not_where_calls_end():
    objects = {
        at("inbound_route/office/+1"): {"destination": "hangup", "trunk": "t"},
        at("trunk/office/t"): {"host": "h"},
    }
    assert not reaches_a_person(at("inbound_route/office/+1"), objects)


def test_emergency_routes_need_a_trunk_that_is_there_and_in_use():
    def usable(route, **trunk):
        objects = {at("outbound_route/office/911"): route}
        if trunk:
            objects[at("trunk/office/t")] = trunk
        return bool(emergency_routes(objects))

    good = {"emergency": True, "trunks": ["t"]}
    assert usable(good, host="h")
    assert not usable(good)
    assert not usable(good, host="h", enabled=False)
    assert not usable({**good, "enabled": False}, host="h")
    assert not usable({**good, "trunks": []}, host="h")
    assert not usable({"trunks": ["t"]}, host="h")
