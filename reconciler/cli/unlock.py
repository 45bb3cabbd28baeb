"""`reconciler unlock`: remove the lock of a run that is gone."""

import click

from reconciler.cli.exits import DONE
from reconciler.cli.workspace import surroundings


@click.command("unlock")
@click.option("--journal", metavar="URL", help="Journal elsewhere: a file or a database.")
@click.option("--force", is_flag=True, help="Also take it from a run that seems to be alive.")
def command(journal: str | None, force: bool) -> int:
    """Remove the lock of a run that is gone.

    A lock of a killed process on this machine, or one whose lease has lapsed, is taken over
    without this. What the other run had begun is found out by the next plan.
    """
    from reconciler.workspace import open_stores

    at = surroundings([], journal=journal)
    with open_stores(at) as stores:
        held = stores.journal.unlock(at.actor, force=force)
    if held is None:
        click.echo("Nobody holds the lock.")
    else:
        click.echo(
            f"Unlocked. It was held by {held.actor} on {held.host} (pid {held.pid}) for "
            f"{held.purpose}, since {held.since}."
        )
    return DONE
