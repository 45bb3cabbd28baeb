"""Telling phones that there is something new, and what that does to whoever sits there. Pure.

A phone is told through its PBX (SIP NOTIFY), over its line, or over the one that it still has while
it does not know its new one. What is not registered is not told: it fetches when it comes back. One
that would restart is left alone while it is in a call.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from reconciler.model.address import Address
from reconciler.model.change import Adopt, Change, Delete, Forget, Move, Replace, Update
from reconciler.model.plan import FileChange, Plan
from reconciler.model.resource import Desired
from reconciler.model.step import A_SECRET, Disruption, Step
from reconciler.model.value import Fields
from reconciler.planning.phones.delivery import is_pushed
from reconciler.planning.phones.fleet import Member, lines_in

if TYPE_CHECKING:
    from reconciler.device import DeviceVendor

_PARAMETER: Final = re.compile(
    r"^[+-]\s*(?:<item name=\"([\w.-]+)\"|<([\w.-]+)>|([\w.-]+)\s*=)|(?<=\s)([\w.-]+)=\""
)
"""A parameter's name on a changed line, in the notations of the vendors' files."""


class Tell(NamedTuple):
    """A phone that is told, through which PBX and extension, by which event.

    `hurries`: the extension is the line that it had; whoever gets that next may take it from it.
    """

    address: Address
    target: str
    extension: str
    event: str
    disruption: Disruption
    hurries: bool = False


class Untold(NamedTuple):
    """A phone that is not told now, and why, in words that follow its name.

    One that is `away` is not registered anywhere: nothing can be done but wait for it.
    """

    address: Address
    reason: str
    away: bool = False


def tells(
    members: Iterable[Member],
    desired: Desired,
    devices: Mapping[str, "DeviceVendor"],
    closed: Mapping[str, str] = MappingProxyType({}),
) -> tuple[tuple[Tell, ...], tuple[Untold, ...]]:
    """Return who is told to fetch, and who is not although there is something new.

    `closed` are the sites whose phones may not restart now, with when they may, in words.
    """
    told: list[Tell] = []
    untold: list[Untold] = []
    for member in members:
        if member.standing.status not in ("generated", "stale") or member.wanted != "managed":
            continue
        fields = desired.resources[member.address].fields
        if is_pushed(fields):
            continue  # it is written to instead
        found = _tell(member, fields, devices)
        until = closed.get(member.address.scope)
        if isinstance(found, Tell) and found.disruption.kind == "reboot" and until is not None:
            found = Untold(member.address, f"might restart, and {until}: it is told then")
        (told if isinstance(found, Tell) else untold).append(found)  # type: ignore[arg-type]
    return tuple(told), tuple(untold)


def _tell(member: Member, fields: Fields, devices: Mapping[str, "DeviceVendor"]) -> Tell | Untold:
    address, vendor = member.address, member.standing.vendor
    if not member.lines:
        return Untold(address, "has no line over which it could be told: it looks by itself")
    if member.registered is None:
        return Untold(address, "cannot be told: nobody could ask its PBX")
    if not member.registered and not member.elsewhere:
        reason = "is not registered: it fetches when it starts, or looks by itself"
        return Untold(address, reason, away=True)
    device = devices[vendor]
    told = said_of(fields)
    event = device.notify_event(reboot=False, told=told)
    if event is None:
        return Untold(address, "cannot be told without a restart: it looks by itself")
    disruption = device.consequence("resync", member.standing.model, told).disruption
    if member.in_call and disruption.kind == "reboot":
        return Untold(address, "is in a call, and might restart: it is told later")
    line = (member.elsewhere or member.lines)[0]
    hurries = bool(member.elsewhere)
    return Tell(address, f"pbx/{line.scope}", line.key, event, disruption, hurries)


def said_of(fields: Fields) -> dict[str, str]:
    """Return the vendor's own parameters that are declared for a phone."""
    return {
        path.removeprefix("raw."): str(value)
        for path, value in fields.items()
        if path.startswith("raw.") and value is not None
    }


def with_disruptions(plan: Plan, devices: Mapping[str, "DeviceVendor"]) -> Plan:
    """Return the plan with what each phone does when it fetches its changed files."""
    if not plan.files:
        return plan
    changed = {place: each for each in plan.files for place in each.files}
    known: dict[tuple[object, ...], Disruption] = {}
    rekeyed = frozenset(each.address for each in plan.steps if sets_password(each))
    steps = tuple(_felt(each, changed, devices, known, rekeyed) for each in plan.steps)
    return plan._replace(steps=steps)


def sets_password(step: Step) -> bool:
    """Whether a step gives what is there another password."""
    return changes_password(step.change)


def changes_password(change: Change) -> bool:
    """Whether what is there gets another password."""
    return isinstance(change, (Update, Adopt, Replace, Move)) and any(
        each.path == "secret" for each in change.fields
    )


def takes_password_of(step: Step, other: Step) -> bool:
    """Whether a device's step brings it the new password that another step sets.

    A phone has the passwords of its lines; of those whom its keys name it has none.
    """
    change = step.change
    if not sets_password(other) or isinstance(change, (Delete, Forget)):
        return False
    return step.address.kind != "phone" or other.address in lines_in(change.after, change.needs)


def _felt(
    step: Step,
    changed: Mapping[tuple[Address, str], FileChange],
    devices: Mapping[str, "DeviceVendor"],
    known: dict[tuple[object, ...], Disruption],
    rekeyed: frozenset[Address],
) -> Step:
    change = step.change
    if step.address.kind != "phone" or not isinstance(change, (Update, Move)):
        return step
    files = [
        changed[step.address, each.path]
        for each in change.fields
        if (step.address, each.path) in changed
    ]
    if not files:
        return step
    vendor, model = str(change.after.get("vendor") or ""), str(change.after.get("model") or "")
    told = said_of(change.after)
    pushed = is_pushed(change.after)
    key = (vendor, model, pushed, tuple(sorted(told.items())), tuple(map(id, files)))
    if key not in known:
        known[key] = _disruption(files, devices[vendor], model, told, pushed=pushed)
    felt = known[key]
    if felt.kind in ("none", "resync") and not rekeyed.isdisjoint(
        lines_in(change.after, change.needs)
    ):
        # A password shows in no file: whoever has another one registers anew.
        felt = Disruption("re-register")
    return step._replace(disruption=felt)


def _disruption(
    files: Sequence[FileChange],
    device: "DeviceVendor",
    model: str,
    told: Mapping[str, str],
    *,
    pushed: bool,
) -> Disruption:
    names = {name for each in files for name in parameters_of(each.lines)}
    if not names and any(not (each.added or each.removed) for each in files):
        names = {A_SECRET}
    felt = device.change_consequence(names, model, told, pushed=pushed).disruption
    if A_SECRET in names and felt.kind in ("none", "resync"):
        return Disruption("re-register")  # whoever registers with it does so again
    # Who is written to fetches nothing.
    return felt._replace(kind="none") if pushed and felt.kind == "resync" else felt


def parameters_of(lines: Iterable[str]) -> set[str]:
    """Return the names of parameters on the changed lines of a difference."""
    return {
        name
        for line in lines
        if line[:1] in "+-"
        for groups in _PARAMETER.findall(line)
        for name in groups
        if name
    }
