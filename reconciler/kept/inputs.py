"""Inputs: everything that the desired estate depends on, as one key.

From `parse` to `render` the stages are pure: what they are given is all that they see. They are
given the files' texts, the day, and adapters and schemes by what is installed. They consist of our
own code and of packages, on an interpreter; pydantic asks the system which time zones there are.
All of this is in the key, so that a kept answer can be an old one, but never a wrong one.
"""

import hashlib
import os
import sys
import zoneinfo
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Final

import reconciler
from reconciler.language.source import Sources
from reconciler.model.codec import canonical
from reconciler.model.target import Target

_INSTALLED: Final = (".dist-info", ".egg-info", ".egg-link")
"""How the names end of what says in `sys.path` that a package is there, and in which version."""
_OURS: Final = f"{reconciler.__name__}."


def key_of(sources: Sources, *, today: date, rendered: bool) -> str:
    """Return the key of what these files add up to today, for this program as it is installed.

    `rendered` says whether the files of devices are part of it. What comes before the first dash
    (the stem) is made of everything but the files and the day. Raises OSError.
    """
    files = [(file, source.sha256) for file, source in sources.files.items()]
    return f"{_hash([program_key(), rendered])}-{_hash([today.isoformat(), files])}"


def _hash(parts: object) -> str:
    return hashlib.sha256(canonical(parts).encode()).hexdigest()


@cache
def program_key() -> str:
    """Return the key of this program as it is installed. Raises OSError."""
    parts = [
        *_program(Path(reconciler.__file__).parent),
        *_packages(sys.path),
        *_time_zones(zoneinfo.TZPATH),
        ["python", sys.version],
    ]
    return _hash(parts)


def is_all_ours(targets: Mapping[str, Target], adapters: Mapping[str, object]) -> bool:
    """Whether nothing but our own code had a say.

    An adapter of somebody else may be installed so that its code changes where nobody looks.
    """
    named = {each.adapter for each in targets.values()}
    return all(
        type(adapters[name]).__module__.startswith(_OURS) for name in named if name in adapters
    )


def _program(folder: Path) -> Iterator[Sequence[object]]:
    """Yield every file of our own: whoever works on the program has one version for a long time."""
    with os.scandir(folder) as listing:
        entries = sorted(listing, key=lambda each: each.name)
    for entry in entries:
        if entry.is_dir():
            if entry.name != "__pycache__":
                yield from _program(folder / entry.name)
        else:
            yield entry.path, *_state(entry.stat())


def _packages(path: Sequence[str]) -> Iterator[Sequence[object]]:
    """Yield every installed package with its version, and when it was put there."""
    for place in path:
        at = Path(place)
        if at.is_dir():
            with os.scandir(at) as listing:
                found = [each for each in listing if each.name.endswith(_INSTALLED)]
                yield place, sorted([each.name, *_state(each.stat())] for each in found)
        elif at.exists():  # packages in one file
            yield place, _state(at.stat())


def _time_zones(path: Sequence[str]) -> Iterator[Sequence[object]]:
    """Yield the state of the system's time zones: their list changes with every release."""
    for folder in path:
        for name in ("tzdata.zi", "zone.tab", "zone1970.tab"):
            file = Path(folder) / name
            if file.exists():
                yield str(file), *_state(file.stat())


def _state(found: os.stat_result) -> tuple[int, int, int]:
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns
