"""Output that nobody may hear any more: what is under way still goes on to its end.

A terminal that is closed, a dropped connection, a program at the other end of a pipe that has
ended, a full disk under a log: from then on every write raises, wherever it is made.
"""

import os
import sys
from typing import Any, TextIO


class Unheard:
    """Stands in for stdout or stderr; when it cannot be written any more, it leads nowhere."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write a text, or lose it."""
        try:
            return self._stream.write(text)
        except OSError:
            lead_nowhere(self._stream)
            return len(text)

    def flush(self) -> None:
        """Pass on what was written, or lose it."""
        try:
            self._stream.flush()
        except OSError:
            lead_nowhere(self._stream)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def need_no_listener() -> None:
    """From here to its end, let the command not fail for what it cannot say."""
    sys.stdout = Unheard(sys.stdout)
    sys.stderr = Unheard(sys.stderr)


def lead_nowhere(stream: TextIO) -> None:
    """Let what a stream still holds, and all that follows, go nowhere."""
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, stream.fileno())
    os.close(silence)
