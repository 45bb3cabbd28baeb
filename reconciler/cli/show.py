"""`reconciler show FILE`: a saved plan. Also how every command prints a plan."""

from collections.abc import Mapping
from pathlib import Path

import click

from reconciler.cli.exits import DONE
from reconciler.cli.options import plan_options
from reconciler.cli.problems import PROBLEMS
from reconciler.cli.screen import look
from reconciler.cli.workspace import surroundings
from reconciler.model.address import Address
from reconciler.model.ownership import Owned
from reconciler.model.plan import Plan
from reconciler.planning.planfile import Header, show_plan


def print_plan(
    planned: Plan,
    header: Header,
    format_: str,
    *,
    full: bool,
    no_color: bool,
    seconds: float | None = None,
    saved: str | None = None,
    last: Mapping[Address, Owned] | None = None,
    applying: bool = False,
    narrowed: str = "",
) -> None:
    """Print a plan on stdout in the format asked for."""
    if format_ == "json":
        from reconciler.views.machine import plan_json

        click.echo(plan_json(planned, header))
    elif format_ == "md":
        from reconciler.views.diagnostics import lines
        from reconciler.views.markdown import plan_markdown

        aside = [each for each in PROBLEMS.diagnostics if each.severity == "warning"]
        said = lines(aside, PROBLEMS.texts).splitlines()
        click.echo(plan_markdown(planned, header, read_s=seconds, last=last, warnings=said))
    else:
        from reconciler.views.terminal.plan import plan_text

        text = plan_text(
            planned,
            header,
            look(no_color=no_color),
            full=full,
            read_s=seconds,
            saved=saved,
            last=last,
            applying=applying,
            narrowed=narrowed,
        )
        click.echo(text)


@click.command("show")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@plan_options
def command(file: Path, format_: str, full: bool, no_color: bool) -> int:
    """Show a saved plan: as text, as Markdown for a pull request, or as JSON.

    The signature is checked when the workspace's key is at hand; an expired plan is shown too.
    """
    from reconciler.execution.secrets.fingerprint import workspace_key

    # What is no UTF-8 becomes what no plan file holds: it is then refused as any other damage.
    text = file.read_text(encoding="utf-8", errors="surrogateescape")
    at = surroundings([])
    key = workspace_key(at.folder, at.environ) if at.folder.is_dir() else None
    planned, header = show_plan(text, key)
    print_plan(planned, header, format_, full=full, no_color=no_color)
    return DONE
