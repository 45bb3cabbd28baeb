"""`reconciler fmt`: canonical order, comments kept, meaning never changed."""

import difflib
import sys
from pathlib import Path
from typing import Final

import click

from reconciler.cli.exits import DONE, ERROR
from reconciler.cli.options import paths_argument
from reconciler.cli.screen import style_for, width
from reconciler.cli.workspace import given

_MARK: Final = "\ufeff"


@click.command("fmt")
@paths_argument
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 if a file would change.")
@click.option("--diff", "as_diff", is_flag=True, help="Show the differences; write nothing.")
def command(paths: tuple[Path, ...], check: bool, as_diff: bool) -> int:
    """Write files in canonical order. Comments stay, and so does the meaning.

    Formats the YAML files under PATHS (the current folder when none is given), or standard input
    to standard output when PATHS is `-`.
    """
    from reconciler.language.fmt import format_text
    from reconciler.language.load import load
    from reconciler.views import diagnostics as view

    if [str(each) for each in paths] == ["-"]:
        found = format_text(sys.stdin.read().removeprefix(_MARK), "<stdin>")
        click.echo(found.value, nl=False)
        return ERROR if found.has_errors else DONE
    sources = load(given(paths), cwd=Path.cwd())
    problems = list(sources.diagnostics)
    changed = []
    for file, source in sources.value.files.items():
        formatted = format_text(source.text, file)
        problems += formatted.diagnostics
        before = f"{_MARK}{source.text}" if _is_marked(Path(file)) else source.text
        if formatted.has_errors or formatted.value == before:
            continue
        changed.append(file)
        if as_diff:
            lines = difflib.unified_diff(
                before.splitlines(keepends=True),
                formatted.value.splitlines(keepends=True),
                file,
                f"{file} (formatted)",
            )
            click.echo("".join(lines), nl=False)
        elif not check:
            _replace(Path(file), formatted.value)
        if not as_diff:
            click.echo(f"{'would change' if check else 'formatted'} {file}")
    if problems:
        said = view.text(problems, sources.value.texts, style=style_for(), width=width())
        click.echo(said, err=True)
    if any(each.severity == "error" for each in problems):
        return ERROR
    return ERROR if check and changed else DONE


def _is_marked(file: Path) -> bool:
    """Whether an editor left a byte order mark, which nobody sees, before the first line."""
    with file.open("rb") as handle:
        return handle.read(3) == _MARK.encode()


def _replace(file: Path, text: str) -> None:
    """Replace a file in one go; a full disk leaves the old one."""
    beside = file.with_name(f".{file.name}.new")
    try:
        beside.write_text(text, encoding="utf-8")
        beside.chmod(file.stat().st_mode)
        beside.replace(file)
    except OSError:
        beside.unlink(missing_ok=True)
        raise
