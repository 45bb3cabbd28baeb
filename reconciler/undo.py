"""Undoing a run: what it changed is wanted as it was before. The same engine plans and applies it.

The journal holds, for each step, the fields before. A rollback makes an estate of them and plans
it like any other: with the three-way compare, the order, the rails. What somebody changed since
then shows up as a conflict, and secrets, of which the journal knows only fingerprints, stay as
they are now and are named.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from reconciler.diagnostics.diagnostic import Diagnostic
from reconciler.diagnostics.place import Place
from reconciler.journal.records import RunRecord, StepRecord
from reconciler.model.address import Address
from reconciler.model.change import Delete
from reconciler.model.ownership import Owned, Ownership
from reconciler.model.plan import Plan
from reconciler.model.resource import Desired, Meta, Moved, Resource
from reconciler.model.secret import Secret
from reconciler.model.value import Fields, Value
from reconciler.planning.order import references_in
from reconciler.planning.phones.errands import is_errand
from reconciler.planning.select import Selection
from reconciler.provisioning.renderings import FILES


@dataclass(frozen=True, slots=True)
class Undoing:
    """The estate as it was before the run, what of it to plan, and secrets that stay."""

    desired: Desired
    only: Selection
    kept_secrets: tuple[str, ...]


def undo(
    run: RunRecord, desired: Desired, ownership: Ownership, moves: Mapping[Address, Address]
) -> Undoing:
    """Return what a rollback of the run wants.

    `desired` is what the files want now: what the run did not touch is taken from there, and what
    it touched is wanted as `ownership` has it, but for the fields that the run changed. `moves`
    maps the new addresses of objects that the run moved to their old ones.
    """
    resources = dict(desired.resources)
    moved: list[Moved] = []
    kept: list[str] = []
    touched: dict[Address, list[StepRecord]] = {}
    for step in run.steps:
        if is_errand(step.step):
            continue  # what a phone was told follows from what is published again
        if step.state == "done" and step.address is not None and step.action != "forget":
            touched.setdefault(step.address, []).append(step)
    origin = Place(f"run {run.id}", 0, ())
    for address, steps in touched.items():
        resources.pop(address, None)
        # Of an object that was written twice (a reference cycle), the first `before` counts.
        if steps[0].before is None:
            continue
        back = moves.get(address, address)
        row = ownership.objects.get(address) or ownership.objects.get(back)
        fields, unknown = _fields_before(steps, back, row)
        kept += [f"{back} {path}" for path in unknown]
        if back != address:
            moved.append(Moved(address, back, origin))
        known = {*resources, *touched}
        resources[back] = Resource(
            address=back,
            target=steps[0].target,
            fields=fields,
            origin=origin,
            line=0,
            needs=tuple(sorted(_referred(back, fields, desired) & known)),
            meta=_meta(desired.resources.get(back) or desired.resources.get(address), row),
        )
    names = {str(address) for address in touched} | {str(each.destination) for each in moved}
    return Undoing(
        desired._replace(resources=resources, moved=tuple(moved), removed=()),
        Selection(targets=tuple(sorted(names))),
        tuple(kept),
    )


def _referred(address: Address, fields: Fields, desired: Desired) -> frozenset[Address]:
    """Return what the fields may refer to; a phone's numbers are those of its PBX."""
    if address.kind not in ("phone", "softphone"):
        return references_in(address, fields)
    declared = desired.resources.get(address)
    scopes = {e.scope for e in declared.needs if e.kind == "extension"} if declared else set()
    of_site = desired.sites.get(address.scope, {}).get("pbx")
    seen_from = scopes or ({of_site} if of_site else set(desired.pbxs))
    found = (references_in(address._replace(scope=each), fields) for each in seen_from)
    return frozenset().union(*found)


def told_as_rollback(planned: Plan, run: int) -> Plan:
    """Return the plan in the words of a rollback: why objects go, and which command allows it."""
    because = Place(f"made by run {run}", 0, ())
    changes = tuple(
        replace(each, origin=because) if isinstance(each, Delete) and each.origin is None else each
        for each in planned.changes
    )

    def told(found: Diagnostic) -> Diagnostic:
        hint = (found.hint or "").replace("reconciler apply", f"reconciler rollback {run}")
        return found._replace(hint=hint or None)

    refusals = tuple(each._replace(diagnostic=told(each.diagnostic)) for each in planned.refusals)
    return planned._replace(changes=changes, refusals=refusals)


def _fields_before(
    steps: Sequence[StepRecord], back: Address, row: Owned | None
) -> tuple[Fields, list[str]]:
    """Return the fields that the object had, and the secrets of which nobody knows the value.

    What the steps did not change is wanted as it was applied last: it would be reset otherwise.
    An object that is not ours any more is wanted whole as it was.
    """
    before: Fields = steps[0].before or {}
    after: Fields = {}
    for step in steps:
        after = {**after, **(step.after or {})}
    fields = _as_applied(row, back) if row is not None else {}
    unknown = []
    for path, value in before.items():
        if row is not None and path in after and after[path] == value:
            continue
        if path.startswith(FILES):
            continue  # rendered again from what was declared
        if isinstance(value, Secret) and value.reference is None:
            unknown.append(path)
        else:
            fields[path] = value
    for path in after.keys() - before.keys():
        fields.pop(path, None)
    return fields, unknown


def _as_applied(row: Owned, back: Address) -> dict[str, Value]:
    """Return what we applied last; generated secrets by their name at the address `back`."""
    old, new = f"generated:{row.address}/", f"generated:{back}/"

    def named(value: Value) -> Value:
        if isinstance(value, Secret) and (value.reference or "").startswith(old):
            return Secret(f"{new}{(value.reference or '').removeprefix(old)}")
        return value

    return {path: named(value) for path, value in row.fields.items()}


def _meta(declared: Resource | None, row: Owned | None) -> Meta:
    """Return what is said of the object besides its fields: by the files, or when last applied."""
    if declared is not None:
        return declared.meta
    return Meta() if row is None else Meta(protect=row.protect, on_delete=row.on_delete)
