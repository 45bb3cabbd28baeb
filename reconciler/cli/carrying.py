"""Carrying a plan out: shown, asked about, done, and what follows from it for phones."""

from collections.abc import Mapping, Sequence
from time import monotonic
from typing import TYPE_CHECKING

import click

from reconciler.cli.asking import AFTERWARDS
from reconciler.cli.choices import Choices
from reconciler.cli.consent import ask_for_consent
from reconciler.cli.exits import DONE, ERROR, INTERRUPTED, PARTLY, REFUSED
from reconciler.cli.logbook import Logbook
from reconciler.cli.oncall import wait_for_calls, without
from reconciler.cli.problems import PROBLEMS
from reconciler.cli.running import Ready
from reconciler.cli.screen import applying, look, tell
from reconciler.cli.settled import Settled
from reconciler.cli.show import print_plan
from reconciler.cli.stopping import interruptible
from reconciler.cli.unheard import need_no_listener
from reconciler.execution.apply import Stop
from reconciler.execution.progress import StepDone
from reconciler.model.address import Address
from reconciler.model.outcome import Outcome
from reconciler.model.plan import Plan
from reconciler.model.step import Step
from reconciler.planning.phones.windows import closed_sites, held_by_windows, with_dependants
from reconciler.planning.planfile import Header
from reconciler.planning.policy import Policy
from reconciler.workflow.carry_out import carry_out
from reconciler.workflow.ending import Applied, go_on, in_part
from reconciler.workflow.ledger import refresh_ledger
from reconciler.workflow.propose import unpublished_phones

if TYPE_CHECKING:
    from reconciler.phones.expelling import Left


class Carrying:
    """One plan on its way: what was said about it, and whether somebody asks to stop."""

    def __init__(self, said: Choices, ready: Ready) -> None:
        self._said = said
        self._asking = said.asking
        self._ready = ready
        self._at = said.at
        self._stop = Stop()
        self._looks = look(no_color=said.no_color)
        self._command = "apply"

    async def go(self, planned: Plan, header: Header, *, command: str = "apply") -> int:
        """Show a plan, ask, carry it out, see to the phones; return the exit code."""
        said, ready, as_json = self._said, self._ready, self._said.as_json
        self._command = command
        if not as_json and not (said.shown and not planned.refused):
            print_plan(
                planned, header, said.format,
                full=said.full, no_color=said.no_color, seconds=ready.survey.seconds,
                last=ready.survey.ownership.objects, applying=True,
            )  # fmt: skip
        if planned.refused:
            if as_json:
                self._print_json(planned, header, None, Settled())
            return REFUSED
        if planned.is_empty:
            refresh_ledger(ready.survey, ready.stores, self._at)
            self._let_go(planned, ())
            # Nobody agreed to anything here, unless beforehand.
            agreed = said.approved or said.resume is not None
            settled = await self._settle_phones(None, telling=agreed)
            if as_json:
                self._print_json(planned, header, None, settled)
            if ready.survey.failures:
                return ERROR
            return PARTLY if settled.is_partly else DONE
        if Policy(ready.survey.desired.policy).requires_reason and not self._at.reason:
            raise click.UsageError('the policy requires a reason: --reason "..."')
        if not said.approved:
            ask_for_consent()
        need_no_listener()
        planned, held = await self._held_back(planned)
        flashing = [each for each in planned.steps if each.address.kind == "firmware"]
        due = tuple(each for each in flashing if each.id not in held)
        later = {each.id: AFTERWARDS for each in due}
        left = await self._who_leaves(planned)
        applied = await self._carry_out(planned, header, command, held, later)
        PROBLEMS.run = applied.run
        if self._asking.window is not None and planned.windows:
            sites = [each.target for each in planned.windows]
            facts = {"said": self._asking.window, "sites": sites}
            ready.stores.journal.note(applied.run, "window", facts)
        flashing_alone = due and applied.state == "done" and not applied.outcomes
        if not as_json and not flashing_alone:
            self._print_summary(planned, applied)
        self._let_go(planned, applied.outcomes)
        await self._turn_out(left, applied.outcomes)
        settled = Settled()
        if applied.state != "interrupted":
            spared = frozenset(each.address._replace(kind="phone") for each in due)
            settled = await self._settle_phones(applied, telling=True, spared=spared)
            if due:
                applied = await self._flash(due, applied)
            if settled.is_partly:
                applied = in_part(applied, ready.stores)
        if as_json:
            self._print_json(planned, header, applied, settled)
        if applied.state == "interrupted":
            return INTERRUPTED
        if applied.state == "done" and not ready.survey.failures:
            return DONE
        return PARTLY if applied.state in ("done", "partly") else ERROR

    async def _held_back(self, planned: Plan) -> tuple[Plan, dict[str, str]]:
        """Return the plan, and what of it has to wait for a window or for the end of a call."""
        held = held_by_windows(planned, self._at.now(), self._asking.window)
        wait_s = self._asking.wait_s if self._asking.on_call == "wait" else 0
        busy = await wait_for_calls(without(planned, held), self._ready, wait_s=wait_s)
        if self._asking.on_call == "skip":
            return without(planned, busy), {e: why for e, why in held.items() if e not in busy}
        return planned, with_dependants(planned, {**busy, **held})

    def _let_go(self, planned: Plan, outcomes: Sequence[Outcome]) -> None:
        """Wipe what opened phones that are gone, or that are other hardware now, and say so."""
        from reconciler.phones.leaving import follow_hardware, forget_gone
        from reconciler.phones.logins import Logins

        stores = self._ready.stores
        logins = Logins(stores.store)
        desired = self._ready.survey.desired
        replaced = follow_hardware(planned.changes, desired.moved, outcomes, logins)
        gone = forget_gone(desired.resources.keys(), stores.journal, stores.store, logins)
        for each in gone:
            click.echo(f"{each}: out of service; its saved login and secrets are wiped.", err=True)
        for each in replaced:
            click.echo(f"{each}: other hardware; its saved login is forgotten.", err=True)

    async def _who_leaves(self, planned: Plan) -> "Left":
        """Return from where phones are registered that this plan takes off their lines."""
        from reconciler.phones.expelling import contacts_of, left_lines

        desired = self._ready.survey.desired
        lines = left_lines(planned.changes, desired)
        return await contacts_of(lines, desired, self._ready.sessions) if lines else {}

    async def _turn_out(self, left: "Left", outcomes: Sequence[Outcome]) -> None:
        """End what those phones have registered: they would go on ringing."""
        if not left:
            return
        from reconciler.phones.expelling import expel

        done = {each.address for each in outcomes if each.address and each.state == "done"}
        desired, sessions = self._ready.survey.desired, self._ready.sessions
        ended, lasting = await expel(left, done, desired, sessions)
        for line, phone in ended.items():
            said = f"the phone that left does not ring for {line.key} any more."
            click.echo(f"{phone}: {said}", err=True)
        for line, phone in lasting.items():
            said = f"the phone that left can be rung for {line.key} until its registration ends."
            click.echo(f"{phone}: {said}", err=True)

    async def _flash(self, due: Sequence[Step], applied: Applied) -> Applied:
        """Bring phones to their firmware, now that all else is done, and say what became of it."""
        from reconciler.cli.flashing import flash
        from reconciler.views.terminal.apply import event_line
        from reconciler.views.terminal.firmware import flashed_text

        ready, looks, started = self._ready, self._looks, monotonic()
        as_json = self._said.as_json

        def show(outcome: Outcome, number: int, total: int) -> None:
            event = StepDone(outcome, number, total)
            now = self._at.now().astimezone(looks.zone).strftime("%H:%M:%S")
            line = event_line(event, now, style=looks.style, width=looks.width, ascii=looks.ascii)
            if line is not None and not as_json:
                tell(line)

        with interruptible(self._stop):
            outcomes = await flash(
                due, applied, ready, self._at, self._asking,
                stopped=self._stop.was_asked, show=show,
            )  # fmt: skip
        done = go_on(applied, outcomes, ready.stores, self._stop, seconds=monotonic() - started)
        if not as_json:
            tell(flashed_text(outcomes, applied.run, looks))
        await self._settle_phones(done, telling=False)
        return done

    async def _settle_phones(
        self,
        applied: Applied | None,
        *,
        telling: bool,
        spared: frozenset[Address] = frozenset(),
    ) -> Settled:
        from reconciler.cli.telling import settle_phones
        from reconciler.views.terminal.errands import settled_text

        ready, asking = self._ready, self._asking
        logbook = Logbook(ready.stores, self._at, applied.run if applied else None)
        desired = ready.survey.desired
        closed = closed_sites(desired, desired.sites, self._at.now(), asking.window)

        def unpublished() -> frozenset[Address]:
            after = applied.after if applied else None
            return unpublished_phones(ready.survey, self._at, after)

        settled = await settle_phones(
            ready, self._at, unpublished, logbook,
            wait_s=asking.wait_s, telling=telling, on_call=asking.on_call,
            closed=closed, spared=spared,
        )  # fmt: skip
        if not self._said.as_json:
            told = sum(each.state == "done" for each in settled.outcomes)
            # Who was away before this run is no news of it; `status` names them all.
            touched = {each.address for each in applied.outcomes} if applied else set()
            untold = [e for e in settled.untold if not e.away or e.address in touched]
            said = settled_text(
                told, untold, settled.proved, settled.errands,
                self._looks, run=logbook.run,
            )  # fmt: skip
            if said:
                tell(said)
        return settled

    async def _carry_out(
        self,
        planned: Plan,
        header: Header,
        command: str,
        held: Mapping[str, str],
        later: Mapping[str, str],
    ) -> Applied:
        from reconciler.views.terminal.apply import event_line

        ready, looks = self._ready, self._looks
        with (
            interruptible(self._stop),
            applying(
                lambda event, now: event_line(
                    event, now, style=looks.style, width=looks.width, ascii=looks.ascii
                ),
                quiet=self._said.as_json,
                no_color=self._said.no_color,
            ) as show,
        ):
            ready.sessions.show = show
            return await carry_out(
                planned, header, ready.survey, ready.stores, ready.sessions, self._at,
                command=command, held=held, later=later, stop=self._stop, show=show,
            )  # fmt: skip

    def _print_json(
        self, planned: Plan, header: Header, applied: Applied | None, settled: Settled
    ) -> None:
        from reconciler.views.machine import apply_json

        tell(
            apply_json(
                planned,
                header,
                applied,
                settled.outcomes,
                settled.untold,
                settled.errands,
                self._command,
            )
        )

    def _print_summary(self, planned: Plan, applied: Applied) -> None:
        from reconciler.views.terminal.apply import summary_text

        looks = self._looks
        tell(
            summary_text(planned, applied, style=looks.style, width=looks.width, ascii=looks.ascii)
        )
