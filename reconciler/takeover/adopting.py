"""Adopt: what is declared and exists becomes ours, as it is there."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from reconciler.model.address import Address
from reconciler.model.change import FieldChange
from reconciler.model.live import Edit, LiveObject, TargetLive
from reconciler.model.ownership import Owned
from reconciler.model.resource import Desired
from reconciler.model.value import UNSET
from reconciler.planning.compare import managed
from reconciler.planning.drift import Drifted
from reconciler.takeover.not_taken import UNREAD, NotTaken, changing, is_unread
from reconciler.workflow.survey import Survey


@dataclass(frozen=True, slots=True)
class Taken:
    """An object that is taken over: its ledger row, and how the files differ from it.

    `was_ours` says that it was ours already and only its remembered values are brought up to date.
    `edits` are lines there that no field stands for: nobody can take them over. `beyond` says in
    words what else no field holds, and what becomes of it.
    """

    owned: Owned
    fields: tuple[FieldChange, ...]
    was_ours: bool
    edits: tuple[Edit, ...] = ()
    beyond: tuple[str, ...] = ()


def adopt(
    survey: Survey, patterns: Sequence[str]
) -> tuple[tuple[Taken, ...], tuple[NotTaken, ...]]:
    """Return what becomes ours of the objects that the patterns name, with the differences.

    What is remembered as "last applied" is what is there now; so the next plan shows what the
    files want otherwise as changes, not as drift.
    """
    taken: list[Taken] = []
    refused: list[NotTaken] = []
    for pattern in patterns:
        named = [a for a in survey.desired.resources if fnmatchcase(str(a), pattern)]
        if not named:
            refused.append(_not_declared(pattern, survey))
        for address in sorted(named):
            resource = survey.desired.resources[address]
            target = survey.live.targets.get(resource.target)
            live = target.objects.get(address) if target else None
            if live is None:
                why = "its target could not be read" if _is_dark(target) else "it does not exist"
                refused.append(
                    NotTaken(str(address), why, "reconciler plan shows what would be created")
                )
                continue
            if is_unread(live):
                refused.append(NotTaken(str(address), str(live.locked), UNREAD))
                continue
            before = survey.ownership.objects.get(address)
            found = _taken(address, live, survey.desired, before)
            beyond = target.beyond.get(address, ()) if target else ()
            taken.append(replace(found, beyond=tuple(changing(live, each) for each in beyond)))
    return tuple(taken), tuple(refused)


def _is_dark(target: TargetLive | None) -> bool:
    return target is None or target.unreachable is not None


def _not_declared(pattern: str, survey: Survey) -> NotTaken:
    live = [
        address
        for target in survey.live.targets.values()
        for address in target.objects
        if fnmatchcase(str(address), pattern)
    ]
    if live:
        scope = live[0].scope
        return NotTaken(
            pattern,
            "it exists, but no file declares it; taken over like that, the next apply would "
            "delete it",
            f"reconciler import {scope} --target {pattern} --out DIR writes the YAML for it",
        )
    return NotTaken(pattern, "nothing of that name is declared or exists", "reconciler status")


def _taken(address: Address, live: LiveObject, desired: Desired, before: Owned | None) -> Taken:
    resource = desired.resources[address]
    wanted = managed(resource)
    there = {path: live.fields[path] for path in wanted if path in live.fields}
    differing = tuple(
        FieldChange(path, live.fields.get(path, UNSET), value)
        for path, value in wanted.items()
        if live.fields.get(path, UNSET) != value and not (value is None and path not in live.fields)
    )
    owned = Owned(
        address=address,
        target=resource.target,
        fields=there,
        native_id=live.native_id,
        how=before.how if before else "adopted",
        protect=resource.meta.protect,
        on_delete=resource.meta.on_delete,
        needs=resource.needs,
        found=tuple(there),
    )
    return Taken(owned, differing, before is not None, live.edits)


def accept(
    survey: Survey, drifted: Sequence[Drifted]
) -> tuple[tuple[Owned, ...], tuple[Address, ...]]:
    """Return the ledger's rows for what others changed, and what they deleted is not ours.

    Nothing is lost: what the files want otherwise shows as a change in the next plan.
    """
    changed = [str(each.address) for each in drifted if each.what == "changed" and each.last]
    taken, _ = adopt(survey, changed)
    gone = tuple(each.address for each in drifted if each.what == "deleted")
    return tuple(each.owned for each in taken), gone
