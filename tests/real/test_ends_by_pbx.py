"""Where calls end on a real Asterisk, against what the language says.

Random small estates of menus, groups, queues, hours, switches, forwards, boxes and rooms; random
calls to them: who picks up, who is on a call or away, which keys are pressed, at what time. A
sample; with RECONCILER_TEST_EVERY=1 thousands of calls (a few minutes).
"""

from __future__ import annotations

import itertools
import os
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

from tests.real.asking import be_quiet
from tests.real.asterisk.instance import Asterisk
from tests.real.carried_out import CONFIG, Going, Manager, carry_out, put
from tests.real.dialplan_lab import Fields
from tests.real.ends import ENDS, Way, Ways, fits
from tests.real.estates import Estate, Maker

EVERY = os.environ.get("RECONCILER_TEST_EVERY") == "1"
SEED = int(os.environ.get("RECONCILER_TEST_SEED", "1"))
ROUNDS, ESTATES, CALLS = (10, 40, 10) if EVERY else (1, 30, 8)


def test_where_calls_end(asterisk_factory: Callable[..., Asterisk]) -> None:
    asterisk = asterisk_factory(extra=CONFIG)
    be_quiet(asterisk)
    wrong: list[str] = []
    met: Counter[object] = Counter()
    with Manager(asterisk.ami) as manager:
        for round_ in range(ROUNDS):
            makers = [Maker(random.Random(f"{SEED} {round_} {n}"), n) for n in range(ESTATES)]
            estates = [maker.make() for maker in makers]
            put(asterisk, manager, estates)
            calls = {maker.estate.serial: [maker.call() for _ in range(CALLS)] for maker in makers}
            carried = carry_out(manager, estates, calls)
            doubtful = {at: list(_judged(each, {})) for at, each in carried.items()}
            wrong += _again(manager, estates, doubtful)
            met.update(
                step[0] for each in carried.values() for going in each for step in going.way()
            )
    assert wrong == [], f"RECONCILER_TEST_SEED={SEED}: {len(wrong)} differ\n" + "\n\n".join(wrong)
    assert set(met) >= {"say", "menu", "ring", "queue", "answered", "outside", "hangup", *ENDS}


def _again(
    manager: Manager, estates: Sequence[Estate], doubtful: Mapping[int, list[Going]]
) -> Iterator[str]:
    """Carry out what differed once more, by itself: a busy machine may have kept it waiting."""
    calls = {at: [each.call for each in going] for at, going in doubtful.items()}
    if any(calls.values()):
        for each in carry_out(manager, estates, calls).values():
            yield from map(_told, _judged(each, {}))


def _judged(calls: Sequence[Going], turns: dict[str, int]) -> Iterator[Going]:
    """Yield what differs of an estate's calls, in the order in which they were made."""
    for going in calls:
        if not any(fits(going.way(), way) for way in _ways(going, turns)):
            yield going
        for key, rang in going.rang.items():
            _turn(going.estate.of("ring_group")[key], key, rang, turns)


def _ways(going: Going, turns: dict[str, int]) -> Iterator[Way]:
    return Ways(going.estate, going.call, turns).all()


def _turn(group: Fields, key: str, rang: Sequence[str], turns: dict[str, int]) -> None:
    """Note whose turn is next: after the last who rang, or one further than the call before."""
    members = group["members"]
    if group["strategy"] == "rrmemory":
        turns[key] = (members.index(rang[-1]) + 1) % len(members)
    elif group["strategy"] == "rrordered" and key in turns:
        turns[key] = (turns[key] + 1) % len(members)
    elif group["strategy"] == "rrordered" and not group["skip_busy"]:
        turns[key] = (members.index(rang[0]) + 1) % len(members)


def _told(going: Going) -> str:
    objects = "\n".join(f"    {at}: {fields}" for at, fields in going.estate.objects.items())
    said = "\n".join(f"    {way}" for way in itertools.islice(_ways(going, {}), 6))
    people = f"{going.estate.states} {going.estate.switched}"
    return f"{going.call}\n  seen {going.way()}\n  said\n{said}\n  {people}\n{objects}"
