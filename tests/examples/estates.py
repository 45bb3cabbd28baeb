"""Copies of the examples that can be run: secrets set, on the platform that is wanted."""

from __future__ import annotations

import re
import secrets
import shutil
from pathlib import Path

from tests.cli.workspace import Workspace

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted(each for each in (ROOT / "examples").iterdir() if each.is_dir())
AMI_VARIABLE = "LUMEN_AMI_PASSWORD"

_STORED = re.compile(r"store:([A-Za-z0-9._-]+)")


def copied(example: Path, folder: Path, *, on_memory: bool) -> Workspace:
    """Copy an example and set every secret that it refers to by `store:`.

    `on_memory` puts each file NAME.memory in the place of NAME, as the example's README says.
    """
    shutil.copytree(example, folder)
    if on_memory:
        for spare in folder.rglob("*.memory"):
            spare.replace(spare.with_suffix(""))
    workspace = Workspace(folder)
    text = "".join(each.read_text(encoding="utf-8") for each in folder.rglob("*.yaml"))
    for name in sorted(set(_STORED.findall(text))):
        value = str(secrets.randbelow(900_000) + 100_000)
        if not name.endswith("pin"):
            value = f"{secrets.token_urlsafe(12)}-{value}"
        workspace.run("secrets", "set", name, stdin=value)
        workspace.planted.add(value)
    return workspace
