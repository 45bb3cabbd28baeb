"""Options that several commands have: said once, so that they are called and explained the same."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

paths_argument = click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
path_option = click.option(
    "--path", "paths", multiple=True, type=click.Path(path_type=Path),
    help="Files and folders; the current folder when not given. Repeatable.",
)  # fmt: skip
"""Where the files are, for commands whose arguments are something else."""
journal_option = click.option(
    "--journal", metavar="URL", help="Journal elsewhere: a file or a database."
)
no_cache_option = click.option("--no-cache", is_flag=True, help="Parse all files afresh.")
timeout_option = click.option(
    "--timeout", "timeout_s", type=click.FloatRange(0.1, 600), default=10.0, show_default=True,
    metavar="SECONDS", help="Deadline of a single wait for a target.",
)  # fmt: skip
parallelism_option = click.option(
    "--parallelism", type=click.IntRange(1, 1000), metavar="N",
    help="How many targets are worked on at once; 10, or what the files say.",
)  # fmt: skip
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
no_color_option = click.option(
    "--no-color", is_flag=True, help="No colour (NO_COLOR does the same)."
)


def all_of(*options: Callable[[F], F]) -> Callable[[F], F]:
    """Return a decorator that adds these options, in the order in which the help lists them."""

    def add(function: F) -> F:
        for option in reversed(options):
            function = option(function)
        return function

    return add


workspace_options = all_of(
    paths_argument, journal_option, no_cache_option, timeout_option, parallelism_option
)
"""Where a workspace is and how to talk to its targets."""
scope_options = all_of(
    click.option("--pbx", "pbxs", multiple=True, metavar="NAME", help="Only this PBX."),
    click.option("--site", "sites", multiple=True, metavar="NAME", help="Only this site."),
)
"""Which targets; of several, each."""


plan_options = all_of(
    click.option(
        "--format", "format_", type=click.Choice(["text", "md", "json"]), default="text",
        show_default=True, help="How to print it.",
    ),
    click.option("--json", "format_", flag_value="json", help="The same as --format json."),
    click.option("--full", is_flag=True, help="Fold nothing: every object, every field."),
    click.option("--no-color", is_flag=True, help="No colour (NO_COLOR does the same)."),
)  # fmt: skip
"""How a plan is printed."""
