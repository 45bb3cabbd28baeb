"""Runs the installed command in processes that have already imported it: many runs, quickly.

Every run is a process of its own with its own arguments, folder, environment and pipes; it only
skips what Python does before the first line of ours, which is most of what a short command takes.
`RECONCILER_TEST_COLD=1` makes the tests start the console script instead, as some always do.

A run may be told to die: `{"at": "settle", "call": 3, "after": true}` kills it with SIGKILL after
the third write of a result into the journal, which is as abrupt as a power cut gets.
"""

import atexit
import contextlib
import gc
import importlib
import json
import os
import pkgutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, NoReturn

ROOT = Path(__file__).parents[2]
DEADLINE_S = 120


class ForkServer:
    """The tests' end: starts the server when it is first needed, one run at a time.

    `before` is a program with arguments that starts it, in a namespace for instance.
    """

    def __init__(self, *before: str) -> None:
        self._before = before
        self._server: subprocess.Popen[bytes] | None = None
        self._wire: socket.socket | None = None

    def run(
        self,
        arguments: Sequence[str],
        *,
        cwd: Path,
        environ: Mapping[str, str],
        stdin: str = "",
        die: Mapping[str, Any] | None = None,
    ) -> tuple[int, str, str]:
        """Run the command; return its exit code (-9 when it was killed), stdout and stderr."""
        wire = self._wire or self._start()
        request = {
            "arguments": [str(each) for each in arguments],
            "cwd": str(cwd),
            "environ": dict(environ),
            "die": die,
        }
        with (
            tempfile.TemporaryFile() as given,
            tempfile.TemporaryFile() as out,
            tempfile.TemporaryFile() as err,
        ):
            given.write(stdin.encode())
            given.seek(0)
            handles = [each.fileno() for each in (given, out, err)]
            socket.send_fds(wire, [json.dumps(request).encode()], handles)
            answer = wire.recv(64)
            assert answer, "the fork server is gone"
            out.seek(0)
            err.seek(0)
            return int(answer), out.read().decode(), err.read().decode()

    def close(self) -> None:
        """End the server; the next run starts another (a worker may come back to a module)."""
        if self._wire is not None and self._server is not None:
            self._wire.close()
            self._server.wait(DEADLINE_S)
        self._wire = self._server = None

    def _start(self) -> socket.socket:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.settimeout(DEADLINE_S)
        for each in (ours, theirs):
            each.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        self._server = subprocess.Popen(
            [*self._before, sys.executable, "-m", "tests.cli.forkserver", str(theirs.fileno())],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
        )
        theirs.close()
        self._wire = ours
        return ours


def serve(wire: socket.socket) -> Callable[[], object]:
    """Fork for each request. Returns in the children alone, with what they have to run."""
    command = _imported()
    gc.freeze()
    while True:
        raw, handles, _, _ = socket.recv_fds(wire, 1 << 20, 3)
        if not raw:
            os._exit(0)
        child = os.fork()
        if child == 0:
            wire.close()
            _become(json.loads(raw), handles)
            return command
        for handle in handles:
            os.close(handle)
        _, status = os.waitpid(child, 0)
        wire.send(str(os.waitstatus_to_exitcode(status)).encode())


def _imported() -> Callable[[], object]:
    """Return the console script's function, with all of the package imported."""
    import reconciler

    for each in pkgutil.walk_packages(reconciler.__path__, "reconciler."):
        if not each.name.endswith("__main__") and ".testing" not in each.name:
            importlib.import_module(each.name)
    for name in ("rich.console", "rich.progress", "sqlalchemy.dialects.sqlite", "yaml"):
        importlib.import_module(name)
    from pydantic import BaseModel

    _complete(BaseModel)
    (script,) = entry_points(group="console_scripts", name="reconciler")
    command: Callable[[], object] = script.load()
    return command


def _complete(model: Any) -> None:
    """Let pydantic build what it puts off until a model is first used: once, not in every run."""
    for each in model.__subclasses__():
        if each.__module__.startswith("reconciler."):
            each.model_rebuild()
        _complete(each)


def _become(request: Mapping[str, Any], handles: Sequence[int]) -> None:
    for number, handle in enumerate(handles):
        os.dup2(handle, number)
        os.close(handle)
    environ = dict(request["environ"])
    os.environ.clear()
    os.environ.update(environ)
    os.chdir(request["cwd"])
    sys.argv = [str(Path(sys.executable).with_name("reconciler")), *request["arguments"]]
    sys.modules["__main__"].__package__ = None  # a script, not a module that -m has run
    if request["die"]:
        _die_at(**request["die"])


# -- dying --


def _die_at(
    at: str, call: int, *, after: bool = False, fill: str | None = None, pause: str | None = None
) -> None:
    """Let the process kill itself before or after the given call of a boundary.

    With `fill` it does not die: from then on the disk on which that folder lies is full. With
    `pause` it makes a file PAUSE.reached and goes on as soon as there is a file PAUSE.go.
    """
    owner, name = _BOUNDARIES[at]()
    original = getattr(owner, name)
    calls = 0

    def counted(*arguments: Any, **named: Any) -> Any:
        nonlocal calls
        if any(str(each).endswith(_WITNESS) for each in arguments):
            return original(*arguments, **named)
        calls += 1
        if calls == call and not after:
            happen()
        result = original(*arguments, **named)
        if calls == call and after:
            happen()
        return result

    def happen() -> None:
        if fill is not None:
            fill_up(Path(fill))
        elif pause is not None:
            Path(f"{pause}.reached").touch()
            end = time.monotonic() + DEADLINE_S
            while not Path(f"{pause}.go").exists():
                if time.monotonic() > end:
                    _die()  # whoever started it is gone
                time.sleep(0.01)
        else:
            _die()

    setattr(owner, name, counted)


def fill_up(folder: Path) -> None:
    """Write into the folder until nothing more fits."""
    with contextlib.suppress(OSError), (folder / "filler").open("ab", buffering=0) as filler:
        for size in (1 << 16, 1 << 12, 1):
            with contextlib.suppress(OSError):
                while True:
                    filler.write(b"x" * size)


def _die() -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("survived SIGKILL")


def _journal(name: str) -> Callable[[], tuple[Any, str]]:
    def boundary() -> tuple[Any, str]:
        from reconciler.journal import Journal

        return Journal, name

    return boundary


def _platform() -> tuple[Any, str]:
    from reconciler.adapters.memory.store import Store

    return Store, "save"


def _reading() -> tuple[Any, str]:
    from reconciler.adapters.memory.store import Store

    return Store, "load"


def _secrets() -> tuple[Any, str]:
    from reconciler.execution.secrets.store import Store

    return Store, "add"


def _replace() -> tuple[Any, str]:
    return Path, "replace"


def _database() -> tuple[Any, str]:
    from reconciler.database import sqlite

    return sqlite, "_commit"


def _server() -> tuple[Any, str]:
    from sqlalchemy.engine.default import DefaultDialect

    return DefaultDialect, "do_commit"


def _publishing() -> tuple[Any, str]:
    from reconciler.provisioning.store.published import Published

    return Published, "publish"


_WITNESS = "journal.db.head"
"""Is written after a transaction, which is a boundary by itself."""

_BOUNDARIES: Mapping[str, Callable[[], tuple[Any, str]]] = {
    "begin": _journal("begin"),
    "intend": _journal("intend"),
    "settle": _journal("settle"),
    "end": _journal("end"),
    "platform": _platform,
    "read": _reading,
    "publish": _publishing,
    "secrets": _secrets,
    "file": _replace,
    "commit": _database,
    "commit-on-server": _server,
}
"""Where a run may die: writes of the journal (`commit`: every transaction of it), of the platform,
of the secret store, of the published one, every file that is put in its place (`file`), and reads
of the platform."""


def once(request: Mapping[str, Any]) -> Callable[[], object]:
    """Become one run in this process: for runs in a namespace of their own."""
    command = _imported()
    _become({**request, "environ": os.environ, "cwd": Path.cwd()}, ())
    return command


def finish(command: Callable[[], object]) -> NoReturn:
    """Run the command and end as Python ends, but for taking every imported module apart.

    In a forked process that would copy most of the memory, and take longer than the command.
    """
    code: object = 1
    try:
        code = command()
    except SystemExit as ended:
        code = ended.code
    except BaseException:  # noqa: BLE001 - as at the end of a program
        sys.excepthook(*sys.exc_info())
    if code is not None and not isinstance(code, int):
        sys.stderr.write(f"{code}\n")
        code = 1
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError):
            stream.flush()
    os._exit(code or 0)


if __name__ == "__main__":
    if sys.argv[1] == "once":
        finish(once(json.loads(sys.argv[2])))
    finish(serve(socket.socket(fileno=int(sys.argv[1]))))
