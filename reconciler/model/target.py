"""A target: an installation that an adapter talks to. A PBX, or a site's phones."""

from typing import NamedTuple

from reconciler.diagnostics.place import Place
from reconciler.model.value import Fields


class Target(NamedTuple):
    """`id` is `pbx/NAME`, `site/NAME`, or `softphones/NAME` for those of a PBX.

    `settings` is the inventory entry (secrets as references). `scope` is the name alone: what
    addresses on this target carry. `on_demand`: nobody wrote it down; it is talked to only when
    something is declared for it, or was applied there. `files` are the settings that name files of
    this machine.
    """

    id: str
    scope: str
    adapter: str
    settings: Fields
    origin: Place
    line: int
    on_demand: bool = False
    files: frozenset[str] = frozenset()
