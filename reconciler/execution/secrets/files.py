"""Private files: written whole or not at all, for their owner alone, one writer at a time."""

import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from reconciler.errors import WorkspaceError


def ensure_folder(folder: Path) -> None:
    """Create the workspace's folder, for its owner alone and ignored by git."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        ignore = folder / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n", encoding="utf-8")
    except OSError as failure:
        raise unusable(folder, failure) from None


def read_key(file: Path) -> str | None:
    """Return a key file's text; None if there is none. Refuses a file that others may read."""
    try:
        with file.open(encoding="utf-8") as handle:
            mode = stat.S_IMODE(os.fstat(handle.fileno()).st_mode)
            if mode & 0o077:
                raise WorkspaceError(
                    f"The key {file} can be read by others (mode {mode:04o}); it is not used.",
                    hint=f"chmod 600 {file}",
                )
            return handle.read()
    except FileNotFoundError:
        return None
    except UnicodeDecodeError:
        raise WorkspaceError(
            f"The key {file} is not text.", hint="restore it from a copy"
        ) from None
    except OSError as failure:
        raise unusable(file, failure) from None


def create_private(file: Path, text: str) -> bool:
    """Write a file unless it exists, which is said. Never half-written, never overwritten."""
    ensure_folder(file.parent)
    draft = _draft(file, text)
    try:
        os.link(draft, file)
    except FileExistsError:
        return False
    except OSError as failure:
        raise unusable(file, failure) from None
    finally:
        with suppress(OSError):
            draft.unlink()
    _sync_folder(file.parent)
    return True


def write_private(file: Path, text: str) -> None:
    """Replace a file of the workspace's folder as a whole, durably; make the folder if need be."""
    ensure_folder(file.parent)
    replace_private(file, text)


def replace_private(file: Path, text: str) -> None:
    """Replace a file's content as a whole, durably: a reader sees the old or the new."""
    draft = _draft(file, text)
    try:
        draft.replace(file)
    except OSError as failure:
        with suppress(OSError):
            draft.unlink()
        raise unusable(file, failure) from None
    _sync_folder(file.parent)


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Keep other processes from changing the file meanwhile (readers are not held up)."""
    ensure_folder(file.parent)
    lock = file.with_name(f"{file.name}.lock")
    try:
        handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as failure:
        raise unusable(lock, failure) from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def unusable(path: Path, failure: OSError) -> WorkspaceError:
    """Return the error for a file that cannot be read or written."""
    return WorkspaceError(
        f"{path} cannot be used: {failure.strerror or type(failure).__name__}.",
        hint="check the rights of the folder and the space on the disk",
    )


def _draft(file: Path, text: str) -> Path:
    draft = file.with_name(f".{file.name}.{os.getpid()}.{os.urandom(4).hex()}.tmp")
    try:
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
    except OSError as failure:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        raise unusable(file, failure) from None
    return draft


def _sync_folder(folder: Path) -> None:
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
