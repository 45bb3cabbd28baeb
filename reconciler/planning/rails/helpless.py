"""Phones that dial what is declared where that holds no calls for help. Pure."""

from collections.abc import Iterator, Sequence
from typing import Final

from reconciler.diagnostics.diagnostic import Diagnostic
from reconciler.model.change import Adopt, Change, Create, Move, Replace, Update
from reconciler.model.resource import Resource
from reconciler.planning.rails.reach import emergency_routes
from reconciler.planning.rails.situation import Situation, allow, who

RAIL: Final = "emergency-context"
CONTEXT: Final = "settings.context"


def without_help(at: Situation, scope: str, *, has_others: bool) -> Iterator[Diagnostic]:
    """Yield the phones of a PBX that a plan puts where nobody can call for help.

    That is in the context of ours, while no emergency route is declared. Who leaves a context of
    others' own for it stops the plan; who is new beside others that dial in such a one
    (`has_others`) is told.
    """
    if emergency_routes(at.after).get(scope):
        return
    leaving: list[Change] = []
    new: list[Change] = []
    for change in at.changes(Adopt, Create, Move, Replace, Update):
        if change.address.kind != "extension" or change.address.scope != scope:
            continue
        declared = at.desired.resources.get(change.address)
        if declared is None or is_waived(declared, at):
            continue
        if declared.fields.get("secret") is None or declared.fields.get(CONTEXT) is not None:
            continue
        if isinstance(change, (Adopt, Move, Replace, Update)):
            if change.before.get(CONTEXT) is not None:
                leaving.append(change)
        elif has_others:
            new.append(change)
    if leaving:
        why = " (an entry that moves to another file leaves that file's defaults behind)"
        yield _finding(at, leaving, "would no longer reach help", why)
    if new:
        yield _finding(at, new, "could not call for help", "")


def is_waived(phone: Resource, at: Situation) -> bool:
    """Whether somebody has taken it upon them that a phone may not reach help."""
    return any(each.rule == RAIL and not each.is_over(at.today) for each in phone.meta.waive)


def _finding(at: Situation, changes: Sequence[Change], what: str, lost_by: str) -> Diagnostic:
    names = who([each.address for each in changes], at.after)
    return Diagnostic(
        RAIL,
        f"{names} {what}: without {CONTEXT} they dial what is declared, and no outbound route with "
        "emergency: true is.",
        changes[0].origin,
        f"declare one, or give {CONTEXT} as their colleagues have it{lost_by}; "
        f"waive: [{{rule: {RAIL}, ...}}] at the extension; or {allow(RAIL)}",
        "error" if lost_by else "warning",
    )
