"""What the ledger says afterwards: what we wrote, what we only found, what we no longer own."""

from reconciler.model.resource import Meta
from reconciler.planning.narrow import narrow
from reconciler.planning.record import owned_after, refreshed
from reconciler.planning.select import Selection
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
from tests.unit.planning.paper import PaperAdapter, compare, only

ADA = resource("extension/office/1001", name="Ada", ring_time=30)


def after(wish, now, *rows, adapter=None):
    ledger = ownership(*rows)
    change = only(compare(wish, live(answered(now)), ledger, adapter))
    return owned_after(change, wish, ledger)


def test_what_we_created_is_all_ours():
    row = after(desired([ADA]), [])
    assert row.fields == {"name": "Ada", "ring_time": 30}
    assert (row.how, row.found) == ("created", ())


def test_what_we_adopted_remembers_what_was_there_before_us():
    row = after(desired([ADA]), [there(ADA.address, name="Ada", ring_time=20)])
    assert row.how == "adopted"
    assert row.found == ("name",)
    assert row.fields == {"name": "Ada", "ring_time": 30}


def test_mending_drift_alone_makes_no_wish_of_the_files_ours():
    wish, row = desired([ADA]), owned(ADA, name="Ada", ring_time=20)
    here = live(answered([there(ADA.address, name="Hacked", ring_time=20)]))
    found = compare(wish, here, ownership(row))
    change = only(narrow(Selection(only_drift=True), found))
    assert owned_after(change, wish, ownership(row)).fields == {"name": "Ada", "ring_time": 20}


def test_what_was_only_found_stays_found_until_we_write_it():
    row = owned(ADA, how="adopted", found=["name", "ring_time"])
    here = [there(ADA.address, name="Ada", ring_time=20)]
    assert after(desired([ADA]), here, row).found == ("name",)


def test_what_we_wrote_once_stays_ours():
    wish = desired([resource(ADA.address, name="Ada B", ring_time=30)])
    assert after(wish, [there(ADA.address, ADA.fields)], owned(ADA)).found == ()


def test_what_we_replaced_we_wrote_whole():
    wish = desired([resource(ADA.address, name="Ada", transport="tls")])
    row = after(
        wish,
        [there(ADA.address, name="Ada", transport="udp")],
        owned(ADA.address.__str__(), name="Ada", transport="udp", found=["name"], how="adopted"),
        adapter=PaperAdapter(immutable=["transport"]),
    )
    assert row.found == ()


def test_ignored_fields_are_not_remembered():
    entry = resource(ADA.address, ADA.fields, meta=Meta(ignore=("ring_time",)))
    assert after(desired([entry]), []).fields == {"name": "Ada"}


def test_protection_and_what_happens_on_delete_are_remembered():
    entry = resource(ADA.address, ADA.fields, meta=Meta(protect=True, on_delete="forget"))
    row = after(desired([entry]), [])
    assert row.protect
    assert row.on_delete == "forget"


def test_needs_are_remembered_so_that_deletes_can_be_reversed():
    group = resource("ring_group/office/600", name="x", members=["1001"])
    wish = desired([ADA, group])
    changes = compare(wish, live(answered([there(ADA.address, ADA.fields)])), ownership(owned(ADA)))
    assert owned_after(only(changes), wish, ownership()).needs == (ADA.address,)


def test_what_we_deleted_or_forgot_is_not_ours():
    assert after(desired([], [pbx()]), [there(ADA.address, ADA.fields)], owned(ADA)) is None
    assert after(desired([], [pbx()]), [], owned(ADA)) is None


def test_a_move_takes_its_history_along():
    wish = desired(
        [resource("extension/office/1011", name="Ada")],
        moved=[("extension/office/1001", "extension/office/1011")],
    )
    row = after(
        wish,
        [there(ADA.address, name="Ada")],
        owned("extension/office/1001", name="Ada", how="adopted", found=["name"]),
    )
    assert row.address == at("extension/office/1011")
    assert (row.how, row.found) == ("adopted", ("name",))


# Refreshed


def test_a_newly_declared_field_that_is_so_already_is_remembered_as_found():
    rows = refreshed(desired([ADA]), ownership(owned(str(ADA.address), name="Ada")), frozenset())
    assert [(each.fields, each.found) for each in rows] == [(ADA.fields, ("ring_time",))]


def test_new_protection_is_remembered_without_a_write():
    entry = resource(ADA.address, ADA.fields, meta=Meta(protect=True))
    rows = refreshed(desired([entry]), ownership(owned(ADA)), frozenset())
    assert [each.protect for each in rows] == [True]


def test_nothing_new_is_nothing_to_write():
    assert refreshed(desired([ADA]), ownership(owned(ADA)), frozenset()) == ()


def test_nothing_new_with_ignored_fields_is_nothing_to_write():
    entry = resource(ADA.address, ADA.fields, meta=Meta(ignore=("ring_time",)))
    row = owned(str(ADA.address), name="Ada")
    assert refreshed(desired([entry]), ownership(row), frozenset()) == ()


def test_what_steps_take_care_of_is_left_to_them():
    entry = resource(ADA.address, name="other")
    changed = frozenset({ADA.address})
    assert refreshed(desired([entry]), ownership(owned(ADA)), changed) == ()


def test_a_field_that_left_the_files_leaves_the_ledger():
    rows = refreshed(
        desired([resource(ADA.address, name="Ada")]), ownership(owned(ADA)), frozenset()
    )
    assert [dict(each.fields) for each in rows] == [{"name": "Ada"}]
