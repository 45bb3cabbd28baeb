"""The walk of README.md on a PBX that people have worked on by hand, from init to drift."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.workspace import Workspace
from tests.examples.estates import ROOT
from tests.real.asterisk.instance import INCLUDES, Asterisk
from tests.real.conftest import SKIP_REASON

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(os.environ.get("RECONCILER_SKIP_REAL") == "1", reason=SKIP_REASON),
]

HAND_WRITTEN = {
    "pjsip.conf": """
[2001]
type = endpoint
context = from-internal
disallow = all
allow = ulaw
auth = 2001
aors = 2001
callerid = "Old Phone" <2001>
[2001]
type = auth
auth_type = userpass
username = 2001
password = old-phone-4711
[2001]
type = aor
max_contacts = 1
""",
    "extensions.conf": """
[from-internal]
exten = 2001,1,Dial(PJSIP/2001,20)
""",
}


def classes(direction: str) -> list[str]:
    """Return the permission classes that README.md tells people to give the manager user."""
    found = re.search(rf"(?m)^{direction} = (.*)$", (ROOT / "README.md").read_text("utf-8"))
    assert found
    return found[1].split(",")


def test_from_an_empty_folder_to_a_pbx_under_git(
    asterisk_factory: Callable[..., Asterisk], tmp_path: Path
) -> None:
    pbx = asterisk_factory(
        includes=[], extra=HAND_WRITTEN, ami_read=classes("read"), ami_write=classes("write")
    )
    mine = Workspace(tmp_path)
    mine.planted |= {pbx.ami.password, "old-phone-4711"}

    mine.run("init", "--pbx", "office")
    mine.edit("inventory/inventory.yaml", "port: 5038", f"port: {pbx.ami.port}")
    mine.run("secrets", "set", "office-ami", stdin=pbx.ami.password)

    said = mine.run("doctor", "office", expect=1)
    said.says(*(f'#tryinclude "{pattern}"' for pattern in INCLUDES.values()))
    for name, pattern in INCLUDES.items():
        with (pbx.etc / name).open("a") as file:
            file.write(f'\n#tryinclude "{pattern}"\n')
    mine.run("doctor", "office").says("Ready.")

    mine.run("plan", "--detailed-exitcode", expect=2).says("Not ours, left alone: 1 extension")
    mine.run("apply", "--auto-approve").says("3 added, 0 changed, 0 destroyed")
    mine.run("plan", "--detailed-exitcode").says("No changes.")
    mine.run("drift").says("No drift.")

    mine.run("import", "office", "--out", "tenants/imported").says("Imported 1 object")
    mine.run("plan", "--detailed-exitcode").says("No changes.")

    mine.run("history", "--verify")
    assert mine.leaks() == []
