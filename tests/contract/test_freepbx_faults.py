"""An apply on a FreePBX that answers badly, or that is killed: nothing lost, nothing doubled.

One fault at a time, at the requests of an apply in turn. `RECONCILER_FAULTS_EVERY=1` tries each
fault at each request and each kill at each write, on 16 and 17; the suite takes a sample of both.
"""

import asyncio
import copy
import os

import pytest

from reconciler.adapters.freepbx import ADAPTER
from reconciler.lab.freepbx.faults import Fault
from reconciler.model.secret import Secret
from reconciler.testing.building import desired, resource
from reconciler.testing.world import World
from reconciler.transport.http import Http
from tests.contract.freepbx_platform import emulator, furnish, secrets, target

ASKED = os.environ.get("RECONCILER_FAULTS_EVERY")
EVERY = int(ASKED or "70")
KILLS = 1 if ASKED else 6
VERSIONS = ("16", "17")
FAULTS = {
    "429": {"what": "status", "status": 429, "retry_after_s": 0},
    "500": {"what": "status", "status": 500},
    "503": {"what": "status", "status": 503, "retry_after_s": 0},
    "hang": {"what": "hang", "seconds": 3},
    "drop": {"what": "drop"},
    "drop-after": {"what": "drop-after"},
    "lose-session": {"what": "lose-session"},
    "expire-token": {"what": "expire-token"},
}
PAIRS = [
    (version, fault)
    for version in VERSIONS
    for turn, fault in enumerate(FAULTS)
    if ASKED or version == VERSIONS[turn % 2]
]
PASSED = dict.fromkeys(
    (
        "number-release",
        "too-many-changes",
        "too-many-deletes",
        "protected-object",
        "pending-reload",
    ),
    "a test",
)


def entry(kind, key, **fields):
    return resource(f"{kind}/ferrybank/{key}", fields)


def person(number, name):
    box = {"voicemail.enabled": True, "voicemail.pin": Secret("env:PIN")}
    return entry("extension", number, name=name, secret=Secret("env:S"), **box)


def group(number, *members):
    return entry("ring_group", number, name=f"Group {number}", members=list(members))


def route(destination):
    return entry("inbound_route", "16035550100", name="Main", destination=destination)


def hours(*opened, closed_to="hangup"):
    return entry(
        "schedule", "office", open=list(opened), open_to="ring_group/600", closed_to=closed_to
    )


BEFORE = [
    person("1001", "Ada"), person("1002", "Ben"), group("600", "1001", "1002"),
    route("ring_group/600"), hours("Mon-Fri 09:00-17:00"),
]  # fmt: skip
AFTER = [
    person("1001", "Ada Okafor"), person("1003", "Cleo"), group("600", "1001", "1003"),
    group("601", "1003"), route("ring_group/601"),
    hours("Mon-Thu 08:00-16:00", closed_to="external/+441134960100"),
    entry("queue", "700", name="Support", members=[{"extension": "1001"}]),
]  # fmt: skip


class Scene:
    """A FreePBX with an applied estate, put back there for every try."""

    def __init__(self, server, folder):
        self.server = server
        self.folder = folder
        self.target = target(server, request_timeout=30)
        self.hurried = target(server, request_timeout=1)
        """The same with less patience than a hanging request takes."""
        furnish(server)
        self.world = World(folder, {"freepbx": ADAPTER})
        self.world.values.update(secrets(server) | {"S": "Secret-1001-abcdef", "PIN": "4711"})
        wish = desired(BEFORE, [self.target])
        asyncio.run(self.world.converge(wish))
        self._tables = copy.deepcopy(server.pbx.tables.__dict__)
        self._ledger = self.world.ledger

    def back(self):
        """Put everything back to the applied estate."""
        self.server.pbx.tables.__dict__.update(copy.deepcopy(self._tables))
        self.server.pbx.reloads.loaded = self.server.pbx.tables.changes
        self.server.faults.clear()
        self.world.ledger = self._ledger
        self.world.intents.clear()

    def apply(self, at=None):
        """Plan and apply; return the outcomes."""

        async def go():
            wish = desired(AFTER, [at or self.target])
            planned = await self.world.plan(wish, overrides=PASSED)
            self.server.traffic.clear()
            return await self.world.apply(planned, wish)

        return asyncio.run(go())

    def counts(self):
        """How many values there are of each table: nothing doubled, nothing lost."""
        found = {}
        for name in self.server.state():
            table = name.split("/")[0]
            found[table] = found.get(table, 0) + 1
        return found

    def finish(self):
        """Run again until all is done, at most twice; then nothing is left to do."""
        self.server.faults.clear()
        for _ in range(2):
            outcomes = self.apply()
            if all(each.state == "done" for each in outcomes):
                break
        wish = desired(AFTER, [self.target])
        left = asyncio.run(self.world.plan(wish, overrides=PASSED))
        assert left.is_empty, left
        assert self.server.pbx.reloads.loaded == self.server.pbx.tables.changes


@pytest.fixture(scope="module")
def scene(request, tmp_path_factory):
    with emulator(request.param) as server:
        yield Scene(server, tmp_path_factory.mktemp("faults"))
        assert not server.crashes, server.crashes[0]


@pytest.fixture(scope="module")
def clean(scene):
    """How many requests an apply needs, and what is stored after it."""
    scene.back()
    outcomes = scene.apply()
    assert all(each.state == "done" for each in outcomes), outcomes
    return len(scene.server.traffic.seen), scene.counts()


@pytest.mark.parametrize(("scene", "fault"), PAIRS, indirect=["scene"])
@pytest.mark.timeout(900)
def test_a_fault_at_any_request_loses_and_doubles_nothing(scene, clean, fault):
    requests, stored = clean
    turn = list(FAULTS).index(fault)
    for position in range(1, requests + 1):
        if (position + turn) % EVERY:
            continue
        scene.back()
        scene.server.faults.arm(Fault(at=position, **FAULTS[fault]))
        scene.apply(scene.hurried)
        scene.finish()
        assert scene.counts() == stored, f"{fault} at request {position}"


class Killed(BaseException):
    """As good as SIGKILL: nothing of ours catches it."""


@pytest.mark.parametrize("scene", VERSIONS, indirect=True)
@pytest.mark.timeout(900)
def test_killed_between_any_two_writes_it_converges(scene, clean, monkeypatch):
    _, stored = clean
    original, left = Http.write, 0

    async def mortal(self, *arguments, **named):
        nonlocal left
        left -= 1
        if left == 0:
            raise Killed
        return await original(self, *arguments, **named)

    for call in range(1, 100, KILLS):
        scene.back()
        left = call
        with monkeypatch.context() as patch:
            patch.setattr(Http, "write", mortal)
            try:
                scene.apply()
            except Killed:
                died = True
            else:
                died = False
        scene.finish()
        assert scene.counts() == stored, f"killed before write {call}"
        if not died:
            break
    assert call > 8
