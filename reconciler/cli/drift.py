"""`reconciler drift`: what others have changed on what is ours. For cron jobs: exits 2."""

from pathlib import Path

import click

from reconciler.cli.exits import DONE, ERROR, PENDING
from reconciler.cli.options import json_option, no_color_option, workspace_options
from reconciler.cli.running import checked, selection, selection_options, surveyed
from reconciler.cli.screen import is_ascii, look, style_for, width
from reconciler.cli.workspace import surroundings
from reconciler.planning.phones.delivery import is_pushed
from reconciler.planning.phones.errands import Errand
from reconciler.planning.select import Selection
from reconciler.workflow.ahead import Ahead
from reconciler.workflow.declare import Declared
from reconciler.workflow.ledger import added_since
from reconciler.workflow.propose import propose, unpublished_phones
from reconciler.workspace import Stores, Surroundings, open_stores


@click.command("drift")
@workspace_options
@selection_options
@click.option(
    "--phones",
    "at_phones",
    is_flag=True,
    help="Also read the phones that have a saved login: what was changed at the phone itself.",
)
@json_option
@no_color_option
def command(
    paths: tuple[Path, ...],
    journal: str | None,
    no_cache: bool,
    timeout_s: float,
    parallelism: int | None,
    targets: tuple[str, ...],
    excluded: tuple[str, ...],
    pbxs: tuple[str, ...],
    sites: tuple[str, ...],
    at_phones: bool,
    as_json: bool,
    no_color: bool,
) -> int:
    """Say what others have changed, deleted or added since we applied last. Changes nothing.

    Exits with 0 when there is no drift, with 2 when there is, with 1 when something could not be
    read, or is there and the journal does not know it (then the answer would not be the whole
    truth).
    """
    at = surroundings(
        paths, journal=journal, no_cache=no_cache, timeout_s=timeout_s, parallelism=parallelism
    )
    only = selection(targets, excluded, pbxs, sites, only_drift=False)
    with Ahead(at) as ahead:
        declared = checked(paths, at, no_color=no_color, brief=True, ahead=ahead)
        with open_stores(at, declared.desired, ahead.keys) as stores:
            return ahead.run(
                _drift(
                    declared, stores, only, at, ahead,
                    at_phones=at_phones, as_json=as_json, no_color=no_color,
                )
            )  # fmt: skip


async def _drift(
    declared: Declared,
    stores: Stores,
    only: Selection,
    at: Surroundings,
    ahead: Ahead,
    *,
    at_phones: bool,
    as_json: bool,
    no_color: bool,
) -> int:
    from reconciler.planning.drift import doubled_in, drift_in, hidden_in, unknown_in

    errands: list[Errand] | None = None

    async with surveyed(
        declared, stores, at, no_color=no_color, brief=True, quiet=as_json, only=only, ahead=ahead
    ) as ready:
        planned = propose(ready.survey, declared, at, only=only)
        if at_phones:
            from reconciler.cli.settling import Settling

            settling = Settling(ready, at, lambda: unpublished_phones(ready.survey, at))
            errands = (await settling.compare(only)).errands
    ownership = ready.survey.ownership
    found = drift_in(planned, ownership, added_since(planned, stores))
    beside = (*hidden_in(ready.survey.live, ownership), *doubled_in(ready.survey.live, ownership))
    found += tuple(each for each in beside if only.takes(each.address))
    owed = ready.survey.ownership.owed
    unknown = unknown_in(planned, ownership)
    if as_json:
        from reconciler.views.machine import drift_json

        click.echo(drift_json(found, planned, owed, errands, unknown))
    else:
        from reconciler.views.terminal.drift import drift_text

        click.echo(
            drift_text(
                found, planned, style=style_for(no_color=no_color), width=width(),
                ascii=is_ascii(), owed=owed, unknown=unknown,
            )
        )  # fmt: skip
        if errands is not None:
            from reconciler.views.terminal.errands import compared_text

            pushed = frozenset(
                address
                for address, each in ready.survey.desired.resources.items()
                if is_pushed(each.fields)
            )
            click.echo(compared_text(errands, pushed, look(no_color=no_color)))
    states = {each.state for each in errands or ()}
    if found or "failed" in states:
        return PENDING
    return ERROR if ready.survey.failures or unknown or "skipped" in states else DONE
