"""The installed command in a process whose id is known, so that it can be killed from outside.

Like `tests.cli.forkserver`, which does the work; besides, each run leads a process group of its
own and writes its id into the file that RECONCILER_TEST_PID names, and it looks for two shard files
of each family instead of a hundred: a run reads them all a dozen times, and there are hundreds of
runs. `test_the_console_script_itself` does without either.
"""

import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

from tests.cli import forkserver
from tests.cli.forkserver import DEADLINE_S, ROOT, ForkServer

PID = "RECONCILER_TEST_PID"
SHARD_FILES = 2


class DoomedRuns(ForkServer):
    """The tests' end of it."""

    def _start(self) -> socket.socket:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.settimeout(DEADLINE_S)
        for each in (ours, theirs):
            each.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        self._server = subprocess.Popen(
            [sys.executable, "-m", "tests.real.doomed", str(theirs.fileno())],
            cwd=ROOT,
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
        )
        theirs.close()
        self._wire = ours
        return ours


def _main() -> NoReturn:
    command = forkserver.serve(socket.socket(fileno=int(sys.argv[1])))
    # From here on in the child.
    from reconciler.adapters.asterisk import writing

    writing.MAX_SHARDS = SHARD_FILES  # type: ignore[misc]
    os.setpgid(0, 0)
    Path(os.environ[PID]).write_text(str(os.getpid()))
    forkserver.finish(command)


if __name__ == "__main__":
    _main()
