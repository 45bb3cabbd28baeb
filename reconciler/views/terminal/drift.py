"""Drift on the terminal: what others changed, deleted or added since we applied last."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from reconciler.model.change import FieldChange
from reconciler.model.live import is_returned
from reconciler.model.ownership import Owned
from reconciler.model.plan import Plan
from reconciler.model.value import Value
from reconciler.planning.drift import Drifted
from reconciler.planning.impact.emergency import MENDED, UNABLE
from reconciler.views.files import FILES, shown_fields
from reconciler.views.rows import changed
from reconciler.views.terminal.blocks import columns, edits, rows
from reconciler.views.terminal.page import Look, Page, Style, command, plain
from reconciler.views.terminal.reading import asides, judged
from reconciler.views.terminal.waiting import owing, waiting
from reconciler.views.words import count, day

_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})
_NONE: Final[Mapping[str, int]] = MappingProxyType({})


_REFRESH: Final = "reconciler apply --refresh-only"

_WHAT: Final[Mapping[str, str]] = MappingProxyType(
    {
        "changed": "",
        "deleted": "deleted on the PBX",
        "added": "added on the PBX",
        "doubled": "only one of both counts",
        "hidden": "calls for help are answered first by what others wrote",
    }
)


def drift_text(
    found: Sequence[Drifted],
    planned: Plan,
    *,
    style: Style = plain,
    width: int = 80,
    ascii: bool = False,  # noqa: A002
    owed: Mapping[str, str] = _NOTHING,
    unknown: Mapping[str, int] = _NONE,
) -> str:
    """Return what drifted, each field as we set it and as it is now, and what can be done.

    `owed` says by target why what a run wrote there is not in effect yet; `unknown` how many
    objects are there that are declared, and of which the journal knows nothing.
    """
    page = Page(Look(width, style, ascii))
    for target, many in unknown.items():
        page.add(
            ("Not known: ", "warn"),
            f"{count(many, 'object')} on {target.partition('/')[2]} "
            f"{'is' if many == 1 else 'are'} declared and there, and the journal knows nothing "
            "of what was applied: nobody can say what others changed.",
            hang=0,
        )
    if unknown:
        page.add(
            "A journal that is lost, or not the one that was used, looks like this. Bring it back, "
            "or take over what is there:  ",
            command("reconciler apply"),
            hang=0,
        )
    if unknown and not found:
        _unsettled(page, planned, owed)
        return page.text()
    if not found:
        is_whole = all(each.unreachable is None for each in planned.targets)
        page.add(
            ("No drift.", "good") if is_whole else ("No drift where it could be read.", "warn"),
            f" {judged(planned)} are as we left them{asides(planned, None)}.",
            hang=0,
        )
        _unsettled(page, planned, owed)
        return page.text()
    page.add((f"Drift on {count(len(found), 'object')}", "bold"))
    for felt in planned.impact:
        if felt.what.startswith(UNABLE):
            page.add((f"{felt.who}: {felt.what.removesuffix(MENDED)}", "error"), indent=2)
    at = columns(
        page,
        [str(each.address) for each in found],
        [field.path for each in found for field in each.fields],
    )
    for each in found:
        note = _note(each)
        page.add(
            ("  ! ", "warn"),
            (str(each.address), "bold"),
            (f"  {note}" if note else "", "warn"),
            hang=at.value,
            right=(_said(page, each.last, each.what), "dim"),
        )
        turned = [
            replace(field, before=ours(each, field), after=field.before)
            for field in each.fields
            if not field.path.startswith(FILES)
        ]
        files = [field for field in each.fields if field.path.startswith(FILES)]
        turned += shown_fields(planned, each.address, files)
        rows(page, changed(each.address.kind, turned), at, "warn", full=False)
        mirrored = [e._replace(expected=e.actual, actual=e.expected) for e in each.edits]
        edits(page, mirrored, full=False)
    _unsettled(page, planned, owed)
    page.blank()
    if any(each.what == "hidden" for each in found):
        page.add(
            "Take those lines out on the PBX and reload: until then nobody reaches help there."
        )
    if any(each.what == "doubled" for each in found):
        page.add("Take out on the PBX what stands in files of people's own, too, and reload.")
    found = [each for each in found if each.what not in ("hidden", "doubled")]
    if not found:
        return page.text()
    if all(each.what == "added" for each in found):
        # What is nobody's wish cannot be put back, and is never deleted on its own.
        page.add("Get used to it with:  ", command(_REFRESH))
        pbxs = {each.target.removeprefix("pbx/") for each in found if each.target[:4] == "pbx/"}
        name = pbxs.pop() if len(pbxs) == 1 else "PBX"
        page.add("or declare it with:  ", command(f"reconciler import {name} --out DIR"))
        return page.text()
    if all(each.what == "added" or each.leaving for each in found):
        page.add("See what apply would delete:  ", command("reconciler plan"))
        return page.text()
    back = [each for each in found if is_returned(each.edits)]
    if back:
        page.add("Take out there what stands in files of people's own, do not reload, and apply:")
        page.add("it is written into ours again. Or leave it there:  ", command(_REFRESH))
        if len(back) == len(found):
            return page.text()
    page.add("Put it back with:  ", command("reconciler apply --only-drift"))
    # Lines that no field stands for can only be put back.
    taken = (each for each in found if each.what == "changed" and not each.leaving)
    first = next((each for each in taken if each.fields), None)
    if first is not None:
        page.add("or take it over with:  ", command(f"reconciler adopt {first.address}"))
    return page.text()


def _note(each: Drifted) -> str:
    if each.leaving:
        return "no longer declared, the next apply deletes it"
    if is_returned(each.edits):
        return "not in our files any more"
    return f"no longer in {each.left}" if each.left else _WHAT[each.what]


def _unsettled(page: Page, planned: Plan, owed: Mapping[str, str]) -> None:
    for each in planned.targets:
        if each.reloading:
            page.add(("! ", "warn"), f"{each.target}: {each.reloading}.", indent=2, hang=4)
    waiting(page, planned.waiting, full=False)
    for target, reason in sorted(owed.items()):
        owing(page, f"{target} ", reason)


def ours(drifted: Drifted, field: FieldChange) -> Value:
    """Return what we applied last: in a conflict that is not what we want now."""
    applied = drifted.last.fields if drifted.last else {}
    return applied.get(field.path, field.after)


def _said(page: Page, last: Owned | None, what: str) -> str:
    """Return `we set it 2026-10-25 (run 41)`, as far as it is known."""
    if last is None or not (last.applied_at or last.run):
        return ""
    verb = {"created": "created", "adopted": "took it over", "imported": "imported"}[last.how]
    said = [f"we {verb if what == 'deleted' else 'set'} it".replace("over it", "over")]
    said += [day(last.applied_at, page.look.zone)] if last.applied_at else []
    said += [f"(run {last.run})"] if last.run is not None else []
    return " ".join(said)
