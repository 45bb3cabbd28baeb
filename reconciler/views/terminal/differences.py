"""Drift and conflicts: what others changed on the platform, told apart from what we want new."""

from collections.abc import Mapping, Sequence

from reconciler.model.address import Address
from reconciler.model.change import Change, Create, FieldChange, Update
from reconciler.model.ownership import Owned
from reconciler.model.plan import Plan
from reconciler.model.value import UNSET
from reconciler.views.counts import has_drift
from reconciler.views.described import conflicting, put_back
from reconciler.views.fold import Named, Shown, fold
from reconciler.views.rows import changed
from reconciler.views.terminal.blocks import Columns, columns, edits, headline, named, rows, same
from reconciler.views.terminal.page import Page
from reconciler.views.units import with_unit
from reconciler.views.values import show
from reconciler.views.words import day

Last = Mapping[Address, Owned]
_FIELD = 6


def drifts(page: Page, plan: Plan, last: Last, *, full: bool) -> None:
    """Add the section of what others changed and this plan puts back."""
    found = [
        each
        for each in plan.changes
        if has_drift(each)
        and (isinstance(each, Create) or put_back(each) or getattr(each, "edits", ()))
    ]
    common = [each for each in plan.targets if each.edits]
    if not found and not common:
        return
    page.blank()
    page.add(("Drift", "bold"), " (changed on the PBX, not by us; this plan puts it back)", hang=2)
    drifted(page, found, last, full=full)
    for target in common:
        page.add(
            ("  ! ", "warn"), (target.target, "bold"), "  what is written once for many objects",
            hang=6,
        )  # fmt: skip
        edits(page, target.edits, full=full)


def drifted(page: Page, found: Sequence[Change], last: Last, *, full: bool) -> None:
    """Add a block for each object that drifted: what is there, and what it goes back to."""
    shown = fold(found, full=full, fields=put_back)
    wholes = [each.change for each in shown if isinstance(each, Shown)]
    paths = [field.path for each in wholes for field in put_back(each)]
    at = columns(page, [str(each.address) for each in wholes], paths)
    for each in shown:
        if isinstance(each, Named):
            named(page, each)
            continue
        headline(page, each.change, at, mark=("  ! ", "warn"))
        rows(page, changed(each.change.address.kind, put_back(each.change)), at, "warn", full=full)
        edits(page, getattr(each.change, "edits", ()), full=full)
        _last(page, last.get(each.change.address))
        if each.same:
            same(page, each.same)


def _last(page: Page, row: Owned | None) -> None:
    if text := applied(page, row):
        page.add((text, "dim"), indent=_FIELD)


def applied(page: Page, row: Owned | None) -> str:
    """Return `last applied 2026-10-25 by deploy@ci (run 41)`, as far as it is known."""
    if row is None or not (row.applied_at or row.run):
        return ""
    parts = ["last applied"]
    parts += [day(row.applied_at, page.look.zone)] if row.applied_at else []
    parts += [f"by {row.actor}"] if row.actor else []
    parts += [f"(run {row.run})"] if row.run is not None else []
    return " ".join(parts)


def conflicts(page: Page, changes: Sequence[Change], last: Last) -> None:
    """Add the section of fields that we want new and that others changed meanwhile."""
    found = [each for each in changes if isinstance(each, Update) and conflicting(each)]
    if not found:
        return
    page.blank()
    page.add(
        ("Conflicts", "bold"),
        " (we want something new, others changed it meanwhile; this plan overwrites theirs)",
        hang=2,
    )
    paths = [field.path for each in found for field in conflicting(each)]
    at = columns(page, [str(each.address) for each in found], paths)
    for change in found:
        headline(page, change, at, mark=("  ! ", "error"))
        row = last.get(change.address)
        for field in conflicting(change):
            _three(page, change, field, row, at)


def _three(page: Page, change: Change, field: FieldChange, row: Owned | None, at: Columns) -> None:
    """Add the three sides of a conflict below each other."""
    kind = change.address.kind
    page.add(field.path, indent=_FIELD)
    sides = [("live now", field.before, ""), ("we want", field.after, "")]
    if row is not None:
        said = applied(page, row).removeprefix("last applied")
        sides.insert(1, ("last applied", row.fields.get(field.path, UNSET), said))
    for what, value, said in sides:
        page.add(
            (f"{what:<{max(at.value - _FIELD - 2, 14)}}", "dim"),
            with_unit(kind, field.path, value, show(value)),
            (f" {said}" if said else "", "dim"),
            indent=_FIELD + 2,
            hang=at.value,
        )
