"""`reconciler adapters [NAME]`: what is installed, and what each holds."""

import click

from reconciler.adapters import ADAPTERS
from reconciler.cli.exits import DONE


@click.command("adapters")
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(name: str | None, as_json: bool) -> int:
    """List the adapters, or say what one holds, how, and against what that was proved."""
    from reconciler.diagnostics.suggest import closest
    from reconciler.views.support import adapter_json, adapter_text, adapters_text

    if name is None:
        found = [ADAPTERS[each] for each in ADAPTERS]
        click.echo(adapter_json(found) if as_json else adapters_text(found))
        return DONE
    if name not in ADAPTERS:
        near = closest(name, ADAPTERS)
        hint = f' Did you mean "{near}"?' if near else ""
        raise click.UsageError(f'There is no adapter "{name}".{hint}')
    click.echo(adapter_json([ADAPTERS[name]]) if as_json else adapter_text(ADAPTERS[name]))
    return DONE
