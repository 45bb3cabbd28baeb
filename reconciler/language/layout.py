"""Layout: move the parts of a mapping's text into another order, with their comments. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import accumulate, pairwise
from typing import Any, NamedTuple

from yaml import MappingNode, ScalarNode


class Edit(NamedTuple):
    """Replace the text between two offsets."""

    start: int
    end: int
    text: str


@cache
def _ranks(order: tuple[str, ...]) -> Mapping[str, int]:
    return {name: number for number, name in enumerate(order)}


class Layout:
    """A text by lines, and how its mappings would look in another order."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._lines = text.split("\n")
        self._starts = list(accumulate((len(each) + 1 for each in self._lines), initial=0))

    def edited(self, edits: Iterable[Edit]) -> str:
        """Return the text with all edits made; of two that overlap, the first."""
        pieces: list[str] = []
        done = 0
        for start, end, new in sorted(edits):
            if start >= done:
                pieces += [self._text[done:start], new]
                done = end
        return "".join((*pieces, self._text[done:]))

    def reordered(self, node: MappingNode, order: Sequence[str]) -> Edit | None:
        """Return the edit that puts fields in order; None if they are, or cannot be."""
        rank = _ranks(tuple(order))
        pairs = node.value
        if len(pairs) < 2 or not all(isinstance(key, ScalarNode) for key, _ in pairs):
            return None
        wanted = sorted(range(len(pairs)), key=lambda at: rank.get(pairs[at][0].value, len(rank)))
        if wanted == list(range(len(pairs))):
            return None
        if node.flow_style:
            return self._flow(pairs, wanted)
        return self._block(pairs, wanted)

    def _flow(self, pairs: Sequence[Any], wanted: Sequence[int]) -> Edit | None:
        """Fill the same slots in another order; commas, blanks and line breaks stay in place."""
        text = self._text
        spans = [
            (key.start_mark.index, max(value.end_mark.index, key.end_mark.index))
            for key, value in pairs
        ]
        between = [text[a:b] for (_, a), (b, _) in pairwise(spans)]
        if any("#" in each or not each for each in between):
            return None
        moved = [text[spans[at][0] : spans[at][1]] for at in wanted]
        if any("#" in each and "\n" in each for each in moved):
            return None
        new = moved[0] + "".join(sep + each for sep, each in zip(between, moved[1:], strict=True))
        return Edit(spans[0][0], spans[-1][1], new)

    def _block(self, pairs: Sequence[Any], wanted: Sequence[int]) -> Edit | None:
        """Move whole lines: each key with the comments right above it and all of its value."""
        column = pairs[0][0].start_mark.column
        at = [key.start_mark.line for key, _ in pairs]
        if any(self._lines[line][:column].strip() for line in at) or len(set(at)) < len(at):
            return None  # a key stands behind a dash, or several on a line
        heads = [self._head(line, column) for line in at]
        if column == 0:
            heads[0] = at[0]  # what stands above a document belongs to the document
        end = self._end(pairs[-1][1].end_mark.line, at[-1], column)
        tails = [*heads[1:], end]
        segments = ["\n".join(self._lines[a:b]) for a, b in zip(heads, tails, strict=True)]
        bodies = [each.rstrip("\n") for each in segments]
        # The empty lines between the parts stay where they are.
        blanks = [len(each) - len(body) for each, body in zip(segments, bodies, strict=True)]
        new = "\n".join(bodies[each] + "\n" * blanks[slot] for slot, each in enumerate(wanted))
        return Edit(self._starts[heads[0]], self._starts[end] - 1, new)

    def _head(self, line: int, column: int) -> int:
        """Return the first of the comment lines right above a key, at its column."""
        while line > 0 and self._lines[line - 1].startswith(" " * column + "#"):
            line -= 1
        return line

    def _end(self, end: int, last: int, column: int) -> int:
        """Return the line after the last one that belongs to a mapping's last value."""
        end = max(min(end, len(self._lines)), last + 1)
        while end > last + 1:
            line = self._lines[end - 1]
            said = line.strip()
            indent = len(line) - len(line.lstrip())
            is_outside = not said or (said.startswith("#") and indent < max(column, 1))
            if not is_outside and not (indent == 0 and said in ("---", "...")):
                break
            end -= 1
        return end
