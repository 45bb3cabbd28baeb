"""Diff: desired, live and ledger become changes. Nothing is believed absent without proof."""

from collections.abc import Iterable, Mapping, Set
from dataclasses import replace
from typing import Final, NamedTuple

from reconciler.adapter import Adapter, Handwritten, Support
from reconciler.diagnostics.place import Place
from reconciler.model.address import Address
from reconciler.model.change import (
    Adopt,
    Change,
    Create,
    Delete,
    Forget,
    Move,
    Replace,
    Update,
)
from reconciler.model.live import IN_OUR_FILES, UNFINISHED, Edit, Live, LiveObject, TargetLive
from reconciler.model.ownership import Owned, Ownership
from reconciler.model.plan import Waiting
from reconciler.model.resource import Desired, Removed, Resource
from reconciler.model.secret import Secret
from reconciler.model.value import Value
from reconciler.planning.compare import field_changes, overlay
from reconciler.planning.heirs import Heirs
from reconciler.planning.phones.fleet import registers_as
from reconciler.planning.places import Places, misplaced


class Diff(NamedTuple):
    """How desired and live differ. `matching` counts objects that are as they should be.

    `unmanaged` are live objects that are neither declared nor ours, by target.
    """

    changes: tuple[Change, ...]
    waiting: tuple[Waiting, ...]
    matching: int
    unmanaged: Mapping[str, tuple[Address, ...]]


_NOTHING = Support("")
RESTING: Final = "in maintenance, left alone"
"""Why a phone's changes wait that could be judged."""


def diff(
    desired: Desired,
    live: Live,
    ownership: Ownership,
    adapters: Mapping[str, Adapter],
    settled: Set[Address] = frozenset(),
) -> Diff:
    """Compare everything. Objects of targets that were not read are waiting, never changed.

    Of those that are `settled` it is known that they match: nothing of them is looked at.
    """
    changes: list[Change] = []
    waiting: list[Waiting] = []
    matching = 0
    moves = _moves(desired, live, ownership, adapters)
    sources = frozenset(moves.values())
    supports: dict[tuple[str, str], Support] = {}
    places = misplaced(desired, live, adapters)
    settled = settled - {address for address, _ in places} if places else settled
    for address, resource in desired.resources.items():
        if address in settled:
            matching += 1
            continue
        target = live.targets.get(resource.target)
        source = moves.get(address, address)
        owned = ownership.objects.get(address)
        if owned is not None and source is address and _is_settled(resource, target, owned):
            matching += 1
            continue
        reason = _unknown(address, target)
        if source is not address:
            reason = reason or _unknown(source, target)
        if target is None or reason:
            waiting.append(Waiting(address, resource.target, reason or "was not read"))
            continue
        held = (resource.target, address.kind)
        support = supports.get(held)
        if support is None:
            support = supports[held] = _support(desired, *held, adapters)
        found: Change | None
        if source is not address:
            found = _move(resource, source, target, ownership, support)
        else:
            found = _compare(resource, target, owned, support, places)
            if owned is not None and isinstance(found, Create):
                by = desired.targets[resource.target].adapter
                found = _recreated(found, owned, adapters.get(by))
            elif (
                owned is not None and owned.native_id is None and target.objects[address].native_id
            ):
                by = desired.targets[resource.target].adapter
                found = _returned(found, resource, target.objects[address], adapters.get(by))
            if isinstance(found, Update) and address in ownership.unproved.get(target.target, ()):
                found = _unfinished(found)
        if isinstance(found, Update) and resource.fields.get("lifecycle") == "maintenance":
            found, rests = _left_alone(found)
            waiting += [Waiting(address, resource.target, RESTING)] if rests else []
        early = found is not None and _early(resource, desired, live, ownership)
        if early:
            waiting.append(Waiting(address, resource.target, early))
        elif found is None:
            matching += 1
        else:
            changes.append(found)
    removed = {each.address: each for each in desired.removed}
    heirs = Heirs(desired, ownership)
    for address in ownership.objects:
        if address not in desired.resources and address not in sources:
            owned = ownership.objects[address]
            gone = _no_longer_declared(owned, live, removed.get(address), desired)
            gone = _passed_on(owned, gone, heirs, desired, live) or gone
            (waiting if isinstance(gone, Waiting) else changes).append(gone)  # type: ignore[arg-type]
    unmanaged = _unmanaged(desired, live, ownership, sources)
    changes += _authoritative(desired, live, unmanaged)
    return Diff(tuple(changes), tuple(sorted(waiting)), matching, unmanaged)


def _is_settled(resource: Resource, target: TargetLive | None, owned: Owned) -> bool:
    """Whether an object is to the last field what is wanted and what we applied last.

    Nearly all are: of those there is nothing to compare. It says no where it is not sure.
    """
    if target is None or target.unreachable is not None:
        return False
    here = target.objects.get(resource.address)
    return (
        here is not None
        and here.fields == resource.fields
        and owned.fields == resource.fields
        and not here.edits
        and (owned.native_id is not None or here.native_id is None)
        and not (target.unread and resource.address in target.unread)
    )


def _recreated(change: Create, owned: Owned, adapter: Adapter | None) -> Create:
    """Return the change of what was ours and is gone; say what file of others' it has left."""
    left = (owned.native_id or "") if isinstance(adapter, Handwritten) else ""
    return replace(change, recreated=True, left=left)


def _returned(
    change: Change | None, resource: Resource, live: LiveObject, adapter: object
) -> Change | None:
    """Return the change of what stood in our files; say so if it stands in people's own now.

    A backup from before it was taken over may have been put back.
    """
    if live.native_id is None or not isinstance(adapter, Handwritten):
        return change
    edits = (Edit(live.native_id, IN_OUR_FILES, "written by hand"),)
    if isinstance(change, Update):
        return replace(change, edits=(*edits, *change.edits))
    return Update(*_about(resource), live.fields, live.fields, (), edits, live.native_id)


def _early(resource: Resource, desired: Desired, live: Live, ownership: Ownership) -> str | None:
    """Return why a device must not have its files now; None where it may.

    A password in them that its PBX has not, and cannot be given now, would take it off the air.
    """
    for line in registers_as(resource.address, resource.fields, resource.needs):
        wanted = desired.resources.get(line)
        reason = wanted and _unknown(line, live.targets.get(wanted.target))
        if wanted is None or not reason:
            continue
        owned = ownership.objects.get(line)
        known = owned is not None and owned.fields.get("secret") == wanted.fields.get("secret")
        if not known or line in ownership.unproved.get(wanted.target, ()):
            return f"{wanted.target} does not have the password of {line} yet: {reason}"
    return None


def _unfinished(change: Update) -> Update:
    """Return a change of what a run was stopped at: its lines are not known to be anybody's."""
    left = (Edit(UNFINISHED, "written whole", "written in part"),)
    return replace(change, edits=left) if change.edits else change


def _left_alone(change: Update) -> tuple[Update | None, bool]:
    """Return what is done to a phone in maintenance: it is told so. Say whether more would be."""
    fields = tuple(each for each in change.fields if each.path == "lifecycle")
    rests = len(fields) < len(change.fields) or bool(change.edits)
    if not rests:
        return change, False
    after = overlay(change.before, fields)
    return (replace(change, fields=fields, after=after, edits=()) if fields else None), True


def _unknown(address: Address, target: TargetLive | None) -> str | None:
    """Return why the object cannot be judged now, or None if it can."""
    if target is None:
        return "its target was not read"
    if target.unreachable is not None:
        return target.unreachable
    if address in target.unread:
        return target.unread[address]
    if not target.knows(address):
        if address.kind in target.incomplete:
            return target.incomplete[address.kind]
        return f"the list of {address.kind} objects could not be read completely"
    return None


def _support(desired: Desired, target: str, kind: str, adapters: Mapping[str, Adapter]) -> Support:
    adapter = adapters.get(desired.targets[target].adapter)
    return adapter.supports.get(kind, _NOTHING) if adapter else _NOTHING


def _compare(
    resource: Resource,
    target: TargetLive,
    owned: Owned | None,
    support: Support,
    places: Places,
) -> Change | None:
    live = target.objects.get(resource.address)
    about = _about(resource)
    if live is None:
        # `ignore` leaves a field alone once the object is there; a new one needs its values.
        filled = {path: value for path, value in resource.fields.items() if value is not None}
        return Create(*about, after=filled)
    fields = field_changes(resource, live, owned, support, places)
    if owned is not None and not fields and not live.edits:
        return None
    immutable = tuple(each.path for each in fields if each.path in support.immutable)
    after = overlay(live.fields, fields)
    if immutable:
        return Replace(*about, live.fields, after, fields, immutable, live.native_id)
    if owned is None:
        return Adopt(*about, live.fields, after, fields, live.edits, live.native_id)
    return Update(*about, live.fields, after, fields, live.edits, live.native_id)


def _about(
    resource: Resource,
) -> tuple[Address, str, tuple[Address, ...], Place | None, int]:
    return (
        resource.address,
        resource.target,
        resource.needs,
        resource.origin,
        resource.line,
    )


def _moves(
    desired: Desired, live: Live, ownership: Ownership, adapters: Mapping[str, Adapter]
) -> dict[Address, Address]:
    """Return destination -> source of every `moved` that still has to happen.

    It has happened when the source is neither ours nor live any more, or the destination is ours.
    Of several former addresses the nearest one that is ours counts (`resolve` puts it first).
    A source that could not be read is still to be moved. What changes a field that cannot be
    changed in place is no move: the one is created and the other deleted.
    """
    pending: dict[Address, Address] = {}
    for source, destination, _ in desired.moved:
        resource = desired.resources.get(destination)
        if resource is None or source in desired.resources or destination in pending:
            continue
        target = live.targets.get(resource.target)
        if target is None or destination in ownership.objects or destination in target.objects:
            continue
        if source not in ownership.objects:
            continue
        found = target.objects.get(source)
        if found is None:
            on_it = ownership.objects[source].target == resource.target
            if on_it and _unknown(source, target):
                pending[destination] = source
            continue
        support = _support(desired, resource.target, destination.kind, adapters)
        fields = field_changes(resource, found, ownership.objects[source], support)
        if not any(each.path in support.immutable for each in fields):
            pending[destination] = source
    return pending


def _move(
    resource: Resource,
    source: Address,
    target: TargetLive,
    ownership: Ownership,
    support: Support,
) -> Change:
    live = target.objects[source]
    fields = field_changes(resource, live, ownership.objects[source], support)
    return Move(
        resource.address,
        resource.target,
        resource.needs,
        resource.origin,
        resource.line,
        source,
        live.fields,
        overlay(live.fields, fields),
        fields,
        live.native_id,
    )


def _no_longer_declared(
    owned: Owned, live: Live, removed: Removed | None, desired: Desired
) -> Change | Waiting:
    about = (
        owned.address,
        owned.target,
        owned.needs,
        removed.origin if removed else None,
        removed.line if removed else 0,
    )
    if owned.target not in desired.targets:
        reason = f"{owned.target} is no longer in the inventory; forget it with `removed`"
        if removed and not removed.destroy:
            return Forget(*about)
        return Waiting(owned.address, owned.target, reason)
    target = live.targets.get(owned.target)
    reason = _unknown(owned.address, target) or ""
    if target is None or reason:
        return Waiting(owned.address, owned.target, reason or "was not read")
    found = target.objects.get(owned.address)
    if found is None:
        return Forget(*about, gone=True)
    destroy = removed.destroy if removed else owned.on_delete == "delete"
    if not destroy:
        return Forget(*about)
    before = {path: _referred(path, value, owned) for path, value in found.fields.items()}
    return Delete(*about, before=before, native_id=found.native_id)


def _passed_on(
    owned: Owned, gone: Change | Waiting, heirs: Heirs, desired: Desired, live: Live
) -> Change | Waiting | None:
    """Return what becomes of something that goes on under another PBX's name.

    It is not deleted while the other could not be read. Under a name that is no longer in the
    inventory nothing is left but what we remember: that is forgotten.
    """
    left = owned.target not in desired.targets and owned.target.startswith("pbx/")
    heir = heirs.told(owned.address) if left else None
    if isinstance(gone, Delete):
        heir = heirs.of(owned.address)
    if heir is None:
        return None
    reason = _unknown(heir, live.targets.get(desired.resources[heir].target))
    if reason:
        said = f"stays until {heir} is there: {reason}"
        return Waiting(owned.address, owned.target, said)
    return Forget(owned.address, owned.target, owned.needs, None, 0) if left else None


def _referred(path: str, value: Value, owned: Owned) -> Value:
    """Return a live secret with the reference that it came from: a rollback needs it."""
    ours = owned.fields.get(path)
    return (
        ours if isinstance(value, Secret) and isinstance(ours, Secret) and ours == value else value
    )


def _unmanaged(
    desired: Desired, live: Live, ownership: Ownership, sources: frozenset[Address]
) -> dict[str, tuple[Address, ...]]:
    wanted, ours = desired.resources, ownership.objects
    return {
        name: tuple(
            sorted(
                each
                for each in target.objects
                if each not in wanted and each not in ours and each not in sources
            )
        )
        for name, target in live.targets.items()
    }


def _authoritative(
    desired: Desired, live: Live, unmanaged: Mapping[str, tuple[Address, ...]]
) -> Iterable[Change]:
    """Yield deletes of foreign objects of kinds that the policy claims whole on a PBX."""
    claims: Mapping[str, list[str]] = desired.policy.get("authoritative") or {}
    for target, addresses in unmanaged.items():
        kinds = claims.get(target.partition("/")[2], ())
        for address in addresses:
            found: LiveObject = live.targets[target].objects[address]
            if address.kind in kinds and address.kind in live.targets[target].complete:
                yield Delete(
                    address, target, (), None, 0, before=found.fields, native_id=found.native_id
                )
