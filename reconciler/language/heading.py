"""Heading: what a document says for all its entries. Sections, whose they are, defaults. Pure.

A misspelt word is told, and then taken for the one that was probably meant: what stands below it is
there, and has mistakes of its own.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from reconciler.diagnostics.codes import found
from reconciler.diagnostics.diagnostic import Diagnostic
from reconciler.diagnostics.phrase import shorten
from reconciler.diagnostics.place import Place
from reconciler.diagnostics.suggest import closest
from reconciler.kinds import SECTIONS
from reconciler.kinds.declaration import Head
from reconciler.kinds.entry import Entry
from reconciler.kinds.words import title_of
from reconciler.language.defaults import SectionDefaults
from reconciler.language.node import Document, Node

HEAD_WORDS: Final = ("apiVersion", "pbx", "site", "defaults", "moved", "removed")
"""What stands at the top of a document beside the sections."""

OWN_PREFIX: Final = "x-"
"""How the author's own words at the top of a document begin: they hold anchors, no objects."""

_NAMES: Final = ("pbx", "site")
_LISTS: Final = ("moved", "removed")


class Word(NamedTuple):
    """A section or a word of the head: as it is written, and what it says."""

    written: str
    says: Node


class Heading(NamedTuple):
    """A document's words by what they mean, its head, and its defaults by section.

    A section's defaults are None where they could not be read. `strays` are the keys below what has
    no meaning: nobody knows which entries they are.
    """

    words: Mapping[str, Word]
    head: Head
    defaults: Mapping[str, SectionDefaults | None]
    strays: frozenset[str]


def read_heading(document: Document, problems: list[Diagnostic]) -> Heading:
    """Read what stands at the top of a document; whatever is wrong there is a problem."""
    words = {
        name: Word(name, says)
        for name, says in document.data.items()
        if name in SECTIONS or name in HEAD_WORDS
    }
    strays: set[str] = set()
    for name, says in document.data.items():
        if name in words or name.startswith(OWN_PREFIX):
            continue
        near = closest(name, (*SECTIONS, *HEAD_WORDS))
        problems.append(unknown_section(_place(document, name), name, near))
        if near is not None and near not in words and _fits(near, says):
            words[near] = Word(name, says)
        elif isinstance(says, dict):
            strays |= says.keys()
    head = _head(document, words, problems)
    return Heading(words, head, _defaults(document, words, problems), frozenset(strays))


def unknown_section(place: Place, section: str, near: str | None) -> Diagnostic:
    """Say that there is no such section, and which one is near."""
    hint = f'did you mean "{near}"?' if near else None
    if near is None and len(place.path) == 1:
        hint = f"if it only holds anchors, let its name begin with {OWN_PREFIX}"
    return found(
        "unknown-section",
        f'There is no section "{shorten(section)}".',
        place.key(),
        hint=hint,
    )


def not_a_mapping(place: Place, section: str, model: type[Entry]) -> Diagnostic:
    """Say what a section holds."""
    form = "its fields" if model.single else f"its entries by key ({model.key.says})"
    example = "{FIELD: ...}" if model.single else "{KEY: {FIELD: ...}, ...}, without dashes"
    return found(
        "wrong-type", f"The section {section} holds a mapping: {form}.", place,
        hint=f"{section}: {example}",
    )  # fmt: skip


def _place(document: Document, name: str) -> Place:
    return Place(document.file, document.number, (name,))


def _fits(word: str, says: Node) -> bool:
    """Whether what stands below a misspelt word looks like what stands below the word itself."""
    if word in _NAMES:
        return isinstance(says, str)
    if word in _LISTS:
        return isinstance(says, list)
    if not isinstance(says, dict):
        return False
    if word == "defaults":
        return any(section in SECTIONS for section in says)
    is_single = word in SECTIONS and SECTIONS[word].single
    return is_single or all(each is None or isinstance(each, dict) for each in says.values())


def _head(document: Document, words: Mapping[str, Word], problems: list[Diagnostic]) -> Head:
    names: dict[str, str | None] = {}
    wrong: set[str] = set()
    for word in _NAMES:
        says = words[word].says if word in words else None
        names[word] = says if isinstance(says, str) else None
        if says is not None and names[word] is None:
            wrong.add(word)
            problems.append(
                found(
                    "wrong-type",
                    f"{word} is the name of one {title_of(word)}.",
                    _place(document, words[word].written),
                    hint=f"{word}: NAME (to declare one, use the section {word}s)",
                )
            )
    return Head(
        document.file, document.number, names["pbx"], names["site"], document.templated,
        frozenset(wrong),
    )  # fmt: skip


def _defaults(
    document: Document, words: Mapping[str, Word], problems: list[Diagnostic]
) -> dict[str, SectionDefaults | None]:
    """Read the document's defaults; what no entry could take is a mistake there, once."""
    if "defaults" not in words or (given := words["defaults"].says) is None:
        return {}
    place = _place(document, words["defaults"].written)
    if not isinstance(given, dict):
        problems.append(found("wrong-type", "defaults holds sections: {extensions: {...}}.", place))
        return dict.fromkeys(SECTIONS)
    defaults: dict[str, SectionDefaults | None] = {}
    for name, values in given.items():
        at = place.at(name)
        near = name if name in SECTIONS else closest(name, (*SECTIONS, *HEAD_WORDS))
        if name not in SECTIONS:
            problems.append(unknown_section(at, name, near))
        model = SECTIONS.get(near or "")
        if model is None or near is None or values is None or (near != name and near in given):
            continue
        if not isinstance(values, dict):
            if near == name:
                problems.append(not_a_mapping(at, name, model))
            defaults[near] = None
            continue
        defaults[near] = SectionDefaults(model, _known_fields(model, values, at, problems), at)
        if near not in words or not words[near].says:
            problems.append(
                found(
                    "defaults-unused",
                    f'This document has no section "{near}" that the defaults could '
                    "fill; other documents have defaults of their own.",
                    at.key(),
                )
            )
    return defaults


def _known_fields(
    model: type[Entry], values: Mapping[str, Node], place: Place, problems: list[Diagnostic]
) -> dict[str, Node]:
    known: dict[str, Node] = {}
    for name, value in values.items():
        if name in model.model_fields or model.model_config.get("extra") == "allow":
            known[name] = value
            continue
        near = closest(name, model.model_fields)
        if near is not None and near not in values:
            known.setdefault(near, value)
        problems.append(
            found(
                "unknown-field",
                f'{title_of(model.kind)}s have no field "{shorten(name)}".',
                place.at(name).key(),
                hint=f'did you mean "{near}"?' if near else None,
            )
        )
    return known
