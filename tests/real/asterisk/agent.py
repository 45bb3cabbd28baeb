"""One sipp process which runs the scenario of `scenario.py` and takes orders."""

from __future__ import annotations

import atexit
import itertools
import os
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.real.asterisk.fetch import Prefix
from tests.real.asterisk.messages import SipMessage, read_messages
from tests.real.asterisk.scenario import ORDER, Agent, build_scenario

START_DEADLINE_S = 60.0

_branches = itertools.count(1)


class LabTimeoutError(AssertionError):
    """Something that a test waits for did not happen by the deadline."""


class SippAgent:
    """A SIP user agent at host:port. `on_message` is called for all real SIP, in order.

    sipp writes its message trace to a pipe, so a message is known the moment it is sent or
    received, and nothing polls.
    """

    def __init__(
        self,
        prefix: Prefix,
        agent: Agent,
        address: tuple[str, int],
        control_port: int,
        on_message: Callable[[SipMessage], None],
    ) -> None:
        self._prefix = prefix
        self._agent = agent
        self.host, self.port = address
        self._control_port = control_port
        self._on_message = on_message
        self._folder = tempfile.TemporaryDirectory(prefix=f"sipp-{agent.user}-")
        self._process: subprocess.Popen[bytes] | None = None
        self._reader: threading.Thread | None = None
        self._orders: socket.socket | None = None
        self._ready = threading.Event()
        self._pings: dict[str, threading.Event] = {}

    def start(self) -> None:
        """Start sipp and return when it listens."""
        atexit.register(self.kill)  # for scripts that end without saying good-bye
        folder = Path(self._folder.name)
        (folder / "agent.xml").write_text(build_scenario(self._agent))
        trace = folder / "trace"
        if not trace.exists():
            os.mkfifo(trace)
        self._ready.clear()
        with (folder / "screen").open("wb") as screen:
            self._process = subprocess.Popen(
                self._command(folder, trace),
                stdin=subprocess.DEVNULL,
                stdout=screen,
                stderr=subprocess.STDOUT,
                cwd=folder,
                env={**os.environ, "TERM": "dumb"},
                start_new_session=True,
            )
        self._orders = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._orders.bind((self.host, 0))
        self._reader = threading.Thread(target=self._read, args=(trace,), daemon=True)
        self._reader.start()
        end = time.monotonic() + START_DEADLINE_S
        while not self._ready.is_set():
            if self._process.poll() is not None or time.monotonic() > end:
                self.kill()
                raise LabTimeoutError(f"sipp did not start:\n{self.problems()}")
            self.order("PING", f"ping-{next(_branches)}")
            self._ready.wait(0.02)

    def order(self, name: str, call_id: str, headers: Mapping[str, str] | None = None) -> None:
        """Tell the scenario to do something about a call."""
        assert self._orders is not None
        fields = {
            "Via": f"SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKorder{next(_branches)}",
            "From": "<sip:test@order>;tag=order",
            "To": "<sip:agent@order>",
            "CSeq": f"1 {ORDER}{name}",
            **(headers or {}),
            "Call-ID": call_id,
            "Content-Length": "0",
        }
        lines = [f"{ORDER}{name} sip:agent SIP/2.0", *(f"{k}: {v}" for k, v in fields.items())]
        text = "\r\n".join(lines) + "\r\n\r\n"
        self._orders.sendto(text.encode(), (self.host, self.port))

    def catch_up(self, deadline_s: float = 60.0) -> None:
        """Return when what has reached sipp by now is known here, or when it is not there."""
        call_id = f"ping-{next(_branches)}"
        self._pings[call_id] = seen = threading.Event()
        end = time.monotonic() + deadline_s
        if self.is_running:
            self.order("PING", call_id)
        while self.is_running and not seen.wait(0.5):
            if time.monotonic() > end:
                raise LabTimeoutError(f"sipp says nothing:\n{self.problems()}")
        del self._pings[call_id]

    def kill(self) -> None:
        """Stop at once, as when the phone's cable is pulled: nothing is sent."""
        atexit.unregister(self.kill)
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        if self._reader is not None:
            # A reader that still waits for sipp to open the pipe has to be let go.
            trace = os.open(Path(self._folder.name) / "trace", os.O_RDWR | os.O_NONBLOCK)
            self._reader.join(0.01)
            os.close(trace)
            self._reader.join(5)
        if self._orders is not None:
            self._orders.close()
        self._process = self._reader = self._orders = None

    def close(self) -> None:
        self.kill()
        self._folder.cleanup()

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def problems(self) -> str:
        """Return what sipp complained about: messages that the scenario did not expect."""
        files = [Path(self._folder.name) / name for name in ("errors", "screen")]
        texts = [f.read_text(errors="replace")[-3000:].strip() for f in files if f.exists()]
        return "\n".join(t for t in texts if t and not t.startswith("Resolving remote host"))

    def _command(self, folder: Path, trace: Path) -> list[str]:
        return self._prefix.command(
            "sipp",
            *("-sf", folder / "agent.xml", "-i", self.host, "-p", str(self.port), "-bind_local"),
            *("-ci", self.host, "-cp", str(self._control_port), "-nostdin"),
            *("-trace_msg", "-message_file", trace),
            *("-trace_err", "-error_file", folder / "errors"),
            # A Call-ID may come again (a trunk's next REGISTER), so sipp must forget ended ones.
            *("-deadcall_wait", "0", "-watchdog_interval", "0"),
            # One message at a time: sipp takes a message that comes before it has sent the answer
            # to the last one for an unexpected one, and by default it reads up to 1000 at once.
            *("-max_recv_loops", "1"),
            f"{self._agent.peer[0]}:{self._agent.peer[1]}",
        )

    def _read(self, trace: Path) -> None:
        with trace.open("rb") as pipe:
            for message in read_messages(pipe):
                if message.method == ORDER + "PING":
                    self._ready.set()
                    if (seen := self._pings.get(message.call_id)) is not None:
                        seen.set()
                elif not message.method.startswith(ORDER):
                    self._on_message(message)
