"""Looking: what Asterisk has loaded, from its lists, as `verify.Loaded`."""

import asyncio
from collections.abc import Collection, Iterable
from functools import partial
from typing import Any, Final

from reconciler.adapters.asterisk.sections import Family
from reconciler.adapters.asterisk.session import Session
from reconciler.adapters.asterisk.verify import Details, Loaded, Step
from reconciler.errors import PermissionMissing, Refused
from reconciler.transport.ami import Message

_FEW_CONTEXTS: Final = 20
"""Up to so many contexts are asked for one by one; the whole dialplan costs 10 µs a step."""

_DOING: Final = "looking at what is loaded"


async def look(
    session: Session,
    families: Collection[Family],
    *,
    endpoints: Iterable[str] = (),
    contexts: Collection[str] | None = None,
) -> Loaded:
    """Ask for what is loaded of these families, all questions at once.

    `endpoints` are those whose options are wanted (1 ms each, 183 lines); `contexts` those of the
    dialplan that matter, None for all.
    """
    pjsip, dialplan, queues, boxes, lots = await asyncio.gather(
        _pjsip(session, endpoints) if {"pjsip", "aor"} & set(families) else _nothing(),
        _dialplan(session, contexts) if "ext" in families else _nothing(),
        _queues(session) if "queues" in families else _nothing(),
        _boxes(session) if "vm" in families else _nothing(),
        _lots(session) if "parking" in families else _none(),
    )
    return Loaded(pjsip, dialplan, queues, boxes, lots)


async def _none() -> None:
    return None


async def _nothing() -> dict[Any, Any]:
    return {}


def _by_name(events: Iterable[Message]) -> dict[str, Details]:
    return {event.get("ObjectName").lower(): dict(event.headers) for event in events}


async def _pjsip(session: Session, endpoints: Iterable[str]) -> dict[str, dict[str, Details]]:
    wanted = list(dict.fromkeys(endpoints))
    lists = ("PJSIPShowEndpoints", "PJSIPShowAors", "PJSIPShowAuths")
    (listed, aors, auths), registrations, details = await asyncio.gather(
        asyncio.gather(*(session.events(action, doing=_DOING) for action in lists)),
        _registrations(session),
        asyncio.gather(*(_endpoint(session, name) for name in wanted)),
    )
    found: dict[str, dict[str, Details]] = {
        "endpoint": {event.get("ObjectName").lower(): {} for event in listed},
        "aor": _by_name(aors),
        "auth": _by_name(auths),
        "registration": _by_name(registrations),
        "identify": {},
    }
    for events in details:
        for event in events:
            name = event.get("ObjectName").lower()
            if event.event == "EndpointDetail":
                found["endpoint"][name] = dict(event.headers)
            elif event.event == "IdentifyDetail":
                found["identify"][name] = dict(event.headers)
    return found


async def _registrations(session: Session) -> list[Message]:
    events = await session.events("PJSIPShowRegistrationsOutbound", doing=_DOING)
    return [event for event in events if event.event == "OutboundRegistrationDetail"]


async def _endpoint(session: Session, name: str) -> tuple[Message, ...]:
    try:
        return (await session.list("PJSIPShowEndpoint", [("Endpoint", name)], doing=_DOING)).events
    except Refused:  # "Unable to retrieve endpoint"
        return ()


async def _dialplan(
    session: Session, contexts: Collection[str] | None
) -> dict[str, frozenset[Step]]:
    if contexts is not None and len(contexts) <= _FEW_CONTEXTS:
        questions = [[("Context", name)] for name in contexts]
    else:
        questions = [[]]
    answers = await asyncio.gather(
        *(session.list("ShowDialPlan", fields, doing=_DOING) for fields in questions)
    )
    found: dict[str, frozenset[Step]] = {}
    for fields, answer in zip(questions, answers, strict=True):
        question = ("ShowDialPlan", *fields)
        found |= session.make_of(question, answer.content, partial(_steps, answer.events))
    return found


def _steps(events: Iterable[Message]) -> dict[str, frozenset[Step]]:
    found: dict[str, set[Step]] = {}
    for event in events:
        own = dict(event.headers)
        if "Priority" in own:
            step = Step(
                own.get("Extension", ""),
                own["Priority"],
                own.get("Application", ""),
                own.get("AppData", "").strip(),
            )
            found.setdefault(own.get("Context", "").lower(), set()).add(step)
    return {name: frozenset(steps) for name, steps in found.items()}


async def _queues(session: Session) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for event in await session.events("QueueStatus", doing=_DOING):
        members = found.setdefault(event.get("Queue").lower(), set())
        if event.event == "QueueMember":
            members.add(event.get("Location").lower())
    found.pop("", None)
    return {name: frozenset(members) for name, members in found.items()}


async def _boxes(session: Session) -> dict[tuple[str, str], Details]:
    return {
        (event.get("VMContext").lower(), event.get("VoiceMailbox")): dict(event.headers)
        for event in await session.events("VoicemailUsersList", doing=_DOING)
    }


async def _lots(session: Session) -> frozenset[str] | None:
    try:
        lots = await session.events("Parkinglots", doing=_DOING)
    except PermissionMissing:  # of class `call`, which nothing else here needs
        return None
    return frozenset(event.get("Name").lower() for event in lots)
