"""Samples for the contract suite: for each kind, objects that together use every held field.

Drawn from the strategies with a fixed seed, so that a suite always tries the same values, and
without a platform: thousands cost nothing, and only those that add something are applied.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import cache
from typing import TypeVar

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.strategies import SearchStrategy
from pydantic import ValidationError

from reconciler.adapter import Adapter
from reconciler.execution.secrets.strength import is_pin
from reconciler.kinds import KINDS
from reconciler.kinds.all_traits import TRAITS
from reconciler.kinds.entry import META_FIELDS, Entry, flatten
from reconciler.model.address import Address
from reconciler.model.resource import Resource
from reconciler.model.secret import Secret
from reconciler.model.target import Target
from reconciler.model.value import Fields, Value
from reconciler.testing.building import needs_of, resource
from reconciler.testing.pool import SAMPLE_POOL, Pool, Raw
from reconciler.testing.strategies import entries, keys

T = TypeVar("T")
NewSecret = Callable[[str, str], Secret]
"""Address and path of a field -> a secret for it."""
Adjust = Callable[[str, str, Raw], Raw | None]
"""Kind, key and entry -> the entry as the platform can hold it, or None to leave it out."""

ORDER = (
    "tenant", "trunk", "music", "extension", "announcement", "conference", "parking_lot",
    "paging_group", "ring_group", "queue", "day_night", "schedule", "ivr", "inbound_route",
    "outbound_route", "blocklist", "softphone", "phone",
)  # fmt: skip
"""Kinds in an order in which each refers only to those before it."""

PLAIN = "plain"
UNIQUE = ("number", "override_code")
"""Fields that must differ between all objects of a platform."""


def draw(strategy: SearchStrategy[T], count: int) -> list[T]:
    """Return that many examples, always the same."""
    found: list[T] = []

    @settings(
        max_examples=count,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def collect(example: T) -> None:
        found.append(example)

    collect()
    return found


class Samples:
    """Objects for one adapter on one target. `pool` is what they refer to."""

    def __init__(
        self, adapter: Adapter, target: Target, secret: NewSecret, adjust: Adjust | None = None
    ) -> None:
        self.adapter = adapter
        self.target = target
        self._secret = secret
        self._adjust = adjust or (lambda _kind, _key, raw: raw)
        self._numbers = iter(range(7000, 10000))
        self.scope = "site" if target.id.startswith("site/") else "pbx"
        self.kinds = tuple(
            each for each in ORDER if each in adapter.supports and TRAITS[each].scope == self.scope
        )
        """The kinds that the adapter holds on such a target, in order of reference."""
        self.refused: dict[str, set[str]] = {}
        """Why `check` took fields out of samples, by `kind.field`."""
        self.pool: tuple[Resource, ...] = ()
        """What samples refer to. Filled one by one: its own objects refer to earlier ones."""
        self._fill_pool()

    def _fill_pool(self) -> None:
        if self.scope == "site":  # phones refer to what is elsewhere
            self.known = SAMPLE_POOL
            return
        known: dict[str, tuple[str, ...]] = {}
        for kind in self.kinds:
            for key in SAMPLE_POOL.keys.get(kind, ()):
                smallest = sorted(self._drawn(kind, Pool(dict(known)), 30), key=_size)
                made = (self.make(kind, key, raw) for raw in smallest)
                first = next((each for each in made if each is not None), None)
                if first is not None:
                    self.pool += (first,)
                    known[kind] = (*known.get(kind, ()), key)
        self.known = Pool(known)

    def _drawn(self, kind: str, pool: Pool, count: int) -> list[Raw]:
        without = tuple(self.adapter.supports[kind].unheld)
        return [dict(each) for each in _drawn(kind, _frozen(pool), without, count)]

    def of(self, kind: str, most: int = 40) -> tuple[Resource, ...]:
        """Return objects of a kind that together use every field that is held.

        Each field has a value that is not empty, where one was found that `check` accepts.
        """
        wanted = set(self.held(kind))
        chosen: list[Resource] = []
        used = {each.address.key for each in self.pool}
        names = iter([each for each in _keys(kind) if each not in used])
        self._choose(kind, 100, most, wanted, chosen, names)
        if any(f"{kind}.{path}" in self.refused for path in wanted):
            # Some fields are accepted only together with others: that takes more tries.
            self._choose(kind, 300, most, wanted, chosen, names)
        return tuple(chosen)

    def _choose(
        self,
        kind: str,
        count: int,
        most: int,
        wanted: set[str],
        chosen: list[Resource],
        names: Iterator[str],
    ) -> None:
        for raw in self._drawn(kind, self.known, count):
            if len(chosen) >= most or (not wanted and len(chosen) >= 4):
                return
            tried = self.make(kind, "0", raw)
            if tried is None or not (_used(tried) & wanted or len(chosen) < 4):
                continue
            made = self.make(kind, next(names), raw)
            if made is not None:
                wanted -= _used(made)
                chosen.append(made)

    def held(self, kind: str) -> tuple[str, ...]:
        """Return the fields of a kind that the adapter says it holds."""
        unheld = self.adapter.supports[kind].unheld
        return tuple(
            path
            for path in TRAITS[kind].leaves
            if not any(path == each or path.startswith(f"{each}.") for each in unheld)
        )

    def make(self, kind: str, key: str, raw: Raw) -> Resource | None:
        """Return the entry as an object; fields that `check` refuses are left out of it."""
        raw = {name: value for name, value in raw.items() if name not in META_FIELDS}
        for name in UNIQUE:
            if raw.get(name) is not None:
                raw[name] = str(next(self._numbers))
        if kind == "parking_lot":  # lots must not share their slots
            first = 10 * next(self._numbers)
            raw["slots"] = f"{first}-{first + 4}"
        mended = self._adjust(kind, key, raw)
        address = Address(kind, self.target.scope, key)
        known = {each.address for each in self.pool}
        required = {name for name, info in KINDS[kind].model_fields.items() if info.is_required()}
        for _ in range(12):
            if mended is None:
                return None
            try:
                fields = flatten(KINDS[kind].model_validate(mended))
            except ValidationError:
                return None
            values = self._with_secrets(address, fields)
            needs = [str(each) for each in needs_of(address, values) if each in known]
            made = resource(address, values, needs=needs)
            problems = [
                each for each in self.adapter.check(made, self.target) if each.severity == "error"
            ]
            if not problems:
                return made
            for each in problems:
                self.refused.setdefault(f"{kind}.{each.path}", set()).add(each.detail)
            for path in {each.path for each in problems}:
                mended = _mended(KINDS[kind], mended, path, required) if mended else None
        return None

    def _with_secrets(self, address: Address, fields: Mapping[str, Value]) -> Fields:
        return {
            path: self._secret(str(address), path) if isinstance(value, Secret) else value
            for path, value in fields.items()
        }


def _mended(model: type[Entry], raw: Raw, path: str, required: set[str]) -> Raw | None:
    """Return the entry with a plain word in place of what was refused, or without it."""
    name, *below = path.split(".")
    old = raw.get(name)
    if old is None:
        return None
    for new in (PLAIN, [PLAIN]):
        tried = {**raw, name: {**old, below[0]: new} if below and isinstance(old, dict) else new}
        if tried != raw:
            with suppress(ValidationError):
                model.model_validate(tried)
                return tried
    if below and isinstance(old, dict) and len(old) > 1:
        return {**raw, name: {k: v for k, v in old.items() if k != below[0]}}
    return None if name in required else {k: v for k, v in raw.items() if k != name}


def _used(made: Resource) -> set[str]:
    """Return the fields of an object that say something."""
    return {_leaf(made.address.kind, path) for path, value in made.fields.items() if value}


def _leaf(kind: str, path: str) -> str:
    """Return the field of which a path is (`settings.x` is of `settings`)."""
    leaves = TRAITS[kind].leaves
    return path if path in leaves else path.partition(".")[0]


def _size(raw: Raw) -> int:
    return len(repr(raw))


def _frozen(pool: Pool) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple(sorted(pool.keys.items()))


@cache
def _drawn(
    kind: str, pool: tuple[tuple[str, tuple[str, ...]], ...], without: tuple[str, ...], count: int
) -> tuple[Raw, ...]:
    return tuple(draw(entries(kind, Pool(dict(pool)), without=without), count))


@cache
def _keys(kind: str) -> tuple[str, ...]:
    found: Iterable[str] = dict.fromkeys(draw(keys(kind), 200))
    usable = [
        each
        for each in found
        if len(each) > 2 and not (each.isdigit() and 7000 <= int(each) < 10000)
    ]
    return tuple(sorted(usable, key=lambda each: not each.startswith("0")))  # 0123 comes early


def secret_value(path: str, number: int) -> str:
    """Return a value for a secret field: digits for a PIN, else letters and digits."""
    return f"{73910 + number * 7}" if is_pin(path) else f"Canary{number:04d}xK9vR2mQ7tLw"
