"""What goes on now: registrations, trunks, devices, calls, queues. AMI, and ARI if there is one."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any, Final

from reconciler.adapter import Call, DeviceState, LiveState, Registration
from reconciler.adapters.asterisk.session import Session
from reconciler.errors import (
    AdapterError,
    AuthenticationFailed,
    Refused,
    UnexpectedReply,
    Unreachable,
)
from reconciler.model.address import Address
from reconciler.model.value import Value
from reconciler.transport.ami import Message

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
_DOING: Final = "looking at what goes on"


async def live_state(session: Session) -> LiveState:
    """Return registrations, device states, trunks, queues and active calls."""
    actions = (
        "PJSIPShowRegistrationInboundContactStatuses",
        "PJSIPShowEndpoints",
        "PJSIPShowRegistrationsOutbound",
        "CoreShowChannels",
        "QueueStatus",
    )
    status, clock, lists = await asyncio.gather(
        session.ask("CoreStatus", doing=_DOING),
        session.ask("Ping", doing=_DOING),
        asyncio.gather(*(session.events(action, doing=_DOING) for action in actions)),
    )
    contacts, endpoints, trunks, channels, queues = lists
    trunks = tuple(each for each in trunks if each.event == "OutboundRegistrationDetail")
    scope = session.target.scope
    online = await ari_states(session) if session.access.ari_url else {}
    return LiveState(
        version=session.version,
        started_at=f"{status.get('CoreStartupDate')} {status.get('CoreStartupTime')}".strip(),
        reloaded_at=f"{status.get('CoreReloadDate')} {status.get('CoreReloadTime')}".strip(),
        registrations=tuple(_registrations(scope, contacts, clock.get("Timestamp"))),
        trunks=tuple(_trunk(scope, each) for each in trunks),
        devices=tuple(_devices(scope, endpoints, online)),
        calls=tuple(_call(scope, each) for each in channels),
        queues=_queues(queues),
    )


def address_of(scope: str, endpoint: str) -> Address:
    """Return whose endpoint this is: trunks' endpoints are called `trunk-NAME`."""
    name = endpoint.removeprefix("trunk-")
    return Address("extension" if name == endpoint else "trunk", scope, name)


def _registrations(scope: str, contacts: Iterable[Message], clock: str) -> Iterable[Registration]:
    """Yield who registered; `clock` is the server's own time in seconds since 1970."""
    now_s = float(clock) if clock.replace(".", "", 1).isdigit() else None
    for event in contacts:
        ends_s, microseconds = event.get("RegExpire"), event.get("RoundtripUsec")
        expires = int(ends_s) - int(now_s) if ends_s.isdigit() and now_s is not None else None
        yield Registration(
            address=address_of(scope, event.get("EndpointName") or event.get("AOR")),
            contact=event.get("URI"),
            state=event.get("Status").lower(),
            user_agent=event.get("UserAgent"),
            expires_s=expires,
            round_trip_ms=int(microseconds) / 1000 if microseconds.isdigit() else None,
        )


def _trunk(scope: str, event: Message) -> Registration:
    endpoint = event.get("Endpoint") or event.get("ObjectName").removesuffix("-reg")
    return Registration(
        address=Address("trunk", scope, endpoint.removeprefix("trunk-")),
        contact=event.get("ServerUri"),
        state=event.get("Status").lower(),
        expires_s=_whole(event.get("NextReg")),
    )


def _devices(
    scope: str, endpoints: Iterable[Message], online: Mapping[str, str]
) -> Iterable[DeviceState]:
    for event in endpoints:
        name = event.get("ObjectName")
        state = _STATES.get(event.get("DeviceState"), event.get("DeviceState").lower())
        if online.get(name) == "offline" and state == "idle":
            state = "unavailable"
        yield DeviceState(address_of(scope, name), state)


def _call(scope: str, event: Message) -> Call:
    channel = event.get("Channel")
    technology, _, rest = channel.partition("/")
    name = rest.rpartition("-")[0]
    return Call(
        channel=channel,
        state=event.get("ChannelStateDesc").lower(),
        caller=event.get("CallerIDNum"),
        callee=event.get("ConnectedLineNum") or event.get("Exten"),
        application=event.get("Application"),
        duration_s=_seconds(event.get("Duration")),
        bridge=event.get("BridgeId"),
        address=address_of(scope, name) if technology == "PJSIP" else None,
    )


def _queues(events: Iterable[Message]) -> dict[str, dict[str, Value]]:
    found: dict[str, dict[str, Value]] = {}
    for event in events:
        name = event.get("Queue")
        if event.event == "QueueParams":
            found[name] = {
                "strategy": event.get("Strategy"),
                "waiting": int(event.get("Calls") or 0),
                "completed": int(event.get("Completed") or 0),
                "abandoned": int(event.get("Abandoned") or 0),
                "members": [],
            }
        elif event.event == "QueueMember" and name in found:
            found[name]["members"].append(
                {
                    "member": event.get("Location"),
                    "membership": event.get("Membership"),
                    "penalty": int(event.get("Penalty") or 0),
                    "paused": event.get("Paused") == "1",
                }
            )
    return found


def _whole(text: str) -> int | None:
    return int(text) if text.isdigit() else None


def _seconds(text: str) -> int:
    total = 0
    for part in text.split(":"):
        total = total * 60 + int(part) if part.isdigit() else total
    return total


async def ari_states(session: Session) -> dict[str, str]:
    """Return `online` or `offline` by endpoint, from ARI.

    Raises AuthenticationFailed, Unreachable or UnexpectedReply.
    """
    answer = await _ari(session, "endpoints/PJSIP", absent=[])
    if not isinstance(answer, list):
        raise UnexpectedReply(session.target.scope, "asking ARI", "not a list of endpoints")
    return {str(each.get("resource")): str(each.get("state")) for each in answer}


async def _ari(session: Session, path: str, *, absent: Any) -> Any:
    """Get one ARI resource as JSON; `absent` if ARI knows none (an empty list is a 404 there)."""
    import httpx  # here, because most commands never speak ARI

    access, target = session.access, session.target.scope
    url = f"{str(access.ari_url).rstrip('/')}/{path}"
    doing = f"asking ARI for {path}"

    def failed(kind: type[AdapterError], reply: str, hint: str | None = None) -> AdapterError:
        return kind(target, doing, reply, hint=hint)

    try:
        async with httpx.AsyncClient(
            auth=(access.ari_username, access.ari_password),
            timeout=session.timeout_s,
            verify=access.ari_ca_file or True,
        ) as client:
            answer = await client.get(url)
    except (httpx.HTTPError, OSError) as error:
        hint = "is http.conf enabled, and is this the address up to and with /ari?"
        raise failed(Unreachable, type(error).__name__, hint) from None
    if answer.status_code == httpx.codes.UNAUTHORIZED:
        raise failed(AuthenticationFailed, f"user {access.ari_username!r} was refused")
    if answer.status_code == httpx.codes.NOT_FOUND and "message" in answer.text:
        return absent
    if answer.status_code != httpx.codes.OK:
        raise failed(Refused, f"HTTP {answer.status_code}")
    try:
        return answer.json()
    except ValueError:
        raise failed(UnexpectedReply, "not JSON") from None
