"""Which version each phone has, as far as anybody knows, and by what it is known. IO.

The phone's own word counts most, where a login is saved; then its registration, then what it said
when it fetched its files last. Only phones whose word could change something are asked.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from reconciler.adapter import Registration, Rollcall, Watcher
from reconciler.device import Device
from reconciler.errors import ReconcilerError
from reconciler.execution.session import Sessions
from reconciler.firmware.versions import compare
from reconciler.model.address import Address
from reconciler.model.standing import Standing
from reconciler.phones.acting import Manners, Opening, act_on
from reconciler.phones.meant import Placed
from reconciler.phones.pbx import Pbxs


class Known(NamedTuple):
    """A phone's version, and by what it is known; "" where it is not, then `why` says why.

    `at` is when it was said (ISO 8601, UTC), "" for right now. `itself`: by the phone's own word.
    """

    version: str = ""
    how: str = ""
    hw_revision: str = ""
    why: str = ""
    at: str = ""
    itself: bool = False


ReadVersion = Callable[[str, Placed], str]
"""Reads a version out of a phone's User-Agent; "" if it is not the phone's or tells none."""


async def standings_of(
    sites: Iterable[str], sessions: Sessions
) -> tuple[dict[Address, Standing], frozenset[str]]:
    """Return where the phones of sites stand, and the sites that tell: others keep no files."""
    found: dict[Address, Standing] = {}
    telling: set[str] = set()
    for site in sorted(set(sites)):
        try:
            connection = await sessions.connection(f"site/{site}")
            if isinstance(connection, Rollcall):
                found |= {each.address: each for each in await connection.standings()}
                telling.add(site)
        except (ReconcilerError, KeyError):  # then nobody knows: the plan says so
            continue
    return found, frozenset(telling)


async def seen_versions(
    phones: Sequence[Placed],
    lives: Mapping[Address, Standing],
    sessions: Sessions,
    targets: Mapping[str, str],
    read: ReadVersion,
) -> dict[Placed, Known]:
    """Return what is known without asking any phone. `targets` are the ids of PBXs by name."""
    registered: dict[tuple[str, str], list[Registration]] = {}
    asked: set[str] = set()
    for pbx in sorted({line[0] for each in phones for line in each.lines} & targets.keys()):
        try:
            connection = await sessions.connection(targets[pbx])
            if isinstance(connection, Watcher):
                for each in (await connection.live_state()).registrations:
                    registered.setdefault((pbx, each.address.key), []).append(each)
                asked.add(pbx)
        except ReconcilerError:
            continue
    return {
        each: _seen(each, lives.get(each.address), registered, read)
        or Known(why=_untold(each, asked))
        for each in phones
    }


def _untold(phone: Placed, asked: Collection[str]) -> str:
    known = all(pbx in asked for pbx, _ in phone.lines)
    first = "no registration of it tells one" if known else "nobody could ask its PBX"
    return f"{first}, and it has told none when it fetched"


def _seen(
    phone: Placed,
    standing: Standing | None,
    registered: Mapping[tuple[str, str], Sequence[Registration]],
    read: ReadVersion,
) -> Known | None:
    for line in phone.lines:
        for each in registered.get(line, ()):
            version = read(each.user_agent, phone)
            if version:
                return Known(version, "its registration says so", phone.hw_revision or "")
    if standing is not None and standing.firmware:
        when = standing.last_seen[:16].replace("T", " ")
        return Known(
            standing.firmware, f"it said so when it fetched, {when} UTC",
            phone.hw_revision or "", at=standing.last_seen,
        )  # fmt: skip
    return None


async def asked_versions(
    phones: Sequence[Placed],
    known: Mapping[Placed, Known],
    wanted: Mapping[Placed, str],
    opening: Opening,
    pbxs: Pbxs,
    sure: frozenset[Placed] = frozenset(),
    begin: Callable[[int], None] = lambda _count: None,
) -> dict[Placed, Known]:
    """Return what is known once those are asked whose version matters and whose login is saved.

    Who has the wanted version by all that was seen is not asked, but for `sure` ones. `begin` is
    told how many are.
    """
    due = [
        each
        for each in phones
        if not opening.by_pbx(each)
        and opening.logins.of(each.address) is not None
        and (each in sure or not _is_right(each, known[each], wanted[each]))
    ]
    found = dict(known)
    begin(len(due))

    async def act(device: Device, phone: Placed) -> tuple[str, Mapping[str, Any]]:
        told = (await device.status()).identity
        if told.firmware:
            revision = told.hw_revision or phone.hw_revision or ""
            found[phone] = Known(told.firmware, "it says so itself", revision, itself=True)
        return "", {}

    for result in await act_on(due, act, opening, pbxs, Manners()):
        if result.state != "done" and not found[result.phone].version:
            found[result.phone] = Known(why=f"it was asked: {result.detail}")
    return found


def _is_right(phone: Placed, known: Known, wanted: str) -> bool:
    return bool(known.version) and compare(phone.vendor, known.version, wanted) == "equal"
