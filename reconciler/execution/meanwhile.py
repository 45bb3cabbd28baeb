"""Meanwhile: a loop that goes on in a thread of its own while the command does something else.

    with Meanwhile() as meanwhile:
        meanwhile.begin(start)      # what `start` sets going goes on from here
        ...                         # meanwhile, in this thread, what takes its time
        meanwhile.run(main())       # the same loop in this thread, with all that came

At any moment one thread at most runs the loop, so that nothing in it has to know of threads. Ctrl-C
reaches the command as ever: it is this thread's, and leaving the block ends what was begun.
"""

import asyncio
import sys
import threading
from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import Any, Final, Self, TypeVar

T = TypeVar("T")

_SWITCH_S: Final = 0.0005
"""How soon the thread of the loop gets its turn when bytes have come. With Python's usual 5 ms for
each, a platform that sends megabytes would wait for us; some hang up then."""


class Meanwhile:
    """A loop, and who runs it."""

    def __init__(self) -> None:
        self._runner = asyncio.Runner()
        self._thread: threading.Thread | None = None
        self._is_stopping = False
        self._switch_s = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._halt()
        self._runner.close()  # cancels what is left

    def begin(self, start: Callable[[], object]) -> None:
        """Call `start` in the loop, and let what it sets going go on in the background."""
        loop = self._runner.get_loop()
        loop.call_soon(start)
        self._switch_s = sys.getswitchinterval()
        sys.setswitchinterval(_SWITCH_S)
        self._thread = threading.Thread(target=loop.run_forever, name="reconciler-meanwhile")
        self._thread.start()

    def run(self, main: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine to its end here, like `asyncio.run`, beside what was begun."""
        self._halt()
        return self._runner.run(main)

    def _halt(self) -> None:
        """Stop running the loop in the background. What was begun stays as it is."""
        if self._thread is None:
            return
        if not self._is_stopping:  # asked once, though Ctrl-C may bring us here again
            self._is_stopping = True
            loop = self._runner.get_loop()
            loop.call_soon_threadsafe(loop.stop)
        self._thread.join()
        self._thread, self._is_stopping = None, False
        sys.setswitchinterval(self._switch_s)
