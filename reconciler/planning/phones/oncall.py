"""Calls that are up: what would cut somebody off from the next one waits until they hang up. Pure.

A phone registers anew when its password changes. While it is in a call its extension keeps the old
one, and everything that needs the new one waits, too.
"""

from collections.abc import Collection

from reconciler.model.address import Address
from reconciler.model.change import Adopt, Move, Replace, Update
from reconciler.model.plan import Plan


def held_back(
    plan: Plan, in_call: Collection[Address], untold: Collection[str] = ()
) -> dict[str, str]:
    """Return the ids of steps that have to wait, each with the reason.

    `untold` are the PBXs that should tell who is in a call, and did not answer.
    """
    held: dict[str, str] = {}
    for step in plan.steps:
        change = step.change
        secret = isinstance(change, (Update, Adopt, Replace, Move)) and any(
            each.path == "secret" for each in change.fields
        )
        if secret and step.address in in_call:
            held[step.id] = "its password changes, and it is in a call"
            continue
        if secret and step.address.scope in untold:
            held[step.id] = "its password changes, and nobody can tell whether it is in a call"
            continue
        lost = next((each for each in step.needs if each in held), None)
        if lost is not None:
            held[step.id] = f"needs {lost}, which waits for the end of a call"
    return held
