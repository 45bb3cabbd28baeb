"""Ctrl-C while something is carried out: the first one stops after what is being sent."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

from reconciler.execution.apply import Stop


@contextmanager
def interruptible(stop: Stop) -> Iterator[None]:
    """Let the first Ctrl-C end what is being done after its step."""
    # Not the loop's own way, which waits until the loop is idle: a platform may not let it.
    before = signal.signal(signal.SIGINT, lambda *_: _interrupt(stop))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _interrupt(stop: Stop) -> None:
    if stop.asked:
        # The second Ctrl-C: stop at once. What was sent is in the journal and is read again.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.raise_signal(signal.SIGINT)
    stop.asked = True
    # Written as it is: the signal may have come in the middle of another write.
    os.write(2, b"Stopping after what is being sent now (Ctrl-C again stops at once).\n")
