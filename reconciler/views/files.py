"""Devices' files in a plan: what changes in them, in place of the secrets that they are. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final, NamedTuple

from reconciler.model.address import Address
from reconciler.model.change import Adopt, Change, Create, FieldChange, Move, Replace, Update
from reconciler.model.plan import FileChange, Plan
from reconciler.model.value import UNSET, Value
from reconciler.planning.phones import lifecycle
from reconciler.views.words import count

FILES: Final = "files."

_STEPS: Final = lifecycle.path("discovered", "managed")
_LIFE: Final = f"{_STEPS[0].target}; {_STEPS[-1].target} when {_STEPS[-1].needs}"
"""What becomes of a phone that gets its first file."""


class FileText(NamedTuple):
    """What becomes of a file. `same` is equal for files that change in the same way."""

    name: str
    summary: str
    lines: tuple[str, ...]
    same: object


def with_files(plan: Plan) -> Plan:
    """Return the plan with its files as people read them, instead of as references."""
    if not plan.files:
        return plan
    told = _told(plan)
    changes = tuple(_shown(each, told) for each in plan.changes)
    return plan._replace(changes=changes)


def shown_fields(
    plan: Plan, address: Address, fields: Iterable[FieldChange]
) -> tuple[FieldChange, ...]:
    """Return an object's field changes with its files as people read them."""
    return _fields(address, tuple(fields), _told(plan))


_Told = Mapping[tuple[Address, str], tuple[int, FileChange]]


def _told(plan: Plan) -> _Told:
    return {place: (number, each) for number, each in enumerate(plan.files) for place in each.files}


def _shown(change: Change, told: _Told) -> Change:
    if isinstance(change, Create):
        after: dict[str, Value] = {
            path: _text(FieldChange(path, UNSET, value), told.get((change.address, path)))
            if _is_file(path)
            else value
            for path, value in change.after.items()
        }
        if change.address.kind == "phone" and not change.recreated:
            after["life"] = _LIFE
        return replace(change, after=after)
    if isinstance(change, (Update, Replace, Adopt, Move)) and any(
        _is_file(each.path) for each in change.fields
    ):
        return replace(change, fields=_fields(change.address, change.fields, told))
    return change


def _fields(
    address: Address, fields: tuple[FieldChange, ...], told: _Told
) -> tuple[FieldChange, ...]:
    return tuple(
        replace(each, after=_text(each, told.get((address, each.path))))
        if _is_file(each.path)
        else each
        for each in fields
    )


def _is_file(path: str) -> bool:
    return path.startswith(FILES)


def _text(field: FieldChange, told: tuple[int, FileChange] | None) -> FileText:
    name = field.path.removeprefix(FILES)
    if field.after is None:
        return FileText(name, "withdrawn", (), "withdrawn")
    if field.before is UNSET and field.cause == "drift":
        return FileText(name, "edited by others, or gone: published again", (), "drift")
    if told is None:
        return FileText(name, "changes", (), "changes")
    number, change = told
    if not change.lines and not change.removed and change.added:
        return FileText(name, f"new, {count(change.added, 'line')}", (), number)
    if not (change.added or change.removed):
        return FileText(name, "a secret in it is another", (), "secret")
    lines = tuple(
        f"{each[:1]} {each[1:]}" if each[:2] != "@@" else "  ..." for each in change.lines[1:]
    )
    return FileText(name, f"+{change.added:,} -{change.removed:,} lines", lines, number)
