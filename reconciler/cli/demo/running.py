"""Running the demo: the practice is furnished, the story played, and kept open where wanted."""

import sys
import time
from collections.abc import Sequence

import click

from reconciler.cli.demo.estate import (
    STAFF_ROOM,
    keep_secrets,
    lay_out,
    point_at_lab,
    read_kept,
    reserve_port,
    write_kept,
)
from reconciler.cli.demo.stage import Stage
from reconciler.cli.demo.story import play
from reconciler.cli.exits import ERROR
from reconciler.cli.lab_estate import specs_in
from reconciler.cli.running import Stopped
from reconciler.lab.practice import Ports, Practice


def run_story(stage: Stage, *, keep: bool) -> None:
    """Furnish the practice in the stage's folder, and play the story there."""
    stage.say("A FreePBX and 13 phones open on this machine; they talk to nobody else.")
    lay_out(stage.folder)
    phones = specs_in([stage.folder])
    files, web, ami = (reserve_port(stage.stack) for _ in range(3))
    practice = Practice([*phones, STAFF_ROOM], Ports(files, web, ami))
    stage.stack.enter_context(practice)
    practice.add_extension("1999", "Fax from 2009")
    point_at_lab(stage.folder, practice)
    keep_secrets(stage.folder, practice)
    play(stage, practice, [each.name for each in phones])
    if keep:
        write_kept(stage.folder, practice)
    _end(stage, keep=keep)
    if keep and sys.stdout.isatty():
        _stay_open(stage, practice)


def _end(stage: Stage, *, keep: bool) -> None:
    stage.chapter("The end", "All of this has run on your machine, and called nobody.")
    if not keep:
        stage.say("To look around in it: reconciler demo --keep DIR")
    stage.say("Your own PBX: README.md, the first ten minutes. The lab: reconciler lab --help")


def open_again(stage: Stage) -> None:
    """Start the PBX, the server and the phones of a demo that was kept, until Ctrl-C."""
    pbx, ports = read_kept(stage.folder)
    phones = specs_in([stage.folder])
    practice = Practice(phones, ports, pbx=pbx)
    try:
        stage.stack.enter_context(practice)
    except OSError as error:
        click.echo(
            f"The PBX of this demo cannot listen on {ports.web} and {ports.ami} any more: "
            f"{error.strerror}. Is it open already?",
            err=True,
        )
        raise Stopped(ERROR) from None
    stage.serve(log="provision.log")
    names = [each.name for each in phones]
    practice.plug_in(names)
    _wait_registered(stage, practice, names)
    _stay_open(stage, practice)


def _wait_registered(stage: Stage, practice: Practice, names: Sequence[str]) -> None:
    stage.wait(
        lambda: f"{practice.registered()} of {len(names)} phones have registered",
        lambda: practice.registered() >= len(names),
        timeout_s=60,
    )


def _stay_open(stage: Stage, practice: Practice) -> None:
    stage.say(f"The practice stays open. In another terminal: cd {stage.folder}; reconciler status")
    stage.say(f"Ctrl-C closes it; reconciler demo --open {stage.folder} opens it again.")
    try:
        while True:
            time.sleep(0.5)
    except KeyboardInterrupt:
        click.echo("")
    finally:
        write_kept(stage.folder, practice)
