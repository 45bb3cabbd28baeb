"""Keeping: estates as files in the workspace's cache, each under its key. IO; never raises.

A line with the SHA-256 of the body, then the body. Whatever is wrong with a file (half written,
changed, unreadable), it is as if it was not there, and the estate is worked out again.
"""

import contextlib
import hashlib
import os
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Final, NamedTuple

from reconciler.adapters import ADAPTERS
from reconciler.diagnostics.diagnostic import Checked
from reconciler.kept.estate import Estate, from_text, to_text
from reconciler.kept.inputs import is_all_ours, key_of
from reconciler.kept.packing import CannotKeep
from reconciler.language.collector import collector_paused
from reconciler.language.filing import write_whole
from reconciler.language.source import Sources

FOLDER: Final = "estates"
_KEPT: Final = 4
"""How many estates are kept: a workspace has few sets of paths that people plan."""
_LARGEST: Final = 256 * 1024 * 1024


class Keeping(NamedTuple):
    """Where one estate is kept. Without a file nothing is."""

    file: Path | None

    def take(self) -> Estate | None:
        """Return the estate if it was put there."""
        if self.file is None:
            return None
        try:
            head, _, body = self.file.read_bytes().partition(b"\n")
            if head.decode() != hashlib.sha256(body).hexdigest():
                return None
            with collector_paused():
                found = from_text(body.decode())
            os.utime(self.file)  # those that nobody asks for go first
        except (OSError, ValueError, TypeError, LookupError, RecursionError):
            return None
        return found

    def put(self, estate: Estate) -> None:
        """Keep an estate, unless there is an error in it or somebody else's code had a say."""
        if self.file is None or Checked(None, estate.diagnostics).has_errors:
            return
        if not is_all_ours(estate.desired.targets, ADAPTERS):
            return
        with contextlib.suppress(OSError, CannotKeep, RecursionError), collector_paused():
            body = to_text(estate).encode()
            if len(body) <= _LARGEST:
                self.file.parent.mkdir(parents=True, exist_ok=True)
                write_whole(self.file, hashlib.sha256(body).hexdigest().encode() + b"\n" + body)
                _forget(self.file.parent)


def keeping(
    sources: Checked[Sources],
    cache: Path | None,
    adapters: Mapping[str, object],
    *,
    today: date,
    rendered: bool,
) -> Keeping:
    """Return where the estate of these files is kept.

    Nowhere without a cache, for files with problems, and with adapters of the caller's own.
    """
    if cache is None or sources.diagnostics or adapters is not ADAPTERS:
        return Keeping(None)
    try:
        key = key_of(sources.value, today=today, rendered=rendered)
    except OSError:  # what cannot be looked at may have changed
        return Keeping(None)
    return Keeping(cache / FOLDER / f"{key}.json")


def _forget(folder: Path) -> None:
    with os.scandir(folder) as listing:
        states = [(each.stat().st_mtime_ns, each.path) for each in listing]
    for _, path in sorted(states, reverse=True)[_KEPT:]:
        with contextlib.suppress(OSError):
            Path(path).unlink()
