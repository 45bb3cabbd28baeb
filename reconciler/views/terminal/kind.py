"""A kind on the terminal: what it is, its key, and every field that it has."""

from collections.abc import Sequence

from reconciler.kinds.entry import Entry
from reconciler.kinds.fields import FieldDoc
from reconciler.views.cells import cells, pad
from reconciler.views.terminal.page import PLAIN, Look, Page, Segment, command
from reconciler.views.values import show


def kind_text(
    model: type[Entry],
    fields: Sequence[FieldDoc],
    common: Sequence[FieldDoc] = (),
    look: Look = PLAIN,
) -> str:
    """Return the kind's section, meaning and fields; `common` ones, of every kind, come last."""
    page = Page(look)
    page.add((model.section, "bold"), f": {' '.join((model.__doc__ or '').split())}", hang=2)
    if not model.single:
        page.add(f"Key: {model.key.says}.")
    column = min(max((cells(each.path) for each in fields), default=0), page.width // 3) + 2
    page.blank()
    for each in fields:
        _field(page, each, column)
    if common:
        page.blank()
        page.add(("Every kind has:", "dim"))
    for each in common:
        _field(page, each, column)
    return page.text()


def word_text(here: str, look: Look = PLAIN) -> str:
    """Return what a word of other tools is here; what can be copied is not broken."""
    page = Page(look)
    parts = here.split("`")
    page.add(*(command(f"`{e}`") if at % 2 else e for at, e in enumerate(parts)), hang=0)
    return page.text()


def _field(page: Page, field: FieldDoc, column: int) -> None:
    if field.required:
        note = "  (required)"
    elif field.default is None:
        note = ""
    else:
        note = f"  (default {show(field.default)})"
    name: Segment = (pad(field.path, column), "bold")
    indent = 2
    if cells(field.path) > column - 2:
        page.add(name, indent=indent)
        name, indent = ("", ""), column + 2
    page.add(name, field.description, (note, "dim"), indent=indent, hang=column + 2)
    if field.choices:
        page.add((" | ".join(field.choices), "dim"), indent=column + 2, hang=column + 2)
