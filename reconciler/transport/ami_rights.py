"""Which right an AMI action needs, and what a user who lacks it is told (asterisk.md, 3)."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Final

from reconciler.errors import PermissionMissing, Refused
from reconciler.transport.ami_live import Asking

CLASS_OF: Final[Mapping[str, str]] = {
    "system": (
        "PJSIPShowEndpoints PJSIPShowEndpoint PJSIPShowAors PJSIPShowAuths PJSIPShowContacts "
        "PJSIPShowRegistrationInboundContactStatuses ModuleCheck ModuleLoad PJSIPNotify "
        "DBDel"
    ),
    "config": "GetConfig ListCategories UpdateConfig CreateConfig Reload ShowDialPlan",
    "reporting": (
        "CoreStatus CoreSettings CoreShowChannels PJSIPShowRegistrationsOutbound PJSIPQualify "
        "DeviceStateList VoicemailUsersList Getvar"
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


PROBES: Final[Mapping[str, str]] = {
    "system": "ModuleCheck",
    "config": "ListCategories",
    "reporting": "CoreStatus",
    "call": "Redirect",
    "originate": "Originate",
    "agent": "QueueAdd",
}
"""Harmless actions that answer differently with and without the class: an argument is missing."""


async def lacked(asking: Asking, names: Iterable[str]) -> list[str]:
    """Return those of the classes that the login does not have. Raises AdapterError."""
    wanted = list(names)
    refused = await asyncio.gather(*(_is_refused(asking, name) for name in wanted))
    return [name for name, no in zip(wanted, refused, strict=True) if no]


async def _is_refused(asking: Asking, name: str) -> bool:
    try:
        await asking.ask(PROBES[name], doing=f"trying class {name}")
    except PermissionMissing:
        return True
    except Refused:
        pass  # "Filename not specified" and the like: allowed
    return False


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
