"""What was said on the command line about firmware; and whether any is declared at all.

Loads little: only an estate that declares firmware pays for what finds out about it.
"""

from typing import TYPE_CHECKING, Final, NamedTuple

from reconciler.planning.select import WHOLE, Selection

if TYPE_CHECKING:
    from reconciler.cli.running import Ready
    from reconciler.model.plan import Plan
    from reconciler.phones.acting import OnCall
    from reconciler.planning.phones.windows import When
    from reconciler.workflow.declare import Declared
    from reconciler.workspace import Surroundings

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


async def plan_firmware(
    planned: "Plan", ready: "Ready", at: "Surroundings", asking: Asking, *, settle: bool = False
) -> "Plan":
    """Return the plan with firmware, where any is declared (see `flashing.plan_firmware`)."""
    if not _is_declared(ready.declared):
        return planned
    from reconciler.cli import flashing

    return await flashing.plan_firmware(planned, ready, at, asking, settle=settle)


def _is_declared(declared: "Declared") -> bool:
    if "firmware" in declared.kinds:
        return True
    return any(
        address.kind == "phone" and each.fields.get("firmware")
        for address, each in declared.desired.resources.items()
    )
