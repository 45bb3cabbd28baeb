"""Load: files become text. The only stage of the language that touches the disk."""

import hashlib
import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from reconciler.diagnostics.codes import found
from reconciler.diagnostics.diagnostic import Checked, Diagnostic
from reconciler.diagnostics.place import Span
from reconciler.language.limits import MAX_FILE_BYTES, MAX_FILES
from reconciler.language.source import Source, Sources

SUFFIXES = frozenset((".yaml", ".yml"))
_SLIPS = frozenset((".aml", ".myl", ".yalm", ".yam", ".ylm", ".ymal"))
"""Endings that are meant for one of ours."""


def load(paths: Sequence[Path], *, cwd: Path) -> Checked[Sources]:
    """Read every YAML file under the paths, folders sorted, each file once.

    Paths are taken relative to `cwd`, and shown relative to it where they lie below it. Whatever
    cannot be read is a diagnostic; nothing is raised.
    """
    problems: list[Diagnostic] = []
    files: dict[str, Source] = {}
    seen: set[tuple[int, ...]] = set()
    for path in paths:
        for file in _walk(cwd / path, cwd, problems):
            if len(files) >= MAX_FILES:
                problems.append(
                    found("too-many-files", f"Reading stopped after {MAX_FILES:,} files.")
                )
                return Checked(Sources(files, missing=True), tuple(problems))
            source = _read(file, cwd, seen, problems)
            if source is not None:
                files[source.file] = source
    if not files and not problems:
        problems.append(found("nothing-declared", "There is no YAML file under the given paths."))
    missing = any(each.severity == "error" for each in problems)
    return Checked(Sources(files, missing), tuple(problems))


def shown_path(path: Path, cwd: Path) -> str:
    """Return a path as people know it: relative to `cwd` below it, with forward slashes."""
    plain = Path(os.path.normpath(path))
    try:
        return plain.relative_to(os.path.normpath(cwd)).as_posix()
    except ValueError:
        return plain.as_posix()


def _walk(path: Path, cwd: Path, problems: list[Diagnostic]) -> Iterator[Path]:
    shown = shown_path(path, cwd)
    try:
        mode = path.stat().st_mode
    except OSError as error:
        problems.append(_unreadable(shown, error))
        return
    if not stat.S_ISDIR(mode):
        yield path
        return
    yield from _folder(path, cwd, frozenset(), problems)


def _folder(
    folder: Path, cwd: Path, above: frozenset[tuple[int, int]], problems: list[Diagnostic]
) -> Iterator[Path]:
    """Yield the YAML files below a folder. `above` are the folders that led here."""
    shown = shown_path(folder, cwd)
    try:
        status = folder.stat()
        with os.scandir(folder) as listing:
            entries = sorted(listing, key=lambda entry: entry.name)
    except OSError as error:
        problems.append(_unreadable(shown, error))
        return
    identity = (status.st_dev, status.st_ino)
    if identity in above:
        problems.append(
            found("file-loop", f"{shown} leads back to a folder above it.", _start(shown))
        )
        return
    for entry in entries:
        if entry.name.startswith("."):
            continue
        path = folder / entry.name
        try:
            is_folder = entry.is_dir()
        except OSError as error:
            problems.append(_unreadable(shown_path(path, cwd), error))
            continue
        if is_folder:
            yield from _folder(path, cwd, above | {identity}, problems)
        elif path.suffix.lower() in SUFFIXES:
            yield path
        elif path.suffix.lower() in _SLIPS:
            problems.append(_misspelt(shown_path(path, cwd), path.stem))


def _read(
    path: Path, cwd: Path, seen: set[tuple[int, ...]], problems: list[Diagnostic]
) -> Source | None:
    shown = shown_path(path, cwd)
    try:
        # Not blocking: a pipe that nobody writes to must not hang the command.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(descriptor, "rb") as stream:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                problems.append(
                    found("file-unreadable", f"{shown} is not a regular file.", _start(shown))
                )
                return None
            # With its time: a file that is put in place of another while we read may get the number
            # of one that was read, and is another all the same.
            identity = (status.st_dev, status.st_ino, status.st_mtime_ns)
            if identity in seen:
                return None
            seen.add(identity)
            raw = b"" if status.st_size > MAX_FILE_BYTES else stream.read(MAX_FILE_BYTES + 1)
            size = max(status.st_size, len(raw))
    except OSError as error:
        problems.append(_unreadable(shown, error))
        return None
    if size > MAX_FILE_BYTES:
        problems.append(
            found(
                "file-too-large",
                f"{shown} has {size / 1e6:,.1f} MB; files over "
                f"{MAX_FILE_BYTES // 2**20} MiB are not read.",
                _start(shown),
                hint="keep exports and logs out of the estate, or divide the file",
            )
        )
        return None
    return _decode(shown, raw, problems)


def _decode(shown: str, raw: bytes, problems: list[Diagnostic]) -> Source | None:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8", "replace")
        line = before.count("\n") + 1
        column = len(before) - before.rfind("\n")
        looks_utf16 = raw[:2] in (b"\xff\xfe", b"\xfe\xff")
        problems.append(
            found(
                "file-not-utf8",
                f"{shown} is UTF-16, not UTF-8."
                if looks_utf16
                else f"The byte 0x{raw[error.start]:02x} at offset {error.start} of {shown} is "
                "not UTF-8.",
                Span(shown, line, column, line, column + 1),
                hint="save the file in the encoding UTF-8",
            )
        )
        return None
    return Source(shown, text, hashlib.sha256(raw).hexdigest())


def _misspelt(shown: str, stem: str) -> Diagnostic:
    return found(
        "file-misspelt",
        f"{shown} is not read: its name does not end in .yaml or .yml.",
        _start(shown),
        hint=f"name it {stem}.yaml",
    )


def _unreadable(shown: str, error: OSError) -> Diagnostic:
    if isinstance(error, FileNotFoundError):
        return found("file-missing", f"{shown} does not exist.", _start(shown))
    return found(
        "file-unreadable",
        f"{shown}: {(error.strerror or 'unknown reason').lower()}.",
        _start(shown),
    )


def _start(shown: str) -> Span:
    return Span(shown, 1, 1, 1, 1)
