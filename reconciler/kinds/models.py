"""The list of all kinds. A kind's model is loaded when somebody asks for it.

Loading all of them takes longer than reading an edited file, which declares a few.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from typing import Final, cast

from reconciler.kinds.all_traits import TRAITS
from reconciler.kinds.entry import Entry

_NAMES: Final = (
    # inventory
    "site",
    "pbx",
    "provisioning",
    "policy",
    "workspace",
    # on a PBX
    "tenant",
    "extension",
    "trunk",
    "ring_group",
    "queue",
    "ivr",
    "schedule",
    "inbound_route",
    "outbound_route",
    "announcement",
    "music",
    "paging_group",
    "parking_lot",
    "conference",
    "day_night",
    "blocklist",
    "softphone",
    # at a site
    "phone",
    # inputs of other stages
    "calendar",
    "template",
    "firmware",
)
"""A kind's file has its name, and its model is called alike: `ring_group`, `RingGroup`."""


class _Models(Mapping[str, type[Entry]]):
    """Models by words that stand for their kinds."""

    def __init__(self, kinds: Mapping[str, str]) -> None:
        self._kinds = kinds

    def __getitem__(self, word: str) -> type[Entry]:
        return _model(self._kinds[word])

    def __contains__(self, word: object) -> bool:
        return word in self._kinds

    def __iter__(self) -> Iterator[str]:
        return iter(self._kinds)

    def __len__(self) -> int:
        return len(self._kinds)


@cache
def _model(kind: str) -> type[Entry]:
    name = kind.title().replace("_", "")
    return cast("type[Entry]", getattr(import_module(f"reconciler.kinds.{kind}"), name))


def _section(kind: str) -> str:
    """Return the name of a kind's section; of one that is new to the traits by its model."""
    return TRAITS[kind].section if kind in TRAITS else _model(kind).section


KINDS: Mapping[str, type[Entry]] = _Models({kind: kind for kind in _NAMES})
"""Every kind by its name."""

SECTIONS: Mapping[str, type[Entry]] = _Models({_section(kind): kind for kind in _NAMES})
"""Every kind by the name of its section in the YAML."""
