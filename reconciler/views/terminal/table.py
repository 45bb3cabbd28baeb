"""A table without lines: columns as wide as they need to be, the last one wraps.

Nothing is cut short: names are there to be copied.
"""

from collections.abc import Sequence
from typing import Final

from reconciler.views.cells import cells, clean, pad
from reconciler.views.terminal.page import Page, Segment

Cell = Segment | str

_LEAST: Final = 16
"""What the last column needs at least; with less a table is no help."""
_NOTHING: Final = ("", "-")


def table(page: Page, head: Sequence[str], body: Sequence[Sequence[Cell]], indent: int = 2) -> None:
    """Add the rows under their heads.

    A column takes at most a third of the width; a row goes on in the next line behind a cell that
    takes more. Where most do, or the last column is left too little, rows are told in words.
    """
    rows = [[_segment(cell) for cell in row] for row in (head, *body)]
    natural = [max(cells(row[at][0]) for row in rows) for at in range(len(head))]
    *widths, last = natural
    if indent + sum(natural) + 2 * len(widths) > page.width:
        widths = [min(each, max(page.width // 3, 12)) for each in widths]
    hang = indent + sum(widths) + 2 * len(widths)
    going_on = sum(any(cells(row[at][0]) > wide for at, wide in enumerate(widths)) for row in rows)
    if page.width - hang < min(last, _LEAST) or 2 * going_on > len(body):
        for row in rows[1:]:
            _tell(page, head, row, indent)
        return
    for number, row in enumerate(rows):
        _line(page, [(text, "dim") for text, _ in row] if number == 0 else row, widths, indent)


def _line(page: Page, row: Sequence[Segment], widths: Sequence[int], indent: int) -> None:
    ends = indent
    hang = indent + sum(widths) + 2 * len(widths)
    parts: list[Segment] = []
    for at, (text, role) in enumerate(row):
        if at == len(widths):
            parts.append((text, role))
            continue
        ends += widths[at] + 2
        if cells(text) <= widths[at]:
            parts.append((pad(text, widths[at] + 2), role))
            continue
        page.add(*parts, (text, role), indent=indent)
        parts, indent = [], ends
    if any(text.strip() for text, _ in parts):
        page.add(*parts, indent=indent, hang=hang)


def _tell(page: Page, head: Sequence[str], row: Sequence[Segment], indent: int) -> None:
    """Add a row as what each of its cells is: `run 4`, and below `state done  by ada@desk`."""
    (name, *names), ((first, own), *others) = head, row
    page.add((f"{name} {first}".strip(), own or "bold"), indent=indent)
    said: list[Segment] = []
    for title, (text, role) in zip(names, others, strict=True):
        if text in _NOTHING:
            continue
        told = f"{title} {text}".strip()
        if page.fits(told, indent=indent + 4):
            told = told.replace(" ", "\u00a0")  # a title stays with what it is the title of
        said += [("  ", ""), (told, role)] if said else [(told, role)]
    if said:
        page.add(*said, indent=indent + 4, hang=indent + 4)


def _segment(cell: Cell) -> Segment:
    return (clean(cell), "") if isinstance(cell, str) else (clean(cell[0]), cell[1])
