"""Addresses: the stable names of things, as people read them (`extension/ferrybank/1001`)."""

from collections.abc import Callable, Iterable
from functools import partial
from itertools import repeat
from typing import Any, Final, NamedTuple


class Address(NamedTuple):
    """Kind, scope (name of the PBX or site; empty for what belongs to the workspace) and key."""

    kind: str
    scope: str
    key: str

    def __str__(self) -> str:
        return f"{self.kind}/{self.scope}/{self.key}" if self.scope else f"{self.kind}/{self.key}"


_MAKE: Final[Callable[[Any], Address]] = partial(tuple.__new__, Address)
"""`Address._make` in one step: plans make tens of thousands of them."""


def addresses_of(kind: str, scope: str, keys: Iterable[str]) -> list[Address]:
    """Return the addresses of many things of a kind."""
    return list(map(_MAKE, zip(repeat(kind), repeat(scope), keys)))


def parse_address(text: str) -> Address | None:
    """Read `kind/scope/key` or `kind/key`; None if it is neither.

    A key may contain slashes (it is everything after the second one).
    """
    parts = text.split("/", 2)
    if len(parts) < 2 or not all(parts):
        return None
    if len(parts) == 2:
        return Address(parts[0], "", parts[1])
    return Address(parts[0], parts[1], parts[2])
