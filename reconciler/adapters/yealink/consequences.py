"""What an action or a change does to the person at a Yealink.

Sources: yealink.md, B and C; firmware.md, 2 and 5.
"""

from collections.abc import Collection, Mapping
from typing import Final

from reconciler.device import Action, Consequence
from reconciler.model.step import Disruption

REBOOT_S: Final = 90
"""No source times a phone: an estimate."""
UPGRADE_S: Final = 600
"""Three to six minutes and one restart; ten are the limit of firmware.md, 4."""
NOTIFY_REBOOT: Final = "sip.notify_reboot_enable"
"""0: check-sync only reads; 1: it restarts, the default; 2: as its parameter says."""
URI_ON: Final = "features.action_uri.enable"
URI_WHO: Final = "features.action_uri_limit_ip"
DECIDING: Final = (NOTIFY_REBOOT, URI_ON, URI_WHO)

_IMAGE: Final = frozenset(("static.firmware.url", "firmware.url"))
"""What names the image: the phone installs it if its version is another (yealink.md, B)."""
_RESTARTING: Final = ("static.network.", "network.", "vpm.", "static.security.trust", "static.wui.")


def consequence(action: Action, told: Mapping[str, str]) -> Consequence:
    """Return what an action does. `resync` is by NOTIFY, which may restart the phone."""
    if action in ("reboot", "safe_restart"):
        return Consequence(Disruption("reboot", REBOOT_S), sure="medium")
    if action == "factory_reset":
        return Consequence(Disruption("reboot", 2 * REBOOT_S, "everything on it is erased"))
    if action == "upgrade":
        return Consequence(Disruption("firmware", UPGRADE_S, "restarts once"))
    if action == "push_account":
        return Consequence(Disruption("re-register"), sure="medium")
    if action == "push_values":
        return Consequence(Disruption("resync"), sure="medium")
    if action == "resync":
        return _resync(told)
    return Consequence(Disruption())


def _resync(told: Mapping[str, str]) -> Consequence:
    if told.get(NOTIFY_REBOOT) in ("0", "2"):
        return Consequence(Disruption("resync"), waits_for_idle=True, sure="medium")
    note = f"{NOTIFY_REBOOT} is not 0 or 2"
    return Consequence(Disruption("reboot", REBOOT_S, note), waits_for_idle=True, sure="medium")


def change_consequence(
    parameters: Collection[str], told: Mapping[str, str], *, pushed: bool = False
) -> Consequence:
    """Return what changed parameters do when the phone fetches them."""
    if not parameters:
        return Consequence(Disruption())
    if not _IMAGE.isdisjoint(parameters):
        return consequence("upgrade", told)
    # An import sends no check-sync: only settings that need a restart cause one.
    resync = _resync({NOTIFY_REBOOT: "0"} if pushed else told)
    if resync.disruption.kind == "reboot":
        return resync
    if any(each.startswith(_RESTARTING) for each in parameters):
        return Consequence(
            Disruption("reboot", REBOOT_S, "network settings"), waits_for_idle=True, sure="medium"
        )
    if any(each.startswith("account.") or ".sip_server." in each for each in parameters):
        return Consequence(Disruption("re-register"), sure="medium")
    return resync


def notify_event(*, reboot: bool, told: Mapping[str, str]) -> str | None:
    """Return the event; None where the phone would not do what is asked."""
    obeys = told.get(NOTIFY_REBOOT)
    if reboot:
        return None if obeys == "0" else "check-sync;reboot=true"
    return "check-sync;reboot=false"
