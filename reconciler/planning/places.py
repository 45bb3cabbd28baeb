"""Order among ours: which objects stand elsewhere in the platform's own list than they shall. Pure.

A platform that knows only places (routes from top to bottom) cannot give a declared order number
back. It tells where each object stands (`Support.placed`), and what stands out of order is drift.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence

from reconciler.adapter import Adapter, Support
from reconciler.model.address import Address
from reconciler.model.live import Live, TargetLive
from reconciler.model.resource import Desired

Places = Mapping[tuple[Address, str], int]
"""The places of misplaced objects, by address and the field that says where they shall stand."""


def misplaced(desired: Desired, live: Live, adapters: Mapping[str, Adapter]) -> Places:
    """Return the places of the fewest objects that have to move for all to stand in order.

    Objects of others do not count: ours may stand anywhere among them.
    """
    found: dict[tuple[Address, str], int] = {}
    for name in live.targets:
        at = desired.targets.get(name)
        adapter = adapters.get(at.adapter) if at is not None else None
        for kind, support in (adapter.supports if adapter is not None else {}).items():
            for path in support.placed:
                rows = sorted(_standing(desired, live, name, kind, path))
                kept = _longest_rising([place for _, _, place, _ in rows])
                for index, (_, _, place, address) in enumerate(rows):
                    if index not in kept:
                        found[address, path] = place
    return found


def standing(live: TargetLive, support: Support) -> tuple[Address, ...]:
    """Return the objects of a kind that stands in an order, ours and others', as they stand."""
    path = min(support.placed)
    found = (
        (each.told.get(path), address)
        for address, each in live.objects.items()
        if address.kind == support.kind
    )
    return tuple(address for place, address in sorted(e for e in found if isinstance(e[0], int)))


def is_reordered(then: Sequence[Address], now: Sequence[Address]) -> bool:
    """Whether those that are in both stand in another order now; who came or went is no matter."""
    both = set(then) & set(now)
    return [each for each in then if each in both] != [each for each in now if each in both]


def _standing(
    desired: Desired, live: Live, target: str, kind: str, path: str
) -> Iterator[tuple[int, str, int, Address]]:
    """Yield what is wanted, the key, where it stands, and the address."""
    for address, here in live.targets[target].objects.items():
        if address.kind != kind or address not in desired.resources:
            continue
        wanted, place = desired.resources[address].fields.get(path), here.told.get(path)
        if isinstance(wanted, int) and isinstance(place, int):
            yield wanted, address.key, place, address


def _longest_rising(numbers: Sequence[int]) -> frozenset[int]:
    """Return the indexes of a longest rising subsequence."""
    ends: list[int] = []
    last: list[int] = []
    before: list[int] = []
    for index, number in enumerate(numbers):
        length = bisect_left(ends, number)
        before.append(last[length - 1] if length else -1)
        ends[length : length + 1] = [number]
        last[length : length + 1] = [index]
    kept = set()
    index = last[-1] if last else -1
    while index >= 0:
        kept.add(index)
        index = before[index]
    return frozenset(kept)
