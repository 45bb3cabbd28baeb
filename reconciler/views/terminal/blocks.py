"""One change as a block: a headline, and its fields in columns below it."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from reconciler.model.change import Action, Change, action_of
from reconciler.model.live import Edit
from reconciler.model.step import Disruption
from reconciler.planning.impact.names import kind_words
from reconciler.views.cells import cells, clean, pad
from reconciler.views.described import SIGNS, called, felt, fields_of, position, story
from reconciler.views.fold import Named
from reconciler.views.rows import Row, edited, how_edited
from reconciler.views.terminal.page import Page, Role, Segment
from reconciler.views.words import count

ROLES: Final[dict[Action, Role]] = {
    "create": "add",
    "update": "change",
    "replace": "destroy",
    "delete": "destroy",
    "adopt": "move",
    "move": "move",
    "forget": "dim",
}
_FIELDS: Final = 6
"""The column at which field names begin; addresses begin two before."""
_LINES: Final = 12
"""How many lines of a text's diff are shown."""


class Columns(NamedTuple):
    """Where names and values begin, so that a section's blocks line up."""

    value: int


def columns(page: Page, addresses: Sequence[str], paths: Sequence[str]) -> Columns:
    """Return columns that suit most of the lines and leave room for values."""
    wide = max([cells(each) + 4 for each in addresses] + [cells(each) + 6 for each in paths] + [20])
    return Columns(min(wide + 2, page.width * 2 // 5 + 1))


def sign(page: Page, action: Action) -> str:
    """Return the action's sign, set so that addresses line up below each other."""
    text = page.symbols.released if action == "forget" else SIGNS[action]
    return f"{text:>3} "


def headline(
    page: Page,
    change: Change,
    at: Columns,
    disruption: Disruption | None = None,
    mark: tuple[str, Role] | None = None,
) -> None:
    """Add the line that says what happens to which object, and where that was written."""
    action = action_of(change)
    text, role = mark if mark else (sign(page, action), ROLES[action])
    name = called(change.address, fields_of(change))
    said = [each for each in (story(change), felt(disruption) if disruption else "") if each]
    parts: list[Segment] = [(text, role), (str(change.address), "bold")]
    if name or said:
        used = cells(text) + cells(str(change.address))
        parts.append((" " * max(at.value - used, 2), ""))
        parts.append((name, ""))
        parts.append((("  " if name else "") + ", ".join(said), "warn" if disruption else "dim"))
    page.add(*parts, hang=at.value, right=(_place(page, change, parts), "dim"))


def _place(page: Page, change: Change, beside: Sequence[Segment]) -> str:
    """Return where the change was written; without the folders where they have no room."""
    whole = position(change)
    folders, _, file = whole.rpartition("/")
    if not folders or page.fits(*beside, "  ", whole):
        return whole
    return f"{page.symbols.more}/{file}"


def rows(page: Page, found: Sequence[Row], at: Columns, role: Role, *, full: bool) -> None:
    """Add field lines: `path  before -> after`, the arrows below each other where there is room."""
    before = max(
        (cells(clean(each.before)) for each in found if each.before is not None), default=0
    )
    before = min(before, max((page.width - at.value) // 2 - 4, 8))
    for row in found:
        start = clean(row.path)
        room = at.value - _FIELDS
        start = pad(start, room) if cells(start) < room else f"{start}  "
        head: list[Segment] = [(start, "")]
        after: list[Segment] = [(row.after, role), (f" {row.note}" if row.note else "", "dim")]
        if row.before is None:
            page.add(*head, *after, indent=_FIELDS, hang=at.value)
        else:
            was: Segment = (pad(clean(row.before), before), "dim")
            if page.fits(*head, was, " -> ", *after, indent=_FIELDS):
                page.add(*head, was, (" -> ", "dim"), *after, indent=_FIELDS)
            elif page.fits(*head, was, " -> ", after[0], indent=_FIELDS):
                page.add(*head, was, (" -> ", "dim"), after[0], indent=_FIELDS)
                page.add((row.note, "dim"), indent=at.value, hang=at.value)
            else:
                page.add(*head, (row.before, "dim"), indent=_FIELDS, hang=at.value)
                page.add(("-> ", "dim"), *after, indent=at.value, hang=at.value + 3)
        diff(page, row.lines, _FIELDS + 2, full=full)


def diff(page: Page, lines: Sequence[str], indent: int, *, full: bool) -> None:
    """Add the lines of a diff: `- old` and `+ new`."""
    shown = lines if full or len(lines) <= _LINES + 1 else lines[:_LINES]
    for line in shown:
        role: Role = {"-": "destroy", "+": "add"}.get(line[:1], "dim")  # type: ignore[assignment]
        page.add((line, role), indent=indent, hang=indent + 4)
    if len(shown) < len(lines):
        page.add(
            (f"{count(len(lines) - len(shown), 'more line')}; --full shows them", "dim"),
            indent=indent,
        )


def edits(page: Page, found: Sequence[Edit], *, full: bool) -> None:
    """Add what was edited by hand below the level of fields, and goes back to what we wrote."""
    for where, lines in edited(found):
        page.add(where, (f" {how_edited(where)}", "warn"), indent=_FIELDS)
        diff(page, lines, _FIELDS + 2, full=full)


def same(page: Page, changes: Sequence[Change]) -> None:
    """Add on which other objects the same happens."""
    page.add(
        (f"(same change on {len(changes):,} more: {_keys(changes)}; --full shows them)", "dim"),
        indent=_FIELDS,
        hang=_FIELDS + 1,
    )


def named(page: Page, group: Named) -> None:
    """Add one line for changes that are only named."""
    action = action_of(group.changes[0])
    kind = group.changes[0].address.kind
    count = len(group.changes)
    verb = {
        "create": "", "update": " change", "replace": " made anew", "delete": " removed",
        "adopt": " taken over", "move": " moved", "forget": " let go",
    }[action]  # fmt: skip
    page.add(
        (sign(page, action), ROLES[action]),
        (f"{count:,} more {kind_words(kind, count)}{verb}", "bold"),
        ("  ", ""),
        (f"{_keys(group.changes, names=True)}; --full shows them", "dim"),
        hang=_FIELDS,
    )


def _keys(changes: Sequence[Change], *, names: bool = False) -> str:
    shown = changes[:8] if len(changes) > 9 else changes
    words = []
    for each in shown:
        name = called(each.address, fields_of(each)) if names else ""
        words.append(
            f"{each.address.key}\u00a0{name}".replace(" ", "\u00a0") if name else each.address.key
        )
    rest = len(changes) - len(shown)
    return ", ".join(words) + (f" and {rest:,} more" if rest else "")
