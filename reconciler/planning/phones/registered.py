"""Whose a registration is: a phone's own, or one that it made with the lines that it had. Pure.

A registration is a phone's when it comes from where the phone fetched its files, or when its
User-Agent names the phone's MAC or model. A model alone says little: where another phone was seen
that does not use its new files yet, it may be the one that had the line before.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

from reconciler.adapter import LiveState, Registration
from reconciler.model.address import Address
from reconciler.model.standing import Standing

_GONE: Final = frozenset(("unreachable", "removed", "unavailable"))
_MAC: Final = re.compile(r"(?<![0-9a-f])(?:[0-9a-f]{2}[:-]?){5}[0-9a-f]{2}(?![0-9a-f])")


class Registered:
    """What is registered at PBXs, by line, place and MAC."""

    def __init__(self, states: Mapping[str, LiveState], standings: Iterable[Standing]) -> None:
        phones = tuple(standings)
        self._places = Counter(each.source for each in phones)
        self._unsettled = {each.source for each in phones if each.status != "applied"}
        self._by_line: dict[Address, list[Registration]] = {}
        self._by_place: dict[str, list[Registration]] = {}
        self._by_mac: dict[str, list[Registration]] = {}
        for state in states.values():
            for each in state.registrations:
                if each.state not in _GONE:
                    self._enter(each)

    def of_line(self, line: Address, standing: Standing) -> tuple[Registration, ...]:
        """Return a phone's own registrations on a line."""
        return tuple(each for each in self._by_line.get(line, ()) if self._is_of(each, standing))

    def elsewhere(self, standing: Standing, lines: Iterable[Address]) -> tuple[Address, ...]:
        """Return the extensions, other than its lines, that a phone is surely registered as."""
        found = list(self._by_mac.get(standing.mac, ()))
        if standing.source and self._places[standing.source] == 1:
            here = self._by_place.get(standing.source, ())
            found += [each for each in here if _names_model(each, standing)]
        own = frozenset(lines)
        return tuple(sorted({each.address for each in found} - own))

    def _enter(self, registration: Registration) -> None:
        self._by_line.setdefault(registration.address, []).append(registration)
        for place in _places(registration):
            self._by_place.setdefault(place, []).append(registration)
        for mac in _macs(registration):
            self._by_mac.setdefault(mac, []).append(registration)

    def _is_of(self, registration: Registration, standing: Standing) -> bool:
        places = _places(registration)
        if standing.source and standing.source in places:
            return True
        if standing.mac and standing.mac in _plain(registration.user_agent):
            return True
        return (
            _names_model(registration, standing)
            and not _macs(registration)
            and self._unsettled.isdisjoint(places)
        )


def _names_model(registration: Registration, standing: Standing) -> bool:
    model = _plain(standing.model)
    return bool(model) and model in _plain(registration.user_agent)


def _places(registration: Registration) -> frozenset[str]:
    return frozenset(re.split(r"[@;:>\[\]]", registration.contact)) - {""}


def _macs(registration: Registration) -> frozenset[str]:
    return frozenset(map(_plain, _MAC.findall(registration.user_agent.lower())))


def _plain(text: str) -> str:
    return re.sub("[^0-9a-z]", "", text.lower())
