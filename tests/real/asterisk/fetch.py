"""Fetch a real Asterisk 22 and sipp from Debian packages, without root and beside the host's dpkg.

Debian 12 has no Asterisk package, sid has one (22.x). A private apt state with an *empty* dpkg
status makes apt print the whole closure, libc included; `dpkg-deb -x` unpacks it into a cache
folder and the unpacked dynamic loader runs it with the unpacked libraries. So nothing is installed,
no chroot and no root is needed, and a host with an older libc will do (seen on Debian 12).

    python -m tests.real.asterisk.fetch

Environment:
  RECONCILER_TEST_CACHE     where unpacked packages live (default: <repo>/.cache)
  RECONCILER_DEBIAN_MIRROR  a Debian mirror (default: the host's own apt sources)
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

SUITE = "sid"
PACKAGES = ("asterisk", "sip-tester", "asterisk-core-sounds-en-gsm")
WANTED_MAJOR = "22"
RECIPE_VERSION = 2
FALLBACK_MIRROR = "http://deb.debian.org/debian"
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")

# Dependencies of package scripts, not of the programs: they only cost time and space.
NOT_NEEDED = re.compile(
    r"^(dpkg|perl|libperl|debconf|cdebconf|libdebconf|adduser|passwd|base-passwd|login|libpam"
    r"|init-system|gnupg|gpg|dirmngr|pinentry|python3|libpython3|media-types|tzdata|pci\.ids"
    r"|libc-gconv|readline-common|freetds-common|libasound2-data|libsensors|libsnmp-base"
    r"|libsemanage|libsepol|libaudit|asterisk-core-sounds-en$)"
)
TRIMMED = ("usr/share/doc", "usr/share/man", "usr/share/locale", "usr/share/lintian")

TRIES = 3
APT_TIMEOUT_S = 600


@dataclass(frozen=True)
class Machine:
    """What differs between the processors we support: Debian's name, library folder, loader."""

    debian: str
    triplet: str
    loaders: tuple[str, ...]


MACHINES = {
    "x86_64": Machine("amd64", "x86_64-linux-gnu", ("usr/lib64/ld-linux-x86-64.so.2",)),
    "aarch64": Machine(
        "arm64",
        "aarch64-linux-gnu",
        ("usr/lib/ld-linux-aarch64.so.1", "usr/lib/aarch64-linux-gnu/ld-linux-aarch64.so.1"),
    ),
}


class FetchError(RuntimeError):
    """The packages could not be had: the real tests cannot run, and must say so."""


@dataclass(frozen=True)
class Prefix:
    """A folder of unpacked packages, and how to run programs from it."""

    root: Path
    machine: Machine

    @property
    def libraries(self) -> Path:
        return self.root / "usr/lib" / self.machine.triplet

    @property
    def modules(self) -> Path:
        return self.libraries / "asterisk/modules"

    @property
    def data(self) -> Path:
        """The XML documentation is in here; Asterisk does not boot properly without it."""
        return self.root / "usr/share/asterisk"

    @property
    def stamp(self) -> dict[str, str]:
        stamp: dict[str, str] = json.loads((self.root / "stamp.json").read_text())
        return stamp

    def command(self, program: str, *arguments: str | os.PathLike[str]) -> list[str]:
        """Return argv which runs a program of the prefix with the prefix's own loader and libc."""
        loader = next(self.root / at for at in self.machine.loaders if (self.root / at).exists())
        found = next(
            self.root / at / program
            for at in ("usr/sbin", "usr/bin")
            if (self.root / at / program).exists()
        )
        return [
            str(loader),
            *("--library-path", str(self.libraries)),
            *("--argv0", program),
            str(found),
            *(str(a) for a in arguments),
        ]


def cache_folder() -> Path:
    """Return the folder for unpacked packages (it may not exist yet)."""
    configured = os.environ.get("RECONCILER_TEST_CACHE")
    return Path(configured) if configured else Path(__file__).resolve().parents[3] / ".cache"


def recipe_digest(machine: Machine) -> str:
    """Return a short digest of everything that decides what a prefix holds, but for the mirror."""
    recipe = (RECIPE_VERSION, SUITE, PACKAGES, NOT_NEEDED.pattern, TRIMMED, machine.debian)
    return hashlib.sha256(repr(recipe).encode()).hexdigest()[:12]


def find_mirror() -> str:
    """Return the Debian mirror this host uses, so that a closed network works as it stands."""
    if configured := os.environ.get("RECONCILER_DEBIAN_MIRROR"):
        return configured.rstrip("/")
    folder = Path("/etc/apt")
    files = [*sorted(folder.glob("sources.list.d/*.sources")), folder / "sources.list"]
    files += sorted(folder.glob("sources.list.d/*.list"))
    for file in files:
        for line in file.read_text(errors="replace").splitlines() if file.is_file() else ():
            if re.match(r"\s*(URIs:|deb\s)", line):
                for uri in re.findall(r"(?:https?|file)://\S+", line):
                    if uri.rstrip("/").endswith("/debian"):
                        return uri.rstrip("/")
    return FALLBACK_MIRROR


def fetch_prefix(*, say: bool = False) -> Prefix:
    """Return the prefix, fetching it when the cache has none. Safe to call from many processes.

    Raises FetchError with the reason when the packages cannot be had.
    """

    def report(text: str) -> None:
        if say:
            print(text, flush=True)  # noqa: T201

    if (machine := MACHINES.get(platform.machine())) is None:
        raise FetchError(f"no recipe for {platform.machine()}; known: {', '.join(MACHINES)}")
    root = cache_folder().resolve() / f"asterisk-{machine.debian}-{recipe_digest(machine)}"
    prefix = Prefix(root, machine)
    if (root / "stamp.json").exists():
        report(f"already there: {root} ({prefix.stamp['asterisk']}, {prefix.stamp['sipp']})")
        return prefix
    for tool in ("apt-get", "dpkg-deb"):
        if shutil.which(tool) is None:
            raise FetchError(f"{tool} is not on this machine: Debian's tools do the fetching")
    root.parent.mkdir(parents=True, exist_ok=True)
    with locked(root.parent / f".{root.name}.lock"):
        if (root / "stamp.json").exists():  # another process was first
            return prefix
        mirror = find_mirror()
        report(f"fetching {', '.join(PACKAGES)} ({SUITE}, {machine.debian}) from {mirror}")
        started = time.monotonic()
        with work_folder(root) as work:
            unpacked = work / "prefix"
            count = fetch_and_unpack(work, unpacked, mirror, machine)
            _link_sounds(unpacked)
            stamp = _prove(Prefix(unpacked, machine))
            (unpacked / "stamp.json").write_text(json.dumps(stamp, indent=1))
            unpacked.rename(root)
        took_s = time.monotonic() - started
        report(f"unpacked {count} packages into {root} in {took_s:.0f} s")
        report(f"{stamp['asterisk']}; {stamp['sipp']}")
    return prefix


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def work_folder(root: Path) -> Iterator[Path]:
    """Give a folder beside `root`, whose lock is held; what killed runs have left there goes."""
    beginning = f".fetch-{root.name}-"
    for left in root.parent.glob(f"{beginning}*"):
        shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=beginning, dir=root.parent) as work:
        yield Path(work)


def fetch_and_unpack(
    work: Path,
    prefix: Path,
    mirror: str,
    machine: Machine,
    packages: Sequence[str] = PACKAGES,
    suite: str = SUITE,
    not_needed: re.Pattern[str] = NOT_NEEDED,
) -> int:
    """Download the closure of packages and unpack it; return the number of packages."""
    keyring = KEYRING if KEYRING.exists() else _borrow_keyring(work)
    for attempt in range(1, TRIES + 1):
        state = work / f"apt-{attempt}"
        try:
            count = _download(state, mirror, machine, packages, suite, not_needed, keyring)
        except FetchError:
            # From the lists on: a mirror that is just being updated has no longer what they name.
            if attempt == TRIES:
                raise
            time.sleep(2**attempt)
        else:
            break
    prefix.mkdir()
    for deb in sorted((state / "debs").glob("*.deb")):
        run(["dpkg-deb", "-x", str(deb), str(prefix)])
    for folder in (*TRIMMED, f"usr/lib/{machine.triplet}/gconv"):
        shutil.rmtree(prefix / folder, ignore_errors=True)
    return count


def _download(
    state: Path,
    mirror: str,
    machine: Machine,
    packages: Sequence[str],
    suite: str,
    not_needed: re.Pattern[str],
    keyring: Path,
) -> int:
    """Download the closure of packages into `state`/debs; return how many there are."""
    for folder in ("lists/partial", "cache/archives/partial", "debs"):
        (state / folder).mkdir(parents=True)
    (state / "status").touch()  # empty: apt must think that nothing at all is installed
    source = f"deb [arch={machine.debian} signed-by={keyring}] {mirror} {suite} main\n"
    (state / "sources.list").write_text(source)
    apt = _apt_options(state, machine)
    run(["apt-get", *apt, "update", "-qq"])
    plan = run(["apt-get", *apt, "install", "--print-uris", "-y", "-qq", *packages])
    names = [line.split()[1] for line in plan.splitlines() if line.startswith("'")]
    closure = [
        n for n in (unquote(name).split("_")[0] for name in names) if not not_needed.match(n)
    ]
    missing = set(packages) - set(closure)
    if missing:
        raise FetchError(f"{mirror} {suite} has no {', '.join(sorted(missing))}")
    run(["apt-get", *apt, "download", "-qq", *closure], cwd=state / "debs")
    return len(closure)


def _link_sounds(prefix: Path) -> None:
    """Make `Playback(hello-world)` find a file: Debian links `sounds/en` in a package script."""
    sounds = prefix / "usr/share/asterisk/sounds"
    if not (sounds / "en").exists():
        (sounds / "en").symlink_to(next(sounds.glob("en_*")).name)


def _apt_options(state: Path, machine: Machine) -> list[str]:
    """Point apt at a private state. The host's apt.conf stays in force: its proxy is ours too."""
    options = {
        "Dir::State": state,
        "Dir::State::lists": state / "lists",
        "Dir::State::status": state / "status",
        "Dir::Cache": state / "cache",
        "Dir::Etc::sourcelist": state / "sources.list",
        "Dir::Etc::sourceparts": "-",
        "APT::Architecture": machine.debian,
        "APT::Architectures": machine.debian,
        "APT::Install-Recommends": "false",
        "APT::Sandbox::User": "",
        "APT::Update::Error-Mode": "any",  # an unreachable mirror is only a warning otherwise
        "APT::Update::Post-Invoke": "",
        "APT::Update::Post-Invoke-Success": "",
        "Acquire::Languages": "none",
        "Acquire::Retries": "3",
        "Acquire::http::Timeout": "30",
        "Acquire::https::Timeout": "30",
    }
    return [part for key, value in options.items() for part in ("-o", f"{key}={value}")]


def _borrow_keyring(work: Path) -> Path:
    """Get Debian's archive keys from the host's own (signed) sources, as on an Ubuntu runner."""
    try:
        run(["apt-get", "download", "-qq", "debian-archive-keyring"], cwd=work, tries=TRIES)
    except FetchError as error:
        raise FetchError(f"{KEYRING} is missing: install debian-archive-keyring") from error
    run(["dpkg-deb", "-x", str(next(work.glob("debian-archive-keyring*.deb"))), str(work / "k")])
    return work / "k" / KEYRING.relative_to("/")


def _prove(prefix: Prefix) -> dict[str, str]:
    """Run both programs once, so that a broken prefix never reaches the cache."""
    asterisk = run(prefix.command("asterisk", "-V")).strip()
    sipp = run(prefix.command("sipp", "-v"), check=False)
    version = re.search(r"SIPp v[^\s,]+", sipp)
    if not asterisk.startswith(f"Asterisk {WANTED_MAJOR}."):
        raise FetchError(f"{SUITE} has {asterisk}, the tests are written for {WANTED_MAJOR}")
    if version is None:
        raise FetchError(f"sipp does not run:\n{sipp}")
    return {"asterisk": asterisk, "sipp": version[0].rstrip("."), "suite": SUITE}


def run(argv: Sequence[str], *, cwd: Path | None = None, tries: int = 1, check: bool = True) -> str:
    """Run a command and return what it printed; retry network commands with growing pauses."""
    for attempt in range(1, tries + 1):
        try:
            done = subprocess.run(
                argv,
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                timeout=APT_TIMEOUT_S,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            failure = f"no end after {error.timeout:.0f} s"
        else:
            if done.returncode == 0 or not check:
                return done.stdout
            failure = f"exit code {done.returncode}\n{done.stdout.strip()}"
        if attempt < tries:
            time.sleep(2**attempt)
    shown = " ".join(a for a in argv if "=" not in a and a != "-o")
    raise FetchError(f"{shown}: {failure}")


def main() -> int:
    """Fetch from the shell, and say what was done."""
    try:
        prefix = fetch_prefix(say=True)
    except FetchError as error:
        print(f"fetch failed: {error}", file=sys.stderr)  # noqa: T201
        return 1
    size = sum(f.lstat().st_size for f in prefix.root.rglob("*") if f.is_file())
    print(f"{size / 1e6:.0f} MB on disk")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
