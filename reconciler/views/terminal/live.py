"""What goes on now, on the terminal: registrations, trunks, devices, queues and calls."""

from collections import Counter
from collections.abc import Sequence

from reconciler.adapter import Call, LiveState, Registration
from reconciler.planning.impact.names import number
from reconciler.views.terminal.page import PLAIN, Look, Page, Role
from reconciler.views.terminal.table import Cell, table
from reconciler.views.values import show
from reconciler.views.words import count, moment, scope_of, span

_WELL = ("avail", "reachable", "registered", "ok", "idle", "not_inuse", "not in use")
_ILL = (
    "unavail",
    "unreach",
    "reject",
    "lagged",
    "unregistered",
    "timeout",
    "fail",
    "stopped",
    "not answer",
)


def live_text(target: str, state: LiveState, look: Look = PLAIN) -> str:
    """Return what goes on at one target."""
    page = Page(look)
    since = f", up since {moment(state.started_at, look.zone)}" if state.started_at else ""
    loaded = (
        f", configuration of {moment(state.reloaded_at, look.zone)}" if state.reloaded_at else ""
    )
    page.add((scope_of(target), "bold"), f"  {state.version}{since}{loaded}", hang=2)
    _registrations(page, "Trunks", state.trunks)
    _registrations(page, "Registered", state.registrations)
    if state.devices:
        counted = Counter(each.state for each in state.devices)
        ordered = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
        page.blank()
        page.add(
            ("Devices  ", "bold"),
            ", ".join(f"{number_:,} {_plain(name)}" for name, number_ in ordered),
            indent=2, hang=11,
        )  # fmt: skip
        busy = [each for each in state.devices if each.state not in ("idle", "unavailable")]
        body: list[list[Cell]] = [[each.address.key, _plain(each.state)] for each in busy[:20]]
        if body:
            table(page, ("extension", "state"), body, indent=4)
    if state.queues:
        page.blank()
        page.add(("Queues", "bold"), indent=2)
        for name, facts in sorted(state.queues.items()):
            said = ", ".join(f"{_plain(key)} {show(value)}" for key, value in facts.items())
            page.add((f"{name}  ", "bold"), said, indent=4, hang=8)
    page.blank()
    _calls(page, state.calls)
    return page.text()


def calls_text(calls: Sequence[Call], look: Look = PLAIN) -> str:
    """Return the calls that are up now, legs that talk to each other together."""
    page = Page(look)
    _calls(page, calls)
    return page.text()


def _registrations(page: Page, what: str, found: Sequence[Registration]) -> None:
    if not found:
        return
    page.blank()
    page.add((f"{what} ({len(found):,})", "bold"), indent=2)
    body: list[list[Cell]] = [
        [
            each.address.key,
            (_plain(each.state), _role(each.state)),
            f"{each.round_trip_ms:.0f} ms" if each.round_trip_ms is not None else "-",
            span(each.expires_s) if each.expires_s is not None else "-",
            " ".join(filter(None, (each.contact, each.user_agent))) or "-",
        ]
        for each in sorted(found, key=lambda each: (each.address, each.contact))
    ]
    table(page, ("name", "state", "answers in", "expires in", "at"), body, indent=4)


def _role(state: str) -> Role:
    text = state.lower()
    if any(each in text for each in _ILL):
        return "error"
    return "good" if any(each in text for each in _WELL) else ""


def _calls(page: Page, calls: Sequence[Call]) -> None:
    if not calls:
        page.add("No calls are up.", indent=2)
        return
    bridges = {each.bridge for each in calls if each.bridge}
    alone = sum(1 for each in calls if not each.bridge)
    legs = f"{count(len(calls), 'leg')} up in {count(len(bridges) + alone, 'call')}"
    page.add((legs, "bold"), indent=2)
    body: list[list[Cell]] = [
        [
            _number(each.caller),
            _number(each.callee),
            _plain(each.state),
            span(each.duration_s),
            each.application or "-",
            each.channel,
        ]
        for each in sorted(calls, key=lambda each: (each.bridge or each.channel, each.channel))
    ]
    table(page, ("from", "to", "state", "for", "doing", "channel"), body, indent=4)


def _number(text: str) -> str:
    return number(text) if text else "-"


def _plain(state: str) -> str:
    return state.replace("_", " ").lower()
