"""Failures in words: one message, a way out, an exit code. Never a traceback."""

import errno
import os
import sys
import traceback

from reconciler.cli.exits import ERROR, LOCKED, STALE
from reconciler.cli.problems import PROBLEMS
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
    """Return a failure as it is shown: code, message, hint. Lines to copy are never broken."""
    return worded(error.code, str(error), error.hint)


def worded(code: str, message: str, hint: str | None) -> str:
    """Return what is known of a failure as it is shown."""
    text = _fitting(f"error[{code}]: {message}", "  ")
    if not hint:
        return text
    if "\n" in hint:
        lines = "".join(f"\n    {line}" for line in hint.splitlines())
        return f"{text}\n  hint:{lines}"
    return f"{text}\n{_fitting(f'  hint: {hint}', '    ')}"


def _fitting(text: str, indent: str) -> str:
    """Break a text between words on a terminal; what is piped stays one line."""
    if not sys.stderr.isatty():
        return text
    import textwrap

    from reconciler.cli.screen import width

    return "\n".join(
        textwrap.wrap(
            text, width(), subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
        )
    )


def tell(error: ReconcilerError) -> None:
    """Show a failure on stderr, after which the command may go on."""
    PROBLEMS.note_failure(error.code, str(error), error.hint)
    print(words(error), file=sys.stderr)  # noqa: T201


def report(error: Exception) -> int:
    """Show a failure on stderr and return the exit code.

    What is not a ReconcilerError is a bug of ours: it is shown with its type and place, without
    the values of its frames; the traceback only when RECONCILER_DEBUG is set.
    """
    if isinstance(error, ReconcilerError):
        tell(error)
        return code_of(error)
    if isinstance(error, BrokenPipeError):
        # Python would try to write the rest at its end, and complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ERROR
    if isinstance(error, OSError) and (error.filename is not None or error.errno in _DISK):
        where = f"{error.filename}: " if error.filename is not None else ""
        PROBLEMS.note_failure("files", f"{where}{error.strerror}")
        print(f"error[files]: {where}{error.strerror}", file=sys.stderr)  # noqa: T201
        return ERROR
    PROBLEMS.note_failure("bug", f"{type(error).__name__}: a bug of reconciler")
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
