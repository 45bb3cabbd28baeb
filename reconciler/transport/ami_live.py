"""What goes on at an Asterisk now, as AMI tells it: who is registered, who talks, who waits.

Whose endpoint is whose differs from platform to platform: adapters say so. Nothing is written.
Facts: asterisk.md, 5; seen on Asterisk 22.10.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, Protocol

from reconciler.adapter import Call, DeviceState, LiveState, Registration
from reconciler.model.address import Address
from reconciler.model.value import Value
from reconciler.transport.ami_message import Message

CONTACTS: Final = "PJSIPShowRegistrationInboundContactStatuses"
_DOING: Final = "looking at what goes on"
_LISTS: Final = (
    CONTACTS,
    "PJSIPShowEndpoints",
    "PJSIPShowRegistrationsOutbound",
    "CoreShowChannels",
    "QueueStatus",
)
_STATES: Final = {
    "Not in use": "idle",
    "In use": "in_use",
    "Busy": "busy",
    "Unavailable": "unavailable",
    "Ringing": "ringing",
    "Ring+Inuse": "ringing",
    "On Hold": "on_hold",
    "Invalid": "invalid",
    "Unknown": "unknown",
}


class Asking(Protocol):
    """A login that can be asked. Failures are `AdapterError`s."""

    async def ask(
        self,
        action: str,
        fields: Sequence[tuple[str, str]] = (),
        *,
        doing: str,
        idempotent: bool = True,
    ) -> Message:
        """Send one action and return its response."""
        ...

    async def events(self, action: str, *, doing: str) -> tuple[Message, ...]:
        """Return a list's events; none if this Asterisk does not offer the list."""
        ...


async def live_state(
    asking: Asking,
    address_of: Callable[[str], Address],
    trunk_of: Callable[[Message], Address],
    *,
    version: str = "",
    offline: frozenset[str] = frozenset(),
) -> LiveState:
    """Return registrations, device states, trunks, queues and active calls.

    `address_of` says whose an endpoint is, `trunk_of` whose a registration at a carrier is.
    `offline` are endpoints that are known to be away although AMI calls them idle.
    """
    status, clock, lists = await asyncio.gather(
        asking.ask("CoreStatus", doing=_DOING),
        asking.ask("Ping", doing=_DOING),
        asyncio.gather(*(asking.events(action, doing=_DOING) for action in _LISTS)),
    )
    contacts, endpoints, outbound, channels, queues = lists
    return LiveState(
        version=version,
        started_at=f"{status.get('CoreStartupDate')} {status.get('CoreStartupTime')}".strip(),
        reloaded_at=f"{status.get('CoreReloadDate')} {status.get('CoreReloadTime')}".strip(),
        registrations=tuple(_registrations(contacts, clock.get("Timestamp"), address_of)),
        trunks=tuple(_trunks(outbound, trunk_of)),
        devices=tuple(_devices(endpoints, offline, address_of)),
        calls=tuple(_call(each, address_of) for each in channels),
        queues=_queues(queues),
    )


def registered_endpoint(contact: Message) -> str:
    """Return at which endpoint a contact is registered."""
    return contact.get("EndpointName") or contact.get("AOR")


def _registrations(
    contacts: Iterable[Message], clock: str, address_of: Callable[[str], Address]
) -> Iterable[Registration]:
    """Yield who registered; `clock` is the server's own time in seconds since 1970."""
    now_s = int(float(clock)) if clock.replace(".", "", 1).isdigit() else None
    for event in contacts:
        ends_s, microseconds = event.get("RegExpire"), event.get("RoundtripUsec")
        yield Registration(
            address=address_of(registered_endpoint(event)),
            contact=event.get("URI"),
            state=event.get("Status").lower(),
            user_agent=event.get("UserAgent"),
            expires_s=int(ends_s) - now_s if ends_s.isdigit() and now_s is not None else None,
            round_trip_ms=int(microseconds) / 1000 if microseconds.isdigit() else None,
        )


def _trunks(
    outbound: Iterable[Message], trunk_of: Callable[[Message], Address]
) -> Iterable[Registration]:
    for event in outbound:
        if event.event == "OutboundRegistrationDetail":
            again_s = event.get("NextReg")
            yield Registration(
                address=trunk_of(event),
                contact=event.get("ServerUri"),
                state=event.get("Status").lower(),
                expires_s=int(again_s) if again_s.isdigit() else None,
            )


def _devices(
    endpoints: Iterable[Message], offline: frozenset[str], address_of: Callable[[str], Address]
) -> Iterable[DeviceState]:
    for event in endpoints:
        name, told = event.get("ObjectName"), event.get("DeviceState")
        state = _STATES.get(told, told.lower())
        if state == "idle" and name in offline:
            state = "unavailable"
        yield DeviceState(address_of(name), state)


def _call(event: Message, address_of: Callable[[str], Address]) -> Call:
    channel = event.get("Channel")
    technology, _, rest = channel.partition("/")
    return Call(
        channel=channel,
        state=event.get("ChannelStateDesc").lower(),
        caller=event.get("CallerIDNum"),
        callee=event.get("ConnectedLineNum") or event.get("Exten"),
        application=event.get("Application"),
        duration_s=_seconds(event.get("Duration")),
        bridge=event.get("BridgeId"),
        address=address_of(rest.rpartition("-")[0]) if technology == "PJSIP" else None,
    )


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


def _whole(text: str) -> int:
    return int(text) if text.isdigit() else 0


def _seconds(text: str) -> int:
    """Return how long "01:02:03" is."""
    total = 0
    for part in text.split(":"):
        total = total * 60 + _whole(part)
    return total
