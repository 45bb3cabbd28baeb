"""A rule: a function from the estate to findings, each about the entry that could waive it."""

from collections.abc import Callable, Iterator
from typing import NamedTuple, TypeAlias

from reconciler.diagnostics.diagnostic import Diagnostic
from reconciler.model.resource import Desired, Resource
from reconciler.model.target import Target


class Finding(NamedTuple):
    """What a rule found. `about` is whose `waive` counts; None for the estate as a whole."""

    diagnostic: Diagnostic
    about: Resource | Target | None


Rule: TypeAlias = Callable[[Desired], Iterator[Finding]]
