"""Keeping: estates as files in the workspace's cache, each under its key. IO; never raises.

A line with the SHA-256 of the body, then the body. Whatever is wrong with a file (half written,
changed, unreadable), it is as if it was not there, and the estate is worked out again.
"""

import hashlib
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Final, NamedTuple

from reconciler.adapters import ADAPTERS
from reconciler.diagnostics.diagnostic import Checked
from reconciler.kept.estate import Estate, Kept, to_lines
from reconciler.kept.inputs import is_all_ours, key_of
from reconciler.kept.packing import CannotKeep
from reconciler.language.collector import collector_paused
from reconciler.language.filing import write_whole
from reconciler.language.source import Sources
from reconciler.model.value import EMPTY

FOLDER: Final = "estates"
_KEPT: Final = 4
"""How many estates are kept: a workspace has few sets of paths that people plan."""
_LARGEST: Final = 256 * 1024 * 1024
_SPOILT: Final = (OSError, ValueError, TypeError, LookupError, RecursionError)
"""What reading a file raises that is not as it was written."""


class Keeping(NamedTuple):
    """Where one estate is kept. Without a file nothing is."""

    file: Path | None

    def take(self) -> Estate | None:
        """Return the estate if it was put there."""
        if self.file is None:
            return None
        with suppress(*_SPOILT), collector_paused():
            found = Kept(_read(self.file)).estate()
            os.utime(self.file)  # those that nobody asks for go first
            return found
        return None

    def before(self, sources: Sources) -> Kept | None:
        """Return the last estate of these files, more or less, on whatever day."""
        if self.file is None:
            return None
        stem, dash, _ = self.file.name.partition("-")
        for file in _newest(self.file.parent):
            if file.name.startswith(stem + dash):
                with suppress(*_SPOILT), collector_paused():
                    found = Kept(_read(file))
                    if 2 * len(found.hashes.keys() & sources.files.keys()) > len(sources.files):
                        return found
        return None

    def put(
        self, estate: Estate, sources: Sources, lines: Mapping[str, str] = EMPTY
    ) -> Mapping[str, str]:
        """Keep an estate, unless there is an error in it or somebody else's code had a say.

        `lines` are those of files that were kept before and are the same. Return its traces.
        """
        if self.file is None or Checked(None, estate.diagnostics).has_errors:
            return EMPTY
        if not is_all_ours(estate.declared.targets, ADAPTERS):
            return EMPTY
        with suppress(OSError, CannotKeep, RecursionError), collector_paused():
            said = to_lines(estate, sources, lines)
            body = "\n".join(said).encode()
            if len(body) <= _LARGEST:
                self.file.parent.mkdir(parents=True, exist_ok=True)
                write_whole(self.file, hashlib.sha256(body).hexdigest().encode() + b"\n" + body)
                _forget(self.file.parent)
            return Kept(said).traces
        return EMPTY


def keeping(
    sources: Checked[Sources],
    cache: Path | None,
    adapters: Mapping[str, object],
    *,
    today: date,
    rendered: bool,
    folder: str = FOLDER,
) -> Keeping:
    """Return where the estate of these files is kept, in a `folder` of the cache.

    Nowhere without a cache, for files with problems, and with adapters of the caller's own.
    """
    if cache is None or sources.diagnostics or adapters is not ADAPTERS:
        return Keeping(None)
    try:
        key = key_of(sources.value, today=today, rendered=rendered)
    except OSError:  # what cannot be looked at may have changed
        return Keeping(None)
    return Keeping(cache / folder / f"{key}.json")


def _read(file: Path) -> Sequence[str]:
    """Return the lines of a file. Raises ValueError if it is not as it was written."""
    head, _, body = file.read_bytes().partition(b"\n")
    if head.decode() != hashlib.sha256(body).hexdigest():
        raise ValueError("not what was written")
    return body.decode().split("\n")


def _newest(folder: Path) -> Sequence[Path]:
    """Return the files of a folder, the newest first."""
    try:
        with os.scandir(folder) as listing:
            states = [(each.stat().st_mtime_ns, each.path) for each in listing]
    except OSError:
        return ()
    return [Path(path) for _, path in sorted(states, reverse=True)]


def _forget(folder: Path) -> None:
    for path in _newest(folder)[_KEPT:]:
        with suppress(OSError):
            path.unlink()
