"""Plan: changes in order, lowered into steps, checked by the rails. Same input, same bytes."""

from collections.abc import Iterator, Mapping, Sequence, Set
from datetime import date
from functools import cached_property

from reconciler.adapter import Adapter, Support
from reconciler.diagnostics.diagnostic import Diagnostic
from reconciler.model.address import Address
from reconciler.model.change import Change
from reconciler.model.live import Live
from reconciler.model.ownership import Ownership
from reconciler.model.plan import Plan, TargetSummary
from reconciler.model.resource import Desired
from reconciler.model.value import Fields
from reconciler.planning.diff import Diff, diff
from reconciler.planning.heirs import Heirs
from reconciler.planning.impact import impact
from reconciler.planning.impact.behind import left_behind
from reconciler.planning.lower import commits, lower, writes, written_by
from reconciler.planning.narrow import narrow
from reconciler.planning.order import Placed, order
from reconciler.planning.places import standing
from reconciler.planning.rails.check import check_rails
from reconciler.planning.resettled import resettled
from reconciler.planning.select import WHOLE, Selection


def plan(
    desired: Desired,
    live: Live,
    ownership: Ownership,
    adapters: Mapping[str, Adapter],
    *,
    config_hash: str = "",
    policy_hash: str = "",
    overrides: Mapping[str, str] | None = None,
    only: Selection = WHOLE,
    weak: Sequence[Diagnostic] = (),
    today: date | None = None,
    settled: Set[Address] = frozenset(),
    lacking: str = "",
) -> Plan:
    """Return the plan. `overrides` maps rails to the reason for passing them.

    `weak` are the secrets that were found to be easily guessed. Without `today` waivers hold for
    ever. Objects that are `settled` are known to match. `lacking` says who applied what is not in
    the history of the files.
    """
    whole = diff(desired, live, ownership, adapters, settled)
    heirs = Heirs(desired, ownership).among(whole.changes)
    found = narrow(only, whole, heirs)
    placed = order(found.changes, heirs)
    changes = _whole(placed)
    committed = commits(changes, desired, live, adapters, ownership, for_owed=not only.only_drift)
    committing = frozenset(each.target for each in committed)
    before, after = estates(live, changes)

    def support_of(target: str, kind: str) -> Support:
        return adapters[desired.targets[target].adapter].supports[kind]

    return Plan(
        changes=changes,
        steps=lower(placed, desired, live, ownership, adapters, committing, heirs),
        commits=committed,
        waiting=found.waiting,
        refusals=check_rails(
            found,
            desired,
            live,
            ownership,
            before,
            after,
            overrides or {},
            weak,
            today,
            lacking,
        ),
        targets=_summaries(desired, live, found, adapters, ownership.owed, changes),
        matching=found.matching,
        config_hash=config_hash,
        policy_hash=policy_hash,
        overrides=overrides or {},
        impact=impact(
            changes,
            before,
            after,
            left_behind(changes, desired, support_of),
            resettled(changes, desired.moved),
            heirs,
        ),
    )


def estates(
    live: Live, changes: Sequence[Change]
) -> tuple[Mapping[Address, Fields], Mapping[Address, Fields]]:
    """Return all objects of all targets as they are, and as they will be."""
    before = Fleet(live, {})
    if not changes:
        return before, before
    return before, Fleet(live, written_by(each for each in changes if each.target in live.targets))


class Fleet(Mapping[Address, Fields]):
    """All objects of all targets, each looked at when it is asked for.

    `written` are those that are other ones by then, None for what is gone.
    """

    def __init__(self, live: Live, written: Mapping[Address, Fields | None]) -> None:
        self._targets = [each.objects for each in live.targets.values()]
        self._written = written

    def __getitem__(self, address: Address) -> Fields:
        if address in self._written:
            fields = self._written[address]
            if fields is not None:
                return fields
        else:
            for objects in self._targets:
                if address in objects:
                    return objects[address].fields
        raise KeyError(address)

    @cached_property
    def _there(self) -> Mapping[Address, None]:
        there = {each: None for objects in self._targets for each in objects}
        for address, fields in self._written.items():
            if fields is not None:
                there[address] = None
            else:
                there.pop(address, None)
        return there

    def __contains__(self, address: object) -> bool:
        return address in self._there

    def __iter__(self) -> Iterator[Address]:
        return iter(self._there)

    def __len__(self) -> int:
        return len(self._there)


def _whole(placed: Sequence[Placed]) -> tuple[Change, ...]:
    """Return each change once, in order; one that was split over a cycle as the whole it is."""
    whole = {each.change.address: each.change for each in placed}
    return tuple(whole[each.change.address] for each in placed if each.link is None)


def _summaries(
    desired: Desired,
    live: Live,
    found: Diff,
    adapters: Mapping[str, Adapter],
    owed: Mapping[str, str],
    changes: Sequence[Change],
) -> tuple[TargetSummary, ...]:
    written: dict[str, set[str]] = {}
    told = {str(each.address) for each in found.changes}
    for each in changes:
        if writes(each):
            written.setdefault(each.target, set()).add(each.address.kind)
    summaries = []
    for name in sorted(live.targets):
        target = live.targets[name]
        adapter = adapters.get(desired.targets[name].adapter) if name in desired.targets else None
        summaries.append(
            TargetSummary(
                target=name,
                adapter=adapter.title if adapter else "",
                version=target.version,
                objects=len(target.objects),
                unmanaged=found.unmanaged.get(name, ()),
                unreachable=target.unreachable,
                pending_reload=target.pending_reload,
                active_calls=target.active_calls,
                reloading=target.reloading,
                # What our own unfinished run left behind is nobody's edit, and what somebody's
                # deletion of an object left behind is told with the object.
                edits=() if name in owed else tuple(e for e in target.edits if e.of not in told),
                order=tuple(
                    address
                    for kind, support in sorted(adapter.supports.items() if adapter else ())
                    if support.placed and (name in owed or kind in written.get(name, ()))
                    for address in standing(target, support)
                ),
            )
        )
    return tuple(summaries)
