"""What a plan comes to in numbers, and in one sentence. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from reconciler.model.address import Address
from reconciler.model.change import (
    Adopt,
    Change,
    Create,
    Delete,
    Forget,
    Move,
    Replace,
    Update,
)
from reconciler.model.plan import Plan
from reconciler.views.words import count


class Counts(NamedTuple):
    """Objects by what is done to them, each counted once; and what people will feel of it."""

    add: int = 0
    change: int = 0
    replace: int = 0
    destroy: int = 0
    adopt: int = 0
    move: int = 0
    forget: int = 0
    drift: int = 0
    waiting: int = 0
    reloads: int = 0
    restarts: int = 0
    registrations: int = 0
    firmware: int = 0
    phones_only: bool = True

    def sentence(self) -> str:
        """Return `1 to add, 3 to change, 1 to destroy; 1 reload`."""
        return "; ".join(filter(None, (", ".join(self._work()), ", ".join(self._felt()))))

    def _work(self) -> Iterator[str]:
        yield f"{self.add:,} to add"
        yield f"{self.change:,} to change"
        yield f"{self.destroy:,} to destroy"
        for number, text in (
            (self.replace, "to replace"),
            (self.adopt, "to take over"),
            (self.move, "to move"),
            (self.forget, "to let go"),
            (self.drift, "drift to mend" if self.drift == 1 else "drifts to mend"),
            (self.waiting, "waiting"),
        ):
            if number:
                yield f"{number:,} {text}"

    def _felt(self) -> Iterator[str]:
        device = "phone" if self.phones_only else "device"
        if self.firmware:
            yield f"{count(self.firmware, device)} get{'s' * (self.firmware == 1)} firmware"
        if self.restarts:
            yield f"{count(self.restarts, device)} restart{'s' * (self.restarts == 1)}"
        if self.registrations:
            verb = "registers" if self.registrations == 1 else "register"
            yield f"{count(self.registrations, device)} {verb} again"
        if self.reloads:
            yield count(self.reloads, "reload")


def counts(plan: Plan) -> Counts:
    """Count a plan."""
    felt: dict[str, set[Address]] = {}
    for step in plan.steps:
        of = step.address
        of = of._replace(kind="phone") if of.kind == "firmware" else of
        felt.setdefault(step.disruption.kind, set()).add(of)
    moved = {kind: felt.get(kind, set()) for kind in ("reboot", "re-register", "firmware")}
    found = numbers(plan.changes)
    return found._replace(
        drift=found.drift + sum(1 for each in plan.targets if each.edits),
        waiting=len(plan.waiting),
        reloads=len(plan.commits),
        restarts=len(moved["reboot"]),
        registrations=len(moved["re-register"]),
        firmware=len(moved["firmware"]),
        phones_only=all(each.kind == "phone" for own in moved.values() for each in own),
    )


def numbers(changes: Iterable[Change]) -> Counts:
    """Count changes by what they do."""
    found = Counter(map(bucket, changes))
    return Counts(
        found["add"],
        found["change"],
        found["replace"],
        found["destroy"],
        found["adopt"],
        found["move"],
        found["forget"],
        found["drift"],
    )


def bucket(change: Change) -> str:
    """Return under which number a change is counted."""
    match change:
        case Create():
            return "drift" if change.recreated else "add"
        case Update():
            return "drift" if is_drift_only(change) else "change"
        case Replace():
            return "replace"
        case Delete():
            return "destroy"
        case Adopt():
            return "adopt"
        case Forget():
            return "forget"
        case Move():
            return "move"


def is_drift_only(change: Change) -> bool:
    """Whether all that the change does is to put back what others changed."""
    if isinstance(change, Create):
        return change.recreated
    if not isinstance(change, Update) or not (change.fields or change.edits):
        return False
    return all(each.cause == "drift" for each in change.fields)


def has_drift(change: Change) -> bool:
    """Whether somebody changed what is ours, at least in part."""
    if isinstance(change, Create):
        return change.recreated
    if not isinstance(change, (Update, Replace, Move)):
        return False
    edits = change.edits if isinstance(change, Update) else ()
    return bool(edits) or any(each.cause != "change" for each in change.fields)
