"""Acting on an Asterisk's calls over AMI: originate, hang up, transfer, live queue members.

How a phone is rung and what a queue calls its members differs from platform to platform: adapters
say so. Who may dial what is decided before (`cli/calls.py`); here nothing passes that is not a
number, a name or a channel, for these texts become lines of a protocol and steps of a dialplan.
Facts: asterisk.md, 5; seen on Asterisk 22.10.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from reconciler.errors import AdapterBroke, AdapterError, Refused
from reconciler.transport.ami import Ami
from reconciler.transport.ami_live import Asking

_NUMBER: Final = re.compile(r"\+?[0-9A-Za-z*#_.-]{1,40}")
_NAME: Final = re.compile(r"[\w-]{1,79}", re.ASCII)
_CHANNEL: Final = re.compile(r"[A-Za-z0-9_]+/[A-Za-z0-9_@.:;+*#/-]{1,120}")
_CALLER: Final = re.compile(r"[^\x00-\x1f\x7f\u2028\u2029\\]{1,120}")

_REASONS: Final = {
    "0": "it could not be rung: not registered, unknown or busy",
    "1": "hung up",
    "3": "nobody answered",
    "5": "busy",
    "8": "congestion, or not available",
}
"""`Reason` of OriginateResponse: Asterisk's control frames (frame.h); 4 is "answered"."""
_NO_MEMBER: Final = "it is no member"
_WORDS: Final[dict[str, tuple[str, str | None]]] = {
    "Already there": ("it is a member already", None),
    "Not there": (_NO_MEMBER, None),
    "Member not dynamic": (
        "it is a member by configuration",
        "take it out of the queue's members in the YAML",
    ),
    "No such queue": ("there is no such queue", None),
    "No such channel": ("there is no such channel", "`reconciler calls active` lists them"),
    "Channel does not exist": ("there is no such channel", "`reconciler calls active` lists them"),
}


class Hearing(Asking, Protocol):
    """A login that can be asked and hears what becomes of calls (events: call)."""

    @property
    def ami(self) -> Ami:
        """The login itself."""
        ...


@dataclass(frozen=True, slots=True)
class Origination:
    """A call to be started: ring a channel and, when it answers, dial a number from a context.

    `rung` is the channel that rings the extension, `more` are fields that the platform needs
    besides. Raises Refused for a text that is not what it should be.
    """

    target: str
    extension: str
    rung: str
    number: str
    context: str
    caller_id: str | None
    timeout_s: float
    more: Sequence[tuple[str, str]] = ()

    def __post_init__(self) -> None:
        texts = {
            "extension": (self.extension, _NAME),
            "number": (self.number, _NUMBER),
            "context": (self.context, _NAME),
        }
        if self.caller_id is not None:
            texts["caller id"] = (self.caller_id, _CALLER)
        _check(self.target, self.doing, texts)

    @property
    def doing(self) -> str:
        """What is being done, for errors."""
        return f"calling {self.number} from extension {self.extension}"

    @property
    def fields(self) -> list[tuple[str, str]]:
        """The action's fields."""
        caller = [] if self.caller_id is None else [("CallerID", self.caller_id)]
        return [
            ("Channel", self.rung),
            ("Context", self.context),
            ("Exten", self.number),
            ("Priority", "1"),
            ("Timeout", str(int(self.timeout_s * 1000))),
            ("Async", "true"),
            *self.more,
            *caller,
        ]


async def originate(hearing: Hearing, call: Origination, section: str) -> str:
    """Start a call and return the channel's unique id.

    `section` is the login's ("manager.conf, section [reconciler]"), for who may not hear. Raises
    Refused, with the reason, if nobody answers.
    """
    with hearing.ami.listen("OriginateResponse") as heard:
        queued = await hearing.ask("Originate", call.fields, doing=call.doing, idempotent=False)
        action_id = queued.get("ActionID")
        try:
            event = await heard.next(
                lambda each: each.get("ActionID") == action_id, timeout_s=call.timeout_s + 5
            )
        except AdapterError as error:
            hint = f"{section}: read = needs call, or the outcome of a call cannot be heard"
            raise type(error)(error.target, call.doing, error.reply, hint=hint) from None
    if event.get("Response") != "Success":
        reason = event.get("Reason")
        why = _REASONS.get(reason, f"it failed (reason {reason})")
        raise Refused(call.target, call.doing, why)
    return event.get("Uniqueid")


async def hang_up(asking: Asking, target: str, channel: str) -> str:
    """End a leg. Raises Refused if there is no such channel."""
    doing = f"hanging up {channel}"
    _check(target, doing, {"channel": (channel, _CHANNEL)})
    await _act(asking, "Hangup", [("Channel", channel), ("Cause", "16")], doing)
    return f"{channel} is hung up"


async def transfer(asking: Asking, target: str, channel: str, number: str, context: str) -> str:
    """Send a leg to a number. The leg it talked to ends. Raises Refused for no such channel."""
    doing = f"transferring {channel} to {number}"
    texts = {
        "channel": (channel, _CHANNEL),
        "number": (number, _NUMBER),
        "context": (context, _NAME),
    }
    _check(target, doing, texts)
    fields = [("Channel", channel), ("Context", context), ("Exten", number), ("Priority", "1")]
    await _act(asking, "Redirect", fields, doing)
    return f"{channel} is on its way to {number}"


@dataclass(frozen=True, slots=True)
class Membership:
    """An extension in a queue. Raises Refused for what is no name."""

    target: str
    queue: str
    member: str

    def __post_init__(self) -> None:
        texts = {"queue": (self.queue, _NAME), "member": (self.member, _NAME)}
        _check(self.target, "naming a member of a queue", texts)


async def add_queue_member(
    asking: Asking, names: Membership, interface: str, *, state: str, penalty: int
) -> str:
    """Add a live member. Raises Refused if it is there already or the queue is unknown.

    `interface` is what the queue rings, `state` whose state tells whether the member is free.
    """
    doing = f"adding {names.member} to queue {names.queue}"
    if not 0 <= penalty <= 1000:
        raise AdapterBroke(names.target, doing, "a penalty is 0 to 1000")
    fields = [
        ("Queue", names.queue),
        ("Interface", interface),
        ("Penalty", str(penalty)),
        ("MemberName", names.member),
        ("StateInterface", state),
    ]
    await _act(asking, "QueueAdd", fields, doing)
    return f"{names.member} is a member of queue {names.queue}"


async def remove_queue_member(asking: Asking, names: Membership, interfaces: Sequence[str]) -> str:
    """Remove a live member, by the first of the interfaces that it has.

    Raises Refused for members that the configuration holds.
    """
    doing = f"removing {names.member} from queue {names.queue}"
    for interface in interfaces:
        try:
            fields = [("Queue", names.queue), ("Interface", interface)]
            await _act(asking, "QueueRemove", fields, doing)
        except Refused as error:
            if error.reply != _NO_MEMBER or interface == interfaces[-1]:
                raise
        else:
            break
    return f"{names.member} is no member of queue {names.queue} any more"


async def _act(asking: Asking, action: str, fields: Sequence[tuple[str, str]], doing: str) -> None:
    """Send one action; its refusals in people's words."""
    try:
        await asking.ask(action, fields, doing=doing, idempotent=False)
    except Refused as error:
        said = next((words for text, words in _WORDS.items() if text in error.reply), None)
        if said is None:
            raise
        reply, hint = said
        raise Refused(error.target, doing, reply, hint=hint) from None


def _check(target: str, doing: str, texts: Mapping[str, tuple[str, re.Pattern[str]]]) -> None:
    """Refuse a text that is not of the form that it should have."""
    for what, (text, pattern) in texts.items():
        if not pattern.fullmatch(text):
            raise Refused(target, doing, f"{text[:60]!a} is no {what}")
