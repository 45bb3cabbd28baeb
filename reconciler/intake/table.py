"""Tables: CSV text becomes rows of cells that know where they stand. Pure.

Forgiving in form (order of columns, commas, semicolons or tabs, line ends, blank lines), strict in
everything else: a row that has more cells than there are columns is said, not guessed at.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from reconciler.diagnostics.codes import found
from reconciler.diagnostics.diagnostic import Checked, Diagnostic
from reconciler.diagnostics.place import Span

_DELIMITERS: Final = ",;\t"
_MOST_ROWS: Final = 50_000


class Cell(NamedTuple):
    """A cell's text without spaces around it, and where it begins (both count from 1)."""

    text: str
    line: int
    column: int

    def span(self, file: str) -> Span:
        """Return where the cell begins, as a stretch of the file."""
        return Span(file, self.line, self.column, self.line, self.column + 1)


@dataclass(frozen=True, slots=True)
class Table:
    """A table as it was read: its header, and its rows with a cell for each column."""

    file: str
    header: tuple[Cell, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()


def read_table(file: str, text: str) -> Checked[Table]:
    """Read CSV text. `file` is what people call it. Rows of a wrong shape are left out and said."""
    delimiter = _delimiter(text)
    try:
        records = list(_records(text, delimiter))
    except csv.Error as error:
        at = Span(file, 1, 1, 1, 2)
        return Checked(Table(file), (found("csv-malformed", f"{file}: {error}.", at),))
    if len(records) < 2:
        told = found(
            "csv-malformed", f"{file} has no rows below a line with the names of its columns.",
            hint="the first line names the columns: number,name,email,mac,model",
        )  # fmt: skip
        return Checked(Table(file), (told,))
    header, *rows = records
    while header and not header[-1].text and all(len(r) < len(header) for r in rows):
        header = header[:-1]
    problems: list[Diagnostic] = []
    kept: list[tuple[Cell, ...]] = []
    if len(rows) > _MOST_ROWS:
        problems.append(
            found("csv-malformed", f"{file} has more than {_MOST_ROWS:,} rows: divide it.")
        )
    for row in rows[:_MOST_ROWS]:
        beyond = [each for each in row[len(header) :] if each.text]
        if beyond:
            problems.append(_too_long(file, row, header, delimiter))
            continue
        end = row[-1]
        missing = (Cell("", end.line, end.column + len(end.text)),) * (len(header) - len(row))
        kept.append((*row[: len(header)], *missing))
    return Checked(Table(file, tuple(header), tuple(kept)), tuple(problems))


def _too_long(
    file: str, row: tuple[Cell, ...], header: tuple[Cell, ...], delimiter: str
) -> Diagnostic:
    sign = {",": "comma", ";": "semicolon", "\t": "tab"}[delimiter]
    return found(
        "csv-row",
        f"The row has {len(row)} cells, but there are {len(header)} columns.",
        row[len(header)].span(file),
        hint=f'put a cell that holds a {sign} into quotes: "Okafor{delimiter} Ada"',
    )


def _delimiter(text: str) -> str:
    """Return what stands between the columns' names, outside of quotes."""
    first = next((each for each in text.splitlines() if each.strip()), "")
    plain = re.sub(r'"[^"]*"', "", first)
    return max(_DELIMITERS, key=plain.count)


def _records(text: str, delimiter: str) -> Iterator[tuple[Cell, ...]]:
    """Yield the records that hold anything. Raises csv.Error, with the line in its words."""
    lines = text.splitlines(keepends=True)
    reader = csv.reader(lines, delimiter=delimiter, strict=True, skipinitialspace=True)
    while True:
        first = reader.line_num
        try:
            values = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise csv.Error(f"line {first + 1}: {error}") from None
        if any(each.strip() for each in values):
            starts = _starts("".join(lines[first : reader.line_num]), delimiter, first + 1)
            yield tuple(
                Cell(value.strip(), *start) for value, start in zip(values, starts, strict=False)
            )


def _starts(raw: str, delimiter: str, line: int) -> list[tuple[int, int]]:
    """Return line and column of the first character of each cell of a record."""
    starts: list[tuple[int, int]] = []
    column, quoted, fresh = 1, False, True
    for sign in raw:
        if fresh and sign != " ":
            starts.append((line, column))
            quoted, fresh = sign == '"', sign == delimiter
        elif sign == '"':
            quoted = not quoted
        elif sign == delimiter and not quoted:
            fresh = True
        line, column = (line + 1, 1) if sign == "\n" else (line, column + 1)
    if fresh:
        starts.append((line, column))
    return starts
