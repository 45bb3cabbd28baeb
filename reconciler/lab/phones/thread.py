"""A fleet in a thread of its own, for tests and programs that are not asynchronous."""

import asyncio
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self, TypeVar

from reconciler.lab.phones.fleet import Fleet

T = TypeVar("T")


class FleetThread:
    """Runs a fleet beside the caller.

    with FleetThread(Fleet(["T46U"])) as lab:
        lab.do(lambda fleet: fleet[0].power_off())
    """

    def __init__(self, fleet: Fleet, *, start_timeout_s: float = 60.0) -> None:
        self.fleet, self._start_timeout_s = fleet, start_timeout_s
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self.fleet.start(), self._loop).result(
            self._start_timeout_s
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        asyncio.run_coroutine_threadsafe(self.fleet.stop(), self._loop).result(30)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(30)
        self._loop.close()

    def do(self, what: Callable[[Fleet], T]) -> T:
        """Do something to the fleet where it lives, and return what came of it."""

        async def inside() -> T:
            return what(self.fleet)

        return asyncio.run_coroutine_threadsafe(inside(), self._loop).result(30)

    def wait(self, condition: Callable[[Fleet], bool], *, timeout_s: float = 60.0) -> None:
        """Return when something is so; TimeoutError if it is not."""
        waiting = self.fleet.wait(condition, timeout_s=timeout_s)
        asyncio.run_coroutine_threadsafe(waiting, self._loop).result(timeout_s + 10)
