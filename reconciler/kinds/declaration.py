"""Declarations: what people wrote, typed by kind, before anything refers to anything."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from reconciler.diagnostics.place import Place
from reconciler.model.resource import Moved, Removed

if TYPE_CHECKING:
    # Only named here: what was decoded before is not looked at again.
    from reconciler.kinds.entry import Entry


class Head(NamedTuple):
    """What a document says for all its entries: their PBX and site, None when it does not.

    `templated` says whether its file holds {{ }} or {% %} anywhere.
    """

    file: str
    document: int
    pbx: str | None = None
    site: str | None = None
    templated: bool = True

    def place(self, name: str) -> Place:
        """Return where the document says it."""
        return Place(self.file, self.document, (name,))


class Declaration(NamedTuple):
    """One entry: its kind, its key, its typed fields and where it stands.

    `origins` are the places of fields that came from the document's defaults. `single` sections
    (policy) have one declaration per document, with the kind's name as key.
    """

    model: "type[Entry]"
    key: str
    entry: "Entry"
    place: Place
    line: int
    head: Head
    origins: Mapping[str, Place] = {}


@dataclass(frozen=True, slots=True)
class Declarations:
    """All entries by kind, in the order of files.

    `broken` are entries (kind, key) that are there but could not be read, and `partial` says
    that a file could not be read to its end: who refers to what is missing gets no second error.
    """

    entries: Mapping[str, tuple[Declaration, ...]] = field(default_factory=dict)
    moved: tuple[Moved, ...] = ()
    removed: tuple[Removed, ...] = ()
    broken: frozenset[tuple[str, str]] = frozenset()
    partial: bool = False

    def of(self, kind: str) -> tuple[Declaration, ...]:
        """Return the entries of a kind."""
        return self.entries.get(kind, ())
