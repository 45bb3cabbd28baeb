"""What an action or a change does to the person at a Poly phone.

Sources: polycom.md, B and C; firmware.md, 4 and 5.
"""

from collections.abc import Collection, Mapping
from typing import Final, Literal

from reconciler.device import Action, Consequence
from reconciler.model.step import A_SECRET, Disruption

REBOOT_S: Final = 120
"""No source times a phone: an estimate."""
UPGRADE_S: Final = 600
EDGE_UPGRADE_S: Final = 1200
ALWAYS: Final = "voIpProt.SIP.specialEvent.checkSync.alwaysReboot"
"""1: check-sync restarts the phone; otherwise only if its configuration has changed."""
DECIDING: Final = (ALWAYS,)
_IMAGE: Final = "APP_FILE_PATH"
"""What names the image in the master file: another version is loaded (firmware.md, 2)."""
RESTARTING: Final = ("device.", "voIpProt.SIP.local", "qos.", "sec.", "apps.restapi.", "httpd.")


def consequence(action: Action, model: str, told: Mapping[str, str]) -> Consequence:
    """Return what an action does. Restarts wait for the end of a call by themselves."""
    if action in ("reboot", "safe_restart"):
        return Consequence(Disruption("reboot", REBOOT_S), waits_for_idle=True, sure="medium")
    if action == "factory_reset":
        return Consequence(Disruption("reboot", 2 * REBOOT_S, "everything on it is erased"))
    if action == "upgrade":
        edge = model.lower().startswith("edge")
        seconds = EDGE_UPGRADE_S if edge else UPGRADE_S
        return Consequence(Disruption("firmware", seconds), waits_for_idle=True, sure="medium")
    if action == "push_account":
        return Consequence(Disruption("re-register", None, "some keys restart it"), sure="medium")
    if action == "push_values":
        return Consequence(Disruption("resync", None, "some keys restart it"), sure="medium")
    if action == "resync":
        return _resync(told)
    return Consequence(Disruption())


def _resync(told: Mapping[str, str]) -> Consequence:
    always = told.get(ALWAYS) == "1"
    note = "alwaysReboot is set" if always else "if its configuration has changed"
    return Consequence(Disruption("reboot", REBOOT_S, note), waits_for_idle=True, sure="medium")


def change_consequence(
    parameters: Collection[str], model: str, told: Mapping[str, str], *, pushed: bool = False
) -> Consequence:
    """Return what changed parameters do: check-sync restarts the phone or its application."""
    if not parameters:
        return Consequence(Disruption())
    if _IMAGE in parameters:
        return consequence("upgrade", model, told)
    if any(each.startswith(RESTARTING) for each in parameters):
        note = "device settings"
        return Consequence(Disruption("reboot", REBOOT_S, note), waits_for_idle=True)
    if pushed:
        kind: Literal["re-register", "resync"] = (
            "re-register"
            if any(each.startswith(("reg.", A_SECRET)) for each in parameters)
            else "resync"
        )
        return Consequence(Disruption(kind, None, "some keys restart it"), sure="medium")
    return _resync(told)
