"""One run of `reconciler demo` for everybody who asks: it takes a while, and prints the same."""

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
import time
from functools import cache
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

COMMAND = Path(sys.executable).with_name("reconciler")
WIDTH = 92
_OLD_S = 3600


class Shown(NamedTuple):
    """What the demo printed, the folder that it kept, and what it left elsewhere."""

    text: str
    kept: Path
    left: tuple[str, ...]


@cache
def shown() -> Shown:
    """Run the demo with --keep in a pipe, once for all processes of a test run."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID") or str(os.getpid())
    # Outside of the repository: plans say which commit their files are of. Another checkout's
    # tests may run at the same time, and clear away what is theirs.
    checkout = crc32(str(Path(__file__).resolve()).encode())
    home = Path(tempfile.gettempdir()) / f"reconciler-tests-{os.getuid()}-{checkout:08x}"
    home.mkdir(parents=True, exist_ok=True)
    with (home / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (home / run / "text").exists():
            for old in home.iterdir():
                if old.is_dir() and time.time() - old.stat().st_mtime > _OLD_S:
                    shutil.rmtree(old, ignore_errors=True)
            shutil.rmtree(home / run, ignore_errors=True)
            (home / run).mkdir()
            _run(home / run)
    left = (home / run / "left").read_text("utf-8").split()
    return Shown((home / run / "text").read_text("utf-8"), home / run / "kept", tuple(left))


def _run(place: Path) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        environ = dict(os.environ, COLUMNS=str(WIDTH), TMPDIR=temporary)
        demo = subprocess.Popen(
            [COMMAND, "demo", "--keep", str(place / "kept"), "--no-color"],
            env=environ, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        try:
            said, _ = demo.communicate(timeout=500)
        except subprocess.TimeoutExpired:
            demo.terminate()  # it ends what it has started
            said, _ = demo.communicate()
        assert demo.returncode == 0, said[-5000:]
        left = [each.name for each in Path(temporary).iterdir()]
        (place / "left").write_text("\n".join(left), "utf-8")
    (place / "text").write_text(said, "utf-8")


def chapter(title: str) -> str:
    """Return what a chapter of the demo showed."""
    text = shown().text
    start = text.find(f"  {title} ─")
    assert start > 0, f"the demo has no chapter {title!r}"
    end = text.find("\n\n── ", start)
    return text[start : end if end > 0 else None]


def command(title: str, line: str) -> str:
    """Return a command of a chapter with what it printed."""
    text = chapter(title)
    start = text.find(f"$ reconciler {line}\n")
    assert start > 0, f"{title!r} has no {line!r}"
    ends = [text.find(each, start + 1) for each in ("\n$ ", "\n# ")]
    return text[start : min((each for each in ends if each > 0), default=None)].rstrip()
