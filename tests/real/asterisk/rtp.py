"""The voice of a user agent: sends a tone of silence, counts what it hears.

Asterisk measures a voicemail message by the audio received, and a call that survives something has
to be shown to carry audio, so an SDP alone is not enough.
"""

from __future__ import annotations

import socket
import struct
import threading
import time
from contextlib import suppress

PACKET_S = 0.02
SILENCE = b"\xff" * 160  # 20 ms of PCMU
EVENT_PAYLOAD_TYPE = 101
DIGITS = "0123456789*#ABCD"


class Voice:
    """An RTP socket and the thread that talks through it every 20 ms."""

    def __init__(self, host: str) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((host, 0))
        self._socket.setblocking(False)
        self.port: int = self._socket.getsockname()[1]
        self.heard = 0  # packets received
        self.said = 0  # packets sent
        self._target: tuple[str, int] | None = None
        self._lock = threading.Lock()
        self._digits: list[str] = []
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def talk_to(self, target: tuple[str, int]) -> None:
        """Send audio there from now on."""
        self._target = target
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, daemon=True)
            self._thread.start()

    def hush(self) -> None:
        """Send nothing any more: Asterisk gives the port to another call."""
        self._target = None

    def press(self, digit: str) -> None:
        """Send a key as an RFC 4733 telephone event, between the packets of audio."""
        with self._lock:
            self._digits.append(digit)

    def close(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join(1)
        self._socket.close()

    def _run(self) -> None:
        sequence, clock, due = 0, 0, time.monotonic()
        while not self._stop.wait(max(0.0, due - time.monotonic())):
            with self._lock:
                digit = self._digits.pop(0) if self._digits else None
            if digit is not None:
                # 60 ms of a key, then its end thrice, all under one timestamp
                for n in range(6):
                    duration, ended = min(n + 1, 4) * 160, n >= 3
                    event = DIGITS.index(digit)
                    body = struct.pack("!BBH", event, (0x80 if ended else 0) | 10, duration)
                    self._send(EVENT_PAYLOAD_TYPE, sequence, clock, body, marker=n == 0)
                    sequence += 1
                clock += 800
            self._send(0, sequence, clock, SILENCE)
            sequence, clock = sequence + 1, clock + 160
            self.said += 1
            due += PACKET_S
            with suppress(OSError):
                while self._socket.recv(2048):
                    self.heard += 1

    def _send(
        self, kind: int, sequence: int, clock: int, body: bytes, *, marker: bool = False
    ) -> None:
        payload = kind | (0x80 if marker else 0)
        head = struct.pack(
            "!BBHII", 0x80, payload, sequence & 0xFFFF, clock & 0xFFFFFFFF, self.port
        )
        with suppress(OSError):
            if self._target is not None:
                self._socket.sendto(head + body, self._target)
