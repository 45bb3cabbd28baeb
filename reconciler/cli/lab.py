"""`reconciler lab`: pretend PBXs and phones on this machine."""

import click

from reconciler.cli.lab_freepbx import freepbx


@click.group("lab")
def command() -> None:
    """Run pretend PBXs on this machine, to try things on.

    Nothing here ever talks to a real one; all of it listens on 127.0.0.1 only.
    """


command.add_command(freepbx)
