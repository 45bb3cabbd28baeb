"""`reconciler lab up`: phones take their files and register, or it says which do not."""

import json
import os
import re
import signal
import subprocess
from pathlib import Path
from typing import Any

import click
import pytest

from reconciler.cli.lab_up import up
from reconciler.cli.lab_watch import Watched
from reconciler.lab.room import Furniture
from tests.cli.workspace import COMMAND
from tests.unit.lab.phones.server import Files

ROOT = Path(__file__).parents[2]

ESTATE = """\
apiVersion: reconciler/v1
pbx: office
pbxs:
  office: {adapter: memory, file: pbx.json, timezone: Europe/London, country: GB,
           sip: {host: pbx.example.com}}
sites:
  london: {timezone: Europe/London, country: GB, pbx: office, phones: {template: plain}}
templates:
  plain: {vendor: any}
provisioning:
  base_url: https://prov.example.com/p
extensions:
  "1001": {name: Ada Okafor, secret: {secret: "env:NOT_THERE"}}
  "1002": {name: Ben Roy, secret: {secret: generated}}
  "1003": {name: Meeting room, secret: {secret: generated}}
  "1004": {name: Second line, secret: {secret: "store:second"}}
phones:
  lobby: {site: london, mac: "80:5e:c0:00:00:01", model: T46U, lines: ["1001"]}
  desk: {site: london, mac: "00:0b:82:00:00:02", model: GXP2170, lines: ["1002"]}
  meeting: {site: london, mac: "64:16:7f:00:00:03", model: VVX411, lines: ["1003", "1004"]}
"""


def lab(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [COMMAND, "lab", "up", *arguments], cwd=cwd, capture_output=True, text=True, timeout=120,
        check=False,
    )  # fmt: skip


@pytest.fixture
def estate(tmp_path: Path) -> Path:
    (tmp_path / "office.yaml").write_text(ESTATE)
    return tmp_path


def phones_in(text: str) -> dict[str, dict[str, Any]]:
    return {each["name"]: each for each in json.loads(text)["phones"]}


def test_every_phone_of_an_estate_takes_its_files_and_registers(estate: Path) -> None:
    done = lab("--once", "--format", "json", cwd=estate)
    assert done.returncode == 0, done.stdout + done.stderr
    phones = phones_in(done.stdout)
    assert {name: each["accounts"] for name, each in phones.items()} == {
        "london/lobby": ["1001 registered"], "london/desk": ["1002 registered"],
        "london/meeting": ["1003 registered", "1004 registered"],
    }  # fmt: skip
    assert not (estate / ".reconciler" / "journal.db").exists()


def test_what_a_phone_does_not_get_is_said_and_fails(estate: Path) -> None:
    file = estate / "office.yaml"
    # The vendor's own parameter beats what is rendered: the account is switched off.
    text = file.read_text().replace(
        'model: T46U, lines: ["1001"]',
        'model: T46U, lines: ["1001"], raw: {account.1.enable: "0"}',
    )
    file.write_text(text)
    done = lab("--once", "--timeout", "100", cwd=estate)
    assert done.returncode == 1
    assert "2 of 3 are registered." in done.stdout
    lobby = next(line for line in done.stdout.splitlines() if "london/lobby" in line)
    assert "no account" in lobby


def test_the_example_with_phones_registers_whole() -> None:
    done = lab("examples/lumen-legal", "--once", cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "All 28 are registered." in done.stdout


def test_a_fleet_of_all_generations_needs_no_files(tmp_path: Path) -> None:
    addresses = tmp_path / "lab.json"
    done = lab("--fleet", "20", "--once", "--addresses", str(addresses), cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    written = json.loads(addresses.read_text())
    assert len({each["http"] for each in written["phones"]}) == 20
    assert len({each["model"] for each in written["phones"]}) == 16
    assert written["pbx"]["host"] == "127.0.0.1"


def test_a_fleet_is_declared_for_other_commands(tmp_path: Path) -> None:
    file = tmp_path / "lab.yaml"
    done = lab("--fleet", "16", "--once", "--declare", "lab.yaml", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    checked = subprocess.run(
        [COMMAND, "validate", "lab.yaml"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout
    assert "address: 127.77.0.4" in file.read_text()
    again = lab("--fleet", "4", "--once", "--declare", "lab.yaml", cwd=tmp_path)
    assert again.returncode == 64
    assert "lab.yaml exists" in again.stderr


def test_phones_fetch_from_a_server_of_ones_own(estate: Path) -> None:
    with Files() as files:
        url = files.url("p")
        done = lab("--once", "--from", url, "--timeout", "100", cwd=estate)
    assert done.returncode == 1
    assert "no file for it" in done.stdout
    assert "/p/805ec0000001.boot" in files.asked
    with Files() as files:
        url = files.url("p")
        lab("--fleet", "1", "--model", "D785", "--once", "--from", url, cwd=estate)
    assert "/p/snomD785.htm" in files.asked, "an address without a slash is a folder, too"


def test_a_lab_runs_until_it_is_ended_and_says_what_changes(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [COMMAND, "lab", "up", "--fleet", "2", "--model", "T46U"], cwd=tmp_path, text=True,
        stdout=subprocess.PIPE, env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    assert process.stdout is not None
    seen = ""
    while "1002 T46U: registered" not in seen:
        seen += process.stdout.readline()
    process.send_signal(signal.SIGINT)
    rest, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "All 2 are registered." in rest


def save(file: Path, old: str, new: str) -> None:
    """Save a file as editors do: whoever looks finds the one or the other, and never half."""
    draft = file.with_name(f"{file.name}.draft")
    draft.write_text(file.read_text().replace(old, new))
    draft.replace(file)


def test_what_is_saved_while_it_is_read_for_the_first_time_is_seen(
    estate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    watches: list[Watched] = []

    def read(*_: object, **_more: object) -> Furniture:
        save(estate / "office.yaml", "Ada Okafor", "Ada Obi")
        return Furniture((), {})

    async def run(_room: object, _addresses: object, _page: object, watched: Watched) -> int:
        watches.append(watched)
        return 0

    monkeypatch.chdir(estate)
    monkeypatch.setattr("reconciler.cli.lab_up._furniture", read)
    monkeypatch.setattr("reconciler.cli.lab_up._run", run)
    up.main([], standalone_mode=False)
    (watched,) = watches
    assert watched._seen != watched._looks()


def test_what_is_saved_reaches_just_the_phones_concerned(estate: Path) -> None:
    process = subprocess.Popen(
        [COMMAND, "lab", "up"], cwd=estate, text=True, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    assert process.stdout is not None

    def read_until(text: str) -> str:
        seen = ""
        while text not in seen:
            line = process.stdout.readline()  # type: ignore[union-attr]
            assert line, seen
            seen += line
        return seen

    try:
        seen = ""
        while seen.count(": registered") < 3:
            seen += process.stdout.readline()
        save(estate / "office.yaml", "Ada Okafor", "Ada Obi")
        read_until("told: london/lobby.")
        save(estate / "office.yaml", "T46U", "T46U, nonsense: 1")
        assert "nonsense" in read_until("The phones keep what they have.")
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    assert process.returncode == 0


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--fleet", "2", "x.yaml"], "Give files or --fleet, not both."),
        (["--model", "T46U"], "--model goes with --fleet."),
        (["--fleet", "2", "--model", "Nokia"], "The lab knows nothing of a Nokia"),
        (["--fleet", "2", "--map", "pbx"], "write HOST=ADDRESS[:PORT]"),
        (["--fleet", "2", "--map", "pbx=198.51.100.1"], "not an address on loopback"),
        (["x.yaml", "--declare", "y.yaml"], "--declare goes with --fleet"),
        (["--fleet", "2", "--format", "json"], "--format json goes with --once"),
    ],
)
def test_what_cannot_be_meant_is_said(arguments: list[str], says: str) -> None:
    with pytest.raises(click.UsageError, match=re.escape(says)):
        up.main(arguments, standalone_mode=False)


def test_a_port_that_is_taken_is_said(tmp_path: Path) -> None:
    with Files() as files:
        done = lab("--fleet", "1", "--once", "--http-port", str(files.port), cwd=tmp_path)
    assert done.returncode == 1
    assert "The lab cannot listen" in done.stderr
