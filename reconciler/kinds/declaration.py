"""Declarations: what people wrote, typed by kind, before anything refers to anything."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

from reconciler.diagnostics.place import Place
from reconciler.diagnostics.suggest import is_slip
from reconciler.model.resource import Meta, Moved, Removed
from reconciler.model.value import EMPTY, Fields

if TYPE_CHECKING:
    # Only named here: what was decoded before is not looked at again.
    from reconciler.kinds.entry import Entry

KEY: Final = "<key>"
"""The flaw of an entry whose key is wrong."""


class Head(NamedTuple):
    """What a document says for all its entries: their PBX and site, None when it does not.

    `templated` says whether its file holds {{ }} or {% %} anywhere; `wrong` are the words (pbx,
    site) that say something, and not right.
    """

    file: str
    document: int
    pbx: str | None = None
    site: str | None = None
    templated: bool = True
    wrong: frozenset[str] = frozenset()

    def place(self, name: str) -> Place:
        """Return where the document says it."""
        return Place(self.file, self.document, (name,))


class Declaration(NamedTuple):
    """One entry: its kind, its key, its declared fields (flat) and where it stands.

    `typed` is the entry itself where other stages ask for more than its fields: of kinds that stay
    in the workspace. There are very many of the others.
    `origins` are the places of fields that do not stand in the entry under their name (defaults).
    `single` sections (policy) have one declaration per document, with the kind's name as key.
    `flaws` are the fields (dotted paths) that are missing or wrong, `KEY` among them where the key
    is; `fields` holds the others.
    """

    model: "type[Entry]"
    key: str
    fields: Fields
    meta: Meta
    place: Place
    line: int
    head: Head
    origins: Mapping[str, Place] = EMPTY
    flaws: frozenset[str] = frozenset()
    typed: "Entry | None" = None

    @property
    def entry(self) -> "Entry":
        """The entry of a kind that stays in the workspace."""
        assert self.typed is not None, self.model.kind
        return self.typed


class Unread(NamedTuple):
    """What is there and could not be read: who refers to it is not told that it is missing.

    Sections as a whole by kind, keys that may be of any kind, wrong keys with their kind, texts
    that were not read to their end, and files of which nothing is known.
    """

    kinds: frozenset[str] = frozenset()
    keys: frozenset[str] = frozenset()
    misspelt: frozenset[tuple[str, str]] = frozenset()
    texts: tuple[str, ...] = ()
    files: bool = False

    def may_hold(self, kind: str, key: str) -> bool:
        """Whether an entry may stand there."""
        return (
            self.files
            or kind in self.kinds
            or key in self.keys
            or any(key in text for text in self.texts)
            or any(each == kind and is_slip(wrong, key) for each, wrong in self.misspelt)
        )

    def may_hold_any(self, kind: str) -> bool:
        """Whether entries of a kind may stand there."""
        return self.files or kind in self.kinds or bool(self.keys or self.texts)


class Declarations(NamedTuple):
    """All entries by kind, in the order of files."""

    entries: Mapping[str, tuple[Declaration, ...]] = EMPTY
    moved: tuple[Moved, ...] = ()
    removed: tuple[Removed, ...] = ()
    unread: Unread = Unread()

    def of(self, kind: str) -> tuple[Declaration, ...]:
        """Return the entries of a kind."""
        return self.entries.get(kind, ())
