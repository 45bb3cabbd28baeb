"""A platform that misbehaves as told, and a world in which everything is logged in order."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from reconciler.adapter import Committed, Connection, Sent, Work
from reconciler.adapters.memory.connection import MemoryConnection
from reconciler.adapters.memory.store import Store
from reconciler.errors import AdapterError, Unreachable
from reconciler.model.address import Address
from reconciler.model.extent import Extent
from reconciler.model.live import TargetLive
from reconciler.model.outcome import Outcome
from reconciler.model.ownership import Owned
from reconciler.model.step import Commit, Request, Step
from reconciler.model.target import Target
from reconciler.model.value import Fields
from reconciler.testing.building import at
from reconciler.testing.world import World
from tests.unit.planning.paper import PaperAdapter


@dataclass
class Script:
    """How the platform behaves. Addresses and step ids as text."""

    ignores: set[str] = field(default_factory=set)
    """Addresses whose work it answers with ok and does not do."""
    refuses: dict[str, str] = field(default_factory=dict)
    """Addresses whose work it refuses, and how."""
    drops_before: str | None = None
    """The address at whose work the connection is lost, before it is done."""
    drops_after: str | None = None
    """The address at whose work the connection is lost, after it is done."""
    dead: bool = False
    """Whether nobody answers any more, new connections included."""
    dies: bool = False
    """Whether it is dead from the moment of the drop on."""
    broken: AdapterError | None = None
    """What `send` raises."""
    reads: list[object] = field(default_factory=list)
    """What the next reads do, in order: an error to raise, kinds to leave out, addresses that are
    there and cannot be read (with the reason), or None."""
    collateral: dict[str, dict[str, object]] = field(default_factory=dict)
    """Fields that writing an address changes, too."""
    copies: set[str] = field(default_factory=set)
    """Addresses at which a move leaves the old object, too."""
    stubborn: bool = False
    """Whether collateral changes come back after a repair."""
    rejects: dict[str, str] = field(default_factory=dict)
    """Addresses that the commit rejects and puts back."""
    commit_error: AdapterError | None = None
    waits: dict[str, Callable[[], Awaitable[object]]] = field(default_factory=dict)
    """What each send waits for, by target."""
    silent: bool = False
    """Whether it answers for no piece of work."""


class ScriptedAdapter(PaperAdapter):
    """The memory platform behind a script, one for all targets."""

    def __init__(self, *, batch: int = 5000, **more: object) -> None:
        super().__init__(**more)  # type: ignore[arg-type]
        self.script = Script()
        self.batch = batch
        self.log: list[tuple[object, ...]] = []
        self.opened = 0

    @asynccontextmanager
    async def _open(self, target: Target, settings: Fields) -> AsyncIterator[Connection]:
        if self.script.dead:
            raise Unreachable(target.scope, "connecting", "no route to host")
        self.opened += 1
        store = self.stores.setdefault(target.id, Store(None))
        yield self.connected(target, store)

    def connected(self, target: Target, store: Store) -> Connection:
        return ScriptedConnection(self, target, store)

    def put(self, *objects: tuple[str, Mapping[str, object]]) -> None:
        """Put objects there by hand."""
        for text, fields in objects:
            kind, scope, key = text.split("/", 2)
            where = "site" if kind == "phone" else "pbx"
            store = self.stores.setdefault(f"{where}/{scope}", Store(None))
            store.kinds.setdefault(kind, {})[key] = dict(fields)

    def get(self, text: str) -> Mapping[str, object] | None:
        """Return an object as it is there."""
        kind, scope, key = text.split("/", 2)
        where = "site" if kind == "phone" else "pbx"
        found: Mapping[str, object] | None = (
            self.stores.setdefault(f"{where}/{scope}", Store(None)).kinds.get(kind, {}).get(key)
        )
        return found


class ScriptedConnection(MemoryConnection):
    """Does what the script says."""

    def __init__(self, adapter: ScriptedAdapter, target: Target, store: Store) -> None:
        super().__init__(target, store)
        self.adapter = adapter
        self.lost = False
        self.before: dict[str, dict[str, dict[str, object]]] = _copy(store)

    def _check(self, doing: str) -> None:
        if self.lost or self.adapter.script.dead:
            raise Unreachable(self._target.scope, doing, "connection lost")

    async def read(self, extent: Extent) -> TargetLive:
        script = self.adapter.script
        self.adapter.log.append(("read", self._target.id))
        self._check("reading")
        what = script.reads.pop(0) if script.reads else None
        if isinstance(what, AdapterError):
            raise what
        found = await super().read(extent)
        if isinstance(what, dict):
            unread = {at(text): why for text, why in what.items()}
            objects = {a: each for a, each in found.objects.items() if a not in unread}
            return found._replace(objects=objects, unread=unread)
        if isinstance(what, frozenset):
            objects = {a: each for a, each in found.objects.items() if a.kind not in what}
            absent = frozenset(each for each in found.absent if each.kind not in what)
            return found._replace(objects=objects, complete=found.complete - what, absent=absent)
        return found

    async def send(self, work: Sequence[Work]) -> Sequence[Sent]:
        script = self.adapter.script
        self._check("sending")
        self.adapter.log.append(("send", self._target.id, tuple(each.step for each in work)))
        if (wait := script.waits.get(self._target.id)) is not None:
            await wait()
        await asyncio.sleep(0)
        if script.broken is not None:
            raise script.broken
        answers = []
        for each in work:
            name = str(each.address)
            if script.drops_before == name:
                self._lose()
            if name in script.ignores:
                answers.append(Sent(each.step))
            elif name in script.refuses:
                answers.append(Sent(each.step, script.refuses[name]))
            else:
                before = _copy(self._store)
                answers += await super().send([each])
                if name in script.copies:
                    kind = each.address.kind
                    self._store.kinds[kind] = {**before[kind], **self._store.kinds[kind]}
                self._disturb(each)
            if script.drops_after == name:
                self._lose()
        return [] if script.silent else answers

    def _lose(self) -> None:
        script = self.adapter.script
        script.drops_before = script.drops_after = None
        script.dead = script.dies
        self.lost = True
        raise Unreachable(self._target.scope, "sending", "connection reset")

    def _disturb(self, work: Work) -> None:
        script = self.adapter.script
        name = str(work.address)
        if name in script.collateral and not work.step.startswith("repair"):
            self._store.kinds[work.address.kind][work.address.key].update(script.collateral[name])
            if not script.stubborn:
                del script.collateral[name]
        elif name in script.collateral and script.stubborn:
            self._store.kinds[work.address.kind][work.address.key].update(script.collateral[name])

    async def commit(self, requests: Sequence[Request], touched: Sequence[Address]) -> Committed:
        self._check("reloading")
        self.adapter.log.append(("commit", self._target.id, tuple(map(str, touched))))
        if self.adapter.script.commit_error is not None:
            raise self.adapter.script.commit_error
        rejected = {}
        for address in touched:
            why = self.adapter.script.rejects.get(str(address))
            if why is not None:
                rejected[address] = why
                objects = self._store.kinds.setdefault(address.kind, {})
                old = self.before.get(address.kind, {}).get(address.key)
                objects.pop(address.key, None)
                if old is not None:
                    objects[address.key] = old
        return Committed(rejected, ("took 3 ms",))


def _copy(store: Store) -> dict[str, dict[str, dict[str, object]]]:
    return {
        kind: {key: dict(fields) for key, fields in objects.items()}
        for kind, objects in store.kinds.items()
    }


@dataclass
class LoggedWorld(World):
    """Writes what it is told to remember into the platform's log, and can run out of disk."""

    fails_at: tuple[str, int] | None = None
    """("intend" or "settle", how many of them work before it raises)."""
    error: Exception = field(default_factory=lambda: RuntimeError("unset"))
    calls: dict[str, int] = field(default_factory=dict)

    @property
    def platform(self) -> ScriptedAdapter:
        found = self.adapters["memory"]
        assert isinstance(found, ScriptedAdapter)
        return found

    def intend(self, steps: Sequence[Step | Commit], owed: Mapping[str, str]) -> None:
        self._count("intend")
        self.platform.log.append(("intend", tuple(each.id for each in steps)))
        super().intend(steps, owed)

    def settle(
        self,
        outcomes: Sequence[Outcome],
        owned: Sequence[Owned],
        disowned: Sequence[Address],
        paid: Sequence[str],
        then: Commit | None = None,
    ) -> None:
        self._count("settle")
        self.platform.log.append(("settle", tuple((each.step, each.state) for each in outcomes)))
        if then is not None:
            self.platform.log.append(("intend", (then.id,)))
        super().settle(outcomes, owned, disowned, paid, then)

    def _count(self, call: str) -> None:
        made = self.calls.get(call, 0)
        self.calls[call] = made + 1
        if self.fails_at == (call, made):
            self.fails_at = None
            raise self.error
