"""Exit codes, the same for every command."""

from typing import Final

DONE: Final = 0
"""Done, or nothing to do."""
ERROR: Final = 1
"""A problem in the files, or a failure of the world."""
PENDING: Final = 2
"""There are changes (`plan --detailed-exitcode`) or drift (`drift`)."""
PARTLY: Final = 3
"""Some steps were done, others were not."""
REFUSED: Final = 5
"""A safety rail said no."""
LOCKED: Final = 6
"""Another run holds the journal."""
STALE: Final = 7
"""The plan file was tampered with, has expired, or does not fit what is there now."""
USAGE: Final = 64
"""The command line cannot be understood."""
INTERRUPTED: Final = 130
"""Stopped by Ctrl-C; `apply` by SIGTERM and a closed terminal, too."""
