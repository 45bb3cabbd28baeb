"""Maintenance windows: what restarts a phone keeps to the hours of its site. Pure.

A site's own `maintenance_windows` count, else the policy's `windows`; both are read by the wall
clock of the site's zone. A site with neither has no hours: its phones may restart at any time.
What is held takes along what must not be done without it: a password that its phone could not
learn stays as it is on the PBX, too. New hardware for an old phone waits for nothing.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from reconciler.kinds.hours import Opening, parse_hours
from reconciler.kinds.upcoming import next_change, state_at
from reconciler.model.change import Adopt, Create, Forget, Move, Replace, Update
from reconciler.model.plan import Plan, SiteWindow
from reconciler.model.resource import Desired
from reconciler.model.step import Step
from reconciler.model.value import Value
from reconciler.planning.phones.delivery import is_pushed
from reconciler.planning.phones.telling import said_of, takes_password_of

if TYPE_CHECKING:
    from reconciler.device import DeviceVendor

When: TypeAlias = Literal["now", "next"]
"""now: whatever the hours are; next: not before they begin anew, even where they are on."""

_FILES: Final = "files."
_FIRMWARE: Final = "firmware"


def hours_of(desired: Desired, site: str) -> tuple[str, ...]:
    """Return a site's hours as they are written; none where phones may restart at any time."""
    own = desired.sites.get(site, {}).get("maintenance_windows") or ()
    return tuple(map(str, own or desired.policy.get("windows") or ()))


def window_of(desired: Desired, site: str, steps: Sequence[str] = ()) -> SiteWindow | None:
    """Return a site's window; None where phones may restart at any time."""
    hours = hours_of(desired, site)
    if not hours:
        return None
    zone = str(desired.sites.get(site, {}).get("timezone") or "UTC")
    return SiteWindow(f"site/{site}", zone, hours, tuple(steps))


def with_windows(plan: Plan, desired: Desired, devices: Mapping[str, "DeviceVendor"]) -> Plan:
    """Return the plan with the windows that its steps keep to."""
    having = {each for each in desired.sites if hours_of(desired, each)}
    keeping: dict[str, list[str]] = {}
    stood = {_mac_before(step) for step in plan.steps} if having else frozenset()
    for step in plan.steps if having else ():
        if step.address.scope in having and restarts(step, devices) and not _is_new(step, stood):
            keeping.setdefault(step.address.scope, []).append(step.id)
    found = (window_of(desired, site, keeping[site]) for site in sorted(keeping))
    return plan._replace(windows=tuple(each for each in found if each is not None))


def restarts(step: Step, devices: Mapping[str, "DeviceVendor"]) -> bool:
    """Whether a step restarts a phone, or lets it be told of something in a way that may."""
    if not step.target.startswith("site/"):
        return False
    if step.disruption.kind in ("reboot", "firmware"):
        return True
    change = step.change
    if not isinstance(change, (Update, Move, Replace, Adopt)):
        return False
    if is_pushed(change.after) or not any(e.path.startswith(_FILES) for e in change.fields):
        return False
    device = devices.get(str(change.after.get("vendor") or ""))
    if device is None:
        return False
    model = str(change.after.get("model") or "")
    return device.consequence("resync", model, said_of(change.after)).disruption.kind == "reboot"


def _mac_before(step: Step) -> Value:
    change = step.change
    return change.before.get("mac") if not isinstance(change, (Create, Forget)) else None


def _is_new(step: Step, stood: Collection[Value]) -> bool:
    """Whether the step is about other hardware that stood at nobody's desk: nobody talks on it.

    Who waits for it has nothing else. Firmware keeps to its window all the same.
    """
    change = step.change
    if step.disruption.kind == _FIRMWARE or not isinstance(change, Update):
        return False
    mac = change.after.get("mac")
    return any(each.path == "mac" for each in change.fields) and mac not in stood


def openings_of(window: SiteWindow) -> tuple[Opening, ...]:
    """Return a window's hours as data."""
    return tuple(each for text in window.hours for each in parse_hours(text))


def is_open(window: SiteWindow, now: datetime) -> bool:
    """Whether a window is open at a moment (with a time zone)."""
    return state_at(openings_of(window), (), window.timezone, now) == "open"


def opens_at(window: SiteWindow, now: datetime) -> datetime | None:
    """Return when a window opens next, in the site's zone; None for never."""
    return next_change(openings_of(window), window.timezone, now, "open")


def closes_at(window: SiteWindow, now: datetime) -> datetime | None:
    """Return when a window closes next, in the site's zone; None for never."""
    return next_change(openings_of(window), window.timezone, now, "closed")


def when_text(window: SiteWindow, now: datetime) -> str:
    """Return when a window is, in words that follow "the window of main"."""
    if is_open(window, now):
        ends = closes_at(window, now)
        return "is open now" + (f", until {_clock(ends, window)}" if ends else "")
    begins = opens_at(window, now)
    return f"opens {_clock(begins, window)}" if begins is not None else "never opens"


def _clock(at: datetime, window: SiteWindow) -> str:
    return f"{at.strftime('%a %Y-%m-%d %H:%M')} ({window.timezone})"


def closed_sites(
    desired: Desired, sites: Iterable[str], now: datetime, said: When | None
) -> dict[str, str]:
    """Return the sites whose phones may not restart now, each with when they may, in words."""
    if said == "now":
        return {}
    found: dict[str, str] = {}
    for site in sites:
        window = window_of(desired, site)
        if window is not None and (said == "next" or not is_open(window, now)):
            found[site] = _held_until(window, now)
    return found


def _held_until(window: SiteWindow, now: datetime) -> str:
    begins = opens_at(window, now)
    site = window.target.partition("/")[2]
    said = f"opens {_clock(begins, window)}" if begins is not None else "never opens"
    return f"the window of {site} {said}"


def too_late(
    desired: Desired, site: str, now: datetime, seconds: int | None, said: When | None
) -> str:
    """Return why what takes so long is not begun any more, although the window is open; or "".

    What takes nobody knows how long is begun as long as the window is open.
    """
    window = window_of(desired, site)
    if said == "now" or seconds is None or window is None or not is_open(window, now):
        return ""
    ends = closes_at(window, now)
    if ends is None or (ends.astimezone(UTC) - now.astimezone(UTC)).total_seconds() >= seconds:
        return ""
    minutes = -(-seconds // 60)
    return f"it takes about {minutes} min, and the window of {site} closes {_clock(ends, window)}"


def held_by_windows(
    plan: Plan, now: datetime, said: When | None, more: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Return the ids of steps that have to wait for a window, each with the reason.

    `more` are steps that are held already for another reason; what needs them waits, too.
    """
    held = dict(more or {})
    if said != "now":
        for window in plan.windows:
            if said == "next" or not is_open(window, now):
                reason = f"it may restart, and {_held_until(window, now)}"
                held.update({each: reason for each in window.steps if each not in held})
        held = {**dict(_never_asked_for(plan)), **held}
    return with_dependants(plan, {**dict(_refused_by_file(plan)), **held})


def _never_asked_for(plan: Plan) -> Iterator[tuple[str, str]]:
    """Yield firmware at sites without hours: nobody has said when it may be."""
    having = {each.target for each in plan.windows}
    for step in plan.steps:
        if step.address.kind == _FIRMWARE and step.target not in having:
            why = f"{step.address.scope} has no window for firmware"
            yield step.id, f"{why}: give it maintenance_windows, or say --window now"


def _refused_by_file(plan: Plan) -> Iterator[tuple[str, str]]:
    """Yield files that name firmware which is refused: who fetches them would install it."""
    refused = {
        (each.address.scope, each.address.key): each.why
        for each in plan.firmware
        if each.state == "refused"
    }
    for step in plan.steps:
        why = refused.get((step.address.scope, step.address.key))
        if why is not None and step.address.kind == "phone" and step.disruption.kind == _FIRMWARE:
            yield step.id, f"its file names firmware that it must not get: {why}"


def with_dependants(plan: Plan, held: Mapping[str, str]) -> dict[str, str]:
    """Return held steps with those that cannot be done without them."""
    found = dict(held)
    if not found:
        return found
    steps = {each.id: each for each in plan.steps}
    while True:
        before = len(found)
        for step in plan.steps:
            if step.id in found:
                # The phone would not learn it in time: its extension keeps the old password.
                for need in step.needs:
                    if need in steps and need not in found and takes_password_of(step, steps[need]):
                        found[need] = (
                            f"its password changes, and {step.address} waits: " + (found[step.id])
                        )
                continue
            lost = next((each for each in step.needs if each in found), None)
            if lost is not None:
                found[step.id] = f"needs {lost}, which waits"
        if len(found) == before:
            return found
