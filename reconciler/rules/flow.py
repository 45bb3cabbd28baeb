"""Flow: ways on which calls go by themselves, and whether they ever end.

A way counts when nobody has to do anything for it: no key is pressed, nobody answers, it is open
or closed. Where callers wait to be served (a queue, a parking lot) going round is the sense of it,
unless no time passes: a queue that nobody may join sends them on at once. Nor where each round is
one more call: what leaves by a carrier and comes back in waits beside the call that made it.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from reconciler.diagnostics.codes import found
from reconciler.diagnostics.diagnostic import Related, Severity
from reconciler.kinds.destination import parse_destination
from reconciler.kinds.did import parse_did
from reconciler.kinds.marks import Reference
from reconciler.kinds.outside import outside_number
from reconciler.model.address import Address
from reconciler.model.resource import Desired
from reconciler.model.value import Fields
from reconciler.rules.numbering import bare_number
from reconciler.rules.rule import Finding, Sorted


class Way(NamedTuple):
    """Where calls go from an object by a field, and when, in words."""

    source: Address
    path: str
    when: str
    to: Address


Ways = Mapping[Address, Sequence[Way]]

_AT_ONCE: Final[Mapping[str, Mapping[str, str]]] = {
    "schedule": {"open_to": "open", "closed_to": "closed", "holiday_to": "on holidays"},
    "day_night": {"day": "by day", "night": "by night"},
    "extension": {"forward.always": "forwarded"},
    "queue": {"no_answer": "cannot join"},
}
"""Fields over which a call goes on and no time passes, by kind."""
_AFTER_A_WHILE: Final[Mapping[str, Mapping[str, str]]] = {
    "extension": {"forward.no_answer": "no answer"},
    "ivr": {"on_timeout": "no key"},
    "ring_group": {"no_answer": "no answer"},
    "announcement": {"then": "after it"},
    "inbound_route": {"destination": "it comes back in"},
}
"""Fields over which a call goes on when it has rung, or something was played."""
_WAITED: Final[Mapping[str, Mapping[str, str]]] = {"queue": {"no_answer": "waited"}}
"""Fields over which a call goes on that waited to be served."""
_RUNG: Final = {
    "ring_group": "members",
    "extension": "follow_me.targets",
    "queue": "members",
}
"""Fields of those that are called beside each other; one may be a number of the PBX's own."""


def endless_calls(estate: Sorted) -> Iterator[Finding]:
    """Calls that go round without end although nobody answers and no key is pressed.

    An error where no time passes: the PBX would do nothing else. A warning where it rings or plays:
    the caller may hang up, a machine that called does not.
    """
    desired = estate.desired
    own = _own_numbers(estate)
    at_once = _ways(estate, _AT_ONCE, own)
    told: set[Address] = set()
    for round_ in _rounds(at_once):
        told.update(way.source for way in round_)
        # Two schedules may never be as the round needs them: their hours are not compared.
        is_certain = sum(way.source.kind == "schedule" for way in round_) < 2
        severity: Severity = "error" if is_certain else "warning"
        yield _finding(round_, desired, "in no time, again and again", severity)
    usual: dict[Address, Sequence[Way]] = {
        at: each for at, each in at_once.items() if at.kind != "queue"
    }
    back = _called_back(estate, own)
    usual = _together(usual, _ways(estate, _AFTER_A_WHILE, own))
    persons = {at: each for at, each in back.items() if at.kind != "queue"}
    for round_ in _rounds(_together(usual, persons)):
        if told.isdisjoint(way.source for way in round_):
            told.update(way.source for way in round_)
            yield _finding(round_, desired, "without end", "warning")
    yield from _multiplied(_together(usual, _ways(estate, _WAITED, own)), back, told, desired)


def _multiplied(
    ways: Ways, back: Ways, told: Collection[Address], desired: Desired
) -> Iterator[Finding]:
    """Yield rounds over a queue on which each call makes one more."""
    every = _together(ways, back)
    seen = set(told)
    for source in sorted(back):
        for way in back[source]:
            round_ = _back_to(source, {**every, source: [way]})
            if round_ is not None and seen.isdisjoint(each.source for each in round_):
                seen.update(each.source for each in round_)
                yield _finding(round_, desired, "and become more", "warning")


def _together(ways: Ways, more: Ways) -> dict[Address, Sequence[Way]]:
    found_ = dict(ways)
    for at, each in more.items():
        found_[at] = [*found_.get(at, ()), *each]
    return found_


def _ways(
    estate: Sorted, by_kind: Mapping[str, Mapping[str, str]], own: "_Own"
) -> dict[Address, list[Way]]:
    found_: dict[Address, list[Way]] = {}
    for resource in estate.of(by_kind):
        address = resource.address
        if address.kind == "queue" and by_kind is _AT_ONCE and not _turns_away(resource.fields):
            continue
        for path, when in by_kind[address.kind].items():
            to = _led_to(resource.fields.get(path), address, own)
            if to is not None:
                found_.setdefault(address, []).append(Way(address, path, when, to))
    return found_


def _turns_away(fields: Fields) -> bool:
    """Whether there may be callers whom a queue does not let in."""
    return fields.get("join_empty", "yes") != "yes" or fields.get("max_callers") is not None


class _Own(NamedTuple):
    """The numbers of PBXs that can be called from outside, as bare digits, and their countries."""

    routes: Mapping[tuple[str, str], Address]
    countries: Mapping[str, str | None]

    def at(self, scope: str, number: str) -> Address | None:
        """Return the route of a PBX by which a call to an outside number comes back to it."""
        if not self.routes:
            return None
        return self.routes.get((scope, bare_number(number, self.countries.get(scope))))


def _called_back(estate: Sorted, own: _Own) -> dict[Address, list[Way]]:
    """Return the ways of calls that the PBX makes outside, and that come back to it."""
    found_: dict[Address, list[Way]] = {}
    for resource in estate.of(_RUNG) if own.routes else ():
        address = resource.address
        path = _RUNG[address.kind]
        for member in resource.fields.get(path) or ():
            # Of a wrong entry what is right is kept, and a wrong member keeps its place.
            who = member.get("extension") if isinstance(member, Mapping) else member
            number = outside_number(who, _MEMBER) if isinstance(who, str) else None
            if number is not None and (to := own.at(address.scope, number)):
                found_.setdefault(address, []).append(Way(address, path, "rings", to))
    return found_


def _own_numbers(estate: Sorted) -> _Own:
    countries = {name: pbx.get("country") for name, pbx in estate.desired.pbxs.items()}
    routes: dict[tuple[str, str], Address] = {}
    for resource in estate.of(("inbound_route",)):
        address = resource.address
        did, caller = parse_did(address.key)
        if did is not None and caller is None:
            routes[address.scope, bare_number(did, countries.get(address.scope))] = address
    return _Own(routes, countries)


def _led_to(text: object, source: Address, own: _Own) -> Address | None:
    """Return what a destination or a member means, as far as calls may go on from there."""
    if not isinstance(text, str):
        return None
    if source.kind == "extension":
        number = outside_number(text, _MEMBER)
        if number is not None and (route := own.at(source.scope, number)):
            return route
        pbx, _, key = text.rpartition(":")
        return Address("extension", pbx or source.scope, key)
    to = parse_destination(text)
    if to is not None and to.kind == "external":
        return own.at(source.scope, to.key)
    return None if to is None else Address(to.kind, to.pbx or source.scope, to.key)


_MEMBER: Final = Reference(("extension",), external=True)


def _rounds(ways: Ways) -> Iterator[list[Way]]:
    """Yield ways that lead round, each object in one of them at most; the smallest first."""
    ways = _without_ends(ways)
    seen: set[Address] = set()
    for start in sorted(ways):
        round_ = _back_to(start, ways) if start not in seen else None
        if round_ is not None and seen.isdisjoint(way.source for way in round_):
            seen.update(way.source for way in round_)
            yield round_


def _without_ends(ways: Ways) -> Ways:
    """Leave out, again and again, what leads only to where calls end: mostly everything."""
    while True:
        left = {
            at: kept
            for at, each in ways.items()
            if (kept := [way for way in each if way.to in ways])
        }
        if sum(map(len, left.values())) == sum(map(len, ways.values())):
            return left
        ways = left


def _back_to(start: Address, ways: Ways) -> list[Way] | None:
    """Return the shortest way round from an object; None if none leads back to it."""
    came: dict[Address, Way] = {}
    waiting = [start]
    for at in waiting:
        for way in ways.get(at, ()):
            if way.to == start:
                round_ = [way]
                while round_[0].source != start:
                    round_.insert(0, came[round_[0].source])
                return round_
            if way.to not in came:
                came[way.to] = way
                waiting.append(way.to)
    return None


def _finding(round_: Sequence[Way], desired: Desired, how: str, severity: Severity) -> Finding:
    round_ = _from_where_calls_enter(round_, desired)
    first, last = round_[0], round_[-1]
    way = "".join(f"{_called(each.source)} -> ({each.when}) -> " for each in round_)
    resource = desired.resources[last.source]
    place = resource.place_of(last.path)
    others = tuple(
        Related(desired.resources[each.source].place_of(each.path), each.when)
        for each in round_[:-1]
    )
    return Finding(
        found(
            "endless-call",
            f"Calls go round {how}: {way}{_called(first.source)}.",
            place,
            hint="lead it somewhere else once: to a person, a voicemail box or `hangup`",
            related=others,
            severity=severity,
        ),
        resource,
    )


def _from_where_calls_enter(round_: Sequence[Way], desired: Desired) -> Sequence[Way]:
    """Return the round beginning where something else leads into it, if anything does."""
    inside = {way.source for way in round_}
    entered = {
        need
        for address, resource in desired.resources.items()
        if address not in inside
        for need in resource.needs
        if need in inside
    }
    for number, way in enumerate(round_):
        if way.source in entered:
            return [*round_[number:], *round_[:number]]
    return round_


def _called(address: Address) -> str:
    words = {"ivr": "IVR", "day_night": "day/night switch"}
    return f"{words.get(address.kind, address.kind.replace('_', ' '))} {address.key}"
