"""Codes of tables: people from a CSV file that cannot be taken in."""

from typing import Final

from reconciler.diagnostics.code import Code

CODES: Final = (
    Code(
        "csv-malformed",
        "error",
        "A table cannot be read",
        "The file is not a table with a line of column names and rows below it: a quote that is "
        "not closed is the usual cause. Columns may stand in any order, divided by commas, "
        "semicolons or tabs.",
    ),
    Code(
        "csv-column",
        "error",
        "A column of a table cannot be understood",
        "A column that nobody understands may be the one that matters, so it is not passed over "
        "silently. Give it one of our names, leave it out with --ignore, or say with --map what "
        "it means.",
    ),
    Code(
        "csv-map",
        "error",
        "A map of a table's columns cannot be followed",
        "A map says for each field of a person the column that holds it, or a text with columns "
        "in it, such as `{{ first_name }} {{ last_name }}`.",
    ),
    Code(
        "csv-row",
        "error",
        "A row of a table cannot be taken in",
        "Nothing is written while a row is wrong. Mend it, or take in all others with "
        "--skip-invalid and enter it later.",
    ),
)
