"""Edited: an estate whose files were edited, without looking into those that were not. Pure.

What an entry becomes depends on itself, on what stays in the workspace (PBXs, sites, templates,
calendars), on which addresses are declared, and, in phones with variables, on the extensions of
their lines. Therefore what is kept of a file holds as long as

- its text is the same, and nothing was found while the files were read, then and now;
- files with workspace kinds or moves are the same: they are read again with those that were edited;
- the extensions of its phones' lines are the same: else it is read again, too;
- nothing else refers to what has left, and nothing else means by its references what is new.

What a device is given holds as long as its resource does, and all that was looked at for it.
Where this is not so, the answer is None, and everything is worked out. Rules and platforms judge
the whole estate anew in any case. So says a law (`tests/laws/test_edited.py`).
"""

import json
import re
from collections.abc import Collection, Iterable, Mapping, Set
from typing import Final, NamedTuple

from reconciler.adapter import Adapter
from reconciler.kept.estate import KINDS, Kept, Part, Words, put_together
from reconciler.kept.packing import pack
from reconciler.kinds import KINDS as MODELS
from reconciler.kinds.all_traits import TRAITS
from reconciler.kinds.declaration import Declarations
from reconciler.language.node import Document, Nodes, Skipped
from reconciler.language.reading import Reading
from reconciler.model.address import Address
from reconciler.model.resource import Desired, Resource
from reconciler.model.value import EMPTY
from reconciler.provisioning.renderings import Handout
from reconciler.resolve.mentions import mentions
from reconciler.resolve.resolve import resolve

_FOR_ALL: Final = frozenset(
    ("moved", "removed", *(each.section for each in TRAITS.values() if each.scope == "workspace"))
)
"""Words that say something of entries elsewhere."""
_LAST: Final = re.compile("[:/]")


class Edited(NamedTuple):
    """What files add up to before anybody judges it, and what was read of them for that.

    `handouts` are those of devices that need not be rendered again; `declarations` hold the others.
    `lines` are those of files that can be kept as they are.
    """

    declared: Desired
    nodes: Nodes
    declarations: Declarations
    skipped: tuple[Skipped, ...]
    words: Words
    handouts: Mapping[Address, Handout]
    lines: Mapping[str, str]

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
    known = before.unedited(sources)
    edited = sources.files.keys() - set(known)
    touched = edited & before.hashes.keys() | before.hashes.keys() - sources.files.keys()
    if not before.is_plain or _for_all(before.words, touched):
        return None
    again = edited | {file for file in known if _for_all(before.words, (file,))}
    return _read_again(before, reading, adapters, edited, again)


def _read_again(
    before: Kept,
    reading: Reading,
    adapters: Mapping[str, Adapter],
    edited: Set[str],
    again: Set[str],
) -> Edited | None:
    """Return what files add up to, reading these `again`, the edited ones among them."""
    part = reading.part(again)
    nodes, declarations = part.nodes, part.declarations
    words = words_in(nodes.value.documents)
    if nodes.diagnostics or declarations.diagnostics or _for_all(words, edited):
        return None
    parts = {file: before.part(file) for file in reading.sources.files if file not in again}
    rest = {each.address: each for kept in parts.values() for each in kept.resources}
    resolved = resolve(declarations.value, adapters, elsewhere=rest)
    if resolved.diagnostics:
        return None
    left = before.hashes.keys() - parts.keys()
    then = {each.address: each for file in left for each in before.part(file).resources}
    now = resolved.value.resources
    if _concerns(rest.values(), then.keys() - now.keys(), now.keys() - then.keys()):
        return None
    both = then.keys() | now.keys()
    changed = {each for each in both if not _is_same(then.get(each), now.get(each))}
    unsure = {file for file, each in parts.items() if _tells_of(each.resources, changed)}
    if unsure:
        return _read_again(before, reading, adapters, edited, again | unsure)
    said = {f: words.get(f, ()) if f in again else before.words[f] for f in reading.sources.files}
    return _edited(before, reading, part, parts, resolved.value, said, changed)


def _edited(
    before: Kept,
    reading: Reading,
    read: Reading,
    parts: Mapping[str, Part],
    resolved: Desired,
    words: Words,
    changed: Set[Address],
) -> Edited:
    """Put together what was `read` and resolved, and what is kept of the other files (`parts`)."""
    of_file = {file: [*each.resources] for file, each in parts.items()}
    for resource in resolved.resources.values():
        of_file.setdefault(resource.origin.file, []).append(resource)
    others = (each for each in before.skipped if each.file in parts)
    skipped = (*read.nodes.value.skipped, *others)
    # What devices are given is made of declarations: those of theirs have to be there, too.
    stale = {file for file, each in parts.items() if each.handouts and _has_read(each, changed)}
    fresh = {file: each for file, each in parts.items() if file not in stale}
    declared = reading.part(read.sources.files.keys() | stale) if stale else read
    return Edited(
        resolved._replace(resources=put_together(words, of_file)),
        read.nodes.value,
        declared.declarations.value,
        tuple(sorted(skipped, key=lambda each: list(words).index(each.file))),
        words,
        {address: e for each in fresh.values() for address, e in each.handouts.items()},
        {file: before.lines[file] for file in fresh},
    )


def _has_read(part: Part, changed: Set[Address]) -> bool:
    """Whether for what devices are given anything was looked at that is another now."""
    reads = part.reads
    return bool(changed) and (reads.everything or not changed.isdisjoint(reads.addresses))


def _for_all(words: Words, files: Collection[str]) -> bool:
    """Whether any of these files says something of entries elsewhere."""
    return any(not _FOR_ALL.isdisjoint(words.get(file, ())) for file in files)


def _is_same(one: Resource | None, other: Resource | None) -> bool:
    """Whether a resource is as it was, apart from its line, which nobody else goes by.

    Secrets are as they were if their references are.
    """
    if one is None or other is None:
        return False
    if one._replace(fields=EMPTY, line=0) != other._replace(fields=EMPTY, line=0):
        return False
    return one.fields.keys() == other.fields.keys() and all(
        json.dumps(pack(value)) == json.dumps(pack(other.fields[path]))
        for path, value in one.fields.items()
    )


def _tells_of(resources: Iterable[Resource], changed: Set[Address]) -> bool:
    """Whether any is a phone with such an extension: its texts may name what that says."""
    for resource in resources if changed else ():
        if resource.address.kind == "phone" and not changed.isdisjoint(resource.needs):
            lines = resource.fields.get("lines") or ()
            keys = {_last(each.get("extension", "")) for each in lines}
            if any(each in changed and each.key in keys for each in resource.needs):
                return True
    return False


def _concerns(rest: Collection[Resource], gone: Set[Address], new: Set[Address]) -> bool:
    """Whether others refer to what is gone, or would now mean what is new."""
    if gone and not all(gone.isdisjoint(each.needs) for each in rest):
        return True
    keys = {each.key for each in new}
    return bool(keys) and any(_names(each, keys) for each in rest)


def _names(resource: Resource, keys: Set[str]) -> bool:
    """Whether any reference of a resource ends in one of these keys: `1001`, `hq:ivr/main`."""
    model = MODELS[resource.address.kind]
    return any(_last(text) in keys for _, text, _, _ in mentions(model, resource.fields))


def _last(text: str) -> str:
    """Return the key in a reference's text."""
    return _LAST.split(text)[-1]
