"""A page: lines that fit the width, coloured by roles. Everything shown goes through it."""

from collections.abc import Callable
from datetime import UTC, tzinfo
from typing import Final, Literal, NamedTuple, TypeAlias

from reconciler.views.cells import cells, chunks, clean

Role: TypeAlias = Literal[
    "", "add", "change", "destroy", "move", "warn", "error", "note", "good", "dim", "bold", "strong"
]
"""What a stretch of text is; the caller's style decides how that looks."""
Style: TypeAlias = Callable[[str, Role], str]
Segment: TypeAlias = tuple[str, Role]


def plain(text: str, role: Role) -> str:  # noqa: ARG001
    """Return the text as it is: the style for files, pipes and NO_COLOR."""
    return text


class Symbols(NamedTuple):
    """Signs beside letters; `ASCII` is for terminals that have nothing else."""

    dot: str = "·"
    reload: str = "↻"
    released: str = "○"
    more: str = "…"
    good: str = "✓"
    bad: str = "✗"


ASCII: Final = Symbols("-", "@", "o", "...", "ok", "x")
FANCY: Final = Symbols()


class Look(NamedTuple):
    """How output looks: cells across, colours, signs, and the zone that times are shown in."""

    width: int = 80
    style: Style = plain
    ascii: bool = False
    zone: tzinfo = UTC

    @property
    def symbols(self) -> Symbols:
        """The signs to use."""
        return ASCII if self.ascii else FANCY


PLAIN: Final = Look()
"""80 columns, no colours, UTC."""


class _Word(NamedTuple):
    text: str
    role: Role
    blanks: int
    """How many blanks stand before it on its line."""


def command(text: str) -> Segment:
    """Return a command to copy: it stays on one line as long as it fits one."""
    return text.replace(" ", "\u00a0"), "bold"


class Page:
    """Collects lines. Texts are made harmless here, so that nothing slips by."""

    def __init__(self, look: Look) -> None:
        self.look = look
        self.width = max(look.width, 40)
        self.symbols = look.symbols
        self._lines: list[str] = []

    def blank(self) -> None:
        """Add an empty line, unless there is one or nothing yet."""
        if self._lines and self._lines[-1]:
            self._lines.append("")

    def add(
        self,
        *parts: Segment | str,
        indent: int = 0,
        hang: int | None = None,
        right: Segment | None = None,
    ) -> None:
        """Add a line, wrapped between words where it is too long.

        Further lines begin at column `hang` (two more than `indent` unless given). `right` stands
        at the right edge; on a line of its own if there is no room beside the rest.
        """
        segments = [_segment(each) for each in parts]
        if self.look.style is plain and self._add_plain(segments, indent, right):
            return
        hang = min(indent + 2 if hang is None else hang, max(self.width - 24, 16))
        lines = self._wrap(segments, indent, hang)
        last = lines.pop()
        self._lines += [self._paint(line) for line in lines]
        if right is None or not right[0]:
            self._lines.append(self._paint(last))
            return
        words = [_Word(each, right[1], 1) for each in clean(right[0]).split(" ")]
        wide = _width(words) - 1
        room = self.width - _width(last) - wide
        if room < 2:
            self._lines.append(self._paint(last))
            last, room = [], max(self.width - wide, hang)
            if wide > self.width - hang:
                self.add(right, indent=hang)
                return
        self._lines.append(self._paint([*last, words[0]._replace(blanks=room), *words[1:]]))

    def _add_plain(self, segments: list[Segment], indent: int, right: Segment | None) -> bool:
        """Add what is not coloured and fits one line, as most of very many lines; else say no."""
        text = " " * indent + "".join(clean(each) for each, _ in segments)
        if cells(text) > self.width:
            return False
        line, end = text.rstrip(" "), clean(right[0]) if right is not None else ""
        room = self.width - cells(line) - cells(end)
        if end and room < 2:
            return False
        self._lines.append(line + " " * room + end if end else line)
        return True

    def verbatim(self, line: str, *, indent: int) -> None:
        """Add a line that is meant to be copied: never wrapped; at the margin if it is long."""
        text = clean(line).rstrip()
        room = max(self.width - cells(text), 0)
        self._lines.append(" " * min(indent, room) + text if text else "")

    def fits(self, *parts: Segment | str, indent: int = 0) -> bool:
        """Whether all of it would stand on one line."""
        return indent + sum(cells(clean(_segment(each)[0])) for each in parts) <= self.width

    def text(self) -> str:
        """Return the page, its lines joined by line feeds; none at the end."""
        while self._lines and not self._lines[-1]:
            self._lines.pop()
        return "\n".join(self._lines)

    def _wrap(self, segments: list[Segment], indent: int, hang: int) -> list[list[_Word]]:
        if self.fits(*segments, indent=indent):
            return [_unbroken(segments, indent)]
        lines: list[list[_Word]] = [[]]
        used, blanks = 0, indent
        for text, role in segments:
            for at, raw in enumerate(text.split(" ")):
                blanks += at > 0
                piece = clean(raw).strip()  # a no-break space kept together what belongs together
                if not piece:
                    continue
                glued = not blanks and lines[-1]
                wide = cells(piece)
                if used + blanks + wide > self.width and lines[-1]:
                    lines.append([])
                    used, blanks = 0, hang
                    if glued and len(lines[-2]) > 1:
                        # What has no blank between it stays together on the next line.
                        before = lines[-2].pop()
                        lines[-1].append(before._replace(blanks=hang))
                        used, blanks = hang + cells(before.text), 0
                while piece:
                    # What is longer than a line is cut; each further line has its own room.
                    part = next(chunks(piece, max(self.width - used - blanks, 1)))
                    if lines[-1] and used + blanks + cells(part) > self.width:
                        lines.append([])
                        used, blanks = 0, hang
                        continue
                    lines[-1].append(_Word(part, role, blanks))
                    used += blanks + cells(part)
                    piece = piece[len(part) :]
                    blanks = 0
        return lines

    def _paint(self, words: list[_Word]) -> str:
        """Return the line; neighbours of one role are painted as one."""
        painted, run, role = "", "", ""
        for word in words:
            if run and word.role == role:
                run += " " * word.blanks + word.text
                continue
            painted += self._styled(run, role) + " " * word.blanks
            run, role = word.text, word.role
        return painted + self._styled(run, role)

    def _styled(self, text: str, role: str) -> str:
        return self.look.style(text, role) if text and role else text  # type: ignore[arg-type]


def _unbroken(segments: list[Segment], indent: int) -> list[_Word]:
    """Return the words of a line that need not be wrapped, nor looked at one by one."""
    words: list[_Word] = []
    blanks = indent
    for raw, role in segments:
        text = clean(raw)
        bare = text.lstrip(" ")
        blanks += len(text) - len(bare)
        shown = bare.rstrip(" ")
        if shown:
            words.append(_Word(shown, role, blanks))
            blanks = len(bare) - len(shown)
    return words


def _segment(part: Segment | str) -> Segment:
    return (part, "") if isinstance(part, str) else part


def _width(words: list[_Word]) -> int:
    return sum(word.blanks + cells(word.text) for word in words)
