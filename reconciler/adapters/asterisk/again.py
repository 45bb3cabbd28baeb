"""Again: what was written is read again while it takes effect, for a reload changes no file."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, Generic, TypeVar

from reconciler.errors import AdapterError
from reconciler.model.address import Address

T = TypeVar("T")

Asked = frozenset[Address] | None
"""Single objects; None for everything."""


class Again(Generic[T]):
    """A look at files that was begun when the last of them had been written."""

    def __init__(self, look: Callable[[Asked], Coroutine[Any, Any, T]]) -> None:
        self._look = look
        self._begun: tuple[Asked, asyncio.Task[T]] | None = None

    def begin(self, asked: Asked) -> None:
        """Begin to look. Whoever writes after that has to `stop` it first."""
        self._begun = asked, asyncio.create_task(self._look(asked))

    async def stop(self) -> None:
        """Forget what was begun."""
        if self._begun is not None:
            (_, task), self._begun = self._begun, None
            task.cancel()
            with suppress(AdapterError, asyncio.CancelledError):
                await task

    async def take(self, asked: Asked) -> T:
        """Return what was begun if it is what is asked for; else look now. Raises AdapterError."""
        if self._begun is not None and self._begun[0] == asked:
            (_, task), self._begun = self._begun, None
            with suppress(AdapterError):  # asked anew, it will say so again
                return await task
        await self.stop()
        return await self._look(asked)
