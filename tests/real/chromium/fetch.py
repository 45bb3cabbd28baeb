"""Fetch a real headless Chromium from Debian packages, without root and beside the host's dpkg.

The same way as `tests/real/asterisk/fetch.py`, from Debian 12, with the fonts that pages ask for.
Chromium starts itself again for its parts, so it is run directly (with the host's loader) on a host
whose libc is new enough, and as one process by the unpacked loader elsewhere.

    python -m tests.real.chromium.fetch
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.real.asterisk.fetch import (
    MACHINES,
    NOT_NEEDED,
    FetchError,
    Machine,
    cache_folder,
    fetch_and_unpack,
    find_mirror,
    locked,
    run,
    work_folder,
)

SUITE = "bookworm"
PACKAGES = ("chromium-headless-shell", "fonts-liberation")
RECIPE_VERSION = 3
NO_SCREEN = re.compile(
    NOT_NEEDED.pattern + r"|^(libllvm|libz3|libgl1-mesa-dri|mesa-|libvulkan|xkb-data)"
)
"""Drivers of graphics cards: pages are drawn by the processor."""
LIBC = (2, 36)
"""Debian 12's libc, which its programs want at least."""


@dataclass(frozen=True)
class Chromium:
    """An unpacked browser, and how to run it."""

    root: Path
    machine: Machine

    @property
    def version(self) -> str:
        """Its version in its own words."""
        stamp: dict[str, str] = json.loads((self.root / "stamp.json").read_text())
        return stamp["chromium"]

    def command(self, *arguments: str) -> list[str]:
        """Return argv for the browser."""
        libraries = self.root / "usr/lib" / self.machine.triplet
        program = self.root / "usr/lib/chromium/chromium-headless-shell"
        path = f"{libraries}:{libraries}/pulseaudio:{program.parent}"
        alone = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", *arguments]
        if _host_libc() >= LIBC:
            return ["env", *self._environment(path), str(program), *alone]
        loader = next(self.root.glob("lib*/ld-linux-*.so.*"))
        path += f":{self.root}/lib/{self.machine.triplet}"
        run_by = [str(loader), "--library-path", path, str(program)]
        return ["env", *self._environment(""), *run_by, "--single-process", "--no-zygote", *alone]

    def _environment(self, path: str) -> list[str]:
        """Its own libraries and fonts, a home of nobody."""
        said = {"FONTCONFIG_FILE": self.root / "fonts.conf", "HOME": self.root / "home",
                "XDG_CACHE_HOME": self.root / "home"}  # fmt: skip
        listed = [f"{name}={value}" for name, value in said.items()]
        return [*listed, f"LD_LIBRARY_PATH={path}"] if path else listed


def _host_libc() -> tuple[int, int]:
    _, version = platform.libc_ver()
    first, _, second = version.partition(".")
    return (int(first or 0), int(second.partition(".")[0] or 0))


def fetch_chromium() -> Chromium:
    """Return the browser, fetching it when the cache has none. Raises FetchError."""
    if (machine := MACHINES.get(platform.machine())) is None:
        raise FetchError(f"no recipe for {platform.machine()}; known: {', '.join(MACHINES)}")
    recipe = (RECIPE_VERSION, SUITE, PACKAGES, NO_SCREEN.pattern, machine.debian)
    digest = hashlib.sha256(repr(recipe).encode()).hexdigest()[:12]
    root = cache_folder().resolve() / f"chromium-{machine.debian}-{digest}"
    found = Chromium(root, machine)
    root.parent.mkdir(parents=True, exist_ok=True)
    with locked(root.parent / f".{root.name}.lock"):
        if (root / "stamp.json").exists():
            return found
        with work_folder(root) as work:
            unpacked = work / "prefix"
            fetch_and_unpack(work, unpacked, find_mirror(), machine, PACKAGES, SUITE, NO_SCREEN)
            (unpacked / "home").mkdir()
            _write_fonts(unpacked, root)
            # Fonts are looked for in the place where it will be.
            shutil.rmtree(root, ignore_errors=True)  # left by somebody who was stopped
            unpacked.rename(root)
            said = run(found.command("--version")).strip()
            if "Chrom" not in said and "HeadlessShell" not in said:
                raise FetchError(f"Chromium does not run:\n{said}")
            (root / "stamp.json").write_text(json.dumps({"chromium": said, "suite": SUITE}))
    return found


def _write_fonts(unpacked: Path, root: Path) -> None:
    """Say which fonts stand for the families that every system has."""
    families = {"system-ui": "Sans", "sans-serif": "Sans", "monospace": "Mono"}
    matches = "".join(
        f'<match><test name="family"><string>{asked}</string></test><edit name="family" '
        f'mode="assign" binding="strong"><string>Liberation {given}</string></edit></match>'
        for asked, given in families.items()
    )
    (unpacked / "fonts.conf").write_text(
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>'
        f"<dir>{root}/usr/share/fonts</dir><cachedir>{root}/home</cachedir>{matches}"
        '<match><edit name="family" mode="append_last"><string>Liberation Sans</string></edit>'
        "</match></fontconfig>"
    )


if __name__ == "__main__":
    try:
        print(fetch_chromium().version)  # noqa: T201
    except FetchError as error:
        print(f"fetch failed: {error}", file=sys.stderr)  # noqa: T201
        sys.exit(os.EX_UNAVAILABLE)
