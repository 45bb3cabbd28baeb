"""Estate: what files add up to, as text and back, exactly as it was. Pure.

A frame with what the files say together, then a line for each of them with its resources (`rows`).
So the line of a file that nobody edited can be taken over as it is.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Final, NamedTuple

from reconciler.diagnostics.diagnostic import Diagnostic
from reconciler.kept.handouts import handouts_in, handouts_of
from reconciler.kept.packing import CannotKeep, pack, unpack
from reconciler.kept.rows import reads_in, resources_in, rows_of
from reconciler.kinds.all_traits import TRAITS
from reconciler.language.node import Skipped
from reconciler.language.source import Sources
from reconciler.model.address import Address
from reconciler.model.resource import Desired, Moved, Removed, Resource
from reconciler.model.target import Target
from reconciler.model.value import EMPTY
from reconciler.provisioning.renderings import Handout, Rendered
from reconciler.provisioning.watched import Reads

_ENCODER: Final = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, check_circular=False, separators=(",", ":")
)
_OTHERS: Final = ("policy", "workspace", "provisioning", "sites", "pbxs")
KINDS: Final = {traits.section: kind for kind, traits in TRAITS.items()}
"""Kinds by their sections."""

Words = Mapping[str, Sequence[str]]
"""By file the words at the top of its documents, in their order: sections, `moved`, `removed`."""


class Estate(NamedTuple):
    """What is kept: what the files declare, what devices are given, and what people are told.

    `kinds` are those of which the files declare anything, also of those that no platform holds.
    `traces` say by file by what it is known again what it adds up to, where that is kept.
    `is_plain` says that nothing was found while the files were read: then each file's part can be
    taken for itself (`edited`).
    """

    declared: Desired
    rendered: Rendered = Rendered()
    skipped: tuple[Skipped, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    kinds: frozenset[str] = frozenset()
    words: Words = EMPTY
    is_plain: bool = False
    traces: Mapping[str, str] = EMPTY


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

    def unedited(self, sources: Sources) -> list[str]:
        """Return the files that are as they were."""
        return [f for f, each in sources.files.items() if self.hashes.get(f) == each.sha256]

    @property
    def codes(self) -> frozenset[str]:
        """The codes of all that was found."""
        return frozenset(code for _, code, *_ in self._frame["diagnostics"])

    def has(self, targets: Mapping[str, Target]) -> bool:
        """Whether the targets were these. Secrets are the same if their references are."""
        return bool(json.loads(_ENCODER.encode(_targets(targets))) == self._frame["targets"])

    @cached_property
    def parts(self) -> Mapping[str, "Part"]:
        """What each file declares, and what its devices are given."""
        return {file: _part(file, line) for file, line in self.lines.items()}

    @cached_property
    def beside(self) -> Desired:
        """What the files say beside their resources."""
        frame = self._frame
        return Desired(
            {},
            {name: _as_target(name, each) for name, each in frame["targets"].items()},
            tuple(Moved(Address(*e[0:3]), Address(*e[3:6]), unpack(e[6])) for e in frame["moved"]),
            tuple(Removed(Address(*e[:3]), e[3], unpack(e[4]), e[5]) for e in frame["removed"]),
            **{name: unpack(each) for name, each in frame["others"].items()},
        )

    @property
    def traces(self) -> Mapping[str, str]:
        """By what it is known again what each file adds up to, with all that it depends on."""
        said = _ENCODER.encode([self._frame[each] for each in ("targets", "others", "withdrawn")])
        rest = hashlib.sha256(said.encode()).hexdigest()
        return {
            file: hashlib.sha256(f"{rest}\n{line}".encode()).hexdigest()
            for file, line in self.lines.items()
        }

    def estate(self) -> Estate:
        """Return the whole."""
        frame = self._frame
        resources = {file: each.resources for file, each in self.parts.items()}
        handouts = {a: e for part in self.parts.values() for a, e in part.handouts.items()}
        withdrawn = [Address(*each) for each in frame["withdrawn"]]
        return Estate(
            self.beside._replace(resources=put_together(self.words, resources)),
            Rendered({each: handouts[each] for each in sorted(handouts)}, tuple(withdrawn)),
            self.skipped,
            tuple(unpack(each) for each in frame["diagnostics"]),
            frozenset(frame["kinds"]),
            self.words,
            self.is_plain,
            self.traces,
        )


class Part(NamedTuple):
    """What a file declares, and what its devices are given."""

    resources: list[Resource]
    handouts: dict[Address, Handout]
    rows: Sequence[Any]
    everything: bool

    @property
    def reads(self) -> Reads:
        """What was looked at for what its devices are given."""
        return Reads(frozenset(reads_in(self.rows)), self.everything)


def _part(file: str, line: str) -> Part:
    rows, handouts, everything = json.loads(line)
    return Part(resources_in(rows, file), dict(handouts_in(handouts)), rows, everything)


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
    desired, rendered = estate.declared, estate.rendered
    resources: dict[str, list[Resource]] = {file: [] for file in sources.files}
    for resource in desired.resources.values():
        resources[resource.origin.file].append(resource)
    handouts: dict[str, dict[Address, Handout]] = {file: {} for file in sources.files}
    for address, handout in rendered.handouts.items():
        handouts[desired.resources[address].origin.file][address] = handout
    frame = {
        "files": [[e.file, e.sha256, estate.words.get(e.file, ())] for e in sources.files.values()],
        "targets": _targets(desired.targets),
        "moved": [[*s, *d, pack(at)] for s, d, at in desired.moved],
        "removed": [[*a, destroy, pack(at), line] for a, destroy, at, line in desired.removed],
        "others": {name: pack(dict(getattr(desired, name))) for name in _OTHERS},
        "withdrawn": rendered.withdrawn,
        "skipped": estate.skipped,
        "diagnostics": [pack(each) for each in estate.diagnostics],
        "kinds": sorted(estate.kinds),
        "is_plain": estate.is_plain,
    }

    def line(file: str) -> str:
        reads = rendered.reads.get(file, Reads())
        rows = rows_of(resources[file], reads.addresses)
        return _ENCODER.encode([rows, handouts_of(handouts[file]), reads.everything])

    try:
        return [_ENCODER.encode(frame), *(known.get(file) or line(file) for file in resources)]
    except ValueError as error:
        raise CannotKeep(str(error)) from None


def _targets(targets: Mapping[str, Target]) -> Mapping[str, object]:
    return {name: _target(each) for name, each in targets.items()}


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
