"""A FreePBX's Asterisk over AMI, where that is configured: live state, and NOTIFY to phones.

Nothing is written.
"""

import re
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Final

from reconciler.adapter import Call, DeviceState, LiveState, Registration
from reconciler.adapters.freepbx.settings import Access
from reconciler.errors import AdapterBroke, AdapterError, Refused
from reconciler.model.address import Address
from reconciler.model.value import Value
from reconciler.transport.ami import Ami, AmiLogin, Message

_DOING: Final = "looking at what goes on"
_CONTACTS: Final = "PJSIPShowRegistrationInboundContactStatuses"
_GONE: Final = ("unreachable", "removed", "unavailable")
_EVENT: Final = re.compile(r"[a-z][a-z-]{1,40}(?:;[a-z]{1,20}=[a-z]{1,20})?")
_STATES: Final = {
    "Not in use": "idle", "In use": "in_use", "Busy": "busy", "Unavailable": "unavailable",
    "Ringing": "ringing", "Ring+Inuse": "ringing", "On Hold": "on_hold", "Invalid": "invalid",
    "Unknown": "unknown",
}  # fmt: skip


@asynccontextmanager
async def log_in(access: Access, target: str, timeout_s: float) -> AsyncIterator[Ami]:
    """Log in to the manager interface. Raises what `Ami.connect` raises."""
    login = AmiLogin(
        access.ami_host, access.ami_port, access.ami_username, access.ami_password, access.ami_tls
    )
    async with await Ami.connect(login, target=target, timeout_s=timeout_s) as ami:
        yield ami


async def count_calls(access: Access, target: str, timeout_s: float) -> int | None:
    """Return how many calls are up; None when nobody can tell."""
    if not access.ami_host:
        return None
    try:
        async with log_in(access, target, timeout_s) as ami:
            status = await ami.send(
                "CoreStatus", idempotent=True, timeout_s=timeout_s, doing="counting calls"
            )
            calls = status.get("CoreCurrentCalls")
            return int(calls) if calls.isdigit() else None
    except AdapterError:
        return None  # a PBX whose calls nobody counts can still be read; doctor says why


async def live_state(access: Access, scope: str, timeout_s: float) -> LiveState:
    """Return registrations, device states, trunks, queues and active calls. Raises AdapterError."""
    _need_ami(access, scope, _DOING)
    async with log_in(access, scope, timeout_s) as ami:

        async def events(action: str) -> tuple[Message, ...]:
            try:
                return (await ami.send_list(action, timeout_s=timeout_s, doing=_DOING)).events
            except Refused:
                return ()

        status = await ami.send("CoreStatus", idempotent=True, timeout_s=timeout_s, doing=_DOING)
        clock = await ami.send("Ping", idempotent=True, timeout_s=timeout_s, doing=_DOING)
        contacts = await events(_CONTACTS)
        endpoints = await events("PJSIPShowEndpoints")
        outbound = await events("PJSIPShowRegistrationsOutbound")
        channels = await events("CoreShowChannels")
        queues = await events("QueueStatus")
    return LiveState(
        version="",
        started_at=f"{status.get('CoreStartupDate')} {status.get('CoreStartupTime')}".strip(),
        reloaded_at=f"{status.get('CoreReloadDate')} {status.get('CoreReloadTime')}".strip(),
        registrations=tuple(
            Registration(
                address_of(scope, each.get("EndpointName") or each.get("AOR")),
                contact=each.get("URI"),
                state=each.get("Status").lower(),
                user_agent=each.get("UserAgent"),
                expires_s=_left_s(each.get("RegExpire"), clock.get("Timestamp")),
            )
            for each in contacts
        ),
        trunks=tuple(_trunks(scope, outbound)),
        devices=tuple(_devices(scope, endpoints)),
        calls=tuple(_call(scope, each) for each in channels),
        queues=_queues(queues),
    )


def _need_ami(access: Access, scope: str, doing: str) -> None:
    if not access.ami_host:
        raise Refused(
            scope, doing, "there are no AMI credentials in the inventory",
            hint="add ami: {host, username, password} to the PBX",
        )  # fmt: skip


async def notify(access: Access, scope: str, extension: str, event: str, timeout_s: float) -> str:
    """Send a SIP NOTIFY to an extension's contacts (asterisk.md, 6).

    Asterisk says Success also when there is nobody to send it to, so the contacts are looked at
    first. Raises Refused if nobody is registered there, AdapterError.
    """
    doing = f"sending {event.partition(';')[0]} to extension {extension}"
    if not (extension.isdigit() and _EVENT.fullmatch(event)):
        raise AdapterBroke(scope, doing, "no extension, or no event")
    _need_ami(access, scope, doing)
    async with log_in(access, scope, timeout_s) as ami:
        contacts = (await ami.send_list(_CONTACTS, timeout_s=timeout_s, doing=doing)).events
        count = sum(
            (each.get("EndpointName") or each.get("AOR")) == extension
            and each.get("Status").lower() not in _GONE
            for each in contacts
        )
        if not count:
            raise Refused(
                scope, doing, "no phone is registered there",
                hint="reconciler status --live shows who is",
            )  # fmt: skip
        fields = [("Endpoint", extension), ("Variable", f"Event={event}")]
        await ami.send("PJSIPNotify", fields, idempotent=False, timeout_s=timeout_s, doing=doing)
    return f"sent to {count} phone{'' if count == 1 else 's'} of extension {extension}"


def _left_s(ends_at: str, now: str) -> int | None:
    """Return for how long a registration still holds, by the server's own clock."""
    if not (ends_at.isdigit() and now.replace(".", "", 1).isdigit()):
        return None
    return int(ends_at) - int(float(now))


def address_of(scope: str, endpoint: str) -> Address:
    """Return whose endpoint this is: extensions' are their numbers, trunks' their names."""
    return Address("extension" if endpoint.isdigit() else "trunk", scope, endpoint)


def _trunks(scope: str, events: Iterable[Message]) -> Iterable[Registration]:
    for each in events:
        if each.event == "OutboundRegistrationDetail":
            name = each.get("Endpoint") or each.get("ObjectName")
            yield Registration(
                Address("trunk", scope, name), each.get("ServerUri"), each.get("Status").lower()
            )


def _devices(scope: str, events: Iterable[Message]) -> Iterable[DeviceState]:
    for each in events:
        state = each.get("DeviceState")
        yield DeviceState(
            address_of(scope, each.get("ObjectName")), _STATES.get(state, state.lower())
        )


def _call(scope: str, event: Message) -> Call:
    channel = event.get("Channel")
    technology, _, rest = channel.partition("/")
    hours, minutes, seconds = [*map(_whole, event.get("Duration").split(":")), 0, 0, 0][:3]
    return Call(
        channel=channel,
        state=event.get("ChannelStateDesc").lower(),
        caller=event.get("CallerIDNum"),
        callee=event.get("ConnectedLineNum") or event.get("Exten"),
        application=event.get("Application"),
        duration_s=3600 * hours + 60 * minutes + seconds,
        bridge=event.get("BridgeId"),
        address=address_of(scope, rest.rpartition("-")[0]) if technology == "PJSIP" else None,
    )


def _whole(text: str) -> int:
    return int(text) if text.isdigit() else 0


def _queues(events: Iterable[Message]) -> Mapping[str, Mapping[str, Value]]:
    found: dict[str, dict[str, Value]] = {}
    for event in events:
        name = event.get("Queue")
        if event.event == "QueueParams":
            found[name] = {
                "strategy": event.get("Strategy"),
                "waiting": _whole(event.get("Calls")),
                "completed": _whole(event.get("Completed")),
                "abandoned": _whole(event.get("Abandoned")),
                "members": [],
            }
        elif event.event == "QueueMember" and name in found:
            found[name]["members"].append(
                {
                    "member": event.get("Location"),
                    "membership": event.get("Membership"),
                    "penalty": _whole(event.get("Penalty")),
                    "paused": event.get("Paused") == "1",
                }
            )
    return found
