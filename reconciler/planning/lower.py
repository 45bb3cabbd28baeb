"""Lower: ordered changes become steps with requests; a target with writes gets one commit."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial

from reconciler.adapter import Adapter
from reconciler.model.address import Address
from reconciler.model.change import (
    Adopt,
    Change,
    Create,
    Delete,
    Forget,
    Move,
    action_of,
)
from reconciler.model.live import Live, LiveObject, live_fingerprint
from reconciler.model.ownership import Owned, Ownership
from reconciler.model.pieces import Later
from reconciler.model.resource import Desired
from reconciler.model.step import Commit, Step
from reconciler.model.value import Fields
from reconciler.planning.order import Placed, cycles
from reconciler.planning.record import owned_after


def writes(change: Change) -> bool:
    """Whether the change sends anything. Forgetting, and adopting what is equal, do not."""
    if isinstance(change, Forget):
        return False
    if isinstance(change, Adopt):
        return bool(change.fields or change.edits)
    return True


def step_id(change: Change, *, link: bool = False) -> str:
    """Return a step's id: stable over plans, readable in a journal."""
    return f"{'link' if link else action_of(change)} {change.address}"


def lower(
    placed: Sequence[Placed],
    desired: Desired,
    live: Live,
    ownership: Ownership,
    adapters: Mapping[str, Adapter],
    committing: frozenset[str],
    heirs: Mapping[Address, Address] | None = None,
) -> tuple[Step, ...]:
    """Return the steps in order. Changes that send nothing become steps without requests.

    `committing` are the targets that will have a commit; `heirs` are on other PBXs what takes the
    place of what is deleted.
    """
    linked = frozenset(each.change.address for each in placed if each.link is not None)
    steps: list[Step] = []
    ids: dict[Address, str] = {}
    targets: dict[Address, str] = {}
    # What an earlier run has written and no commit has brought into effect.
    unproved = {
        each: name
        for name, objects in ownership.unproved.items()
        if name in ownership.owed
        for each in objects
    }
    for change, needs, link in placed:
        target = desired.targets.get(change.target)
        adapter = adapters.get(target.adapter) if target else None
        subject: Change = link if link is not None else change
        requests = (
            adapter.encode(subject, target)
            if adapter is not None and target is not None and writes(subject)
            else ()
        )
        identity = step_id(subject, link=link is not None)
        if link is None:
            ids[change.address] = identity
            targets[change.address] = change.target
        needed = [ids[each] for each in needs if each in ids]
        # What another target provides (an extension for a phone, the number of a customer who
        # moves there) counts once it is in effect.
        provided, known = needs, change.needs
        if isinstance(change, Delete):
            provided = known = tuple(filter(None, [(heirs or {}).get(change.address)]))
        elsewhere = {targets[each] for each in provided if each in ids}
        elsewhere |= {unproved[each] for each in known if each in unproved}
        elsewhere -= {change.target}
        needed += [_commit_id(each) for each in sorted(elsewhere & committing)]
        steps.append(
            Step(
                id=identity,
                target=change.target,
                address=change.address,
                change=subject,
                requests=requests,
                needs=tuple(needed),
                before=_before(change, live, link is not None),
                phase="link"
                if link is not None
                else "delete"
                if isinstance(change, Delete)
                else "write",
                owned=_owned(
                    change,
                    desired,
                    ownership,
                    whole=link is not None or change.address not in linked,
                ),
            )
        )
    return _without_deadlock(steps, committing)


def _owned(change: Change, desired: Desired, ownership: Ownership, *, whole: bool) -> Owned | None:
    """Return the ledger's row after the step; of the first half of a split change, that half."""
    row = owned_after(change, desired, ownership)
    if row is None or whole or not isinstance(change, (Create, Move)):
        return row
    half = {path: v for path, v in row.fields.items() if path in change.after or v is None}
    return row._replace(fields={path: change.after.get(path) for path in half})


def _commit_id(target: str) -> str:
    return f"commit {target}"


def _without_deadlock(steps: Sequence[Step], committing: frozenset[str]) -> tuple[Step, ...]:
    """Drop waits for commits that could never end: there is one commit per target, after all steps.

    Two PBXs whose new routes point at each other cannot both wait until the other is in effect;
    they then go by what is written.
    """
    needs: dict[str, Sequence[str]] = {each.id: each.needs for each in steps}
    for target in committing:
        needs[_commit_id(target)] = [each.id for each in steps if each.target == target]
    if not any(_commit_id(each) in step.needs for step in steps for each in committing):
        return tuple(steps)
    stuck = cycles(needs)
    commits_ = {_commit_id(each) for each in committing}
    return tuple(
        step._replace(
            needs=tuple(
                each
                for each in step.needs
                if each not in commits_ or step.id not in stuck or each not in stuck[step.id]
            ),
        )
        if step.id in stuck
        else step
        for step in steps
    )


def _before(change: Change, live: Live, is_link: bool) -> str:  # noqa: FBT001
    """Return the fingerprint that must still hold when the step is carried out."""
    if is_link:
        # Written moments before by the first half of the cycle; checked by its own read-back.
        return "linked"
    target = live.targets.get(change.target)
    if target is None:
        return ""
    source = change.source if isinstance(change, Move) else change.address
    return live_fingerprint(target.objects.get(source))


def commits(
    changes: Sequence[Change],
    desired: Desired,
    live: Live,
    adapters: Mapping[str, Adapter],
    ownership: Ownership,
    *,
    for_owed: bool = True,
) -> tuple[Commit, ...]:
    """Return one commit for each target that gets writes, still owes one, or was edited.

    A target owes one when an earlier run wrote to it without coming to an end. A commit there
    makes up for all of it; without `for_owed`, none is made for that alone.
    """
    by_target: dict[str, list[Change]] = {}
    for change in changes:
        if writes(change):
            by_target.setdefault(change.target, []).append(change)
    found = []
    owed = ownership.owed
    edited = {name for name, each in live.targets.items() if each.edits}
    for name in sorted(by_target.keys() | edited | (owed.keys() if for_owed else set())):
        target = desired.targets.get(name)
        adapter = adapters.get(target.adapter) if target else None
        at = live.targets.get(name)
        if target is None or adapter is None or at is None or at.unreachable is not None:
            continue
        own = by_target.get(name, [])
        after = Later(partial(_as_written, at.objects, own, ownership, adapter))
        finish = adapter.finish(own, after, at.edits, target, owed=name in owed)
        if finish is not None:
            needs = tuple(step_id(change) for change in own)
            found.append(
                Commit(
                    _commit_id(name),
                    name,
                    finish.requests,
                    needs,
                    finish.summary,
                    finish.disruption,
                    ownership.unproved.get(name, ()) if name in owed else (),
                )
            )
    return tuple(found)


def _with_unreadable(
    after: Mapping[Address, Fields], ownership: Ownership, adapter: Adapter
) -> dict[Address, Fields]:
    """Return everything with what nobody can read back as we applied it last."""
    whole = dict(after)
    for address, fields in after.items():
        row = ownership.objects.get(address)
        support = adapter.supports.get(address.kind)
        if row is None or support is None or not support.unreadable:
            continue
        hidden = {p: v for p, v in row.fields.items() if p in support.unreadable}
        if hidden:
            whole[address] = {**hidden, **fields}
    return whole


def _as_written(
    objects: Mapping[Address, LiveObject],
    changes: Sequence[Change],
    ownership: Ownership,
    adapter: Adapter,
) -> Mapping[Address, Fields]:
    """Return all of ours that a target will hold, with what it does not give back."""
    # What people wrote by themselves is no business of what we write for many.
    ours = {a: e for a, e in objects.items() if e.locked is None and not e.apart}
    return _with_unreadable(after_of(ours, changes), ownership, adapter)


def after_of(
    objects: Mapping[Address, LiveObject], changes: Iterable[Change]
) -> dict[Address, Fields]:
    """Return everything that a target will hold after the changes."""
    after = {address: each.fields for address, each in objects.items()}
    for address, fields in written_by(changes).items():
        if fields is not None:
            after[address] = fields
        else:
            after.pop(address, None)
    return after


def written_by(changes: Iterable[Change]) -> dict[Address, Fields | None]:
    """Return what changes make of the objects that they touch, None for what will be gone."""
    written: dict[Address, Fields | None] = {}
    for change in changes:
        if isinstance(change, Delete):
            written[change.address] = None
        elif isinstance(change, Move):
            written[change.source] = None
            written[change.address] = change.after
        elif not isinstance(change, Forget):
            written[change.address] = change.after
    return written
