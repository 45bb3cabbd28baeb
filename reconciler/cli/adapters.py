"""`reconciler adapters [NAME]`: what is installed, and what each holds."""

import click

from reconciler.adapters import ADAPTERS
from reconciler.cli.exits import DONE
from reconciler.cli.options import json_option
from reconciler.cli.screen import width


@click.command("adapters")
@click.argument("name", required=False)
@json_option
@click.option(
    "--matrix", "as_matrix", is_flag=True, help="Print the support matrix of all as Markdown."
)
def command(name: str | None, as_json: bool, as_matrix: bool) -> int:
    """List the adapters, or say what one holds, how, and against what that was proved.

    NAME may also be a maker of phones (yealink, snom), or generic.
    """
    from reconciler.diagnostics.suggest import closest
    from reconciler.kinds import KINDS
    from reconciler.views.support import adapter_json, adapter_text, adapters_text, matrix

    if as_matrix:
        if name is not None or as_json:
            raise click.UsageError("--matrix shows all adapters, as Markdown only")
        held = [each for each, kind in KINDS.items() if kind.scope != "workspace"]
        click.echo(matrix([ADAPTERS[each] for each in ADAPTERS], held), nl=False)
        return DONE
    if name is None:
        found = [ADAPTERS[each] for each in ADAPTERS]
        click.echo(adapter_json(found) if as_json else adapters_text(found))
        return DONE
    from reconciler.adapters.devices import DEVICES

    if name not in ADAPTERS and (name in list(DEVICES) or name == "generic"):
        from reconciler.views.support import device_text

        if as_json:
            raise click.UsageError("--json tells of adapters of PBXs and sites")
        click.echo(device_text(DEVICES[name], width()))
        return DONE
    if name not in ADAPTERS:
        near = closest(name, [*ADAPTERS, *DEVICES])
        hint = f' Did you mean "{near}"?' if near else ""
        raise click.UsageError(f'There is no adapter "{name}".{hint}')
    one = ADAPTERS[name]
    click.echo(adapter_json([one]) if as_json else adapter_text(one, width()))
    return DONE
