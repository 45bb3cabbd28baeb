"""What was seen of a host, and what that makes it. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, NamedTuple

from reconciler.device import Sure

How = Literal["neighbour", "mac", "sip", "http", "pbx"]
_RANK: Final = {"high": 3, "medium": 2, "low": 1}


class Seen(NamedTuple):
    """One thing that was seen. "" is not told. `what` says it in words, for people."""

    how: How
    what: str
    vendor: str = ""
    model: str = ""
    firmware: str = ""
    mac: str = ""
    sure: Sure = "medium"


@dataclass(frozen=True, slots=True)
class Host:
    """A host with everything that was seen of it. `pin` is its certificate (hex SHA-256)."""

    address: str
    seen: tuple[Seen, ...] = ()
    extension: tuple[str, str] | None = None
    """(PBX, number) that it is registered to."""

    def plus(self, *more: Seen) -> "Host":
        """Return the host with more seen."""
        return replace(self, seen=(*self.seen, *more))

    def hints(self) -> tuple[str, ...]:
        """Return the vendors that it may be of, the likeliest first."""
        ordered = sorted(self.seen, key=lambda each: -_RANK[each.sure])
        return tuple(dict.fromkeys(each.vendor for each in ordered if each.vendor))


@dataclass(frozen=True, slots=True)
class Candidate:
    """A phone that was found. `conflict` names what does not go together."""

    address: str
    vendor: str
    model: str
    firmware: str
    mac: str
    sure: Sure
    why: tuple[str, ...]
    extension: tuple[str, str] | None = None
    conflict: str = ""


def conclude(host: Host) -> Candidate | None:
    """Return what a host is; None if nothing says that it is a phone.

    The surest word counts. Two independent ones for a vendor make it surer; a MAC alone makes a
    vendor likely and no phone: the same makers sell other things (discovery.md, 1).
    """
    if not any(each.how in ("sip", "http", "pbx") and each.vendor for each in host.seen):
        return None
    votes: dict[str, int] = {}
    for each in host.seen:
        if each.vendor:
            votes[each.vendor] = votes.get(each.vendor, 0) + _RANK[each.sure]
    vendor = max(votes, key=lambda name: (votes[name], name))
    mine = sorted(
        (each for each in host.seen if each.vendor == vendor), key=lambda each: -_RANK[each.sure]
    )
    kinds = {each.how for each in mine}
    others = sorted(set(votes) - {vendor})
    sure: Sure = mine[0].sure
    if len(kinds) > 1 and sure == "medium":
        sure = "high"
    conflict = f"something also says {', '.join(others)}" if others else ""
    if others and votes[vendor] < 2 * max(votes[each] for each in others):
        sure = "low"
    return Candidate(
        host.address, vendor, _first(mine, "model"), _first(mine, "firmware"),
        _first((*mine, *host.seen), "mac"), sure, tuple(each.what for each in host.seen),
        host.extension, conflict,
    )  # fmt: skip


def _first(seen: Sequence[Seen], name: str) -> str:
    return next((str(getattr(each, name)) for each in seen if getattr(each, name)), "")


def conclude_all(hosts: Iterable[Host]) -> tuple[Candidate, ...]:
    """Return the phones among hosts, by address; of one MAC at two addresses, the surer one."""
    found = [each for each in map(conclude, hosts) if each is not None]
    by_mac: dict[str, Candidate] = {}
    for each in found:
        other = by_mac.get(each.mac)
        if each.mac and (other is None or _RANK[each.sure] > _RANK[other.sure]):
            by_mac[each.mac] = each
    kept = [each for each in found if not each.mac or by_mac[each.mac] is each]
    return tuple(sorted(kept, key=lambda each: tuple(map(_number, each.address.split(".")))))


def _number(part: str) -> int:
    return int(part) if part.isdigit() else 0
