"""What stands in a PBX's or site's inventory entry for its adapter."""

from typing import ClassVar

from reconciler.kinds.entry import Part


class Settings(Part):
    """The base of an adapter's inventory entry: everything beside the kind's own fields.

    `reads` are those of a PBX's own fields for adapters (`credentials`, `tls`, `internal_context`)
    that the adapter looks at; declaring another one is said to have no effect.
    """

    reads: ClassVar[frozenset[str]] = frozenset()
