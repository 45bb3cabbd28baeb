"""A stream that passes on what is written to it, and remembers it."""

from typing import Any, TextIO


class Overheard:
    """Stands in for stdout or stderr; `said` is what was written meanwhile."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.said: list[str] = []

    def write(self, text: str) -> int:
        """Write a text. Raises what the stream raises; only what was taken counts as said."""
        written = self._stream.write(text)
        self.said.append(text)
        return written

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
