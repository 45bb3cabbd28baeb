"""Policy: how far a run may go without somebody saying so."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from reconciler.kinds.entry import Entry, Part, Seconds
from reconciler.kinds.hours_text import HoursText
from reconciler.kinds.marks import NO_KEY, Key, Scope
from reconciler.kinds.not_in_effect import NotInEffect
from reconciler.kinds.rails import DEFAULT_RAILS, RailSeverity
from reconciler.kinds.text import DialPrefix, ExternalNumber, Percent, Slug


class Rail(Part):
    """A safety rail's limits: it speaks up when any of them is passed."""

    share: Percent | None = None
    """Share of the objects of a kind on a PBX (`5%`); no such limit when unset."""
    count: Annotated[int, Field(ge=0)] | None = None
    """Number of objects of a kind on a PBX; no such limit when unset."""
    severity: RailSeverity = "refuse"
    """refuse: the run stops unless somebody overrides the rail with a reason; warn: it is only
    said; off: the rail is not looked at."""


_RAIL_SAYS: Mapping[str, str] = {
    "not-in-history": "The commit that was applied last is not in the history of the files.",
    "too-many-deletes": "More objects of a kind on a PBX would be deleted than this.",
    "too-many-changes": "More objects of a kind on a PBX would change than this.",
    "shrunk-desired": "The files hold this share less of a kind than what we own (or nothing).",
    "unsaid-move": "The same name would be deleted and made anew under another number.",
    "lost-secrets": "More objects than this would get new generated secrets: the store is lost.",
    "protected-object": "A protected object would be deleted or replaced.",
    "number-release": "A number (DID) would be released as a side effect.",
    "emergency-route": "Emergency calling would be missing before, during or after the run.",
    "emergency-context": "A phone in a hand-written context could not call for help.",
    "protected-number": "A protected number would no longer reach a person.",
    "toll-fraud": "A route or forward opens expensive numbers.",
    "open-acl": "A trunk takes calls from more of the internet than a carrier has.",
    "weak-secret": "A password or PIN is easily guessed.",
    "open-mailbox": "A new voicemail box would have no PIN.",
    "foreign-object": "An object that is not ours, or a user's own, would be changed.",
    "leads-to-locked": "Calls would be led to something that stands where we never write.",
    "change-loses": "A change would lose what an object has besides, so it would not be sent.",
    "still-referenced": "An object would be deleted to which others still refer.",
    "removed-stays": "What `removed` names is there, and is not ours: it stays.",
    "number-taken": "A number would be given that something else on the PBX has or answers.",
    "number-overlap": "Some calls to a number or pattern would be answered by something else.",
    "pending-reload": "The PBX has changes of others that are not in effect yet.",
    "active-calls": "More calls are up than a reload may meet.",
    "capacity": "The trunks would carry fewer calls than are up now.",
}


def _rail(text: str) -> str:
    if text not in DEFAULT_RAILS:
        raise PydanticCustomError(
            "rail", "there is no such rail; there are {rails}", {"rails": ", ".join(DEFAULT_RAILS)}
        )
    return text


RailName = Annotated[str, AfterValidator(_rail)]
"""The id of a safety rail."""


class ReloadPolicy(Part):
    """When a PBX may be reloaded."""

    max_active_calls: Annotated[int, Field(ge=0)] | None = None
    """How many calls may be up; any number when unset."""


class Rollout(Part):
    """How a change to many phones goes out."""

    canary: bool = True
    """Whether one phone per model and site goes first."""
    waves: list[Percent] = [5.0, 25.0, 100.0]
    """Shares of the phones that are done after each wave."""
    soak: Annotated[Seconds, Field(ge=0)] = 600
    """How long to watch after each wave, in seconds."""
    max_in_flight: Annotated[int, Field(ge=1)] = 20
    """How many phones are worked on at once."""
    jitter: Annotated[Seconds, Field(ge=0)] = 30
    """By how much starts are spread, in seconds."""
    error_budget: Percent = 2.0
    """Share of a wave's phones that may fail before the rollout stops."""
    register_within: Annotated[Seconds, Field(ge=1)] = 180
    """How long a phone may take to register again, in seconds."""
    live_calls: Literal["wait", "defer", "skip"] = "wait"
    """What happens to a phone with a live call."""
    wait_up_to: Annotated[Seconds, Field(ge=0)] = 900
    """How long to wait for a call to end, in seconds."""


class Policy(Entry):
    """How far a run may go without somebody saying so."""

    kind: ClassVar[str] = "policy"
    section: ClassVar[str] = "policy"
    scope: ClassVar[Scope] = "workspace"
    key: ClassVar[Key] = NO_KEY
    single: ClassVar[bool] = True

    rails: Annotated[
        dict[RailName, Rail],
        Field(json_schema_extra={"x-keys": dict(_RAIL_SAYS)}),
    ] = {}
    """Limits of the safety rails, where they differ from the usual ones."""
    authoritative: dict[str, list[Slug]] = {}
    """Kinds by PBX of which nothing may exist but what is declared: others are deleted."""
    allowed_outbound_prefixes: list[DialPrefix] = []
    """Beginnings of outside numbers. Only these may `calls` call (when empty none); only to these
    may plans forward (when empty to any)."""
    protected_numbers: list[ExternalNumber] = []
    """Numbers that must reach a person before and after every run."""
    reload: ReloadPolicy | None = None
    """When a PBX may be reloaded."""
    rollout: Annotated[
        Rollout | None,
        NotInEffect(
            "changes go out to all phones at once",
            "leave it out; for a few phones first: reconciler apply --target 'phone/SITE/NAME', "
            "and without --target for the rest",
        ),
    ] = None
    """How a change to many phones goes out. No effect yet."""
    windows: list[HoursText] = []
    """When phones may restart, by the clock of each site (`Mon-Fri 20:00-23:00`), where a site has
    no `maintenance_windows`; always when empty."""
    plan_expires: Annotated[Seconds, Field(ge=60)] = 86400
    """How long a saved plan can be applied, in seconds."""
    require_reason: bool = False
    """Whether every apply needs `--reason`, which is recorded with the run."""
