"""The screen: colour where it helps, width as it is, progress while people wait."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from time import monotonic, strftime
from typing import Any, Final

import click

from reconciler.cli.unheard import lead_nowhere
from reconciler.execution.progress import (
    BatchStarted,
    CommitStarted,
    Event,
    ReadDone,
    ReadStarted,
    Show,
    StepDone,
    silent,
)
from reconciler.views.terminal.page import Look, Style, plain

_PAUSE_S: Final = 0.1
ROLES: dict[str, dict[str, Any]] = {
    "add": {"fg": "green"},
    "change": {"fg": "yellow"},
    "destroy": {"fg": "red"},
    "move": {"fg": "cyan"},
    "warn": {"fg": "magenta"},
    "error": {"fg": "red", "bold": True},
    "dim": {"dim": True},
    "bold": {"bold": True},
    "strong": {"bold": True},
    "note": {"fg": "cyan"},
    "good": {"fg": "green"},
}


def wants_colour(*, no_color: bool = False) -> bool:
    """Whether colour helps: on a terminal, unless NO_COLOR or the option says no."""
    if no_color or os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or sys.stdout.isatty()


def look(*, no_color: bool = False) -> Look:
    """Return how output looks here: width, colours, signs, the local time zone."""
    zone = datetime.now().astimezone().tzinfo
    return Look(width(), style_for(no_color=no_color), is_ascii(), zone or UTC)


def style_for(*, no_color: bool = False) -> Style:
    """Return the function that views colour their words with."""
    if not wants_colour(no_color=no_color):
        return plain
    return lambda text, role: click.style(text, **ROLES[role]) if role in ROLES else text


def width() -> int:
    """Return how many columns there are: the terminal's, 100 in a pipe; at least 60."""
    if not sys.stdout.isatty():
        said = os.environ.get("COLUMNS", "")
        return int(said) if said.isdecimal() and int(said) else 100
    import shutil  # with all kinds of archives: not for what is piped on

    return max(60, min(shutil.get_terminal_size().columns, 160))


def is_ascii() -> bool:
    """Whether the output cannot show the symbols beyond ASCII."""
    encoding = (sys.stdout.encoding or "").lower().replace("-", "")
    return not encoding.startswith("utf")


def tell(text: str) -> None:
    """Print on stdout. When nobody listens any more, what is under way still goes on to its end."""
    try:
        click.echo(text)
    except OSError:
        lead_nowhere(sys.stdout)


@contextmanager
def reading(*, quiet: bool = False, no_color: bool = False) -> Iterator[Show]:
    """Show on stderr what is being read, on a terminal only."""
    if quiet or not sys.stderr.isatty():
        yield silent
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    console = Console(stderr=True, no_color=True if no_color else None)
    with Progress(
        SpinnerColumn("line" if is_ascii() else "dots"),
        TextColumn("{task.description}"),
        TimeElapsedColumn(),
        console=console,
        transient=True,
    ) as bars:
        tasks: dict[str, Any] = {}

        def show(event: Event) -> None:
            if isinstance(event, ReadStarted):
                tasks[event.target] = bars.add_task(f"reading {event.target}")
            elif isinstance(event, ReadDone) and event.target in tasks:
                said = event.reason or f"{event.objects} objects"
                bars.update(tasks[event.target], description=f"{event.target}: {said}")
                bars.stop_task(tasks[event.target])

        yield show


@contextmanager
def applying(
    line: Callable[[Event, str], str | None], *, quiet: bool = False, no_color: bool = False
) -> Iterator[Show]:
    """Print a line per outcome; on a terminal also a bar per target with what is going on."""
    if quiet:
        yield silent
        return

    def now() -> str:
        return strftime("%H:%M:%S")

    if not sys.stdout.isatty():
        # Every write to a pipe is flushed: thousands of lines are written some at a time, at the
        # latest when something begins that may take long.
        lines: list[str] = []
        written = monotonic()

        def write() -> None:
            nonlocal written
            if lines:
                tell("\n".join(lines))
                lines.clear()
            written = monotonic()

        def plain(event: Event) -> None:
            text = line(event, now())
            if text:
                lines.append(text)
            if not isinstance(event, StepDone) or monotonic() - written > _PAUSE_S:
                write()

        try:
            yield plain
        finally:
            write()
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    console = Console(highlight=False, no_color=True if no_color else None)
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        console=console,
        transient=True,
    ) as bars:
        tasks: dict[str, Any] = {}

        def show(event: Event) -> None:
            text = line(event, now())
            if text:
                bars.console.print(text, markup=False, soft_wrap=True)
            if isinstance(event, BatchStarted) and event.target not in tasks:
                tasks[event.target] = bars.add_task(event.target, total=None)
            elif isinstance(event, StepDone):
                target = event.outcome.target
                if target not in tasks:
                    tasks[target] = bars.add_task(target, total=event.total)
                bars.update(tasks[target], completed=event.number, total=event.total)
            elif isinstance(event, CommitStarted) and event.target in tasks:
                bars.update(tasks[event.target], description=f"{event.target}: {event.summary}")

        yield show
