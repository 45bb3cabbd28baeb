"""Order: what a thing needs comes before it, deletes are reversed and last, cycles are split.

Deterministic: the same changes in any order give the same order.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from heapq import heapify, heappop, heappush
from typing import NamedTuple, TypeVar

from reconciler.kinds.all_traits import TRAITS
from reconciler.kinds.destination import parse_destination
from reconciler.kinds.traits import ReferenceField
from reconciler.model.address import Address
from reconciler.model.change import (
    Change,
    Create,
    Delete,
    FieldChange,
    Forget,
    Move,
    Update,
)
from reconciler.model.value import UNSET, Fields, Value

Node = TypeVar("Node", Address, str)


class Placed(NamedTuple):
    """A change in its place. `needs` are addresses whose changes come first.

    A change that is part of a reference cycle comes twice: once without the references that close
    the cycle (`link` is None), once as the update that adds them (`link` is that update).
    """

    change: Change
    needs: tuple[Address, ...]
    link: Update | None = None


def order(
    changes: Iterable[Change], heirs: Mapping[Address, Address] | None = None
) -> tuple[Placed, ...]:
    """Return the changes in order. `heirs` are made before what they succeed goes."""
    writes: dict[Address, Change] = {}
    deletes: dict[Address, Change] = {}
    forgets: list[Change] = []
    for change in changes:
        if isinstance(change, Delete):
            deletes[change.address] = change
        elif isinstance(change, Forget):
            forgets.append(change)
        else:
            writes[change.address] = change
    placed = _in_order(writes)
    letting_go = _letting_go(writes, deletes)
    for address, heir in (heirs or {}).items():
        if address in deletes and heir in writes:
            letting_go.setdefault(address, []).append(heir)
    reverse = [
        Placed(deletes[address], (*needed_by, *letting_go.get(address, ())))
        for address, needed_by in _sorted(_reversed(deletes), tuple(deletes))
    ]
    forgotten = [Placed(each, ()) for each in sorted(forgets, key=lambda each: each.address)]
    return (*placed, *reverse, *forgotten)


def _in_order(writes: Mapping[Address, Change]) -> list[Placed]:
    needs = {
        address: tuple(each for each in change.needs if each in writes and each != address)
        for address, change in writes.items()
    }
    for address, members in cycles(needs).items():
        # What exists already may be named before it is changed: no cycle goes through it.
        needs[address] = tuple(
            each for each in needs[address] if each not in members or _is_absent(writes[each])
        )
    closing: dict[Address, frozenset[Address]] = {}
    # What is made anew is split first; then moves are, as far as circles are left among them.
    for splits in (Create, Move):
        for address, members in cycles(needs).items():
            if isinstance(writes[address], splits):
                later = frozenset(each for each in needs[address] if each in members)
                closing[address] = later
                needs[address] = tuple(each for each in needs[address] if each not in later)
    placed: list[Placed] = []
    links: list[Placed] = []
    for address, before in _sorted(needs, tuple(writes)):
        change = writes[address]
        if address in closing and isinstance(change, (Create, Move)):
            first = _without(change, closing[address])
            placed.append(Placed(first, before))
            if first.after != change.after:
                links.append(
                    Placed(change, (address, *sorted(closing[address])), _link(first, change))
                )
        else:
            placed.append(Placed(change, before))
    return placed + links


def _is_absent(change: Change) -> bool:
    """Whether the platform does not have anything under the change's address yet."""
    return isinstance(change, (Create, Move))


def _link(first: Create | Move, whole: Create | Move) -> Update:
    return Update(
        whole.address,
        whole.target,
        whole.needs,
        whole.origin,
        whole.line,
        before=first.after,
        after=whole.after,
        fields=tuple(
            FieldChange(path, first.after.get(path, UNSET), value)
            for path, value in whole.after.items()
            if first.after.get(path, UNSET) != value
        ),
    )


def _letting_go(
    writes: Mapping[Address, Change], deletes: Mapping[Address, Change]
) -> dict[Address, list[Address]]:
    """Return for each delete the writes of what refers to it until now: those come first, too."""
    found: dict[Address, list[Address]] = {}
    if not deletes:
        return found
    for address in sorted(writes):
        change = writes[address]
        if not isinstance(change, Create):
            for need in references_in(address, getattr(change, "before", {})) & deletes.keys():
                found.setdefault(need, []).append(address)
    return found


def _reversed(deletes: Mapping[Address, Change]) -> dict[Address, tuple[Address, ...]]:
    """Return for each delete the deletes of what refers to it: those come first.

    What an object refers to is what it needed when we wrote it, and what is there now: fields
    that others have set refer to things, too.
    """
    needed_by: dict[Address, list[Address]] = {address: [] for address in deletes}
    for address, change in deletes.items():
        now = references_in(address, getattr(change, "before", {}))
        for need in now | frozenset(change.needs):
            if need in needed_by and need != address:
                needed_by[need].append(address)
    # Where a circle has to be broken, between platforms first: neither of them sees the other.
    for address, members in cycles(needed_by).items():
        needed_by[address] = [
            each
            for each in needed_by[address]
            if each not in members or each.scope == address.scope
        ]
    # Then at one object, as often as it takes: behind it the order still counts.
    while circles := cycles(needed_by):
        for first in {min(members) for members in circles.values()}:
            needed_by[first] = [e for e in needed_by[first] if e not in circles[first]]
    return {address: tuple(sorted(each)) for address, each in needed_by.items()}


def _sorted(
    needs: Mapping[Address, Sequence[Address]], nodes: Sequence[Address]
) -> list[tuple[Address, tuple[Address, ...]]]:
    """Kahn's algorithm with the smallest address first. Expects no cycles."""
    missing = {node: len(needs[node]) for node in nodes}
    waiting: dict[Address, list[Address]] = {node: [] for node in nodes}
    for node in nodes:
        for need in needs[node]:
            waiting[need].append(node)
    ready = [node for node in nodes if not missing[node]]
    heapify(ready)
    done: list[tuple[Address, tuple[Address, ...]]] = []
    while ready:
        node = heappop(ready)
        done.append((node, tuple(needs[node])))
        for dependant in waiting[node]:
            missing[dependant] -= 1
            if not missing[dependant]:
                heappush(ready, dependant)
    if len(done) != len(nodes):
        raise AssertionError("a reference cycle was not split")
    return done


def cycles(needs: Mapping[Node, Sequence[Node]]) -> dict[Node, frozenset[Node]]:
    """Return each node that stands in a cycle with all members of it (Tarjan, iterative)."""
    index: dict[Node, int] = {}
    low: dict[Node, int] = {}
    stack: list[Node] = []
    on_stack: set[Node] = set()
    found: dict[Node, frozenset[Node]] = {}
    for root in sorted(needs):
        if root in index or not needs[root]:
            continue
        work = [(root, iter(needs[root]))]
        index[root] = low[root] = len(index)
        stack.append(root)
        on_stack.add(root)
        while work:
            node, remaining = work[-1]
            for need in remaining:
                if need not in index:
                    index[need] = low[need] = len(index)
                    stack.append(need)
                    on_stack.add(need)
                    work.append((need, iter(needs[need])))
                    break
                if need in on_stack:
                    low[node] = min(low[node], index[need])
            else:
                work.pop()
                if work:
                    parent = work[-1][0]
                    low[parent] = min(low[parent], low[node])
                if low[node] == index[node]:
                    members: list[Node] = []
                    while True:
                        member = stack.pop()
                        on_stack.discard(member)
                        members.append(member)
                        if member == node:
                            break
                    if len(members) > 1:
                        group = frozenset(members)
                        for member in members:
                            found[member] = group
    return found


def _without(change: Create | Move, absent: frozenset[Address]) -> Create | Move:
    """Return the change without the references to what is not there yet."""
    after: dict[str, Value] = dict(change.after)
    for reference in TRAITS[change.address.kind].references:
        if reference.path in after:
            pruned = _pruned(after[reference.path], reference, reference.inside, absent, change)
            if pruned is None:
                del after[reference.path]
            else:
                after[reference.path] = pruned
    if isinstance(change, Create):
        return replace(change, after=after)
    causes = {each.path: each.cause for each in change.fields}
    fields = (
        FieldChange(
            path, change.before.get(path, UNSET), after.get(path), causes.get(path, "change")
        )
        for path in change.before.keys() | change.after.keys()
        if (path in causes or after.get(path, UNSET) != change.after.get(path, UNSET))
        and after.get(path, UNSET) != change.before.get(path, UNSET)
    )
    return replace(change, after=after, fields=tuple(sorted(fields, key=lambda each: each.path)))


def _pruned(
    value: Value,
    reference: ReferenceField,
    inside: tuple[str, ...],
    absent: frozenset[Address],
    change: Create | Move,
) -> Value:
    """Return the value without what refers to the absent; None when nothing is left of it."""
    if isinstance(value, str):
        return None if refers(value, reference, change.address.scope) & absent else value
    if isinstance(value, list):
        kept = [_pruned(each, reference, inside, absent, change) for each in value]
        return [each for each in kept if each is not None]
    if isinstance(value, dict):
        if inside and inside[0] != "*":
            if inside[0] not in value:
                return value
            part = _pruned(value[inside[0]], reference, inside[1:], absent, change)
            return None if part is None else {**value, inside[0]: part}
        rest = inside[1:]
        kept_items = {
            key: _pruned(each, reference, rest, absent, change) for key, each in value.items()
        }
        return {key: each for key, each in kept_items.items() if each is not None}
    return value


def refers(text: str, reference: ReferenceField, scope: str) -> frozenset[Address]:
    """Return the addresses that a reference's text may mean, seen from an object in `scope`."""
    mark = reference.mark
    kinds = getattr(mark, "kinds", None)
    if kinds is not None:
        pbx, _, key = text.rpartition(":")  # `annex:2001`: no key has a colon itself
        return frozenset(Address(kind, pbx or scope, key) for kind in kinds)
    destination = parse_destination(text)
    if destination is None:
        return frozenset()
    kind = "extension" if destination.kind == "voicemail" else destination.kind
    return frozenset({Address(kind, destination.pbx or scope, destination.key)})


def references_in(address: Address, fields: Fields) -> frozenset[Address]:
    """Return every address that an object's fields may refer to."""
    found: set[Address] = set()
    for reference in TRAITS[address.kind].references:
        if reference.path in fields:
            for text, _ in reference.texts(fields):
                found |= refers(text, reference, address.scope)
    return frozenset(found)
