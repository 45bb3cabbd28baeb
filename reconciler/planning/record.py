"""What the ledger will say: of objects that a step wrote, and of those that simply match."""

from collections.abc import Iterable
from typing import Literal

from reconciler.model.address import Address
from reconciler.model.change import Adopt, Change, Create, Delete, Forget, Move, Replace, Update
from reconciler.model.ownership import Owned, Ownership
from reconciler.model.resource import Desired, Resource
from reconciler.model.value import Value
from reconciler.planning.compare import managed


def owned_after(change: Change, desired: Desired, ownership: Ownership) -> Owned | None:
    """Return the ledger's row after the change succeeded, or None when nothing is ours then."""
    if isinstance(change, (Delete, Forget)):
        return None
    resource = desired.resources[change.address]
    source = change.source if isinstance(change, Move) else change.address
    before = ownership.objects.get(source)
    written: Iterable[str] = ()
    how: Literal["created", "adopted", "imported"] = before.how if before else "created"
    if isinstance(change, Create):
        written = resource.fields
        how = "created"
    elif isinstance(change, (Update, Replace, Adopt, Move)):
        written = (
            tuple(resource.fields)
            if isinstance(change, Replace)
            else tuple(each.path for each in change.fields)
        )
        if before is None:
            how = "adopted"
    native = None if isinstance(change, Create) else change.native_id
    row = _row(resource, before, how, frozenset(written), native)
    if isinstance(change, Update) and before is not None:
        return _only_written(row, before, change, frozenset(written))
    return row


def _only_written(row: Owned, before: Owned, change: Update, written: frozenset[str]) -> Owned:
    """Return the row without what the files want, but this change does not write (--only-drift).

    Such fields keep what was applied last: a wish is no proof that somebody changed it back.
    """
    kept: dict[str, Value] = {}
    for path, value in row.fields.items():
        if path in written or change.after.get(path) == value:
            kept[path] = value
        elif path in before.fields:
            kept[path] = before.fields[path]
    return row._replace(fields=kept, found=tuple(path for path in row.found if path in kept))


def _row(
    resource: Resource,
    before: Owned | None,
    how: Literal["created", "adopted", "imported"],
    written: frozenset[str],
    native_id: str | None,
) -> Owned:
    fields = managed(resource)
    known = before.fields if before else {}
    # A value that stood there before we ever wrote it is not ours to reset later.
    found = tuple(
        path
        for path in fields
        if path not in written and (path not in known or (before and path in before.found))
    )
    return Owned(
        address=resource.address,
        target=resource.target,
        fields=fields,
        native_id=native_id,
        how=how,
        run=before.run if before else None,
        applied_at=before.applied_at if before else "",
        actor=before.actor if before else "",
        protect=resource.meta.protect,
        on_delete=resource.meta.on_delete,
        needs=resource.needs,
        found=found,
    )


def refreshed(
    desired: Desired, ownership: Ownership, changed: frozenset[Address]
) -> tuple[Owned, ...]:
    """Return the ledger rows of unchanged objects whose entry says something new.

    A field that was declared with the value it already had, a `protect` that was added: nothing to
    send, but to be remembered. `changed` are objects that steps take care of, or that could not be
    read; their rows are left alone.
    """
    rows = []
    for address, before in ownership.objects.items():
        resource = desired.resources.get(address)
        if resource is None or address in changed:
            continue
        if (
            before.fields == resource.fields
            and before.protect == resource.meta.protect
            and before.on_delete == resource.meta.on_delete
            and before.needs == resource.needs
        ):
            continue
        row = _row(resource, before, before.how, frozenset(), before.native_id)
        if row != before._replace(target=row.target):
            rows.append(row)
    return tuple(rows)
