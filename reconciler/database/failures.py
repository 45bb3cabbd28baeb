"""What databases say when they fail, turned into our errors with a way out."""

from reconciler.database.wording import Wording
from reconciler.errors import ReconcilerError, WorkspaceError

_FULL = ("disk is full", "no space left", "could not extend file")
_RIGHTS = ("readonly database", "unable to open database", "read-only transaction")
_CORRUPT = ("malformed", "not a database", "file is encrypted")
_BUSY = ("database is locked", "database table is locked", "lock timeout", "deadlock detected")


def explain(where: str, wording: Wording, said: str) -> ReconcilerError:
    """Return the error for what a database said. Only its first line is repeated."""
    said = said.strip().splitlines()[0] if said.strip() else "no reason given"
    low, the = said.lower(), f"The {wording.title} {where}"
    if any(words in low for words in _FULL):
        return WorkspaceError(
            f"{the} cannot be written: the disk is full. Nothing of this was "
            f"recorded, and what was recorded before is intact.",
            hint="make room on the disk and run the same command again",
        )
    if any(words in low for words in _RIGHTS):
        return WorkspaceError(
            f"{the} cannot be opened for writing ({said}).",
            hint=f"give this user the right to write the file and its folder, or name another "
            f"{wording.title} ({wording.setting})",
        )
    if any(words in low for words in _CORRUPT):
        return wording.fails(
            f"{the} is damaged or is not a {wording.title} ({said}).",
            hint=wording.rescue,
        )
    if any(words in low for words in _BUSY):
        return wording.fails(
            f"{the} is busy: another process kept it locked for too long.",
            hint="run the same command again",
        )
    if "disk i/o error" in low:
        return WorkspaceError(
            f"{the} cannot be read or written: the disk reports an error.",
            hint=f"check the disk; a {wording.title} on a network share is better kept in "
            f"PostgreSQL",
        )
    return wording.fails(
        f"{the} failed: {said}",
        hint=f"check `{wording.setting}` and that the database can be reached",
    )
