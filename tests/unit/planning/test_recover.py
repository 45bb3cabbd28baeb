"""After a kill: what is there now says what became of each step that was begun."""

import pytest

from reconciler.adapter import Support
from reconciler.model.live import live_fingerprint
from reconciler.model.secret import Secret
from reconciler.planning.recover import OpenIntent, recover
from reconciler.testing.building import answered, at, live, owned, ownership, there

ADA = "extension/office/1001"
NEW = "extension/office/1011"


def run(intents, now, ledger=None, *, unreadable=(), **answer):
    state = live(answered(now, **answer))
    return recover(
        intents,
        state,
        ledger or ownership(),
        lambda _target, kind: Support(kind, unreadable=frozenset(unreadable)),
        lambda target, address: live_fingerprint(state.targets[target].objects.get(address)),
    )


def intent(before, row, *, source=None, address=ADA, number=3):
    return OpenIntent(
        number,
        f"step {address}",
        "pbx/office",
        at(address),
        before,
        row,
        at(source) if source else None,
    )


def states(result):
    return [each.state for outcomes in result.outcomes.values() for each in outcomes]


def test_a_create_that_was_not_written():
    result = run([intent("", owned(ADA, name="Ada"))], [])
    assert states(result) == ["skipped"]
    assert result.owned == ()
    assert result.ownership.objects == {}


def test_what_an_earlier_run_has_written_stays_owed_when_a_later_one_did_not_come_to_it():
    here = there(ADA, name="Ada")
    before = ownership(owned(ADA, name="Ada"), owed={"pbx/office": "written"})._replace(
        unproved={"pbx/office": (at(ADA),)},
    )
    begun = [intent(live_fingerprint(here), owned(ADA, name="B"))]
    assert run(begun, [here], before).ownership.owed == {}
    still = run(begun, [here], before._replace(written={"pbx/office": (at(ADA),)}))
    assert still.ownership.owed == {"pbx/office": "written"}
    assert still.ownership.unproved == {"pbx/office": (at(ADA),)}
    assert still.paid == ()


def test_a_create_that_was_written_is_ours():
    result = run([intent("", owned(ADA, name="Ada"))], [there(ADA, name="Ada")])
    assert states(result) == ["done"]
    assert result.ownership.objects[at(ADA)].fields == {"name": "Ada"}
    assert result.owned[0].run == 3


def test_an_update_that_was_not_written():
    here = there(ADA, name="Ada")
    before = ownership(owned(ADA, name="Ada"))
    result = run([intent(live_fingerprint(here), owned(ADA, name="B"))], [here], before)
    assert states(result) == ["skipped"]
    assert result.ownership == before


def test_an_update_that_was_written():
    was = live_fingerprint(there(ADA, name="Ada"))
    result = run(
        [intent(was, owned(ADA, name="B"))],
        [there(ADA, name="B")],
        ownership(owned(ADA, name="Ada")),
    )
    assert states(result) == ["done"]
    assert result.ownership.objects[at(ADA)].fields == {"name": "B"}


def test_an_update_that_was_written_in_part_remembers_only_that_part():
    was = live_fingerprint(there(ADA, name="Ada", ring_time=20))
    result = run(
        [intent(was, owned(ADA, name="B", ring_time=30, max_contacts=2))],
        [there(ADA, name="B", ring_time=20)],
        ownership(owned(ADA, name="Ada", ring_time=20)),
    )
    assert states(result) == ["failed"]
    assert result.ownership.objects[at(ADA)].fields == {"name": "B", "ring_time": 20}


def test_a_delete_that_happened_and_one_that_did_not():
    before = ownership(owned(ADA, name="Ada"))
    done = run([intent("f", None)], [], before)
    assert states(done) == ["done"]
    assert done.disowned == (at(ADA),)
    assert done.ownership.objects == {}
    undone = run([intent("f", None)], [there(ADA, name="Ada")], before)
    assert states(undone) == ["skipped"]
    assert undone.ownership == before


def test_a_move_without_other_changes_that_happened():
    was = live_fingerprint(there(ADA, name="Ada"))
    row = owned(NEW, name="Ada")
    result = run(
        [intent(was, row, source=ADA, address=NEW)],
        [there(NEW, name="Ada")],
        ownership(owned(ADA, name="Ada")),
    )
    assert states(result) == ["done"]
    assert set(result.ownership.objects) == {at(NEW)}
    assert result.disowned == (at(ADA),)


def test_a_move_that_did_not_happen():
    was = live_fingerprint(there(ADA, name="Ada"))
    before = ownership(owned(ADA, name="Ada"))
    result = run(
        [intent(was, owned(NEW, name="Ada"), source=ADA, address=NEW)],
        [there(ADA, name="Ada")],
        before,
    )
    assert states(result) == ["skipped"]
    assert result.ownership == before


def test_a_move_that_copied_and_was_killed_before_it_removed_owns_both():
    was = live_fingerprint(there(ADA, name="Ada"))
    result = run(
        [intent(was, owned(NEW, name="Ada"), source=ADA, address=NEW)],
        [there(ADA, name="Ada"), there(NEW, name="Ada")],
        ownership(owned(ADA, name="Ada")),
    )
    assert set(result.ownership.objects) == {at(ADA), at(NEW)}


def test_both_halves_of_a_split_cycle():
    menu = "ivr/office/a"
    half = intent("", owned(menu, options={"9": "hangup"}), address=menu)
    link = intent("linked", owned(menu, options={"1": "ivr/b", "9": "hangup"}), address=menu)
    unlinked = run([half, link], [there(menu, options={"9": "hangup"})])
    assert states(unlinked) == ["done", "failed"]
    assert unlinked.ownership.objects[at(menu)].fields == {"options": {"9": "hangup"}}
    linked = run([half, link], [there(menu, options={"1": "ivr/b", "9": "hangup"})])
    assert states(linked)[1] == "done"
    assert linked.ownership.objects[at(menu)].fields["options"]["1"] == "ivr/b"


def test_a_commit_is_owed_still():
    result = run(
        [OpenIntent(3, "commit pbx/office", "pbx/office", None, "", None)],
        [],
        ownership(owed={"pbx/office": "written"}),
    )
    assert states(result) == ["failed"]
    assert result.ownership.owed == {"pbx/office": "written"}


@pytest.mark.parametrize(
    "answer",
    [
        {"unreachable": "no answer"},
        {"complete": ["trunk"]},
        {"unread": {ADA: "timed out"}},
    ],
)
def test_what_could_not_be_read_stays_open(answer):
    for row in (owned(ADA, name="Ada"), None):
        result = run([intent("", row)], [], ownership(owned(ADA, name="Ada")), **answer)
        assert states(result) == []
        assert set(result.ownership.objects) == {at(ADA)}


def test_what_cannot_be_read_back_is_not_believed_written():
    row = owned(ADA, name="Ada", secret=Secret("store:x", "f"))
    result = run([intent("", row)], [there(ADA, name="Ada")], unreadable=["secret"])
    assert states(result) == ["done"]
    assert result.ownership.objects[at(ADA)].fields == {"name": "Ada"}


def test_a_secret_that_was_generated_in_the_step_is_remembered_as_it_is_there():
    row = owned(ADA, name="Ada", secret=Secret("generated:x", None))
    result = run([intent("", row)], [there(ADA, name="Ada", secret=Secret(None, "live"))])
    assert states(result) == ["done"]
    assert result.ownership.objects[at(ADA)].fields["secret"].fingerprint == "live"


def test_outcomes_go_to_the_runs_that_they_belong_to():
    other = "extension/office/1002"
    result = run(
        [intent("", owned(ADA, name="A"), number=3), intent("", None, address=other, number=5)], []
    )
    assert {run: [each.step for each in found] for run, found in result.outcomes.items()} == {
        3: [f"step {ADA}"],
        5: [f"step {other}"],
    }
