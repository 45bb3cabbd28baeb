"""A platform under test with a workspace: what the contract suite drives and looks at."""

import asyncio
import re
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from reconciler.adapter import Adapter
from reconciler.kinds.all_traits import TRAITS
from reconciler.model.address import Address
from reconciler.model.extent import Extent
from reconciler.model.live import TargetLive
from reconciler.model.outcome import Outcome
from reconciler.model.ownership import Owned
from reconciler.model.plan import Plan
from reconciler.model.resource import Desired, Resource
from reconciler.model.secret import Secret
from reconciler.model.step import Commit
from reconciler.model.target import Target
from reconciler.testing.building import desired
from reconciler.testing.samples import Adjust, Samples, secret_value
from reconciler.testing.world import World

T = TypeVar("T")


@dataclass
class Platform:
    """A fresh platform and how to break it.

    `secrets` are the values behind `env:` references in the target's settings. `wrong_password`
    and `nobody_there` are the same target with settings that cannot work; None where that cannot
    be. `adjust` mends entries to what is there on the platform (a recording that exists), or
    leaves them out by returning None. `left_behind` names what is there that a fresh platform
    would not have, in the platform's own words.
    """

    target: Target
    secrets: Mapping[str, str] = field(default_factory=dict)
    wrong_password: Target | None = None
    nobody_there: Target | None = None
    adjust: Adjust | None = None
    left_behind: Callable[[], Iterable[str]] = lambda: ()
    timeout_s: float = 10.0


class Killed(BaseException):
    """The process is gone."""


@dataclass
class FragileWorld(World):
    """Dies at one of the calls to the journal."""

    dies_at: tuple[str, int] | None = None
    made: dict[str, int] = field(default_factory=dict)

    def intend(self, steps: Any, owed: Mapping[str, str]) -> None:
        """Remember, or die."""
        self._count("intend")
        super().intend(steps, owed)

    def settle(
        self,
        outcomes: Sequence[Outcome],
        owned: Sequence[Owned],
        disowned: Sequence[Address],
        paid: Sequence[str],
        then: Commit | None = None,
    ) -> None:
        """Remember, or die."""
        self._count("settle")
        super().settle(outcomes, owned, disowned, paid, then)

    def _count(self, call: str) -> None:
        number = self.made.get(call, 0)
        self.made[call] = number + 1
        if self.dies_at == (call, number):
            self.dies_at = None
            raise Killed


class Lab:
    """One platform with a workspace, driven through plan and apply."""

    def __init__(self, adapter: Adapter, platform: Platform, folder: Path) -> None:
        self.adapter = adapter
        self.platform = platform
        self.target = platform.target
        self.world = FragileWorld(
            folder, {platform.target.adapter: adapter}, timeout_s=platform.timeout_s
        )
        self.world.values.update(platform.secrets)
        self.planted: dict[str, str] = {}
        self.samples = Samples(adapter, platform.target, self.secret, platform.adjust)

    def secret(self, address: str, path: str) -> Secret:
        """Return a secret for a field; the same one for the same object and field."""
        name = f"{address}/{path}".replace(":", "_")
        if name not in self.planted:
            self.planted[name] = secret_value(path, len(self.planted))
            self.world.values[name] = self.planted[name]
        return Secret(f"env:{name}")

    def estate(self, resources: Iterable[Resource], target: Target | None = None) -> Desired:
        """Return an estate on the platform."""
        return desired(resources, [target or self.target])

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Carry out something asynchronous."""
        return asyncio.run(work)

    def plan(self, resources: Iterable[Resource]) -> Plan:
        """Plan an estate."""
        return self.do(self.world.plan(self.estate(resources)))

    def apply(self, resources: Iterable[Resource]) -> Plan:
        """Plan and apply an estate, every step of it; return the plan."""
        wish = self.estate(resources)

        async def both() -> tuple[Plan, tuple[Outcome, ...]]:
            planned = await self.world.plan(wish)
            return planned, await self.world.apply(planned, wish)

        planned, outcomes = self.do(both())
        bad = [f"{each.step}: {each.state}: {each.detail}" for each in outcomes]
        bad = [text for text, each in zip(bad, outcomes, strict=True) if each.state != "done"]
        assert not bad, "not done:\n" + "\n".join(bad)
        assert_nothing_told(repr(outcomes), self.planted.values())
        return planned

    def read(self) -> TargetLive:
        """Return what is there, secrets as fingerprints."""
        live = self.do(self.world.read(self.estate(()))).targets[self.target.id]
        assert live.unreachable is None, live.unreachable
        return live

    def reads(self, *extents: Extent) -> list[TargetLive]:
        """Return what is there, whole and then to each extent, over one connection."""

        async def work() -> list[TargetLive]:
            async with self.world.sessions(self.estate(())) as sessions:
                whole = await sessions.read(self.target.id)
                return [whole, *[await sessions.read(self.target.id, each) for each in extents]]

        return self.do(work())

    def raw(self) -> TargetLive:
        """Return what the adapter itself answers, secrets as `Clear`."""

        async def work() -> TargetLive:
            async with self.world.sessions(self.estate(())) as sessions:
                connection = await sessions.connection(self.target.id)
                return await connection.read(Extent(frozenset(self.adapter.supports)))

        return self.do(work())


def assert_nothing_told(text: str, secrets: Iterable[str]) -> None:
    """Fail if one of the secrets is in the text. PINs are too short to be looked for."""
    told = [each for each in secrets if len(each) > 8 and each in text]
    assert not told, f"{len(told)} secrets are told"


def unused(kind: str, scope: str) -> Address:
    """Return an address that nothing has."""
    pattern = re.compile(TRAITS[kind].key.pattern)
    key = next(each for each in ("nobody", "90909", "anonymous") if pattern.fullmatch(each))
    return Address(kind, scope, key)


def differences(resources: Iterable[Resource], live: TargetLive, adapter: Adapter) -> list[str]:
    """Return where what was declared does not read back equal."""
    found = []
    for each in resources:
        here = live.objects.get(each.address)
        if here is None:
            found.append(f"{each.address} is not there")
            continue
        unreadable = adapter.supports[each.address.kind].unreadable
        for path, value in each.fields.items():
            back = here.fields.get(path)
            if path in unreadable and back is None:
                continue
            if isinstance(value, Secret):
                if not isinstance(back, Secret):
                    found.append(f"{each.address} {path}: a secret reads back as {type(back)}")
            elif back != value:
                found.append(f"{each.address} {path}: {value!r} reads back as {back!r}")
    return found
