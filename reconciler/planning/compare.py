"""Compare one object three ways: what we want, what we applied last, what is there."""

from collections.abc import Mapping
from typing import Final

from reconciler.adapter import Support
from reconciler.kinds.all_traits import TRAITS
from reconciler.model.change import Cause, FieldChange
from reconciler.model.live import LiveObject
from reconciler.model.ownership import Owned
from reconciler.model.resource import Resource
from reconciler.model.secret import Secret
from reconciler.model.value import UNSET, Fields, Value
from reconciler.planning.places import Places

_ABSENT: Final = object()
NOWHERE: Final[Places] = {}


def is_ignored(path: str, ignore: tuple[str, ...]) -> bool:
    """Whether the entry's `ignore` names this path or a section that it stands in."""
    return any(path == each or path.startswith(f"{each}.") for each in ignore)


def managed(resource: Resource) -> Fields:
    """Return the declared fields that are not ignored."""
    ignore = resource.meta.ignore
    if not ignore:
        return resource.fields
    return {path: v for path, v in resource.fields.items() if not is_ignored(path, ignore)}


def _is_unreadable(path: str, live: Fields, support: Support) -> bool:
    value = live.get(path, _ABSENT)
    if isinstance(value, Secret):
        return value.fingerprint is None
    return value is _ABSENT and path in support.unreadable


def field_changes(
    resource: Resource,
    live: LiveObject,
    owned: Owned | None,
    support: Support,
    misplaced: Places = NOWHERE,
) -> tuple[FieldChange, ...]:
    """Return the fields that have to be written, each with its cause, in the order declared.

    Without a ledger entry everything that differs is a change. A field that the platform does not
    give back is compared with what we applied last; `misplaced` objects have drifted all the same.
    A field that we set and that has left the files goes back to the platform's default, unless
    somebody changed it since: then it is theirs.
    """
    wanted = managed(resource)
    changes: list[FieldChange] = []
    here, traits = live.fields, TRAITS[resource.address.kind]
    last: Mapping[str, Value] = owned.fields if owned else {}
    if not wanted.items() <= here.items():
        for path, value in wanted.items():
            before = here.get(path, _ABSENT)
            if before is not _ABSENT and traits.is_same(path, before, value):
                continue
            if _is_unreadable(path, here, support):
                place = misplaced.get((resource.address, path))
                if path in last and last[path] == value and place is None:
                    continue
                before = Secret() if path in last else _ABSENT
                cause: Cause = "change"
                if place is not None and path in last:
                    before = f"place {place}"
                    cause = "drift" if last[path] == value else "change"
            else:
                cause = _cause(value, before, last.get(path, _ABSENT))
            if before is _ABSENT and value is None:
                continue
            changes.append(FieldChange(path, UNSET if before is _ABSENT else before, value, cause))
    if owned and not last.keys() <= wanted.keys():
        changes += _left(resource, here, owned, support)
    return tuple(changes)


def changed_since(live: Fields, owned: Owned) -> tuple[FieldChange, ...]:
    """Return what others changed of an object since we wrote it, whatever the files want now."""
    traits = TRAITS[owned.address.kind]
    return tuple(
        FieldChange(path, live[path], value, "drift")
        for path, value in owned.fields.items()
        if path in live
        if not traits.is_same(path, live[path], value)
        if not (isinstance(each := live[path], Secret) and each.fingerprint is None)
    )


def _cause(wanted: Value, live: Value, last: Value) -> Cause:
    if last is _ABSENT or last == live:
        return "change"
    return "drift" if last == wanted else "conflict"


def _left(resource: Resource, here: Fields, owned: Owned, support: Support) -> list[FieldChange]:
    """Return the changes for fields that we set and that are no longer declared."""
    changes = []
    for path, last in owned.fields.items():
        if path in resource.fields or path in owned.found:
            continue
        if is_ignored(path, resource.meta.ignore) or support.is_switched_on(path, resource.fields):
            continue
        default = default_of(resource.address.kind, path, support)
        if _is_unreadable(path, here, support):
            # Nobody can see whether it was changed since; what we set, we take back.
            before = Secret() if isinstance(last, Secret) else last
            if last is not None and last != default:
                changes.append(FieldChange(path, before, default))
        elif path in here and here[path] == last != default:
            changes.append(FieldChange(path, here[path], default))
    return changes


def default_of(kind: str, path: str, support: Support) -> Value:
    """Return what a platform means by an unset field: its own default, or else the kind's."""
    if path in support.defaults:
        return support.defaults[path]
    return TRAITS[kind].defaults.get(path)


def overlay(live: Fields, changes: tuple[FieldChange, ...]) -> Fields:
    """Return the live fields as they will be after the changes."""
    after = dict(live)
    for change in changes:
        after[change.path] = change.after
    return after
