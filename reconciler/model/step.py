"""Steps: what apply replays. Data only, so that they can be stored, shown and sent elsewhere."""

from typing import Final, Literal, NamedTuple

from reconciler.model.address import Address
from reconciler.model.change import Change
from reconciler.model.ownership import Owned
from reconciler.model.value import Fields

DisruptionKind = Literal["none", "reload", "resync", "re-register", "reboot", "firmware"]

A_SECRET: Final = "(a secret)"  # noqa: S105 -- the name of a parameter
"""Stands for a parameter of a phone of which only that is known: differences show no secrets."""


class Disruption(NamedTuple):
    """What a step does to people while it runs. `seconds` is about how long, None if unknown."""

    kind: DisruptionKind = "none"
    seconds: int | None = None
    note: str = ""


class Request(NamedTuple):
    """One thing to send, in an adapter's own vocabulary. JSON data; secrets stay `Secret`."""

    verb: str
    args: Fields


class Step(NamedTuple):
    """One change of one object on one target. `needs` are ids of steps that must succeed first.

    `before` is the fingerprint of the live object at plan time ("" when absent): apply compares
    and stops this object rather than overwrite what changed since. `owned` is the ledger's row
    once the step has succeeded; None when the object is not ours any longer.
    """

    id: str
    target: str
    address: Address
    change: Change
    requests: tuple[Request, ...]
    needs: tuple[str, ...]
    before: str
    disruption: Disruption = Disruption()
    phase: Literal["write", "link", "delete"] = "write"
    owned: Owned | None = None


class Commit(NamedTuple):
    """Makes a target's writes take effect (reload, Apply Config): once, after its writes.

    `proves` are objects that an earlier run wrote without coming to its end: this commit proves
    them too.
    """

    id: str
    target: str
    requests: tuple[Request, ...]
    needs: tuple[str, ...]
    summary: str
    disruption: Disruption = Disruption("reload")
    proves: tuple[Address, ...] = ()
