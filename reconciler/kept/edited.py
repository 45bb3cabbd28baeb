"""Edited: an estate whose files were edited, by the entries that were. Pure.

What an entry becomes depends on itself, on what its document says for all that is in it, on what
stays in the workspace (PBXs, sites, templates, calendars), on which addresses are declared, and, in
phones with variables, on the extensions of their lines. Therefore what is kept of an entry holds as
long as

- it and its document say the same (`entries`), and nothing was found while the files were read,
  then and now;
- what stays in the workspace is the same: it is read again with the entries that were edited;
- the extensions of a phone's lines are the same: else it is read again, too;
- nothing else refers to what has left, and nothing else means by its references what is new.

What a device is given holds as long as its file says the same, and all that was looked at for it.
Where this is not so, the answer is None, and everything is worked out. Rules judge the whole estate
anew in any case. So says a law (`tests/laws/test_edited.py`).

The models of what stays in the workspace take longer to load than all else that an edit asks for.
Where only fields of things on PBXs are others, and no device has to be read or rendered for that,
nobody asks for more of it than names.
"""

import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from typing import Final, NamedTuple

from reconciler.adapter import Adapter
from reconciler.diagnostics.catalogue import rules
from reconciler.diagnostics.place import Place
from reconciler.kept.entries import (
    FOR_ALL,
    entries_in,
    same_entries,
    says_other_for_all,
    without_entries,
)
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
from reconciler.resolve.scope import Inventory

_LAST: Final = re.compile("[:/]")
_RULES: Final = frozenset(each.slug for each in rules.CODES)
"""Codes of what is found in an estate, whoever holds it."""
_ASKING: Final = frozenset(("softphones", "moved", "removed"))
_ON_PBXS: Final = frozenset(
    traits.section
    for kind, traits in TRAITS.items()
    if traits.scope == "pbx" and kind not in ("schedule", "softphone")
)
"""Sections of what refers to nothing that stays in the workspace."""
_VARIABLES: Final = ("{{", "{%")
"""How variables begin in phones' texts."""


class Edited(NamedTuple):
    """What files add up to before anybody judges it, and what was read of them for that.

    `handouts` are those of devices that need not be rendered again; `declarations` hold the others.
    `lines` are those of files that can be kept as they are. `held` are objects of which platforms
    would say again that they hold them as they are.
    """

    declared: Desired
    nodes: Nodes
    declarations: Declarations
    skipped: tuple[Skipped, ...]
    words: Words
    handouts: Mapping[Address, Handout]
    lines: Mapping[str, str]
    held: Collection[Address]

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
            name for name in said if name in KINDS or name in FOR_ALL
        )
    return words


class _Asked(NamedTuple):
    """What is asked: `edited` are the files whose text is another one than `before`.

    `workspace` are the files, as they were, that say something of entries elsewhere.
    """

    before: Kept
    reading: Reading
    adapters: Mapping[str, Adapter]
    edited: frozenset[str]
    workspace: frozenset[str]


class _Read(NamedTuple):
    """What was read in files that were `looked` into, beside what is `kept` of each file.

    `unsure` are entries among them that nobody edited. `inventory` are names of what stays in the
    workspace, where no more of it was read.
    """

    looked: Reading
    unsure: Set[Place]
    inventory: Inventory | None
    declarations: Declarations
    kept: Mapping[str, Sequence[Resource]]


def follow(before: Kept, reading: Reading, adapters: Mapping[str, Adapter]) -> Edited | None:
    """Return what files add up to, by what is kept of them from before their last edits.

    None if that cannot be told without working out everything.
    """
    files = reading.sources.files
    edited = frozenset(files.keys() - set(before.unedited(reading.sources)))
    if not before.is_plain or _for_all(before.words, before.hashes.keys() - files.keys()):
        return None
    workspace = frozenset(file for file in files if _for_all(before.words, (file,)))
    asked = _Asked(before, reading, adapters, edited, workspace)
    is_enough = workspace.isdisjoint(edited) and _needs_names_alone(before, adapters)
    return _look(asked, edited if is_enough else edited | workspace)


def _look(asked: _Asked, files: Set[str], unsure: Set[Place] = frozenset()) -> Edited | None:
    """Return what files add up to, looking into these, and reading `unsure` entries again."""
    before, reading, edited = asked.before, asked.reading, asked.edited
    looked = reading.part(files)
    now = looked.nodes.value.documents
    then = reading.earlier({file: before.hashes[file] for file in edited if file in before.hashes})
    then += [each for each in now if each.file not in edited]
    if looked.nodes.diagnostics and not asked.workspace <= files:
        return _look(asked, files | asked.workspace)  # files that declare nothing may stand beside
    if looked.nodes.diagnostics or says_other_for_all(now, then):
        return None
    same = same_entries(now, then) - unsure
    documents = tuple(without_entries(now, same))
    inventory = None if asked.workspace <= files else _inventory(before)
    if inventory is not None and not _on_pbxs(documents):
        return _look(asked, files | asked.workspace)
    declarations = looked.declarations_in(documents)
    if declarations.diagnostics:
        return None
    same -= {each.place for of_kind in declarations.value.entries.values() for each in of_kind}
    kept = _kept(asked, looked, same)
    return _resolve(asked, _Read(looked, unsure, inventory, declarations.value, kept))


def _resolve(asked: _Asked, read: _Read) -> Edited | None:
    """Return what files add up to, resolving what was read; look into more if that needs more."""
    looked, unsure, inventory, declarations, kept = read
    files = looked.sources.files.keys()
    rest = {each.address: each for of_file in kept.values() for each in of_file}
    resolved = resolve(declarations, asked.adapters, elsewhere=rest, inventory=inventory)
    now = resolved.value.resources
    then = _left(asked.before, kept)
    gone, new = then.keys() - now.keys(), now.keys() - then.keys()
    if inventory is not None and (gone or new):
        return _look(asked, files | asked.workspace)  # which may name it
    if resolved.diagnostics or _concerns(rest.values(), gone, new):
        return None
    both = then.keys() | now.keys()
    changed = {each for each in both if not _is_same(then.get(each), now.get(each))}
    if telling := _telling(asked, changed, rest.values()):
        more = asked.workspace.union(each.file for each in telling)
        return _look(asked, files | more, unsure | telling)
    said = resolved.value
    if inventory is not None:
        said = asked.before.beside._replace(resources=now)
    return _put_together(asked, read, said, changed)


def _needs_names_alone(before: Kept, adapters: Mapping[str, Adapter]) -> bool:
    """Whether edits on PBXs may need no more of the workspace than names.

    Who renders devices' files needs more, and what is declared must not be what has moved or was
    removed.
    """
    found = (adapters.get(each.adapter) for each in before.beside.targets.values())
    return all(_ASKING.isdisjoint(words) for words in before.words.values()) and not any(
        support.rendered for each in found if each is not None for support in each.supports.values()
    )


def _on_pbxs(documents: Iterable[Document]) -> bool:
    """Whether documents declare nothing that refers to the workspace, or says something for all."""
    return all(_ON_PBXS.issuperset(words) for words in words_in(documents).values())


def _inventory(before: Kept) -> Inventory:
    """Return the names of PBXs and sites as they were."""
    pbxs = {name: str(each.get("site") or "") for name, each in before.beside.pbxs.items()}
    sites = {name: str(each.get("pbx") or "") for name, each in before.beside.sites.items()}
    return Inventory(pbxs, sites)


def _kept(asked: _Asked, looked: Reading, same: Set[Place]) -> dict[str, Sequence[Resource]]:
    """Return by file what holds still; what stands in files that were looked into, at its line."""
    lines = dict(entries_in(looked.nodes.value.documents))
    kept: dict[str, Sequence[Resource]] = {}
    for file, part in asked.before.parts.items():
        if file in looked.sources.files:
            kept[file] = [
                each if each.line == lines[each.origin] else each._replace(line=lines[each.origin])
                for each in part.resources
                if each.origin in same
            ]
        elif file in asked.reading.sources.files:
            kept[file] = part.resources
    return kept


def _left(before: Kept, kept: Mapping[str, Sequence[Resource]]) -> dict[Address, Resource]:
    """Return what was there before and is not `kept`."""
    left: dict[Address, Resource] = {}
    for file, part in before.parts.items():
        of_file = kept.get(file, ())
        if len(of_file) < len(part.resources):
            still = {each.address for each in of_file}
            left |= {each.address: each for each in part.resources if each.address not in still}
    return left


def _put_together(asked: _Asked, read: _Read, resolved: Desired, changed: Set[Address]) -> Edited:
    """Put together what was read and `resolved`, and what is kept.

    `changed` are the addresses under which another thing is declared now, or nothing.
    """
    before, reading, edited = asked.before, asked.reading, asked.edited
    looked, nodes, kept = read.looked.sources.files, read.looked.nodes.value, read.kept
    words = words_in(nodes.documents)
    said = {f: words.get(f, ()) if f in looked else before.words[f] for f in reading.sources.files}
    others = (each for each in before.skipped if each.file in kept.keys() - looked.keys())
    skipped = (*nodes.skipped, *others)
    parts = {file: before.parts[file] for file in kept}
    # What the devices of a file are given stays together, with what was looked at for all of them.
    fresh = {
        file: part
        for file, part in parts.items()
        if file not in edited
        and len(kept[file]) == len(part.resources)
        and not (part.handouts and _has_read(part, changed))
    }
    stale = {file for file, part in parts.items() if part.handouts and file not in fresh}
    declarations = read.declarations
    if stale:  # it is made of declarations: those of theirs have to be there, too
        declarations = reading.part(looked.keys() | stale).declarations.value
    return Edited(
        resolved._replace(resources=put_together(said, _in_order(read, resolved))),
        nodes,
        declarations,
        tuple(sorted(skipped, key=lambda each: list(said).index(each.file))),
        said,
        {address: each for part in fresh.values() for address, each in part.handouts.items()},
        {file: before.lines[file] for file in fresh},
        _held(before, resolved, kept),
    )


def _held(before: Kept, resolved: Desired, kept: Mapping[str, Sequence[Resource]]) -> Set[Address]:
    """Return what is held: all that is kept, if no target changed and only rules found anything."""
    if not before.has(resolved.targets) or not before.codes <= _RULES:
        return frozenset()
    return {each.address for of_file in kept.values() for each in of_file}


def _in_order(read: _Read, resolved: Desired) -> dict[str, Sequence[Resource]]:
    """Return the resources of each file as they are declared one after the other."""
    looked = read.looked.sources.files
    at = {each.origin: each for file in looked for each in read.kept.get(file, ())}
    at |= {each.origin: each for each in resolved.resources.values()}
    ordered: dict[str, list[Resource]] = {file: [] for file in looked}
    for place, _ in entries_in(read.looked.nodes.value.documents):
        ordered[place.file].append(at[place])
    return {**read.kept, **ordered}


def _has_read(part: Part, changed: Set[Address]) -> bool:
    """Whether for what devices are given anything was looked at that is another now."""
    reads = part.reads
    return bool(changed) and (reads.everything or not changed.isdisjoint(reads.addresses))


def _for_all(words: Words, files: Collection[str]) -> bool:
    """Whether any of these files says something of entries elsewhere."""
    return any(not FOR_ALL.isdisjoint(words.get(file, ())) for file in files)


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


def _telling(asked: _Asked, changed: Set[Address], rest: Iterable[Resource]) -> Set[Place]:
    """Return the phones whose texts may name what an extension says that has `changed`."""
    if not changed:
        return frozenset()
    files = asked.reading.sources.files
    # Text of a phone's layers is known by what it says, its own by whether its file has any.
    layered = any(_may_say(files[each].text, "\\", *_VARIABLES) for each in asked.workspace)
    own = {f for f, each in files.items() if layered or _may_say(each.text, *_VARIABLES)}
    return {each.origin for each in rest if each.origin.file in own and _tells_of(changed, each)}


def _may_say(text: str, *marks: str) -> bool:
    return any(each in text for each in marks)


def _tells_of(changed: Set[Address], resource: Resource) -> bool:
    """Whether it is a phone with such an extension."""
    if resource.address.kind != "phone" or changed.isdisjoint(resource.needs):
        return False
    lines = resource.fields.get("lines") or ()
    keys = {_last(each.get("extension", "")) for each in lines}
    return any(each in changed and each.key in keys for each in resource.needs)


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
