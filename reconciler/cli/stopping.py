"""Being stopped: by Ctrl-C or SIGTERM after what is being sent, or with whoever has started us."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from reconciler.execution.apply import Stop


@contextmanager
def interruptible(stop: Stop) -> Iterator[None]:
    """Let the first Ctrl-C end what is being done after its step, and so does SIGTERM.

    With SIGTERM pipelines, containers and services end a program; they kill it when it takes long.
    """
    # Not the loop's own way, which waits until the loop is idle: a platform may not let it.
    ctrl_c = signal.signal(signal.SIGINT, lambda *_: _interrupt(stop))
    told_to_end = signal.signal(signal.SIGTERM, lambda *_: _end_soon(stop))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, told_to_end)
        signal.signal(signal.SIGINT, ctrl_c)


def _interrupt(stop: Stop) -> None:
    if stop.asked:
        # The second Ctrl-C: stop at once. What was sent is in the journal and is read again.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.raise_signal(signal.SIGINT)
    stop.asked = True
    # Written as it is: the signal may have come in the middle of another write.
    os.write(2, b"Stopping after what is being sent now (Ctrl-C again stops at once).\n")


def _end_soon(stop: Stop) -> None:
    # Often it comes twice, to us and to our process group, or after a Ctrl-C: no haste in that.
    if not stop.asked:
        stop.asked = True
        os.write(2, b"Told to end (SIGTERM): stopping after what is being sent now.\n")


def end_with_stdin() -> None:
    """Be told to end (SIGTERM) when standard input ends.

    A pipe does with the process that holds it, also with one that is killed.
    """

    def wait() -> None:
        while os.read(0, 4096):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, name="stdin", daemon=True).start()
