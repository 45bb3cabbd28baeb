"""Being stopped: by a signal after what is being sent, or with whoever has started us."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

from reconciler.execution.apply import Stop


@contextmanager
def interruptible(stop: Stop) -> Iterator[None]:
    """Let the first Ctrl-C end what is being done after its step; so do SIGTERM and SIGHUP.

    With SIGTERM pipelines, containers and services end a program; they kill it when it takes long.
    SIGHUP comes when the terminal is closed or its ssh is dropped, unless it is ignored (nohup).
    """
    # Not the loop's own way, which waits until the loop is idle: a platform may not let it.
    before = {
        signal.SIGINT: signal.signal(signal.SIGINT, lambda *_: _interrupt(stop)),
        signal.SIGTERM: signal.signal(signal.SIGTERM, lambda *_: _end_soon(stop, _TOLD_TO_END)),
    }
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        before[signal.SIGHUP] = signal.signal(signal.SIGHUP, lambda *_: _hang_up(stop))
    try:
        yield
    finally:
        for each, handler in before.items():
            if signal.getsignal(each) is not signal.SIG_IGN:
                signal.signal(each, handler)


_TOLD_TO_END: Final = "Told to end (SIGTERM): stopping after what is being sent now."
_HUNG_UP: Final = "The terminal is gone (SIGHUP): stopping after what is being sent now."


def _interrupt(stop: Stop) -> None:
    if stop.asked:
        # The second Ctrl-C: stop at once. What was sent is in the journal and is read again.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.raise_signal(signal.SIGINT)
    stop.asked = True
    _say("Stopping after what is being sent now (Ctrl-C again stops at once).")


def _end_soon(stop: Stop, said: str) -> None:
    # Often it comes twice, to us and to our process group, or after a Ctrl-C: no haste in that.
    if not stop.asked:
        stop.asked = True
        _say(said)


def _hang_up(stop: Stop) -> None:
    # From the shell, and from the system when the shell is gone: the second one may come when we
    # are done and letting go of the lock.
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    _end_soon(stop, _HUNG_UP)


def _say(text: str) -> None:
    # Written as it is: the signal may have come in the middle of another write.
    with suppress(OSError):
        os.write(2, f"{text}\n".encode())


def end_with_stdin() -> None:
    """Be told to end (SIGTERM) when standard input ends.

    A pipe does with the process that holds it, also with one that is killed.
    """

    def wait() -> None:
        while os.read(0, 4096):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, name="stdin", daemon=True).start()
