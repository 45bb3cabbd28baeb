"""What was said on the command line about carrying a plan out."""

from collections.abc import Mapping
from typing import NamedTuple

from reconciler.cli.asking import Asking
from reconciler.planning.select import WHOLE, Selection
from reconciler.workspace import Surroundings


class Choices(NamedTuple):
    """`passed` are the rails that may be passed, with the reason. `approved`: nobody is asked.

    `shown`: the plan was shown before, and is not shown again unless it is refused. `resume` is the
    run that is gone on with.
    """

    at: Surroundings
    passed: Mapping[str, str]
    format: str
    full: bool
    no_color: bool
    approved: bool
    only: Selection = WHOLE
    resume: int | None = None
    shown: bool = False
    asking: Asking = Asking()

    @property
    def as_json(self) -> bool:
        """Whether the output is for machines."""
        return self.format == "json"
