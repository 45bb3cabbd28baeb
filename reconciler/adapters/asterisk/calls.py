"""Acting on calls: how our Asterisk rings an extension, and as what it is a queue's member."""

from reconciler.adapters.asterisk.dialplan import context_of, ring_of
from reconciler.adapters.asterisk.session import Session, open_session
from reconciler.model.value import Fields
from reconciler.transport import ami_calls


class Calls:
    """Call control over AMI. See `reconciler.adapter.CallControl`."""

    def __init__(self, session: Session, settings: Fields) -> None:
        self._session = session
        self._settings = settings

    @property
    def _scope(self) -> str:
        return self._session.target.scope

    async def originate(
        self, extension: str, number: str, context: str, *, caller_id: str | None, timeout_s: float
    ) -> str:
        """Ring an extension and, when it answers, dial the number from the context.

        Returns the channel's unique id. Raises Refused, with the reason, if nobody answers.
        """
        call = ami_calls.Origination(
            self._scope, extension, f"PJSIP/{extension}", number, context, caller_id, timeout_s
        )
        # A login of its own: the response comes as an event, and this one has events off.
        async with open_session(
            self._session.target,
            self._settings,
            timeout_s=self._session.timeout_s,
            events="call",
        ) as session:
            return await ami_calls.originate(session, call, session.section)

    async def hang_up(self, channel: str) -> str:
        """End a leg. Raises Refused if there is no such channel."""
        return await ami_calls.hang_up(self._session, self._scope, channel)

    async def transfer(self, channel: str, number: str, context: str) -> str:
        """Send a leg to a number. The leg it talked to ends. Raises Refused for no such channel."""
        return await ami_calls.transfer(self._session, self._scope, channel, number, context)

    async def add_queue_member(self, queue: str, member: str, penalty: int) -> str:
        """Add a live member. Raises Refused if it is there already or the queue is unknown."""
        names = ami_calls.Membership(self._scope, queue, member)
        interfaces = await self._interfaces(member)
        return await ami_calls.add_queue_member(
            self._session, names, interfaces[0], state=f"PJSIP/{member}", penalty=penalty
        )

    async def remove_queue_member(self, queue: str, member: str) -> str:
        """Remove a live member. Raises Refused for members that the configuration holds."""
        names = ami_calls.Membership(self._scope, queue, member)
        interfaces = await self._interfaces(member)
        return await ami_calls.remove_queue_member(self._session, names, interfaces)

    async def _interfaces(self, member: str) -> tuple[str, ...]:
        """Return by which interfaces an extension may be a member, the best first.

        Ours ring by their own context, as members by configuration do; others by their phones.
        """
        context = context_of("extension", member)
        question = [("Context", context), ("Extension", "ring")]
        found = await self._session.list("ShowDialPlan", question, doing=f"looking for {member}")
        phones = f"PJSIP/{member}"
        return (ring_of(member), phones) if found.events and member.isdigit() else (phones,)
