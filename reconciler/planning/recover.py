"""Recover: what became of steps that were begun and never answered for. Pure.

A run that was killed leaves intents without results. What is there now tells what happened: the
next run decides from it, and only then plans.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from reconciler.adapter import Support
from reconciler.model.address import Address
from reconciler.model.live import Live, LiveObject
from reconciler.model.outcome import Outcome, State
from reconciler.model.ownership import Owned, Ownership
from reconciler.model.secret import Secret
from reconciler.model.value import Value


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


class Recovered(NamedTuple):
    """What the intents turned out to be, and the ledger with it.

    `paid` are targets that owe no commit after all: nothing had been written there.
    """

    outcomes: Mapping[int, Sequence[Outcome]]
    owned: tuple[Owned, ...]
    disowned: tuple[Address, ...]
    ownership: Ownership
    paid: tuple[str, ...] = ()

    @property
    def asked(self) -> frozenset[Address]:
        """The objects that were about to be written: it may be carried out only from now on."""
        told = (each for outcomes in self.outcomes.values() for each in outcomes)
        return frozenset(each.address for each in told if each.address is not None)


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
    if not intents:
        return Recovered({}, (), (), ownership, ())
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
        if target is None or not target.knows(intent.address):
            continue
        found = target.objects.get(intent.address)
        hidden = support(intent.target, intent.address.kind).unreadable
        state, detail = _judge(intent, found, fingerprint_of, hidden)
        if found is not None and intent.owned is not None and state != "skipped":
            row = _row(intent.owned, objects.get(intent.source or intent.address), found, hidden)
            row = row._replace(run=intent.run)
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
    owed, unproved = _still_owed(intents, outcomes, ownership)
    return Recovered(
        outcomes,
        tuple(owned),
        tuple(disowned),
        Ownership(objects, owed, unproved, ownership.written),
        tuple(name for name in ownership.owed if name not in owed),
    )


def _still_owed(
    intents: Sequence[OpenIntent],
    outcomes: Mapping[int, Sequence[Outcome]],
    ownership: Ownership,
) -> tuple[Mapping[str, str], Mapping[str, tuple[Address, ...]]]:
    """Return which targets owe a commit, and for what, now that it is known what was written."""
    found = {(run, each.step): each.state for run, told in outcomes.items() for each in told}
    states: dict[str, set[str | None]] = {}
    unwritten: dict[str, set[Address | None]] = {}
    for intent in intents:
        state = found.get((intent.run, intent.step))
        states.setdefault(intent.target, set()).add(state)
        if state == "skipped":
            unwritten.setdefault(intent.target, set()).add(intent.address)
    unproved = {
        name: tuple(
            each
            for each in addresses
            # A run that did not come to write it takes nothing back of what one before has written.
            if each not in unwritten.get(name, ()) or each in ownership.written.get(name, ())
        )
        for name, addresses in ownership.unproved.items()
    }
    owed = {
        name: why
        for name, why in ownership.owed.items()
        if unproved.get(name) or states.get(name) != {"skipped"}
    }
    return owed, {name: each for name, each in unproved.items() if name in owed}


def _judge(
    intent: OpenIntent,
    found: LiveObject | None,
    fingerprint_of: Callable[[str, Address], str],
    hidden: frozenset[str],
) -> tuple[State, str]:
    assert intent.address is not None
    again = "read again after an interruption: "
    if found is None:
        if intent.owned is None:
            return "done", f"{again}it is gone"
        return "skipped", f"{again}it was not written"
    if intent.owned is None:
        return "skipped", f"{again}it is still there"
    moved = intent.source is not None
    if (
        not moved
        and intent.before
        and fingerprint_of(intent.target, intent.address) == intent.before
    ):
        return "skipped", f"{again}it was not written"
    wanted = {path: v for path, v in intent.owned.fields.items() if path not in hidden}
    if all(_holds(found, path, value) for path, value in wanted.items()):
        return "done", f"{again}it was written"
    return "failed", f"{again}it was written in part, or changed since"


def _row(planned: Owned, before: Owned | None, found: LiveObject, hidden: frozenset[str]) -> Owned:
    """Return the ledger's row with what was surely written; the rest stands there as before."""
    fields: dict[str, Value] = {}
    for path, value in planned.fields.items():
        if path not in hidden and _holds(found, path, value):
            fields[path] = found.fields[path] if isinstance(value, Secret) else value
        elif before is not None and path in before.fields:
            fields[path] = before.fields[path]
    return planned._replace(fields=fields)


def _holds(found: LiveObject, path: str, value: Value) -> bool:
    here = found.fields.get(path)
    if isinstance(value, Secret) and value.fingerprint is None:
        # Generated during the step: whatever is there was put there by it.
        return isinstance(here, Secret)
    return bool(here == value)
