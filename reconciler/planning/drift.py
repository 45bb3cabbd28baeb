"""Drift: what others did to what is ours, told apart from what we want to change. Pure."""

from collections import Counter
from dataclasses import dataclass, replace
from typing import Literal

from reconciler.model.address import Address
from reconciler.model.change import Adopt, Create, Delete, FieldChange, Move, Replace, Update
from reconciler.model.live import Edit, Live
from reconciler.model.ownership import Owned, Ownership
from reconciler.model.plan import Plan
from reconciler.planning.compare import changed_since
from reconciler.planning.rails.taken import helpless


@dataclass(frozen=True, slots=True)
class Drifted:
    """One object that is not as we left it, or a target's common part (address `pbx/NAME`).

    What is `hidden` is as we left it, but calls for help are answered by lines that others wrote
    (`edits`) before they reach it; what is `doubled`, others wrote, too (`edits` say where).
    `fields` hold what we applied as `after` and what is there now as `before`; `last` is the
    ledger's row: when, by whom and in which run we wrote it (None for what others added). `leaving`
    says that no file declares it any more: the next apply deletes it. `left` is the file of
    people's own in which it stood.
    """

    address: Address
    target: str
    what: Literal["changed", "deleted", "added", "hidden", "doubled"]
    fields: tuple[FieldChange, ...] = ()
    edits: tuple[Edit, ...] = ()
    last: Owned | None = None
    leaving: bool = False
    left: str = ""


def drift_in(
    planned: Plan, ownership: Ownership, added: tuple[Address, ...]
) -> tuple[Drifted, ...]:
    """Return what others changed, deleted or added, sorted by address."""
    found: list[Drifted] = []
    for change in planned.changes:
        last = ownership.objects.get(change.address)
        if isinstance(change, Create) and change.recreated:
            gone = Drifted(change.address, change.target, "deleted", last=last)
            found.append(replace(gone, left=change.left))
        elif isinstance(change, (Update, Replace, Move)):
            at = change.source if isinstance(change, Move) else change.address
            fields = tuple(each for each in change.fields if each.cause != "change")
            edits = change.edits if isinstance(change, Update) else ()
            if fields or edits:
                last = ownership.objects.get(at)
                found.append(Drifted(at, change.target, "changed", fields, edits, last))
        elif isinstance(change, Delete) and (fields := _changed(change, last)):
            leaves = Drifted(change.address, change.target, "changed", fields, last=last)
            found.append(replace(leaves, leaving=True))
    for summary in planned.targets:
        if summary.edits:
            kind, _, scope = summary.target.partition("/")
            at = Address(kind, "", scope)
            found.append(Drifted(at, summary.target, "changed", edits=summary.edits))
    targets = {each: summary.target for summary in planned.targets for each in summary.unmanaged}
    found += [Drifted(each, targets[each], "added") for each in added]
    return tuple(sorted(found, key=lambda each: each.address))


def unknown_in(planned: Plan, ownership: Ownership) -> dict[str, int]:
    """Return targets of which nothing is known to be ours, and how much of the files is there.

    What others changed cannot be told where nobody remembers how we left it.
    """
    known = {each.target for each in ownership.objects.values()}
    found = Counter(each.target for each in planned.changes if isinstance(each, Adopt))
    return {target: many for target, many in sorted(found.items()) if target not in known}


def hidden_in(live: Live, ownership: Ownership) -> tuple[Drifted, ...]:
    """Return routes of ours for calls for help that hand-written lines answer first."""
    lines: dict[tuple[str, Address], list[Edit]] = {}
    for target, found in live.targets.items():
        for each in helpless(found):
            edit = Edit(each.line.where, None, each.line.line)
            edits = lines.setdefault((target, each.address), [])
            if edit not in edits:
                edits.append(edit)
    return tuple(
        Drifted(address, target, "hidden", edits=tuple(edits), last=ownership.objects[address])
        for (target, address), edits in sorted(lines.items())
        if address in ownership.objects
    )


def doubled_in(live: Live, ownership: Ownership) -> tuple[Drifted, ...]:
    """Return objects of ours that others have written, too: only one of both counts."""
    return tuple(
        Drifted(
            address,
            target,
            "doubled",
            edits=(Edit(where, None, "written by hand, too"),),
            last=ownership.objects[address],
        )
        for target, found in sorted(live.targets.items())
        for address, where in sorted(found.doubled.items())
        if address in ownership.objects
    )


def _changed(leaving: Delete, last: Owned | None) -> tuple[FieldChange, ...]:
    return () if last is None else changed_since(leaving.before, last)
