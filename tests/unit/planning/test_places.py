"""Which objects stand elsewhere in the platform's list than they shall."""

from hypothesis import given
from hypothesis import strategies as st

from reconciler.adapters.freepbx import ADAPTER
from reconciler.diagnostics.place import Place
from reconciler.model.live import Live, LiveObject, TargetLive
from reconciler.model.target import Target
from reconciler.planning.places import misplaced
from reconciler.testing.building import desired, resource


def found(orders, places):
    """The keys that have to move, given what is wanted and where each stands."""
    at = Target("pbx/office", "office", "freepbx", {}, Place("a.yaml", 0, ()), 1)
    wanted = [resource(f"outbound_route/office/{k}", {"order": v}) for k, v in orders.items()]
    wish = desired(wanted, [at])
    objects = {
        each.address: LiveObject(each.address, {}, told={"order": places[each.address.key]})
        for each in wanted
        if each.address.key in places
    }
    live = Live({at.id: TargetLive(at.id, objects=objects)})
    return {address.key for address, _ in misplaced(wish, live, {"freepbx": ADAPTER})}


def test_in_order_nothing_has_to_move_wherever_others_stand():
    assert found({"a": 10, "b": 20, "c": 30}, {"a": 2, "b": 5, "c": 9}) == set()


def test_the_fewest_that_have_to_move_are_named():
    assert found({"a": 10, "b": 20, "c": 30}, {"a": 9, "b": 2, "c": 5}) == {"a"}


def test_what_is_not_there_has_no_place():
    assert found({"a": 10, "b": 20}, {"b": 1}) == set()


@given(st.permutations(range(7)))
def test_whoever_stays_stands_in_order(places):
    orders = {f"r{number}": number for number in range(7)}
    at = {f"r{number}": place for number, place in enumerate(places)}
    moved = found(orders, at)
    kept = [at[each] for each in orders if each not in moved]
    assert kept == sorted(kept)
    assert (moved == set()) == (list(places) == sorted(places))
