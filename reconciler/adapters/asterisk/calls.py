"""Acting on calls: originate, hang up, transfer, live queue members.

Who may dial what is decided before (`cli/calls.py`); here nothing passes that is not a number,
a name or a channel, for these texts become lines of a protocol and steps of a dialplan.
"""

import re
from collections.abc import Sequence
from typing import Final, NoReturn

from reconciler.adapters.asterisk.dialplan import context_of, ring_of
from reconciler.adapters.asterisk.session import Session, open_session
from reconciler.errors import AdapterBroke, AdapterError, Refused
from reconciler.model.value import Fields

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


class Calls:
    """Call control over AMI. See `reconciler.adapter.CallControl`."""

    def __init__(self, session: Session, settings: Fields) -> None:
        self._session = session
        self._settings = settings

    async def originate(
        self, extension: str, number: str, context: str, *, caller_id: str | None, timeout_s: float
    ) -> str:
        """Ring an extension and, when it answers, dial the number from the context.

        Returns the channel's unique id. Raises Refused, with the reason, if nobody answers.
        """
        doing = f"calling {number} from extension {extension}"
        self._check(doing, extension=(extension, _NAME), number=(number, _NUMBER))
        self._check(doing, context=(context, _NAME))
        fields = [
            ("Channel", f"PJSIP/{extension}"),
            ("Context", context),
            ("Exten", number),
            ("Priority", "1"),
            ("Timeout", str(int(timeout_s * 1000))),
            ("Async", "true"),
        ]
        if caller_id is not None:
            self._check(doing, **{"caller id": (caller_id, _CALLER)})
            fields.append(("CallerID", caller_id))
        # A login of its own: the response comes as an event, and this one has events off.
        async with open_session(
            self._session.target,
            self._settings,
            timeout_s=self._session.timeout_s,
            events="call",
        ) as session:
            with session.ami.listen("OriginateResponse") as heard:
                queued = await session.ask("Originate", fields, doing=doing, idempotent=False)
                action_id = queued.get("ActionID")
                try:
                    event = await heard.next(
                        lambda each: each.get("ActionID") == action_id, timeout_s=timeout_s + 5
                    )
                except AdapterError as error:
                    hint = (
                        f"manager.conf, section [{session.access.username}]: read = needs call, "
                        "or the outcome of a call cannot be heard"
                    )
                    raise type(error)(error.target, doing, error.reply, hint=hint) from None
        if event.get("Response") != "Success":
            reason = event.get("Reason")
            self._refuse(doing, _REASONS.get(reason, f"it failed (reason {reason})"))
        return event.get("Uniqueid")

    async def hang_up(self, channel: str) -> str:
        """End a leg. Raises Refused if there is no such channel."""
        doing = f"hanging up {channel}"
        self._check(doing, channel=(channel, _CHANNEL))
        fields = [("Channel", channel), ("Cause", "16")]
        await self._act("Hangup", fields, doing)
        return f"{channel} is hung up"

    async def transfer(self, channel: str, number: str, context: str) -> str:
        """Send a leg to a number. The leg it talked to ends. Raises Refused for no such channel."""
        doing = f"transferring {channel} to {number}"
        self._check(doing, channel=(channel, _CHANNEL), number=(number, _NUMBER))
        self._check(doing, context=(context, _NAME))
        fields = [("Channel", channel), ("Context", context), ("Exten", number), ("Priority", "1")]
        await self._act("Redirect", fields, doing)
        return f"{channel} is on its way to {number}"

    async def add_queue_member(self, queue: str, member: str, penalty: int) -> str:
        """Add a live member. Raises Refused if it is there already or the queue is unknown."""
        doing = f"adding {member} to queue {queue}"
        self._check(doing, queue=(queue, _NAME), member=(member, _NAME))
        if not 0 <= penalty <= 1000:
            raise AdapterBroke(self._session.target.scope, doing, "a penalty is 0 to 1000")
        fields = [
            ("Queue", queue),
            ("Interface", (await self._interfaces(member))[0]),
            ("Penalty", str(penalty)),
            ("MemberName", member),
            ("StateInterface", f"PJSIP/{member}"),
        ]
        await self._act("QueueAdd", fields, doing)
        return f"{member} is a member of queue {queue}"

    async def remove_queue_member(self, queue: str, member: str) -> str:
        """Remove a live member. Raises Refused for members that the configuration holds."""
        doing = f"removing {member} from queue {queue}"
        self._check(doing, queue=(queue, _NAME), member=(member, _NAME))
        *others, last = await self._interfaces(member)
        for interface in others:
            try:
                await self._act("QueueRemove", [("Queue", queue), ("Interface", interface)], doing)
            except Refused as error:
                if error.reply != _NO_MEMBER:
                    raise
            else:
                return f"{member} is no member of queue {queue} any more"
        await self._act("QueueRemove", [("Queue", queue), ("Interface", last)], doing)
        return f"{member} is no member of queue {queue} any more"

    async def _interfaces(self, member: str) -> tuple[str, ...]:
        """Return by which interfaces an extension may be a member, the best first.

        Ours ring by their own context, as members by configuration do; others by their phones.
        """
        context = context_of("extension", member)
        question = [("Context", context), ("Extension", "ring")]
        found = await self._session.list("ShowDialPlan", question, doing=f"looking for {member}")
        phones = f"PJSIP/{member}"
        return (ring_of(member), phones) if found.events and member.isdigit() else (phones,)

    async def _act(self, action: str, fields: Sequence[tuple[str, str]], doing: str) -> None:
        """Send one action; its refusals in people's words."""
        try:
            await self._session.ask(action, fields, doing=doing, idempotent=False)
        except Refused as error:
            said = next((words for text, words in _WORDS.items() if text in error.reply), None)
            if said is None:
                raise
            reply, hint = said
            raise Refused(error.target, doing, reply, hint=hint) from None

    def _check(self, doing: str, **texts: tuple[str, re.Pattern[str]]) -> None:
        """Refuse a text that is not of the form that it should have."""
        for what, (text, pattern) in texts.items():
            if not pattern.fullmatch(text):
                self._refuse(doing, f"{text[:60]!a} is no {what}")

    def _refuse(self, doing: str, why: str) -> NoReturn:
        raise Refused(self._session.target.scope, doing, why)


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
