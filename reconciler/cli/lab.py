"""`reconciler lab`: pretend PBXs and phones on this machine."""

import click

from reconciler.cli.lab_freepbx import freepbx
from reconciler.cli.lab_up import up


@click.group("lab")
def command() -> None:
    """Run pretend PBXs and phones on this machine, to try things on.

    Nothing here ever talks to a real one, whatever files name; all of it listens on loopback only.
    """


command.add_command(freepbx)
command.add_command(up)
