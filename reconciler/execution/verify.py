"""Did the platform do what it said: compare what a step wrote with what reads back. Pure."""

from collections.abc import Mapping

from reconciler.adapter import Support
from reconciler.kinds.all_traits import TRAITS
from reconciler.model.change import Change, Create, Delete, Forget, Move, Replace
from reconciler.model.live import LiveObject
from reconciler.model.secret import Secret
from reconciler.model.value import UNSET, Fields, Value


def show_value(value: Value) -> str:
    """Return a value as it may stand in a message (secrets as ***)."""
    if value is UNSET or value is None:
        return "nothing"
    return f'"{value}"' if isinstance(value, str) else str(value)


def asked_of(change: Change) -> Fields:
    """Return the fields that the step asked for."""
    if isinstance(change, (Create, Replace)):
        return change.after
    if isinstance(change, (Delete, Forget)):
        return {}
    return {each.path: each.after for each in change.fields}


def difference(change: Change, back: LiveObject | None, support: Support) -> str | None:
    """Return what is not as asked for, in words; None when the platform did what it said."""
    if isinstance(change, Delete):
        return None if back is None else "it is still there"
    if isinstance(change, Forget):
        return None
    if back is None:
        return "it is not there"
    asked = asked_of(change)
    is_same = asked.items() <= back.fields.items()
    for path, value in () if is_same else asked.items():
        if not _holds(back.fields, path, value, support):
            return f"it reads back {path} {show_value(back.fields.get(path, UNSET))}" + (
                "" if isinstance(value, Secret) else f" instead of {show_value(value)}"
            )
    if back.edits:
        where, expected, actual, _ = back.edits[0]
        return f"{where} reads back {show_value(actual)} instead of {show_value(expected)}"
    return None


def collateral(change: Change, back: LiveObject | None, support: Support) -> Mapping[str, Value]:
    """Return what the platform changed without being asked: path -> value it had before."""
    if back is None or isinstance(change, (Create, Delete, Forget, Replace, Move)):
        return {}
    asked = asked_of(change)
    gone = [
        section
        for switch, sections in support.switches.items()
        if (switch in asked and not asked[switch])
        or (not change.before.get(switch, True) and support.is_switched_on(switch, asked))
        for section in sections
    ]
    return {
        path: value
        for path, value in change.before.items()
        if path not in asked
        and not _holds(back.fields, path, value, support)
        and not any(path == each or path.startswith(f"{each}.") for each in gone)
    }


def _holds(fields: Fields, path: str, value: Value, support: Support) -> bool:
    if path not in fields:
        return value is None or path in support.unreadable
    found = fields[path]
    if isinstance(found, Secret) and found.fingerprint is None:
        return True
    if isinstance(value, Secret) and value.fingerprint is None:
        return isinstance(found, Secret)
    return TRAITS[support.kind].is_same(path, found, value)
