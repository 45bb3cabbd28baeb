"""Laws of narrowed reads: around its writes, apply asks for what its steps depend on, and no more.

Whatever people do by hand between plan and apply, it ends as if everything were read each time.
"""

import asyncio
import tempfile
from pathlib import Path
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from reconciler.adapters.memory.store import Store
from reconciler.model.extent import Extent
from reconciler.model.plan import Plan
from tests.laws.estates import PLANTED, estate, resources
from tests.unit.execution.scripted import LoggedWorld, ScriptedAdapter, ScriptedConnection


class AskedConnection(ScriptedConnection):
    """Answers everything whatever is asked, or exactly what is asked; notes what is."""

    async def read(self, extent: Extent):
        self.adapter.asked.append(extent)
        whole = Extent(frozenset(self.adapter.supports))
        return await super().read(whole if self.adapter.tells_all else extent)


class AskedAdapter(ScriptedAdapter):
    def __init__(self, *, tells_all: bool) -> None:
        super().__init__(reloads=True, batch=3)
        self.tells_all = tells_all
        self.asked: list[Extent] = []

    def connected(self, target, store):
        return AskedConnection(self, target, store)


Done = list[tuple[str, str, dict | None]]


def at_hand(dice: Random, store: Store, planned: Plan, others) -> Done:
    """Return what somebody does by hand: objects gone, changed, come; mostly where we work."""
    there = sorted((kind, key) for kind, found in store.kinds.items() for key in found)
    near = [each.address for each in planned.steps]
    near += [need for each in planned.changes for need in each.needs]
    done: Done = []
    for _ in range(dice.randint(1, 3)):
        _, _, key = dice.choice(near) if near else (None, None, "600")
        some = [each for each in there if each[1] == key] or there
        match dice.choice(("gone", "name", "refers", "number", "other")):
            case "gone" if some:
                done.append((*dice.choice(some), None))
            case "name" if some:
                kind, key = dice.choice(some)
                done.append((kind, key, {**store.kinds[kind][key], "name": "by hand"}))
            case "refers":
                to = dice.choice([f"{each.kind}/{each.key}" for each in near] or ["hangup"])
                done.append(("inbound_route", "any", {"destination": to}))
            case "number":
                kind = dice.choice(("extension", "ring_group", "queue"))
                done.append((kind, key if key.isdigit() else "600", {"name": "same number"}))
            case "other" if others:
                each = dice.choice(others)
                fields = {p: v for p, v in each.fields.items() if isinstance(v, (str, int, list))}
                done.append((each.address.kind, each.address.key, {**fields, "name": "new"}))
            case _:
                done.append(("ivr", "clock", {"name": "clock", "number": "600"}))
    return done


@given(resources(pbxs=1), resources(pbxs=1), resources(pbxs=1), st.integers(0, 9999).map(Random))
def test_it_ends_as_if_everything_were_read(first, second, third, dice):
    async def run(tells_all: bool, by_hand):
        with tempfile.TemporaryDirectory() as folder:
            adapter = AskedAdapter(tells_all=tells_all)
            world = LoggedWorld(Path(folder), {"memory": adapter})
            world.values.update(PLANTED)
            await world.apply(await world.plan(estate(first)), estate(first))
            planned = await world.plan(estate(second))
            adapter.asked.clear()
            store = adapter.stores.setdefault("pbx/office", Store(None))
            if by_hand is None:
                by_hand = at_hand(dice, store, planned, third)
            for kind, key, fields in by_hand:
                found = store.kinds.setdefault(kind, {})
                found.pop(key, None)
                if fields is not None:
                    found[key] = dict(fields)
            outcomes = await world.apply(planned, estate(second))
            told = [(each.step, each.state, each.detail) for each in outcomes]
            kinds = {name: each.kinds for name, each in adapter.stores.items()}
            return by_hand, told, kinds, world.ledger, adapter.asked

    async def law():
        by_hand, *narrow, asked = await run(False, None)
        _, *whole, _ = await run(True, by_hand)
        assert narrow == whole
        everything = frozenset(AskedAdapter(tells_all=False).supports)
        assert all(each.kinds < everything for each in asked)

    asyncio.run(law())
