"""A workspace in memory: reads, plans and applies as the commands do, with a ledger in a dict.

world = World(tmp_path)
planned = await world.plan(wish)
outcomes = await world.apply(planned, wish)
assert (await world.plan(wish)).is_empty
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from reconciler.adapter import Adapter, Support
from reconciler.errors import ReconcilerError
from reconciler.execution.apply import Stop, apply
from reconciler.execution.secrets.fingerprint import Fingerprints
from reconciler.execution.secrets.keys import KEY_VARIABLE, new_key
from reconciler.execution.secrets.seal import make_generated, seal_desired
from reconciler.execution.secrets.sources import Secrets
from reconciler.execution.secrets.store import file_store
from reconciler.execution.session import Sessions
from reconciler.execution.values import Values
from reconciler.execution.verdict import read_again
from reconciler.model.address import Address
from reconciler.model.change import Move
from reconciler.model.live import Live, live_fingerprint
from reconciler.model.outcome import Outcome
from reconciler.model.ownership import Owned, Ownership
from reconciler.model.plan import Plan
from reconciler.model.resource import Desired
from reconciler.model.secret import Secret
from reconciler.model.step import Commit, Step
from reconciler.planning.diff import diff
from reconciler.planning.guard import guards_of
from reconciler.planning.plan import plan
from reconciler.planning.record import refreshed
from reconciler.planning.recover import OpenIntent, recover
from reconciler.planning.select import WHOLE, Selection


@dataclass
class World:
    """What a workspace keeps between runs. `folder` holds the secret store.

    `values` are the secrets behind `env:` references. `seen` is what the latest plan was made of.
    """

    folder: Path
    adapters: Mapping[str, Adapter]
    timeout_s: float = 10.0
    ledger: Ownership = field(default_factory=Ownership)
    intents: dict[str, OpenIntent] = field(default_factory=dict)
    values: dict[str, str] = field(default_factory=dict)
    failures: tuple[ReconcilerError, ...] = ()
    run: int = 0
    seen: Live = field(default_factory=lambda: Live({}))
    wish: Desired | None = None

    def __post_init__(self) -> None:
        self.store = file_store(self.folder, {KEY_VARIABLE: new_key()})
        self.secrets = Secrets(self.store, environ=self.values, folder=self.folder, schemes={})
        self.fingerprints = Fingerprints(b"a key of 32 bytes for testing it")

    def secret(self, value: str) -> Secret:
        """Return a reference to a secret of this value."""
        name = f"S{len(self.values)}"
        self.values[name] = value
        return Secret(f"env:{name}")

    @asynccontextmanager
    async def sessions(self, wish: Desired) -> AsyncIterator[Sessions]:
        """Open connections to the estate's targets, as they are needed."""
        async with Sessions(
            wish.targets,
            self.adapters,
            self.secrets,
            self.fingerprints,
            {each.source: each.destination for each in wish.moved},
            folder=self.folder,
            timeout_s=self.timeout_s,
        ) as sessions:
            yield sessions

    async def read(self, wish: Desired) -> Live:
        """Return what is there on all targets; what failed is in `failures`."""
        async with self.sessions(wish) as sessions:
            found, self.failures = await sessions.read_all(wish.targets)
        return Live(found)

    async def plan(
        self,
        wish: Desired,
        *,
        only: Selection = WHOLE,
        overrides: Mapping[str, str] | None = None,
    ) -> Plan:
        """Read, settle what an earlier run left open, and plan."""
        self.seen = await self.read(wish)
        sealed = seal_desired(wish, self.secrets, self.fingerprints)
        assert not sealed.has_errors, sealed.diagnostics
        self.wish = sealed.value
        self._recover()
        return plan(
            self.wish, self.seen, self.ledger, self.adapters, only=only, overrides=overrides
        )

    async def apply(
        self, planned: Plan, wish: Desired, *, stop: Stop | None = None
    ) -> tuple[Outcome, ...]:
        """Replay a plan and bring the ledger's rows of unchanged objects up to date."""
        self.run += 1
        make_generated(planned.steps, self.secrets)
        guards = guards_of(planned.steps, planned.commits, self.seen, wish.targets, self.adapters)
        async with self.sessions(wish) as sessions:
            outcomes = await apply(
                planned.steps,
                planned.commits,
                wish.targets,
                self.ledger,
                sessions,
                self,
                Values(self.secrets, self.fingerprints),
                guards,
                stop=stop,
            )
            now = await read_again(planned.steps, outcomes, guards, self.seen, sessions)
        self._remember(wish, now)
        return outcomes

    async def converge(self, wish: Desired) -> Plan:
        """Plan, apply, and return the second plan. Raises AssertionError if a step failed."""
        planned = await self.plan(wish)
        outcomes = await self.apply(planned, wish)
        bad = [each for each in outcomes if each.state != "done"]
        assert not bad, bad
        return await self.plan(wish)

    def intend(self, steps: Sequence[Step | Commit], owed: Mapping[str, str]) -> None:
        """Remember what is about to be sent (the recorder's half that comes before)."""
        for each in steps:
            step = each if isinstance(each, Step) else None
            source = step.change.source if step and isinstance(step.change, Move) else None
            self.intents[each.id] = OpenIntent(
                self.run,
                each.id,
                each.target,
                step.address if step else None,
                step.before if step else "",
                step.owned if step else None,
                source,
            )
        unproved = dict(self.ledger.unproved)
        for each in steps:
            if isinstance(each, Step) and each.target in owed:
                unproved[each.target] = (*unproved.get(each.target, ()), each.address)
        self.ledger = Ownership(self.ledger.objects, {**self.ledger.owed, **owed}, unproved)

    def settle(
        self,
        outcomes: Sequence[Outcome],
        owned: Sequence[Owned],
        disowned: Sequence[Address],
        paid: Sequence[str],
        then: Commit | None = None,
    ) -> None:
        """Remember what became of it (the recorder's half that comes after)."""
        for each in outcomes:
            self.intents.pop(each.step, None)
        gone = set(disowned)
        objects = {a: row for a, row in self.ledger.objects.items() if a not in gone}
        objects.update({each.address: each for each in owned})
        owed = {t: why for t, why in self.ledger.owed.items() if t not in paid}
        unproved = {t: each for t, each in self.ledger.unproved.items() if t not in paid}
        self.ledger = Ownership(objects, owed, unproved)
        if then is not None:
            World.intend(self, [then], {then.target: then.summary})

    def _recover(self) -> None:
        targets = self.wish.targets if self.wish else {}

        def support(target: str, kind: str) -> Support:
            return self.adapters[targets[target].adapter].supports.get(kind, Support(kind))

        def fingerprint_of(target: str, address: Address) -> str:
            return live_fingerprint(self.seen.targets[target].objects.get(address))

        found = recover(
            tuple(self.intents.values()), self.seen, self.ledger, support, fingerprint_of
        )
        for outcomes in found.outcomes.values():
            for each in outcomes:
                self.intents.pop(each.step, None)
        self.ledger = found.ownership

    def _remember(self, wish: Desired, now: Live) -> None:
        sealed = seal_desired(wish, self.secrets, self.fingerprints).value
        after = diff(sealed, now, self.ledger, self.adapters)
        changed = {each.address for each in (*after.changes, *after.waiting)}
        self.settle((), refreshed(sealed, self.ledger, frozenset(changed)), (), ())
