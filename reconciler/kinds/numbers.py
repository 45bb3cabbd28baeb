"""The numbers that people dial: one number, one thing, over all kinds of a PBX."""

from typing import Final

from reconciler.kinds.all_traits import TRAITS
from reconciler.model.address import Address
from reconciler.model.value import Fields

NUMBERED: Final = frozenset(
    name
    for name, traits in TRAITS.items()
    if traits.scope == "pbx" and traits.key.pattern == "[0-9]{1,20}"
)
"""Kinds whose key is the number that people dial."""

WITH_NUMBER: Final = frozenset(
    name
    for name, traits in TRAITS.items()
    if traits.scope == "pbx" and name not in NUMBERED and "number" in traits.leaves
)
"""Kinds that may have a number beside their name."""


def number_of(address: Address, fields: Fields) -> str | None:
    """Return the number by which an object is dialled, None if it has none."""
    if address.kind in NUMBERED:
        return address.key
    return (fields.get("number") or None) if address.kind in WITH_NUMBER else None
