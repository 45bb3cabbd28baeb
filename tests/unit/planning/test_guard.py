"""What a step depends on: asked for right before the write, and no write when it has changed."""

import pytest

from reconciler.model.extent import Extent
from reconciler.model.live import merged
from reconciler.planning.guard import guards_of
from reconciler.planning.plan import plan
from reconciler.testing.building import (
    answered,
    at,
    desired,
    live,
    owned,
    ownership,
    resource,
    there,
)
from tests.unit.planning.paper import PaperAdapter

ADA = there("extension/office/1001", name="Ada")
DESK = there("ring_group/office/600", name="Desk", members=["1001"])
ROUTE = there("inbound_route/office/any", destination="ring_group/600")
ROWS = (
    owned("extension/office/1001", name="Ada"),
    owned("ring_group/office/600", name="Desk", members=["1001"]),
)
SAME = (
    resource("extension/office/1001", name="Ada"),
    resource("ring_group/office/600", name="Desk", members=["1001"]),
)


def guard(*wish, now=(ADA, DESK), rows=ROWS, **more):
    adapter = PaperAdapter()
    if more.get("placed"):
        routes = adapter.supports["outbound_route"]._replace(placed=frozenset({"order"}))
        adapter.supports = {**adapter.supports, "outbound_route": routes}
    wish = desired(wish)
    known = live(answered(now))
    adapters = {"memory": adapter}
    planned = plan(wish, known, ownership(*rows), adapters)
    found = guards_of(planned.steps, planned.commits, known, wish.targets, adapters)
    return found["pbx/office"]


def asked(extent):
    return (
        set(extent.kinds),
        {str(each) for each in extent.objects},
        {str(each) for each in extent.mentioned},
    )


def reasons(found, *now, **more):
    return tuple(found.stale(answered(now, **more)).values())


def test_a_change_of_one_name_depends_on_that_object_alone():
    found = guard(resource("extension/office/1001", name="Adah"), SAME[1])
    assert asked(found.before) == (set(), {"extension/office/1001"}, set())
    assert asked(found.after(found.steps)) == (set(), {"extension/office/1001"}, set())
    assert reasons(found, ADA) == ()


def test_what_written_fields_refer_to_has_to_be_there_still():
    found = guard(SAME[0], resource("ring_group/office/600", name="Desk", members=["1001", "7"]))
    assert asked(found.before)[2] == {"extension/office/1001"}  # 7 was not there to begin with
    assert reasons(found, DESK, ADA) == ()
    assert reasons(found, DESK) == ("it refers to extension/office/1001: it is gone",)


@pytest.mark.parametrize(
    ("came", "why"),
    [
        (there("extension/office/601"), "extension/office/601 has the number now"),
        (there("ivr/office/main", number="601"), "ivr/office/main has the number now"),
        (there("ivr/office/main", number="602"), None),
    ],
)
def test_a_number_that_somebody_took_is_taken(came, why):
    found = guard(*SAME, resource("ring_group/office/601", name="New", members=["1001"]))
    kinds, objects, mentioned = asked(found.before)
    assert {"ivr", "schedule", "day_night", "announcement"} <= kinds
    assert objects == {"ring_group/office/601"}
    assert {"extension/office/601", "queue/office/601", "extension/office/1001"} <= mentioned
    assert reasons(found, ADA, DESK, came) == ((why,) if why else ())


def test_a_number_that_moves_from_one_of_ours_to_another_is_not_taken():
    found = guard(SAME[0], resource("queue/office/600", name="Desk"))
    assert [each.id for each in found.steps] == [
        "create queue/office/600", "delete ring_group/office/600",
    ]  # fmt: skip
    assert reasons(found, ADA, DESK) == ()


def test_what_goes_must_not_be_referred_to_by_anybody_new():
    found = guard(SAME[0])  # the ring group has left the files
    assert {"ivr", "inbound_route", "queue"} <= asked(found.before)[0]
    assert "extension" not in asked(found.before)[0]
    assert reasons(found, ADA, DESK, ROUTE) == (
        "inbound_route/office/any refers to ring_group/office/600 now",
    )
    complete = set(PaperAdapter().supports) - {"ivr"}
    assert reasons(found, ADA, DESK, complete=complete) == (
        "the ivr objects could not be read again before the write",
    )
    # Whoever referred to it when the plan was made was judged then.
    assert reasons(guard(SAME[0], now=(ADA, DESK, ROUTE)), ADA, DESK, ROUTE) == ()


def route(key, place):
    return there(f"outbound_route/office/{key}", patterns=[])._replace(told={"order": place})


def test_an_order_that_somebody_changed_is_not_changed_back():
    wish = resource("outbound_route/office/out", patterns=[{"match": "9"}], trunks=[])
    rows = [owned("outbound_route/office/out", patterns=[])]
    now = (route("out", 1), route("911", 2))
    found = guard(wish, now=now, rows=rows, placed=True)
    assert "outbound_route" in found.before.kinds & found.after(found.steps).kinds
    assert reasons(found, *now) == ()
    assert reasons(found, route("new", 1), route("out", 2), route("911", 10)) == ()
    assert reasons(found, route("out", 2), route("911", 1)) == (
        "the order of the outbound_route objects has changed",
    )


def test_what_was_asked_for_and_not_told_is_not_known():
    ada, ben = at("extension/office/1001"), at("extension/office/1002")
    known = answered([ADA, DESK])
    nothing = answered(())._replace(complete=frozenset())
    after = merged(known, nothing, Extent(objects=frozenset({ada}), mentioned=frozenset({ben})))
    assert (after.has(ada), after.has(ben), after.knows(ada)) == (None, None, False)
    assert after.objects[DESK.address] == DESK
    gone = merged(
        known, nothing._replace(absent=frozenset({ada})), Extent(objects=frozenset({ada}))
    )
    assert gone.has(ada) is False
    assert gone.has(DESK.address) is True
    dead = merged(known, answered(unreachable="no answer"), Extent(frozenset({"ring_group"})))
    assert (dead.has(DESK.address), "ring_group" in dead.complete) == (True, False)
