"""What a comment says when no plan could be made: else the one before would seem to hold."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import click

from reconciler.cli.exits import ERROR
from reconciler.cli.failures import worded, words
from reconciler.cli.overheard import Overheard
from reconciler.cli.problems import PROBLEMS
from reconciler.cli.running import Stopped
from reconciler.cli.workspace import given
from reconciler.errors import ReconcilerError
from reconciler.workspace import Surroundings, read_sections

_MOST_LINES: Final = 400


@contextmanager
def commented(format_: str, paths: Sequence[Path], at: Surroundings) -> Iterator[None]:
    """Print, in Markdown, what was said of errors when a command ends without a plan."""
    if format_ != "md":
        yield
        return
    stream = sys.stderr
    heard = Overheard(stream)
    sys.stderr = heard
    try:
        yield
    except Stopped as stopped:
        if stopped.exit_code == ERROR:
            _comment(_errors() or "".join(heard.said), paths, at)
        raise
    except ReconcilerError as error:
        _comment("\n\n".join(filter(None, (_errors(), words(error)))), paths, at)
        raise
    finally:
        sys.stderr = stream


def _errors() -> str:
    """Return what was wrong, without the warnings: they are not why there is no plan."""
    from reconciler.views.diagnostics import text

    wrong = [each for each in PROBLEMS.diagnostics if each.severity == "error"]
    failed = [worded(*each) for each in PROBLEMS.failures]
    return "\n\n".join(filter(None, (text(wrong, PROBLEMS.texts), *failed)))


def _comment(said: str, paths: Sequence[Path], at: Surroundings) -> None:
    from reconciler.views.markdown import unplanned_markdown

    name = at.folder.parent.resolve().name
    with suppress(ReconcilerError):
        name = str(read_sections(given(paths), at).value.workspace.get("name") or name)
    lines = click.unstyle(said).rstrip().splitlines()
    click.echo(unplanned_markdown(lines[:_MOST_LINES], name, at.commit))
