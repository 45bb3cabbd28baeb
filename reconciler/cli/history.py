"""`reconciler history [RUN]`: runs, or one with its steps; `--verify` proves the audit chain."""

from pathlib import Path

import click

from reconciler.cli.exits import DONE
from reconciler.cli.options import journal_option, json_option, no_color_option, path_option
from reconciler.cli.screen import look
from reconciler.cli.workspace import surroundings
from reconciler.workspace import open_stores


@click.command("history")
@click.argument("run", type=int, required=False)
@path_option
@journal_option
@click.option("--limit", type=click.IntRange(1, 10000), default=20, show_default=True,
              metavar="N", help="How many runs to list.")  # fmt: skip
@click.option("--verify", is_flag=True, help="Prove that no line of the audit chain was changed.")
@json_option
@no_color_option
def command(
    run: int | None,
    paths: tuple[Path, ...],
    journal: str | None,
    limit: int,
    verify: bool,
    as_json: bool,
    no_color: bool,
) -> int:
    """List runs, the last first; or show one run with every step and what became of it."""
    from reconciler.views.machine import history_json, run_json
    from reconciler.views.terminal.history import history_text, run_text
    from reconciler.workflow.ledger import finished_by

    with open_stores(surroundings(paths, journal=journal), paths=paths) as stores:
        if verify:
            report = stores.journal.verify_chain()
            click.echo(
                f"The audit chain holds: {report.lines} lines, {report.objects} objects in the "
                f"ledger{', its end confirmed by its witness' if report.witnessed else ''}."
            )
            return DONE
        if run is not None:
            record = stores.journal.run(run)
            if as_json:
                text = run_json(record)
            else:
                by = finished_by(record, stores)
                text = run_text(record, look(no_color=no_color), by)
        else:
            records = stores.journal.history(limit)
            text = (
                history_json(records) if as_json else history_text(records, look(no_color=no_color))
            )
    click.echo(text)
    return DONE
