"""The rail against a new number that nobody called a move: the person would begin anew. Pure."""

from collections.abc import Callable, Iterator, Sequence

from reconciler.diagnostics.diagnostic import Diagnostic
from reconciler.model.address import Address
from reconciler.model.change import Change, Create, Delete
from reconciler.model.value import Fields
from reconciler.planning.rails.situation import Situation, allow, few

Pair = tuple[Address, Address]

_SHOWN = 40
"""So many moves are written out, ready to be copied."""


def unsaid_move(at: Situation) -> Iterator[Diagnostic]:
    """Who goes and who comes under the same name, on the same PBX, in one plan.

    Nobody who edits a number means to delete a person. Only names that stand once on either side
    are held to be the same person.
    """
    gone = _by_name(at.changes(Delete), lambda each: at.before.get(each.address, {}))
    come = _by_name(at.changes(Create), lambda each: at.after.get(each.address, {}))
    found: dict[str, list[tuple[str, Pair]]] = {}
    for (scope, name), old in gone.items():
        new = come.get((scope, name), [])
        if len(old) == len(new) == 1:
            found.setdefault(scope, []).append((name, (old[0], new[0])))
    for scope, own in sorted(found.items()):
        own.sort(key=lambda each: each[1])
        yield _told(scope, own)


def _told(scope: str, own: Sequence[tuple[str, Pair]]) -> Diagnostic:
    them = few([f"{name} ({old.key}, {new.key})" for name, (old, new) in own])
    moves = [f"{{from: {old}, to: {new}}}" for _, (old, new) in own[:_SHOWN]]
    more = f" (and {len(own) - _SHOWN:,} more)" if len(own) > _SHOWN else ""
    return Diagnostic(
        "unsaid-move",
        f"On {scope} the same name would be deleted under one number and made anew under "
        f"another: {them}. "
        "Password, voicemail PIN and messages would be lost, and phones would not register.",
        hint=f"a new number for the same person is said: moved: [{', '.join(moves)}]{more}; or "
        + allow("unsaid-move"),
    )


def _by_name(
    changes: Sequence[Change], fields_of: Callable[[Change], Fields]
) -> dict[tuple[str, str], list[Address]]:
    found: dict[tuple[str, str], list[Address]] = {}
    for each in changes:
        name = fields_of(each).get("name") if each.address.kind == "extension" else None
        if isinstance(name, str):
            found.setdefault((each.address.scope, name), []).append(each.address)
    return found
