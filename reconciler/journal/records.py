"""What the journal takes and gives, as frozen values. No database here."""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, TypeAlias

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
    action_of,
)
from reconciler.model.outcome import State
from reconciler.model.step import Commit, Step
from reconciler.model.value import EMPTY, Fields, Value

RunState: TypeAlias = Literal["running", "done", "partly", "failed", "interrupted", "refused"]
"""interrupted: stopped by a person, or killed and found so by the next run."""


class Intent(NamedTuple):
    """What is about to be sent, written down first. `address` is None for a target's commit.

    `before` and `after` are the object's fields (None: absent), secrets as references;
    `inverse` is what takes it back, as data (`{"action": ..., "fields": ...}`).
    """

    step: str
    target: str
    address: Address | None
    action: str
    before: Fields | None = None
    after: Fields | None = None
    inverse: Value = None


class Deferred(NamedTuple):
    """Something that waits for a later `apply --resume`: an object, why, and until when (ISO)."""

    target: str
    address: Address
    reason: str
    step: str = ""
    until: str | None = None
    run: int | None = None
    since: str = ""


class StepRecord(NamedTuple):
    """A step of a run. `state` is None while nobody knows what became of it. Times ISO, UTC."""

    run: int
    step: str
    target: str
    address: Address | None
    action: str
    before: Fields | None
    after: Fields | None
    inverse: Value
    intended_at: str
    state: State | None = None
    detail: str = ""
    duration_s: float = 0.0
    settled_at: str | None = None


class RunRecord(NamedTuple):
    """A run. `history` leaves `plan` and `steps` out and counts the steps by state instead."""

    id: int
    command: str
    state: RunState
    started: str
    ended: str | None
    actor: str
    host: str
    commit: str
    digest: str
    summary: Mapping[str, Any] = EMPTY
    counts: Mapping[str, int] = EMPTY
    plan: str = ""
    steps: tuple[StepRecord, ...] = ()


class Holder(NamedTuple):
    """Who holds the lock. `since` is ISO 8601, UTC; `lease_left_s` seconds until it lapses."""

    name: str
    actor: str
    host: str
    pid: int
    purpose: str
    since: str
    lease_left_s: float
    alive: bool | None
    """Whether the process lives; None when it runs on another machine."""


class AuditLine(NamedTuple):
    """One line of the audit chain. `facts` hold what happened, secrets as fingerprints."""

    number: int
    at: str
    event: str
    run: int | None
    actor: str
    commit: str
    digest: str
    facts: Mapping[str, Any]
    seal: str


class ChainReport(NamedTuple):
    """A chain that adds up. `witnessed`: a head kept outside the database agrees."""

    lines: int
    head: str
    witnessed: bool
    objects: int


def intent_of(step: Step | Commit) -> Intent:
    """Return what to write down before a step (or a target's commit) is sent."""
    if isinstance(step, Commit):
        return Intent(step.id, step.target, None, "commit")
    change = step.change
    before, after = _fields_of(change)
    return Intent(
        step.id, step.target, step.address, action_of(change), before, after, _inverse(change)
    )


def _fields_of(change: Change) -> tuple[Fields | None, Fields | None]:
    match change:
        case Create():
            return None, change.after
        case Delete():
            return change.before, None
        case Forget():
            return None, None
        case Update() | Replace() | Adopt() | Move():
            return change.before, change.after


def _inverse(change: Change) -> Value:
    match change:
        case Create():
            return {"action": "delete"}
        case Delete() | Replace():
            return {"action": "create", "fields": dict(change.before)}
        case Update() | Adopt():
            return {
                "action": "update",
                "fields": {each.path: each.before for each in change.fields},
            }
        case Move():
            return {"action": "move", "to": str(change.source), "fields": dict(change.before)}
        case Forget():
            return {"action": "adopt"}
