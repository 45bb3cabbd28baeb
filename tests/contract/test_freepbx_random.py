"""200 random small FreePBXs, half of them 16: imported, nothing is left to do; and a field that is
changed and changed back leaves everything that is stored as it was.

The suite imports all 200 and changes a field in each twentieth. `RECONCILER_ESTATES` is how many
are tried, with a change in each.
"""

import asyncio
import copy
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from random import Random

import pytest

from reconciler.adapters.freepbx import ADAPTER
from reconciler.diagnostics.diagnostic import Checked
from reconciler.execution.secrets.seal import seal_desired, seal_live
from reconciler.model.extent import Extent
from reconciler.model.live import Live
from reconciler.model.ownership import Ownership
from reconciler.model.resource import Desired
from reconciler.planning.compare import default_of
from reconciler.planning.plan import plan
from reconciler.takeover.importing import import_
from reconciler.testing.building import desired
from reconciler.testing.contract import described
from reconciler.testing.world import World
from reconciler.workflow.declare import declare
from reconciler.workspace import Surroundings
from tests.contract.freepbx_platform import emulator, secrets, target
from tests.contract.random_freepbx import RandomPbx
from tests.contract.test_freepbx_faults import PASSED
from tests.contract.test_freepbx_rules import FILLED_IN, stored

ESTATES = int(os.environ.get("RECONCILER_ESTATES", "200"))
CHANGED = 1 if "RECONCILER_ESTATES" in os.environ else 20
"""Of so many estates one has a field changed."""
INVENTORY = """\
apiVersion: reconciler/v1
pbxs:
  ferrybank:
    adapter: freepbx
    url: {url}
    acknowledge_plaintext: true
    writes_per_second: 100
    timezone: Europe/London
    country: GB
    oauth: {{client_id: {client}, client_secret: {{secret: "env:OAUTH"}}}}
    web: {{username: {user}, password: {{secret: "env:WEB"}}}}
workspace: {{name: ferrybank}}
"""
OTHERS = {
    "extension": {
        "name": "Renamed", "ring_time": 33, "call_waiting": "other", "max_contacts": 4,
        "emergency_caller_id": "16035550198", "outbound_caller_id.number": "16035550197",
        "forward.busy": "1001", "forward.no_answer": "+441134960155",
        "codecs": ["g722"], "settings.direct_media": "no",
    },
    "trunk": {"channels": 7, "outbound_caller_id.number": "16035550196", "enabled": "other"},
    "ring_group": {
        "name": "Renamed", "ring_time": 33, "strategy": "hunt", "members": ["1001"],
        "caller_id_prefix": "Z:", "no_answer": "external/+441134960155", "skip_busy": "other",
    },
    "queue": {
        "name": "Renamed", "timeout": 33, "retry": 9, "weight": 3, "strategy": "fewestcalls",
        "max_callers": 9, "announce_position": "other", "no_answer": "extension/1001",
    },
    "ivr": {"timeout": 7, "retries": 1, "direct_dial": "other", "on_timeout": "extension/1001"},
    "announcement": {"skip": "other", "then": "extension/1001", "answer": "other"},
    "schedule": {
        "open": ["Mon-Fri 07:00-19:00"], "closed_days": ["06-21"], "closed_to": "extension/1001",
    },
    "day_night": {"night": "extension/1001", "state": "night"},
    "paging_group": {"name": "Renamed", "two_way": "other", "members": ["1001"]},
    "conference": {"name": "Renamed", "max_members": 9, "mute_on_join": "other"},
    "inbound_route": {"name": "Renamed", "destination": "extension/1001"},
    "outbound_route": {"caller_id.number": "16035550195", "emergency": "other"},
    "parking_lot": {"name": "Renamed", "timeout": 33, "find_slot": "next", "slots": "731-735"},
    "blocklist": {"description": "Renamed"},
}  # fmt: skip
"""Another value of fields that can be changed alone."""


@dataclass
class Stock:
    """A FreePBX's estate as files: what they declare, and what was read."""

    world: World
    told: Checked
    live: Live

    @property
    def at(self):
        return self.live.targets

    @property
    def wish(self) -> Desired:
        found = self.told.value.desired
        return found._replace(targets={n: at for n, at in found.targets.items() if n in self.at})

    def planned(self):
        """The plan of the files as they were written, over what was read for them."""
        sealed = seal_desired(self.wish, self.world.secrets, self.world.fingerprints)
        assert not sealed.has_errors, sealed.diagnostics
        return plan(sealed.value, self.live, self.world.ledger, self.world.adapters)

    async def read(self, extent):
        """What the FreePBX answers to this alone."""
        (name,) = self.at
        async with self.world.sessions(self.wish) as sessions:
            return await sessions.read(name, extent)

    def with_another(self, pick):
        """The wish with one field of one object changed, and which; None if there is none."""
        possible = [
            (address, path, value)
            for address, each in sorted(self.wish.resources.items())
            for path, other in OTHERS.get(address.kind, {}).items()
            if (value := _another(address.kind, path, other, each.fields)) is not None
            and not any(told.startswith(path) for told in self._beyond(address))
        ]
        if not possible:
            return None
        address, path, value = pick.choice(possible)
        each = self.wish.resources[address]
        changed = each._replace(fields={**each.fields, path: value})
        found = self.wish._replace(resources={**self.wish.resources, address: changed})
        return found, address, path

    def _beyond(self, address):
        """What of an object there is no word for: a field over that would not come back."""
        (live,) = self.live.targets.values()
        return live.beyond.get(address, ())

    def apply(self, wish):
        async def go():
            planned = await self.world.plan(wish, overrides=PASSED)
            return planned, await self.world.apply(planned, wish)

        planned, outcomes = asyncio.run(go())
        bad = [each for each in outcomes if each.state != "done"]
        assert not bad, [(str(each.address), each.detail) for each in bad]
        return planned


def _another(kind, path, other, fields):
    now = fields.get(path, default_of(kind, path, ADAPTER.supports[kind]))
    if other == "other":
        return not now
    return None if now == other else other


def _at(folder):
    return Surroundings(
        cwd=folder, folder=folder / ".reconciler", environ={}, now=lambda: datetime.now(UTC),
        actor="a test", use_cache=False,
    )  # fmt: skip


class Shop:
    """A FreePBX that is made anew again and again, and a workspace for each time."""

    def __init__(self, server, folder):
        self.server = server
        self.folder = folder
        self.numbers = count()
        self._bare = copy.deepcopy(server.pbx.tables.__dict__)

    def stock(self, seed):
        """Put a random estate on the FreePBX, take it into files, and return both sides."""
        self.server.pbx.tables.__dict__.update(copy.deepcopy(self._bare))
        self.server.traffic.clear()
        RandomPbx(self.server.pbx, seed)
        folder = self.folder / str(next(self.numbers))
        folder.mkdir()
        return asyncio.run(self._imported(folder))

    async def _imported(self, folder):
        world = World(folder, {"freepbx": ADAPTER})
        world.values.update(secrets(self.server))
        at = target(self.server, timezone="Europe/London")
        async with world.sessions(desired([], [at])) as sessions:
            connection = await sessions.connection(at.id)
            live = await connection.read(Extent(frozenset(ADAPTER.supports)))
        sealed = seal_live(live, world.fingerprints, {})
        found = import_(live, sealed, at, ADAPTER, frozenset(), ())
        world.store.add(found.secrets)
        for name, text in {**found.files, "inventory.yaml": self._inventory()}.items():
            (folder / name).write_text(text, encoding="utf-8")
        world.ledger = Ownership({each.address: each for each in found.owned})
        told = declare([folder], _at(folder))
        return Stock(world, told, Live({at.id: sealed}))

    def _inventory(self):
        credentials = self.server.pbx.credentials
        return INVENTORY.format(
            url=self.server.url, client=credentials.client_id, user=credentials.web_user
        )


@pytest.fixture(scope="module", params=["16", "17"])
def shop(request, tmp_path_factory):
    with emulator(request.param) as server:
        yield Shop(server, tmp_path_factory.mktemp("random"))
        assert not server.crashes, server.crashes[0]


OWN = {
    "pjsip": {"channelid", "extdisplay", "sv_channelid", "sv_trunk_name", "usercontext"},
    "kvstore_callrecording": set(), "outbound_routes": {"time_group_id"},
    "sip": {"callerid", "disallow"}, "miscdests": set(),
}  # fmt: skip
"""What FreePBX's own pages fill in where nothing stands, by table; misc destinations stay."""


def others(before, after):
    """What is stored otherwise, but for what FreePBX's own pages fill in."""
    found = {}
    for path in sorted(before.keys() | after.keys()):
        was, now = before.get(path), after.get(path)
        table, _, rest = path.partition("/")
        column = rest.rpartition("/")[2]
        filled_in = (was in (None, "", "NULL") and column in OWN.get(table, ())) or (
            was is None and OWN.get(table) == set()
        )  # fmt: skip
        usual = any(path.endswith(name) and (was, now) == each for name, each in FILLED_IN.items())
        if was != now and not filled_in and not usual and table != "timegroups_details":
            found[path] = (was, now)
    return found


def spoken(server):
    """The times of each time group: their rows are made anew whenever one changes."""
    rows = server.pbx.tables.rows("timegroups_details")
    return sorted((each["timegroupid"], each["time"]) for each in rows)


@pytest.mark.timeout(900)
def test_what_is_imported_is_declared_whole_and_nothing_is_left_to_do(shop):
    for seed in range(ESTATES // 2):
        stock = shop.stock(seed)
        assert not stock.told.has_errors, (seed, stock.told.diagnostics)
        planned = stock.planned()
        assert planned.is_empty, f"estate {seed}: {described(planned)}"
        assert not shop.server.traffic.writes


@pytest.mark.timeout(900)
def test_single_objects_are_told_as_in_a_whole_read(shop):
    for seed in range(0, ESTATES // 2, CHANGED):
        stock, dice = shop.stock(seed), Random(seed)
        (whole,) = stock.live.targets.values()
        by_kind = {}
        for each in sorted(whole.objects):
            by_kind.setdefault(each.kind, []).append(each)
        some = frozenset(dice.choice(each) for each in by_kind.values())
        found = asyncio.run(stock.read(Extent(objects=some)))
        assert {a: each for a, each in found.objects.items() if a in some} == {
            a: whole.objects[a] for a in some
        }, seed
        assert all(whole.objects.get(a) == each for a, each in found.objects.items()), seed


@pytest.mark.timeout(900)
def test_a_field_changed_and_changed_back_leaves_everything_as_it_was(shop):
    for seed in range(0, ESTATES // 2, CHANGED):
        stock = shop.stock(seed)
        found = stock.with_another(Random(seed))
        if found is None:
            continue
        other, address, path = found
        before, times = stored(shop.server), spoken(shop.server)
        planned = stock.apply(other)
        assert [each.path for c in planned.changes for each in c.fields] == [path]
        stock.apply(stock.wish)
        left = others(before, stored(shop.server))
        assert not left, f"estate {seed}, {address} {path}: {left}"
        assert spoken(shop.server) == times
