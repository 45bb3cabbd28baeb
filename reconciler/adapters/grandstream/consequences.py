"""What an action or a change does to the person at a Grandstream.

Sources: grandstream.md, A and B; firmware.md, 4 and 5.
"""

from collections.abc import Collection, Mapping
from functools import cache
from typing import Final

from reconciler.adapters.grandstream.names import number_behind
from reconciler.adapters.grandstream.numbers import parameter
from reconciler.device import Action, Consequence
from reconciler.model.step import A_SECRET, Disruption

REBOOT_S: Final = 60
"""HT8xx are away for 30 to 60 s; no source times a phone, so this is an estimate."""
RESET_S: Final = 120
UPGRADE_S: Final = 600
"""One or two restarts; ten minutes are the limit of firmware.md, 4."""
DECIDING: Final = ("P22421",)
"""Whether new settings force a restart."""

_NETWORK: Final = frozenset(
    f"P{each}"
    for each in (8, *range(9, 29), 51, 87, 229, 230, 1684, 7901, 7902, 7903, 8300, 22119, 22174)
)
_IMAGE: Final = "P192"
"""Where the image is: the phone looks there when it starts (firmware.md, 2)."""
_LOOKS: Final = frozenset(("P64", "P102", "P122", "P246", "P330", "P331", "P332", "P1362"))
"""Clock, language, phonebook: nobody's call is touched by them."""


def consequence(action: Action, told: Mapping[str, str]) -> Consequence:
    """Return what an action does."""
    if action in ("reboot", "safe_restart"):
        return Consequence(Disruption("reboot", REBOOT_S), sure="medium")
    if action == "factory_reset":
        return Consequence(Disruption("reboot", RESET_S, "everything on it is erased"), sure="low")
    if action == "upgrade":
        return Consequence(Disruption("firmware", UPGRADE_S, "restarts once or twice"))
    if action == "push_account":
        return Consequence(Disruption("re-register"))
    if action == "push_values":
        return Consequence(Disruption("resync"))
    if action == "resync":
        return _resync(told)
    return Consequence(Disruption())


def _resync(told: Mapping[str, str]) -> Consequence:
    if told.get("P22421") == "1":
        return Consequence(Disruption("reboot", REBOOT_S, "P22421 forces a restart"), sure="medium")
    if told.get("P22421") == "0":
        return Consequence(Disruption("resync"), waits_for_idle=True, sure="medium")
    # Whether check-sync restarts the phone differs by firmware: the worse one counts.
    return Consequence(Disruption("reboot", REBOOT_S, "if its firmware asks for it"), sure="low")


def change_consequence(
    parameters: Collection[str], told: Mapping[str, str], *, pushed: bool = False
) -> Consequence:
    """Return what changed parameters do when the phone fetches them."""
    changed = {number_behind(each) or each for each in parameters}
    if not changed:
        return Consequence(Disruption())
    if _IMAGE in changed:
        return consequence("upgrade", told)
    if changed & _NETWORK:
        return Consequence(Disruption("reboot", REBOOT_S, "network settings"), sure="medium")
    if pushed:
        told = {"P22421": "0"}  # that forces restarts when it provisions, which this is not
    if told.get("P22421") == "1":
        return _resync(told)
    if changed & _accounts() or A_SECRET in changed:
        return Consequence(Disruption("re-register"), sure="medium")
    if changed <= _LOOKS:
        return Consequence(Disruption("resync"), waits_for_idle=True, sure="medium")
    return _resync(told)


@cache
def _accounts() -> frozenset[str]:
    names = ("active", "server", "proxy", "user", "auth", "password", "expiry", "registers",
             "transport", "local_port", "backup", "verify")  # fmt: skip
    found: set[str] = {"P747", "P735", "P736", "P734"}
    for high in (700, 1700):
        for number in range(1, 17):
            for name in names:
                if name in ("backup", "verify") and number > 6:
                    continue
                found.add(parameter(name, number, high))
    return frozenset(found)
