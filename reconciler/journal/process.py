"""Who we are and whether another process still lives: for locks whose holder was killed."""

import os
import socket
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

_PROC = Path("/proc")


def host() -> str:
    """Return this machine's name as people know it."""
    return socket.gethostname()


def machine() -> str:
    """Return what tells apart machines, their boots, and containers that share a host's name.

    A process id means something only inside of one of these.
    """
    parts = [host()]
    with suppress(OSError):
        parts.append((_PROC / "sys/kernel/random/boot_id").read_text().strip())
    with suppress(OSError):
        parts.append(str((_PROC / "self/ns/pid").readlink()))
    return " ".join(parts)


def birth(pid: int) -> str:
    """Return when the process began, in the kernel's words; "" where that is not known.

    Ids are given out again: the same id with another birth is another process.
    """
    found = _stat(pid)
    return found[19] if found else ""


def is_alive(pid: int, born: str) -> bool:
    """Whether the process with this id and birth runs. A zombie does not."""
    found = _stat(pid)
    if found:
        return found[0] not in "ZX" and (not born or found[19] == born)
    if _PROC.joinpath("self").exists():
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def ours() -> Sequence[str]:
    """Return by what this process is known again: machine, id and birth."""
    return machine(), str(os.getpid()), birth(os.getpid())


def lives(known: Sequence[str]) -> bool | None:
    """Whether a process that is known by `ours` runs; None when it is on another machine."""
    where, pid, born = known
    return is_alive(int(pid), born) if where == machine() else None


def _stat(pid: int) -> list[str]:
    """Return the fields of /proc/PID/stat after the name (which may hold anything)."""
    try:
        return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
