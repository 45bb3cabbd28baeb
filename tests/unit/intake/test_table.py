"""Tables: whatever a cell holds is read as it was written, where it stands."""

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from reconciler.intake.table import read_table

CELLS = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), include_characters="\n\t"), max_size=12
).map(str.strip)
ROWS = st.lists(st.lists(CELLS, min_size=3, max_size=3).filter(any), min_size=1, max_size=8)


@given(ROWS, st.sampled_from(",;\t"), st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_what_is_written_is_read(
    rows: list[list[str]], delimiter: str, end: str, blank: bool
) -> None:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator=end)
    writer.writerow(["number", "name", "note"])
    for row in rows:
        writer.writerow(row)
        text.write(end * blank)
    found = read_table("t.csv", text.getvalue())
    assert found.diagnostics == ()
    assert [[cell.text for cell in row] for row in found.value.rows] == rows
    lines = text.getvalue().split("\n")
    for row in found.value.rows:
        for cell in row:
            there = lines[cell.line - 1][cell.column - 1 :].lstrip('"')
            first = cell.text.split("\n")[0].split('"')[0]
            assert there.startswith(first)


def test_positions_are_those_of_an_editor() -> None:
    found = read_table("t.csv", 'number,name\n1901,"Okafor, Ada"\n\n1902,"two\nlines"\n')
    assert [(c.line, c.column) for row in found.value.rows for c in row] == [
        (2, 1), (2, 6), (4, 1), (4, 6),
    ]  # fmt: skip
