"""Laws of plan and apply, over random estates on the strict memory platform."""

import asyncio
import json
import random
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from reconciler.adapters.memory.store import Store
from reconciler.errors import Unreachable
from reconciler.model.address import Address
from reconciler.model.change import Adopt, Create, Delete, Update
from reconciler.model.codec import canonical, to_json
from reconciler.model.secret import Secret
from reconciler.planning import diff as differing
from reconciler.planning.compare import default_of
from reconciler.planning.planfile import Header, digest, read_plan, write_plan
from reconciler.testing.building import desired, pbx
from reconciler.testing.world import World
from tests.laws.estates import NAMES, PLANTED, estate, resources
from tests.unit.execution.scripted import LoggedWorld, ScriptedAdapter

HEADER = Header("0", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z", "", "", "", ())


class Killed(BaseException):
    """The process is gone."""


@contextmanager
def a_world(**more) -> Iterator[LoggedWorld]:
    with tempfile.TemporaryDirectory() as folder:
        world = LoggedWorld(Path(folder), {"memory": ScriptedAdapter(**more)})
        world.values.update(PLANTED)
        yield world


def contents(world) -> dict[str, object]:
    return {
        name: json.loads(json.dumps(store.kinds))
        for name, store in sorted(world.platform.stores.items())
    }


def objects(world) -> set[str]:
    return {
        f"{kind}/{name.partition('/')[2]}/{key}"
        for name, store in world.platform.stores.items()
        for kind, found in store.kinds.items()
        for key in found
    }


def assume_whole(planned) -> None:
    """Pass over estates whose ignored fields go on referring to what is deleted (a rail's case)."""
    assume(not [each for each in planned.refusals if each.rail == "still-referenced"])


async def applied(world: World, wish) -> None:
    """Plan and apply; every step has to be done."""
    planned = await world.plan(wish)
    assume_whole(planned)
    outcomes = await world.apply(planned, wish)
    bad = [each for each in outcomes if each.state != "done"]
    assert not bad, bad


@given(resources(metas=True), st.booleans())
def test_apply_then_plan_is_empty(found, reloads):
    async def law():
        with a_world(reloads=reloads) as world:
            wish = estate(found)
            assert (await world.converge(wish)).is_empty
            assert objects(world) == {str(each.address) for each in found}

    asyncio.run(law())


@given(resources(metas=True), resources(metas=True))
def test_from_any_estate_to_any_other_and_nothing_is_left_over(first, second):
    async def law():
        with a_world(reloads=True) as world:
            await applied(world, estate(first))
            await applied(world, estate(second))
            assert (await world.plan(estate(second))).is_empty
            assert objects(world) == {str(each.address) for each in second}
            assert set(map(str, world.ledger.objects)) == {str(each.address) for each in second}
            assert world.ledger.owed == {}
            assert world.intents == {}

    asyncio.run(law())


@given(resources(pbxs=1), resources(pbxs=1), resources(pbxs=1))
def test_what_is_not_ours_survives(foreign, first, second):
    """Objects of others stay as they are, although their names look just like ours."""

    async def law():
        with a_world() as world:
            await applied(world, estate(foreign))
            theirs = contents(world)
            world.ledger = type(world.ledger)()
            mine = {each.address for each in (*first, *second)}
            others = {each.address for each in foreign} - mine
            for wish in (first, second, ()):
                await applied(world, estate(wish))
            for address in others:
                target = f"pbx/{address.scope}"
                now = world.platform.stores[target].kinds[address.kind].get(address.key)
                assert now == theirs[target][address.kind][address.key]

    asyncio.run(law())


@given(resources(), resources())
def test_order_respects_needs_and_reverses_for_deletes(first, second):
    async def law():
        with a_world(reloads=True) as world:
            await applied(world, estate(first))
            planned = await world.plan(estate(second))
            position = {each.id: n for n, each in enumerate(planned.steps)}
            assert len(position) == len(planned.steps)
            commits = {each.id for each in planned.commits}
            for step in planned.steps:
                for need in step.needs:
                    assert need in commits or position[need] < position[step.id]
            writes = [n for n, each in enumerate(planned.steps) if each.phase != "delete"]
            deletes = [n for n, each in enumerate(planned.steps) if each.phase == "delete"]
            assert not writes or not deletes or max(writes) < min(deletes)
            removed = {each.address: n for n, each in enumerate(planned.steps) if n in deletes}
            linked = {each.address for each in planned.steps if each.phase == "link"}
            for change in planned.changes:
                if isinstance(change, Delete):
                    cyclic = _reaches(change.address, planned.changes)
                    for need in change.needs:
                        if need in removed and need != change.address and need not in cyclic:
                            assert removed[change.address] < removed[need]
                elif isinstance(change, Create) and change.address not in linked:
                    for need in change.needs:
                        made = f"create {need}"
                        if made in position and need != change.address:
                            assert position[made] < position[f"create {change.address}"]

    asyncio.run(law())


def _reaches(start: Address, changes) -> set[Address]:
    """Return from where one gets back to the start over deletes: its cycle."""
    needs = {each.address: each.needs for each in changes if isinstance(each, Delete)}

    def reachable(at: Address) -> set[Address]:
        seen: set[Address] = set()
        waiting = [at]
        while waiting:
            for need in needs.get(waiting.pop(), ()):
                if need not in seen:
                    seen.add(need)
                    waiting.append(need)
        return seen

    return {each for each in reachable(start) if start in reachable(each)}


@given(resources(metas=True), resources(), st.randoms(use_true_random=False))
def test_the_plan_does_not_depend_on_the_order_of_input(first, second, shuffler):
    async def law():
        with a_world(reloads=True) as world:
            await applied(world, estate(first))
            digests = set()
            texts = set()
            for _ in range(3):
                mixed = list(second)
                shuffler.shuffle(mixed)
                rows = list(world.ledger.objects.items())
                shuffler.shuffle(rows)
                world.ledger = type(world.ledger)(dict(rows), world.ledger.owed)
                for store in world.platform.stores.values():
                    _shuffle(store, shuffler)
                planned = await world.plan(estate(tuple(mixed)))
                digests.add(digest(planned))
                texts.add(write_plan(planned, HEADER, b"k" * 32))
            assert len(digests) == len(texts) == 1

    asyncio.run(law())


def _shuffle(store: Store, shuffler: random.Random) -> None:
    kinds = list(store.kinds.items())
    shuffler.shuffle(kinds)
    for kind, found in kinds:
        items = list(found.items())
        shuffler.shuffle(items)
        store.kinds[kind] = {key: dict(reversed(each.items())) for key, each in items}


@given(resources(metas=True), resources(metas=True))
def test_the_plan_files_round_trip_keeps_its_digest_and_its_effect(first, second):
    async def law():
        with a_world(reloads=True) as world:
            await applied(world, estate(first))
            wish = estate(second)
            planned = await world.plan(wish)
            assume_whole(planned)
            text = write_plan(planned, HEADER, b"k" * 32)
            back, _ = read_plan(text, b"k" * 32, HEADER.created)
            assert digest(back) == digest(planned)
            assert write_plan(back, HEADER, b"k" * 32) == text
            outcomes = await world.apply(back, wish)
            assert {each.state for each in outcomes} <= {"done"}, outcomes
            assert (await world.plan(wish)).is_empty

    asyncio.run(law())


@given(resources(metas=True), resources(), st.data())
def test_no_secret_is_ever_seen(first, second, data):
    async def law():
        with a_world(reloads=True) as world:
            wish = estate(first)
            planned = await world.plan(wish)
            world.platform.script.refuses = {
                str(each.address): "no" for each in first if data.draw(st.integers(0, 5)) == 0
            }
            outcomes = await world.apply(planned, wish)
            other = await world.plan(estate(second))
            shown = [
                write_plan(planned, HEADER, b"k" * 32),
                write_plan(other, HEADER, b"k" * 32),
                repr((planned, other, outcomes, world.ledger, world.intents)),
                canonical([to_json(each.fields) for each in world.ledger.objects.values()]),
                repr(world.platform.log),
            ]
            for text in shown:
                assert not [each for each in PLANTED.values() if each in text]
            if any(isinstance(v, Secret) for each in first for v in each.fields.values()):
                assert '"env:' in shown[0]

    asyncio.run(law())


@given(resources(pbxs=1), st.data())
def test_removing_a_declared_field_changes_a_live_one_only_if_we_had_set_it(found, data):
    """Others' values stay; ours go back to the default."""

    async def law():
        with a_world() as world:
            extensions = [each for each in found if each.address.kind == "extension"]
            assume(extensions)
            await applied(world, estate(found))
            ours = data.draw(st.booleans())
            if not ours:
                # The same objects, but they were there before us.
                world.ledger = type(world.ledger)()
                await applied(world, estate(found))
            before = contents(world)
            fewer = []
            dropped: dict[Address, list[str]] = {}
            for each in found:
                fields = dict(each.fields)
                if each.address.kind == "extension":
                    loose = [path for path in sorted(fields) if path != "name"]
                    gone = data.draw(st.sets(st.sampled_from(loose))) if loose else set()
                    dropped[each.address] = sorted(gone)
                    for path in gone:
                        del fields[path]
                fewer.append(
                    type(each)(
                        each.address,
                        each.target,
                        fields,
                        each.origin,
                        each.line,
                        each.needs,
                        each.meta,
                    )
                )
            assert (await world.converge(estate(tuple(fewer)))).is_empty
            if not ours:
                assert contents(world) == before
            for address, paths in dropped.items():
                here = world.platform.stores["pbx/office"].kinds["extension"][address.key]
                was = before["pbx/office"]["extension"][address.key]
                support = world.platform.supports["extension"]
                for path in paths:
                    expected = default_of("extension", path, support) if ours else was.get(path)
                    assert here.get(path) == expected
                kept = was.keys() - set(paths)
                assert {p: here[p] for p in kept} == {p: was[p] for p in kept}

    asyncio.run(law())


@given(resources(metas=True), resources(metas=True), st.data())
def test_what_is_as_it_should_be_is_seen_without_comparing_it(first, second, data):
    """The short way says of an object what comparing it field by field says, or nothing."""

    async def law():
        with a_world() as world:
            await applied(world, estate(first))
            for name, store in world.platform.stores.items():
                for kind, found in store.kinds.items():
                    for key in data.draw(st.sets(st.sampled_from([*found]))) if found else ():
                        found[key]["name"] = f"edited by hand on {name}, {kind}"
            for wish in (estate(first), estate(second)):
                planned = await world.plan(wish)
                with pytest.MonkeyPatch.context() as patch:
                    patch.setattr(differing, "_is_settled", lambda *_: False)
                    compared = await world.plan(wish)
                assert planned.matching == compared.matching
                assert digest(planned) == digest(compared)

    asyncio.run(law())


@given(resources(pbxs=1), st.data())
def test_hand_edits_show_up_as_drift_exactly_there_and_are_mended(found, data):
    async def law():
        with a_world() as world:
            wish = estate(found)
            await applied(world, wish)
            store = world.platform.stores.setdefault("pbx/office", Store(None))
            before = contents(world)
            edited: dict[Address, set[str]] = {}
            for each in found:
                texts = sorted(
                    path
                    for path, value in each.fields.items()
                    if path in ("name", "ring_time", "timeout", "max_contacts")
                )
                chosen = data.draw(st.sets(st.sampled_from(texts))) if texts else set()
                here = store.kinds[each.address.kind][each.address.key]
                for path in chosen:
                    new = "edited by hand" if path == "name" else 59 + len(path)
                    here[path] = new
                    edited.setdefault(each.address, set()).add(path)
                here["settings.added_by_hand"] = "not ours"
            planned = await world.plan(wish)
            drifted = {
                each.address: {f.path for f in each.fields}
                for each in planned.changes
                if isinstance(each, Update)
            }
            assert drifted == edited
            assert all(
                f.cause == "drift"
                for each in planned.changes
                if isinstance(each, Update)
                for f in each.fields
            )
            outcomes = await world.apply(planned, wish)
            assert {each.state for each in outcomes} <= {"done"}, outcomes
            for kind, keys in store.kinds.items():
                for key, fields in keys.items():
                    assert fields.pop("settings.added_by_hand") == "not ours"
                    assert fields == before["pbx/office"][kind][key]

    asyncio.run(law())


@given(resources(), resources(), st.data())
def test_interrupted_anywhere_and_run_again_it_converges_and_nothing_is_doubled(
    first, second, data
):
    """Killed between any two of: intent, send, answer, settle, commit."""

    async def law():
        with a_world(reloads=True, batch=data.draw(st.sampled_from([1, 2, 5000]))) as world:
            await applied(world, estate(first))
            wish = estate(second)
            for _ in range(3):
                planned = await world.plan(wish)
                if not planned.steps:
                    break
                victim = str(data.draw(st.sampled_from(planned.steps)).address)
                call = data.draw(
                    st.sampled_from(["intend", "settle", "drops_before", "drops_after", "commit"])
                )
                script = world.platform.script
                if call in ("intend", "settle"):
                    made = world.calls.get(call, 0)
                    world.fails_at = (call, made + data.draw(st.integers(0, 4)))
                    world.error = Killed() if data.draw(st.booleans()) else OSError()
                elif call == "commit":
                    script.dies, script.drops_before = True, None
                    script.commit_error = _lost()
                else:
                    script.dies = data.draw(st.booleans())
                    setattr(script, call, victim)
                with suppress(Killed, OSError):
                    await world.apply(planned, wish)
                world.fails_at = None
                script.dead = script.dies = False
                script.drops_before = script.drops_after = script.commit_error = None
            world.platform.log.clear()
            planned = await world.plan(wish)
            outcomes = await world.apply(planned, wish)
            assert {each.state for each in outcomes} <= {"done"}, outcomes
            assert (await world.plan(wish)).is_empty
            assert objects(world) == {str(each.address) for each in second}
            assert set(map(str, world.ledger.objects)) == {str(each.address) for each in second}
            assert world.intents == {}
            assert world.ledger.owed == {}

    asyncio.run(law())


def _lost() -> Unreachable:
    return Unreachable("office", "reloading", "connection reset")


@given(resources(pbxs=1))
def test_losing_the_journal_costs_attribution_not_service(found):
    async def law():
        with a_world() as world:
            wish = estate(found)
            await applied(world, wish)
            before = contents(world)
            world.ledger = type(world.ledger)()
            planned = await world.plan(wish)
            assert all(isinstance(each, Adopt) and not each.fields for each in planned.changes)
            await world.apply(planned, wish)
            assert contents(world) == before
            assert (await world.plan(wish)).is_empty

    asyncio.run(law())


@given(resources(pbxs=1), NAMES)
def test_renaming_keeps_the_object_and_its_undeclared_fields(found, name):
    async def law():
        with a_world() as world:
            old, new = Address("extension", "office", "1001"), "extension/office/1999"
            # Nobody else refers to it, so that only its own name changes.
            mine = tuple(
                each for each in found if each.address == old or each.address.kind == "trunk"
            )
            assume(any(each.address == old for each in mine))
            await applied(world, estate(mine))
            store = world.platform.stores["pbx/office"]
            store.kinds["extension"]["1001"]["mailbox_context"] = "theirs"
            moved = [
                type(each)(
                    Address("extension", "office", "1999") if each.address == old else each.address,
                    each.target,
                    {**each.fields, "name": name} if each.address == old else each.fields,
                    each.origin,
                    each.line,
                    (),
                    each.meta,
                )
                for each in mine
            ]
            wish = desired(moved, [pbx("office")], moved=[(str(old), new)])
            assert (await world.converge(wish)).is_empty
            kept = store.kinds["extension"]
            assert set(kept) == {"1999"}
            assert kept["1999"]["mailbox_context"] == "theirs"
            assert kept["1999"]["name"] == name

    asyncio.run(law())
