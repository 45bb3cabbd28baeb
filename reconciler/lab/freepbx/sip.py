"""Phones on the wire: they register with what the last reload told Asterisk, and call each other.

The lab's own registrar and proxy, in the emulator's thread. No dial plan: numbers are extensions.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Self

from reconciler.lab.freepbx.live import Call, Contact
from reconciler.lab.freepbx.pbx import Pbx
from reconciler.lab.pbx import LabPbx


class Sip:
    """The SIP side of one PBX, while it is entered."""

    def __init__(self, pbx: Pbx, port: int = 0) -> None:
        self._live = pbx.live
        self._switch = LabPbx(
            _Passwords(pbx), port=port, most=lambda number: pbx.live.loaded.contacts.get(number, 1)
        )
        self._tasks: set[asyncio.Task[int]] = set()

    async def __aenter__(self) -> Self:
        self._switch.start()
        self._live.phones = self
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._live.phones = None
        for task in self._tasks:
            task.cancel()
        self._switch.stop()

    @property
    def port(self) -> int:
        """The port on 127.0.0.1, for UDP, TCP and TLS."""
        return self._switch.port

    def contacts(self) -> list[Contact]:
        """Return who is registered now."""
        registrar, found = self._switch.registrar, []
        bindings = [
            (user, each) for user in list(registrar.contacts) for each in registrar.all(user)
        ]
        for number, binding in bindings:
            where, left_s = binding.contact, binding.until - registrar.now()
            if left_s > 0:
                uri = f"sip:{number}@{where.host}:{where.port}"
                found.append(Contact(number, uri, binding.agent, int(time.time() + left_s)))
        return found

    def calls(self) -> list[Call]:
        """Return the channels that are up, two of each call."""
        calls = self._switch.calls
        return [
            Call(
                f"PJSIP/{own}-{at:08x}", own, other, "Dial", _clock(calls.now() - talk.since), call
            )
            for call, talk in list(calls.talks.items())
            for at, own, other in ((1, talk.caller, talk.callee), (2, talk.callee, talk.caller))
        ]

    def notify(self, number: str, event: str) -> None:
        """Send a NOTIFY; nobody waits for the answer."""
        told = self._switch.notify(
            number, event, shows_password=number in self._live.loaded.answering
        )
        task = asyncio.get_running_loop().create_task(told)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


class _Passwords(Mapping[str, tuple[str, ...]]):
    """Who is let in by what: as it is loaded at the moment."""

    def __init__(self, pbx: Pbx) -> None:
        self._pbx = pbx

    @property
    def _loaded(self) -> Mapping[str, str]:
        self._pbx.reloads.settle()
        return self._pbx.live.loaded.passwords

    def __getitem__(self, number: str) -> tuple[str, ...]:
        return (self._loaded[number],)

    def __iter__(self) -> Iterator[str]:
        return iter(self._loaded)

    def __len__(self) -> int:
        return len(self._loaded)


def _clock(seconds: float) -> str:
    whole = int(seconds)
    return f"{whole // 3600:02}:{whole % 3600 // 60:02}:{whole % 60:02}"
