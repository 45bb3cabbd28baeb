"""Order: needs first, deletes reversed and last, cycles split, and always the same."""

import random

import pytest

from reconciler.model.change import Create, Delete, Forget, Move, Update
from reconciler.planning.order import order, references_in
from reconciler.testing.building import (
    answered,
    at,
    desired,
    live,
    owned,
    ownership,
    pbx,
    resource,
    there,
)
from tests.unit.planning.paper import compare

EXTENSIONS = [resource(f"extension/office/100{n}", name=f"Person {n}") for n in range(1, 4)]
ESTATE = [
    *EXTENSIONS,
    resource("trunk/office/carrier", host="sip.example.com", mode="ip"),
    resource("ring_group/office/600", name="Desk", members=["1001", "1002"], no_answer="ivr/main"),
    resource("ivr/office/main", options={"1": "queue/700", "2": "voicemail/1003"}),
    resource("queue/office/700", name="Sales", members=[{"extension": "1001", "penalty": 1}]),
    resource("inbound_route/office/+16035550100", destination="ring_group/600", trunk="carrier"),
    resource("outbound_route/office/out", order=1, patterns=[{"match": "X."}], trunks=["carrier"]),
]


def placed(resources, now=(), rows=(), targets=None):
    found = compare(desired(resources, targets), live(answered(now)), ownership(*rows))
    return order(found.changes)


def names(result):
    return [str(each.change.address) for each in result]


def assert_needs_first(result):
    seen = set()
    for each in result:
        for need in each.needs:
            assert need in seen, f"{each.change.address} before {need}"
        seen.add(each.change.address)


def test_what_is_needed_comes_first():
    result = placed(ESTATE)
    assert_needs_first(result)
    position = {name: index for index, name in enumerate(names(result))}
    assert position["extension/office/1001"] < position["queue/office/700"]
    assert position["queue/office/700"] < position["ivr/office/main"]
    assert position["ivr/office/main"] < position["ring_group/office/600"]
    assert position["ring_group/office/600"] < position["inbound_route/office/+16035550100"]
    assert position["trunk/office/carrier"] < position["outbound_route/office/out"]


def test_deletes_are_reversed_and_after_everything_else():
    rows = [owned(each) for each in ESTATE]
    now = [there(each.address, each.fields) for each in ESTATE]
    fresh = resource("extension/office/1009", name="New")
    result = placed([fresh], now, rows)
    assert names(result)[0] == "extension/office/1009"
    gone = names(result)[1:]
    assert len(gone) == len(ESTATE)
    assert gone.index("inbound_route/office/+16035550100") < gone.index("ring_group/office/600")
    assert gone.index("ring_group/office/600") < gone.index("ivr/office/main")
    assert gone.index("ivr/office/main") < gone.index("queue/office/700")
    assert gone.index("queue/office/700") < gone.index("extension/office/1001")
    assert gone.index("ivr/office/main") < gone.index("extension/office/1003")
    assert_needs_first(result)


def test_a_delete_waits_for_the_update_that_lets_go_of_it():
    before = resource("ring_group/office/600", name="Desk", members=["1001", "1002"])
    after = resource("ring_group/office/600", name="Desk", members=["1001", "1009"])
    now = [there(each.address, each.fields) for each in (*EXTENSIONS, before)]
    rows = [owned(each) for each in (*EXTENSIONS, before)]
    fresh = resource("extension/office/1009", name="New")
    result = placed([EXTENSIONS[0], EXTENSIONS[2], fresh, after], now, rows)
    last = result[-1]
    assert isinstance(last.change, Delete)
    assert last.change.address == at("extension/office/1002")
    assert at("ring_group/office/600") in last.needs


def test_forgets_come_last_and_need_nothing():
    rows = [owned("extension/office/1001", name="x"), owned("extension/office/1002", name="y")]
    result = placed([], [there("extension/office/1002", name="y")], rows, [pbx()])
    assert [type(each.change) for each in result] == [Delete, Forget]
    assert result[-1].needs == ()


@pytest.mark.parametrize("seed", range(8))
def test_the_same_changes_in_any_order_give_the_same_order(seed):
    rows = [owned(f"extension/office/{n}", name="x") for n in range(200, 210)]
    now = [there(each.address, each.fields) for each in rows]
    changes = list(compare(desired(ESTATE), live(answered(now)), ownership(*rows)).changes)
    expected = order(changes)
    random.Random(seed).shuffle(changes)
    assert order(changes) == expected


# Cycles


def ivr(name, *options):
    return resource(
        f"ivr/office/{name}", options={str(n): to for n, to in enumerate(options, start=1)}
    )


def test_a_cycle_of_two_is_split_into_create_and_link():
    result = placed([ivr("a", "ivr/b", "hangup"), ivr("b", "ivr/a")])
    assert names(result) == ["ivr/office/a", "ivr/office/b", "ivr/office/a", "ivr/office/b"]
    first, _, link, _ = result
    assert isinstance(first.change, Create)
    assert first.change.after == {"options": {"2": "hangup"}}
    assert isinstance(link.link, Update)
    assert link.link.before == {"options": {"2": "hangup"}}
    assert link.link.after == {"options": {"1": "ivr/b", "2": "hangup"}}
    assert set(link.needs) == {at("ivr/office/a"), at("ivr/office/b")}


def test_a_link_names_the_fields_that_it_writes_so_that_they_are_read_back():
    result = placed([ivr("a", "ivr/b", "hangup"), ivr("b", "ivr/a")])
    link = result[2].link
    assert [(each.path, each.after) for each in link.fields] == [
        ("options", {"1": "ivr/b", "2": "hangup"})
    ]


def test_a_cycle_of_three_is_split():
    result = placed([ivr("a", "ivr/b"), ivr("b", "ivr/c"), ivr("c", "ivr/a")])
    assert [each.link is not None for each in result] == [False] * 3 + [True] * 3
    assert_needs_first(result)
    for each in result[:3]:
        assert not any("ivr/" in str(value) for value in each.change.after.values())


def test_who_needs_a_member_of_a_cycle_is_not_part_of_it():
    group = resource("ring_group/office/600", name="x", members=["1001"], no_answer="ivr/a")
    result = placed([EXTENSIONS[0], ivr("a", "ivr/b"), ivr("b", "ivr/a"), group])
    assert_needs_first(result)
    assert sum(each.link is not None for each in result) == 2
    assert next(e for e in result if e.change.address.kind == "ring_group").link is None


def test_a_cycle_through_different_kinds_loses_only_what_closes_it():
    group = resource("ring_group/office/600", name="x", members=["1001"], no_answer="ivr/a")
    result = placed([EXTENSIONS[0], ivr("a", "ring_group/600", "extension/1001"), group])
    first = next(e for e in result if e.change.address.kind == "ring_group" and not e.link)
    assert first.change.after == {"name": "x", "members": ["1001"]}
    assert_needs_first(result)


def test_a_cycle_with_an_object_that_exists_needs_no_split_of_it():
    a, b = ivr("a", "ivr/b"), ivr("b", "ivr/a")
    result = placed([a, b], [there(a.address, {"options": {"1": "hangup"}})], [owned(a)])
    assert [(type(each.change), each.link is None) for each in result] == [
        (Create, True),
        (Update, True),
    ]
    assert_needs_first(result)


def test_moves_inside_one_circle_are_split_too():
    before = [
        resource("ivr/office/a", options={"1": "ivr/b", "2": "hangup"}),
        resource("ivr/office/b", options={"1": "ivr/a"}),
    ]
    after = [
        resource("ivr/office/c", options={"1": "ivr/d", "2": "hangup"}),
        resource("ivr/office/d", options={"1": "ivr/c"}),
    ]
    moved = [("ivr/office/a", "ivr/office/c"), ("ivr/office/b", "ivr/office/d")]
    now = [there(each.address, each.fields) for each in before]
    found = compare(
        desired(after, moved=moved), live(answered(now)), ownership(*map(owned, before))
    )
    result = order(found.changes)
    assert_needs_first(result)
    written = [each for each in result if each.link is None]
    assert [type(each.change) for each in written] == [Move, Move]
    # Neither names the other before both are there, nor what is no longer there.
    assert [each.change.after["options"] for each in written] == [{"2": "hangup"}, {}]
    for each in written:
        assert {f.path: f.after for f in each.change.fields} == {
            "options": each.change.after["options"]
        }
    links = {str(each.change.address): each.link for each in result if each.link is not None}
    assert {name: link.after["options"] for name, link in links.items()} == {
        "ivr/office/c": {"1": "ivr/d", "2": "hangup"},
        "ivr/office/d": {"1": "ivr/c"},
    }


def test_an_object_that_refers_to_itself_is_no_cycle():
    result = placed([ivr("a", "ivr/a")])
    assert [each.link for each in result] == [None]


def test_a_cycle_of_deletes_is_deleted_in_some_fixed_order():
    a, b = ivr("a", "ivr/b"), ivr("b", "ivr/a")
    now = [there(each.address, each.fields) for each in (a, b)]
    result = placed([], now, [owned(a), owned(b)], [pbx()])
    assert names(result) == ["ivr/office/a", "ivr/office/b"]


def test_pruning_keeps_texts_that_only_look_like_what_is_absent():
    """A member without the key that refers keeps its other texts."""
    queue = resource(
        "queue/office/700",
        name="q",
        members=[{"extension": "1001", "penalty": 1}],
        no_answer="ivr/a",
    )
    result = placed([EXTENSIONS[0], queue, ivr("a", "queue/700")])
    first = next(e for e in result if e.change.address.kind == "queue" and not e.link)
    assert first.change.after["members"] == [{"extension": "1001", "penalty": 1}]


def test_long_chains_do_not_exhaust_the_stack():
    chain = [ivr(f"m{n}", f"ivr/m{n + 1}") for n in range(3000)] + [ivr("m3000", "hangup")]
    result = placed(chain)
    assert names(result)[0] == "ivr/office/m3000"
    ring = [ivr(f"m{n}", f"ivr/m{(n + 1) % 3000}") for n in range(3000)]
    assert len(placed(ring)) == 6000


def test_deletes_are_reversed_by_what_is_there_too_not_only_by_what_we_wrote():
    menu = owned("ivr/office/a", options={})
    now = [
        there("ivr/office/a", options={}, on_invalid="extension/1001"),
        there(EXTENSIONS[0].address, EXTENSIONS[0].fields),
    ]
    result = placed([], now, [owned(EXTENSIONS[0]), menu], [pbx()])
    assert names(result) == ["ivr/office/a", "extension/office/1001"]


def test_a_cycle_of_deletes_over_two_pbxs_is_broken_between_them():
    """Each PBX sees only its own half: there, what is referred to goes last."""
    rows = [
        owned("ivr/office/main", options={"1": "branch:ivr/night"}),
        owned("ivr/office/night", options={"1": "ivr/main"}),
        owned("ivr/branch/night", options={"1": "office:ivr/night"}),
    ]
    here = answered([there(each.address, each.fields) for each in rows[:2]])
    away = answered([there(rows[2].address, rows[2].fields)], "pbx/branch")
    found = compare(desired([], [pbx(), pbx("branch")]), live(here, away), ownership(*rows))
    order_of = names(order(found.changes))
    assert order_of.index("ivr/office/night") < order_of.index("ivr/office/main")


def test_a_circle_of_deletes_is_broken_at_one_object_and_in_order_behind_it():
    ring = [ivr("main", "ivr/sales"), ivr("night", "ivr/main"), ivr("sales", "ivr/night")]
    now = [there(each.address, each.fields) for each in ring]
    result = placed([], now, map(owned, ring), [pbx()])
    assert names(result) == ["ivr/office/main", "ivr/office/sales", "ivr/office/night"]


@pytest.mark.parametrize("seed", range(4))
def test_many_that_become_possible_at_once_come_by_their_addresses(seed):
    many = [resource(f"ring_group/office/{n}", name="x", members=["1001"]) for n in range(600, 640)]
    changes = list(compare(desired([EXTENSIONS[0], *many]), live(answered()), ownership()).changes)
    random.Random(seed).shuffle(changes)
    assert names(order(changes)) == sorted(names(order(changes)))


def test_an_extension_of_another_pbx_is_meant_by_its_own_address():
    found = references_in(at("ring_group/office/600"), {"members": ["1001", "branch:2001"]})
    assert found == {at("extension/office/1001"), at("extension/branch/2001")}
