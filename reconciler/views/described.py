"""A change in a few words: its sign, what people call the object, and what else to know. Pure."""

from typing import Final

from reconciler.model.address import Address
from reconciler.model.change import (
    Action,
    Adopt,
    Change,
    Create,
    Delete,
    FieldChange,
    Forget,
    Move,
    Replace,
    Update,
)
from reconciler.model.step import Disruption
from reconciler.model.value import Fields
from reconciler.planning.impact.names import number
from reconciler.views.files import FILES
from reconciler.views.words import listed, scope_of, span

SIGNS: Final[dict[Action, str]] = {
    "create": "+",
    "update": "~",
    "replace": "-/+",
    "delete": "-",
    "adopt": "=>",
    "move": "=>",
    "forget": "○",
}
"""One sign for each action, as a plan's legend."""


def fields_of(change: Change) -> Fields:
    """Return the fields that tell what the object is: those it will have, or else had."""
    if isinstance(change, Delete):
        return change.before
    return {} if isinstance(change, Forget) else change.after


def called(address: Address, fields: Fields) -> str:
    """Return what people call the object beside its address; empty if there is nothing."""
    found = fields.get("name")
    if isinstance(found, str) and found:
        return found
    if address.kind == "phone":
        return " ".join(str(fields[each]) for each in ("model", "mac") if fields.get(each))
    if address.kind == "trunk":
        return str(fields.get("host") or "")
    if address.kind == "inbound_route":
        read = number(address.key)
        return read if read != address.key else ""
    return ""


def story(change: Change) -> str:
    """Return what the sign alone does not say."""
    match change:
        case Create():
            return _made_again(change) if change.recreated else ""
        case Replace():
            return f"made anew for {listed(change.because)}"
        case Delete():
            return ""
        case Adopt():
            return "taken over and changed" if change.fields or change.edits else "taken over as is"
        case Forget() if change.gone:
            return "is gone already, forgotten"
        case Forget():
            return f"no longer ours, stays on {scope_of(change.target)}"
        case Move():
            return f"was {change.source}"
        case Update():
            return ""


def _made_again(change: Create) -> str:
    if any(path.startswith(FILES) for path in change.after):
        return "gone from the published store, published again"
    if change.left:
        return f"has left {change.left}, written in our files"
    return "deleted on the PBX, made again"


def changing(change: Change) -> tuple[FieldChange, ...]:
    """Return the fields that we want to be new; drift and conflicts are told apart from them."""
    if isinstance(change, (Adopt, Replace, Move)):
        return change.fields
    if isinstance(change, Update):
        return tuple(each for each in change.fields if each.cause == "change")
    return ()


def put_back(change: Change) -> tuple[FieldChange, ...]:
    """Return the fields that others changed and that go back to what we want."""
    if not isinstance(change, Update):
        return ()
    return tuple(each for each in change.fields if each.cause == "drift")


def conflicting(change: Change) -> tuple[FieldChange, ...]:
    """Return the fields that we want to be new and that others changed meanwhile."""
    if not isinstance(change, Update):
        return ()
    return tuple(each for each in change.fields if each.cause == "conflict")


def felt(disruption: Disruption, devices: int = 1) -> str:
    """Return what a step does to the device while it runs: `restart, about 60 s`."""
    one = devices == 1
    words = {
        "none": "", "reload": "",
        "resync": "fetches its settings" if one else "fetch their settings",
        "re-register": "registers again" if one else "register again",
        "reboot": "restart", "firmware": "firmware",
    }[disruption.kind]  # fmt: skip
    about = f"about {span(disruption.seconds)}" if disruption.seconds is not None else ""
    if not words:
        return disruption.note
    said = ", ".join(filter(None, (words, about)))
    return f"{said} ({disruption.note})" if disruption.note else said


def position(change: Change) -> str:
    """Return `users.yaml:12`, as it can be opened in an editor; what else is known otherwise."""
    origin = change.origin
    if origin is None:
        return "no longer declared" if isinstance(change, Delete) else ""
    return f"{origin.file}:{change.line}" if change.line else origin.file
