"""Watched: resources that remember which of them somebody asked for. Pure."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from reconciler.model.address import Address
from reconciler.model.resource import Resource


class Reads(NamedTuple):
    """What was looked at: these addresses, also those under which nothing is; or everything."""

    addresses: frozenset[Address] = frozenset()
    everything: bool = False


class Watched(Mapping[Address, Resource]):
    """The resources of an estate, for somebody whose answer may hold as long as they do."""

    def __init__(self, resources: Mapping[Address, Resource]) -> None:
        self._resources = resources
        self._asked: set[Address] = set()
        self._everything = False

    @property
    def reads(self) -> Reads:
        """What was looked at up to now."""
        return Reads(frozenset(self._asked), self._everything)

    def look_at_all(self) -> None:
        """Note that everything was looked at, in another way than through here."""
        self._everything = True

    def __getitem__(self, address: Address) -> Resource:
        self._asked.add(address)
        return self._resources[address]

    def __iter__(self) -> Iterator[Address]:
        self._everything = True
        return iter(self._resources)

    def __len__(self) -> int:
        self._everything = True
        return len(self._resources)
