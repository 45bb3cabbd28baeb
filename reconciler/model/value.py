"""What a field holds, and UNSET ("not declared: leave alone"), which is not None ("make it empty").

Fields are flat: a nested section of a kind becomes dotted paths (`voicemail.email`), because
ownership is per field. Lists and maps that are one value to people (a ring group's members, an
IVR's options) stay one value. Values are JSON's types plus `Secret` (and `Clear` on the wire).
"""

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import Any, Final, Literal, TypeAlias

Value: TypeAlias = Any
"""str | int | float | bool | None | list[Value] | dict[str, Value] | Secret. mypy has no cheap
recursive type for this that stays readable, so the alias names the meaning."""

Fields: TypeAlias = Mapping[str, Value]
"""Dotted path -> value, only what is declared (desired) or was read (live)."""

EMPTY: Final[Mapping[Any, Any]] = MappingProxyType({})
"""What maps nothing, and never will: for whatever is left out."""


class Unset(Enum):
    """The type of UNSET."""

    UNSET = "unset"

    def __repr__(self) -> str:
        return "UNSET"


UNSET: Final = Unset.UNSET
UnsetType: TypeAlias = Literal[Unset.UNSET]


def flattened(nested: Fields) -> dict[str, Value]:
    """Return fields with dotted paths only, whether sections came nested or flat; None is left out.

    Maps that are one value to people are taken apart, too: this is for settings.
    """
    flat: dict[str, Value] = {}
    for path, value in nested.items():
        if isinstance(value, Mapping):
            flat |= {f"{path}.{below}": each for below, each in flattened(value).items()}
        elif value is not None:
            flat[path] = value
    return flat
