"""Steps: ids that people read, needs across targets, fingerprints to compare, one commit each."""

import pytest

from reconciler.model.live import Edit, LiveObject, live_fingerprint
from reconciler.planning.lower import writes
from reconciler.planning.plan import plan
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
from tests.unit.planning.paper import PaperAdapter

ADA = resource("extension/office/1001", name="Ada")
BEN = resource("extension/office/1002", name="Ben")


def make(wish, now, ledger=None, *, reloads=True, **more):
    adapters = {"memory": PaperAdapter(reloads=reloads)}
    return plan(wish, now, ledger or ownership(), adapters, **more)


def steps(found):
    return {each.id: each for each in found.steps}


def office(*objects, **more):
    return live(answered(objects, **more))


def test_ids_say_what_is_done_to_what():
    rows = [owned("extension/office/1009", name="x"), owned("extension/office/1008", name="y")]
    wish = desired(
        [ADA, BEN, resource("extension/office/1007", name="z")],
        moved=[("extension/office/1008", "extension/office/1007")],
    )
    now = office(
        there(BEN.address, name="Benny"),
        there("extension/office/1009", name="x"),
        there("extension/office/1008", name="y"),
    )
    assert list(steps(make(wish, now, ownership(*rows)))) == [
        "create extension/office/1001",
        "adopt extension/office/1002",
        "move extension/office/1007",
        "delete extension/office/1009",
    ]


def test_what_sends_nothing_has_no_requests_and_wants_no_commit():
    now = office(there(ADA.address, ADA.fields))
    found = make(desired([ADA]), now)
    assert [(each.id, each.requests) for each in found.steps] == [
        ("adopt extension/office/1001", ())
    ]
    assert found.commits == ()
    assert not found.is_empty
    forgotten = make(desired([], [pbx()]), office(), ownership(owned(ADA)))
    assert [each.requests for each in forgotten.steps] == [()]
    assert forgotten.commits == ()


def test_before_is_the_fingerprint_of_what_was_there():
    here = there(ADA.address, name="Old")
    found = make(desired([ADA, BEN]), office(here), ownership(owned(ADA)))
    assert steps(found)["update extension/office/1001"].before == live_fingerprint(here)
    assert steps(found)["create extension/office/1002"].before == ""


def test_before_of_a_move_is_the_fingerprint_of_the_old_address():
    here = there("extension/office/1000", name="Ada")
    wish = desired([ADA], moved=[("extension/office/1000", "extension/office/1001")])
    found = make(wish, office(here), ownership(owned("extension/office/1000", name="Ada")))
    assert found.steps[0].before == live_fingerprint(here)


def test_hand_edits_are_part_of_the_fingerprint():
    plain = LiveObject(ADA.address, {"name": "Ada"})
    edited = LiveObject(ADA.address, {"name": "Ada"}, edits=(Edit("x.conf", "a", "b"),))
    assert live_fingerprint(plain) != live_fingerprint(edited)
    assert live_fingerprint(None) == ""


def test_a_commit_per_target_that_is_written_to():
    there_too = resource("extension/branch/1001", name="Ada")
    found = make(desired([ADA, there_too]), live(answered(), answered([], "pbx/branch")))
    assert [each.id for each in found.commits] == ["commit pbx/branch", "commit pbx/office"]
    assert found.commits[1].needs == ("create extension/office/1001",)
    assert found.commits[1].summary == "reload office"


def test_a_commit_sees_what_will_be_there_ours_and_others():
    now = office(there("extension/office/1009", name="x"), there("trunk/office/old", host="h"))
    gone = ownership(owned("extension/office/1009", name="x"))
    found = make(desired([ADA]), now, gone)
    assert found.commits[0].requests[0].args["objects"] == [
        "extension/office/1001",
        "trunk/office/old",
    ]


def test_what_is_written_once_for_many_names_nothing_out_of_files_of_somebodys_own():
    now = office(there("trunk/office/old", host="h", locked="it stands in pjsip.conf"))
    assert make(desired([ADA]), now).commits[0].requests[0].args["objects"] == [str(ADA.address)]


def test_a_line_that_somebody_broke_in_what_is_written_for_many_is_mended_by_a_commit():
    now = office(there(ADA.address, ADA.fields), edits=(Edit("index.conf", "a", "b"),))
    (commit,) = make(desired([ADA]), now, ownership(owned(ADA))).commits
    assert commit.requests[0].args["edits"] == ["index.conf"]


def test_what_is_written_once_for_many_knows_what_nobody_can_read_back():
    adapter = PaperAdapter(reloads=True, unreadable=["voicemail.pin"])
    ben = resource(BEN.address, {"name": "Ben", "voicemail.pin": "1234"})
    rows = ownership(owned(ben))
    plan(desired([ADA, ben]), office(there(BEN.address, name="Ben")), rows, {"memory": adapter})
    assert adapter.after[BEN.address]["voicemail.pin"] == "1234"


def test_an_owed_commit_is_made_up_for_although_nothing_differs():
    owes = ownership(owned(ADA), owed={"pbx/office": "killed before the reload"})
    found = make(desired([ADA]), office(there(ADA.address, ADA.fields)), owes)
    assert found.changes == ()
    assert [each.id for each in found.commits] == ["commit pbx/office"]
    assert found.commits[0].needs == ()
    assert not found.is_empty


@pytest.mark.parametrize("owed", [{}, {"pbx/office": "killed before the reload"}])
def test_a_commit_makes_up_for_an_owed_one_too(owed):
    wish = desired([ADA, resource("extension/office/1002", name="Ben")])
    owes = ownership(owned(ADA), owed=owed)
    (commit,) = make(wish, office(there(ADA.address, ADA.fields)), owes).commits
    assert commit.requests[0].args.get("everything", False) == bool(owed)


def test_no_commit_is_planned_on_a_target_that_cannot_be_reached():
    owes = ownership(owned(ADA), owed={"pbx/office": "killed", "pbx/gone": "killed"})
    found = make(desired([ADA]), office(unreachable="no answer"), owes)
    assert found.commits == ()
    assert found.steps == ()


def test_platforms_that_are_live_at_once_have_no_commit():
    assert make(desired([ADA]), office(), reloads=False).commits == ()


# Across targets

PHONE = resource(
    "phone/home/desk",
    mac="80:5e:c0:f0:01:21",
    model="T43U",
    lines=[{"extension": "1001"}],
    needs=["extension/office/1001"],
)


def both(*objects):
    mine = [each for each in objects if each.address.scope == "office"]
    phones = [each for each in objects if each.address.scope == "home"]
    return live(answered(mine), answered(phones, "site/home"))


def test_what_another_target_provides_counts_once_it_is_in_effect():
    found = make(desired([ADA, PHONE]), both())
    assert steps(found)["create phone/home/desk"].needs == (
        "create extension/office/1001",
        "commit pbx/office",
    )


def test_no_wait_for_a_commit_that_there_will_not_be():
    found = make(desired([ADA, PHONE]), both(), reloads=False)
    assert steps(found)["create phone/home/desk"].needs == ("create extension/office/1001",)


def test_what_is_there_already_is_not_waited_for():
    found = make(desired([ADA, PHONE]), both(there(ADA.address, name="Ada")), ownership(owned(ADA)))
    assert steps(found)["create phone/home/desk"].needs == ()


def test_what_a_failed_commit_left_is_waited_for_by_who_depends_on_it():
    """Else a phone fetches a password that its PBX holds in files and does not know yet."""
    ours = there(ADA.address, ADA.fields)
    owes = ownership(owned(ADA), owed={"pbx/office": "failed"})._replace(
        unproved={"pbx/office": (ADA.address,)},
    )
    found = make(desired([ADA, PHONE]), both(ours), owes)
    assert steps(found)["create phone/home/desk"].needs == ("commit pbx/office",)
    # What was in effect before is no reason to wait.
    others = owes._replace(unproved={"pbx/office": (BEN.address,)})
    assert (
        steps(make(desired([ADA, PHONE]), both(ours), others))["create phone/home/desk"].needs == ()
    )


def assert_can_end(found):
    """Walk the steps as apply does: everything must get its turn."""
    needs = {each.id: set(each.needs) for each in found.steps}
    for commit in found.commits:
        needs[commit.id] = {each.id for each in found.steps if each.target == commit.target}
    done = set()
    while len(done) < len(needs):
        ready = {each for each, wants in needs.items() if each not in done and wants <= done}
        assert ready, f"never: {sorted(needs.keys() - done)}"
        done |= ready


def test_two_pbxs_that_point_at_each_other_do_not_wait_for_each_other_forever():
    wish = desired(
        [
            ADA,
            resource("extension/branch/2001", name="Zoe"),
            resource("inbound_route/office/+1", destination="branch:extension/2001"),
            resource("inbound_route/branch/+2", destination="office:extension/1001"),
        ]
    )
    found = make(wish, live(answered(), answered([], "pbx/branch")))
    assert_can_end(found)
    route = steps(found)["create inbound_route/office/+1"]
    assert "create extension/branch/2001" in route.needs


def test_a_phone_that_gets_a_new_extension_while_its_old_one_goes_does_not_block():
    new = resource(
        "phone/home/desk",
        {**PHONE.fields, "lines": [{"extension": "1002"}]},
        needs=["extension/office/1002"],
    )
    rows = ownership(owned(ADA), owned(PHONE))
    now = both(there(ADA.address, ADA.fields), there(PHONE.address, PHONE.fields))
    assert_can_end(make(desired([BEN, new], [pbx(), site()]), now, rows))


def test_deletes_across_targets_are_reversed():
    now = both(there(ADA.address, ADA.fields), there(PHONE.address, PHONE.fields))
    rows = ownership(owned(ADA), owned(PHONE)._replace(needs=(ADA.address,)))
    found = make(desired([], [pbx(), site()]), now, rows)
    assert steps(found)["delete extension/office/1001"].needs == ("delete phone/home/desk",)
    assert_can_end(found)


# Cycles


def cycle():
    return desired(
        [
            resource("ivr/office/a", timeout=5, options={"1": "ivr/b", "9": "hangup"}),
            resource("ivr/office/b", options={"1": "ivr/a"}),
        ]
    )


def test_links_come_after_both_creates_and_skip_the_comparison_with_the_plan():
    found = make(cycle(), office())
    link = steps(found)["link ivr/office/a"]
    assert link.needs == ("create ivr/office/a", "create ivr/office/b")
    assert link.phase == "link"
    assert len(found.changes) == 2


def test_the_first_half_of_a_cycle_is_remembered_as_what_it_wrote():
    found = make(cycle(), office())
    half = steps(found)["create ivr/office/a"].owned
    assert half.fields == {"timeout": 5, "options": {"9": "hangup"}}
    whole = steps(found)["link ivr/office/a"].owned
    assert whole.fields == {"timeout": 5, "options": {"1": "ivr/b", "9": "hangup"}}
    assert (whole.how, whole.found) == ("created", ())


# What the ledger will say


def test_steps_carry_the_ledger_row_of_their_success():
    found = make(
        desired([ADA]),
        office(there("extension/office/1009", name="x")),
        ownership(owned("extension/office/1009", name="x")),
    )
    assert steps(found)["create extension/office/1001"].owned.fields == {"name": "Ada"}
    assert steps(found)["delete extension/office/1009"].owned is None


def test_writes_tells_quiet_changes_from_loud_ones():
    found = make(
        desired([ADA, BEN]),
        office(there(ADA.address, ADA.fields), there(BEN.address, name="Benny")),
    )
    assert [writes(each) for each in found.changes] == [False, True]
    assert at("extension/office/1001") == found.changes[0].address
