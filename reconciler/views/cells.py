"""Text in terminal cells: how wide it is, and made harmless. Pure.

What comes from files and platforms is not trusted: a name may hold escape sequences that repaint
the screen, or marks that turn the reading direction. They are shown as what they are.
"""

from collections.abc import Iterator
from unicodedata import category, combining, east_asian_width

_JOINERS = "\u200c\u200d"


def clean(text: str) -> str:
    """Return the text on one line without anything that a terminal would obey."""
    if text.isprintable():
        return text
    return "".join(map(_harmless, text))


def _harmless(char: str) -> str:
    if char.isprintable() or char in _JOINERS:
        return char
    if category(char) == "Zs":
        return " "
    named = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(char)
    if named:
        return named
    code = ord(char)
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"


def cells(text: str) -> int:
    """Return how many cells of a terminal the text takes: two for a wide character."""
    if text.isascii():
        return len(text)
    return sum(map(_cells_of, text))


def _cells_of(char: str) -> int:
    if combining(char) or category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if east_asian_width(char) in "WF" else 1


def pad(text: str, width: int) -> str:
    """Return the text with blanks behind it, up to the width."""
    return text + " " * (width - cells(text))


def clip(text: str, width: int, mark: str = "…") -> str:
    """Return the text cut to the width, with a mark at its end where something is missing."""
    if cells(text) <= width:
        return text
    kept = next(chunks(text, max(width - cells(mark), 1)))
    return kept.rstrip() + mark


def chunks(text: str, width: int) -> Iterator[str]:
    """Yield pieces that are at most so wide (one character at least)."""
    if text and cells(text) <= width:
        yield text
        return
    piece, used = "", 0
    for char in text:
        wide = _cells_of(char)
        if piece and used + wide > width:
            yield piece
            piece, used = "", 0
        piece += char
        used += wide
    if piece:
        yield piece
