"""Excerpts: a line of a file with carets under what is meant, and passwords covered. Pure."""

import re
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from reconciler.diagnostics.lines import split_lines
from reconciler.diagnostics.place import Span
from reconciler.views.cells import cells, clean

_TAB: Final = 4
_LONGEST: Final = 1000
"""Over how many lines a literal is covered."""
_SECRET_BEHIND: Final = re.compile(
    r"""(?ix) (?: pass\w* | pwd | secret | pin | psk | token | api_?key ) ["']? \s* : \s+
    (?P<value> "(?:[^"\\]|\\.)*" | '[^']*' | [^\s{\[&*!|>,}\]#][^,}\]#]* )"""
)
_REFERENCE: Final = re.compile(r"""["']?(generated\b|(env|file|store|command|vault):)""")


class Excerpt(NamedTuple):
    """A line as it is shown, how many cells stand before the carets, and how many carets."""

    line: str
    offset: int
    carets: int


class Excerpts:
    """Cuts excerpts out of texts.

    What stands at `literals` is covered wherever it is shown, and so is whatever else looks like
    a password. References stay readable; of those at `misspelt` (an unknown scheme) the scheme.
    """

    def __init__(
        self, texts: Mapping[str, str], literals: Iterable[Span], misspelt: Iterable[Span]
    ) -> None:
        self._texts = texts
        self._lines: dict[str, list[str]] = {}
        self._literals: dict[tuple[str, int], list[Span]] = {}
        for literal in literals:
            last = min(literal.end_line, literal.line + _LONGEST)
            for line in range(literal.line, last + 1):
                self._literals.setdefault((literal.file, line), []).append(literal)
        self._misspelt = {(each.file, each.line, each.column - 1) for each in misspelt}

    def at(self, span: Span, room: int) -> Excerpt | None:
        """Return the first line of a span in that many cells; None if there is no such line."""
        lines = self._lines.get(span.file)
        if lines is None:
            lines = split_lines(self._texts[span.file]) if span.file in self._texts else []
            self._lines[span.file] = lines
        if not 1 <= span.line <= len(lines):
            return None
        return _fitted(self._covered(lines[span.line - 1], span), span, room)

    def _covered(self, line: str, span: Span) -> str:
        """Return a line with stars in place of what may be a password, of the same length."""
        for literal in self._literals.get((span.file, span.line), ()):
            start = literal.column - 1 if span.line == literal.line else 0
            end = literal.end_column - 1 if span.line == literal.end_line else len(line)
            line = line[:start] + "*" * (end - start) + line[end:]
        shown, done = "", 0
        for found in _SECRET_BEHIND.finditer(line):
            start, end = found.span("value")
            if _REFERENCE.match(found["value"]):
                continue
            if (span.file, span.line, start) in self._misspelt:
                start += found["value"].find(":") + 1
            shown += line[done:start] + "*" * (end - start)
            done = end
        return shown + line[done:]


def _fitted(line: str, span: Span, room: int) -> Excerpt:
    """Cut a long line around what is meant."""
    start = min(span.column - 1, len(line))
    goes_on = span.end_line > span.line
    end = len(line) if goes_on else max(min(span.end_column - 1, len(line)), start)
    before, marked, after = _shown(line[:start]), _shown(line[start:end]), _shown(line[end:])
    marked = marked.rstrip() or marked
    if cells(before) + cells(marked) + cells(after) > room:
        keep = max(room // 3, 8)
        if cells(before) > keep:
            before = f"...{_last(before, keep - 3)}"
        if cells(before) + cells(marked) > room:
            marked = f"{_first(marked, room - cells(before) - 3)}..."
        left = room - cells(before) - cells(marked)
        if cells(after) > left:
            after = f"{_first(after, left - 3)}..." if left > 3 else ""
    return Excerpt(before + marked + after, cells(before), max(cells(marked), 1))


def _shown(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(" " * _TAB if each == "\t" else clean(each) for each in text)


def _first(text: str, room: int) -> str:
    kept = used = 0
    for each in text:
        used += cells(each)
        if used > room:
            break
        kept += 1
    return text[:kept]


def _last(text: str, room: int) -> str:
    return _first(text[::-1], room)[::-1]
