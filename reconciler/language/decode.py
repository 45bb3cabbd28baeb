"""Decode: nodes become declarations, typed by kind. Every mistake at once. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from pydantic import ValidationError

from reconciler.diagnostics.codes import found
from reconciler.diagnostics.diagnostic import Checked, Diagnostic
from reconciler.diagnostics.phrase import shorten
from reconciler.diagnostics.place import Place
from reconciler.diagnostics.suggest import closest
from reconciler.kinds import SECTIONS
from reconciler.kinds.declaration import Declaration, Declarations, Head
from reconciler.kinds.entry import Entry
from reconciler.kinds.mistakes import Subject, mistakes
from reconciler.kinds.shape import secret_references
from reconciler.kinds.words import title_of
from reconciler.language.collector import collector_paused
from reconciler.language.defaults import SectionDefaults
from reconciler.language.moves import read_moved, read_removed
from reconciler.language.node import Document, Node, Nodes
from reconciler.model.resource import Moved, Removed
from reconciler.model.secret import SCHEMES

HEAD_WORDS: Final = ("apiVersion", "pbx", "site", "defaults", "moved", "removed")
"""What stands at the top of a document beside the sections."""


def decode(nodes: Nodes, schemes: Iterable[str] = SCHEMES) -> Checked[Declarations]:
    """Type every entry of every document. `schemes` are the known secret schemes."""
    decoder = _Decoder(frozenset(schemes))
    with collector_paused():
        for document in nodes.documents:
            decoder.document(document)
    return Checked(decoder.declarations(partial=nodes.partial), tuple(decoder.problems))


class _Decoder:
    """Collects what the documents say."""

    def __init__(self, schemes: frozenset[str]) -> None:
        self.problems: list[Diagnostic] = []
        self._schemes = schemes
        self._entries: dict[str, list[Declaration]] = {}
        self._broken: set[tuple[str, str]] = set()
        self._shared: set[tuple[object, str]] = set()
        self._moved: list[Moved] = []
        self._removed: list[Removed] = []

    def declarations(self, *, partial: bool) -> Declarations:
        """Return everything that was collected."""
        entries = {kind: tuple(each) for kind, each in self._entries.items()}
        return Declarations(
            entries, tuple(self._moved), tuple(self._removed), frozenset(self._broken), partial
        )

    def document(self, document: Document) -> None:
        """Read one document: its head, then its sections in their order."""
        data = document.data
        head = Head(
            document.file,
            document.number,
            self._name(document, "pbx"),
            self._name(document, "site"),
            document.templated,
        )
        defaults = self._defaults(document)
        for section, content in data.items():
            if section in HEAD_WORDS:
                continue
            model = SECTIONS.get(section)
            if model is None:
                self._unknown_section(head.place(section), section)
            elif content is None:
                continue
            elif not isinstance(content, dict):
                self._not_a_mapping(head.place(section), section, model)
            elif getattr(model, "single", False):
                self._single(document, head, model, content)
            else:
                self._section(document, head, model, content, defaults.get(section))
        self._moved += read_moved(data.get("moved"), head, self.problems)
        self._removed += read_removed(data.get("removed"), head, self.problems)

    def _section(
        self,
        document: Document,
        head: Head,
        model: type[Entry],
        content: Mapping[str, Node],
        defaults: SectionDefaults | None,
    ) -> None:
        """Read the entries of one section. The loop that every entry goes through."""
        file, index, section = document.file, document.number, model.section
        lines = document.lines.get(section, {})
        model.model_rebuild()  # kinds are built when they are first met
        validate = model.__pydantic_validator__.validate_python
        is_key = re.compile(model.key.pattern).fullmatch
        declared = self._entries.setdefault(model.kind, [])
        schemes = self._schemes
        for key, raw in content.items():
            place = Place(file, index, (section, key))
            if is_key(key) is None:
                self._bad_key(place, model, key)
                continue
            filled = None
            data = {} if raw is None else raw
            if defaults is not None and isinstance(data, dict):
                filled = defaults.fill(data)
                data = filled.raw
            try:
                entry = validate(data)
            except ValidationError as error:
                self._broken.add((model.kind, key))
                title = f"{title_of(model.kind)} {shorten(key)}"
                moved = filled.places if filled else {}
                self._mistaken(Subject(model, title, data, place, moved), error)
                continue
            for path, reference in secret_references(model, data):
                if reference.partition(":")[0] not in schemes:
                    self._unknown_scheme(place.at(*path), reference)
            declared.append(
                Declaration(
                    model, key, entry, place, lines.get(key, 0), head,
                    filled.origins if filled else {},
                )
            )  # fmt: skip

    def _single(
        self, document: Document, head: Head, model: type[Entry], content: Mapping[str, Node]
    ) -> None:
        """Read a section that is one entry itself (policy, provisioning, workspace)."""
        place = head.place(model.section)
        try:
            entry = model.model_validate(content)
        except ValidationError as error:
            self._broken.add((model.kind, model.kind))
            self._mistaken(Subject(model, title_of(model.kind), content, place), error)
            return
        for path, reference in secret_references(model, content):
            if reference.partition(":")[0] not in self._schemes:
                self._unknown_scheme(place.at(*path), reference)
        line = document.lines.get("", {}).get(model.section, 0)
        self._entries.setdefault(model.kind, []).append(
            Declaration(model, model.kind, entry, place, line, head)
        )

    def _defaults(self, document: Document) -> dict[str, SectionDefaults]:
        """Read the document's defaults; what no entry could take is a mistake there, once."""
        given = document.data.get("defaults")
        place = Place(document.file, document.number, ("defaults",))
        if given is None:
            return {}
        if not isinstance(given, dict):
            self.problems.append(
                found("wrong-type", "defaults holds sections: {extensions: {...}}.", place)
            )
            return {}
        defaults: dict[str, SectionDefaults] = {}
        for section, values in given.items():
            model = SECTIONS.get(section)
            if model is None:
                self._unknown_section(place.at(section), section)
            elif values is None:
                continue
            elif not isinstance(values, dict):
                self._not_a_mapping(place.at(section), section, model)
            else:
                known = self._known_fields(model, values, place.at(section))
                defaults[section] = SectionDefaults(model, known, place.at(section))
                if not document.data.get(section):
                    self.problems.append(
                        found(
                            "defaults-unused",
                            f'This document has no section "{section}" that the defaults could '
                            "fill; other documents have defaults of their own.",
                            place.at(section).key(),
                        )
                    )
        return defaults

    def _known_fields(
        self, model: type[Entry], values: Mapping[str, Node], place: Place
    ) -> dict[str, Node]:
        known: dict[str, Node] = {}
        for name, value in values.items():
            if name in model.model_fields or model.model_config.get("extra") == "allow":
                known[name] = value
                continue
            near = closest(name, model.model_fields)
            self.problems.append(
                found(
                    "unknown-field",
                    f'{title_of(model.kind)}s have no field "{shorten(name)}".',
                    place.at(name).key(),
                    hint=f'did you mean "{near}"?' if near else None,
                )
            )
        return known

    def _mistaken(self, subject: Subject, error: ValidationError) -> None:
        """Report an entry's mistakes; those of defaults only once for all entries."""
        for each in mistakes(subject, error):
            shared = isinstance(each.at, Place) and each.at.path[:1] == ("defaults",)
            if not shared:
                self.problems.append(each)
            elif (each.at, each.code) not in self._shared:
                self._shared.add((each.at, each.code))
                detail = each.detail.replace(subject.title, "The defaults", 1)
                self.problems.append(replace(each, detail=detail))

    def _name(self, document: Document, word: str) -> str | None:
        """Read `pbx:` or `site:` of a document's head."""
        value = document.data.get(word)
        if value is None or isinstance(value, str):
            return value
        self.problems.append(
            found(
                "wrong-type",
                f"{word} is the name of one {title_of(word)}.",
                Place(document.file, document.number, (word,)),
                hint=f"{word}: NAME (to declare one, use the section {word}s)",
            )
        )
        return None

    def _unknown_section(self, place: Place, section: str) -> None:
        near = closest(section, (*SECTIONS, *HEAD_WORDS))
        self.problems.append(
            found(
                "unknown-section",
                f'There is no section "{shorten(section)}".',
                place.key(),
                hint=f'did you mean "{near}"?' if near else None,
            )
        )

    def _not_a_mapping(self, place: Place, section: str, model: type[Entry]) -> None:
        single = getattr(model, "single", False)
        form = "its fields" if single else f"its entries by key ({model.key.says})"
        self.problems.append(
            found("wrong-type", f"The section {section} holds a mapping: {form}.", place)
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
