"""`reconciler demo`: plan, apply, drift and a refusal on a built-in PBX, in under a minute."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import click

from reconciler.cli.exits import DONE, ERROR
from reconciler.cli.running import Stopped
from reconciler.cli.screen import style_for

BROWNFIELD: dict[str, Any] = {
    "extension": {"9001": {"name": "Old fax"}},
    "conference": {"8000": {"name": "Board"}},
}
"""What the PBX holds before us: neither ours nor touched."""


@click.command("demo")
@click.option(
    "--dir", "folder", type=click.Path(path_type=Path, file_okay=False),
    help="Keep the demo's files in this empty folder; a temporary one when not given.",
)  # fmt: skip
@click.option("--no-color", is_flag=True, help="No colour (NO_COLOR does the same).")
def command(folder: Path | None, no_color: bool) -> int:
    """Run plan, apply, plan again, drift and a refusal on a built-in PBX.

    Everything happens in a folder of its own; nothing outside of it is touched.
    """
    if folder is not None and folder.exists() and any(folder.iterdir()):
        raise click.UsageError(f"{folder} is not empty")
    with tempfile.TemporaryDirectory(prefix="reconciler-demo-") as temporary:
        stage = _Stage(folder or Path(temporary), no_color=no_color)
        stage.set_up()
        stage.play()
    if folder is not None:
        click.echo(f"\nThe files are in {folder}. Try: cd {folder}; reconciler plan")
    return DONE


class _Stage:
    """A folder with the estate and its PBX, and the scenes played in it."""

    def __init__(self, folder: Path, *, no_color: bool) -> None:
        self.folder = folder
        self.pbx = folder / "pbx.json"
        self.style = style_for(no_color=no_color)
        self.no_color = no_color

    def set_up(self) -> None:
        """Copy the estate, fill the PBX with what was there before us."""
        with as_file(files("reconciler.lab") / "estate") as estate:
            shutil.copytree(estate, self.folder, dirs_exist_ok=True)
        self.pbx.write_text(json.dumps(BROWNFIELD, indent=1), encoding="utf-8")

    def play(self) -> None:
        """Play all scenes; the demo ends where a command does not do as it should."""
        self.say("A small dental practice, declared in three YAML files. What would be done?")
        self.run("plan", "--out", "plan.json", expect=0)
        self.say("Carry out exactly that. Secrets are made now, kept encrypted, and never shown.")
        self.run("apply", "plan.json", expect=0)
        self.say("Plan again: nothing to do.")
        self.run("plan", expect=0)
        self.say(
            "Somebody works on the PBX by hand: Reception rings 5 s, the lobby phone's extension "
            "is gone, and there is a new extension 1099."
        )
        self.by_hand(_meddle)
        self.run("drift", expect=2)
        self.say("Put it back, and only that.")
        self.run("apply", "--only-drift", "--auto-approve", expect=0)
        self.say("Now a change of ours: Cleo joins Reception, and callers wait longer.")
        self.edit("calls.yaml", '["1001", "1002", "1004"]', '["1001", "1002", "1003", "1004"]')
        self.edit("calls.yaml", "ring_time: 20", "ring_time: 30")
        self.run("plan", expect=0)
        self.say("And an accident: a merge loses calls.yaml. The safety rails say no.")
        (self.folder / "calls.yaml").rename(self.folder / "calls.yaml.lost")
        self.run("plan", expect=5)
        (self.folder / "calls.yaml.lost").rename(self.folder / "calls.yaml")

    def say(self, text: str) -> None:
        """Print what the next scene is about."""
        click.echo("")
        click.echo(self.style(click.wrap_text(f"# {text}", 88, "", "# "), "bold"))

    def run(self, *arguments: str, expect: int) -> None:
        """Run a command as a user would, and show it."""
        click.echo(self.style(f"$ reconciler {' '.join(arguments)}", "good"))
        environ = dict(os.environ, RECONCILER_ACTOR="you@demo")
        for name in ("RECONCILER_JOURNAL", "RECONCILER_WORKSPACE_KEY", "RECONCILER_STORE_KEY"):
            environ.pop(name, None)
        if sys.stdout.isatty() and not self.no_color:
            environ["FORCE_COLOR"] = "1"
            environ["COLUMNS"] = str(shutil.get_terminal_size().columns)
        ended = subprocess.run(  # noqa: S603 - our own command, with our own arguments
            [sys.executable, "-m", "reconciler", *arguments],
            cwd=self.folder,
            env=environ,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        click.echo(ended.stdout.rstrip("\n"))
        if ended.returncode != expect:
            click.echo(f"(exit {ended.returncode}; the demo expected {expect})", err=True)
            raise Stopped(ERROR)
        if ended.returncode:
            click.echo(self.style(f"(exit {ended.returncode})", "dim"))

    def by_hand(self, change: Callable[[dict[str, Any]], None]) -> None:
        """Change the PBX as a person with its web page would."""
        data = json.loads(self.pbx.read_text(encoding="utf-8"))
        change(data)
        self.pbx.write_text(json.dumps(data, indent=1), encoding="utf-8")

    def edit(self, name: str, old: str, new: str) -> None:
        """Change a file of the estate."""
        file = self.folder / name
        file.write_text(file.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")


def _meddle(pbx: dict[str, Any]) -> None:
    pbx["ring_group"]["600"]["ring_time"] = 5
    pbx["extension"].pop("1004")
    pbx["extension"]["1099"] = {"name": "Printer"}
