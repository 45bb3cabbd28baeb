"""Where a command runs: paths, the folder `.reconciler`, who, when, which commit."""

import getpass
import os
import platform
import re
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from reconciler.workspace import Surroundings

FOLDER = ".reconciler"

_HASH = re.compile("[0-9a-f]{4,64}")


def surroundings(
    paths: Sequence[Path],
    *,
    journal: str | None = None,
    no_cache: bool = False,
    timeout_s: float = 10.0,
    parallelism: int | None = None,
    lock_wait_s: float | None = None,
    reason: str | None = None,
) -> Surroundings:
    """Return where and how the command runs."""
    cwd = Path.cwd()
    folder = find_folder(paths, cwd)
    return Surroundings(
        cwd=cwd,
        folder=folder,
        environ=os.environ,
        now=lambda: datetime.now(UTC),
        actor=os.environ.get("RECONCILER_ACTOR") or _whoami(),
        commit=_commit(folder.parent),
        lacks=partial(_lacks, folder.parent),
        journal=journal or os.environ.get("RECONCILER_JOURNAL"),
        use_cache=not no_cache,
        timeout_s=timeout_s,
        lock_wait_s=lock_wait_s,
        parallelism=parallelism,
        reason=(reason or "").strip(),
    )


def find_folder(paths: Sequence[Path], cwd: Path) -> Path:
    """Return the workspace's folder: the nearest `.reconciler` at or above what the paths share.

    The search ends at the current folder, or at the root of the repository that it is in. When
    there is none yet it is the one that will be made in the current folder, or beside the
    paths when they are elsewhere.
    """
    anchors = [cwd / each if (cwd / each).is_dir() else (cwd / each).parent for each in paths]
    anchor = Path(os.path.commonpath([each.resolve() for each in anchors])) if anchors else cwd
    beside = cwd if anchor.is_relative_to(cwd) else anchor
    # A repository is one workspace at most. Outside of one, nothing further up is ours: somebody
    # else's `.reconciler` there must not become our journal.
    top = next((each for each in (beside, *beside.parents) if (each / ".git").exists()), beside)
    for candidate in (anchor, *anchor.parents):
        if (candidate / FOLDER).is_dir():
            return candidate / FOLDER
        if candidate == top:
            break
    return beside / FOLDER


def given(paths: Sequence[Path]) -> list[Path]:
    """Return the paths that were given; the current folder when there are none."""
    return list(paths) or [Path()]


def _whoami() -> str:
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = str(os.getuid())
    return f"{user}@{platform.node()}"


def _commit(folder: Path) -> str:
    """Return the short hash of the git commit that is checked out, `+` if files differ from it.

    Where there is no git, or it does not trust who owns the folder, the pipeline knows: many an
    image is like that.
    """
    if not any((each / ".git").exists() for each in (folder, *folder.parents)):
        return ""
    found = _git(folder, "describe", "--always", "--dirty=+", "--exclude=*")
    known = found is not None and found.returncode == 0
    return found.stdout.strip() if found and known else _commit_of_pipeline()


def _lacks(folder: Path, commit: str) -> bool:
    """Whether the history of what is checked out lacks a commit; no, where nobody can know."""
    if not _HASH.fullmatch(commit):
        return False
    asked = _git(folder, "merge-base", "--is-ancestor", commit, "HEAD")
    if asked is None or asked.returncode in (0, 1):
        return asked is not None and asked.returncode == 1
    # A commit that is not there at all: of a clone that is not whole that means nothing.
    whole = _git(folder, "rev-parse", "--is-shallow-repository")
    return whole is not None and whole.stdout.strip() == "false"


def _git(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str] | None:
    """Return what git says of a folder; None where there is no git."""
    try:
        return subprocess.run(  # noqa: S603
            ["git", "-C", str(folder), *arguments],  # noqa: S607
            capture_output=True,
            text=True,
            timeout=5,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None


def _commit_of_pipeline() -> str:
    """Return what GitLab or GitHub says that it has checked out."""
    return (os.environ.get("CI_COMMIT_SHA") or os.environ.get("GITHUB_SHA") or "")[:7]
