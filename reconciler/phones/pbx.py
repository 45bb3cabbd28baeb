"""What the PBXs know of phones: where they are registered from, and who is in a call."""

import asyncio
from collections.abc import Mapping
from time import monotonic
from typing import Any, Final, Protocol, runtime_checkable

from reconciler.adapter import LiveState, Watcher
from reconciler.device import Device, DeviceVendor, Notifier
from reconciler.errors import NotPossible, ReconcilerError
from reconciler.execution.session import Sessions
from reconciler.phones.meant import Placed
from reconciler.phones.reaching import Contact, Contacts, host_of_contact

_FRESH_S: Final = 2.0
"""For how long an answer on calls counts: a call that begins a moment later is cut by anybody."""


@runtime_checkable
class ByPbx(Protocol):
    """A vendor whose phones are reached through their PBX."""

    def pbx_device(self, pbx: Any, extension: str) -> Device:
        """Return a phone by an extension."""
        ...


class Pbxs:
    """Asks PBXs, each at most every two seconds. One that cannot be asked knows nothing."""

    def __init__(self, sessions: Sessions | None, targets: Mapping[str, str]) -> None:
        """`targets` are the ids of PBXs by name."""
        self._sessions = sessions
        self._targets = targets
        self._seen: dict[str, tuple[float, LiveState | None]] = {}
        self._turn = asyncio.Lock()

    async def contacts(self, phones: tuple[Placed, ...]) -> Contacts:
        """Return where extensions are registered from."""
        found: dict[tuple[str, str], tuple[Contact, ...]] = {}
        for pbx in {line[0] for each in phones for line in each.lines}:
            state = await self._state(pbx)
            for each in state.registrations if state else ():
                host = host_of_contact(each.contact)
                if host is not None:
                    line = pbx, each.address.key
                    found[line] = (*found.get(line, ()), Contact(host, each.user_agent))
        return found

    async def in_call(self, phone: Placed) -> bool | None:
        """Return whether a line of the phone is in a call; None where no PBX tells.

        An extension that several phones share counts for all of them.
        """
        answers: list[bool | None] = []
        for pbx, extension in phone.lines:
            state = await self._state(pbx)
            if state is None:
                answers.append(None)
                continue
            answers.append(
                any(each.address is not None and each.address.key == extension
                    for each in state.calls)
            )  # fmt: skip
        if any(answers):
            return True
        return None if None in answers or not answers else False

    async def notify(self, phone: Placed, event: str) -> str | None:
        """Let the phone's PBX send it a NOTIFY; None if none can. Raises AdapterError."""
        if self._sessions is None:
            return None
        for pbx, extension in phone.lines[:1]:
            if pbx in self._targets:
                connection = await self._sessions.connection(self._targets[pbx])
                if isinstance(connection, Notifier):
                    return await connection.notify(extension, event)
        return None

    async def device(self, phone: Placed, vendor: DeviceVendor) -> Device:
        """Return a phone that is reached through its PBX only. Raises AdapterError."""
        doing = "asking its PBX"
        if not isinstance(vendor, ByPbx) or not phone.lines:
            raise NotPossible(str(phone.address), doing, "it has no line on a PBX")
        pbx, extension = phone.lines[0]
        if self._sessions is None or pbx not in self._targets:
            raise NotPossible(str(phone.address), doing, f"PBX {pbx} cannot be asked")
        connection: Any = await self._sessions.connection(self._targets[pbx])
        if not (isinstance(connection, Watcher) and isinstance(connection, Notifier)):
            raise NotPossible(str(phone.address), doing, f"PBX {pbx} cannot be asked")
        return vendor.pbx_device(connection, extension)

    async def _state(self, pbx: str) -> LiveState | None:
        if self._sessions is None or pbx not in self._targets:
            return None
        async with self._turn:
            seen = self._seen.get(pbx)
            if seen is not None and monotonic() - seen[0] < _FRESH_S:
                return seen[1]
            state = None
            try:
                connection = await self._sessions.connection(self._targets[pbx])
                if isinstance(connection, Watcher):
                    state = await connection.live_state()
            except ReconcilerError:
                state = None
            self._seen[pbx] = (monotonic(), state)
            return state
