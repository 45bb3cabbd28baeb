"""Entries: which of an edited file's are as they were, whatever happened around them. Pure.

An entry is known by its place: file, document, section and key. What it says depends on itself and
on its document's head; on which line it stands, and among which others, may change at any time.
Two texts say the same if all is equal and in the same order, which maps of settings keep.
"""

from collections.abc import Iterable, Iterator, Mapping, Set
from typing import Final

from reconciler.diagnostics.place import Place
from reconciler.kept.estate import KINDS
from reconciler.kinds.all_traits import TRAITS
from reconciler.language.node import Document, Node

FOR_ALL: Final = frozenset(
    ("moved", "removed", *(each.section for each in TRAITS.values() if each.scope == "workspace"))
)
"""Words that say something of entries elsewhere."""

_HEAD: Final = ("apiVersion", "pbx", "site", "defaults")


def entries_in(documents: Iterable[Document]) -> Iterator[tuple[Place, int]]:
    """Yield the entries as they are declared, by their places, with their lines."""
    for document in documents:
        for section, entries in _sections(document):
            lines = document.lines.get(section, {})
            for key in entries:
                yield _place(document, section, key), lines.get(key, 0)


def same_entries(now: Iterable[Document], then: Iterable[Document]) -> set[Place]:
    """Return the entries that say now what they said then."""
    before = {(each.file, each.number): each for each in then}
    same: set[Place] = set()
    for document in now:
        earlier = before.get((document.file, document.number))
        if earlier is None or _head(earlier) != _head(document):
            continue
        known = dict(_sections(earlier))
        for section, entries in _sections(document):
            were = known.get(section, {})
            same |= {
                _place(document, section, key)
                for key, says in entries.items()
                if key in were and (says is were[key] or repr(says) == repr(were[key]))
            }
    return same


def without_entries(documents: Iterable[Document], left_out: Set[Place]) -> Iterator[Document]:
    """Yield documents without some of their entries.

    Of a section that has defaults one stays: defaults for nothing would be a mistake.
    """
    for document in documents:
        data = dict(document.data)
        for section, entries in _sections(document):
            rest = {
                k: e for k, e in entries.items() if _place(document, section, k) not in left_out
            }
            if not rest and section in (data.get("defaults") or ()):
                rest = dict([next(iter(entries.items()))])
            if rest:
                data[section] = rest
            else:  # whoever reads it need not know what is declared there
                del data[section]
        yield document._replace(data=data)


def says_other_for_all(now: Iterable[Document], then: Iterable[Document]) -> bool:
    """Whether anything else is said now of entries elsewhere than then."""
    return _said_for_all(now) != _said_for_all(then)


def _said_for_all(documents: Iterable[Document]) -> Mapping[tuple[str, int], str]:
    return {
        (each.file, each.number): f"{_head(each)} {said!r}"
        for each in documents
        if (said := {w: e for w, e in each.data.items() if w in FOR_ALL and e is not None})
    }


def _sections(document: Document) -> Iterator[tuple[str, Mapping[str, Node]]]:
    """Yield the entries by section, but for those that say something of others."""
    for word, says in document.data.items():
        if word in KINDS and word not in FOR_ALL and isinstance(says, dict) and says:
            yield word, says


def _head(document: Document) -> str:
    """Return what a document says for all its entries, in a form that compares."""
    return repr([document.templated, *(document.data.get(word) for word in _HEAD)])


def _place(document: Document, section: str, key: str) -> Place:
    return Place(document.file, document.number, (section, key))
