"""Undoing a run: what it changed is wanted as it was before. The same engine plans and applies it.

The journal holds, for each step, the fields before. A rollback makes an estate of them and plans
it like any other: with the three-way compare, the order, the rails. What somebody changed since
then shows up as a conflict, and secrets, of which the journal knows only fingerprints, stay as
they are now and are named.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from reconciler.diagnostics.place import Place
from reconciler.journal.records import RunRecord, StepRecord
from reconciler.model.address import Address
from reconciler.model.resource import Desired, Moved, Resource
from reconciler.model.secret import Secret
from reconciler.model.value import Fields, Value
from reconciler.planning.order import references_in
from reconciler.planning.select import Selection


@dataclass(frozen=True, slots=True)
class Undoing:
    """The estate as it was before the run, what of it to plan, and secrets that stay."""

    desired: Desired
    only: Selection
    kept_secrets: tuple[str, ...]


def undo(run: RunRecord, desired: Desired, moves: Mapping[Address, Address]) -> Undoing:
    """Return what a rollback of the run wants.

    `desired` is what the files want now: what the run did not touch is taken from there.
    `moves` maps the new addresses of objects that the run moved to their old ones.
    """
    resources = dict(desired.resources)
    moved: list[Moved] = []
    kept: list[str] = []
    touched: dict[Address, StepRecord] = {}
    for step in run.steps:
        if step.state == "done" and step.address is not None and step.action != "forget":
            # Of an object that was written twice (a reference cycle), the first `before` counts.
            touched.setdefault(step.address, step)
    origin = Place(f"run {run.id}", 0, ())
    for address, step in touched.items():
        resources.pop(address, None)
        if step.before is None:
            continue
        back = moves.get(address, address)
        fields = _changed_only(step)
        kept += [f"{back} {path}" for path, v in fields.items() if isinstance(v, Secret)]
        fields = {path: v for path, v in fields.items() if not isinstance(v, Secret)}
        if back != address:
            moved.append(Moved(address, back, origin))
        known = {*resources, *touched}
        resources[back] = Resource(
            address=back,
            target=step.target,
            fields=fields,
            origin=origin,
            line=0,
            needs=tuple(sorted(references_in(back, fields) & known)),
        )
    names = {str(address) for address in touched} | {str(each.destination) for each in moved}
    return Undoing(
        replace(desired, resources=resources, moved=tuple(moved), removed=()),
        Selection(targets=tuple(sorted(names))),
        tuple(kept),
    )


def _changed_only(step: StepRecord) -> Fields:
    """Return the fields before that the run changed; all of them when it deleted the object."""
    before: Fields = step.before or {}
    if step.after is None:
        return before
    gone: dict[str, Value] = {path: None for path in step.after if path not in before}
    return {
        **{path: value for path, value in before.items() if step.after.get(path) != value},
        **gone,
    }
