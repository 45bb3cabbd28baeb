"""`reconciler import PBX --out DIR`: write YAML for what exists, and take ownership of it."""

import asyncio
from pathlib import Path
from typing import Any

import click

from reconciler.cli.exits import DONE, ERROR
from reconciler.cli.new_files import write_new
from reconciler.cli.options import (
    journal_option,
    json_option,
    no_color_option,
    path_option,
    timeout_option,
)
from reconciler.cli.running import Stopped, checked
from reconciler.cli.screen import look, reading
from reconciler.cli.stopping import locked
from reconciler.cli.workspace import surroundings
from reconciler.execution.secrets.seal import seal_live
from reconciler.model.extent import Extent
from reconciler.workflow.declare import Declared
from reconciler.workspace import Surroundings, open_sessions, open_stores


class _OfPbxOrTable(click.Command):
    """`import PBX`, or `import csv FILE`, which is a command of its own."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:  # fmt: skip
        """Hand over to the other command where that is meant."""
        if args[:1] != ["csv"]:
            return super().make_context(info_name, args, parent, **extra)
        from reconciler.cli.import_csv import command as of_table

        return of_table.make_context(f"{info_name} csv", args[1:], parent, **extra)


@click.command("import", cls=_OfPbxOrTable)
@click.argument("pbx")
@click.option(
    "--out", required=True, type=click.Path(path_type=Path, file_okay=False), metavar="DIR",
    help="Folder for the YAML files; files that are there are not touched.",
)  # fmt: skip
@path_option
@click.option("--target", "patterns", multiple=True, metavar="ADDRESS", help="Only these objects.")
@journal_option
@timeout_option
@json_option
@no_color_option
def command(
    pbx: str,
    out: Path,
    paths: tuple[Path, ...],
    patterns: tuple[str, ...],
    journal: str | None,
    timeout_s: float,
    as_json: bool,
    no_color: bool,
) -> int:
    """Write YAML for what exists on a PBX and is not declared yet, and take ownership of it.

    Nothing is written to the PBX, and planning right afterwards has nothing to do. Secrets go to
    the workspace's encrypted store; the YAML refers to them.

    People from a table are taken in by another command: reconciler import csv --help
    """
    at = surroundings(paths, journal=journal, timeout_s=timeout_s)
    declared = checked(paths, at, no_color=no_color)
    target = f"pbx/{pbx}"
    if target not in declared.desired.targets:
        names = ", ".join(sorted(declared.desired.pbxs)) or "none"
        click.echo(
            f'error[unknown-pbx]: no PBX "{pbx}" is declared (declared: {names})\n'
            "  hint: declare it under `pbxs:` with its adapter and address, then run this again",
            err=True,
        )
        return ERROR
    return asyncio.run(
        _import(declared, target, pbx, out, patterns, at, as_json=as_json, no_color=no_color)
    )


async def _import(
    declared: Declared,
    target: str,
    pbx: str,
    out: Path,
    patterns: tuple[str, ...],
    at: Surroundings,
    *,
    as_json: bool,
    no_color: bool,
) -> int:
    from reconciler.takeover.importing import import_

    with (
        open_stores(at, declared.desired) as stores,
        locked(stores, "import", at),
    ):
        async with open_sessions(declared.desired, stores, at) as sessions:
            with reading(quiet=as_json, no_color=no_color) as show:
                sessions.show = show
                connection = await sessions.connection(target)
                adapter = sessions.adapter(target)
                live = await connection.read(Extent(frozenset(adapter.supports)))
        owned = stores.journal.ownership().objects
        known = frozenset(declared.desired.resources) | owned.keys()
        sealed = seal_live(live, stores.fingerprints, {})
        at_pbx = declared.desired.targets[target]
        found = import_(live, sealed, at_pbx, adapter, known, patterns)
        taken = [name for name in found.files if (out / name).exists()]
        if taken:
            click.echo(
                f"error[file-exists]: {out / taken[0]} exists; import never writes over a file\n"
                "  hint: give another folder with --out",
                err=True,
            )
            raise Stopped(ERROR)
        # Secrets first: a file must never refer to what is not stored.
        if found.secrets:
            stores.store.add(found.secrets)
        write_new(out, found.files, at.folder / "schemas" / "estate.json")
        if found.owned:
            stores.journal.change_ownership("import", at.actor, owned=found.owned, commit=at.commit)
    if as_json:
        from reconciler.views.machine import import_json

        click.echo(import_json(found, str(out)))
    else:
        from reconciler.views.terminal.takeover import import_text

        looks = look(no_color=no_color)
        click.echo(
            import_text(
                found, str(out), pbx, style=looks.style, width=looks.width, ascii=looks.ascii
            )
        )
    return DONE
