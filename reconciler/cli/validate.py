"""`reconciler validate`: say everything that is wrong with files, without any PBX."""

import json
from pathlib import Path

import click

from reconciler.cli.exits import DONE, ERROR
from reconciler.cli.options import json_option, no_cache_option, no_color_option, paths_argument
from reconciler.cli.screen import style_for, width
from reconciler.cli.workspace import given, surroundings
from reconciler.workflow.declare import declare


@click.command("validate")
@paths_argument
@click.option(
    "--format", "format_", type=click.Choice(["text", "line", "json"]), default="text",
    show_default=True, help="How to print what was found.",
)  # fmt: skip
@json_option
@no_cache_option
@no_color_option
@click.option("-v", "--verbose", is_flag=True, help="Also name the documents that are not ours.")
def command(
    paths: tuple[Path, ...], format_: str, as_json: bool, no_cache: bool, no_color: bool,
    verbose: bool,
) -> int:  # fmt: skip
    """Check files and say everything that is wrong, with file, line and column.

    Reads the YAML files under PATHS (the current folder when none is given). Talks to no PBX and
    needs no secrets. Exits with 1 when there is an error; warnings are fine.
    """
    from reconciler.views import diagnostics as view
    from reconciler.views.words import count

    at = surroundings(paths, no_cache=no_cache)
    found = declare(given(paths), at)
    texts = found.value.sources.texts
    if as_json or format_ == "json":
        click.echo(json.dumps(view.machine(found.diagnostics, texts), ensure_ascii=False, indent=2))
    elif format_ == "line":
        said = view.lines(found.diagnostics, texts)
        if said:
            click.echo(said)
    else:
        style = style_for(no_color=no_color)
        said = view.text(found.diagnostics, texts, style=style, width=width())
        if said:
            click.echo(said)
        if verbose:
            for each in found.value.skipped:
                click.echo(f"not ours: {each.file}:{each.line}: {each.reason}")
        if found.has_errors:
            from reconciler.workflow.unjudged import unjudged

            if hidden := " and ".join(unjudged(found.value, found.diagnostics, at.adapters)):
                click.echo(f"\nLooked at once that is mended: {hidden}.")
        else:
            objects = len(found.value.desired.resources)
            files = len(found.value.sources.files)
            warnings = sum(each.severity == "warning" for each in found.diagnostics)
            more = f", {count(warnings, 'warning')}" if warnings else ""
            be = "is" if objects == 1 else "are"
            click.echo(f"{count(objects, 'object')} in {count(files, 'file')} {be} valid{more}.")
    return ERROR if found.has_errors else DONE
