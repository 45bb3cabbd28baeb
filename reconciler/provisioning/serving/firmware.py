"""Firmware: the files of a folder, by the names that phones ask for. IO.

Only what lies in the folder itself counts, and no hidden file. Names are looked up among those that
are there: nothing that is asked for becomes a path.
"""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from os import stat_result
from pathlib import Path
from time import time_ns
from typing import Any, Final

from starlette.responses import FileResponse

from reconciler.errors import WorkspaceError
from reconciler.provisioning.serving.answers import PRIVATE, Conditions, Reply, is_current
from reconciler.provisioning.serving.asking import folded

MEDIA_TYPE: Final = "application/octet-stream"
_TICK_NS: Final = 2_000_000_000
"""The coarsest clock by which a file system tells when a folder has changed."""


class Firmware:
    """A folder of firmware files; None holds nothing."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._changed_ns = -1
        self._files: dict[str, Path] = {}
        if folder is not None and not folder.is_dir():
            raise WorkspaceError(
                f"There is no folder {folder} for firmware.",
                hint="make it, or correct provisioning: firmware_folder",
            )

    def find(self, name: str) -> Path | None:
        """Return the file of a folded name, also one that has just been put there."""
        if self._folder is None or not name:
            return None
        try:
            changed_ns = self._folder.stat().st_mtime_ns
        except OSError:  # the folder is gone, and all that was in it
            return None
        if changed_ns != self._changed_ns:
            self._files = {
                folded(each.name): each
                for each in sorted(self._folder.iterdir())
                if each.is_file() and not each.name.startswith(".")
            }
            # What is put there in the same tick does not show in the folder's time.
            self._changed_ns = changed_ns if time_ns() - changed_ns > _TICK_NS else -1
        return self._files.get(name)


def etag_of(found: stat_result) -> str:
    """Return what tells a version of a file from others."""
    return f"{found.st_mtime_ns:x}-{found.st_size:x}"


def firmware_reply(
    file: Path, wants: Conditions
) -> Reply | Callable[[Any, Any, Any], Awaitable[None]]:
    """Return a firmware file, the part of it that is asked for, or that the copy is current."""
    found = file.stat()
    etag = etag_of(found)
    headers = {"etag": f'"{etag}"', **dict(PRIVATE)}
    if is_current(wants.none_match, etag):
        return Reply(HTTPStatus.NOT_MODIFIED, tuple(headers.items()))
    return FileResponse(file, headers=headers, media_type=MEDIA_TYPE, stat_result=found)
