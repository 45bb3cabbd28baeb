"""Being stopped: by a signal after what is being sent, or with whoever has started us."""

import os
import signal
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, Final

from reconciler.execution.apply import Stop
from reconciler.workspace import Stores, Surroundings


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
    if _is_heard(signal.SIGHUP):
        before[signal.SIGHUP] = signal.signal(signal.SIGHUP, lambda *_: _hang_up(stop))
    try:
        yield
    finally:
        _put_back(before)


@contextmanager
def locked(stores: Stores, purpose: str, at: Surroundings) -> Iterator[None]:
    """Take the journal's lock; let go of it also when told to end, which is as Ctrl-C here.

    Who just dies leaves it behind, and on another machine the next run waits for its lease to end.
    While something is being sent, `interruptible` has the word. Raises JournalLocked.
    """
    numbers = [e for e in (signal.SIGTERM, signal.SIGHUP) if _is_heard(e)]
    before = {each: signal.signal(each, _end_now) for each in numbers}
    try:
        with stores.lock(purpose, at, _say):
            yield
    finally:
        _put_back(before)


def _end_now(number: int, _: object) -> None:
    signal.signal(number, signal.SIG_IGN)  # it often comes twice, and we are letting go of the lock
    raise KeyboardInterrupt


def _is_heard(number: signal.Signals) -> bool:
    return signal.getsignal(number) is not signal.SIG_IGN


def _put_back(before: Mapping[signal.Signals, Any]) -> None:
    for each, handler in before.items():
        if _is_heard(each):
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
