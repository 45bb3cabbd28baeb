"""How trunks stand with their carriers, for `doctor`: why calls do not come in, or leave."""

from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Final

from reconciler.adapter import Finding
from reconciler.adapters.asterisk.looking import ENDPOINTS, REGISTRATIONS, silent
from reconciler.adapters.asterisk.session import Session
from reconciler.transport.ami import ListResponse, Message

_OURS: Final = "trunk-"


async def carriers(session: Session, lists: Mapping[str, ListResponse]) -> AsyncIterator[Finding]:
    """Yield trunks of ours that are not registered, or whose far side does not answer."""
    registered = 0
    for event in _events(lists, REGISTRATIONS):
        if event.get("Status") == "Registered":
            registered += 1
        elif event.event == "OutboundRegistrationDetail":
            yield _unregistered(event)
    trunks = [*_events(lists, ENDPOINTS)]
    away = [e.get("ObjectName") for e in trunks if e.get("DeviceState") == "Unavailable"]
    for name in sorted(await silent(session, away)):
        yield Finding(
            f"trunk {_name(name)}",
            "warning",
            "the far side does not answer (OPTIONS): no call leaves over it, routes go on to "
            "their next trunk",
            advice="is its address right, and does it let this PBX in? A carrier that never "
            "answers OPTIONS needs qualify: false",
        )
    if trunks:
        told = f", {registered} registered" if registered else ""
        yield Finding("trunks", "ok", f"{len(trunks)}{told}")


def _events(lists: Mapping[str, ListResponse], action: str) -> Iterator[Message]:
    for event in lists[action].events if action in lists else ():
        if event.get("ObjectName").startswith(_OURS):
            yield event


def _name(section: str) -> str:
    return section.removeprefix(_OURS).removesuffix("-reg")


def _unregistered(event: Message) -> Finding:
    where, user = event.get("ServerUri"), event.get("ClientUri")
    if event.get("Status") == "Rejected":
        detail = f"{where} refuses to register {user}, so no call comes in over it"
        advice = "compare username, auth_user, secret and from_domain with what the carrier says"
    else:
        detail = f"not registered: {where} does not answer, or cannot now; no call comes in over it"
        advice = "is its address right, and does a firewall let SIP out?"
    return Finding(f"trunk {_name(event.get('ObjectName'))}", "warning", detail, advice=advice)
