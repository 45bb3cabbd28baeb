"""Apply on platforms that lie, refuse, break and die: what is said is what is so."""

import asyncio

import pytest

from reconciler.errors import (
    AuthenticationFailed,
    Refused,
    UnexpectedReply,
    Unreachable,
    WorkspaceError,
)
from reconciler.execution.apply import Stop
from reconciler.model.secret import Secret
from reconciler.testing.building import at, desired, owned, ownership, pbx, resource, site
from tests.unit.execution.scripted import LoggedWorld, ScriptedAdapter

ADA = "extension/office/1001"
BEN = "extension/office/1002"
GROUP = "ring_group/office/600"
DEADLINE_S = 60
"""Longer than anything here takes: who runs into it waits for what never comes."""


def estate(**fields):
    return desired(
        [
            resource(ADA, {"name": "Ada", **fields}),
            resource(BEN, name="Ben"),
            resource(GROUP, name="Desk", members=["1001"]),
        ]
    )


@pytest.fixture
def world(tmp_path):
    return LoggedWorld(tmp_path, {"memory": ScriptedAdapter()})


@pytest.fixture
def reloading(tmp_path):
    return LoggedWorld(tmp_path, {"memory": ScriptedAdapter(reloads=True)})


def last(outcomes):
    return {each.step: each for each in outcomes}


def states(outcomes):
    return {each.step: each.state for each in outcomes}


async def run(world, wish, **more):
    planned = await world.plan(wish)
    world.platform.log.clear()
    return await world.apply(planned, wish, **more)


def events(world, *kinds):
    return [each for each in world.platform.log if each[0] in kinds]


async def settled(world, wish):
    """Apply without mishaps; the estate is there and ours."""
    assert (await world.converge(wish)).is_empty


# When all goes well


async def test_everything_is_done_once_in_order_and_remembered(reloading):
    outcomes = await run(reloading, estate())
    assert list(states(outcomes).values()) == ["done"] * 4
    assert reloading.platform.get(GROUP) == {"name": "Desk", "members": ["1001"]}
    assert set(map(str, reloading.ledger.objects)) == {ADA, BEN, GROUP}
    assert reloading.ledger.owed == {}
    assert reloading.intents == {}
    assert (await reloading.plan(estate())).is_empty


async def test_nothing_is_sent_before_its_intent_was_recorded_and_nothing_twice(reloading):
    await run(reloading, estate())
    intended, sent = set(), []
    for event in reloading.platform.log:
        if event[0] == "intend":
            intended |= set(event[1])
        elif event[0] == "send":
            assert set(event[2]) <= intended
            sent += event[2]
        elif event[0] == "commit":
            assert "commit pbx/office" in intended
    assert len(sent) == len(set(sent)) == 3


async def test_the_commit_comes_once_and_after_all_writes(reloading):
    await run(reloading, estate())
    order = [each[0] for each in events(reloading, "send", "commit")]
    assert order == ["send", "send", "commit"]
    touched = events(reloading, "commit")[0][2]
    assert set(touched) == {ADA, BEN, GROUP}


async def test_a_batch_is_never_larger_than_the_adapter_takes(tmp_path):
    world = LoggedWorld(tmp_path, {"memory": ScriptedAdapter(batch=3)})
    wish = desired([resource(f"extension/office/{n}", name="x") for n in range(100, 110)])
    await run(world, wish)
    assert [len(each[2]) for each in events(world, "send")] == [3, 3, 3, 1]


async def test_adopting_and_forgetting_send_nothing(world):
    world.platform.put((ADA, {"name": "Ada"}))
    world.ledger = ownership(owned(BEN, name="Ben"))
    outcomes = await run(world, desired([resource(ADA, name="Ada")]))
    assert states(outcomes) == {f"adopt {ADA}": "done", f"forget {BEN}": "done"}
    assert events(world, "send", "intend") == []
    assert set(map(str, world.ledger.objects)) == {ADA}


async def test_a_move_leaves_the_old_address_behind(world):
    await settled(world, desired([resource(ADA, name="Ada")]))
    new = "extension/office/1011"
    wish = desired([resource(new, name="Ada B")], moved=[(ADA, new)])
    assert states(await run(world, wish)) == {f"move {new}": "done"}
    assert set(map(str, world.ledger.objects)) == {new}
    assert world.platform.get(ADA) is None
    assert (await world.plan(wish)).is_empty


async def test_cycles_are_created_and_linked(world):
    wish = desired(
        [
            resource("ivr/office/a", options={"1": "ivr/b"}),
            resource("ivr/office/b", options={"1": "ivr/c", "2": "hangup"}),
            resource("ivr/office/c", options={"1": "ivr/a"}),
        ]
    )
    outcomes = await run(world, wish)
    assert set(states(outcomes).values()) == {"done"}
    assert (await world.plan(wish)).is_empty
    assert world.ledger.objects[at("ivr/office/a")].fields == {"options": {"1": "ivr/b"}}


# Platforms that lie


@pytest.mark.parametrize("before", ["absent", "there"])
async def test_a_platform_that_says_ok_and_does_nothing_is_caught(world, before):
    if before == "there":
        await settled(world, estate(ring_time=30))
    world.platform.script.ignores = {ADA}
    outcomes = last(await run(world, estate(ring_time=40)))
    step = outcomes[f"{'create' if before == 'absent' else 'update'} {ADA}"]
    assert step.state == "failed"
    assert "answered ok, but" in step.detail
    if before == "absent":
        assert at(ADA) not in world.ledger.objects
        assert outcomes[f"create {GROUP}"].state == "skipped"
        assert f"create {ADA}" in outcomes[f"create {GROUP}"].detail
        assert outcomes[f"create {BEN}"].state == "done"
    else:
        assert world.ledger.objects[at(ADA)].fields["ring_time"] == 30


async def test_a_delete_that_was_not_done_is_caught(world):
    await settled(world, estate())
    world.platform.script.ignores = {BEN}
    wish = desired([estate().resources[at(ADA)], estate().resources[at(GROUP)]])
    outcome = last(await run(world, wish))[f"delete {BEN}"]
    assert (outcome.state, outcome.detail) == (
        "failed",
        "the platform answered ok, but it is still there",
    )
    assert at(BEN) in world.ledger.objects


async def test_a_link_that_was_not_done_is_caught(world):
    wish = desired(
        [
            resource("ivr/office/a", options={"1": "ivr/b"}),
            resource("ivr/office/b", options={"1": "ivr/a"}),
        ]
    )
    planned = await world.plan(wish)

    def emptied_of(step):
        requests = tuple(each._replace(args={**each.args, "fields": {}}) for each in step.requests)
        return step._replace(requests=requests) if step.phase == "link" else step

    emptied = planned._replace(steps=tuple(map(emptied_of, planned.steps)))
    outcomes = states(await world.apply(emptied, wish))
    assert outcomes["link ivr/office/a"] == "failed"
    assert outcomes["create ivr/office/a"] == "done"
    assert (await world.converge(wish)).is_empty


async def test_one_of_many_that_is_refused_fails_alone(world):
    world.platform.script.refuses = {BEN: "number is taken"}
    outcomes = last(await run(world, estate()))
    assert outcomes[f"create {BEN}"].state == "failed"
    assert outcomes[f"create {BEN}"].detail == "the platform said: number is taken"
    assert outcomes[f"create {ADA}"].state == "done"
    assert outcomes[f"create {GROUP}"].state == "done"
    world.platform.script.refuses = {}
    assert (await world.converge(estate())).is_empty


async def test_what_depends_on_something_refused_is_skipped_all_the_way(world):
    world.platform.script.refuses = {ADA: "no"}
    wish = desired(
        [
            *estate().resources.values(),
            resource("ivr/office/main", options={"1": "ring_group/600"}),
        ]
    )
    outcomes = states(await run(world, wish))
    assert outcomes[f"create {GROUP}"] == "skipped"
    assert outcomes["create ivr/office/main"] == "skipped"
    assert world.platform.get("ivr/office/main") is None


async def test_a_platform_that_did_it_and_did_not_say_so_counts_as_done(world):
    """What is there decides, not what was said."""
    planned = await world.plan(estate())
    world.platform.script.silent = True
    outcomes = await world.apply(planned, estate())
    assert set(states(outcomes).values()) == {"done"}


async def test_a_delete_waits_for_the_update_that_lets_go(world):
    await settled(world, estate())
    fresh = "extension/office/1009"
    wish = desired(
        [
            resource(BEN, name="Ben"),
            resource(fresh, name="New"),
            resource(GROUP, name="Desk", members=["1009"]),
        ]
    )
    outcomes = await run(world, wish)
    assert set(states(outcomes).values()) == {"done"}


async def test_a_delete_is_not_tried_when_nothing_let_go_of_it(world):
    await settled(world, estate())
    world.platform.script.refuses = {GROUP: "no"}
    wish = desired([resource(BEN, name="Ben"), resource(GROUP, name="Desk", members=["1002"])])
    outcomes = states(await run(world, wish))
    assert outcomes == {f"update {GROUP}": "failed", f"delete {ADA}": "skipped"}
    assert world.platform.get(ADA) is not None


# Collateral


async def test_what_the_platform_changed_besides_is_put_back_and_said(world):
    await settled(world, estate(max_contacts=3))
    world.platform.script.collateral = {ADA: {"max_contacts": 1}}
    outcome = last(await run(world, estate(max_contacts=3, ring_time=30)))[f"update {ADA}"]
    assert outcome.state == "done"
    assert outcome.detail == "the platform also changed max_contacts; put back"
    assert world.platform.get(ADA)["max_contacts"] == 3
    assert len(events(world, "send")) == 2


async def test_undeclared_fields_that_the_platform_changed_are_put_back_too(world):
    world.platform.put((ADA, {"name": "Ada", "mailbox_context": "branch"}))
    world.platform.script.collateral = {ADA: {"mailbox_context": "default"}}
    outcome = last(await run(world, estate(ring_time=30)))[f"adopt {ADA}"]
    assert outcome.state == "done"
    assert world.platform.get(ADA)["mailbox_context"] == "branch"


async def test_a_collateral_change_that_comes_back_fails_after_one_repair(world):
    await settled(world, estate(max_contacts=3))
    world.platform.script.collateral = {ADA: {"max_contacts": 1}}
    world.platform.script.stubborn = True
    outcome = last(await run(world, estate(max_contacts=3, ring_time=30)))[f"update {ADA}"]
    assert outcome.state == "failed"
    assert "also changed max_contacts" in outcome.detail
    assert len(events(world, "send")) == 2


async def test_a_repair_that_loses_the_connection_fails_its_step_and_no_other(world):
    await settled(world, estate(max_contacts=3))
    script = world.platform.script
    script.collateral = {ADA: {"max_contacts": 1}}
    wish = desired(
        [
            resource(ADA, name="Ada", max_contacts=3, ring_time=30),
            resource(BEN, name="Ben B"),
            resource(GROUP, name="Desk B", members=["1001"]),
        ]
    )
    planned = await world.plan(wish)
    script.reads = [None, None, Refused("office", "reading", "not now")]
    outcomes = last(await world.apply(planned, wish))
    assert outcomes[f"update {ADA}"].state == "failed"
    assert "putting that back failed" in outcomes[f"update {ADA}"].detail
    assert outcomes[f"update {BEN}"].state == "done"
    assert outcomes[f"update {GROUP}"].state == "skipped"


async def test_a_secret_that_the_platform_wiped_besides_is_put_back(world):
    secret = world.secret("correct-horse-battery")
    await settled(world, estate(secret=secret))
    world.platform.script.collateral = {ADA: {"secret": ""}}
    outcome = last(await run(world, estate(secret=secret, ring_time=30)))[f"update {ADA}"]
    assert outcome.state == "done", outcome.detail
    assert world.platform.get(ADA)["secret"] == "correct-horse-battery"
    assert "correct-horse" not in str(outcome)


# Lost connections


@pytest.mark.parametrize("when", ["drops_before", "drops_after"])
async def test_a_connection_lost_in_mid_send_is_read_again_over_a_new_one(world, when):
    setattr(world.platform.script, when, BEN)
    outcomes = last(await run(world, estate()))
    assert outcomes[f"create {ADA}"].state == "done"
    expected = "done" if when == "drops_after" else "failed"
    assert outcomes[f"create {BEN}"].state == expected
    if expected == "failed":
        assert "connection reset" in outcomes[f"create {BEN}"].detail
        assert "it is not there" in outcomes[f"create {BEN}"].detail
    assert outcomes[f"create {GROUP}"].state == "done"
    assert world.intents == {}
    assert (await world.converge(estate())).is_empty


@pytest.mark.parametrize("when", ["drops_before", "drops_after"])
async def test_a_platform_that_dies_leaves_what_was_sent_in_doubt(world, when):
    script = world.platform.script
    setattr(script, when, BEN)
    script.dies = True
    outcomes = last(await run(world, estate()))
    assert outcomes[f"create {ADA}"].state == "in_doubt"
    assert outcomes[f"create {BEN}"].state == "in_doubt"
    assert outcomes[f"create {GROUP}"].state == "skipped"
    assert set(world.intents) == {f"create {ADA}", f"create {BEN}"}
    assert world.ledger.objects == {}
    script.dead = script.dies = False
    again = await world.plan(estate())
    assert at(ADA) in world.ledger.objects
    made = {str(each.address) for each in again.changes}
    assert made == ({GROUP} if when == "drops_after" else {BEN, GROUP})
    assert (await world.converge(estate())).is_empty


async def test_a_read_back_that_fails_leaves_the_step_in_doubt(world):
    wish = estate()
    planned = await world.plan(wish)
    world.platform.script.reads = [None, UnexpectedReply("office", "reading", "nonsense")]
    outcomes = states(await world.apply(planned, wish))
    assert outcomes == {
        f"create {ADA}": "in_doubt",
        f"create {BEN}": "in_doubt",
        f"create {GROUP}": "skipped",
    }
    assert (await world.converge(wish)).is_empty


async def test_a_read_back_that_is_incomplete_leaves_the_step_in_doubt(world):
    await settled(world, estate())
    wish = desired([resource(ADA, name="Ada"), resource(GROUP, name="Desk", members=["1001"])])
    planned = await world.plan(wish)
    world.platform.script.reads = [None, frozenset({"extension"})]
    world.platform.script.ignores = {BEN}
    outcomes = states(await world.apply(planned, wish))
    assert outcomes == {f"delete {BEN}": "in_doubt"}
    assert at(BEN) in world.ledger.objects


async def test_a_platform_that_cannot_be_read_completely_before_the_write_gets_nothing(world):
    world.platform.put((BEN, {"name": "Somebody"}))
    wish = desired([resource(ADA, name="Ada")])
    planned = await world.plan(wish)
    world.platform.log.clear()
    world.platform.script.reads = [frozenset({"extension"})]
    outcomes = last(await world.apply(planned, wish))
    assert outcomes[f"create {ADA}"].state == "stale"
    assert events(world, "send") == []


async def test_what_is_there_and_cannot_be_read_is_not_taken_for_absent(world):
    wish = desired([resource(ADA, name="Ada")])
    planned = await world.plan(wish)
    world.platform.put((ADA, {"name": "Somebody"}))
    world.platform.log.clear()
    world.platform.script.reads = [{ADA: "its page is broken"}]
    outcomes = last(await world.apply(planned, wish))
    assert outcomes[f"create {ADA}"].state == "stale"
    assert events(world, "send") == []


@pytest.mark.parametrize(
    "error",
    [
        AuthenticationFailed("office", "logging in", "denied"),
        UnexpectedReply("office", "reading", "nonsense"),
        Refused("office", "reading", "no"),
    ],
)
async def test_a_target_that_fails_before_anything_is_sent_ends_alone(world, error):
    wish = desired([resource(ADA, name="Ada"), resource("extension/branch/1", name="x")])
    planned = await world.plan(wish)
    world.platform.script.reads = [error]
    outcomes = states(await world.apply(planned, wish))
    assert sorted(outcomes.values()) == ["done", "skipped"]
    assert world.intents == {}


async def test_a_send_that_raises_something_unexpected_is_judged_by_what_is_there(world):
    wish = estate()
    planned = await world.plan(wish)
    world.platform.script.broken = UnexpectedReply("office", "writing", "500")
    outcomes = last(await world.apply(planned, wish))
    assert outcomes[f"create {ADA}"].state == "failed"
    assert "500" in outcomes[f"create {ADA}"].detail
    assert outcomes[f"create {GROUP}"].state == "skipped"


async def test_what_came_of_a_failed_create_is_ours(world):
    # The rest was lost with the connection: the next run must not take it for somebody else's.
    world.platform.script.drops_after = ADA
    world.platform.script.collateral = {ADA: {"ring_time": 5}}
    wish = estate(ring_time=30)
    outcomes = last(await run(world, wish))
    assert outcomes[f"create {ADA}"].state == "failed"
    row = world.ledger.objects[at(ADA)]
    assert row.fields["name"] == "Ada"
    assert "ring_time" not in row.fields
    again = await world.plan(wish)
    assert again.refusals == ()
    assert (await world.converge(wish)).is_empty


# Stale


async def test_what_changed_since_the_plan_is_not_overwritten(world):
    await settled(world, estate())
    wish = estate(ring_time=40)
    planned = await world.plan(wish)
    world.platform.put((ADA, {"name": "Somebody else's"}))
    outcomes = last(await world.apply(planned, wish))
    assert outcomes[f"update {ADA}"].state == "stale"
    assert world.platform.get(ADA) == {"name": "Somebody else's"}


@pytest.mark.parametrize("what", ["appeared", "vanished"])
async def test_what_appeared_or_vanished_since_the_plan_is_stale(world, what):
    wish = desired([resource(BEN, name="Ben")])
    if what == "vanished":
        await settled(world, wish)
        wish = desired([resource(BEN, name="Ben B")])
    planned = await world.plan(wish)
    if what == "appeared":
        world.platform.put((BEN, {"name": "theirs"}))
    else:
        world.platform.stores["pbx/office"].kinds.clear()
    world.platform.log.clear()
    (outcome,) = await world.apply(planned, wish)
    assert outcome.state == "stale"
    assert events(world, "send") == []


async def test_a_delete_of_what_changed_since_the_plan_is_stale(world):
    await settled(world, estate())
    wish = desired([resource(ADA, name="Ada"), resource(GROUP, name="Desk", members=["1001"])])
    planned = await world.plan(wish)
    world.platform.put((BEN, {"name": "in use again"}))
    assert states(await world.apply(planned, wish)) == {f"delete {BEN}": "stale"}


async def test_a_secret_that_changed_since_the_plan_is_stale(world):
    secret = world.secret("correct-horse-battery")
    wish = estate(secret=secret)
    planned = await world.plan(wish)
    world.values["S0"] = "another-horse-battery"
    world.secrets._known.clear()
    outcomes = last(await world.apply(planned, wish))
    assert outcomes[f"create {ADA}"].state == "stale"
    assert "secret" in outcomes[f"create {ADA}"].detail
    assert world.platform.get(ADA) is None


async def test_a_secret_that_is_gone_fails_its_step_and_no_other(world):
    wish = estate(secret=world.secret("correct-horse-battery"))
    planned = await world.plan(wish)
    world.values.clear()
    world.secrets._known.clear()
    outcomes = last(await world.apply(planned, wish))
    assert outcomes[f"create {ADA}"].state == "failed"
    assert "env:S0" in outcomes[f"create {ADA}"].detail
    assert outcomes[f"create {BEN}"].state == "done"


async def test_a_generated_secret_is_made_sent_remembered_and_not_made_again(world):
    wish = estate(secret=Secret("generated"))
    await settled(world, wish)
    sent = world.platform.get(ADA)["secret"]
    assert len(sent) >= 20
    row = world.ledger.objects[at(ADA)].fields["secret"]
    assert row.fingerprint
    assert sent not in repr(world.ledger)
    assert (await world.plan(wish)).is_empty


# Commits


async def test_a_rejected_object_fails_and_the_ledger_is_put_back(reloading):
    await settled(reloading, desired([resource(ADA, name="Ada")]))
    reloading.platform.script.rejects = {ADA: "unknown codec", BEN: "bad name"}
    outcomes = await run(reloading, estate(ring_time=40))
    final = last(outcomes)
    assert final[f"update {ADA}"].state == "failed"
    assert final[f"update {ADA}"].detail == "unknown codec"
    assert final[f"create {BEN}"].state == "failed"
    assert final[f"create {GROUP}"].state == "done"
    assert final["commit pbx/office"].state == "done"
    assert reloading.ledger.objects[at(ADA)].fields == {"name": "Ada"}
    assert at(BEN) not in reloading.ledger.objects
    assert reloading.ledger.owed == {}
    again = await reloading.plan(estate(ring_time=40))
    assert {str(each.address) for each in again.changes} == {ADA, BEN}


async def test_a_rejected_move_is_back_under_its_old_address(reloading):
    await settled(reloading, desired([resource(ADA, name="Ada")]))
    new = "extension/office/1011"
    wish = desired([resource(new, name="Ada")], moved=[(ADA, new)])
    planned = await reloading.plan(wish)
    reloading.platform.script.rejects = {new: "no"}
    await reloading.apply(planned, wish)
    assert set(map(str, reloading.ledger.objects)) == {ADA}


async def test_a_move_that_leaves_the_old_object_failed_and_owes_the_reload_of_what_it_made(
    reloading,
):
    await settled(reloading, desired([resource(ADA, name="Ada")]))
    new = "extension/office/1011"
    wish = desired([resource(new, name="Ada")], moved=[(ADA, new)])
    reloading.platform.script.copies = {new}
    outcomes = last(await run(reloading, wish))
    assert outcomes[f"move {new}"].state == "failed"
    assert f"{ADA} is still there" in outcomes[f"move {new}"].detail
    assert set(reloading.ledger.owed) == {"pbx/office"}


async def test_a_commit_that_fails_leaves_the_writes_done_and_the_commit_owed(reloading):
    reloading.platform.script.commit_error = Refused("office", "reloading", "busy")
    outcomes = last(await run(reloading, estate()))
    assert outcomes["commit pbx/office"].state == "failed"
    assert outcomes[f"create {ADA}"].state == "done"
    assert set(reloading.ledger.owed) == {"pbx/office"}
    reloading.platform.script.commit_error = None
    again = await reloading.plan(estate())
    assert again.changes == ()
    assert [each.id for each in again.commits] == ["commit pbx/office"]
    assert states(await reloading.apply(again, estate())) == {"commit pbx/office": "done"}
    assert (await reloading.plan(estate())).is_empty


async def test_a_commit_that_nobody_answered_is_in_doubt_and_made_again(reloading):
    reloading.platform.script.commit_error = Unreachable("office", "reloading", "timed out")
    outcomes = last(await run(reloading, estate()))
    assert outcomes["commit pbx/office"].state == "in_doubt"
    assert "commit pbx/office" in reloading.intents
    reloading.platform.script.commit_error = None
    assert (await reloading.converge(estate())).is_empty


async def test_nothing_written_nothing_reloaded(reloading):
    reloading.platform.script.refuses = {ADA: "no", BEN: "no"}
    outcomes = states(await run(reloading, estate()))
    assert outcomes["commit pbx/office"] == "skipped"
    assert events(reloading, "commit") == []


async def test_what_was_refused_whole_owes_no_reload(reloading):
    reloading.platform.script.refuses = {ADA: "no", BEN: "no"}
    await run(reloading, estate())
    assert reloading.ledger.owed == {}
    # What is owed from before is not forgiven by it.
    reloading.ledger = ownership(owed={"pbx/office": "killed"})
    await run(reloading, estate())
    assert set(reloading.ledger.owed) == {"pbx/office"}


@pytest.mark.parametrize("when", ["drops_before", "drops_after"])
async def test_a_write_in_doubt_owes_a_reload(reloading, when):
    setattr(reloading.platform.script, when, ADA)
    reloading.platform.script.dies = True
    await run(reloading, estate())
    assert set(reloading.ledger.owed) == {"pbx/office"}
    # The next run finds out: what was not written owes nothing, what was is loaded and proved.
    reloading.platform.script.dead = False
    planned = await reloading.plan(estate())
    written = when == "drops_after"
    assert bool(reloading.ledger.owed) == written
    reloading.platform.log.clear()
    await reloading.apply(planned, estate())
    assert reloading.ledger.owed == {}
    assert ADA in events(reloading, "commit")[0][2]


async def test_what_a_killed_run_wrote_is_proved_before_the_debt_is_paid(reloading):
    reloading.fails_at = ("settle", 0)
    with pytest.raises(RuntimeError):
        await run(reloading, estate())
    reloading.fails_at = None
    reloading.platform.script.rejects = {BEN: "unknown codec"}
    planned = await reloading.plan(estate())
    assert set(map(str, planned.commits[0].proves)) >= {ADA, BEN}
    outcomes = last(await reloading.apply(planned, estate()))
    told = outcomes["commit pbx/office"]
    assert (told.state, told.detail) == ("failed", f"{BEN}: unknown codec")
    assert set(reloading.ledger.owed) == {"pbx/office"}
    reloading.platform.script.rejects = {}
    assert (await reloading.converge(estate())).is_empty
    assert reloading.ledger.owed == {}


async def test_what_a_killed_run_wrote_takes_effect_although_all_that_is_new_is_refused(reloading):
    reloading.fails_at = ("settle", 0)
    with pytest.raises(RuntimeError):
        await run(reloading, desired([resource(ADA, name="Ada")]))
    reloading.fails_at = None
    wish = desired([resource(ADA, name="Ada"), resource(BEN, name="Ben")])
    reloading.platform.script.refuses = {BEN: "no"}
    outcomes = states(await run(reloading, wish))
    assert outcomes == {f"create {BEN}": "failed", "commit pbx/office": "done"}
    assert reloading.ledger.owed == {}


async def test_objects_of_other_targets_wait_for_the_commit(reloading):
    phone = resource(
        "phone/home/desk",
        mac="80:5e:c0:f0:01:21",
        model="T43U",
        lines=[],
        needs=[ADA],
    )
    wish = desired([resource(ADA, name="Ada"), phone])
    await run(reloading, wish)
    order = [(each[0], each[1]) for each in events(reloading, "send", "commit")]
    assert order.index(("commit", "pbx/office")) < order.index(("send", "site/home"))


async def test_objects_of_other_targets_are_skipped_when_what_they_need_was_rejected(reloading):
    phone = resource(
        "phone/home/desk", mac="80:5e:c0:f0:01:21", model="T43U", lines=[], needs=[ADA]
    )
    wish = desired([resource(ADA, name="Ada"), phone])
    reloading.platform.script.rejects = {ADA: "no"}
    outcomes = states(await run(reloading, wish))
    assert outcomes["create phone/home/desk"] == "skipped"
    assert reloading.platform.get("phone/home/desk") is None


async def test_objects_of_other_targets_are_skipped_when_the_commit_failed(reloading):
    phone = resource(
        "phone/home/desk", mac="80:5e:c0:f0:01:21", model="T43U", lines=[], needs=[ADA]
    )
    reloading.platform.script.commit_error = Refused("office", "reloading", "busy")
    outcomes = states(await run(reloading, desired([resource(ADA, name="Ada"), phone])))
    assert outcomes["create phone/home/desk"] == "skipped"


# Interrupted


async def test_one_ctrl_c_finishes_the_running_batch_and_begins_nothing_new(tmp_path):
    world = LoggedWorld(tmp_path, {"memory": ScriptedAdapter(batch=2, reloads=True)})
    wish = desired([resource(f"extension/office/{n}", name="x") for n in range(100, 106)])
    stop = Stop()
    planned = await world.plan(wish)
    original = world.intend

    def intend(steps, owed):
        stop.asked = True
        original(steps, owed)

    world.intend = intend
    outcomes = await world.apply(planned, wish, stop=stop)
    found = list(states(outcomes).values())
    assert found == ["done"] * 2 + ["skipped"] * 5
    assert len(world.ledger.objects) == 2
    assert set(world.ledger.owed) == {"pbx/office"}
    world.intend = original
    assert (await world.converge(wish)).is_empty


async def test_the_commit_is_intended_with_what_became_of_the_last_steps(reloading):
    await run(reloading, estate())
    order = [each[0] for each in events(reloading, "send", "intend", "settle", "commit")]
    assert order[:9] == [*["intend", "send", "settle"] * 2, "intend", "commit", "settle"]
    assert reloading.calls["intend"] == 2  # for two batches; the commit's came with the last


async def test_a_stop_after_the_commit_was_intended_comes_too_late_for_it(reloading):
    stop = Stop()
    original = reloading.settle

    def settle(*recorded):
        original(*recorded)
        stop.asked = True

    reloading.settle = settle
    outcomes = states(await run(reloading, desired([resource(ADA, name="Ada")]), stop=stop))
    assert outcomes == {f"create {ADA}": "done", "commit pbx/office": "done"}
    assert reloading.intents == {}
    assert reloading.ledger.owed == {}


async def test_a_stop_before_the_start_sends_nothing(world):
    stop = Stop(asked=True)
    outcomes = await run(world, estate(), stop=stop)
    assert set(states(outcomes).values()) == {"skipped"}
    assert events(world, "send", "intend") == []


async def test_a_stop_reaches_those_who_wait_for_another_target(reloading):
    phone = resource(
        "phone/home/desk", mac="80:5e:c0:f0:01:21", model="T43U", lines=[], needs=[ADA]
    )
    wish = desired([resource(ADA, name="Ada"), phone])
    stop = Stop()

    async def asked_while_it_is_sent():
        for _ in range(100):  # the other target comes to where it waits
            await asyncio.sleep(0)
        stop.asked = True

    reloading.platform.script.waits = {"pbx/office": asked_while_it_is_sent}
    outcomes = states(await asyncio.wait_for(run(reloading, wish, stop=stop), DEADLINE_S))
    assert outcomes == {
        f"create {ADA}": "done",
        "commit pbx/office": "skipped",
        "create phone/home/desk": "skipped",
        "commit site/home": "skipped",
    }


# The journal's disk


async def test_a_disk_that_is_full_before_the_send_lets_nothing_out(world):
    world.fails_at = ("intend", 0)
    world.error = WorkspaceError("no space left on device")
    planned = await world.plan(estate())
    world.platform.log.clear()
    with pytest.raises(WorkspaceError):
        await world.apply(planned, estate())
    assert events(world, "send", "commit") == []
    assert (await world.converge(estate())).is_empty


async def test_a_disk_that_is_full_after_the_send_leaves_it_in_doubt_for_the_next_run(world):
    planned = await world.plan(estate())
    world.fails_at = ("settle", world.calls.get("settle", 0))
    world.error = WorkspaceError("no space left on device")
    with pytest.raises(WorkspaceError):
        await world.apply(planned, estate())
    assert set(world.intents) == {f"create {ADA}", f"create {BEN}"}
    assert len(events(world, "send")) == 1
    again = await world.plan(estate())
    assert {str(each.address) for each in again.changes} == {GROUP}
    assert (await world.converge(estate())).is_empty


async def test_a_full_disk_does_not_leave_other_targets_waiting(reloading):
    phone = resource(
        "phone/home/desk", mac="80:5e:c0:f0:01:21", model="T43U", lines=[], needs=[ADA]
    )
    wish = desired([resource(ADA, name="Ada"), phone])
    planned = await reloading.plan(wish)
    reloading.fails_at = ("intend", 0)
    reloading.error = WorkspaceError("no space left on device")
    with pytest.raises(WorkspaceError):
        await asyncio.wait_for(reloading.apply(planned, wish), DEADLINE_S)


# Several targets


async def test_targets_are_worked_on_at_the_same_time(world):
    names = [f"pbx{n}" for n in range(8)]
    wish = desired([resource(f"extension/{name}/1", name="x") for name in names])
    all_at_once = asyncio.Barrier(len(names))
    world.platform.script.waits = {f"pbx/{name}": all_at_once.wait for name in names}
    outcomes = await asyncio.wait_for(run(world, wish), DEADLINE_S)
    assert set(states(outcomes).values()) == {"done"}


async def test_a_slow_target_does_not_hold_up_a_quick_one(world):
    wish = desired(
        [resource("extension/slow/1", name="x"), resource("extension/quick/1", name="x")]
    )
    done = asyncio.Event()
    original = world.settle

    def settle(outcomes, *recorded):
        original(outcomes, *recorded)
        if any(each.target == "pbx/quick" for each in outcomes):
            done.set()

    world.settle = settle
    world.platform.script.waits = {"pbx/slow": done.wait}
    outcomes = await asyncio.wait_for(run(world, wish), DEADLINE_S)
    assert [each.target for each in outcomes] == ["pbx/quick", "pbx/slow"]


async def test_a_dead_target_does_not_touch_the_others(world):
    wish = desired([resource(ADA, name="Ada"), resource("extension/branch/1", name="x")])
    world.platform.script.drops_before = ADA
    outcomes = states(await run(world, wish))
    assert outcomes == {f"create {ADA}": "failed", "create extension/branch/1": "done"}


async def test_targets_that_point_at_each_other_end(reloading):
    wish = desired(
        [
            resource(ADA, name="Ada"),
            resource("extension/branch/2001", name="Zoe"),
            resource("inbound_route/office/+16035550100", destination="branch:extension/2001"),
            resource("inbound_route/branch/+16035550101", destination="office:extension/1001"),
        ]
    )
    outcomes = await asyncio.wait_for(run(reloading, wish), DEADLINE_S)
    assert set(states(outcomes).values()) == {"done"}
    assert (await reloading.plan(wish)).is_empty


async def test_a_phone_that_changes_extensions_does_not_deadlock(reloading):
    def phone(line):
        return resource(
            "phone/home/desk",
            mac="80:5e:c0:f0:01:21",
            model="T43U",
            lines=[{"extension": line}],
            needs=[f"extension/office/{line}"],
        )

    await settled(reloading, desired([resource(ADA, name="Ada"), phone("1001")]))
    wish = desired([resource(BEN, name="Ben"), phone("1002")], [pbx(), site()])
    outcomes = await asyncio.wait_for(run(reloading, wish), DEADLINE_S)
    assert set(states(outcomes).values()) == {"done"}


async def test_an_owed_commit_alone_is_carried_out(reloading):
    await settled(reloading, estate())
    reloading.ledger = ownership(*reloading.ledger.objects.values(), owed={"pbx/office": "killed"})
    outcomes = await run(reloading, estate())
    assert states(outcomes) == {"commit pbx/office": "done"}
    assert last(outcomes)["commit pbx/office"].detail == "took 3 ms"
    assert reloading.ledger.owed == {}


async def test_what_is_skipped_is_news_to_those_who_wait_for_it(world):
    """A refusal goes to and fro between two PBXs; nobody waits for what will never come."""
    wish = desired(
        [
            resource("ivr/office/one", options={}),
            resource("ivr/branch/two", options={"1": "office:ivr/one"}),
            resource("ivr/office/three", options={"1": "branch:ivr/two"}),
            resource("ivr/branch/four", options={"1": "office:ivr/three"}),
        ]
    )
    world.platform.script.refuses = {"ivr/office/one": "no"}
    outcomes = states(await run(world, wish))
    assert outcomes == {
        "create ivr/office/one": "failed",
        "create ivr/branch/two": "skipped",
        "create ivr/office/three": "skipped",
        "create ivr/branch/four": "skipped",
    }
