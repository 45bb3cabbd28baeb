"""The numbers that people dial: one number, one thing, over all kinds of a PBX."""

from typing import Final

from reconciler.kinds import KINDS
from reconciler.model.address import Address
from reconciler.model.value import Fields

NUMBERED: Final = frozenset(
    name
    for name, model in KINDS.items()
    if model.scope == "pbx" and model.key.pattern == "[0-9]{1,20}"
)
"""Kinds whose key is the number that people dial."""

WITH_NUMBER: Final = frozenset(
    name
    for name, model in KINDS.items()
    if model.scope == "pbx" and name not in NUMBERED and "number" in model.model_fields
)
"""Kinds that may have a number beside their name."""


def number_of(address: Address, fields: Fields) -> str | None:
    """Return the number by which an object is dialled, None if it has none."""
    if address.kind in NUMBERED:
        return address.key
    return (fields.get("number") or None) if address.kind in WITH_NUMBER else None
