"""Plans with firmware, where any is declared.

Loads little: only an estate that declares firmware pays for what finds out about it.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reconciler.cli.asking import Asking
    from reconciler.cli.running import Ready
    from reconciler.model.plan import Plan
    from reconciler.workflow.declare import Declared
    from reconciler.workspace import Surroundings


async def plan_firmware(
    planned: "Plan", ready: "Ready", at: "Surroundings", asking: "Asking", *, settle: bool = False
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
