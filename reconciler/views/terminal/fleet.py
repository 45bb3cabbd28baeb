"""The fleet on the terminal: how many stand where, and who is not there yet, the oldest first."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from reconciler.planning.phones.fleet import Member
from reconciler.views.terminal.page import PLAIN, Look, Page, Role
from reconciler.views.terminal.table import Cell, table
from reconciler.views.words import count, listed, moment

_ROWS: Final = 20
_ROLES: Final[dict[str, Role]] = {"applied": "good", "failed": "error", "stale": "warn"}


def fleet_text(members: Sequence[Member], look: Look = PLAIN, *, full: bool = False) -> str:
    """Return the dashboard; `full` lists every phone and not only those that wait."""
    page = Page(look)
    page.add((f"Fleet: {count(len(members), 'phone')}", "bold"))
    for title, words in (
        ("life", [each.reached for each in members]),
        ("files", [_status(each) for each in members]),
        ("registered", [_registered(each) for each in members]),
        ("models", [f"{e.standing.vendor} {e.standing.model}" for e in members]),
        ("firmware", [e.standing.firmware or "not known" for e in members]),
    ):
        page.add(f"{title:<11} {_numbers(words)}", indent=2, hang=14)
    shown = sorted(members, key=lambda each: each.address) if full else waiting_phones(members)
    if not shown:
        page.add(("Every phone uses what it was given.", "good"), indent=2)
        return page.text()
    page.blank()
    cut = shown if full else shown[:_ROWS]
    table(
        page,
        ("phone", "life", "files", "since", "registered"),
        [_row(page, each) for each in cut],
    )
    if len(shown) > len(cut):
        page.add((f"and {len(shown) - len(cut):,} more; --full lists all", "dim"), indent=2)
    reasons: dict[str, list[str]] = {}
    for each in shown:
        if why := _waits_for(each):
            reasons.setdefault(why, []).append(each.address.key)
    for why, names in reasons.items():
        page.add((f"{listed(names, 5)}: ", ""), (why, "dim"), indent=2, hang=4)
    return page.text()


def waiting_phones(members: Iterable[Member]) -> list[Member]:
    """Return the phones that are not where they shall be; those that wait longest come first."""
    found = [
        each
        for each in members
        if _status(each) != "applied" or each.registered is False or each.waits is not None
    ]
    return sorted(found, key=lambda each: (since(each), each.address))


def since(member: Member) -> str:
    """Return since when a phone is as it is: since its files changed, or its last visit."""
    standing = member.standing
    if _status(member) in ("generated", "stale"):
        return standing.published_at
    if _status(member) == "pushed":
        return standing.fetched_at
    return standing.last_seen if member.registered is False else standing.since


def _row(page: Page, member: Member) -> list[Cell]:
    status = _status(member)
    return [
        f"{member.address.scope}/{member.address.key}",
        member.reached,
        (status, _ROLES.get(status, "")),
        moment(since(member), page.look.zone),
        "?" if member.registered is None else _registered(member) + _as_whom(member),
    ]


def _waits_for(member: Member) -> str:
    if member.standing.failure:
        return member.standing.failure
    attempt = member.standing.attempt
    if attempt.state in ("in_doubt", "off", "locked", "refused") and _status(member) != "applied":
        return attempt.why
    if member.waits is None:
        return ""
    return f"{member.waits.target} when {member.waits.needs}"


def _status(member: Member) -> str:
    return "applied" if member.proof else member.standing.status


def _registered(member: Member) -> str:
    return {True: "yes", False: "no", None: "not known"}[member.registered]


def _as_whom(member: Member) -> str:
    return f", but as {listed([each.key for each in member.elsewhere])}" if member.elsewhere else ""


def _numbers(words: Iterable[str]) -> str:
    numbers = Counter(words)
    return ", ".join(f"{number:,} {name}" for name, number in numbers.most_common())
