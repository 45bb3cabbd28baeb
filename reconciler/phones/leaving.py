"""Phones that have left: what opened them is wiped, and what they knew opens nothing any more. IO.

A phone is gone when the last thing that was done to it is a delete that ended well: that stands in
the journal, so a run that was killed before it came here loses nothing. What files say of phones
elsewhere does not matter; who is declared again begins anew, at discovered.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Protocol

from reconciler.execution.secrets.generated import PREFIX
from reconciler.execution.secrets.store import Store
from reconciler.model.address import Address, parse_address
from reconciler.model.change import Change, Move, Update
from reconciler.model.outcome import Outcome
from reconciler.model.resource import Moved
from reconciler.phones.logins import LOGIN, WIRES, Logins
from reconciler.planning.resettled import resettled


class Tried(Protocol):
    """What is asked of the journal."""

    def last_endings(self, kind: str) -> Mapping[Address, tuple[str, str]]:
        """Return action and state of what was tried last with each object of a kind."""
        ...


def forget_gone(
    declared: Collection[Address], journal: Tried, store: Store, logins: Logins
) -> tuple[Address, ...]:
    """Wipe saved logins, pins and generated secrets of phones that were taken out of service.

    Returns those phones. Raises WorkspaceError, JournalError.
    """
    # Names need no key: who keeps nothing of phones may not have it at hand.
    names = _names_by_phone(store)
    wired = logins.wired() if any(each.name == WIRES for each in store.names()) else ()
    kept = {each for each in (*names, *wired) if each not in declared}
    if not kept:
        return ()
    last = journal.last_endings("phone")
    gone = [each for each in sorted(kept) if last.get(each) == ("delete", "done")]
    for each in gone:
        logins.forget(each)
        for name in names.get(each, ()):
            store.remove(name)
    return tuple(gone)


def follow_hardware(
    changes: Iterable[Change],
    moved: Iterable[Moved],
    outcomes: Iterable[Outcome],
    logins: Logins,
) -> tuple[Address, ...]:
    """Let logins follow phones to new names and sites; forget those of replaced hardware.

    Returns the phones whose login is forgotten.
    """
    done = {each.address for each in outcomes if each.state == "done"}
    forgotten: list[Address] = []
    known = tuple(changes)
    for source, destination in resettled(known, moved).items():
        if {source, destination} <= done:
            logins.rename(source, destination)
    for change in known:
        if change.address.kind != "phone" or change.address not in done:
            continue
        if isinstance(change, Move):
            logins.rename(change.source, change.address)
        other = isinstance(change, (Move, Update)) and is_other_hardware(change)
        if other and logins.forget(change.address):
            forgotten.append(change.address)
    return tuple(forgotten)


def is_other_hardware(change: Move | Update) -> bool:
    """Whether other hardware stands under the phone's name afterwards."""
    return any(each.path == "mac" and isinstance(each.before, str) for each in change.fields)


def _names_by_phone(store: Store) -> dict[Address, list[str]]:
    found: dict[Address, list[str]] = {}
    for each in store.names():
        phone: Address | None = None
        if each.name.startswith(LOGIN) and each.name.count("/") == 2:
            site, _, key = each.name.removeprefix(LOGIN).partition("/")
            phone = Address("phone", site, key)
        elif each.name.startswith(f"{PREFIX}phone/"):
            phone = parse_address(each.name.removeprefix(PREFIX).rpartition("/")[0])
        if phone is not None:
            found.setdefault(phone, []).append(each.name)
    return found
