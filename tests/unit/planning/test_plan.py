"""The plan as a whole: what people see and what is run are of the same objects."""

from reconciler.adapters import asterisk, freepbx
from reconciler.model.live import Edit
from reconciler.model.secret import Secret
from reconciler.planning.drift import drift_in
from reconciler.planning.plan import plan
from reconciler.planning.select import Selection
from reconciler.testing.building import (
    answered,
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


def renumbered(adapter, *phones, box=True, **more):
    """Return who is affected when 1001 becomes 2001, as (who, what)."""
    office = pbx(adapter=adapter.name)
    before = {"name": "Ada", "secret": Secret("generated", "f"), "voicemail.enabled": box, **more}
    wish = desired(
        [resource("extension/office/2001", name="Ada"), *phones],
        [office, site()],
        moved=[("extension/office/1001", "extension/office/2001")],
    )
    now = live(answered([there("extension/office/1001", before)]), answered(target="site/home"))
    rows = ownership(owned("extension/office/1001", name="Ada"))
    found = plan(wish, now, rows, {adapter.name: adapter, "memory": PaperAdapter()})
    return dict(found.impact)


def test_what_a_renumbered_extension_leaves_behind_is_told_as_its_platform_does_it():
    told = renumbered(asterisk.ADAPTER)
    assert told["Ada (2001)"] == "is now 2001 instead of 1001"
    assert "stay in the old box" in told["Voicemail of 1001"]
    assert "from voicemail/default/1001 to voicemail/default/2001" in told["Voicemail of 1001"]
    assert "set them to the new number by hand" in told["Phones of 1001"]
    told = renumbered(freepbx.ADAPTER)
    assert "deletes messages and greetings with the old number" in told["Voicemail of 1001"]
    # A box that is there because something of it is declared counts as well.
    told = renumbered(asterisk.ADAPTER, box=None, **{"voicemail.pin": Secret("generated", "f")})
    assert "from voicemail/default/1001 to voicemail/default/2001" in told["Voicemail of 1001"]
    # Who has no box loses nothing; a phone of ours gets its new number in its file.
    phone = resource("phone/home/ada", mac="80:5e:c0:f0:00:01", needs=["extension/office/2001"])
    assert renumbered(asterisk.ADAPTER, phone, box=False).keys() == {"Ada (2001)", "1 new phone"}
    assert "Voicemail of 1001" not in renumbered(PaperAdapter())


def test_a_box_that_goes_to_another_context_leaves_its_messages_behind():
    office = pbx(adapter="asterisk")
    before = {"name": "Ada", "voicemail.enabled": True}
    wish = desired([resource("extension/office/1001", mailbox_context="sales")], [office])
    now = live(answered([there("extension/office/1001", before)]))
    rows = ownership(owned("extension/office/1001", name="Ada"))
    told = dict(plan(wish, now, rows, {"asterisk": asterisk.ADAPTER}).impact)
    assert "from voicemail/default/1001 to voicemail/sales/1001" in told["Voicemail of 1001"]


def test_phones_of_a_renumbered_extension_are_out_of_service_until_they_fetch():
    """They are registered under a number that is gone: no NOTIFY reaches them."""
    needs, lines = ["extension/office/2001"], [{"extension": "2001"}]
    mac = "80:5e:c0:f0:00:01"
    fetching = resource("phone/home/ada", mac=mac, lines=lines, needs=needs)
    told = renumbered(asterisk.ADAPTER, fetching)["Phones of 1001"]
    assert "out of service until they fetch" in told
    assert "test-connection --save" in told
    pushed = {"provisioning.delivery": "push"}
    written = resource("phone/home/ada", mac=mac, lines=lines, needs=needs, **pushed)
    assert "Phones of 1001" not in renumbered(asterisk.ADAPTER, written)


def test_what_a_deletion_by_hand_left_behind_is_told_with_the_object_alone():
    edits = [Edit("index", None, "1001", "extension/office/1001"), Edit("index", None, "9")]
    found = make(desired([ADA]), live(answered(edits=edits)), ownership(owned(ADA)))
    assert [each.where for each in found.targets[0].edits] == ["index"]
    assert [each.actual for each in found.targets[0].edits] == ["9"]
    (told, common) = drift_in(found, ownership(owned(ADA)), ())
    assert (told.what, common.edits) == ("deleted", (edits[1],))
    # Left out of a plan, it is told where it stands.
    narrowed = make(
        desired([ADA]), live(answered(edits=edits)), ownership(owned(ADA)),
        only=Selection(targets=("*/9",)),
    )  # fmt: skip
    assert len(narrowed.targets[0].edits) == 2
