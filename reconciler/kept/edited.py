"""Edited: an estate whose files were edited, without looking into those that were not. Pure.

What an entry becomes depends on itself, on what stays in the workspace (PBXs, sites, templates,
calendars), on which addresses are declared, and, where texts hold variables, on others' fields.
Therefore what is kept of a file holds as long as

- its text is the same, and nothing was found while the files were read, then and now;
- files with workspace kinds or moves are the same: they are read again with those that were edited;
- there are no variables;
- nothing else refers to what has left, and nothing else means by its references what is new.

Where this is not so, the answer is None, and everything is worked out. Rules and platforms judge
the whole estate anew in any case. So says a law (`tests/laws/test_edited.py`).
"""

import re
from collections.abc import Collection, Iterable, Mapping, Set
from typing import Final, NamedTuple

from reconciler.adapter import Adapter
from reconciler.kept.estate import KINDS, Kept, Words, put_together
from reconciler.kinds import KINDS as MODELS
from reconciler.kinds.all_traits import TRAITS
from reconciler.kinds.declaration import Declarations
from reconciler.language.node import Document, Nodes, Skipped
from reconciler.language.reading import Reading
from reconciler.language.source import Sources
from reconciler.model.address import Address
from reconciler.model.resource import Desired, Resource
from reconciler.resolve.mentions import mentions
from reconciler.resolve.resolve import resolve
from reconciler.resolve.texts import has_text_template

_FOR_ALL: Final = frozenset(
    ("moved", "removed", *(each.section for each in TRAITS.values() if each.scope == "workspace"))
)
"""Words that say something of entries elsewhere."""
_LAST: Final = re.compile("[:/]")


class Edited(NamedTuple):
    """What files add up to before anybody judges it, and what was read of them for that."""

    desired: Desired
    nodes: Nodes
    declarations: Declarations
    skipped: tuple[Skipped, ...]
    words: Words

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of which anything is declared."""
        return frozenset(KINDS[e] for of_file in self.words.values() for e in of_file if e in KINDS)


def words_in(documents: Iterable[Document]) -> dict[str, list[str]]:
    """Return by file the words at the top of documents that declare something."""
    words: dict[str, list[str]] = {}
    for document in documents:
        said = (name for name, says in document.data.items() if says is not None)
        words.setdefault(document.file, []).extend(
            name for name in said if name in KINDS or name in _FOR_ALL
        )
    return words


def follow(before: Kept, reading: Reading, adapters: Mapping[str, Adapter]) -> Edited | None:
    """Return what files add up to, by what is kept of them from before their last edits.

    None if that cannot be told without working out everything.
    """
    sources = reading.sources
    edited = {
        file for file, each in sources.files.items() if before.hashes.get(file) != each.sha256
    }
    touched = edited & before.hashes.keys() | before.hashes.keys() - sources.files.keys()
    if not before.is_plain or _for_all(before.words, touched) or _has_variables(sources):
        return None
    known = [file for file in sources.files if file not in edited]
    again = edited | {file for file in known if _for_all(before.words, (file,))}
    part = reading.part(again)
    nodes, declarations = part.nodes, part.declarations
    words = words_in(nodes.value.documents)
    if nodes.diagnostics or declarations.diagnostics or _for_all(words, edited):
        return None
    if _fills_in(declarations.value):
        return None
    of_file = {file: before.resources_of(file) for file in known if file not in again}
    rest = {each.address: each for found in of_file.values() for each in found}
    resolved = resolve(declarations.value, adapters, elsewhere=rest)
    if resolved.diagnostics:
        return None
    for resource in resolved.value.resources.values():
        of_file.setdefault(resource.origin.file, []).append(resource)
    then = {address for file in touched for address in before.addresses_of(file)}
    now = {each.address for file in edited for each in of_file.get(file, ())}
    if _concerns(rest.values(), then - now, now - then):
        return None
    said = {f: words.get(f, ()) if f in again else before.words[f] for f in sources.files}
    desired = resolved.value._replace(resources=put_together(said, of_file))
    left = (each for each in before.skipped if each.file in said and each.file not in again)
    skipped = sorted((*nodes.value.skipped, *left), key=lambda each: list(said).index(each.file))
    return Edited(desired, nodes.value, declarations.value, tuple(skipped), said)


def _for_all(words: Words, files: Collection[str]) -> bool:
    """Whether any of these files says something of entries elsewhere."""
    return any(not _FOR_ALL.isdisjoint(words.get(file, ())) for file in files)


def _has_variables(sources: Sources) -> bool:
    return any("{{" in each.text or "{%" in each.text for each in sources.files.values())


def _fills_in(declarations: Declarations) -> bool:
    """Whether phones' layers have variables, written so that the text does not show them."""
    return any(
        has_text_template(value)
        for kind, entries in declarations.entries.items()
        if TRAITS[kind].scope == "workspace"
        for each in entries
        for value in each.fields.values()
    )


def _concerns(rest: Collection[Resource], gone: Set[Address], new: Set[Address]) -> bool:
    """Whether others refer to what is gone, or would now mean what is new."""
    if gone and not all(gone.isdisjoint(each.needs) for each in rest):
        return True
    keys = {each.key for each in new}
    return bool(keys) and any(_names(each, keys) for each in rest)


def _names(resource: Resource, keys: Set[str]) -> bool:
    """Whether any reference of a resource ends in one of these keys: `1001`, `hq:ivr/main`."""
    model = MODELS[resource.address.kind]
    return any(_LAST.split(text)[-1] in keys for _, text, _, _ in mentions(model, resource.fields))
