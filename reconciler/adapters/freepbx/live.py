"""A FreePBX's Asterisk over AMI, where that is configured: live state, and NOTIFY to phones.

Nothing is configured so.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from reconciler.adapter import LiveState
from reconciler.adapters.freepbx.access import Access
from reconciler.errors import AdapterError, NotPossible, PermissionMissing, Refused
from reconciler.model.address import Address
from reconciler.transport import ami_live, ami_notify
from reconciler.transport.ami import Ami, AmiLogin, Message
from reconciler.transport.ami_rights import lacking


class Questions:
    """Questions over one login. See `reconciler.transport.ami_live.Asking`."""

    def __init__(self, ami: Ami, username: str, timeout_s: float) -> None:
        self.ami = ami
        self.section = f"manager_custom.conf, section [{username}]"
        self._timeout_s = timeout_s

    async def ask(
        self,
        action: str,
        fields: Sequence[tuple[str, str]] = (),
        *,
        doing: str,
        idempotent: bool = True,
    ) -> Message:
        """Send one action and return its response. Raises what `Ami.send` raises."""
        try:
            return await self.ami.send(
                action, fields, idempotent=idempotent, timeout_s=self._timeout_s, doing=doing
            )
        except PermissionMissing as error:
            raise lacking(action, self.section, error) from None

    async def events(self, action: str, *, doing: str) -> tuple[Message, ...]:
        """Return a list's events; none if the module that offers the list is not loaded."""
        try:
            answer = await self.ami.send_list(action, timeout_s=self._timeout_s, doing=doing)
        except PermissionMissing as error:
            raise lacking(action, self.section, error) from None
        except Refused as error:
            if "unknown command" in error.reply:
                return ()
            raise
        return answer.events


@asynccontextmanager
async def log_in(
    access: Access, target: str, timeout_s: float, *, events: str = "off"
) -> AsyncIterator[Questions]:
    """Log in to the manager interface. Raises what `Ami.connect` raises."""
    login = AmiLogin(
        access.ami_host, access.ami_port, access.ami_username, access.ami_password, access.ami_tls
    )
    async with await Ami.connect(login, target=target, timeout_s=timeout_s, events=events) as ami:
        yield Questions(ami, access.ami_username, timeout_s)


async def count_calls(access: Access, target: str, timeout_s: float) -> int | None:
    """Return how many calls are up; None when nobody can tell."""
    if not access.ami_host:
        return None
    try:
        async with log_in(access, target, timeout_s) as questions:
            status = await questions.ask("CoreStatus", doing="counting calls")
            calls = status.get("CoreCurrentCalls")
            return int(calls) if calls.isdigit() else None
    except AdapterError:
        return None  # a PBX whose calls nobody counts can still be read; doctor says why


async def live_state(access: Access, scope: str, timeout_s: float) -> LiveState:
    """Return registrations, device states, trunks, queues and active calls. Raises AdapterError."""
    need_ami(access, scope, "looking at what goes on")

    def trunk_of(registration: Message) -> Address:
        name = registration.get("Endpoint") or registration.get("ObjectName")
        return Address("trunk", scope, name)

    async with log_in(access, scope, timeout_s) as questions:
        return await ami_live.live_state(
            questions, lambda endpoint: address_of(scope, endpoint), trunk_of
        )


async def notify(access: Access, scope: str, extension: str, event: str, timeout_s: float) -> str:
    """Send a SIP NOTIFY to an extension's contacts. Raises what `ami_notify.notify` raises."""
    need_ami(access, scope, f"sending NOTIFY to extension {extension}")
    async with log_in(access, scope, timeout_s) as questions:
        return await ami_notify.notify(questions, scope, extension, event)


def need_ami(access: Access, scope: str, doing: str) -> None:
    """Raise NotPossible, with the lines to add, where the inventory has no AMI."""
    if not access.ami_host:
        host = urlsplit(access.url).hostname
        raise NotPossible(
            scope, doing, "there are no AMI credentials in the inventory",
            hint=f"add to pbxs, {scope}: ami: {{host: {host}, username: reconciler, password: "
            f'{{secret: "store:{scope}-ami"}}}}; `reconciler doctor {scope}` shows the lines of '
            "its user on the PBX",
        )  # fmt: skip


def address_of(scope: str, endpoint: str) -> Address:
    """Return whose endpoint this is: extensions' are their numbers, trunks' their names."""
    return Address("extension" if endpoint.isdigit() else "trunk", scope, endpoint)
