"""What the commands on live phones have in common: who is meant, consent, results."""

import asyncio
import json
import random
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from reconciler.adapters.devices import DEVICES
from reconciler.cli.exits import DONE, ERROR, PARTLY
from reconciler.cli.options import json_option, path_option
from reconciler.cli.running import Stopped, checked
from reconciler.cli.screen import look
from reconciler.cli.workspace import surroundings
from reconciler.device import DeviceVendor
from reconciler.execution.session import Sessions
from reconciler.firmware.evidence import standings_of
from reconciler.phones.acting import Act, Manners, OnCall, Opening, Result, act_on
from reconciler.phones.declared import admin_passwords, declared_phones
from reconciler.phones.logins import Logins
from reconciler.phones.meant import Chosen, NotOurs, Placed, choose
from reconciler.phones.pbx import Pbxs
from reconciler.phones.reaching import Whereabouts, seen_in
from reconciler.phones.turns import in_turns, is_failure
from reconciler.views.terminal.page import Page
from reconciler.views.terminal.table import Cell, table
from reconciler.workflow.declare import Declared
from reconciler.workspace import Stores, Surroundings, open_sessions, open_stores

F = TypeVar("F", bound=Callable[..., Any])
MOST: Final = 200
"""How many phones one call may touch without somebody saying so."""


def choosing_options(function: F) -> F:
    """Add the arguments that choose phones."""
    for option in reversed(
        (
            click.argument("names", nargs=-1, metavar="[PHONE]..."),
            click.option("--site", "sites", multiple=True, metavar="NAME", help="Of this site."),
            click.option("--model", "models", multiple=True, metavar="MODEL",
                         help="Of this model (with * and ?)."),
            click.option("--tag", "tags", multiple=True, metavar="TAG", help="With this tag."),
            path_option,
            click.option("--timeout", "timeout_s", type=click.FloatRange(0.1, 120), default=5.0,
                         show_default=True, metavar="SECONDS", help="Deadline of one answer."),
            click.option("--at-once", type=click.IntRange(1, 50), default=20, show_default=True,
                         metavar="N", help="How many phones are talked to at once."),
            json_option,
        )
    ):  # fmt: skip
        function = option(function)
    return function


def sparing_options(function: F) -> F:
    """Add the options of actions that people at the phone would notice."""
    for option in reversed(
        (
            click.option("--on-call", type=click.Choice(["wait", "defer", "skip"]),
                         default="defer", show_default=True,
                         help="What happens to a phone that is in a call."),
            click.option("--wait-up-to", "wait_up_to_s", type=click.FloatRange(0, 86400),
                         default=900.0, show_default=True, metavar="SECONDS",
                         help="How long --on-call wait waits."),
            click.option("--assume-idle", is_flag=True,
                         help="Go on where neither phone nor PBX tells whether there is a call."),
            click.option("--spread", "spread_s", type=click.FloatRange(0, 86400), metavar="SECONDS",
                         help="Starts are spread over this time; half a second a phone."),
            click.option("--yes", is_flag=True, help="Do not ask; needed off a terminal."),
            click.option("--many", is_flag=True, help=f"More than {MOST} phones are meant."),
        )
    ):  # fmt: skip
        function = option(function)
    return function


@dataclass(frozen=True, slots=True)
class Selecting:
    """What was said on the command line about which phones, and how to print."""

    names: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    paths: tuple[Path, ...] = ()
    timeout_s: float = 5.0
    at_once: int = 20
    as_json: bool = False


@dataclass(frozen=True, slots=True)
class Sparing:
    """What was said about phones in a call, spacing and consent."""

    on_call: OnCall
    wait_up_to_s: float
    assume_idle: bool
    spread_s: float | None
    yes: bool
    many: bool

    def manners(self, count: int, at_once: int, *, spares: bool) -> Manners:
        """Return how so many phones are treated. `spares`: a call would be cut."""
        spread_s = self.spread_s if self.spread_s is not None else 0.5 * (count - 1)
        chance = random.Random()  # noqa: S311 - spacing, no secret
        starts = sorted(chance.uniform(0, spread_s) for _ in range(count))
        return Manners(
            at_once, starts, self.on_call if spares else None, self.wait_up_to_s, self.assume_idle
        )


@dataclass(frozen=True, slots=True)
class Ground:
    """Everything that a command on live phones needs, opened."""

    declared: Declared
    phones: tuple[Placed, ...]
    stores: Stores
    logins: Logins
    opening: Opening
    pbxs: Pbxs
    at: Surroundings


def chosen_phones(
    declared: Declared, said: Selecting, *, most: int | None = MOST
) -> tuple[Placed, ...]:
    """Return who is meant. Ends the command if a name is not ours: then nothing is done to any."""
    chosen = Chosen(said.names, said.sites, said.models, said.tags)
    if chosen.is_empty:
        raise click.UsageError("Say which phones: names, --site, --model or --tag ('*' for all).")
    try:
        found = choose(declared_phones(declared), chosen)
    except NotOurs as error:
        click.echo(
            f"error[not-ours]: {', '.join(error.names)}: no such phone is declared, so nothing is "
            "done to any of them.\n  hint: reconciler status lists the phones; onboard takes new "
            "ones in",
            err=True,
        )
        raise Stopped(ERROR) from None
    if not found:
        click.echo("No phone fits.", err=True)
        raise Stopped(ERROR)
    if most is not None and len(found) > most:
        raise click.UsageError(f"That is {len(found):,} phones; --many says that it is meant.")
    return found


def _in_service(phones: tuple[Placed, ...], said: Selecting) -> tuple[Placed, ...]:
    """Return the phones without those that are out of service, unless all that is named are."""
    found = tuple(each for each in phones if each.lifecycle != "decommissioned")
    if not found and not said.names:
        click.echo("No phone fits that is in service.", err=True)
        raise Stopped(ERROR)
    return found or phones


@asynccontextmanager
async def standing_on(
    said: Selecting, *, most: int | None = MOST, devices: Mapping[str, DeviceVendor] = DEVICES
) -> AsyncIterator[Ground]:
    """Check the files, choose phones, open store and PBXs."""
    at = surroundings(said.paths, timeout_s=max(said.timeout_s, 5.0))
    declared = checked(said.paths, at, planned=False, brief=True)
    phones = _in_service(chosen_phones(declared, said, most=most), said)
    with open_stores(at, declared.desired) as stores:
        async with open_sessions(declared.desired, stores, at) as sessions:
            logins = Logins(stores.store)
            targets = {
                each.scope: each.id
                for each in declared.desired.targets.values()
                if each.id.startswith("pbx/") and each.adapter in at.adapters
            }
            pbxs = Pbxs(sessions, targets)
            lost = tuple(each for each in phones if _is_lost(each, logins))
            known = await _whereabouts(lost, pbxs, sessions) if lost else Whereabouts()
            opening = Opening(
                devices, logins, known, pbxs, timeout_s=said.timeout_s,
                declared=admin_passwords(declared, stores.secrets),
            )  # fmt: skip
            try:
                yield Ground(declared, phones, stores, logins, opening, pbxs, at)
            finally:
                logins.keep()


async def _whereabouts(lost: tuple[Placed, ...], pbxs: Pbxs, sessions: Sessions) -> Whereabouts:
    standings, _ = await standings_of((each.address.scope for each in lost), sessions)
    return Whereabouts(await pbxs.contacts(lost), seen_in(standings.values()))


def _is_lost(phone: Placed, logins: Logins) -> bool:
    return phone.host is None and logins.wire(phone.address).host is None


def consent(question: str, shown: str, sparing: Sparing) -> None:
    """Show what is about to happen and ask. Ends the command without a yes."""
    click.echo(shown, err=True)
    if sparing.yes:
        return
    if not sys.stdin.isatty():
        raise click.UsageError("Off a terminal this needs --yes.")
    if not click.confirm(question, err=True):
        click.echo("Nothing was done.", err=True)
        raise Stopped(DONE)


async def run_on(
    ground: Ground,
    act: Act,
    manners: Manners,
    *,
    command: str,
    recorded: bool = True,
    turns: bool = False,
    after: Callable[[list[Result]], Awaitable[list[Result]]] | None = None,
) -> list[Result]:
    """Act, with progress on stderr and a run in the journal.

    With `turns` one phone of each model goes first, and two failures in a row end a model's batch.
    `after` goes on with phones on which the act was done.
    """
    run = None
    if recorded:
        journal = ground.stores.journal
        run = journal.begin(command, ground.at.actor, commit=ground.at.commit)
    done = 0

    def show(result: Result) -> None:
        nonlocal done
        done += 1
        if sys.stderr.isatty():
            count = f"{done}/{len(ground.phones)}"
            click.echo(f"{count}  {result.phone.name}: {result.detail}", err=True)

    async def do(some: Sequence[Placed]) -> list[Result]:
        own = replace(manners, starts_s=manners.starts_s[: len(some)])
        found = await act_on(some, act, ground.opening, ground.pbxs, own, show)
        return found if after is None else await after(found)

    try:
        if turns:
            results = await in_turns(ground.phones, do, is_failure, at_once=manners.at_once)
        else:
            results = await do(ground.phones)
    except asyncio.CancelledError:
        if run is not None:
            ground.stores.journal.end(run, "interrupted")
        raise
    if run is not None:
        for each in results:
            facts = {"phone": str(each.phone.address), "state": each.state, "detail": each.detail}
            ground.stores.journal.note(run, "phone", facts)
        states = {each.state for each in results}
        ended = "done" if states == {"done"} else "partly" if "done" in states else "failed"
        counts: dict[str, int] = {}
        for each in results:
            counts[each.state] = counts.get(each.state, 0) + 1
        ground.stores.journal.end(run, ended, counts)  # type: ignore[arg-type]
    return results


_WORDS: Final = {"done": "", "failed": "failed: ", "deferred": "deferred: ", "skipped": "skipped: "}


def print_results(results: Sequence[Result], *, as_json: bool) -> int:
    """Print what became of each phone, and return the exit code."""
    if as_json:
        rows = [
            {"phone": str(each.phone.address), "state": each.state, "detail": each.detail,
             "code": each.code, "hint": each.hint, **each.data}
            for each in results
        ]  # fmt: skip
        command = click.get_current_context().command_path.partition(" ")[2]
        said = {"version": 1, "command": command, "phones": rows}
        click.echo(json.dumps(said, ensure_ascii=False))
    else:
        page = Page(look())
        body: list[list[Cell]] = [
            [each.phone.name, each.phone.model, (_WORDS[each.state] + each.detail, _role(each))]
            for each in results
        ]  # fmt: skip
        table(page, ("phone", "model", "what became of it"), body, indent=0)
        hints = dict.fromkeys(each.hint for each in results if each.hint)
        for hint in list(hints)[:5]:
            page.add(("hint: ", "note"), hint, indent=2)
        click.echo(page.text())
    return exit_code(results)


def _role(result: Result) -> Any:
    return {"done": "good", "failed": "error"}.get(result.state, "warn")


def exit_code(results: Sequence[Result]) -> int:
    """Return 0 if all is done, 3 if some is, 1 if nothing is."""
    states = {each.state for each in results}
    if states <= {"done"}:
        return DONE
    return PARTLY if "done" in states else ERROR
