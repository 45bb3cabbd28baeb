"""Cache: files parsed earlier, by the hash of their content. Losing it costs time, nothing else.

One file per hash: a line with our format and the body's SHA-256, then the body as JSON. Whatever
is wrong with a cached file (half written, changed, of another version, unreadable), it is parsed
again. Only files are remembered in which no stage found an error, so a secret that was written
down by mistake never gets here.
"""

import contextlib
import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from reconciler.diagnostics.diagnostic import Diagnostic
from reconciler.language.collector import collector_paused
from reconciler.language.filing import write_whole
from reconciler.language.node import Document, Nodes, Parsed, Skipped
from reconciler.language.source import Sources

FORMAT: Final = "reconciler-cache 1"
"""Changes whenever the parser would read the same text differently."""

_KEPT: Final = 4_000
_KEPT_BYTES: Final = 256 * 1024 * 1024
_SUFFIX: Final = ".json"


def recall(folder: Path | None, sources: Sources) -> Mapping[str, Parsed]:
    """Return what the cache knows of these sources, by hash. Never raises."""
    if folder is None or not folder.is_dir():
        return {}
    known: dict[str, Parsed] = {}
    with collector_paused():
        for source in sources.files.values():
            if source.sha256 not in known:
                parsed = recall_one(folder, source.sha256)
                if parsed is not None:
                    known[source.sha256] = parsed
    return known


def recall_one(folder: Path | None, sha256: str) -> Parsed | None:
    """Return what the cache knows of a text by its hash. Never raises."""
    return None if folder is None else _read(folder / f"{sha256}{_SUFFIX}")


def remember(folder: Path | None, nodes: Nodes, diagnostics: Iterable[Diagnostic]) -> None:
    """Store the newly parsed files that have no error, and forget the oldest. Never raises."""
    if folder is None or not nodes.sound:
        return
    flawed = {
        place.file
        for each in diagnostics
        if each.severity == "error"
        for place in (each.at, *(related.at for related in each.related))
        if place is not None
    }
    by_file: dict[str, tuple[list[Document], list[Skipped]]] = {
        file: ([], []) for file in nodes.sound if file not in flawed
    }
    for document in nodes.documents:
        if document.file in by_file:
            by_file[document.file][0].append(document)
    for skip in nodes.skipped:
        if skip.file in by_file:
            by_file[skip.file][1].append(skip)
    with contextlib.suppress(OSError), collector_paused():
        folder.mkdir(parents=True, exist_ok=True)
        for file, (documents, skipped) in by_file.items():
            _write(folder / f"{nodes.sound[file]}{_SUFFIX}", documents, skipped)
        _prune(folder)


def _write(path: Path, documents: list[Document], skipped: list[Skipped]) -> None:
    body = json.dumps(
        [
            [[each.number, each.data, each.lines, each.templated] for each in documents],
            [[each.number, each.line, each.reason] for each in skipped],
        ],
        ensure_ascii=False,
        separators=(",", ":"),
    ).encode()
    head = f"{FORMAT} {hashlib.sha256(body).hexdigest()}\n".encode()
    write_whole(path, head + body)


def _read(path: Path) -> Parsed | None:
    try:
        raw = path.read_bytes()
        head, _, body = raw.partition(b"\n")
        if head != f"{FORMAT} {hashlib.sha256(body).hexdigest()}".encode():
            return None
        return _parsed(json.loads(body))
    except (OSError, ValueError, TypeError, RecursionError):
        return None


def _parsed(data: Any) -> Parsed:
    documents, skipped = data
    return Parsed(
        tuple(Document("", *each) for each in documents),
        tuple(Skipped("", index, line, reason) for index, line, reason in skipped),
    )


def _prune(folder: Path) -> None:
    """Keep the newest files, as many and as large as is reasonable, and no half-written ones."""
    with os.scandir(folder) as listing:
        states = [(entry.stat(), entry.path) for entry in listing if entry.is_file()]
    size = 0
    for count, (state, path) in enumerate(
        sorted(states, key=lambda each: each[0].st_mtime, reverse=True)
    ):
        size += state.st_size
        if count >= _KEPT or size > _KEPT_BYTES:
            with contextlib.suppress(OSError):
                Path(path).unlink()
