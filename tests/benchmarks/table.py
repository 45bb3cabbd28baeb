"""The one table: rows with their costs, and what they are compared with."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from tests.benchmarks.measure import Cost


@dataclass(frozen=True)
class Row:
    """One measured thing. `per` is how many objects it handled, `ratio` says against what."""

    part: str
    what: str
    per: int
    cost: Cost | None
    ratio: str = ""

    def as_data(self) -> dict[str, object]:
        """Return the row for results.json."""
        return asdict(self)


HEAD = ("what", "objects", "CPU s", "median", "wall s", "RSS MB", "ratio")


def text(rows: Sequence[Row]) -> str:
    """Return the table."""
    lines: list[tuple[str, ...]] = [HEAD]
    part = ""
    for row in rows:
        if row.part != part:
            part = row.part
            lines.append(("", *[""] * 6))
            lines.append((part.upper(), *[""] * 6))
        lines.append((row.what, f"{row.per:,}" if row.per else "", *_numbers(row.cost), row.ratio))
    widths = [max(len(each[column]) for each in lines) for column in range(len(HEAD))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column in (0, 6) else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def _numbers(cost: Cost | None) -> tuple[str, ...]:
    if cost is None:
        return ("", "", "", "")
    return (
        f"{cost.cpu_s:.2f}", f"{cost.median_s:.2f}", f"{cost.wall_s:.2f}", f"{cost.rss_mb:.0f}",
    )  # fmt: skip


def say(line: str) -> None:
    """Tell the person who waits how far it is."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()
