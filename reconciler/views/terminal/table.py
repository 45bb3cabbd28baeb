"""A table without lines: columns as wide as they need to be, the last one wraps."""

from collections.abc import Sequence

from reconciler.views.cells import cells, clean, clip, pad
from reconciler.views.terminal.page import Page, Role, Segment

Cell = Segment | str


def table(page: Page, head: Sequence[str], body: Sequence[Sequence[Cell]], indent: int = 2) -> None:
    """Add the rows under their heads. A column takes at most a third of the width."""
    room = max(page.width // 3, 12)
    texts = [[_text(cell) for cell in row] for row in (head, *body)]
    widths = [
        min(max(cells(row[at]) for row in texts), room) for at in range(max(len(head) - 1, 0))
    ]
    hang = indent + sum(widths) + 2 * len(widths)
    for number, row in enumerate((head, *body)):
        parts: list[Segment] = []
        for at, cell in enumerate(row):
            text = texts[number][at]
            role: Role = "dim" if number == 0 else cell[1] if isinstance(cell, tuple) else ""
            if at < len(widths):
                text = pad(clip(text, widths[at], page.symbols.more), widths[at] + 2)
            parts.append((text, role))
        page.add(*parts, indent=indent, hang=hang)


def _text(cell: Cell) -> str:
    return clean(cell if isinstance(cell, str) else cell[0])
