"""Changes as lines of a diff, as code hosts colour them: `+` new, `-` gone, `!` changed. Pure."""

from collections.abc import Iterator, Sequence

from reconciler.model.change import Adopt, Change, Create, Update, action_of
from reconciler.model.live import Edit
from reconciler.model.step import Disruption
from reconciler.planning.impact.names import kind_words
from reconciler.views.cells import clean
from reconciler.views.described import (
    SIGNS,
    called,
    changing,
    conflicting,
    fields_of,
    position,
    put_back,
    story,
)
from reconciler.views.described import felt as felt_of
from reconciler.views.fold import Named, Shown
from reconciler.views.rows import Row, changed, created, edited, how_edited
from reconciler.views.values import ABSENT


def lines_of(shown: Shown | Named, disruption: Disruption | None = None) -> list[str]:
    """Return the lines of one change, or of those that are only named."""
    if isinstance(shown, Named):
        return [_named(shown.changes)]
    change = shown.change
    lines = [_head(change, disruption)]
    if isinstance(change, Create):
        lines += [
            f"+     {clean(row.path)}: {clean(row.after)}{_note(row)}"
            for row in created(change.address.kind, change.after)
        ]
    else:
        lines += _rows(changed(change.address.kind, changing(change)))
        if action_of(change) == "adopt":
            lines += _edits(change)
    if shown.same:
        keys = [each.address.key for each in shown.same]
        more = f" and {len(keys) - 20:,} more" if len(keys) > 20 else ""
        lines.append(f"#     the same on {len(keys):,} more: {clean(', '.join(keys[:20]))}{more}")
    return lines


def drift_lines(shown: Shown | Named) -> list[str]:
    """Return what others changed and the plan puts back: `-` is there now, `+` is ours."""
    if isinstance(shown, Named):
        return [_named(shown.changes)]
    change = shown.change
    lines = [_head(change, None)]
    if not isinstance(change, Create):
        lines += _rows(changed(change.address.kind, put_back(change)))
        lines += _edits(change)
    return lines


def common_lines(target: str, edits: Sequence[Edit]) -> list[str]:
    """Return what others changed in what a target has once for many objects."""
    return [f"! {clean(target)}  what is written once for many objects", *_edit_lines(edits)]


def conflict_lines(change: Change) -> list[str]:
    """Return fields that we want new and that others changed meanwhile."""
    rows = changed(change.address.kind, conflicting(change))
    return [_head(change, None), *_rows(rows)]


def _head(change: Change, disruption: Disruption | None) -> str:
    action = action_of(change)
    first = {"create": "+", "delete": "-", "forget": "#"}.get(action, "!")
    sign = "" if SIGNS[action] in ("+", "-", "~") else f"{SIGNS[action]} "
    said = [called(change.address, fields_of(change)), story(change)]
    said += [felt_of(disruption)] if disruption else []
    where = position(change)
    text = ", ".join(clean(each) for each in said if each)
    head = f"{first} {sign}{clean(str(change.address))}"
    return f"{head}  {text}".rstrip() + (f"  [{clean(where)}]" if where else "")


def _named(changes: Sequence[Change]) -> str:
    action = action_of(changes[0])
    first = {"create": "+", "delete": "-", "forget": "#"}.get(action, "!")
    keys = ", ".join(clean(each.address.key) for each in changes[:20])
    more = f" and {len(changes) - 20:,} more" if len(changes) > 20 else ""
    kind = kind_words(changes[0].address.kind, len(changes))
    return f"{first} {len(changes):,} more {kind}: {keys}{more}"


def _rows(rows: Sequence[Row]) -> Iterator[str]:
    for row in rows:
        if row.lines:
            yield f"#     {clean(row.path)}: {row.after}"
            for line in row.lines:
                yield f"{line[0] if line[0] in '+-' else ' '}       {clean(line[2:])}".rstrip()
            continue
        if row.before is not None and row.before != ABSENT:
            yield f"-     {clean(row.path)}: {clean(row.before)}"
        yield f"+     {clean(row.path)}: {clean(row.after)}{_note(row)}"


def _edits(change: Change) -> Iterator[str]:
    if isinstance(change, (Update, Adopt)):
        yield from _edit_lines(change.edits)


def _edit_lines(edits: Sequence[Edit]) -> Iterator[str]:
    for where, lines in edited(edits):
        yield f"#     {clean(where)} {how_edited(where)}"
        for line in lines:
            yield f"{line[0]}       {clean(line[2:])}"


def _note(row: Row) -> str:
    return f"  {clean(row.note)}" if row.note else ""
