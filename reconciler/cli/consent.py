"""Asking whether a plan shall be carried out."""

import signal
import sys

import click

from reconciler.cli.exits import ERROR
from reconciler.cli.running import Stopped


def ask_for_consent() -> None:
    """Go on when somebody says yes. Raises Stopped when not, UsageError when nobody is there."""
    if not sys.stdin.isatty():
        raise click.UsageError(
            "nobody can be asked here: give --auto-approve, or a plan that was reviewed"
        )
    # While a loop runs, its own handler would swallow the first Ctrl-C at the question.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        answer = click.prompt("Carry this out? Only 'yes' is a yes", default="", show_default=False)
    finally:
        signal.signal(signal.SIGINT, before)
    if answer.strip() != "yes":
        click.echo("Nothing was done.")
        raise Stopped(ERROR)
