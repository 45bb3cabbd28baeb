"""Addresses: the stable names of things, as people read them (`extension/ferrybank/1001`)."""

from typing import NamedTuple


class Address(NamedTuple):
    """Kind, scope (name of the PBX or site; empty for what belongs to the workspace) and key."""

    kind: str
    scope: str
    key: str

    def __str__(self) -> str:
        return f"{self.kind}/{self.scope}/{self.key}" if self.scope else f"{self.kind}/{self.key}"


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
