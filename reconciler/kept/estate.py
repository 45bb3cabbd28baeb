"""Estate: what files add up to, as text and back, exactly as it was. Pure.

A frame with what the files say together, then a line for each of them with its resources (`rows`).
So the line of a file that nobody edited can be taken over as it is.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from reconciler.diagnostics.diagnostic import Diagnostic
from reconciler.kept.packing import CannotKeep, pack, unpack
from reconciler.kept.rows import addresses_in, resources_in, rows_of
from reconciler.kinds.all_traits import TRAITS
from reconciler.language.node import Skipped
from reconciler.language.source import Sources
from reconciler.model.address import Address
from reconciler.model.resource import Desired, Moved, Removed, Resource
from reconciler.model.secret import Secret
from reconciler.model.target import Target
from reconciler.model.value import EMPTY
from reconciler.phonefiles.file import PhoneFile, SecretRule
from reconciler.provisioning.renderings import Renderings

_ENCODER: Final = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, check_circular=False, separators=(",", ":")
)
_OTHERS: Final = ("policy", "workspace", "provisioning", "sites", "pbxs")
KINDS: Final = {traits.section: kind for kind, traits in TRAITS.items()}
"""Kinds by their sections."""

Words = Mapping[str, Sequence[str]]
"""By file the words at the top of its documents, in their order: sections, `moved`, `removed`."""


class Estate(NamedTuple):
    """What is kept: the desired estate with the files of its devices, and what people are told.

    `kinds` are those of which the files declare anything, also of those that no platform holds.
    `is_plain` says that nothing was found while the files were read, and no device's file was made:
    then each file's part can be taken for itself (`edited`).
    """

    desired: Desired
    renderings: Renderings = Renderings()
    skipped: tuple[Skipped, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    kinds: frozenset[str] = frozenset()
    words: Words = EMPTY
    is_plain: bool = False


class Kept:
    """An estate as it was kept, looked into as far as somebody asks. Raises ValueError and others.

    `lines` is what `to_lines` wrote.
    """

    def __init__(self, lines: Sequence[str]) -> None:
        self._frame = json.loads(lines[0])
        self.hashes: Mapping[str, str] = {file: sha for file, sha, _ in self._frame["files"]}
        self.words: Words = {file: words for file, _, words in self._frame["files"]}
        self.lines: Mapping[str, str] = dict(zip(self.hashes, lines[1:], strict=True))
        self.is_plain: bool = self._frame["is_plain"]
        self.skipped = tuple(Skipped(*each) for each in self._frame["skipped"])

    def unedited(self, sources: Sources) -> dict[str, str]:
        """Return the lines of the files that are as they were."""
        return {
            file: self.lines[file]
            for file, each in sources.files.items()
            if self.hashes.get(file) == each.sha256
        }

    def resources_of(self, file: str) -> list[Resource]:
        """Return what a file declares."""
        return resources_in(json.loads(self.lines[file]), file)

    def addresses_of(self, file: str) -> Iterable[Address]:
        """Return the addresses of what a file declares."""
        return addresses_in(json.loads(self.lines[file]))

    def estate(self) -> Estate:
        """Return the whole."""
        frame = self._frame
        resources = {file: self.resources_of(file) for file in self.lines}
        desired = Desired(
            put_together(self.words, resources),
            {name: _as_target(name, each) for name, each in frame["targets"].items()},
            tuple(Moved(Address(*e[0:3]), Address(*e[3:6]), unpack(e[6])) for e in frame["moved"]),
            tuple(Removed(Address(*e[:3]), e[3], unpack(e[4]), e[5]) for e in frame["removed"]),
            **{name: unpack(each) for name, each in frame["others"].items()},
        )
        return Estate(
            desired,
            Renderings({name: _as_file(*each) for name, *each in frame["renderings"]}),
            self.skipped,
            tuple(unpack(each) for each in frame["diagnostics"]),
            frozenset(frame["kinds"]),
            self.words,
            self.is_plain,
        )


def put_together(
    words: Words, resources: Mapping[str, Sequence[Resource]]
) -> dict[Address, Resource]:
    """Return the resources of all files in the order in which they are declared.

    Kind by kind as the files' words first name them, and of each kind file by file.
    """
    by_kind: dict[str, list[Resource]] = {}
    for file, of_file in words.items():
        for word in of_file:
            by_kind.setdefault(KINDS.get(word, word), [])
        for each in resources.get(file, ()):
            by_kind[each.address.kind].append(each)
    return {each.address: each for of_kind in by_kind.values() for each in of_kind}


def to_lines(estate: Estate, sources: Sources, known: Mapping[str, str]) -> list[str]:
    """Return an estate as lines of text. `known` are lines of files, as they are already.

    Raises CannotKeep.
    """
    desired = estate.desired
    resources: dict[str, list[Resource]] = {file: [] for file in sources.files}
    for resource in desired.resources.values():
        resources[resource.origin.file].append(resource)
    frame = {
        "files": [[e.file, e.sha256, estate.words.get(e.file, ())] for e in sources.files.values()],
        "targets": {name: _target(each) for name, each in desired.targets.items()},
        "moved": [[*s, *d, pack(at)] for s, d, at in desired.moved],
        "removed": [[*a, destroy, pack(at), line] for a, destroy, at, line in desired.removed],
        "others": {name: pack(dict(getattr(desired, name))) for name in _OTHERS},
        "renderings": [[name, *_file(each)] for name, each in estate.renderings.files.items()],
        "skipped": estate.skipped,
        "diagnostics": [pack(each) for each in estate.diagnostics],
        "kinds": sorted(estate.kinds),
        "is_plain": estate.is_plain,
    }
    try:
        return [
            _ENCODER.encode(frame),
            *(known.get(f) or _ENCODER.encode(rows_of(found)) for f, found in resources.items()),
        ]
    except ValueError as error:
        raise CannotKeep(str(error)) from None


def _target(target: Target) -> Sequence[object]:
    return (
        target.scope,
        target.adapter,
        pack(dict(target.settings)),
        pack(target.origin),
        target.line,
        target.on_demand,
        sorted(target.files),
    )


def _as_target(name: str, data: Sequence[Any]) -> Target:
    scope, adapter, settings, origin, line, on_demand, files = data
    return Target(
        name, scope, adapter, unpack(settings), unpack(origin), line, on_demand, frozenset(files)
    )


def _file(file: PhoneFile) -> Sequence[object]:
    parts = [each if each.__class__ is str else _reference(each) for each in file.parts]
    return (
        file.name, parts, file.escaping, file.media_type, file.shared, file.rules, file.folder
    )  # fmt: skip


def _reference(part: object) -> Sequence[object]:
    if part.__class__ is not Secret:
        raise CannotKeep("a part of a file")
    return (part.reference, part.fingerprint)


def _as_file(name: str, parts: Sequence[Any], *rest: Any) -> PhoneFile:
    escaping, media_type, shared, rules, folder = rest
    return PhoneFile(
        name,
        tuple([each if each.__class__ is str else Secret(*each) for each in parts]),
        escaping,
        media_type,
        shared,
        tuple(SecretRule(*each) for each in rules),
        folder,
    )
