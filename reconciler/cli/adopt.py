"""`reconciler adopt`: take ownership of objects that exist and are declared."""

import asyncio
from pathlib import Path

import click

from reconciler.cli.exits import DONE, ERROR
from reconciler.cli.options import (
    journal_option,
    json_option,
    no_color_option,
    path_option,
    timeout_option,
)
from reconciler.cli.running import checked, surveyed
from reconciler.cli.screen import look
from reconciler.cli.stopping import locked
from reconciler.cli.workspace import surroundings
from reconciler.workflow.declare import Declared
from reconciler.workflow.ledger import record_recovered
from reconciler.workspace import Surroundings, open_stores


@click.command("adopt")
@click.argument("addresses", nargs=-1, required=True, metavar="ADDRESS...")
@path_option
@journal_option
@timeout_option
@click.option("--dry-run", is_flag=True, help="Only show what would become ours.")
@json_option
@no_color_option
def command(
    addresses: tuple[str, ...],
    paths: tuple[Path, ...],
    journal: str | None,
    timeout_s: float,
    dry_run: bool,
    as_json: bool,
    no_color: bool,
) -> int:
    """Take ownership of objects that exist (with * and ?), and show how the files differ from them.

    Nothing is written to a PBX. What is there now counts as applied last: what the files want
    otherwise is shown as a change by the next plan and written by the next apply.
    """
    at = surroundings(paths, journal=journal, timeout_s=timeout_s)
    declared = checked(paths, at, no_color=no_color, brief=True)
    return asyncio.run(
        _adopt(declared, addresses, at, dry_run=dry_run, as_json=as_json, no_color=no_color)
    )


async def _adopt(
    declared: Declared,
    addresses: tuple[str, ...],
    at: Surroundings,
    *,
    dry_run: bool,
    as_json: bool,
    no_color: bool,
) -> int:
    from reconciler.takeover.adopting import adopt

    with (
        open_stores(at, declared.desired) as stores,
        locked(stores, "adopt", at),
    ):
        async with surveyed(
            declared, stores, at, no_color=no_color, quiet=as_json, brief=True
        ) as ready:
            taken, refused = adopt(ready.survey, addresses)
        if taken and not dry_run:
            record_recovered(ready.survey, stores)
            stores.journal.change_ownership(
                "adopt", at.actor, owned=[each.owned for each in taken], commit=at.commit
            )
    if as_json:
        from reconciler.views.machine import adopt_json

        click.echo(adopt_json(taken, refused, dry_run=dry_run))
    else:
        from reconciler.views.terminal.takeover import adopt_text

        looks = look(no_color=no_color)
        click.echo(
            adopt_text(
                taken,
                refused,
                dry_run=dry_run,
                style=looks.style,
                width=looks.width,
                ascii=looks.ascii,
            )
        )
    return ERROR if refused else DONE
