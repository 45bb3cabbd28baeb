"""The end of the program: what Python does at its end, but for freeing what is left."""

import atexit
import os
import sys
import threading
from typing import NoReturn


def leave(code: int) -> NoReturn:
    """End the process with this exit code.

    A plan leaves hundreds of thousands of small objects; to take them apart one by one costs a
    twentieth of it, and the system takes all of it back at once. What was registered with `atexit`
    is run and output is written, as at Python's own end. Whatever is out of the ordinary ends
    Python's own way: output that cannot be written, threads that still work, and `python -X dev`,
    which wants to see what was left open.
    """
    working = [each for each in threading.enumerate() if not each.daemon]
    if sys.flags.dev_mode or working != [threading.main_thread()]:
        sys.exit(code)
    atexit._run_exitfuncs()  # noqa: SLF001 - there is no other way to run them before the end
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):
        sys.exit(code)
    os._exit(code)
