"""A private Asterisk: a bare PBX on loopback, prepared once for reconciler, gone after the test.

Every instance has its own configuration, database, spool, sockets and ports in a temporary folder,
so that many run side by side, as root or as anybody. The configuration is what an operator would
have after following the set-up guide: the `#tryinclude` lines and an AMI user, nothing more.
"""

from __future__ import annotations

import atexit
import os
import re
import secrets
import shlex
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.real.asterisk.fetch import Prefix
from tests.real.asterisk.modules import QUICK_BOOT_MODULES
from tests.real.asterisk.ports import PortBlock

BOOT_DEADLINE_S = 120.0
STOP_DEADLINE_S = 60.0
CLI_DEADLINE_S = 120.0
RTP_PORTS = 100

# The one line per file that lets reconciler's shard files in. `#tryinclude`, because a plain
# `#include` whose pattern matches no file makes Asterisk refuse the whole including file.
INCLUDES: Mapping[str, str] = {
    "pjsip.conf": "rec_pjsip_*.conf",
    "extensions.conf": "rec_ext_*.conf",
    "queues.conf": "rec_queues_*.conf",
    "voicemail.conf": "rec_vm_*.conf",
    "confbridge.conf": "rec_confbridge_*.conf",
    "res_parking.conf": "rec_parking_*.conf",
    "musiconhold.conf": "rec_moh_*.conf",
}

# The manager user's default classes: enough to reconcile and to place calls. Never "command".
AMI_READ = ("system", "call", "reporting", "config", "agent", "dialplan")
AMI_WRITE = ("system", "config", "reporting", "call", "originate", "agent")

# Files that modules insist on, or complain about; empty ones do. Without pjsip_notify.conf,
# res_pjsip_notify declines to load and AMI has no PJSIPNotify.
EMPTY_FILES = (
    *("acl", "ccss", "cdr", "cel", "cli_aliases", "codecs", "extconfig", "features", "followme"),
    *("geolocation", "pjproject", "pjsip_notify", "pjsip_wizard", "queuerules"),
    *("sorcery", "stasis", "stir_shaken", "udptl", "websocket_client"),
)


class AsteriskError(RuntimeError):
    """The server did not do what a test needs of it; the message carries the end of its log."""


@dataclass(frozen=True)
class AmiLogin:
    """Where and how to log in to the manager interface."""

    host: str
    port: int
    username: str
    password: str


@dataclass(frozen=True)
class AriLogin:
    """Where and how to reach the REST interface; url ends in /ari."""

    url: str
    username: str
    password: str


class Asterisk:
    """A real Asterisk server on loopback. Use as a context manager, or call start() and stop().

    includes: which files get their `#tryinclude` line (default: all of INCLUDES).
    extra: text to append to configuration files, by file name; "hand-written" configuration.
        It stands after the include, in sections of its own.
    ami_read, ami_write: the manager user's permission classes.
    modules: modules to load; None loads everything there is (boots slower).
    minimum_message_s: shortest voicemail that is kept.
    """

    def __init__(
        self,
        prefix: Prefix,
        *,
        includes: Sequence[str] | None = None,
        extra: Mapping[str, str] | None = None,
        ami_read: Sequence[str] = AMI_READ,
        ami_write: Sequence[str] = AMI_WRITE,
        modules: Sequence[str] | None = QUICK_BOOT_MODULES,
        minimum_message_s: int = 1,
        host: str = "127.0.0.1",
    ) -> None:
        self.prefix = prefix
        self.host = host
        self.folder = Path(tempfile.mkdtemp(prefix="asterisk-"))
        atexit.register(self.close)  # for scripts that end without saying good-bye
        self.ports = PortBlock()
        self._rtp = self.ports.take_range(RTP_PORTS)
        self.sip_port = self.ports.take(host)
        password = secrets.token_urlsafe(18)
        self.ami = AmiLogin(host, self.ports.take(host), "reconciler", password)
        http_port = self.ports.take(host)
        self.ari = AriLogin(f"http://{host}:{http_port}/ari", "reconciler", password)
        self.includes = tuple(INCLUDES) if includes is None else tuple(includes)
        self._process: subprocess.Popen[bytes] | None = None
        for name in ("etc", "var/keys", "run", "log", "spool", "cache"):
            (self.folder / name).mkdir(parents=True)
        files = self._configuration(ami_read, ami_write, modules, minimum_message_s, http_port)
        for name, text in files.items():
            added = (extra or {}).get(name, "")
            (self.etc / name).write_text(f"{text.strip()}\n{added.strip()}\n".lstrip("\n"))
        for name in set(extra or {}) - set(files):
            (self.etc / name).write_text((extra or {})[name])

    # -- where things are --

    @property
    def etc(self) -> Path:
        """The configuration folder."""
        return self.folder / "etc"

    @property
    def spool(self) -> Path:
        """The spool folder; voicemail lies in voicemail/CONTEXT/MAILBOX/INBOX."""
        return self.folder / "spool"

    @property
    def sip_address(self) -> tuple[str, int]:
        """Where the UDP transport listens."""
        return self.host, self.sip_port

    @property
    def pid(self) -> int | None:
        """The server's process id while it runs."""
        running = self._process is not None and self._process.poll() is None
        return self._process.pid if self._process and running else None

    # -- life --

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if value is not None:
            print(f"\n--- log of Asterisk in {self.folder} ---\n{self.log()[-6000:]}")  # noqa: T201
        self.close()

    def start(self) -> None:
        """Boot, and return when the server says it has fully booted.

        Asterisk reports readiness the way systemd services do, with a datagram to NOTIFY_SOCKET
        after the last module is up, so there is nothing to poll and no sleep to guess.
        """
        if self.pid is not None:
            raise AsteriskError("already running")
        (self.folder / "run" / "asterisk.ctl").unlink(missing_ok=True)
        notify_path = self.folder / "run" / "notify"
        notify_path.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
            notify.bind(str(notify_path))
            with (self.folder / "log" / "console").open("ab") as console:
                self._process = subprocess.Popen(
                    self._command("-f", "-n"),
                    stdin=subprocess.DEVNULL,
                    stdout=console,
                    stderr=subprocess.STDOUT,
                    cwd=self.folder,
                    env={**os.environ, "NOTIFY_SOCKET": str(notify_path), "HOME": str(self.folder)},
                    start_new_session=True,
                )
            self._wait_ready(notify)

    def stop(self) -> None:
        """Shut down in order (SIGTERM); running calls end. Kills when it takes too long."""
        if self._process is None:
            return
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(STOP_DEADLINE_S)
            except subprocess.TimeoutExpired:
                self.kill()
        self._process = None

    def kill(self) -> None:
        """Die at once (SIGKILL), as in a power cut: no BYE, no flush."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._process = None

    def restart(self) -> None:
        """Stop and start with the files as they are now."""
        self.stop()
        self.start()

    def close(self) -> None:
        """Kill the server and remove every trace of it."""
        atexit.unregister(self.close)
        self.kill()
        self.ports.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    # -- looking inside --

    def cli(self, command: str) -> str:
        """Run a console command and return what it prints.

        Raises AsteriskError when the server cannot be reached.
        """
        done = subprocess.run(
            self._command("-rx", command),
            capture_output=True,
            text=True,
            errors="replace",
            timeout=CLI_DEADLINE_S,
            check=False,
        )
        if done.returncode != 0:
            raise AsteriskError(f"{command}: {done.stdout}{done.stderr}")
        return done.stdout

    def command_line(self) -> str:
        """Return what a shell runs console commands with: they follow as one word."""
        return shlex.join(self._command("-rx"))

    def add_config(self, name: str, text: str) -> None:
        """Write a file into the configuration folder; reloading is the caller's business."""
        (self.etc / name).write_text(text)

    def put_files(self, files: Mapping[str, bytes]) -> None:
        """Let these be all files that reconciler has written, and Asterisk have read them."""
        for each in self.etc.glob("rec_*"):
            each.unlink()
        for name, text in files.items():
            (self.etc / name).write_bytes(text)
        self.cli("module reload")

    def wait_for_cli(self, command: str, pattern: str, deadline_s: float = 60.0) -> str:
        """Repeat a console command until the pattern is found in its output; return that."""
        end = time.monotonic() + deadline_s
        while time.monotonic() < end:
            if re.search(pattern, output := self.cli(command)):
                return output
            time.sleep(0.05)
        raise AsteriskError(f"{command} never showed {pattern!r}:\n{output}")

    def log(self) -> str:
        """Return everything logged so far: notices, warnings, errors, dialplan steps."""
        logs = [self.folder / "log" / "console", self.folder / "log" / "messages"]
        return "\n".join(f.read_text(errors="replace") for f in logs if f.exists())

    def logged(self, pattern: str) -> list[str]:
        """Return the log lines in which the pattern is found."""
        return re.findall(f".*{pattern}.*", self.log())

    def wait_for_log(self, pattern: str, *, count: int = 1, deadline_s: float = 60.0) -> str:
        """Return the last log line in which the pattern is found when there are `count` of them."""
        end = time.monotonic() + deadline_s
        while time.monotonic() < end:
            if len(found := self.logged(pattern)) >= count:
                return found[-1]
            time.sleep(0.02)
        raise AsteriskError(f"{pattern!r} is not in the log:\n{self.log()[-4000:]}")

    def channels(self) -> list[str]:
        """Return the names of the channels that are up now."""
        lines = self.cli("core show channels concise").splitlines()
        return [line.split("!")[0] for line in lines if "!" in line]

    def wait_idle(self, deadline_s: float = 60.0) -> None:
        """Return when no channel is left: a BYE is answered before its channel is torn down."""
        end = time.monotonic() + deadline_s
        while channels := self.channels():
            if time.monotonic() > end:
                raise AsteriskError(f"still up: {', '.join(channels)}")
            time.sleep(0.02)

    def hang_up_all(self) -> None:
        """End all calls, also those that a test that failed has left."""
        self.cli("channel request hangup all")
        self.wait_idle()

    def voicemail_messages(self, mailbox: str, context: str = "default") -> list[Path]:
        """Return the sound files of new messages in a mailbox, oldest first."""
        inbox = self.spool / "voicemail" / context / mailbox / "INBOX"
        return sorted(inbox.glob("msg*.wav"))

    # -- inside --

    def _command(self, *arguments: str) -> list[str]:
        return self.prefix.command("asterisk", "-C", self.etc / "asterisk.conf", *arguments)

    def _wait_ready(self, notify: socket.socket) -> None:
        assert self._process is not None
        notify.settimeout(0.1)
        end = time.monotonic() + BOOT_DEADLINE_S
        while time.monotonic() < end:
            try:
                if "READY=1" in notify.recv(4096).decode():
                    return
            except TimeoutError:
                if self._process.poll() is not None:
                    break
        self.kill()
        raise AsteriskError(f"did not boot in {BOOT_DEADLINE_S:.0f} s:\n{self.log()[-4000:]}")

    def _configuration(
        self,
        ami_read: Sequence[str],
        ami_write: Sequence[str],
        modules: Sequence[str] | None,
        minimum_message_s: int,
        http_port: int,
    ) -> dict[str, str]:
        load = "\n".join(f"load = {name}.so" for name in modules or ())
        files = {f"{name}.conf": "" for name in EMPTY_FILES} | {
            "asterisk.conf": self._directories(),
            "modules.conf": f"[modules]\nautoload = {'no' if modules else 'yes'}\n{load}",
            "logger.conf": "[general]\ndateformat = %F %T.%3q\n[logfiles]\n"
            "messages => notice,warning,error,verbose(3)",
            # A busy machine sends and reads many packets at once: learning whom to believe takes
            # those less than 5 ms apart for a flood, and drops the keys among them.
            "rtp.conf": f"[general]\nrtpstart = {self._rtp[0]}\nrtpend = {self._rtp[1]}\n"
            "strictrtp = no",
            "http.conf": f"[general]\nenabled = yes\nbindaddr = {self.host}\n"
            f"bindport = {http_port}\nsessionlimit = 200",
            "ari.conf": "[general]\nenabled = yes\n[reconciler]\ntype = user\n"
            f"password = {self.ari.password}\nread_only = no",
            "manager.conf": f"[general]\nenabled = yes\nwebenabled = no\nbindaddr = {self.host}\n"
            f"port = {self.ami.port}\n[{self.ami.username}]\nsecret = {self.ami.password}\n"
            "deny = 0.0.0.0/0.0.0.0\npermit = 127.0.0.0/255.0.0.0\nwritetimeout = 5000\n"
            f"read = {','.join(ami_read)}\nwrite = {','.join(ami_write)}",
            "pjsip.conf": "[global]\ntype = global\nuser_agent = bare PBX\n"
            "[transport-udp]\ntype = transport\nprotocol = udp\n"
            f"bind = {self.host}:{self.sip_port}\n"
            "[transport-tcp]\ntype = transport\nprotocol = tcp\n"
            f"bind = {self.host}:{self.sip_port}",
            "extensions.conf": "[general]\nstatic = yes\nwriteprotect = no\n[globals]",
            "queues.conf": "[general]\npersistentmembers = yes\nautofill = yes",
            "voicemail.conf": "[general]\nformat = wav\nmaxsilence = 0\n"
            f"minsecs = {minimum_message_s}\npasswordlocation = spooldir",
            "indications.conf": "[general]\ncountry = us\n[us]\nringcadence = 2000,4000\n"
            "description = USA\ndial = 350+440\nbusy = 480+620/500,0/500\n"
            "ring = 440+480/2000,0/4000\ncongestion = 480+620/250,0/250",
            "confbridge.conf": "[general]",
            "res_parking.conf": "[general]",
            "musiconhold.conf": "[general]",
        }
        for name in self.includes:
            # At the very end: a section that follows would belong to the hand-written file anyway,
            # and no key of ours can slip into a section of an included file.
            files[name] += f'\n#tryinclude "{INCLUDES[name]}"'
        return files

    def _directories(self) -> str:
        """Point every path into the private folder, but for modules, sounds and XML docs."""
        inside = {
            "astetcdir": "etc",
            "astvarlibdir": "var",
            "astdbdir": "var",
            "astkeydir": "var",
            "astspooldir": "spool",
            "astrundir": "run",
            "astlogdir": "log",
            "astcachedir": "cache",
        }
        lines = [f"{key} => {self.folder / name}" for key, name in inside.items()]
        lines += [
            f"astmoddir => {self.prefix.modules}",
            f"astdatadir => {self.prefix.data}",
            f"astagidir => {self.prefix.data / 'agi-bin'}",
            f"astsbindir => {self.prefix.root / 'usr/sbin'}",
        ]
        return "[directories]\n" + "\n".join(lines) + "\n[options]\nnocolor = yes\nverbose = 3"
