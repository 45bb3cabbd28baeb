"""Recover: what became of steps that were begun and never answered for. Pure.

A run that was killed leaves intents without results. What is there now tells what happened: the
next run decides from it, and only then plans.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from reconciler.adapter import Support
from reconciler.model.address import Address
from reconciler.model.live import Live
from reconciler.model.outcome import Outcome, State
from reconciler.model.ownership import Owned, Ownership


class OpenIntent(NamedTuple):
    """A step that was begun: what it would have made ours, and what was there before.

    `before` is the live fingerprint at the time ("" for absent); `owned` the ledger's row if it
    succeeded, None for a delete; `source` the old address of a move.
    """

    run: int
    step: str
    target: str
    address: Address | None
    before: str
    owned: Owned | None
    source: Address | None = None


@dataclass(frozen=True, slots=True)
class Recovered:
    """What the intents turned out to be, and the ledger with it."""

    outcomes: Mapping[int, Sequence[Outcome]]
    owned: tuple[Owned, ...]
    disowned: tuple[Address, ...]
    ownership: Ownership


def recover(
    intents: Sequence[OpenIntent],
    live: Live,
    ownership: Ownership,
    support: Callable[[str, str], Support],
    fingerprint_of: Callable[[str, Address], str],
) -> Recovered:
    """Settle what can be settled from what is there now.

    Intents of targets that were not read stay open. `support(target, kind)` names what cannot be
    read back; `fingerprint_of(target, address)` is the fingerprint of the live object now.
    """
    outcomes: dict[int, list[Outcome]] = {}
    owned: list[Owned] = []
    disowned: list[Address] = []
    objects = dict(ownership.objects)
    for intent in intents:
        target = live.targets.get(intent.target)
        if intent.address is None:
            # A commit that was begun: its target still owes one, and the plan makes a new one.
            outcomes.setdefault(intent.run, []).append(
                Outcome(intent.step, intent.target, None, "failed", "interrupted; done again")
            )
            continue
        if target is None or target.unreachable is not None or intent.address in target.unread:
            continue
        found = target.objects.get(intent.address)
        if found is None and intent.address.kind not in target.complete:
            continue
        state, detail = _judge(intent, fingerprint_of, is_there=found is not None)
        if found is not None and intent.owned is not None and state != "skipped":
            hidden = support(intent.target, intent.address.kind).unreadable
            # Only what can be read back was surely written; the rest is written again.
            row = replace(
                intent.owned,
                run=intent.run,
                fields={
                    path: value for path, value in intent.owned.fields.items() if path not in hidden
                },
            )
            owned.append(row)
            objects[row.address] = row
            if intent.source is not None and intent.source not in target.objects:
                disowned.append(intent.source)
                objects.pop(intent.source, None)
        elif found is None and intent.owned is None:
            disowned.append(intent.address)
            objects.pop(intent.address, None)
        outcomes.setdefault(intent.run, []).append(
            Outcome(intent.step, intent.target, intent.address, state, detail)
        )
    return Recovered(outcomes, tuple(owned), tuple(disowned), Ownership(objects, ownership.owed))


def _judge(
    intent: OpenIntent, fingerprint_of: Callable[[str, Address], str], *, is_there: bool
) -> tuple[State, str]:
    assert intent.address is not None
    if not is_there:
        if intent.owned is None:
            return "done", "read again after an interruption: it is gone"
        return "skipped", "read again after an interruption: it was not written"
    if intent.owned is None:
        return "skipped", "read again after an interruption: it is still there"
    if intent.before and fingerprint_of(intent.target, intent.address) == intent.before:
        return "skipped", "read again after an interruption: it was not written"
    return "done", "read again after an interruption: it was written"
