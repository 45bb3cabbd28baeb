"""Ways to a plan that is carried out: made now, saved before, undoing a run; and refreshing.

Each takes the lock, reads what is there, and gives the exit code.
"""

from collections.abc import Sequence
from pathlib import Path

import click

from reconciler.cli.carrying import Carrying
from reconciler.cli.choices import Choices
from reconciler.cli.consent import ask_for_consent
from reconciler.cli.exits import DONE, ERROR
from reconciler.cli.firmware_plans import plan_firmware
from reconciler.cli.running import (
    checked,
    show_diagnostics,
    surveyed,
)
from reconciler.cli.screen import look
from reconciler.cli.stopping import locked
from reconciler.errors import PlanFileInvalid
from reconciler.model.plan import Plan
from reconciler.planning.planfile import Header, read_plan
from reconciler.planning.select import Selection
from reconciler.workflow.ahead import Ahead
from reconciler.workflow.declare import Declared, redeclare
from reconciler.workflow.ledger import (
    added_since,
    left_undone,
    moves_of,
    record_recovered,
)
from reconciler.workflow.propose import header_of, look_again, propose, stale_in
from reconciler.workspace import Stores, open_stores


def fresh(said: Choices, declared: Declared, ahead: Ahead) -> int:
    """Make a plan, show it, ask, carry it out."""
    with open_stores(said.at, declared.desired, ahead.keys) as stores:
        only = said.only
        if said.resume is not None:
            left = left_undone(said.resume, stores)
            if not left and not stores.journal.ownership().owed:
                click.echo(f"Run {said.resume} left nothing undone.")
                return DONE
            # Where nothing is left to be written, the reload may be: narrowed to no object.
            only = only._replace(targets=left or ("",))
        with locked(stores, "apply", said.at):
            ahead.hold(stores)
            return ahead.run(_fresh(said, declared, stores, only, ahead))


async def _fresh(
    said: Choices, declared: Declared, stores: Stores, only: Selection, ahead: Ahead
) -> int:
    known = only if said.resume is None else None
    async with surveyed(
        declared, stores, said.at, no_color=said.no_color, only=known, ahead=ahead
    ) as ready:
        planned = propose(ready.survey, declared, said.at, overrides=said.passed, only=only)
        asking = said.asking._replace(only=only)
        planned = await plan_firmware(planned, ready, said.at, asking, settle=True)
        return await Carrying(said, ready).go(planned, header_of(declared, said.at))


def saved(said: Choices, file: Path) -> int:
    """Carry out a saved plan, if it still fits."""
    # What is no UTF-8 becomes what no plan file holds: it is then refused as any other damage.
    text = file.read_text(encoding="utf-8", errors="surrogateescape")
    with open_stores(said.at) as stores:
        planned, header = read_plan(text, stores.key, said.at.stamp())
    with Ahead(said.at, writes=True) as ahead:
        paths = [Path(each) for each in header.paths]
        declared = checked(paths, said.at, no_color=said.no_color, ahead=ahead)
        with (
            open_stores(said.at, declared.desired, ahead.keys) as stores,
            locked(stores, "apply", said.at),
        ):
            ahead.hold(stores)
            return ahead.run(_saved(said, file, planned, header, declared, stores, ahead))


async def _saved(
    said: Choices,
    file: Path,
    planned: Plan,
    header: Header,
    declared: Declared,
    stores: Stores,
    ahead: Ahead,
) -> int:
    async with surveyed(declared, stores, said.at, no_color=said.no_color, ahead=ahead) as ready:
        reasons = stale_in(planned, ready.survey, declared, said.at)
        if reasons:
            more = f" (and {len(reasons) - 5} more)" if len(reasons) > 5 else ""
            raise PlanFileInvalid(
                f"{file} does not fit any more: {'; '.join(reasons[:5])}{more}. Nothing was done.",
                hint="make a new one: reconciler plan --out FILE",
            )
        planned = look_again(planned, ready.survey, said.passed)
        # It was shown when it was made, and reviewed: it is neither shown nor asked
        # about again, like a saved plan of Terraform.
        known = said._replace(approved=True, shown=True)
        return await Carrying(known, ready).go(planned, header)


async def refresh(said: Choices, paths: Sequence[Path]) -> int:
    """Show what others changed, ask, and remember it as what was applied last."""
    from reconciler.planning.drift import drift_in
    from reconciler.takeover.adopting import accept
    from reconciler.views.terminal.drift import drift_text

    declared = checked(paths, said.at, no_color=said.no_color)
    with (
        open_stores(said.at, declared.desired) as stores,
        locked(stores, "refresh", said.at),
    ):
        async with surveyed(
            declared, stores, said.at, no_color=said.no_color, only=said.only
        ) as ready:
            planned = propose(ready.survey, declared, said.at, only=said.only)
        added = added_since(planned, stores) if said.only.is_whole else ()
        found = drift_in(planned, ready.survey.ownership, added)
        looks = look(no_color=said.no_color)
        click.echo(
            drift_text(found, planned, style=looks.style, width=looks.width, ascii=looks.ascii)
        )
        owned, disowned = accept(ready.survey, found)
        if owned or disowned or added:
            if not said.approved:
                ask_for_consent()
            record_recovered(ready.survey, stores)
            there = {e.target: [str(each) for each in e.unmanaged] for e in planned.targets}
            stores.journal.change_ownership(
                "refresh", said.at.actor, owned=owned, disowned=disowned,
                commit=said.at.commit, seen={"unmanaged": there} if added else None,
            )  # fmt: skip
            click.echo("Remembered as it is now. What the files want otherwise is a change.")
    return ERROR if ready.survey.failures else DONE


async def undo(said: Choices, paths: Sequence[Path], run: int) -> int:
    """Plan what a run changed as it was before, show it, ask, carry it out."""
    from reconciler.undo import told_as_rollback
    from reconciler.undo import undo as undone

    declared = checked(paths, said.at, no_color=said.no_color)
    with open_stores(said.at, declared.desired) as stores:
        record = stores.journal.run(run)
        ownership = stores.journal.ownership()
        undoing = undone(record, declared.desired, ownership, moves_of(record, stores))
        if undoing.only.is_whole:
            click.echo(f"Run {run} changed nothing.")
            return DONE
        for each in undoing.kept_secrets:
            click.echo(f"stays as it is (only its fingerprint is known): {each}", err=True)
        again = redeclare(declared, undoing.desired, said.at)
        if again.has_errors:
            show_diagnostics(again.diagnostics, declared, no_color=said.no_color)
            return ERROR
        past = again.value
        with locked(stores, "rollback", said.at):
            async with surveyed(past, stores, said.at, no_color=said.no_color) as ready:
                planned = propose(
                    ready.survey, past, said.at, overrides=said.passed, only=undoing.only
                )
                told = told_as_rollback(planned, run)
                carrying = Carrying(said, ready)
                return await carrying.go(told, header_of(past, said.at), command="rollback")
