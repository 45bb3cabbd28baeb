"""Failures in words: one message, a way out, an exit code. Never a traceback."""

import errno
import os
import sys
import traceback

from reconciler.cli.exits import ERROR, LOCKED, STALE
from reconciler.errors import JournalLocked, PlanFileInvalid, ReconcilerError

_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS)
"""What a write says of the disk, without the name of the file."""


def code_of(error: ReconcilerError) -> int:
    """Return the exit code that belongs to a failure."""
    if isinstance(error, JournalLocked):
        return LOCKED
    if isinstance(error, PlanFileInvalid):
        return STALE
    return ERROR


def words(error: ReconcilerError) -> str:
    """Return a failure as it is shown: code, message, hint."""
    text = f"error[{error.code}]: {error}"
    return f"{text}\n  hint: {error.hint}" if error.hint else text


def report(error: Exception) -> int:
    """Show a failure on stderr and return the exit code.

    What is not a ReconcilerError is a bug of ours: it is shown with its type and place, without
    the values of its frames; the traceback only when RECONCILER_DEBUG is set.
    """
    if isinstance(error, ReconcilerError):
        print(words(error), file=sys.stderr)  # noqa: T201
        return code_of(error)
    if isinstance(error, BrokenPipeError):
        # Python would try to write the rest at its end, and complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ERROR
    if isinstance(error, OSError) and (error.filename is not None or error.errno in _DISK):
        where = f"{error.filename}: " if error.filename is not None else ""
        print(f"error[files]: {where}{error.strerror}", file=sys.stderr)  # noqa: T201
        return ERROR
    if os.environ.get("RECONCILER_DEBUG"):
        traceback.print_exception(error)
    else:
        last = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{last.filename.rpartition('reconciler/')[2]}:{last.lineno}"
        print(  # noqa: T201
            f"error[bug]: {type(error).__name__} at {where}. This is a bug of reconciler; nothing "
            "more was sent after it.\n  hint: run again with RECONCILER_DEBUG=1 and report it",
            file=sys.stderr,
        )
    return ERROR
