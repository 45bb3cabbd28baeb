"""What a plan finds: changes, drift and conflicts apart; nothing believed absent without proof."""

import pytest

from reconciler.model.change import Adopt, Create, Delete, Forget, Move, Replace, Update
from reconciler.model.live import UNFINISHED, Edit, is_returned
from reconciler.model.resource import Meta
from reconciler.model.secret import Secret
from reconciler.model.value import UNSET
from reconciler.testing.building import (
    answered,
    at,
    desired,
    live,
    owned,
    ownership,
    pbx,
    resource,
    site,
    there,
)
from tests.unit.planning.paper import PaperAdapter, compare, only

ADA = "extension/office/1001"


def wish(**fields):
    return desired([resource(ADA, {"name": "Ada", **fields})])


def now(**fields):
    return live(answered([there(ADA, {"name": "Ada", **fields})]))


def ledger(**fields):
    return ownership(owned(ADA, {"name": "Ada", **fields}))


def causes(change):
    return {each.path: each.cause for each in change.fields}


# Absent, equal, different


def test_what_is_absent_is_created_with_what_was_declared():
    change = only(compare(wish(ring_time=30), live(answered())))
    assert isinstance(change, Create)
    assert change.after == {"name": "Ada", "ring_time": 30}
    assert not change.recreated
    assert change.origin is not None
    assert change.target == "pbx/office"


def test_a_create_leaves_out_what_is_to_be_empty():
    change = only(compare(wish(dtmf=None), live(answered())))
    assert change.after == {"name": "Ada"}


def test_a_create_fills_ignored_fields_because_a_new_object_needs_them():
    entry = resource(ADA, {"name": "Ada", "ring_time": 30}, meta=Meta(ignore=("ring_time",)))
    assert only(compare(desired([entry]), live(answered()))).after["ring_time"] == 30


def test_ours_that_somebody_deleted_is_recreated_and_said_to_be():
    change = only(compare(wish(), live(answered()), ledger()))
    assert isinstance(change, Create)
    assert change.recreated
    assert not change.left


def test_what_left_a_file_of_others_has_left_it():
    """Of a platform that has such files; elsewhere an id is no place."""
    known = ownership(owned(ADA, {"name": "Ada"}, native_id="pjsip.conf [1001]"))
    by_hand = PaperAdapter()
    by_hand.handwritten = True
    for adapter, left in ((by_hand, "pjsip.conf [1001]"), (PaperAdapter(), "")):
        change = only(compare(wish(), live(answered()), known, adapter))
        assert isinstance(change, Create)
        assert (change.recreated, change.left) == (True, left)


@pytest.mark.parametrize("name", ["Ada", "Ada Lind"])
def test_what_stands_in_a_file_of_others_again_is_not_as_we_left_it(name: str) -> None:
    """Of a platform that has such files, and of what stood in ours."""
    by_hand = PaperAdapter()
    by_hand.handwritten = True
    place = "pjsip.conf [1001]"
    here = live(answered([there(ADA, {"name": name}, native_id=place, locked="by hand")]))
    change = only(compare(wish(), here, ledger(), by_hand))
    assert isinstance(change, Update)
    assert is_returned(change.edits)
    assert change.edits[0].where == place
    assert causes(change) == ({} if name == "Ada" else {"name": "drift"})
    left_there = ownership(owned(ADA, {"name": name}, native_id=place))
    for known, adapter in ((left_there, by_hand), (ledger(name=name), PaperAdapter())):
        found = compare(wish(), here, known, adapter).changes
        assert not any(is_returned(each.edits) for each in found)


def test_equal_objects_match_and_nothing_is_planned():
    found = compare(wish(ring_time=30), now(ring_time=30, dtmf="rfc4733"), ledger(ring_time=30))
    assert found.changes == ()
    assert found.waiting == ()
    assert found.matching == 1


@pytest.mark.parametrize(
    ("want", "last", "here", "cause"),
    [
        (30, 20, 20, "change"),
        (20, 20, 25, "drift"),
        (30, 20, 25, "conflict"),
        (30, 25, 25, "change"),
    ],
)
def test_the_cause_of_a_difference(want, last, here, cause):
    change = only(compare(wish(ring_time=want), now(ring_time=here), ledger(ring_time=last)))
    assert isinstance(change, Update)
    assert causes(change) == {"ring_time": cause}
    assert change.fields[0].before == here
    assert change.fields[0].after == want


def test_a_field_that_was_never_applied_before_is_a_change():
    change = only(compare(wish(ring_time=30), now(ring_time=20), ledger()))
    assert causes(change) == {"ring_time": "change"}


def test_a_field_that_somebody_removed_is_drift():
    change = only(compare(wish(ring_time=30), now(), ledger(ring_time=30)))
    assert causes(change) == {"ring_time": "drift"}
    assert change.fields[0].before is UNSET


def test_changes_drift_and_conflicts_of_one_object_are_told_apart():
    change = only(
        compare(
            wish(ring_time=30, max_contacts=2, call_waiting=False),
            now(ring_time=20, max_contacts=5, call_waiting=True),
            ledger(ring_time=20, max_contacts=2, call_waiting=None),
        )
    )
    assert causes(change) == {
        "ring_time": "change",
        "max_contacts": "drift",
        "call_waiting": "conflict",
    }


def test_an_update_says_the_whole_object_before_and_after():
    change = only(
        compare(
            wish(ring_time=30), now(ring_time=20, mailbox_context="branch"), ledger(ring_time=20)
        )
    )
    assert change.before == {"name": "Ada", "ring_time": 20, "mailbox_context": "branch"}
    assert change.after == {"name": "Ada", "ring_time": 30, "mailbox_context": "branch"}


def test_undeclared_fields_are_nobodys_business():
    assert compare(wish(), now(ring_time=99, dtmf="info"), ledger()).changes == ()


def test_none_makes_empty_and_empty_is_nothing_to_do():
    change = only(compare(wish(dtmf=None), now(dtmf="info"), ledger(dtmf="info")))
    assert change.fields[0].after is None
    assert compare(wish(dtmf=None), now(), ledger(dtmf=None)).changes == ()
    assert compare(wish(dtmf=None), now(dtmf=None), ledger(dtmf=None)).changes == ()


def test_hand_edits_below_fields_are_drift_and_make_an_update():
    edits = [Edit("extensions.conf [x]", "a", "b")]
    change = only(compare(wish(), live(answered([there(ADA, name="Ada", edits=edits)])), ledger()))
    assert isinstance(change, Update)
    assert change.edits == tuple(edits)
    assert change.fields == ()


def test_what_a_run_was_stopped_at_is_not_said_to_be_somebodys_work():
    left = [Edit("extensions.conf [x]", "a", None), Edit("extensions.conf [x]", "b", None)]
    half = live(answered([there(ADA, name="Ada", edits=left)]))
    stopped = ledger()._replace(unproved={"pbx/office": (at(ADA),)})
    change = only(compare(wish(), half, stopped))
    assert change.edits == (Edit(UNFINISHED, "written whole", "written in part"),)
    elsewhere = ledger()._replace(unproved={"pbx/office": (at("extension/office/1002"),)})
    assert only(compare(wish(), half, elsewhere)).edits == tuple(left)


# Ignore


def test_ignored_fields_and_sections_are_left_alone():
    entry = resource(
        ADA,
        {"name": "Ada", "ring_time": 30, "voicemail.email": "a@example.com", "voicemailx": 1},
        meta=Meta(ignore=("ring_time", "voicemail")),
    )
    here = live(answered([there(ADA, name="Ada", ring_time=5, **{"voicemail.email": "b@b.org"})]))
    change = only(compare(desired([entry]), here, ownership(owned(entry))))
    assert [each.path for each in change.fields] == ["voicemailx"]


# Fields that left the files


def test_a_field_that_we_set_and_that_left_the_files_goes_back_to_the_default():
    change = only(compare(wish(), now(ring_time=30), ledger(ring_time=30)))
    assert [(f.path, f.before, f.after, f.cause) for f in change.fields] == [
        ("ring_time", 30, 20, "change")
    ]


def test_the_platforms_own_default_goes_before_the_kinds():
    change = only(
        compare(
            wish(), now(ring_time=30), ledger(ring_time=30), PaperAdapter(defaults={"ring_time": 7})
        )
    )
    assert change.fields[0].after == 7


def test_a_field_without_default_is_emptied():
    change = only(compare(wish(), now(dtmf="info"), ledger(dtmf="info")))
    assert change.fields[0].after is None


def test_a_field_that_left_the_files_but_was_changed_by_others_is_theirs():
    assert compare(wish(), now(ring_time=45), ledger(ring_time=30)).changes == ()


def test_a_field_that_left_the_files_but_was_there_before_us_stays():
    row = owned(ADA, name="Ada", ring_time=30, found=["ring_time"])
    assert compare(wish(), now(ring_time=30), ownership(row)).changes == ()


def test_a_field_that_left_the_files_with_its_default_is_nothing_to_do():
    assert compare(wish(), now(ring_time=20), ledger(ring_time=20)).changes == ()


def test_a_field_that_left_the_files_and_is_ignored_stays():
    entry = resource(ADA, {"name": "Ada"}, meta=Meta(ignore=("ring_time",)))
    assert compare(desired([entry]), now(ring_time=30), ledger(ring_time=30)).changes == ()


def test_removing_a_field_that_we_never_set_changes_nothing():
    assert compare(wish(), now(ring_time=30), ledger()).changes == ()


# Secrets and fields that do not read back


def secret(mark, reference="store:x"):
    return Secret(reference, mark)


def test_equal_fingerprints_are_equal_whatever_the_reference():
    here = now(secret=Secret(None, "f1"))
    assert compare(wish(secret=secret("f1")), here, ledger(secret=Secret(None, "f1"))).changes == ()


def test_another_secret_is_a_change():
    change = only(
        compare(
            wish(secret=secret("f2")),
            now(secret=Secret(None, "f1")),
            ledger(secret=Secret(None, "f1")),
        )
    )
    assert causes(change) == {"secret": "change"}


def test_a_secret_that_the_platform_does_not_give_back_is_compared_with_the_ledger():
    adapter = PaperAdapter(unreadable=["secret"])
    same = ledger(secret=Secret(None, "f1"))
    assert compare(wish(secret=secret("f1")), now(), same, adapter).changes == ()
    change = only(compare(wish(secret=secret("f2")), now(), same, adapter))
    assert causes(change) == {"secret": "change"}


def test_an_unreadable_secret_of_an_object_that_is_not_ours_is_written():
    adapter = PaperAdapter(unreadable=["secret"])
    change = only(compare(wish(secret=secret("f1")), now(), None, adapter))
    assert isinstance(change, Adopt)
    assert [(each.path, each.before) for each in change.fields] == [("secret", UNSET)]


def test_a_masked_secret_is_compared_with_the_ledger():
    here = now(secret=Secret(None, None))
    assert compare(wish(secret=secret("f1")), here, ledger(secret=Secret(None, "f1"))).changes == ()


def test_a_plain_field_that_does_not_read_back_is_written_once():
    adapter = PaperAdapter(unreadable=["class_of_service"])
    change = only(compare(wish(class_of_service="staff"), now(), ledger(), adapter))
    assert [each.path for each in change.fields] == ["class_of_service"]
    row = ledger(class_of_service="staff")
    assert compare(wish(class_of_service="staff"), now(), row, adapter).changes == ()


def test_an_unreadable_field_that_left_the_files_is_reset_too():
    adapter = PaperAdapter(unreadable=["class_of_service", "secret"])
    row = ledger(class_of_service="staff", secret=Secret("store:x", "f1"))
    change = only(compare(wish(), now(), row, adapter))
    assert {each.path: each.after for each in change.fields} == {
        "class_of_service": None,
        "secret": None,
    }


# Adopt


def test_what_exists_and_is_not_ours_is_adopted_never_created():
    change = only(compare(wish(ring_time=30), now(ring_time=20), None))
    assert isinstance(change, Adopt)
    assert causes(change) == {"ring_time": "change"}


def test_adopting_what_is_equal_writes_nothing():
    change = only(compare(wish(), now(), None))
    assert isinstance(change, Adopt)
    assert change.fields == ()


def test_adopting_what_cannot_be_changed_in_place_replaces_it():
    change = only(
        compare(
            wish(transport="tls"), now(transport="udp"), None, PaperAdapter(immutable=["transport"])
        )
    )
    assert isinstance(change, Replace)
    assert change.because == ("transport",)


# Replace


def test_an_immutable_field_replaces_and_says_because_of_which():
    change = only(
        compare(
            wish(transport="tls", ring_time=30),
            now(transport="udp", ring_time=20),
            ledger(transport="udp", ring_time=20),
            PaperAdapter(immutable=["transport"]),
        )
    )
    assert isinstance(change, Replace)
    assert change.because == ("transport",)
    assert {each.path for each in change.fields} == {"transport", "ring_time"}


def test_mutable_fields_beside_an_immutable_one_that_is_equal_only_update():
    change = only(
        compare(
            wish(transport="udp", ring_time=30),
            now(transport="udp", ring_time=20),
            ledger(transport="udp", ring_time=20),
            PaperAdapter(immutable=["transport"]),
        )
    )
    assert isinstance(change, Update)


# Unknown is not absent


@pytest.mark.parametrize(
    "target",
    [
        answered(unreachable="no answer"),
        answered(complete=["trunk"]),
        answered(unread={ADA: "timed out"}),
    ],
)
def test_what_could_not_be_read_waits_and_is_neither_created_nor_deleted(target):
    found = compare(wish(), live(target))
    assert found.changes == ()
    assert [each.address for each in found.waiting] == [at(ADA)]
    assert found.waiting[0].reason
    ours = compare(desired([], [pbx()]), live(target), ledger())
    assert ours.changes == ()
    assert [each.address for each in ours.waiting] == [at(ADA)]


def test_a_phone_does_not_get_a_password_that_its_pbx_cannot_be_given_now():
    """It would register with it, be refused, and nobody could call from it, nor for help."""
    phone = resource("phone/home/desk", {"lines": [{"extension": "1001"}], "files.a": "new"},
                     needs=[ADA])  # fmt: skip
    was = there("phone/home/desk", {"lines": [{"extension": "1001"}], "files.a": "old"})
    down = live(answered(unreachable="no answer"), answered([was], "site/home"))

    def found(wanted, known, unproved=()):
        number = resource(ADA, {"name": "Ada", "secret": Secret("generated", wanted)})
        ours = [owned(ADA, {"name": "Ada", "secret": Secret("generated", known)}),
                owned("phone/home/desk", was.fields)]  # fmt: skip
        rows = ownership(*ours)._replace(unproved={"pbx/office": unproved})
        return compare(desired([number, phone], [pbx(), site()]), down, rows)

    held = found("2", "1")
    assert held.changes == ()
    assert {str(e.address): e.reason for e in held.waiting}["phone/home/desk"] == (
        "pbx/office does not have the password of extension/office/1001 yet: no answer"
    )
    # It was written, and nobody knows whether it is in effect.
    assert found("1", "1", (at(ADA),)).changes == ()
    # The password is the one that the PBX has: a key of the phone need not wait for it.
    assert [str(each.address) for each in found("1", "1").changes] == ["phone/home/desk"]


def test_a_target_that_was_not_read_at_all_waits():
    found = compare(wish(), live())
    assert found.changes == ()
    assert [each.target for each in found.waiting] == ["pbx/office"]


def test_an_object_in_an_incomplete_answer_is_still_compared():
    here = live(answered([there(ADA, name="Ada", ring_time=20)], complete=[]))
    assert isinstance(only(compare(wish(ring_time=30), here, ledger(ring_time=20))), Update)


# Removed


def test_ours_that_left_the_files_is_deleted():
    change = only(compare(desired([], [pbx()]), now(ring_time=9), ledger()))
    assert isinstance(change, Delete)
    assert change.before == {"name": "Ada", "ring_time": 9}


def test_a_delete_remembers_its_secret_by_its_reference_for_a_rollback():
    here = now(secret=Secret(None, "f1"))
    change = only(compare(desired([], [pbx()]), here, ledger(secret=Secret("env:ADA", "f1"))))
    assert change.before["secret"].reference == "env:ADA"
    change = only(compare(desired([], [pbx()]), here, ledger(secret=Secret("env:ADA", "f2"))))
    assert change.before["secret"].reference is None  # somebody else's by now


def test_a_phone_in_maintenance_is_left_alone_hand_edits_included():
    lobby = resource("phone/main/lobby", mac="80:5e:c0:f0:00:01", lifecycle="maintenance")
    edited = there(lobby.address, lobby.fields, edits=[Edit("a.cfg", "1", "2")])
    found = compare(
        desired([lobby]), live(answered([edited], "site/main")), ownership(owned(lobby))
    )
    assert found.changes == ()
    assert [(str(each.address), each.reason) for each in found.waiting] == [
        ("phone/main/lobby", "in maintenance, left alone")
    ]


def test_ours_that_left_the_files_and_is_gone_already_is_forgotten():
    change = only(compare(desired([], [pbx()]), live(answered()), ledger()))
    assert change == Forget(at(ADA), "pbx/office", (), None, 0, gone=True)


def test_on_delete_forget_keeps_the_object():
    row = owned(ADA, name="Ada", on_delete="forget")
    change = only(compare(desired([], [pbx()]), now(), ownership(row)))
    assert isinstance(change, Forget)
    assert not change.gone


@pytest.mark.parametrize(("destroy", "kind"), [(False, Forget), (True, Delete)])
def test_removed_says_whether_to_destroy(destroy, kind):
    for on_delete in ("delete", "forget"):
        row = owned(ADA, name="Ada", on_delete=on_delete)
        estate = desired([], [pbx()], removed=[(ADA, destroy)])
        assert isinstance(only(compare(estate, now(), ownership(row))), kind)


def test_removed_of_what_was_never_ours_touches_nothing():
    estate = desired([], [pbx()], removed=[(ADA, True)])
    found = compare(estate, now())
    assert found.changes == ()
    assert found.unmanaged == {"pbx/office": (at(ADA),)}


def test_ours_on_a_pbx_that_left_the_inventory_waits_until_it_is_said():
    estate = desired([], [pbx("other")])
    found = compare(estate, live(answered([], "pbx/other")), ledger())
    assert found.changes == ()
    assert "no longer in the inventory" in found.waiting[0].reason
    said = desired([], [pbx("other")], removed=[(ADA, False)])
    assert isinstance(only(compare(said, live(answered([], "pbx/other")), ledger())), Forget)


def test_what_is_not_ours_and_not_declared_is_listed_and_not_touched():
    here = live(answered([there(ADA, name="Ada"), there("trunk/office/old", host="h")]))
    found = compare(desired([resource(ADA, name="Ada")]), here, ledger())
    assert found.changes == ()
    assert found.unmanaged["pbx/office"] == (at("trunk/office/old"),)


# Authoritative


def test_authoritative_kinds_lose_what_is_not_declared():
    strangers = [there(f"extension/office/{n}", name="x") for n in (1002, 1003)]
    here = live(answered([there(ADA, name="Ada"), *strangers, there("trunk/office/t", host="h")]))
    estate = desired(
        [resource(ADA, name="Ada")], policy={"authoritative": {"office": ["extension"]}}
    )
    found = compare(estate, here, ledger())
    assert [str(each.address) for each in found.changes] == [
        "extension/office/1002",
        "extension/office/1003",
    ]
    assert all(isinstance(each, Delete) for each in found.changes)


def test_authoritative_deletes_nothing_after_an_incomplete_read():
    here = live(answered([there("extension/office/1002", name="x")], complete=["trunk"]))
    estate = desired([], [pbx()], policy={"authoritative": {"office": ["extension"]}})
    assert compare(estate, here).changes == ()


def test_authoritative_holds_on_the_named_pbx_only():
    here = live(answered([there("extension/office/1002", name="x")]))
    estate = desired([], [pbx()], policy={"authoritative": {"branch": ["extension"]}})
    assert compare(estate, here).changes == ()


# Moved

NEW = "extension/office/1011"


def moved_estate(**fields):
    return desired([resource(NEW, {"name": "Ada", **fields})], moved=[(ADA, NEW)])


def test_moved_renames_with_its_field_changes():
    change = only(compare(moved_estate(ring_time=30), now(ring_time=20), ledger(ring_time=20)))
    assert isinstance(change, Move)
    assert change.source == at(ADA)
    assert change.address == at(NEW)
    assert causes(change) == {"ring_time": "change"}


def test_moved_that_happened_already_is_nothing_to_do():
    here = live(answered([there(NEW, name="Ada")]))
    found = compare(moved_estate(), here, ownership(owned(NEW, name="Ada")))
    assert found.changes == ()


def test_moved_of_what_is_gone_creates_and_forgets():
    found = compare(moved_estate(), live(answered()), ledger())
    assert {type(each) for each in found.changes} == {Create, Forget}


def test_moved_onto_something_that_exists_adopts_it_and_deletes_the_old_one():
    here = live(answered([there(ADA, name="Ada"), there(NEW, name="Somebody")]))
    found = compare(moved_estate(), here, ledger())
    assert {str(each.address): type(each) for each in found.changes} == {NEW: Adopt, ADA: Delete}


def test_moved_of_what_was_never_ours_creates_and_leaves_the_other_alone():
    found = compare(moved_estate(), now())
    assert isinstance(only(found), Create)
    assert at(ADA) in found.unmanaged["pbx/office"]


def test_moved_whose_source_could_not_be_read_waits_instead_of_making_a_double():
    here = live(answered([], unread={ADA: "timed out"}))
    found = compare(moved_estate(), here, ledger())
    assert found.changes == ()
    assert {each.address for each in found.waiting} == {at(NEW)}


def test_moved_to_another_pbx_creates_there_and_deletes_here():
    away = "extension/branch/1001"
    estate = desired([resource(away, name="Ada")], [pbx(), pbx("branch")], moved=[(ADA, away)])
    here = live(answered([there(ADA, name="Ada")]), answered([], "pbx/branch"))
    found = compare(estate, here, ledger())
    assert {str(each.address): type(each) for each in found.changes} == {away: Create, ADA: Delete}


def test_a_moved_secret_is_not_changed_by_its_new_address():
    # Live is fingerprinted under the new address, the ledger still under the old one.
    found = compare(
        moved_estate(secret=secret("new")),
        now(secret=Secret(None, "new")),
        ledger(secret=Secret(None, "old")),
    )
    assert only(found).fields == ()


def test_moved_that_cannot_be_renamed_in_place_with_an_immutable_change_is_replaced():
    found = compare(
        moved_estate(transport="tls"),
        now(transport="udp"),
        ledger(transport="udp"),
        PaperAdapter(immutable=["transport"]),
    )
    assert {str(each.address): type(each) for each in found.changes} == {NEW: Create, ADA: Delete}


# Determinism


def test_the_diff_does_not_look_at_the_order_of_the_ledger():
    rows = [owned(f"extension/office/{n}", name="x") for n in range(100, 110)]
    here = live(answered([there(row.address, row.fields) for row in rows]))
    one = compare(desired([], [pbx()]), here, ownership(*rows))
    two = compare(desired([], [pbx()]), here, ownership(*reversed(rows)))
    assert sorted(one.changes, key=lambda c: c.address) == sorted(
        two.changes, key=lambda c: c.address
    )
