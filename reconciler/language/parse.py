"""Parse: texts become nodes. Every document that is ours, and why the others are not. Pure."""

import re
from collections.abc import Mapping
from difflib import SequenceMatcher
from typing import Final

from yaml import YAMLError

from reconciler.diagnostics.codes import found
from reconciler.diagnostics.diagnostic import Checked, Diagnostic
from reconciler.diagnostics.phrase import shorten
from reconciler.diagnostics.place import Place
from reconciler.kinds import SECTIONS
from reconciler.language.alike import Forms, read_alike
from reconciler.language.collector import collector_paused
from reconciler.language.node import Document, Node, Nodes, Parsed, Skipped
from reconciler.language.source import Source, Sources
from reconciler.language.tree import TooMuch, Tree

API_VERSION: Final = "reconciler/v1"
"""The version of the language that we read."""

_GENERIC: Final = frozenset(("templates", "policy", "provisioning", "workspace", "phones", "sites"))
"""Sections whose names other programs' files use too."""

_OURS: Final = frozenset((
    "day_night", "inbound_routes", "ivrs", "outbound_routes", "paging_groups", "parking_lots",
    "pbxs", "ring_groups", "trunks",
))  # fmt: skip
"""Sections of which nobody else's files have any."""

_SKIPPING: Final = ("unknown-api-version", "no-api-version")
"""Problems of documents that are probably ours, and are skipped."""

_UNUSUAL_ALIASES: Final = 50_000


def parse(sources: Sources, known: Mapping[str, Parsed] | None = None) -> Checked[Nodes]:
    """Read all texts. `known` are files parsed earlier, by hash (`language/cache.py`).

    Problems never stop the other files. A file with a problem still gives the documents that
    were read before it; `Nodes.unread` has its text, because what is missing may be referred to.
    """
    documents: list[Document] = []
    skipped: list[Skipped] = []
    problems: list[Diagnostic] = []
    sound: dict[str, str] = {}
    forms = Forms()
    unread: list[str] = []
    with collector_paused():
        for file, source in sources.files.items():
            parsed = known.get(source.sha256) if known else None
            if parsed is None:
                checked, complete = _parse_file(source, forms)
                parsed = checked.value
                problems += checked.diagnostics
                if not complete:
                    unread.append(source.text)
                if not checked.diagnostics and not parsed.costly:
                    sound[file] = source.sha256
            documents += [each._replace(file=file) for each in parsed.documents]
            skipped += [each._replace(file=file) for each in parsed.skipped]
    if sources.files and not documents and not any(e.severity == "error" for e in problems):
        says = "Of {} file{} none is an estate's.".format(
            len(sources.files), "" if len(sources.files) == 1 else "s"
        )
        hint = f"begin each document with apiVersion: {API_VERSION}"
        problems.append(found("nothing-declared", says, hint=hint))
    nodes = Nodes(tuple(documents), tuple(skipped), sound, tuple(unread), sources.missing)
    return Checked(nodes, tuple(problems))


def _parse_file(source: Source, forms: Forms) -> tuple[Checked[Parsed], bool]:
    """Return a file's documents and problems, and whether all that is ours in it was read."""
    documents: list[Document] = []
    skipped: list[Skipped] = []
    problems: list[Diagnostic] = []
    costly = complete = False
    templated = "{{" in source.text or "{%" in source.text
    try:
        for tree in read_alike(source.file, source.text, forms):
            costly = costly or tree.aliased > _UNUSUAL_ALIASES
            _sort_out(source.file, tree, templated, documents, skipped, problems)
        complete = not any(e.code in _SKIPPING and e.severity == "error" for e in problems)
    except TooMuch as stop:
        problems += [*stop.before, stop.diagnostic]
    except (YAMLError, UnicodeEncodeError) as error:
        from reconciler.language.malformed import why_unread  # its words are for such files alone

        problems.append(why_unread(source, error))
    parsed = Parsed(tuple(documents), tuple(skipped), costly)
    return Checked(parsed, tuple(problems)), complete


def _sort_out(
    file: str,
    tree: Tree,
    templated: bool,  # noqa: FBT001
    documents: list[Document],
    skipped: list[Skipped],
    problems: list[Diagnostic],
) -> None:
    """Put a document where it belongs: ours, not ours, or ours in a version we do not read."""
    data = tree.data
    version = data.get("apiVersion") if isinstance(data, dict) else None
    if version == API_VERSION:
        documents.append(Document(file, tree.number, data, tree.lines, templated))
        problems += tree.problems
        return
    if _means_us(version):
        problems.append(_unknown_version(file, tree, str(version)))
        reason = f"apiVersion {shorten(str(version))} is not supported"
    elif data is None:
        reason = "it is empty"
    elif not isinstance(data, dict):
        reason = "it is not a mapping"
    elif version is not None:
        reason = f"its apiVersion is {shorten(str(version))}"
    else:
        reason = "it has no apiVersion"
        if (looks := _looks_like_ours(data)) is not None:
            problems.append(_no_version(file, tree, *looks))
    skipped.append(Skipped(file, tree.number, tree.line, reason))


def _means_us(version: Node) -> bool:
    if not isinstance(version, str):
        return False
    name = re.split(r"[/:\s]", version.strip().lower())[0]
    return SequenceMatcher(None, name, "reconciler").ratio() > 0.84


def _looks_like_ours(data: Mapping[str, Node]) -> tuple[str, str] | None:
    """Return the key that makes a document without apiVersion look like ours, and what it is.

    `misspelt` apiVersion; a section of what is `ours` for sure, for what is missing from an estate
    is taken off its PBX; or a section in what `may` be somebody else's.
    """
    for key, value in data.items():
        if key.lower() == "apiversion" and _means_us(value):
            return key, "misspelt"
    sections = [key for key, value in data.items() if key in SECTIONS and isinstance(value, dict)]
    is_headed = isinstance(data.get("pbx"), str) or isinstance(data.get("site"), str)
    for key in sections:
        if is_headed or key in _OURS:
            return key, "ours"
    return next(((key, "may") for key in sections if key not in _GENERIC), None)


def _unknown_version(file: str, tree: Tree, version: str) -> Diagnostic:
    return found(
        "unknown-api-version",
        f'"{shorten(version)}" is not a version that this reconciler reads; it reads '
        f"{API_VERSION}.",
        Place(file, tree.number, ("apiVersion",)),
        hint=f"apiVersion: {API_VERSION}",
    )


def _no_version(file: str, tree: Tree, key: str, what: str) -> Diagnostic:
    said = {
        "misspelt": f'"{shorten(key)}" is not how apiVersion is written.',
        "ours": f'The document has a section "{key}" but no apiVersion.',
        "may": f'The document has a section "{key}" but no apiVersion, so it was skipped.',
    }
    return found(
        "no-api-version",
        said[what],
        Place(file, tree.number, (key,), "key"),
        hint=f"apiVersion: {API_VERSION}",
        severity="warning" if what == "may" else "error",
    )
