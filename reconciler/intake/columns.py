"""Columns: what each column of a table says of a person, by its name or by a map. Pure.

A map is for tables that were made for somebody else. It says for each field the column, or a text
with columns in it:

    number: Extension
    name: "{{ first_name }} {{ last_name }}"
    email: "{{ mail | lower }}"
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from reconciler.diagnostics.codes import found
from reconciler.diagnostics.diagnostic import Checked, Diagnostic
from reconciler.diagnostics.suggest import closest
from reconciler.intake.table import Cell, Table
from reconciler.kinds.entry import leaf_paths
from reconciler.kinds.extension import Extension
from reconciler.kinds.phone import Phone
from reconciler.resolve.texts import is_text_template

NUMBER: Final = "number"
DIRECT: Final = "did"
PHONE: Final = "phone"
"""The phone's name in the estate; made of the person's name when there is no such column."""

_ALIASES: Final = {
    "extension": NUMBER, "ext": NUMBER, "extension_number": NUMBER,
    "full_name": "name", "display_name": "name", "displayname": "name",
    "mail": "email", "e_mail": "email", "voicemail_email": "email",
    "ddi": DIRECT, "direct_number": DIRECT, "direct_dial": DIRECT,
    "voicemail_pin": "pin", "vmpwd": "pin",
    "mac_address": "mac", "device_address": "mac",
    "profile": "template", "phone_name": PHONE, "phone_model": "model",
}  # fmt: skip
"""Other names that people and other systems give these columns."""

_SHORT: Final = {
    "email": "voicemail.email",
    "pin": "voicemail.pin",
    "voicemail": "voicemail.enabled",
    **{each: f"phone.{each}" for each in (
        "mac", "model", "vendor", "template", "site", "location", "tags", "owner", "serial",
    )},
}  # fmt: skip
"""Columns that are called shorter than the field that they fill."""

_NOT_COLUMNS: Final = {"lines", "keys", "expansion_modules", "settings", "raw", "codecs"}


@cache
def fields() -> Mapping[str, str]:
    """Return what a column may be called -> the field that it fills (`phone.` before a phone's)."""
    named = {NUMBER: NUMBER, DIRECT: DIRECT, PHONE: PHONE, "name": "name", **_SHORT}
    for path in leaf_paths(Extension):
        if path.partition(".")[0] not in _NOT_COLUMNS:
            named.setdefault(path, path)
    for path in leaf_paths(Phone):
        if path.partition(".")[0] not in _NOT_COLUMNS:
            named.setdefault(f"phone.{path}", f"phone.{path}")
    return named


@dataclass(frozen=True, slots=True)
class Column:
    """Fills a field: from a cell (`index`), or from a text with variables (`text`).

    `cells` are the columns that its value comes from.
    """

    field: str
    cells: tuple[int, ...]
    text: str = ""


def plain(name: str) -> str:
    """Return a column's name as it is compared, and called in texts: `First name` is first_name."""
    return "_".join("".join(c if c.isalnum() or c == "." else " " for c in name.lower()).split())


def by_name(table: Table, ignored: Collection[str]) -> Checked[tuple[Column, ...]]:
    """Return the columns of a table whose header uses our names, in any order and writing."""
    leave = {plain(each) for each in ignored}
    columns: dict[str, Column] = {}
    problems: list[Diagnostic] = []
    for index, cell in enumerate(table.header):
        name = plain(cell.text)
        if name in leave:
            continue
        field = fields().get(_ALIASES.get(name, name))
        if field is None:
            problems.append(_unknown(cell, name, table.file))
        elif field in columns:
            problems.append(_twice(cell, table.header[columns[field].cells[0]], table.file))
        else:
            columns[field] = Column(field, (index,))
    return Checked(tuple(columns.values()), tuple(problems))


def by_map(table: Table, told: Mapping[str, str], file: str) -> Checked[tuple[Column, ...]]:
    """Return the columns that a map makes of a table; `file` is what the map is called.

    Columns that the map does not name are left out.
    """
    known = {plain(cell.text): index for index, cell in enumerate(table.header)}
    columns: dict[str, Column] = {}
    problems: list[Diagnostic] = []
    for name, said in told.items():
        field = fields().get(_ALIASES.get(plain(name), plain(name)))
        if field is None:
            near = closest(plain(name), [*fields(), *_ALIASES])
            problems.append(
                found("csv-map", f'{file}: "{name}" is no field of a person or a phone.',
                      hint=f'did you mean "{near}"?' if near else _known())
            )  # fmt: skip
        elif is_text_template(said):
            used = tuple(index for each, index in known.items() if each in said)
            columns[field] = Column(field, used, said)
        elif plain(said) in known:
            columns[field] = Column(field, (known[plain(said)],))
        else:
            near = closest(plain(said), known)
            problems.append(
                found(
                    "csv-map",
                    f'{file}: {name}: {table.file} has no column "{said}".',
                    hint=f'did you mean "{table.header[known[near]].text}"?'
                    if near
                    else 'a column\'s name, or a text with columns in it: "{{ first_name }}"',
                )
            )
    return Checked(tuple(columns.values()), tuple(problems))


def filled(
    table: Table, columns: Sequence[Column], render: Callable[[str, Mapping[str, str]], str]
) -> Iterator[Checked[Mapping[str, Cell]]]:
    """Yield for each row the fields that hold something, with the cell that each comes from.

    `render` fills variables in, or raises ValueError with the reason.
    """
    names = [plain(each.text) for each in table.header]
    for row in table.rows:
        values: dict[str, Cell] = {}
        problems: list[Diagnostic] = []
        for column in columns:
            first = row[column.cells[0]] if column.cells else row[0]
            text = first.text
            if column.text:
                try:
                    text = render(
                        column.text, {n: c.text for n, c in zip(names, row, strict=True)}
                    ).strip()
                except ValueError as error:
                    told = f"{column.field} cannot be made of {column.text}: {error}."
                    problems.append(found("csv-map", told, first.span(table.file)))
            if text:
                values[column.field] = Cell(text, first.line, first.column)
        yield Checked(values, tuple(problems))


def _unknown(cell: Cell, name: str, file: str) -> Diagnostic:
    if not name:
        detail, near = "A column has no name.", None
    else:
        detail = f'"{cell.text}" is no field of a person or a phone.'
        near = closest(name, [*fields(), *_ALIASES])
    hint = f'did you mean "{near}"? Or l' if near else "l"
    return found(
        "csv-column", detail, cell.span(file),
        hint=f'{hint}eave it out with --ignore "{cell.text}", or say what it means with --map FILE',
    )  # fmt: skip


def _twice(cell: Cell, first: Cell, file: str) -> Diagnostic:
    return found(
        "csv-column", f'"{cell.text}" and "{first.text}" say the same of a person.',
        cell.span(file), hint=f'leave one out with --ignore "{cell.text}"',
    )  # fmt: skip


def _known() -> str:
    short = [NUMBER, "name", DIRECT, "pin", "secret", *_SHORT]
    return "fields: " + ", ".join(dict.fromkeys(short)) + ", and all of an extension and a phone"
