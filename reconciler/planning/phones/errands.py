"""Errands: what became of going to a phone over its own interface, or through its PBX. Pure."""

from collections.abc import Collection, Iterable, Mapping
from typing import Final, Literal, NamedTuple, TypeAlias

from reconciler.model.address import Address
from reconciler.model.outcome import Outcome
from reconciler.model.resource import Desired
from reconciler.model.standing import Attempt, AttemptState, Standing
from reconciler.model.value import EMPTY
from reconciler.planning.phones.delivery import is_pushed
from reconciler.planning.phones.fleet import Member
from reconciler.planning.phones.holding import named

How: TypeAlias = Literal["push", "resync", "notify", "read"]
ErrandState: TypeAlias = Literal["done", "failed", "in_doubt", "skipped"]
"""skipped: it was not the time (off, locked, in a call); a later run does it."""

PUSH: Final = "push "
"""How the steps of pushes begin in the journal."""


def is_errand(step: str) -> bool:
    """Whether a step of a run was an errand, and none of a plan."""
    return step.startswith((PUSH, "read "))


class Errand(NamedTuple):
    """One phone. `fields` are parameters that are not as they shall be, with what they carry out.

    `since`: since when it is so; `until`: when it may be tried again (ISO 8601, UTC, or empty).
    `left_out`: somebody said that phones in a call are skipped.
    """

    address: Address
    how: How
    state: ErrandState
    detail: str
    fields: Mapping[str, str] = EMPTY
    seen: AttemptState = ""
    since: str = ""
    until: str = ""
    hint: str = ""
    code: str = ""
    left_out: bool = False

    @property
    def outcome(self) -> Outcome:
        """The same as a step of a run."""
        target = f"site/{self.address.scope}"
        return Outcome(f"{self.how} {self.address}", target, self.address, self.state, self.detail)

    @property
    def is_open(self) -> bool:
        """Whether something that a run promised is not done yet: it was done in part, then.

        A phone that fetches by itself comes for its files whenever it is there.
        """
        if self.how == "push":
            return self.state != "done" and not self.left_out
        return self.how == "read" and self.state == "failed"


def noted(before: Attempt, errand: Errand, now: str) -> Attempt | None:
    """Return what is remembered of an errand; None where what is known already says more.

    Who was found to ignore what it was given is not taken to be better for being off now.
    """
    if errand.seen == "" or (before.state == "differs" and errand.state == "skipped"):
        return None
    return Attempt(
        errand.seen, now, errand.since or now, errand.detail, errand.fields, before.passwords
    )


def changed_at(address: Address, fields: Mapping[str, str]) -> Errand:
    """Return what is said of a phone that used everything and does not any more."""
    why = f"changed at the phone: {named(fields)}"
    return Errand(address, "read", "failed", why, fields, "differs", code="values-kept")


def since_when(errand: Errand, standing: Standing, now: str) -> str:
    """Return since when a phone is as it was found: nobody hears of one that is off."""
    before = standing.attempt
    if before.state == errand.seen and before.since:
        return before.since
    return standing.last_seen or now if errand.seen == "off" else now


def pushes_due(
    members: Iterable[Member], desired: Desired, unpublished: Collection[Address]
) -> list[Member]:
    """Return the phones that shall be written to, and have not what is published.

    `unpublished` are those whose change waits: what is declared for them is not theirs yet.
    """
    return [
        each
        for each in members
        if each.wanted == "managed"
        and each.standing.status in ("generated", "stale", "failed")
        and each.address not in unpublished
        and is_pushed(desired.resources[each.address].fields)
    ]


def reads_due(
    members: Iterable[Member], desired: Desired, unpublished: Collection[Address]
) -> list[Member]:
    """Return the phones that have what is published, but were not seen to use it yet."""
    return [
        each
        for each in members
        if each.wanted == "managed"
        and each.address in desired.resources
        and each.address not in unpublished
        and (each.standing.status == "pushed" or _ignored(each, desired))
    ]


def _ignored(member: Member, desired: Desired) -> bool:
    found = member.standing.status == "failed" and member.standing.attempt.state == "differs"
    return found and not is_pushed(desired.resources[member.address].fields)
