"""Changes as requests in FreePBX's vocabulary. Pure: the connection carries them out safely."""

from collections.abc import Mapping, Sequence
from typing import Final

from reconciler.adapter import Finish
from reconciler.model.address import Address
from reconciler.model.change import Adopt, Change, Create, Delete, Forget, Move, Replace, Update
from reconciler.model.step import Disruption, Request
from reconciler.model.value import Fields

ADD: Final = "add"
SET: Final = "set"
DROP: Final = "drop"
MOVE: Final = "move"
APPLY: Final = "apply config"
ORDER: Final = "order routes"
_RELOAD_S: Final = 5


def encode(change: Change) -> tuple[Request, ...]:
    """Translate a change: `add extension`, `set extension` with only what changes, `drop ...`."""
    kind, _, key = change.address
    match change:
        case Create():
            return (Request(f"{ADD} {kind}", {"key": key, "fields": change.after}),)
        case Update() | Adopt():
            return (Request(f"{SET} {kind}", {"key": key, "fields": _written(change)}),)
        case Replace():
            return (
                Request(f"{DROP} {kind}", {"key": key}),
                Request(f"{ADD} {kind}", {"key": key, "fields": change.after}),
            )
        case Move():
            fields = _written(change)
            told = {"key": key, "from": change.source.key, "fields": fields}
            return (Request(f"{MOVE} {kind}", told),)
        case Delete():
            return (Request(f"{DROP} {kind}", {"key": key}),)
        case Forget():
            return ()


def _written(change: Update | Adopt | Move) -> Fields:
    return {each.path: each.after for each in change.fields}


def finish(
    changes: Sequence[Change], after: Mapping[Address, Fields], *, owed: bool
) -> Finish | None:
    """Return one Apply Config. Even what FreePBX does not flag has to be generated (facts, 5.8).

    Before it, outbound routes are put in order, when any of them changes.
    """
    if not changes and not owed:
        return None
    requests = [Request(APPLY, {})]
    if owed or any(each.address.kind == "outbound_route" for each in changes):
        orders = {
            address.key: fields["order"]
            for address, fields in sorted(after.items())
            if address.kind == "outbound_route" and fields.get("order") is not None
        }
        if orders:
            requests.insert(0, Request(ORDER, {"orders": orders}))
    return Finish(tuple(requests), "apply config", Disruption("reload", _RELOAD_S))


def verb_and_kind(request: Request) -> tuple[str, str]:
    """Return what a request does, and to which kind."""
    verb, _, kind = request.verb.partition(" ")
    return verb, kind


def fields_of(request: Request) -> Mapping[str, object]:
    """Return the fields that a request writes."""
    found = request.args.get("fields")
    return found if isinstance(found, Mapping) else {}
