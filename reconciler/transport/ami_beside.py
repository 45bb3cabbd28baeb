"""A second login beside the first one, so that an Asterisk answers two questions at a time.

It carries out the actions of one login one after the other, and those of two at the same time: each
has a thread of its own (seen on 22.10.1).
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Final

from reconciler.errors import AdapterError
from reconciler.transport.ami import Ami, AmiLogin

_PATIENCE_S: Final = 0.05
"""How long a question waits for the second login: a local one takes 5 ms, a refused one 1 s."""


class Beside:
    """The second login once it is there, the first one until then and where it is not granted.

    `allowmultiplelogin = no` in manager.conf grants one alone.
    """

    def __init__(self, first: Ami, login: AmiLogin, *, target: str, timeout_s: float) -> None:
        self._first = first
        self._second = asyncio.create_task(Ami.connect(login, target=target, timeout_s=timeout_s))

    async def ami(self) -> Ami:
        """Return who is to be asked."""
        await asyncio.wait([self._second], timeout=_PATIENCE_S)
        if not self._second.done() or self._second.exception() is not None:
            return self._first
        return self._second.result()

    async def aclose(self) -> None:
        """Log out, or stop logging in."""
        self._second.cancel()
        with suppress(AdapterError, asyncio.CancelledError):
            await (await self._second).close()
