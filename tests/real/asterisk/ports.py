"""Loopback ports and addresses for parallel tests.

Asking the system for "any free port" and binding it later races with other test workers. So ports
come in blocks below the ephemeral range, and a worker owns a block as long as it holds the block's
lock file: the kernel drops the lock when the process ends, however it ends.
"""

from __future__ import annotations

import contextlib
import fcntl
import itertools
import os
import socket
import tempfile
from pathlib import Path
from typing import IO

FIRST_PORT = 10_000
LAST_PORT = 32_600  # Linux hands out 32768 and up to everybody
BLOCK_SIZE = 200

_addresses = itertools.count(1)


class PortBlock:
    """A run of BLOCK_SIZE ports that no other test process uses, handed out one by one."""

    def __init__(self) -> None:
        self._lock, self.first = _claim_block()
        self._taken: set[int] = set()
        self._next = itertools.cycle(range(self.first, self.first + BLOCK_SIZE))

    def take(self, host: str = "127.0.0.1") -> int:
        """Return a port that is free for UDP and TCP right now."""
        for _ in range(BLOCK_SIZE):
            port = next(self._next)
            if port not in self._taken and is_free(port, host):
                self._taken.add(port)
                return port
        raise RuntimeError(f"all {BLOCK_SIZE} ports from {self.first} are in use")

    def take_range(self, count: int) -> tuple[int, int]:
        """Return (first, last) of a run of ports at the end of the block, for RTP."""
        last = self.first + BLOCK_SIZE - 1
        chosen = range(last - count + 1, last + 1)
        if not self._taken.isdisjoint(chosen):
            raise RuntimeError("take the RTP range before single ports")
        self._taken.update(chosen)
        return chosen[0], chosen[-1]

    def give_back(self, *ports: int) -> None:
        """Let ports be taken again."""
        self._taken.difference_update(ports)

    def close(self) -> None:
        """Give the block to other processes."""
        self._lock.close()


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether nothing listens on the port, neither UDP nor TCP."""
    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
        with contextlib.closing(socket.socket(socket.AF_INET, kind)) as probe:
            if kind == socket.SOCK_STREAM:  # a port in TIME_WAIT is free for a server
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                return False
    return True


def pick_address() -> str:
    """Return a loopback address of its own for a carrier: trunks are told apart by source IP.

    Linux answers on all of 127.0.0.0/8 without any set-up. Workers of pytest-xdist get different
    third bytes; 127.0.0.x is left to the PBXs.
    """
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    byte = 1 + (int(worker) if worker.isdigit() else 0) % 250
    return f"127.1.{byte}.{1 + next(_addresses) % 250}"


def _claim_block() -> tuple[IO[str], int]:
    folder = Path(tempfile.gettempdir()) / f"reconciler-test-ports-{os.getuid()}"
    folder.mkdir(exist_ok=True)
    starts = list(range(FIRST_PORT, LAST_PORT - BLOCK_SIZE + 1, BLOCK_SIZE))
    offset = os.getpid() % len(starts)  # other users' locks are not seen: start elsewhere
    for start in starts[offset:] + starts[:offset]:
        lock = (folder / str(start)).open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            continue
        return lock, start
    raise RuntimeError(f"all port blocks are locked in {folder}")
