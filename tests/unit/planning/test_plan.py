"""The plan as a whole: what people see and what is run are of the same objects."""

from reconciler.planning.plan import plan
from reconciler.planning.select import Selection
from reconciler.testing.building import (
    answered,
    desired,
    live,
    owned,
    ownership,
    resource,
    there,
)
from tests.unit.planning.paper import PaperAdapter

ADA = resource("extension/office/1001", name="Ada")


def make(wish, now, ledger=None, **more):
    return plan(wish, now, ledger or ownership(), {"memory": PaperAdapter(reloads=True)}, **more)


def test_nothing_to_do_is_empty():
    found = make(
        desired([ADA]), live(answered([there(ADA.address, ADA.fields)])), ownership(owned(ADA))
    )
    assert found.is_empty
    assert (found.steps, found.commits, found.refusals, found.matching) == ((), (), (), 1)


def test_waiting_is_nothing_to_do_and_is_said():
    found = make(desired([ADA]), live(answered(unreachable="no answer")))
    assert found.is_empty
    assert [each.reason for each in found.waiting] == ["no answer"]


def test_each_split_object_is_one_change_to_people():
    wish = desired(
        [
            resource("ivr/office/a", options={"1": "ivr/b"}),
            resource("ivr/office/b", options={"1": "ivr/a"}),
        ]
    )
    found = make(wish, live(answered()))
    assert [str(each.address) for each in found.changes] == ["ivr/office/a", "ivr/office/b"]
    assert found.changes[0].after == {"options": {"1": "ivr/b"}}
    assert len(found.steps) == 4


def test_targets_are_summarised():
    stranger = there("trunk/office/old", host="h")
    now = live(answered([stranger], pending_reload="2 changes", active_calls=3))
    (summary,) = make(desired([ADA]), now).targets
    assert summary.target == "pbx/office"
    assert summary.adapter == "memory"
    assert summary.unmanaged == (stranger.address,)
    assert (summary.objects, summary.pending_reload, summary.active_calls) == (1, "2 changes", 3)


def test_a_narrowed_plan_runs_only_what_is_selected():
    wish = desired([ADA, resource("extension/office/1002", name="Ben")])
    found = make(wish, live(answered()), only=Selection(targets=("*/1002",)))
    assert [each.id for each in found.steps] == ["create extension/office/1002"]
    assert found.commits[0].needs == ("create extension/office/1002",)


def test_mending_drift_does_not_make_up_for_an_owed_commit():
    ledger = ownership(owned(ADA), owed={"pbx/office": "killed"})
    now = live(answered([there(ADA.address, ADA.fields)]))
    assert make(desired([ADA]), now, ledger, only=Selection(only_drift=True)).commits == ()


def test_what_rails_count_is_what_is_selected():
    rows = [owned(f"extension/office/{n}", name="x") for n in range(100, 110)]
    now = live(answered([there(each.address, each.fields) for each in rows]))
    wish = desired([ADA])
    assert make(wish, now, ownership(*rows)).refusals
    narrowed = make(wish, now, ownership(*rows), only=Selection(targets=("*/1001",)))
    assert narrowed.refusals == ()
