"""`reconciler secrets`: the workspace's encrypted store. Values come from stdin or a prompt."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import click

from reconciler.cli.exits import DONE, ERROR
from reconciler.cli.options import json_option
from reconciler.cli.screen import look
from reconciler.cli.workspace import surroundings
from reconciler.errors import WorkspaceError
from reconciler.views.words import count, moment

if TYPE_CHECKING:
    from reconciler.model.resource import Desired
    from reconciler.takeover.recovering import Found
    from reconciler.workspace import Surroundings

Opened: TypeAlias = "Callable[[], tuple[Any, Surroundings]]"
"""Opens the store when it is needed."""


@click.group("secrets")
@click.option(
    "--path",
    "folder",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    default=Path(),
    help="Folder of the workspace; the current one when not given.",
)
@click.pass_context
def command(ctx: click.Context, folder: Path) -> None:
    """Keep secrets in the workspace's encrypted store.

    YAML refers to them as {secret: "store:NAME"}. Values are read from standard input or asked
    for without echo; no command ever prints one.
    """

    def opened() -> tuple[Any, "Surroundings"]:
        """Open the store: not for those who only ask how a command is used."""
        from reconciler.execution.secrets.store import file_store
        from reconciler.workflow.declare import declare
        from reconciler.workspace import open_stores

        at = surroundings([folder])
        desired = declare([folder], at).value.desired
        if desired.workspace.get("secrets.store.in_journal") and ctx.invoked_subcommand != "init":
            return ctx.with_resource(open_stores(at, desired)).store, at
        return file_store(at.folder, at.environ), at

    ctx.obj = opened


@command.command("init")
@click.pass_obj
def init(obj: Opened) -> int:
    """Make the store's key (.reconciler/store.key) and the workspace's key, if there are none."""
    from reconciler.execution.secrets.fingerprint import workspace_key
    from reconciler.execution.secrets.keys import KEY_FILE, StoreKey

    _, at = obj()
    workspace_key(at.folder, at.environ)
    made = StoreKey(at.folder / KEY_FILE, at.environ).create()
    click.echo(
        f"{'Made' if made else 'There is already'} a key in {at.folder}. Keep a copy where you "
        "keep passwords: without it the store cannot be read."
    )
    return DONE


@command.command("set")
@click.argument("name")
@click.pass_obj
def set_(obj: Opened, name: str) -> int:
    """Store a secret: from standard input, or asked for on a terminal."""
    from reconciler.model.secret import Clear

    store, _ = obj()
    if not name.strip() or not name.isprintable() or name.startswith("store:"):
        raise click.UsageError(
            f"{name!r} is no name for a secret; what YAML writes store:NAME is called NAME here"
        )
    if sys.stdin.isatty():
        value = click.prompt(f"Value of {name}", hide_input=True, confirmation_prompt=True)
    else:
        value = sys.stdin.read().rstrip("\r\n")
    if not value or any(each in value for each in "\r\n\0"):
        raise WorkspaceError(
            f"The value for {name} is empty or has line breaks; nothing was stored.",
            hint=f"printf %s 'VALUE' | reconciler secrets set {name}",
        )
    store.put(name, Clear(value))
    click.echo(f'Stored. Refer to it as {{secret: "store:{name}"}}.')
    return DONE


@command.command("list")
@json_option
@click.pass_obj
def list_(obj: Opened, as_json: bool) -> int:
    """List names and dates, never values."""
    store, _ = obj()
    names = store.names()
    if as_json:
        import json

        rows = [each._asdict() for each in names]
        click.echo(json.dumps({"version": 1, "command": "secrets list", "secrets": rows}))
        return DONE
    if not names:
        click.echo("The store is empty.")
        return DONE
    from reconciler.views.terminal.page import Page
    from reconciler.views.terminal.table import table

    page = Page(look())
    body = [
        [each.name, moment(each.created, page.look.zone),
         moment(each.changed, page.look.zone) if each.changed != each.created else ""]
        for each in names
    ]  # fmt: skip
    table(page, ("name", "stored", "changed"), body, indent=0)
    click.echo(page.text())
    return DONE


@command.command("rm")
@click.argument("name")
@click.pass_obj
def rm(obj: Opened, name: str) -> int:
    """Forget a secret. A generated one is renewed so: the next apply makes another."""
    store, _ = obj()
    if not store.remove(name):
        click.echo(f"error[no-secret]: there is no secret {name} in the store", err=True)
        return ERROR
    click.echo(f"Removed {name}.")
    return DONE


@command.command("recover")
@click.argument("pbx")
@click.pass_context
def recover_(ctx: click.Context, pbx: str) -> int:
    """Store what files refer to and the store has lost, as it is on a PBX.

    For a workspace of which only the files are left: store the PBX's login first (`secrets set`).
    What is stored already stays as it is, and nothing is written to the PBX.
    """
    import asyncio

    from reconciler.cli.running import checked

    assert ctx.parent is not None
    folder = ctx.parent.params["folder"]
    at = surroundings([folder])
    declared = checked((folder,), at, brief=True).desired
    if f"pbx/{pbx}" not in declared.targets:
        raise click.UsageError(f'No PBX "{pbx}" is declared.')
    found = asyncio.run(_recover(declared, f"pbx/{pbx}", at))
    click.echo(
        f"Stored {count(len(found.values), 'secret')} that {pbx} holds and the store did not."
    )
    for name in found.left:
        click.echo(f"  ! {name} is not to be had there: set it, or have another one made")
    return ERROR if found.left else DONE


async def _recover(declared: "Desired", target: str, at: "Surroundings") -> "Found":
    """Read a PBX and store what it holds of the secrets that are missing."""
    from reconciler.cli.stopping import locked
    from reconciler.model.extent import Extent
    from reconciler.takeover.recovering import recover
    from reconciler.workspace import open_sessions, open_stores

    with open_stores(at, declared) as stores, locked(stores, "secrets recover", at):
        async with open_sessions(declared, stores, at) as sessions:
            connection = await sessions.connection(target)
            live = await connection.read(Extent(frozenset(sessions.adapter(target).supports)))
        mine = [each for each in declared.resources.values() if each.target == target]
        found = recover(mine, live, lambda name: stores.store.get(name) is not None)
        if found.values:
            stores.store.add(found.values)
    return found


@command.command("rotate-key")
@click.pass_obj
def rotate_key(obj: Opened) -> int:
    """Encrypt the whole store under a new key."""
    store, _ = obj()
    store.rotate()
    click.echo(
        f"The store {store.where} is encrypted under a new key, the first in {store.key_at}."
    )
    click.echo("Give it to whoever shares the store: colleagues, and pipelines as a variable.")
    return DONE
