"""What can be declared: one file per kind, and the list of them all."""

from collections.abc import Mapping

from reconciler.kinds.entry import Entry
from reconciler.kinds.extension import Extension
from reconciler.kinds.ring_group import RingGroup

KINDS: Mapping[str, type[Entry]] = {
    kind.kind: kind
    for kind in (
        Extension,
        RingGroup,
    )
}
"""Every kind by its name."""

SECTIONS: Mapping[str, type[Entry]] = {kind.section: kind for kind in KINDS.values()}
"""Every kind by the name of its section in the YAML."""
