"""What plan, apply, drift and their kin have in common: files checked, targets read.

Loads little before the targets are known: the rest is loaded while they answer (`Ahead`).
"""

from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import click

from reconciler.cli.exits import ERROR
from reconciler.cli.failures import tell
from reconciler.cli.options import all_of, scope_options
from reconciler.cli.problems import PROBLEMS
from reconciler.cli.workspace import given
from reconciler.diagnostics.diagnostic import Diagnostic
from reconciler.model.address import Address
from reconciler.workflow.ahead import Ahead
from reconciler.workflow.declare import Declared, declare
from reconciler.workspace import Stores, Surroundings, open_sessions

if TYPE_CHECKING:
    from reconciler.execution.session import Sessions
    from reconciler.planning.select import Selection
    from reconciler.workflow.survey import Survey

F = TypeVar("F", bound=Callable[..., Any])


_SAME_CODE = 5
"""How many findings of one code are shown with the text they point at; the rest has a line each."""

_LINES = 20
"""How many more of one code have a line; the rest is counted."""

_NOT_OF_VALIDATE = ("secret-unavailable", "secret-unfit", "secret-file-open", "weak-secret")
"""Codes about the values of secrets, which `validate` does not look at."""


class Stopped(click.exceptions.Exit):
    """Ends a command with an exit code; everything there is to say has been said."""


selection_options = all_of(
    click.option(
        "--target", "targets", multiple=True, metavar="ADDRESS",
        help="Only this object (with * and ?) and what it needs. Repeatable.",
    ),
    click.option(
        "--exclude", "excluded", multiple=True, metavar="ADDRESS",
        help="Everything but this object. Repeatable.",
    ),
    scope_options,
)  # fmt: skip
"""What a plan is narrowed to."""


def only_drift_option(function: F) -> F:
    """Add the option that narrows a plan to mending."""
    return click.option("--only-drift", is_flag=True, help="Only put back what others changed.")(
        function
    )


def window_option(function: F) -> F:
    """Add the option that says when phones may restart."""
    return click.option(
        "--window",
        type=click.Choice(["now", "next"]),
        help="Restart phones now, whatever their site's window is, or not before the next one. "
        "What waits is done by --resume.",
    )(function)


def firmware_options(function: F) -> F:
    """Add the options that say how far firmware may go."""
    return click.option(
        "--accept-one-way", is_flag=True, help="Take firmware from which there is no way back."
    )(function)


PENDING_RAIL = "pending-reload"
_PENDING = "reconciler.include_pending"


def rail_options(function: F) -> F:
    """Add the options that override a safety rail, with the reason that is recorded."""
    options = [
        click.option(
            "--allow", "allowed", multiple=True, metavar="RAIL",
            help="Go on although this safety rail says no. Repeatable.",
        ),
        click.option(
            "--include-pending", is_flag=True, expose_value=False, callback=_include_pending,
            help="Let changes of others that a PBX holds back go live with ours.",
        ),
        click.option("--reason", metavar="TEXT", help="Why; recorded in the journal."),
    ]  # fmt: skip
    for option in reversed(options):
        function = option(function)
    return function


def _include_pending(context: click.Context, _option: click.Parameter, said: bool) -> None:
    context.meta[_PENDING] = said


def overrides(allowed: Sequence[str], reason: str | None) -> dict[str, str]:
    """Return rail -> reason. Raises UsageError for an unknown rail or a missing reason."""
    for rail in allowed:
        from reconciler.planning.rails.check import FLAGLESS, RAILS

        if rail not in RAILS:
            raise click.UsageError(
                f'There is no safety rail "{rail}". There are: {", ".join(RAILS)}.'
            )
        if rail in FLAGLESS:
            raise click.UsageError(f'The rail "{rail}" cannot be overridden.')
    if allowed and not (reason or "").strip():
        raise click.UsageError('--allow needs --reason "...": it is recorded with the run.')
    passed = {rail: (reason or "").strip() for rail in allowed}
    context = click.get_current_context(silent=True)
    if context is not None and context.meta.get(_PENDING):
        passed.setdefault(PENDING_RAIL, (reason or "").strip() or "--include-pending")
    return passed


def selection(
    targets: Sequence[str],
    excluded: Sequence[str],
    pbxs: Sequence[str],
    sites: Sequence[str],
    only_drift: bool,
) -> "Selection":
    """Return what a plan is narrowed to."""
    from reconciler.planning.select import Selection

    return Selection(tuple(targets), tuple(excluded), (*pbxs, *sites), only_drift)


def show_diagnostics(
    found: Sequence[Diagnostic],
    declared: Declared,
    *,
    no_color: bool = False,
    brief: bool = False,
) -> None:
    """Print findings on stderr, sorted by position, with the text they point at.

    Many of one code say no more than the first ones do: they get a line, or are counted. So are
    all warnings where they are not what was asked for (`brief`).
    """
    from reconciler.cli.screen import style_for, width
    from reconciler.diagnostics.causes import by_cause
    from reconciler.views.diagnostics import lines, text

    PROBLEMS.note_diagnostics(found, declared.sources.texts)
    if brief:
        aside = sum(each.severity == "warning" for each in found)
        about = "secrets" if {e.code for e in found} <= {*_NOT_OF_VALIDATE} else "the files"
        found = [each for each in found if each.severity != "warning"]
        if aside:
            noun = "1 warning" if aside == 1 else f"{aside:,} warnings"
            click.echo(f"{noun} about {about}: reconciler plan shows what.", err=True)

    texts = declared.sources.texts
    by_code: dict[str, list[Sequence[Diagnostic]]] = {}
    for group in by_cause(found):
        by_code.setdefault(group[0].code, []).append(group)
    first = [group for groups in by_code.values() for group in groups[:_SAME_CODE]]
    shown = [each for group in first for each in group]
    style = style_for(no_color=no_color)
    said = text(shown, texts, style=style, width=width(), counted=found)
    if said:
        click.echo(said, err=True)
    for code, groups in by_code.items():
        rest = [each for group in groups[_SAME_CODE:] for each in group]
        if rest:
            click.echo(f"\nand {len(rest):,} more {code}:", err=True)
            click.echo(lines(rest[:_LINES], texts), err=True)
        if len(rest) > _LINES:
            way = "" if code in _NOT_OF_VALIDATE else "; reconciler validate lists them all"
            click.echo(f"... and {len(rest) - _LINES:,} more{way}", err=True)


def checked(
    paths: Sequence[Path],
    at: Surroundings,
    *,
    no_color: bool = False,
    planned: bool = True,
    brief: bool = False,
    ahead: Ahead | None = None,
) -> Declared:
    """Return what the files say. Ends the command when something is wrong with them.

    Files that declare nothing are wrong here: in the wrong folder, "no drift" would be a lie.
    Who plans nothing does not mind that no adapter talks to a target; who asks for something else
    than what the files say is told the number of warnings (`brief`). Targets are read meanwhile
    where there is an `ahead`.
    """
    found = declare(given(paths), at, rendered=planned, begin=ahead.begin if ahead else None)
    strict = (_as_error(d) if d.code == "nothing-declared" else d for d in found.diagnostics)
    found = found._replace(diagnostics=tuple(strict))
    if not planned:
        held = tuple(each for each in found.diagnostics if each.code != "no-adapter")
        found = found._replace(diagnostics=held)
    if found.diagnostics:
        shown = [each for each in found.diagnostics if each.severity != "info"]
        show_diagnostics(shown, found.value, no_color=no_color, brief=brief)
    if found.has_errors:
        raise Stopped(ERROR)
    if ahead is not None:
        ahead.settle(found.value.desired)
    return found.value


def _as_error(found: Diagnostic) -> Diagnostic:
    hint = found.hint or "give the estate's files or folders, or begin one: reconciler init"
    return found._replace(severity="error", hint=hint)


class Ready(NamedTuple):
    """Files checked, journal and targets open, everything read."""

    declared: Declared
    survey: "Survey"
    stores: Stores
    sessions: "Sessions"


@asynccontextmanager
async def surveyed(
    declared: Declared,
    stores: Stores,
    at: Surroundings,
    *,
    no_color: bool = False,
    quiet: bool = False,
    brief: bool = False,
    only: "Selection | None" = None,
    asked: Collection[str] | None = None,
    ahead: Ahead | None = None,
) -> AsyncIterator[Ready]:
    """Open the targets and read them. Ends the command when secrets are missing.

    So it does when `only`, as a person gave it, names something that does not exist. `asked` are
    the targets that are read, where not all are.

    Targets that could not be read are said on stderr; what is known of the others goes on.
    """
    from reconciler.cli.screen import reading
    from reconciler.planning.select import WHOLE
    from reconciler.workflow.survey import survey

    begun = ahead.sessions if ahead else None
    async with begun or open_sessions(declared.desired, stores, at) as sessions:
        with reading(quiet=quiet, no_color=no_color) as show:
            sessions.show = show
            found = await survey(declared, stores, sessions, at, only=asked, selected=only or WHOLE)
        shown = [each for each in found.diagnostics if each.severity != "info"]
        if shown:
            show_diagnostics(shown, declared, no_color=no_color, brief=brief)
        if found.has_errors:
            raise Stopped(ERROR)
        for failure in found.value.failures:
            tell(failure)
        read = found.value.live.targets.values()
        if read and all(each.unreachable is not None for each in read):
            # Nothing is known of anything: a plan would only repeat that.
            raise Stopped(ERROR)
        if only is not None:
            _prove_known(only, found.value)
        yield Ready(declared, found.value, stores, sessions)


def _prove_known(only: "Selection", found: "Survey") -> None:
    """Raise UsageError for a misspelt selection: it would select, or spare, nothing at all."""
    if not (only.targets or only.exclude or only.scopes):
        return
    from reconciler.diagnostics.suggest import closest

    known = found.desired.resources.keys() | found.ownership.objects.keys()
    known |= {each for target in found.live.targets.values() for each in target.objects}
    known |= {Address("firmware", each.scope, each.key) for each in known if each.kind == "phone"}
    scopes = {each.scope for each in found.desired.targets.values()}
    for wrong in only.unmatched(known, scopes):
        near = closest(wrong, [*map(str, known), *scopes])
        hint = f' Did you mean "{near}"?' if near else ""
        raise click.UsageError(f'"{wrong}" names nothing that is declared or there.{hint}')
