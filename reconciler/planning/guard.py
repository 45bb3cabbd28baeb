"""Guard: what is read again right before a target is written to, and what must not have changed.

A step is stale when something has changed since the plan that it touches, that it refers to, whose
number or place it takes, or that refers to what it takes away. Whatever else has changed on the
platform is no business of this plan: the next one finds it. Pure.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from reconciler.adapter import Adapter, Support
from reconciler.kinds.all_traits import TRAITS
from reconciler.kinds.marks import DestinationMark
from reconciler.kinds.numbers import NUMBERED, WITH_NUMBER, number_of
from reconciler.model.address import Address
from reconciler.model.change import Create, Delete, Move, Replace
from reconciler.model.extent import Extent
from reconciler.model.live import Live, TargetLive
from reconciler.model.step import Commit, Step
from reconciler.model.target import Target
from reconciler.model.value import Fields
from reconciler.planning.order import references_in
from reconciler.planning.places import is_reordered, standing
from reconciler.planning.rails.numbering import new_number

Reasons = Mapping[str, str]
"""Why steps are stale, by their ids."""
_AGAIN = "it could not be read again before the write"


@dataclass(frozen=True)
class Guard:
    """Looks after one target's steps. `known` is what they were planned, or judged, with."""

    steps: Sequence[Step]
    commit: Commit | None
    known: TargetLive
    supports: Mapping[str, Support]
    gone: frozenset[Address] = frozenset()
    """What was there on other targets, and is not any longer."""

    @cached_property
    def before(self) -> Extent:
        """What is read before the first write."""
        kinds, mentioned = set(self._placed), set[Address]()
        for step in self._loud:
            mentioned |= self._referred[step.id]
            if new_number(step.change) is not None:
                mentioned |= self._same_number(step)
                kinds |= self._with_number
            gone = _gone(step)
            if gone is not None:
                kinds |= self._referring(gone.kind)
        objects = frozenset(each for step in self._loud for each in touched(step))
        return _extent(kinds, objects, mentioned)

    def between(self, sent: Sequence[Step], left: Iterable[Step]) -> Extent:
        """Return what is read after steps were sent: they, and those left of the same kinds."""
        kinds = {each.address.kind for each in sent}
        both = (*sent, *(each for each in left if each.requests and each.address.kind in kinds))
        return Extent(objects=frozenset(each for step in both for each in touched(step)))

    def after(self, tried: Sequence[Step]) -> Extent:
        """Return what the verdict reads, of steps that were sent and of what the commit proves."""
        loud = [each for each in tried if each.requests]
        objects = {each for step in loud for each in touched(step)}
        if self.commit is not None:
            objects |= {each for each in self.commit.proves if each.kind in self.supports}
        kinds = {each.address.kind for each in loud} & self._placed
        return _extent(kinds, frozenset(objects), set())

    def stale(self, now: TargetLive) -> Reasons:
        """Return why steps must not be sent, apart from what became of their own objects."""
        found: dict[str, str] = {}
        moved = {each for each in self._placed if self._is_reordered(each, now)}
        referrers = self._new_referrers(now)
        for step in self._loud:
            reasons = (
                *self._lost(step, now),
                *self._taken(step, now),
                *self._held(step, now, referrers),
            )
            if reasons:
                found[step.id] = reasons[0]
            elif step.address.kind in moved:
                found[step.id] = f"the order of the {step.address.kind} objects has changed"
        return found

    @cached_property
    def _loud(self) -> tuple[Step, ...]:
        return tuple(each for each in self.steps if each.requests)

    @cached_property
    def _own(self) -> frozenset[Address]:
        """Everything that the steps touch: what becomes of it is not somebody else's doing."""
        return frozenset(each for step in self.steps for each in touched(step))

    # What is referred to

    @cached_property
    def _referred(self) -> Mapping[str, frozenset[Address]]:
        """What the fields that steps write refer to, by step, as far as it was there."""
        return {each.id: frozenset(self._referred_by(each)) for each in self._loud}

    def _referred_by(self, step: Step) -> Iterator[Address]:
        for each in references_in(step.address, _written(step)) - self._own:
            if self.known.has(each):
                yield each

    def _lost(self, step: Step, now: TargetLive) -> Iterator[str]:
        for each in sorted(self._referred[step.id]):
            if not now.has(each):
                yield f"it refers to {each}: {_gone_or_unknown(now, each)}"
        for each in sorted(_needed(step) & self.gone):
            yield f"it needs {each}: it is gone"

    # Numbers

    @cached_property
    def _with_number(self) -> frozenset[str]:
        """Kinds of the platform whose objects may have a number in a field."""
        held = (each for each in WITH_NUMBER if each in self.supports)
        return frozenset(each for each in held if "number" not in self.supports[each].unheld)

    def _same_number(self, step: Step) -> frozenset[Address]:
        number, scope = new_number(step.change), step.address.scope
        kinds = NUMBERED & self.supports.keys() - {step.address.kind}
        return frozenset(Address(kind, scope, number) for kind in kinds if number) - self._own

    def _taken(self, step: Step, now: TargetLive) -> Iterator[str]:
        number = new_number(step.change)
        if number is None:
            return
        for each in sorted(self._same_number(step)):
            if self.known.has(each) is False and now.has(each) is not False:
                yield f"{each} has the number now" if now.has(each) else f"{each}: {_AGAIN}"
        yield from self._unknown(self._with_number, now)
        for each, here in sorted(now.objects.items()):
            if each.kind in self._with_number and each not in self._own:
                then = self.known.objects.get(each)
                was = number_of(each, then.fields) if then is not None else None
                if number_of(each, here.fields) == number != was:
                    yield f"{each} has the number now"

    # What refers to what goes

    def _referring(self, kind: str) -> frozenset[str]:
        """Return the platform's kinds whose objects can refer to objects of a kind."""
        return frozenset(each for each in self.supports if _can_refer(each, kind))

    def _new_referrers(self, now: TargetLive) -> Mapping[Address, Address]:
        """Return who has begun to refer to what goes, by what goes."""
        going = {gone for step in self._loud if (gone := _gone(step)) is not None}
        kinds = {each for gone in going for each in self._referring(gone.kind)}
        found: dict[Address, Address] = {}
        for each, here in sorted(now.objects.items() if going else ()):
            if each.kind in kinds and each not in self._own:
                then = self.known.objects.get(each)
                was = references_in(each, then.fields) if then is not None else frozenset()
                for gone in (references_in(each, here.fields) & going) - was:
                    found.setdefault(gone, each)
        return found

    def _held(
        self, step: Step, now: TargetLive, referrers: Mapping[Address, Address]
    ) -> Iterator[str]:
        gone = _gone(step)
        if gone is None:
            return
        yield from self._unknown(self._referring(gone.kind), now)
        if gone in referrers:
            yield f"{referrers[gone]} refers to {gone} now"

    def _unknown(self, kinds: frozenset[str], now: TargetLive) -> Iterator[str]:
        for each in sorted((kinds & self.known.complete) - now.complete):
            yield f"the {each} objects could not be read again before the write"

    # Places

    @cached_property
    def _placed(self) -> frozenset[str]:
        """Kinds that stand in an order and of which a step writes."""
        kinds = {each.address.kind for each in self._loud} & self.supports.keys()
        return frozenset(each for each in kinds if self.supports[each].placed)

    def _is_reordered(self, kind: str, now: TargetLive) -> bool:
        support = self.supports[kind]
        return is_reordered(standing(self.known, support), standing(now, support))


def guards_of(
    steps: Sequence[Step],
    commits: Sequence[Commit],
    live: Live,
    targets: Mapping[str, Target],
    adapters: Mapping[str, Adapter],
    gone: frozenset[Address] = frozenset(),
) -> Mapping[str, Guard]:
    """Return a guard for each target with steps or a commit. `live` is what they were judged by.

    `gone` is what steps need on other targets (`needed_elsewhere`) and what is not there any more.
    """
    committing = {each.target: each for each in commits}
    names = {each.target for each in steps} | committing.keys()

    def supports(name: str) -> Mapping[str, Support]:
        adapter = adapters.get(targets[name].adapter) if name in targets else None
        return adapter.supports if adapter is not None else {}

    by_target: dict[str, list[Step]] = {each: [] for each in sorted(names)}
    for step in steps:
        by_target[step.target].append(step)
    return {
        name: Guard(
            own,
            committing.get(name),
            live.targets.get(name, TargetLive(name)),
            supports(name),
            gone,
        )
        for name, own in by_target.items()
    }


def needed_elsewhere(steps: Sequence[Step], live: Live) -> Mapping[str, Extent]:
    """Return what steps need on other targets than their own, by target, as far as it was there.

    What is written there itself is left out: the step that writes it looks at it.
    """
    written = {each for step in steps if step.requests for each in touched(step)}
    needed: dict[Address, set[str]] = {}
    for step in steps:
        for each in _needed(step) - written if step.requests else ():
            needed.setdefault(each, set()).add(step.target)
    found: dict[str, set[Address]] = {}
    for name, target in live.targets.items():
        for each in needed.keys() & target.objects.keys():
            if needed[each] != {name}:
                found.setdefault(name, set()).add(each)
    return {name: Extent(mentioned=frozenset(each)) for name, each in sorted(found.items())}


def touched(step: Step) -> tuple[Address, ...]:
    """Return the addresses that a step writes to."""
    if isinstance(step.change, Move):
        return step.address, step.change.source
    return (step.address,)


def _extent(kinds: set[str], objects: frozenset[Address], mentioned: set[Address]) -> Extent:
    """Return an extent in which nothing is asked for twice."""
    single = frozenset(each for each in objects if each.kind not in kinds)
    rest = frozenset(each for each in mentioned if each.kind not in kinds and each not in single)
    return Extent(frozenset(kinds), single, rest)


def _written(step: Step) -> Fields:
    change = step.change
    if isinstance(change, (Create, Replace)):
        return change.after
    return {each.path: each.after for each in getattr(change, "fields", ())}


def _needed(step: Step) -> frozenset[Address]:
    return frozenset() if isinstance(step.change, Delete) else frozenset(step.change.needs)


def _gone(step: Step) -> Address | None:
    """Return what is not there any longer after a step."""
    if isinstance(step.change, Delete):
        return step.address
    return step.change.source if isinstance(step.change, Move) else None


def _can_refer(kind: str, other: str) -> bool:
    for each in TRAITS[kind].references:
        if isinstance(each.mark, DestinationMark) or other in each.mark.kinds:
            return True
    return False


def _gone_or_unknown(now: TargetLive, address: Address) -> str:
    return "it is gone" if now.has(address) is False else _AGAIN
