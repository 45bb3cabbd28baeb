"""Where something stands: a place by path (cheap, always kept) and a span by line (exact).

Pure stages carry a `Place`: file, document and path. Only when something is shown, it is turned
into a `Span` by walking the file's text again (`language/locate.py`). So positions are exact to
the character everywhere and cost nothing while all is well.
"""

from typing import Literal, NamedTuple

PathPart = str | int
"""A mapping's key or a sequence's index."""


class Place(NamedTuple):
    """A value (or the key that holds it) in a file, by its path inside the document."""

    file: str
    document: int
    path: tuple[PathPart, ...]
    part: Literal["value", "key"] = "value"

    def at(self, *more: PathPart) -> "Place":
        """Return the place of what stands below."""
        return Place(self.file, self.document, (*self.path, *more))

    def key(self) -> "Place":
        """Return the place of the key instead of its value."""
        return self._replace(part="key")


class Span(NamedTuple):
    """A stretch of a file's text. Lines and columns count from 1; the end is exclusive."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"
