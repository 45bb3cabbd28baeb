"""Which right an AMI action needs, and what a user who lacks it is told (asterisk.md, 3)."""

from collections.abc import Mapping
from typing import Final

from reconciler.errors import PermissionMissing

CLASS_OF: Final[Mapping[str, str]] = {
    "system": (
        "PJSIPShowEndpoints PJSIPShowEndpoint PJSIPShowAors PJSIPShowAuths PJSIPShowContacts "
        "PJSIPShowRegistrationInboundContactStatuses ModuleCheck ModuleLoad PJSIPNotify"
    ),
    "config": "GetConfig ListCategories UpdateConfig CreateConfig Reload ShowDialPlan",
    "reporting": (
        "CoreStatus CoreSettings CoreShowChannels PJSIPShowRegistrationsOutbound PJSIPQualify "
        "DeviceStateList VoicemailUsersList"
    ),
    "call": "Redirect Hangup Parkinglots",
    "originate": "Originate",
    "agent": "QueueAdd QueueRemove",
}
"""Actions by the class in `write=` that they need (ListCommands of 22.10.1).

Any one of an action's classes is enough; this is the one that we ask for. `Ping`, `QueueStatus` and
the like need none.
"""
_CLASS_BY_ACTION: Final = {
    action: name for name, actions in CLASS_OF.items() for action in actions.split()
}


def lacking(action: str, section: str, error: PermissionMissing) -> PermissionMissing:
    """Return the refusal of an action with the right that is missing, and where it is given.

    `section` is the user's ("manager.conf, section [reconciler]").
    """
    name = _CLASS_BY_ACTION.get(action, "all")
    return PermissionMissing(
        error.target,
        error.doing,
        f"{error.reply}: the AMI user may not use {action}, which needs class {name!r}",
        hint=f"{section}: add {name} to the line write = ...",
    )
