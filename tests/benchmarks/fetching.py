"""A fleet of phones in a process of its own: `python -m tests.benchmarks.fetching PORT PHONES`.

Every phone opens a TLS connection, asks for its five files one after the other and compares each
with what it must be. Prints one line of JSON.
"""

from __future__ import annotations

import json
import socket
import ssl
import sys
import threading
from time import perf_counter

FILES = 5
AT_ONCE = 32


def mac_of(number: int) -> str:
    """Return a phone's MAC."""
    return f"805ec0{number:06x}"


def name_of(number: int, file: int) -> str:
    """Return the name of one of a phone's files."""
    return f"{mac_of(number)}{('.boot', '.cfg', '-settings.cfg', '-phone.cfg', '.xml')[file]}"


def content(number: int, file: int) -> bytes:
    """Return a file of the size that phones' files have: 4 KiB."""
    line = f"account.{file}.label = phone {number} of the fleet, file {file}\n".encode()
    return line * (4096 // len(line))


class Fleet:
    """Phones that are served by a few threads, and what came of it."""

    def __init__(self, port: int, phones: int) -> None:
        self.port = port
        self.numbers = iter(range(phones))
        self.lock = threading.Lock()
        self.times: list[float] = []
        self.errors = 0
        self.wrong = 0
        self.tls = ssl._create_unverified_context()

    def work(self) -> None:
        """Be one phone after the other."""
        while True:
            with self.lock:
                number = next(self.numbers, None)
            if number is None:
                return
            try:
                times, wrong = self.boot(number)
            except (OSError, ValueError):
                times, wrong = [], 0
            with self.lock:
                self.times += times
                self.wrong += wrong
                self.errors += FILES - len(times)

    def boot(self, number: int) -> tuple[list[float], int]:
        """Fetch everything of one phone; return the times in seconds, and what was wrong."""
        source = (f"127.1.{number // 250 % 250}.{number % 250 + 1}", 0)
        times: list[float] = []
        wrong = 0
        began = perf_counter()  # the first file's time holds the handshake
        plain = socket.create_connection(("127.0.0.1", self.port), 30, source)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self.tls.wrap_socket(plain) as wire:
            for file in range(FILES):
                wire.sendall(
                    f"GET /p/{name_of(number, file)} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: "
                    f"Yealink SIP-T46S 66.86.0.15 {mac_of(number)}\r\n\r\n".encode()
                )
                status, body = receive(wire)
                if status != 200:
                    raise ValueError(status)
                wrong += body != content(number, file)
                times.append(perf_counter() - began)
                began = perf_counter()
        return times, wrong


def receive(wire: ssl.SSLSocket) -> tuple[int, bytes]:
    """Return status and body of an answer."""
    got = b""
    while b"\r\n\r\n" not in got:
        more = wire.recv(16384)
        if not more:
            raise ValueError("closed")
        got += more
    head, _, body = got.partition(b"\r\n\r\n")
    low = head.lower()
    length = int(low.partition(b"content-length:")[2].partition(b"\r\n")[0])
    while len(body) < length:
        body += wire.recv(16384)
    return int(head[9:12]), body


def main() -> None:
    """Run the fleet and print what came of it."""
    fleet = Fleet(int(sys.argv[1]), int(sys.argv[2]))
    began = perf_counter()
    threads = [threading.Thread(target=fleet.work) for _ in range(AT_ONCE)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    wall = perf_counter() - began
    times = sorted(fleet.times) or [0.0]
    result = {
        "wall_s": wall,
        "p50_ms": times[len(times) // 2] * 1000,
        "p99_ms": times[int(len(times) * 0.99)] * 1000,
        "errors": fleet.errors,
        "wrong": fleet.wrong,
    }
    sys.stdout.write(json.dumps(result) + "\n")


if __name__ == "__main__":
    main()
