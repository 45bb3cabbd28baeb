"""Acting on calls over AMI: how FreePBX rings an extension, and as what it is a queue's member."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from reconciler.adapters.freepbx import live
from reconciler.adapters.freepbx.access import Access
from reconciler.transport import ami_calls


class Calls:
    """Call control over AMI. See `reconciler.adapter.CallControl`."""

    def __init__(self, access: Access, scope: str, timeout_s: float) -> None:
        self._access = access
        self._scope = scope
        self._timeout_s = timeout_s

    @asynccontextmanager
    async def _login(self, doing: str, *, events: str = "off") -> AsyncIterator[live.Questions]:
        live.need_ami(self._access, self._scope, doing)
        async with live.log_in(
            self._access, self._scope, self._timeout_s, events=events
        ) as questions:
            yield questions

    async def originate(
        self, extension: str, number: str, context: str, *, caller_id: str | None, timeout_s: float
    ) -> str:
        """Ring an extension and, when it answers, dial the number from the context.

        It rings as FreePBX's own click-to-call does: all its phones, and never its voicemail.
        What it dials is its call, with its caller id outside, whatever it sees while it rings.
        Source: ucp, contactmanager (`originate-skipvm`); core, sub-user-callerid (REALCALLERIDNUM).
        Raises Refused, with the reason, if nobody answers.
        """
        call = ami_calls.Origination(
            self._scope,
            extension,
            f"Local/{extension}@originate-skipvm",
            number,
            context,
            caller_id or extension,
            timeout_s,
            more=(("Variable", f"REALCALLERIDNUM={extension}"),),
        )
        async with self._login(call.doing, events="call") as questions:
            return await ami_calls.originate(questions, call, questions.section)

    async def hang_up(self, channel: str) -> str:
        """End a leg. Raises Refused if there is no such channel."""
        async with self._login(f"hanging up {channel}") as questions:
            return await ami_calls.hang_up(questions, self._scope, channel)

    async def transfer(self, channel: str, number: str, context: str) -> str:
        """Send a leg to a number. The leg it talked to ends. Raises Refused for no such channel."""
        async with self._login(f"transferring {channel} to {number}") as questions:
            return await ami_calls.transfer(questions, self._scope, channel, number, context)

    async def add_queue_member(self, queue: str, member: str, penalty: int) -> str:
        """Add a live member. Raises Refused if it is there already or the queue is unknown."""
        names = ami_calls.Membership(self._scope, queue, member)
        async with self._login(f"adding {member} to queue {queue}") as questions:
            return await ami_calls.add_queue_member(
                questions, names, _rung(member), state=f"hint:{member}@ext-local", penalty=penalty
            )

    async def remove_queue_member(self, queue: str, member: str) -> str:
        """Remove a live member, by whatever it was added. Raises Refused for static agents."""
        names = ami_calls.Membership(self._scope, queue, member)
        async with self._login(f"removing {member} from queue {queue}") as questions:
            return await ami_calls.remove_queue_member(questions, names, (_rung(member),))


def _rung(member: str) -> str:
    """Return what a queue rings: the same for agents of the page and those who log in by phone.

    Source: queues, functions.inc/queue_conf.php and dialplan.php.
    """
    return f"Local/{member}@from-queue/n"
