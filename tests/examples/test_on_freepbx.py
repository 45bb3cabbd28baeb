"""The dental practice on the lab's FreePBX 16 and 17: applied whole, nothing left, hands seen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.lab.freepbx.server import Emulator
from tests.cli.workspace import Workspace
from tests.examples.estates import ROOT, copied

EXAMPLE = ROOT / "examples" / "ferrybank-dental"


@pytest.fixture(params=["16", "17"])
def server(request: pytest.FixtureRequest) -> Iterator[Emulator]:
    """A FreePBX as it is after its installation."""
    with Emulator(request.param, reload_s=0.01) as found:
        yield found
        assert not found.crashes, found.crashes[0]


def practice(server: Emulator, folder: Path) -> Workspace:
    """The example, with the lab's address and credentials."""
    estate = copied(EXAMPLE, folder, on_memory=False)
    credentials = server.pbx.credentials
    for name, value in (
        ("ferrybank-oauth", credentials.client_secret),
        ("ferrybank-web", credentials.web_password),
        ("ferrybank-ami", credentials.ami_password),
    ):
        estate.run("secrets", "set", name, stdin=value)
        estate.planted.add(value)
    estate.edit("pbx.yaml", "https://pbx.ferrybank.example", server.url)
    estate.edit("pbx.yaml", "ferrybank-reconciler", credentials.client_id)
    estate.edit(
        "pbx.yaml", "web: {username: reconciler", f"web: {{username: {credentials.web_user}"
    )
    ami = f"ami: {{host: 127.0.0.1, port: {server.ami_port}"
    estate.edit("pbx.yaml", "ami: {host: pbx.ferrybank.example", ami)
    estate.edit(
        "pbx.yaml",
        "    adapter: freepbx\n",
        "    adapter: freepbx\n    acknowledge_plaintext: true\n    writes_per_second: 100\n",
    )
    return estate


def test_apply_does_it_all_and_leaves_nothing_to_do(server: Emulator, tmp_path: Path) -> None:
    estate = practice(server, tmp_path / "estate")
    estate.run("plan", "--detailed-exitcode", expect=2)
    estate.run("apply", "--auto-approve").says(" 0 changed, 0 destroyed")
    estate.run("plan", "--detailed-exitcode").says("No changes.")
    estate.run("drift").says("No drift.")
    assert server.pbx.reloads.loaded == server.pbx.tables.changes

    row = server.pbx.tables.row("users", extension="1105")
    assert row is not None
    assert row["name"] == "Eve O'Neill-Ångström"
    row["name"] = "Eve Smith"
    estate.run("drift", expect=2).says("extension/ferrybank/1105", "Eve Smith")
    estate.run("apply", "--only-drift", "--auto-approve").says("1 mended")
    estate.run("drift").says("No drift.")
    assert estate.leaks() == []
