"""`reconciler unlock`: remove the lock of a run that is gone."""

from pathlib import Path

import click

from reconciler.cli.exits import DONE
from reconciler.cli.options import journal_option, path_option
from reconciler.cli.workspace import surroundings


@click.command("unlock")
@path_option
@journal_option
@click.option("--force", is_flag=True, help="Also take it from a run that seems to be alive.")
def command(paths: tuple[Path, ...], journal: str | None, force: bool) -> int:
    """Remove the lock of a run that is gone.

    A lock of a killed process on this machine, or one whose lease has lapsed, is taken over
    without this. What the other run had begun is found out by the next plan.
    """
    from reconciler.workspace import open_stores

    at = surroundings(paths, journal=journal)
    with open_stores(at, paths=paths) as stores:
        held = stores.journal.unlock(at.actor, force=force)
    if held is None:
        click.echo("Nobody holds the lock.")
    else:
        click.echo(
            f"Unlocked. It was held by {held.actor} on {held.host} (pid {held.pid}) for "
            f"{held.purpose}, since {held.since}."
        )
    return DONE
