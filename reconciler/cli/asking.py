"""What was said on the command line about firmware."""

from typing import TYPE_CHECKING, Final, NamedTuple

from reconciler.planning.select import WHOLE, Selection

if TYPE_CHECKING:
    from reconciler.phones.acting import OnCall
    from reconciler.planning.phones.windows import When

AFTERWARDS: Final = "its turn comes when the phones have been told of their files"
POLL_S: Final = 10.0


class Asking(NamedTuple):
    """`insisted`: addresses that were named one by one. `limit_s`: when a phone counts as lost."""

    only: Selection = WHOLE
    accept_one_way: bool = False
    insisted: frozenset[str] = frozenset()
    poll_s: float = POLL_S
    limit_s: float | None = None
    window: "When | None" = None
    on_call: "OnCall" = "defer"
    wait_s: float = 0.0
