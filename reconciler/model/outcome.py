"""Outcomes: what became of each step."""

from typing import Literal, NamedTuple

from reconciler.model.address import Address

State = Literal["done", "failed", "stale", "skipped", "in_doubt"]
"""done: written and read back equal; failed: the platform refused, lied or rejected; stale: live
moved since the plan, nothing written; skipped: a step it needs did not succeed, or we were
interrupted first; in_doubt: sent, and no answer: the next run reads it again."""


class Outcome(NamedTuple):
    """What became of a step (or of a target's commit, when `address` is None)."""

    step: str
    target: str
    address: Address | None
    state: State
    detail: str = ""
    duration_s: float = 0.0
