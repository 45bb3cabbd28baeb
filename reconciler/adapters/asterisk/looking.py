"""Looking: what Asterisk has loaded, from its lists, as `verify.Loaded`."""

import asyncio
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from reconciler.adapters.asterisk.sections import Family
from reconciler.adapters.asterisk.session import Session
from reconciler.adapters.asterisk.verify import Details, Loaded, Step
from reconciler.errors import PermissionMissing, Refused
from reconciler.transport.ami import Ami, ListResponse, Message
from reconciler.transport.ami_message import BETWEEN

_FEW_CONTEXTS: Final = 20
"""Up to so many contexts are asked for one by one; the whole dialplan costs 10 µs a step."""

_DOING: Final = "looking at what is loaded"


Lists = Mapping[str, ListResponse]
"""What Asterisk listed, by action. Passwords are in it."""

DIALPLAN: Final = "ShowDialPlan"
ENDPOINTS: Final = "PJSIPShowEndpoints"
REGISTRATIONS: Final = "PJSIPShowRegistrationsOutbound"

_PJSIP: Final = (
    ENDPOINTS, "PJSIPShowAors", "PJSIPShowAuths", REGISTRATIONS,
)  # fmt: skip
_LISTS: Final[Mapping[Family, tuple[str, ...]]] = {
    "pjsip": _PJSIP,
    "aor": _PJSIP,
    "ext": (DIALPLAN,),
    "queues": ("QueueStatus",),
    "vm": ("VoicemailUsersList",),
    "parking": ("Parkinglots",),
}
"""By which lists it is seen what is loaded of a family."""


async def ask_lists(
    session: Session, families: Collection[Family], *, by_both: bool = False
) -> Lists:
    """Ask for what is loaded of these families, all at once; by both logins if none is busy."""
    actions = _actions(families)
    others = {DIALPLAN: await session.beside()} if by_both else {}  # as long as all others together
    answers = await asyncio.gather(*(_list(session, each, others.get(each)) for each in actions))
    return {at: each for at, each in zip(actions, answers, strict=True) if each is not None}


def _actions(families: Collection[Family]) -> list[str]:
    asked = (f for f in _LISTS if f in families)  # the same order for any
    return list(dict.fromkeys(each for family in asked for each in _LISTS[family]))


def lists_of(family: Family) -> tuple[str, ...]:
    """Return the lists that tell what is loaded of a family."""
    return _LISTS.get(family, ())


def families_of(lists: Collection[str]) -> list[Family]:
    """Return the families of which some list tells."""
    return [family for family, each in _LISTS.items() if not {*each}.isdisjoint(lists)]


def covers(lists: Lists, families: Collection[Family]) -> bool:
    """Whether these lists tell all that is loaded of these families."""
    return lists.keys() >= {*_actions(families)}


def only_of(lists: Lists, families: Collection[Family]) -> Lists:
    """Return those of these lists that tell of the families."""
    return {each: lists[each] for each in _actions(families) if each in lists}


async def _list(session: Session, action: str, by: Ami | None) -> ListResponse | None:
    try:
        return await session.offered(action, doing=_DOING, by=by)
    except PermissionMissing:
        if action == "Parkinglots":  # of class `call`, which nothing else here needs
            return None
        raise


def loaded_in(lists: Lists, contexts: Mapping[str, bytes] | None = None) -> Loaded:
    """Return what lists tell. Of endpoints they tell the names alone.

    `contexts` are those of the dialplan that are looked into, as `contexts_in` gives them; None for
    all.
    """
    if contexts is None:
        contexts = contexts_in(lists[DIALPLAN]) if DIALPLAN in lists else {}

    def events(action: str) -> tuple[Message, ...]:
        return lists[action].events if action in lists else ()

    lots = frozenset(each.get("Name").lower() for each in events("Parkinglots"))

    pjsip: dict[str, dict[str, Details]] = {
        "endpoint": {each.routing(b"ObjectName").lower(): {} for each in events(ENDPOINTS)},
        "aor": _by_name(events("PJSIPShowAors")),
        "auth": _by_name(events("PJSIPShowAuths")),
        "registration": _by_name(
            each for each in events(REGISTRATIONS) if each.event == "OutboundRegistrationDetail"
        ),
        "identify": {},
    }
    return Loaded(
        pjsip,
        steps_in(contexts.values()),
        _queues(events("QueueStatus")),
        frozenset(
            (each.routing(b"VMContext").lower(), each.routing(b"VoiceMailbox"))
            for each in events("VoicemailUsersList")
        ),
        lots if "Parkinglots" in lists else None,
    )


async def look(
    session: Session,
    families: Collection[Family],
    *,
    endpoints: Iterable[str] = (),
    contexts: Collection[str] | None = None,
) -> tuple[Loaded, Lists]:
    """Ask for what is loaded of these families, all questions at once; give the lists as well.

    `endpoints` are those whose options are wanted (1 ms each, 183 lines); `contexts` those of the
    dialplan that matter, None for all.
    """
    few = "ext" in families and contexts is not None and len(contexts) <= _FEW_CONTEXTS
    lists, details, steps = await asyncio.gather(
        ask_lists(
            session, [each for each in families if not (few and each == "ext")], by_both=True
        ),
        asyncio.gather(*(_endpoint(session, name) for name in dict.fromkeys(endpoints))),
        asyncio.gather(*(_context(session, name) for name in (contexts or () if few else ()))),
    )
    loaded = loaded_in(lists)
    pjsip = {kind: dict(found) for kind, found in loaded.pjsip.items()}
    for event in (each for events in details for each in events):
        kind = {"EndpointDetail": "endpoint", "IdentifyDetail": "identify"}.get(event.event)
        if kind is not None:
            pjsip[kind][event.get("ObjectName").lower()] = dict(event.headers)
    dialplan = {name: found for each in steps for name, found in each.items()}
    return replace(loaded, pjsip=pjsip, dialplan=dialplan if few else loaded.dialplan), lists


def _by_name(events: Iterable[Message]) -> dict[str, Details]:
    return {event.get("ObjectName").lower(): dict(event.headers) for event in events}


async def _endpoint(session: Session, name: str) -> tuple[Message, ...]:
    try:
        return (await session.list("PJSIPShowEndpoint", [("Endpoint", name)], doing=_DOING)).events
    except Refused:  # "Unable to retrieve endpoint"
        return ()


async def silent(session: Session, names: Iterable[str]) -> frozenset[str]:
    """Return those endpoints whose far side was asked (OPTIONS) in vain.

    Unavailable they are as well until they have been asked for the first time.
    """
    asked = list(names)
    answers = await asyncio.gather(*(_endpoint(session, name) for name in asked))
    return frozenset(
        name
        for name, events in zip(asked, answers, strict=True)
        if any(
            each.event == "ContactStatusDetail" and each.get("Status") == "Unreachable"
            for each in events
        )
    )


async def _context(session: Session, name: str) -> dict[str, frozenset[Step]]:
    answer = await session.list(DIALPLAN, [("Context", name)], doing=_DOING)
    return steps_in([answer.content])


_CONTEXT: Final = re.compile(rb"\r\nContext: ([^\r]*)")


def contexts_in(answer: ListResponse) -> dict[str, bytes]:
    """Return what ShowDialPlan says of each context, by its name in lower case."""
    content = answer.content
    found: dict[bytes, list[bytes]] = {}
    last, start = b"", 0
    for each in _CONTEXT.finditer(content):
        if each[1] != last:  # the lines of a context come in a row
            begin = content.rfind(BETWEEN, start, each.start()) + len(BETWEEN) if last else 0
            if last:
                found.setdefault(last, []).append(content[start : begin - len(BETWEEN)])
            last, start = each[1], begin
    if last:
        found.setdefault(last, []).append(content[start:])
    named: dict[str, bytes] = {}
    for name, parts in found.items():
        key = name.decode("utf-8", "replace").lower()
        parts = [named[key], *parts] if key in named else parts
        named[key] = BETWEEN.join(parts)
    return named


_STEP: Final = re.compile(
    r"\r\nContext: ([^\r\n]*)\r\nExtension: ([^\r\n]*)\r\n(?:ExtensionLabel: [^\r\n]*\r\n)?"
    r"Priority: ([^\r\n]*)\r\nApplication: ([^\r\n]*)(?:\r\nAppData: ([^\r\n]*))?"
)


def steps_in(contents: Iterable[bytes]) -> dict[str, frozenset[Step]]:
    """Return the steps that ShowDialPlan lists by context, which is in lower case.

    There are 14 of them for an extension, so they are found in one go where Asterisk gives their
    headers in the order that was seen.
    """
    raw = BETWEEN.join(contents)
    text = raw.decode("utf-8", "replace")
    rows: list[tuple[str, ...]] = _STEP.findall(text)
    if len(rows) != text.count("\r\nPriority: "):
        rows = list(_steps_one_by_one(Message(raw=each) for each in raw.split(BETWEEN)))
    found: dict[str, set[Step]] = {}
    for context, extension, priority, application, data in rows:
        step = Step(extension, priority, application, data.strip())
        found.setdefault(context.lower(), set()).add(step)
    return {name: frozenset(steps) for name, steps in found.items()}


def _steps_one_by_one(events: Iterable[Message]) -> Iterator[tuple[str, ...]]:
    names = ("Context", "Extension", "Priority", "Application", "AppData")
    for event in events:
        own = dict(event.headers)
        if "Priority" in own:
            yield tuple([own.get(name, "") for name in names])


def _queues(events: Iterable[Message]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for event in events:
        members = found.setdefault(event.get("Queue").lower(), set())
        if event.event == "QueueMember":
            members.add(event.get("Location").lower())
    found.pop("", None)
    return {name: frozenset(members) for name, members in found.items()}


_STATE: Final = re.compile(
    rb"\r\n(?:DeviceState|ActiveChannels|Contacts|TotalContacts|ContactsRegistered|Status|NextReg"
    rb"|NewMessageCount|OldMessageCount|Calls|Holdtime|TalkTime|Completed|Abandoned"
    rb"|ServicelevelPerf2?|CallsTaken|LastCall|LastPause|LoginTime|InCall): [^\r]*"
)
"""Headers that change by themselves, and that say nothing of what is loaded."""


def content_of(action: str, answer: ListResponse) -> bytes:
    """Return what a list says of what is loaded, without what goes on now."""
    return answer.content if action == DIALPLAN else _STATE.sub(b"", answer.content)
