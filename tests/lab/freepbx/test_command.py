"""`reconciler lab freepbx`: it prints how to reach it, ends when told, and keeps what it holds."""

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import yaml

DEADLINE_S = 120
RECONCILER = str(Path(sys.executable).with_name("reconciler"))


@contextmanager
def running(*options: str) -> Iterator[tuple[dict[str, object], dict[str, str]]]:
    """The command with its inventory entry and its exported variables."""
    command = [RECONCILER, "lab", "freepbx", "--port", "0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        text = ""
        while "export " not in text:
            line = process.stdout.readline()
            assert line, text
            text += line
        inventory = yaml.safe_load(text[text.index("apiVersion:") : text.index("export ")])
        assert inventory["apiVersion"] == "reconciler/v1"  # a file as it stands
        try:
            yield inventory["pbxs"]["lab"], dict(re.findall(r"(LAB_\w+)=(\S+)", text))
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=DEADLINE_S) == 0


AT_ONCE = """\
import os, signal
import click

said = click.echo

def echo(*arguments, **named):
    said(*arguments, **named)
    if "export LAB_" in str(arguments):
        os.kill(os.getpid(), signal.SIGTERM)  # from whoever has read that it is there

click.echo = echo
from reconciler.cli import run
run()
"""


def test_told_to_end_as_soon_as_it_is_there_it_keeps_what_it_holds(tmp_path: Path) -> None:
    state = tmp_path / "pbx.json"
    ended = subprocess.run(
        [sys.executable, "-c", AT_ONCE, "lab", "freepbx", "--port", "0", "--state", str(state)],
        capture_output=True, text=True, check=False, timeout=DEADLINE_S,
    )  # fmt: skip
    assert (ended.returncode, ended.stderr) == (0, "")
    assert f"What it holds is in {state}." in ended.stdout
    assert json.loads(state.read_text())


def token(entry: dict[str, object], secrets: dict[str, str]) -> httpx.Response:
    own = entry["oauth"]
    assert isinstance(own, dict)
    form = {
        "grant_type": "client_credentials", "client_id": own["client_id"],
        "client_secret": secrets["LAB_OAUTH"],
    }  # fmt: skip
    return httpx.post(f"{entry['url']}/admin/api/api/token", data=form)


def test_it_is_the_same_pbx_the_next_time(tmp_path: Path) -> None:
    state = tmp_path / "pbx.json"
    with running("--version", "16", "--people", "5", "--state", str(state)) as (entry, secrets):
        assert entry["adapter"] == "freepbx"
        assert token(entry, secrets).status_code == 200
    kept = json.loads(state.read_text())
    assert [row["extension"] for row in kept["rows"]["users"]] == [str(1001 + i) for i in range(5)]
    with running("--state", str(state)) as (again, same):
        assert same == secrets
        assert token(again, same).status_code == 200
        assert "hint: choose others" in refused("--port", str(again["url"]).rpartition(":")[2])
    assert "holds a FreePBX 16, not a 17" in refused("--version", "17", "--state", str(state))


def refused(*options: str) -> str:
    command = [RECONCILER, "lab", "freepbx", *options]
    found = subprocess.run(command, capture_output=True, text=True, check=False, timeout=DEADLINE_S)
    assert found.returncode != 0
    return found.stderr


def test_a_file_that_is_no_pbx_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other.json").write_text("[]")
    assert "holds no PBX of the lab" in refused("--state", str(tmp_path / "other.json"))
    assert (tmp_path / "other.json").read_text() == "[]"
