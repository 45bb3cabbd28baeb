"""Decode: nodes become declarations, typed by kind. Every mistake at once. Pure."""

import re
from collections.abc import Collection, Mapping
from typing import Final

from pydantic import ValidationError

from reconciler.diagnostics.codes import found
from reconciler.diagnostics.diagnostic import Checked, Diagnostic
from reconciler.diagnostics.phrase import shorten
from reconciler.diagnostics.place import Place
from reconciler.diagnostics.suggest import closest
from reconciler.kinds import SECTIONS
from reconciler.kinds.declaration import KEY, Declaration, Declarations, Head, Unread
from reconciler.kinds.entry import META_FIELDS, Entry, flatten
from reconciler.kinds.mistakes import Subject
from reconciler.kinds.salvage import salvage
from reconciler.kinds.shape import secret_references
from reconciler.kinds.words import title_of
from reconciler.language.collector import collector_paused
from reconciler.language.defaults import SectionDefaults
from reconciler.language.heading import Word, not_a_mapping, read_heading
from reconciler.language.moves import read_moved, read_removed
from reconciler.language.node import Document, Nodes
from reconciler.model.resource import NO_META, Meta, Moved, Removed, Waiver
from reconciler.model.secret import SCHEMES

_LAST_DAY: Final = "9999-12-31"
_SOUND: Final[frozenset[str]] = frozenset()


def decode(nodes: Nodes, schemes: Collection[str] = SCHEMES) -> Checked[Declarations]:
    """Type every entry of every document. `schemes` are the known secret schemes.

    An entry with mistakes keeps what is right in it (`Declaration.flaws`).
    """
    decoder = _Decoder(schemes)
    with collector_paused():
        for document in nodes.documents:
            decoder.document(document)
    return Checked(decoder.declarations(nodes), tuple(decoder.problems))


class _Decoder:
    """Collects what the documents say."""

    def __init__(self, schemes: Collection[str]) -> None:
        self.problems: list[Diagnostic] = []
        self._schemes = schemes
        self._entries: dict[str, list[Declaration]] = {}
        self._unread: set[str] = set()
        self._strays: set[str] = set()
        self._misspelt: set[tuple[str, str]] = set()
        self._shared: set[tuple[object, str]] = set()
        self._moved: list[Moved] = []
        self._removed: list[Removed] = []

    def declarations(self, nodes: Nodes) -> Declarations:
        """Return everything that was collected."""
        entries = {kind: tuple(each) for kind, each in self._entries.items()}
        unread = Unread(
            frozenset(self._unread),
            frozenset(self._strays),
            frozenset(self._misspelt),
            nodes.unread,
            nodes.files_missing,
        )
        return Declarations(entries, tuple(self._moved), tuple(self._removed), unread)

    def document(self, document: Document) -> None:
        """Read one document: its head, then its sections in their order."""
        heading = read_heading(document, self.problems)
        head, words = heading.head, heading.words
        self._strays |= heading.strays
        for name, word in words.items():
            model = SECTIONS.get(name)
            if model is None or word.says is None:
                continue
            if not isinstance(word.says, dict):
                self._unread.add(model.kind)
                self.problems.append(not_a_mapping(head.place(word.written), word.written, model))
            elif model.single:
                self._single(document, head, model, word)
            else:
                self._section(document, head, model, word, heading.defaults)
        nothing = Word("", None)
        self._moved += read_moved(words.get("moved", nothing).says, head, self.problems)
        self._removed += read_removed(words.get("removed", nothing).says, head, self.problems)

    def _section(
        self,
        document: Document,
        head: Head,
        model: type[Entry],
        word: Word,
        given: Mapping[str, SectionDefaults | None],
    ) -> None:
        """Read the entries of one section. The loop that every entry goes through."""
        file, index, section = document.file, document.number, word.written
        lines = document.lines.get(section, {})
        defaults = given.get(model.section)
        may_lack = model.section in given and defaults is None
        model.model_rebuild()  # kinds are built when they are first met
        validate = model.__pydantic_validator__.validate_python
        is_key = re.compile(model.key.pattern).fullmatch
        declared = self._entries.setdefault(model.kind, [])
        schemes = self._schemes
        is_typed = model.scope == "workspace"
        for key, raw in word.says.items():
            place = Place(file, index, (section, key))
            flaws = _SOUND
            if is_key(key) is None:
                flaws = frozenset((KEY,))
                self._misspelt.add((model.kind, key))
                self._bad_key(place, model, key)
            filled = None
            data = {} if raw is None else raw
            if defaults is not None and isinstance(data, dict):
                filled = defaults.fill(data)
                data = filled.raw
            line, origins = lines.get(key, 0), filled.origins if filled else {}
            try:
                entry = validate(data)
            except ValidationError as error:
                title = f"{title_of(model.kind)} {shorten(key)}"
                subject = Subject(model, title, data, place, filled.places if filled else {})
                blank = Declaration(model, key, {}, NO_META, place, line, head, origins, flaws)
                declared.append(self._salvaged(blank, subject, error, may_lack=may_lack))
                continue
            for path, reference in secret_references(model, data):
                if reference.partition(":")[0] not in schemes:
                    self._unknown_scheme(place.at(*path), reference)
            declared.append(
                Declaration(
                    model, key, flatten(entry), _meta(entry), place, line, head, origins, flaws,
                    entry if is_typed else None,
                )
            )  # fmt: skip

    def _single(self, document: Document, head: Head, model: type[Entry], word: Word) -> None:
        """Read a section that is one entry itself (policy, provisioning, workspace)."""
        place = head.place(word.written)
        line = document.lines.get("", {}).get(word.written, 0)
        declared = self._entries.setdefault(model.kind, [])
        try:
            entry = model.model_validate(word.says)
        except ValidationError as error:
            subject = Subject(model, title_of(model.kind), word.says, place)
            blank = Declaration(model, model.kind, {}, NO_META, place, line, head)
            declared.append(self._salvaged(blank, subject, error))
            return
        for path, reference in secret_references(model, word.says):
            if reference.partition(":")[0] not in self._schemes:
                self._unknown_scheme(place.at(*path), reference)
        declared.append(
            Declaration(
                model, model.kind, flatten(entry), _meta(entry), place, line, head, typed=entry
            )
        )

    def _salvaged(
        self,
        blank: Declaration,
        subject: Subject,
        error: ValidationError,
        *,
        may_lack: bool = False,
    ) -> Declaration:
        """Report an entry's mistakes, those of defaults only once; return what is right in it.

        It may lack what defaults that could not be read would have filled.
        """
        model = blank.model
        rest = salvage(model, subject, error)
        for each in rest.findings:
            own = blank.place.path
            shared = isinstance(each.at, Place) and each.at.path[: len(own)] != own
            if may_lack and each.code == "missing-field":
                continue
            if not shared:
                self.problems.append(each)
            elif (each.at, each.code) not in self._shared:
                self._shared.add((each.at, each.code))
                detail = each.detail.replace(subject.title, "The defaults", 1)
                self.problems.append(each._replace(detail=detail))
        if isinstance(subject.raw, dict):
            for path, reference in secret_references(model, subject.raw):
                is_wrong = ".".join(map(str, path[:-1])) in rest.flaws
                if not is_wrong and reference.partition(":")[0] not in self._schemes:
                    self._unknown_scheme(blank.place.at(*path), reference)
        return blank._replace(
            fields=flatten(rest.entry),
            meta=_meta(rest.entry),
            typed=rest.entry if model.scope == "workspace" else None,
            origins={**blank.origins, **rest.origins},
            flaws=blank.flaws | rest.flaws,
        )

    def _bad_key(self, place: Place, model: type[Entry], key: str) -> None:
        self.problems.append(
            found(
                "bad-key",
                f'"{shorten(key)}" is no key for {model.section}: it takes {model.key.says}.',
                place.key(),
            )
        )

    def _unknown_scheme(self, place: Place, reference: str) -> None:
        scheme = reference.partition(":")[0]
        near = closest(scheme, self._schemes)
        known = ", ".join(sorted(self._schemes))
        self.problems.append(
            found(
                "unknown-secret-scheme",
                f'There is no secret scheme "{shorten(scheme, 20)}"; those that exist are {known}.',
                place,
                hint=f'did you mean "{near}"?' if near else None,
            )
        )


def _meta(entry: Entry) -> Meta:
    """Return what people said about an entry beside its fields.

    A waiver that is not whole waives nevertheless: who mends it wants to.
    """
    if entry.model_fields_set.isdisjoint(META_FIELDS):
        return NO_META
    return Meta(
        entry.protect,
        tuple(entry.ignore),
        entry.on_delete,
        tuple(
            Waiver(each.rule or "", each.reason or "", each.by or "", each.until or _LAST_DAY)
            for each in entry.waive
        ),
        entry.note,
    )
