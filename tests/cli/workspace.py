"""A workspace on the memory platform, and the installed command run in it as a user would.

Everything that a test runs goes through `Workspace.run`, which watches over four promises at once:
what is printed holds no secret, no traceback, and no colour when it is piped; and what it tells
people to run would be understood.
"""

import contextlib
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reconciler.cli.workspace import surroundings
from reconciler.workspace import open_stores
from tests.cli.forkserver import ROOT, ForkServer
from tests.cli.hints import wrong_hints

COMMAND = Path(sys.executable).with_name("reconciler")
"""The console script that pip installed beside this Python."""

COLD = os.environ.get("RECONCILER_TEST_COLD") == "1"
FORKS = ForkServer()
DEADLINE_S = 120
OWN_KEYS = (
    *("RECONCILER_WORKSPACE_KEY", "RECONCILER_STORE_KEY", "RECONCILER_JOURNAL", "RECONCILER_DEBUG"),
    *("NO_COLOR", "FORCE_COLOR", "COLUMNS", "VAULT_ADDR", "VAULT_TOKEN"),
)

OFFICE = """\
apiVersion: reconciler/v1
pbxs:
  office:
    adapter: memory
    file: pbx.json
    timezone: Europe/London
    country: GB
    sip: {host: pbx.office.example}
"""
"""The beginning of an inventory: a PBX whose phones know where to register."""

INVENTORY = """\
apiVersion: reconciler/v1
pbxs:
  office:
    adapter: memory
    file: pbx.json
    timezone: Europe/London
    country: GB
workspace:
  name: office
  secrets:
    commands:
      vault: [cat, vault.txt]
"""

PEOPLE = """\
apiVersion: reconciler/v1
pbx: office

extensions:
  "1001":
    name: Ada Okafor
    secret: {secret: "env:ADA_SECRET"}
    voicemail: {email: ada@example.com, pin: {secret: generated}}
    emergency_caller_id: "+441134960101"
  "1002":
    name: Ben Roy
    secret: {secret: "file:ben.txt"}
    emergency_caller_id: "+441134960102"
  "1003":
    name: Cleo Marsh
    secret: {secret: "store:cleo"}
    emergency_caller_id: "+441134960103"
  "1004":
    name: Dan Wu
    secret: {secret: "command:vault"}
    emergency_caller_id: "+441134960104"
  "1005":
    name: Lobby
    secret: {secret: generated}
    emergency_caller_id: "+441134960105"
"""

CALLS = """\
apiVersion: reconciler/v1
pbx: office

ring_groups:
  "600": {name: Reception, members: ["1001", "1002"], ring_time: 20, no_answer: voicemail/1001}

ivrs:
  main: {options: {"1": ring_group/600, "2": extension/1003}, on_timeout: ivr/more}
  more: {options: {"9": ivr/main}}

trunks:
  bandlane:
    host: sip.bandlane.example
    mode: ip
    match: [192.0.2.10]

inbound_routes:
  "+441134960100": {name: Main number, destination: ivr/main}
  "+441134960101": {name: Ada direct, destination: extension/1001}

outbound_routes:
  emergency: {order: 1, emergency: true, patterns: [{match: "999"}, {match: "112"}], trunks: [bandlane]}
  national: {order: 10, patterns: [{match: "0X."}], trunks: [bandlane], classes: [staff]}
"""  # noqa: E501

CANARIES = {
    "env": "canary-Env-7rqXw2Lp",
    "file": "canary-File-9dKm4Tzu",
    "store": "canary-Store-3vBn8Hys",
    "command": "canary-Command-6jGc5Fka",
}
"""Values of the secrets that people give; those that are generated are found on the platform."""

TOLD = {
    **dict.fromkeys(("owned", "owed", "runs", "steps", "pending", "locks", "documents"), ""),
    "audit": "WHERE event <> 'journal-created'",
}
"""The journal's tables, but for what is there as soon as somebody looks into it."""

OBJECTS = 13
"""How many objects the estate declares."""


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    arguments: tuple[str, ...]
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What was printed, as JSON; of `--json` it is said which shape it is, and of what."""
        found = json.loads(self.out)
        if "--json" in self.arguments:
            assert list(found)[:2] == ["version", "command"], self
        return found

    @property
    def both(self) -> str:
        """Everything that was printed."""
        return self.out + self.err

    def says(self, *texts: str) -> "Ended":
        """Assert that each text was printed, wherever lines were broken."""
        flat = " ".join(self.both.split())
        for text in texts:
            assert " ".join(text.split()) in flat, f"{text!r} is not in:\n{self}"
        return self

    def says_not(self, *texts: str) -> "Ended":
        """Assert that none of the texts was printed."""
        flat = " ".join(self.both.split())
        for text in texts:
            assert text not in flat, f"{text!r} is in:\n{self}"
        return self

    def __str__(self) -> str:
        said = f"$ reconciler {' '.join(self.arguments)}\n(exit {self.code})\n"
        return f"{said}--- stdout\n{self.out}--- stderr\n{self.err}"


@dataclass
class Workspace:
    """A folder with an estate, its PBX in a file, and everything that commands printed in it."""

    folder: Path
    environ: dict[str, str] = field(default_factory=dict)
    printed: list[Ended] = field(default_factory=list)
    planted: set[str] = field(default_factory=set)
    """Values that nothing but the platform and their own source may hold."""
    pauses: dict[int, str] = field(default_factory=dict)
    """What the commands that stand still wait for, by process id."""

    # -- doing --

    def run(
        self,
        *arguments: str,
        expect: int = 0,
        stdin: str = "",
        cwd: Path | None = None,
        environ: Mapping[str, str] | None = None,
        before: Sequence[str] = (),
        die: Mapping[str, Any] | None = None,
        cold: bool = COLD,
    ) -> Ended:
        """Run the installed command and return how it ended; fail unless with that exit code.

        `before` is a program with arguments that the command is an argument of (unshare, setpriv),
        `die` a moment at which it is killed (see forkserver), `cold` starts the console script.
        """
        at, env = cwd or self.folder, self.environment(environ)
        if die is not None or not (cold or before):
            ended = FORKS.run(arguments, cwd=at, environ=env, stdin=stdin, die=die)
            return self.ended(arguments, *ended, expect)
        done = subprocess.run(
            [*before, str(COMMAND), *arguments],
            cwd=at,
            env=env,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=DEADLINE_S,
            check=False,
        )
        return self.ended(arguments, done.returncode, done.stdout, done.stderr, expect)

    def crash(self, *arguments: str, environ: Mapping[str, str]) -> Ended:
        """Run the command where a bug of ours is expected; only leaks are looked for."""
        done = subprocess.run(
            [str(COMMAND), *arguments],
            cwd=self.folder,
            env=self.environment(environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=DEADLINE_S,
            check=False,
        )
        self.printed.append(Ended(arguments, done.returncode, done.stdout, done.stderr))
        return self.printed[-1]

    def start(
        self, *arguments: str, environ: Mapping[str, str] | None = None
    ) -> "subprocess.Popen[str]":
        """Start the installed command in the background."""
        return subprocess.Popen(
            [str(COMMAND), *arguments],
            cwd=self.folder,
            env=self.environment(environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def start_and_pause(
        self, *arguments: str, at: str, call: int = 1, after: bool = False
    ) -> "subprocess.Popen[str]":
        """Start the command and return when it stands still at a boundary; see `go_on`."""
        pause = str(self.folder.parent / f"pause-{len(self.pauses)}")
        die = {"at": at, "call": call, "after": after, "pause": pause}
        request = json.dumps({"arguments": arguments, "die": die})
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.cli.forkserver", "once", request],
            cwd=self.folder,
            env=self.environment({"PYTHONPATH": str(ROOT)}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        end = time.monotonic() + DEADLINE_S
        while not Path(f"{pause}.reached").exists():
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < end, "the boundary was never reached"
            time.sleep(0.01)
        self.pauses[process.pid] = pause
        return process

    def go_on(self, process: "subprocess.Popen[str]", expect: int | None) -> Ended:
        """Let a command that stands still go on, and return how it ended."""
        Path(f"{self.pauses[process.pid]}.go").touch()
        try:
            out, err = process.communicate(timeout=DEADLINE_S)
        finally:
            process.kill()
        return self.ended(("...",), process.returncode, out, err, expect)

    def ended(
        self, arguments: Sequence[str], code: int, out: str, err: str, expect: int | None
    ) -> Ended:
        """Judge and remember how a command ended."""
        ended = Ended(tuple(arguments), code, out, err)
        self.printed.append(ended)
        assert expect is None or code == expect, f"expected exit {expect}\n{ended}"
        assert "Traceback" not in ended.both, ended
        assert "error[bug]" not in ended.both, ended
        assert "\x1b" not in ended.both, ended
        assert not [*wrong_hints(ended.both)], ended
        return ended

    def environment(self, more: Mapping[str, str] | None = None) -> dict[str, str]:
        """Return what the command's environment is: ours without anything that would leak in."""
        clean = {name: value for name, value in os.environ.items() if name not in OWN_KEYS}
        return {**clean, "RECONCILER_ACTOR": "tester@here", **self.environ, **(more or {})}

    def write(self, name: str, text: str) -> Path:
        """Write a file of the estate."""
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file

    def read(self, name: str) -> str:
        """Return a file's text."""
        return (self.folder / name).read_text(encoding="utf-8")

    def edit(self, name: str, old: str, new: str) -> None:
        """Change a file of the estate; fail when there is nothing to change."""
        text = self.read(name)
        assert old in text, f"{old!r} is not in {name}"
        self.write(name, text.replace(old, new))

    def append(self, name: str, text: str) -> None:
        """Add lines to a file of the estate."""
        self.write(name, self.read(name) + text)

    def add_person(self, number: str, name: str, file: str = "people.yaml") -> None:
        """Declare one more extension, with a generated password."""
        caller_id = f"+44113496{number}"
        text = f'  "{number}":\n    name: {name}\n    secret: {{secret: generated}}\n'
        self.append(file, f'{text}    emergency_caller_id: "{caller_id}"\n')

    def drop_person(self, number: str, file: str = "people.yaml") -> str:
        """Take an extension out of the files; return its entry."""
        found = re.search(rf'(?m)^  "{number}":.*\n(?:    .*\n)*', self.read(file))
        assert found is not None, f"{number} is not in {file}"
        self.edit(file, found[0], "")
        return found[0]

    # -- looking --

    @property
    def pbx_file(self) -> Path:
        """The memory platform's file."""
        return self.folder / "pbx.json"

    @property
    def pbx(self) -> dict[str, dict[str, dict[str, Any]]]:
        """What is on the PBX now: objects by kind and key."""
        if not self.pbx_file.exists():
            return {}
        found: dict[str, dict[str, dict[str, Any]]] = json.loads(self.pbx_file.read_bytes())
        return found

    @contextmanager
    def by_hand(self) -> Iterator[dict[str, dict[str, dict[str, Any]]]]:
        """Change the PBX as somebody with its web page would."""
        data = self.pbx
        yield data
        self.pbx_file.write_text(json.dumps(data))

    @property
    def journal_file(self) -> Path:
        """The journal's database."""
        return self.folder / ".reconciler" / "journal.db"

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Return what a query finds in a copy of the journal: looking changes nothing."""
        return self.tables(query)[0]

    def tables(self, *queries: str) -> list[list[tuple[Any, ...]]]:
        """Return what each query finds in one copy of the journal."""
        with tempfile.TemporaryDirectory() as copy:
            for file in self.journal_file.parent.glob("journal.db*"):
                shutil.copy(file, copy)
            connection = sqlite3.connect(Path(copy) / "journal.db")
            try:
                return [connection.execute(query).fetchall() for query in queries]
            finally:
                connection.close()

    def owned(self) -> list[str]:
        """Return the addresses that the journal says are ours."""
        return [
            row[0]
            for row in self.rows("SELECT kind || '/' || scope || '/' || key FROM owned ORDER BY 1")
        ]

    def journal(self) -> dict[str, list[tuple[Any, ...]]]:
        """Return every row of the journal that says what somebody did or owns, by table."""
        if not self.journal_file.exists():
            return {name: [] for name in TOLD}
        found = self.tables(*(f"SELECT * FROM {name} {more}" for name, more in TOLD.items()))
        return dict(zip(TOLD, found, strict=True))

    def state(self) -> dict[str, Any]:
        """Return everything that a command which does nothing leaves as it is."""
        files = {
            str(file.relative_to(self.folder)): file.read_bytes()
            for file in sorted(self.folder.rglob("*"))
            if file.is_file() and not _is_scratch(file.relative_to(self.folder))
        }
        return {"files": files, "journal": self.journal()}

    @contextmanager
    def untouched(self) -> Iterator[None]:
        """Assert that what happens inside writes nothing, neither on the PBX nor here."""
        before = self.state()
        yield
        after = self.state()
        for name in before["files"].keys() | after["files"].keys():
            assert before["files"].get(name) == after["files"].get(name), f"{name} was written"
        assert after["journal"] == before["journal"], "the journal was written"

    def prove_chain(self) -> None:
        """Prove in this process what `history --verify` proves: loops need no process for it."""
        with contextlib.chdir(self.folder), open_stores(surroundings([])) as stores:
            stores.journal.verify_chain()

    # -- secrets --

    def generated(self) -> set[str]:
        """Return the secrets that are on the PBX in clear."""
        return {
            value
            for objects in self.pbx.values()
            for fields in objects.values()
            for path, value in fields.items()
            if path.rpartition(".")[2] in ("secret", "pin", "admin_pin") and isinstance(value, str)
        }

    def leaks(self) -> list[str]:
        """Return where a secret can be read that should not be."""
        values = self.planted | self.generated()
        found = []
        for ended in self.printed:
            found += [f"{each} was printed:\n{ended}" for each in values if _is_in(each, ended)]
        for file in self.folder.rglob("*"):
            if file.is_file() and file.name not in SOURCES:
                text = file.read_bytes().decode("latin-1")
                found += [f"{each} is in {file}" for each in values if _stands_in(each, text)]
        return found


SOURCES = ("pbx.json", "ben.txt", "vault.txt")
"""Files that hold secrets because they are where secrets come from or belong."""


def _is_in(value: str, ended: Ended) -> bool:
    return _stands_in(value, ended.both)


def _stands_in(value: str, text: str) -> bool:
    # A PIN of six digits may stand inside of a longer number by chance; a value is one by itself.
    return value in text and bool(
        re.search(rf"(?<![0-9A-Za-z]){re.escape(value)}(?![0-9A-Za-z])", text)
    )


def _is_scratch(file: Path) -> bool:
    """Whether a file comes and goes: parsed files, and what SQLite and locks leave behind."""
    return (
        "cache" in file.parts
        or file.name.startswith("journal.db")
        or file.name in ("secrets.store.lock", ".gitignore", "workspace.key")
        or "__pycache__" in file.parts
    )


def fill(folder: Path, files: Mapping[str, str] | None = None) -> Workspace:
    """Make a workspace with the usual estate, or with these files."""
    folder.mkdir(parents=True, exist_ok=True)
    workspace = Workspace(folder, {"ADA_SECRET": CANARIES["env"]}, planted=set(CANARIES.values()))
    for name, text in (ESTATE if files is None else files).items():
        workspace.write(name, text)
    for name, value in (("ben.txt", CANARIES["file"]), ("vault.txt", CANARIES["command"])):
        workspace.write(name, f"{value}\n").chmod(0o600)
    return workspace


ESTATE = {"inventory.yaml": INVENTORY, "people.yaml": PEOPLE, "calls.yaml": CALLS}


def copied(
    source: Workspace, folder: Path, change: Callable[[Path], None] | None = None
) -> Workspace:
    """Return a copy of a workspace in another folder."""
    shutil.copytree(source.folder, folder)
    if change is not None:
        change(folder)
    return Workspace(folder, dict(source.environ), planted=set(source.planted))
