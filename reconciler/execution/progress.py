"""What happens while people wait, as events: whoever shows them decides how."""

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from reconciler.model.outcome import Outcome


class ReadStarted(NamedTuple):
    """A target is being read."""

    target: str


class ReadDone(NamedTuple):
    """A target was read, or not: then `reason` says why."""

    target: str
    objects: int
    seconds: float
    reason: str | None = None


class BatchStarted(NamedTuple):
    """Steps are being sent to a target."""

    target: str
    steps: tuple[str, ...]


class StepDone(NamedTuple):
    """A step has its outcome. `number` of `total` on this target."""

    outcome: Outcome
    number: int
    total: int


class CommitStarted(NamedTuple):
    """A target's writes are being made effective."""

    target: str
    summary: str


Event: TypeAlias = ReadStarted | ReadDone | BatchStarted | StepDone | CommitStarted
Show: TypeAlias = Callable[[Event], None]


def silent(event: Event) -> None:
    """Show nothing."""
