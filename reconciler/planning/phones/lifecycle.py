"""The life of a phone: which states there are, and what has to be so before the next one. Pure.

    discovered -> onboarding -> managed <-> maintenance <-> firmware_updating
    any -> decommissioned -> discovered

No state is skipped: whoever wants a later one gets the path to it, and each of its steps is taken
when what it needs has been seen, not before.
"""

from collections import deque
from collections.abc import Mapping
from typing import Final, NamedTuple

from reconciler.model.standing import Lifecycle, ProvisionStatus


class Transition(NamedTuple):
    """One step of a life, and what it needs, in words that follow "waits until"."""

    source: Lifecycle
    target: Lifecycle
    needs: str


class Evidence(NamedTuple):
    """What was seen of a phone. `registered` is None where nobody could ask its PBX.

    `status` tells how far it is with its files.
    `firmware_differs`: another version is wanted than the one it says it has; None if unknown.
    """

    declared: bool = True
    recognised: bool = True
    status: ProvisionStatus = "pending"
    registered: bool | None = None
    in_call: bool = False
    in_window: bool = True
    firmware_differs: bool | None = None


TRANSITIONS: Final = (
    Transition("discovered", "onboarding", "it is declared and its model is recognised"),
    Transition("onboarding", "managed", "it has fetched its files and its lines have registered"),
    Transition("managed", "maintenance", "it is declared so"),
    Transition("maintenance", "managed", "its lines have registered again"),
    Transition(
        "maintenance", "firmware_updating",
        "another version is wanted, the window is open and no call is up",
    ),
    Transition("firmware_updating", "maintenance", "it says that it has the version"),
    Transition("discovered", "decommissioned", "it is declared so"),
    Transition("onboarding", "decommissioned", "it is declared so"),
    Transition("managed", "decommissioned", "it is declared so"),
    Transition("maintenance", "decommissioned", "it is declared so"),
    Transition("firmware_updating", "decommissioned", "it is declared so"),
    Transition("decommissioned", "discovered", "it is declared again"),
)  # fmt: skip

_FROM: Final[Mapping[Lifecycle, tuple[Transition, ...]]] = {
    state: tuple(each for each in TRANSITIONS if each.source == state)
    for state in dict.fromkeys(each.source for each in TRANSITIONS)
}


def path(source: Lifecycle, wanted: Lifecycle) -> tuple[Transition, ...]:
    """Return the steps from one state to another: the fewest there are, none left out.

    Nobody is taken out of service on the way to somewhere else, but for who begins anew.
    """
    found = _path(source, wanted, leaving=wanted == "decommissioned")
    return found if found is not None else _path(source, wanted, leaving=True) or ()


def _path(source: Lifecycle, wanted: Lifecycle, *, leaving: bool) -> tuple[Transition, ...] | None:
    waiting: deque[tuple[Lifecycle, tuple[Transition, ...]]] = deque([(source, ())])
    seen = {source}
    while waiting:
        state, taken = waiting.popleft()
        if state == wanted:
            return taken
        for each in _FROM[state]:
            if each.target not in seen and (leaving or each.target != "decommissioned"):
                seen.add(each.target)
                waiting.append((each.target, (*taken, each)))
    return None


def is_met(step: Transition, seen: Evidence) -> bool:
    """Whether what a step needs has been seen. What nobody knows has not."""
    match step.source, step.target:
        case _, "decommissioned":
            return True
        case "discovered", _:
            return seen.declared and seen.recognised
        case "onboarding", _:
            return seen.status == "applied" and seen.registered is not False
        case "managed", _:
            return True
        case "maintenance", "managed":
            return seen.registered is True
        case "maintenance", _:
            return seen.firmware_differs is True and seen.in_window and not seen.in_call
        case "firmware_updating", _:
            return seen.firmware_differs is False
        case _:
            return seen.declared


def advance(
    source: Lifecycle, wanted: Lifecycle, seen: Evidence
) -> tuple[Lifecycle, Transition | None]:
    """Return how far a phone comes with what was seen, and the step that it waits for."""
    state = source
    for step in path(source, wanted):
        if not is_met(step, seen):
            return state, step
        state = step.target
    return state, None
