"""Adopt and import on the terminal: what is ours now, what could not be, and what comes next."""

from collections.abc import Sequence

from reconciler.views.given import Imported, NotTaken, Taken
from reconciler.views.rows import changed
from reconciler.views.terminal.blocks import columns, rows
from reconciler.views.terminal.page import Look, Page, Style, command, plain
from reconciler.views.words import count, kinds

_LINES = 60
_FEW = 3
"""How many objects a line names."""


def adopt_text(
    taken: Sequence[Taken],
    refused: Sequence[NotTaken],
    *,
    dry_run: bool,
    style: Style = plain,
    width: int = 80,
    ascii: bool = False,  # noqa: A002
) -> str:
    """Return what became ours, with the differences that the next plan will show."""
    page = Page(Look(width, style, ascii))
    at = columns(
        page,
        [str(each.owned.address) for each in taken],
        [field.path for each in taken for field in each.fields],
    )
    for each in taken:
        said = "was ours already" if each.was_ours else ""
        if each.edits:
            lines = "lines edited by hand stay drift, which apply puts back"
            said = f"{said}{', ' if said else ''}{lines}"
        elif not each.fields:
            said = f"{said}{', ' if said else ''}the files say the same"
        page.add(
            (" => ", "move"), (str(each.owned.address), "bold"), (f"  {said}", "dim"), hang=at.value
        )
        rows(page, changed(each.owned.address.kind, each.fields), at, "change", full=True)
    beyond = [(str(each.owned.address), text, "") for each in taken for text in each.beyond]
    _left(page, [*_rows(refused), *beyond])
    page.blank()
    differing = sum(1 for each in taken if each.fields)
    verb = "would become ours" if dry_run else "ours now"
    are = "" if dry_run else "is " if len(taken) == 1 else "are "
    page.add(
        (f"{count(len(taken), 'object')} {are}{verb}", "bold"), "; nothing was written to a PBX."
    )
    if differing:
        page.add(
            f"{differing:,} of them {'differs' if differing == 1 else 'differ'} from the files. "
            "See what apply would change:  ",
            command("reconciler plan"),
        )
    return page.text()


def _rows(refused: Sequence[NotTaken]) -> list[tuple[str, str, str]]:
    return [(each.address, each.reason, each.hint) for each in refused]


def _left(page: Page, left: Sequence[tuple[str, str, str]]) -> None:
    """Add what could not be taken over: what of it, who, and what to do; what is alike once."""
    alike: dict[tuple[str, str], list[str]] = {}
    for address, reason, hint in left:
        alike.setdefault((reason, hint), []).append(address)
    for (reason, hint), who in [*alike.items()][:_LINES]:
        more = f" and {len(who) - _FEW:,} more" if len(who) > _FEW else ""
        named = f"{', '.join(who[:_FEW])}{more}"
        page.add(("  ! ", "warn"), (named, "bold"), f"  {reason}", hang=6)
        if hint:
            page.add((hint, "dim"), indent=6)
    if len(alike) > _LINES:
        page.add(f"and {sum(map(len, [*alike.values()][_LINES:])):,} more (--json)", indent=4)


def import_text(
    found: Imported,
    out: str,
    pbx: str,
    *,
    style: Style = plain,
    width: int = 80,
    ascii: bool = False,  # noqa: A002
) -> str:
    """Return which files were written, what could not be, and what comes next."""
    page = Page(Look(width, style, ascii))
    if not found.files:
        page.add(f"Nothing to import: what exists on {pbx} is declared, or cannot be written.")
        _left(page, _rows(found.left))
        return page.text()
    page.add((f"Imported {count(len(found.owned), 'object')} from {pbx}", "bold"), f" into {out}")
    wide = max(len(each) for each in found.files)
    for name in found.files:
        section = name.removesuffix(".yaml")
        own = [each.address for each in found.owned if _section(each.address.kind) == section]
        page.add((" +  ", "add"), (f"{name:<{wide}}", "bold"), f"  {kinds(own)}", hang=wide + 6)
    if found.secrets:
        page.add(
            f"{count(len(found.secrets), 'secret')} went to the encrypted store; the files refer "
            "to them by name.",
        )
    _left(page, _rows(found.left))
    page.blank()
    page.add(
        "Read the files, then prove that nothing would change:  ",
        command("reconciler plan"),
    )
    return page.text()


def _section(kind: str) -> str:
    from reconciler.kinds.all_traits import TRAITS

    return TRAITS[kind].section if kind in TRAITS else f"{kind}s"
