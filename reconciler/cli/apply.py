"""`reconciler apply`: carry a plan out. Asks on a terminal; needs --auto-approve off it."""

import asyncio
import os
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

import click

from reconciler.cli.asking import AFTERWARDS, POLL_S, Asking, plan_firmware
from reconciler.cli.exits import DONE, ERROR, INTERRUPTED, PARTLY, REFUSED
from reconciler.cli.logbook import Logbook
from reconciler.cli.oncall import wait_for_calls, without
from reconciler.cli.running import (
    Ready,
    Stopped,
    checked,
    firmware_options,
    only_drift_option,
    overrides,
    rail_options,
    selection,
    selection_options,
    show_diagnostics,
    surveyed,
    window_option,
)
from reconciler.cli.screen import applying, look, tell
from reconciler.cli.settled import Settled
from reconciler.cli.show import plan_options, print_plan
from reconciler.cli.workspace import surroundings, workspace_options
from reconciler.errors import PlanFileInvalid
from reconciler.execution.apply import Stop
from reconciler.execution.progress import StepDone
from reconciler.model.address import Address
from reconciler.model.outcome import Outcome
from reconciler.model.plan import Plan
from reconciler.model.step import Step
from reconciler.planning.planfile import Header, read_plan
from reconciler.planning.policy import Policy
from reconciler.planning.select import Selection
from reconciler.planning.windows import When, closed_sites, held_by_windows, with_dependants
from reconciler.workflow.carry_out import carry_out
from reconciler.workflow.declare import redeclare
from reconciler.workflow.ending import Applied, go_on, in_part
from reconciler.workflow.ledger import (
    added_since,
    left_undone,
    moves_of,
    record_recovered,
    refresh_ledger,
)
from reconciler.workflow.propose import header_of, look_again, propose, stale_in, unpublished_phones
from reconciler.workspace import Surroundings, open_stores

if TYPE_CHECKING:
    # Only named here: who declares no firmware need not load what talks to phones.
    from reconciler.phones.acting import OnCall


@click.command("apply")
@workspace_options
@selection_options
@only_drift_option
@rail_options
@plan_options
@click.option("--auto-approve", "--yes", "approved", is_flag=True, help="Do not ask.")
@click.option(
    "--lock-timeout", "lock_wait_s", type=click.FloatRange(0, 86400),
    metavar="SECONDS", help="How long to wait for another run; not at all, or what the files say.",
)  # fmt: skip
@click.option(
    "--refresh-only",
    is_flag=True,
    help="Write nothing to a PBX: accept what others changed as what was applied last.",
)
@click.option(
    "--resume",
    type=int,
    metavar="RUN",
    help="Go on with what a run left undone; what is in doubt is read again.",
)
@click.option(
    "--on-call",
    type=click.Choice(["defer", "wait", "skip"]),
    default="defer",
    show_default=True,
    help="What would cut off a phone that is in a call: leave it for --resume, wait for the end of "
    "the call (up to --wait), or leave it out.",
)
@click.option(
    "--wait",
    "wait_s",
    type=click.FloatRange(0, 86400),
    default=0,
    metavar="SECONDS",
    help="How long to wait for calls to end, and for phones to use what was published.",
)
@window_option
@firmware_options
@click.option("--poll", "poll_s", type=click.FloatRange(0.1, 600), default=POLL_S, hidden=True)
@click.option("--limit", "limit_s", type=click.FloatRange(1, 7200), hidden=True)
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
    only_drift: bool,
    allowed: tuple[str, ...],
    reason: str | None,
    format_: str,
    full: bool,
    no_color: bool,
    approved: bool,
    lock_wait_s: float | None,
    refresh_only: bool,
    resume: int | None,
    on_call: "OnCall",
    wait_s: float,
    window: When | None,
    accept_one_way: bool,
    poll_s: float,
    limit_s: float | None,
) -> int:
    """Carry a plan out, safely and resumably.

    With a saved plan as the only argument, exactly that plan is carried out: it is refused when it
    was changed, has expired, or does not fit what is there now (exit 7). Otherwise a plan is made,
    shown and, once approved, carried out. Exits with 0 when all is done, 3 when it was done in
    part, 5 when a safety rail said no, 6 when another run is at work, 130 when interrupted.
    """
    passed = overrides(allowed, reason)
    only = selection(targets, excluded, pbxs, sites, only_drift)
    saved = _saved_plan(paths)
    at = surroundings(
        paths if saved is None else [], journal=journal, no_cache=no_cache, timeout_s=timeout_s,
        parallelism=parallelism, lock_wait_s=lock_wait_s, reason=reason,
    )  # fmt: skip
    task = Task(at, passed, only, format_, full, no_color, approved, resume)
    task.on_call, task.wait_s, task.window = on_call, wait_s, window
    task.asking = Asking(
        only,
        accept_one_way,
        frozenset(targets),
        poll_s,
        limit_s,
        window,
        on_call,
        wait_s,
    )
    if refresh_only:
        if saved is not None or resume is not None:
            raise click.UsageError("--refresh-only takes files and folders, nothing else")
        return asyncio.run(task.refresh(paths))
    if saved is not None:
        if not only.is_whole or resume is not None:
            raise click.UsageError("a saved plan is carried out whole; make a narrower one")
        return asyncio.run(task.saved(saved))
    return asyncio.run(task.fresh(paths))


def _saved_plan(paths: Sequence[Path]) -> Path | None:
    """Return the plan file when the only path given is one."""
    if len(paths) == 1 and paths[0].is_file() and paths[0].suffix not in (".yaml", ".yml"):
        return paths[0]
    return None


class Task:
    """One apply: the options, and the ways to come to a plan."""

    def __init__(
        self,
        at: Surroundings,
        passed: dict[str, str],
        only: Selection,
        format_: str,
        full: bool,
        no_color: bool,
        approved: bool,
        resume: int | None,
    ) -> None:
        self.at = at
        self.passed = passed
        self.only = only
        self.format = format_
        self.full = full
        self.no_color = no_color
        self.approved = approved
        self.resume = resume
        self.stop = Stop()
        self.shown = False
        self.on_call: OnCall = "defer"
        self.wait_s = 0.0
        self.window: When | None = None
        self.asking: Asking | None = None

    async def fresh(self, paths: Sequence[Path]) -> int:
        """Make a plan, show it, ask, carry it out."""
        declared = checked(paths, self.at, no_color=self.no_color)
        with open_stores(self.at, declared.desired) as stores:
            if self.resume is not None:
                left = left_undone(self.resume, stores)
                if not left and not stores.journal.ownership().owed:
                    click.echo(f"Run {self.resume} left nothing undone.")
                    return DONE
                # Where nothing is left to be written, the reload may be: narrowed to no object.
                self.only = replace(self.only, targets=left or ("",))
            only = self.only if self.resume is None else None
            with stores.lock("apply", self.at):
                async with surveyed(
                    declared, stores, self.at, no_color=self.no_color, only=only
                ) as ready:
                    planned = propose(
                        ready.survey, declared, self.at, overrides=self.passed, only=self.only
                    )
                    if self.asking is not None:
                        asking = replace(self.asking, only=self.only)
                        planned = await plan_firmware(planned, ready, self.at, asking, settle=True)
                    header = header_of(declared, self.at)
                    return await self._go(planned, header, ready)

    async def saved(self, file: Path) -> int:
        """Carry out a saved plan, if it still fits."""
        text = file.read_text(encoding="utf-8")
        with open_stores(self.at) as stores:
            planned, header = read_plan(text, stores.key, self.at.stamp())
        declared = checked([Path(each) for each in header.paths], self.at, no_color=self.no_color)
        with open_stores(self.at, declared.desired) as stores:
            lock = stores.lock("apply", self.at)
            with lock:
                async with surveyed(declared, stores, self.at, no_color=self.no_color) as ready:
                    reasons = stale_in(planned, ready.survey, declared, self.at)
                    if reasons:
                        more = f" (and {len(reasons) - 5} more)" if len(reasons) > 5 else ""
                        raise PlanFileInvalid(
                            f"{file} does not fit any more: {'; '.join(reasons[:5])}{more}. "
                            "Nothing was done.",
                            hint="make a new one: reconciler plan --out FILE",
                        )
                    planned = look_again(planned, ready.survey, self.passed)
                    # It was shown when it was made, and reviewed: it is neither shown nor asked
                    # about again, like a saved plan of Terraform.
                    self.approved, self.shown = True, True
                    return await self._go(planned, header, ready)

    async def refresh(self, paths: Sequence[Path]) -> int:
        """Show what others changed, ask, and remember it as what was applied last."""
        from reconciler.planning.drift import drift_in
        from reconciler.takeover import accept
        from reconciler.views.terminal.drift import drift_text

        declared = checked(paths, self.at, no_color=self.no_color)
        with (
            open_stores(self.at, declared.desired) as stores,
            stores.lock("refresh", self.at),
        ):
            async with surveyed(
                declared, stores, self.at, no_color=self.no_color, only=self.only
            ) as ready:
                planned = propose(ready.survey, declared, self.at, only=self.only)
            added = added_since(planned, stores) if self.only.is_whole else ()
            found = drift_in(planned, ready.survey.ownership, added)
            looks = look(no_color=self.no_color)
            click.echo(
                drift_text(found, planned, style=looks.style, width=looks.width, ascii=looks.ascii)
            )
            owned, disowned = accept(ready.survey, found)
            if owned or disowned or added:
                if not self.approved:
                    self._ask()
                record_recovered(ready.survey, stores)
                there = {e.target: [str(each) for each in e.unmanaged] for e in planned.targets}
                stores.journal.change_ownership(
                    "refresh", self.at.actor, owned=owned, disowned=disowned,
                    commit=self.at.commit, seen={"unmanaged": there} if added else None,
                )  # fmt: skip
                click.echo("Remembered as it is now. What the files want otherwise is a change.")
        return ERROR if ready.survey.failures else DONE

    async def undo(self, paths: Sequence[Path], run: int) -> int:
        """Plan what a run changed as it was before, show it, ask, carry it out."""
        from reconciler.undo import told_as_rollback, undo

        declared = checked(paths, self.at, no_color=self.no_color)
        with open_stores(self.at, declared.desired) as stores:
            record = stores.journal.run(run)
            ownership = stores.journal.ownership()
            undoing = undo(record, declared.desired, ownership, moves_of(record, stores))
            if undoing.only.is_whole:
                click.echo(f"Run {run} changed nothing.")
                return DONE
            for each in undoing.kept_secrets:
                click.echo(f"stays as it is (only its fingerprint is known): {each}", err=True)
            again = redeclare(declared, undoing.desired, self.at)
            if again.has_errors:
                show_diagnostics(again.diagnostics, declared, no_color=self.no_color)
                return ERROR
            past = again.value
            with stores.lock("rollback", self.at):
                async with surveyed(past, stores, self.at, no_color=self.no_color) as ready:
                    planned = propose(
                        ready.survey, past, self.at, overrides=self.passed, only=undoing.only
                    )
                    told = told_as_rollback(planned, run)
                    return await self._go(told, header_of(past, self.at), ready, command="rollback")

    async def _go(
        self,
        planned: Plan,
        header: Header,
        ready: Ready,
        *,
        command: str = "apply",
    ) -> int:
        as_json = self.format == "json"
        if not as_json and not (self.shown and not planned.refused):
            print_plan(
                planned, header, self.format,
                full=self.full, no_color=self.no_color, seconds=ready.survey.seconds,
                last=ready.survey.ownership.objects, applying=True,
            )  # fmt: skip
        if planned.refused:
            return REFUSED
        if planned.is_empty:
            refresh_ledger(ready.survey, ready.stores, self.at)
            self._let_go(planned, (), ready)
            # Nobody agreed to anything here, unless beforehand.
            agreed = self.approved or self.resume is not None
            settled = await self._settle_phones(ready, None, telling=agreed)
            if as_json:
                self._print_json(planned, header, None, settled)
            if ready.survey.failures:
                return ERROR
            return PARTLY if settled.is_partly else DONE
        if Policy(ready.survey.desired.policy).requires_reason and not self.at.reason:
            raise click.UsageError('the policy requires a reason: --reason "..."')
        if not self.approved:
            self._ask()
        planned, held = await self._held_back(planned, ready)
        flashing = [each for each in planned.steps if each.address.kind == "firmware"]
        due = tuple(each for each in flashing if each.id not in held)
        later = {each.id: AFTERWARDS for each in due}
        applied = await self._carry_out(planned, header, ready, command, held, later)
        if self.window is not None and planned.windows:
            facts = {"said": self.window, "sites": [each.target for each in planned.windows]}
            ready.stores.journal.note(applied.run, "window", facts)
        flashing_alone = due and applied.state == "done" and not applied.outcomes
        if not as_json and not flashing_alone:
            self._print_summary(planned, applied)
        self._let_go(planned, applied.outcomes, ready)
        settled = Settled()
        if applied.state != "interrupted":
            spared = frozenset(each.address._replace(kind="phone") for each in due)
            settled = await self._settle_phones(ready, applied, telling=True, spared=spared)
            if due:
                applied = await self._flash(due, applied, ready)
            if settled.is_partly:
                applied = in_part(applied, ready.stores)
        if as_json:
            self._print_json(planned, header, applied, settled)
        if applied.state == "interrupted":
            return INTERRUPTED
        if applied.state == "done" and not ready.survey.failures:
            return DONE
        return PARTLY if applied.state in ("done", "partly") else ERROR

    async def _held_back(self, planned: Plan, ready: Ready) -> tuple[Plan, dict[str, str]]:
        """Return the plan, and what of it has to wait for a window or for the end of a call."""
        held = held_by_windows(planned, self.at.now(), self.window)
        wait_s = self.wait_s if self.on_call == "wait" else 0
        busy = await wait_for_calls(without(planned, held), ready, wait_s=wait_s)
        if self.on_call == "skip":
            return without(planned, busy), {e: why for e, why in held.items() if e not in busy}
        return planned, with_dependants(planned, {**busy, **held})

    def _let_go(self, planned: Plan, outcomes: Sequence[Outcome], ready: Ready) -> None:
        """Wipe what opened phones that are gone, or that are other hardware now, and say so."""
        from reconciler.phones.leaving import follow_hardware, forget_gone
        from reconciler.phones.logins import Logins

        stores, logins = ready.stores, Logins(ready.stores.store)
        replaced = follow_hardware(planned.changes, outcomes, logins)
        declared = ready.survey.desired.resources
        gone = forget_gone(declared.keys(), stores.journal, stores.store, logins)
        for each in gone:
            click.echo(f"{each}: out of service; its saved login and secrets are wiped.", err=True)
        for each in replaced:
            click.echo(f"{each}: other hardware; its saved login is forgotten.", err=True)

    async def _flash(self, due: Sequence[Step], applied: Applied, ready: Ready) -> Applied:
        """Bring phones to their firmware, now that all else is done, and say what became of it."""
        from reconciler.cli.flashing import flash
        from reconciler.views.terminal.apply import event_line
        from reconciler.views.terminal.firmware import flashed_text

        looks, started = look(no_color=self.no_color), monotonic()
        as_json = self.format == "json"

        def show(outcome: Outcome, number: int, total: int) -> None:
            event = StepDone(outcome, number, total)
            now = self.at.now().astimezone(looks.zone).strftime("%H:%M:%S")
            line = event_line(event, now, style=looks.style, width=looks.width, ascii=looks.ascii)
            if line is not None and not as_json:
                tell(line)

        with self._interruptible():
            outcomes = await flash(
                due, applied, ready, self.at, self.asking or Asking(window=self.window),
                stopped=self.stop.was_asked, show=show,
            )  # fmt: skip
        done = go_on(applied, outcomes, ready.stores, self.stop, seconds=monotonic() - started)
        if not as_json:
            tell(flashed_text(outcomes, applied.run, looks))
        await self._settle_phones(ready, done, telling=False)
        return done

    async def _settle_phones(
        self,
        ready: Ready,
        applied: Applied | None,
        *,
        telling: bool,
        spared: frozenset[Address] = frozenset(),
    ) -> Settled:
        from reconciler.cli.telling import settle_phones
        from reconciler.views.terminal.errands import settled_text

        logbook = Logbook(ready.stores, self.at, applied.run if applied else None)
        desired = ready.survey.desired

        def unpublished() -> frozenset[Address]:
            after = applied.after if applied else None
            return unpublished_phones(ready.survey, self.at, after)

        settled = await settle_phones(
            ready, self.at, unpublished, logbook,
            wait_s=self.wait_s, telling=telling, on_call=self.on_call,
            closed=closed_sites(desired, desired.sites, self.at.now(), self.window), spared=spared,
        )  # fmt: skip
        if self.format != "json":
            told = sum(each.state == "done" for each in settled.outcomes)
            said = settled_text(
                told, settled.untold, settled.proved, settled.errands,
                look(no_color=self.no_color), run=logbook.run,
            )  # fmt: skip
            if said:
                tell(said)
        return settled

    def _ask(self) -> None:
        if not sys.stdin.isatty():
            raise click.UsageError(
                "nobody can be asked here: give --auto-approve, or a plan that was reviewed"
            )
        # While a loop runs, its own handler would swallow the first Ctrl-C at the question.
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            answer = click.prompt(
                "Carry this out? Only 'yes' is a yes", default="", show_default=False
            )
        finally:
            signal.signal(signal.SIGINT, before)
        if answer.strip() != "yes":
            click.echo("Nothing was done.")
            raise Stopped(ERROR)

    async def _carry_out(
        self,
        planned: Plan,
        header: Header,
        ready: Ready,
        command: str,
        held: Mapping[str, str],
        later: Mapping[str, str],
    ) -> Applied:
        from reconciler.views.terminal.apply import event_line

        looks = look(no_color=self.no_color)
        with (
            self._interruptible(),
            applying(
                lambda event, now: event_line(
                    event, now, style=looks.style, width=looks.width, ascii=looks.ascii
                ),
                quiet=self.format == "json",
                no_color=self.no_color,
            ) as show,
        ):
            ready.sessions.show = show
            return await carry_out(
                planned, header, ready.survey, ready.stores, ready.sessions, self.at,
                command=command, held=held, later=later, stop=self.stop, show=show,
            )  # fmt: skip

    @contextmanager
    def _interruptible(self) -> Iterator[None]:
        """Let the first Ctrl-C end what is being done after its step."""
        # Not the loop's own way, which waits until the loop is idle: a platform may not let it.
        before = signal.signal(signal.SIGINT, lambda *_: self._interrupt())
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)

    def _interrupt(self) -> None:
        if self.stop.asked:
            # The second Ctrl-C: stop at once. What was sent is in the journal and is read again.
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            signal.raise_signal(signal.SIGINT)
        self.stop.asked = True
        # Written as it is: the signal may have come in the middle of another write.
        os.write(2, b"Stopping after what is being sent now (Ctrl-C again stops at once).\n")

    def _print_json(
        self, planned: Plan, header: Header, applied: Applied | None, settled: Settled
    ) -> None:
        from reconciler.views.machine import apply_json

        tell(
            apply_json(planned, header, applied, settled.outcomes, settled.untold, settled.errands)
        )

    def _print_summary(self, planned: Plan, applied: Applied) -> None:
        from reconciler.views.terminal.apply import summary_text

        looks = look(no_color=self.no_color)
        tell(
            summary_text(planned, applied, style=looks.style, width=looks.width, ascii=looks.ascii)
        )
