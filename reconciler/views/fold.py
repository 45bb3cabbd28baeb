"""What of many changes is shown whole, and what is only named. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from reconciler.model.change import (
    Adopt,
    Change,
    Create,
    Delete,
    FieldChange,
    Forget,
    Move,
    Replace,
    Update,
    action_of,
)
from reconciler.model.secret import Secret
from reconciler.views.files import FileText

SAME: Final = 3
"""From how many objects on an equal change is shown once."""
CREATES: Final = 3
"""How many new objects of a kind are shown whole when there are more than `FEW`."""
FEW: Final = 6
ALIKE: Final = ("extension", "phone", "softphone")
"""Kinds of which nobody reads fifty new ones one by one; where a new number leads, people do."""
DIFFERENT: Final = 25
"""How many different changes of one sort are shown before the rest is only named."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A change that is shown whole, and those that are the same on other objects."""

    change: Change
    same: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class Named:
    """Changes of one action and kind that are only named."""

    changes: tuple[Change, ...]


def fold(
    changes: Sequence[Change],
    *,
    full: bool,
    fields: Callable[[Change], Sequence[FieldChange]],
    room: int = 0,
) -> list[Shown | Named]:
    """Return what to show, each sort where its first change stands. `fields` are those shown.

    Where there is `room` for so many of a sort, they are shown whole.
    """
    if full:
        return [Shown(each) for each in changes]
    different = max(DIFFERENT, room)
    sorts: dict[tuple[str, str], list[Change]] = {}
    for change in changes:
        sorts.setdefault((action_of(change), change.address.kind), []).append(change)
    found: list[Shown | Named] = []
    for own in sorts.values():
        first = own[0]
        if isinstance(first, Create):
            few = FEW if first.address.kind in ALIKE else max(FEW, room)
            found += _cut([Shown(each) for each in own], few, CREATES)
        elif isinstance(first, (Delete, Forget)):
            found += _cut([Shown(each) for each in own], different, DIFFERENT)
        else:
            found += _cut(_same(own, fields), different, DIFFERENT)
    return found


def _same(
    changes: Sequence[Change], fields: Callable[[Change], Sequence[FieldChange]]
) -> list[Shown]:
    groups: dict[object, list[Change]] = {}
    for change in changes:
        groups.setdefault(_signature(change, fields(change)), []).append(change)
    shown: list[Shown] = []
    for group in groups.values():
        if len(group) >= SAME:
            shown.append(Shown(group[0], tuple(group[1:])))
        else:
            shown += [Shown(each) for each in group]
    return shown


def _signature(change: Change, fields: Sequence[FieldChange]) -> object:
    if isinstance(change, Move):
        return change.address
    edits = change.edits if isinstance(change, (Update, Adopt)) else ()
    because = change.because if isinstance(change, Replace) else ()
    return tuple(map(_told, fields)), edits, because


def _told(each: FieldChange) -> object:
    if isinstance(each.after, FileText):
        # By what changes in it: its name is the phone's own.
        return each.after.same
    return each.path, _value(each.before), _value(each.after)


def _value(value: object) -> str:
    """Return what two changes must have in common; new secrets differ, their change does not."""
    if isinstance(value, Secret):
        return "*** " + ("made" if value.fingerprint is None else "known")
    return repr(value)


def _cut(shown: list[Shown], most: int, keep: int) -> list[Shown | Named]:
    if len(shown) <= most:
        return list(shown)
    rest = [change for each in shown[keep:] for change in (each.change, *each.same)]
    return [*shown[:keep], Named(tuple(rest))]
