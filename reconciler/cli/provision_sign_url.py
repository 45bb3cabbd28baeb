"""`reconciler provision sign-url`: the address that opens one phone's files."""

from pathlib import Path

import click

from reconciler.cli.exits import DONE
from reconciler.cli.options import path_option
from reconciler.cli.provided import sections_of
from reconciler.cli.workspace import surroundings
from reconciler.errors import SecretUnavailable, WorkspaceError
from reconciler.workspace import open_secrets, signing_keys


@click.command("sign-url")
@click.argument("mac")
@click.option("--file", "name", metavar="NAME", help="The address of this file: NAME?sig=...")
@path_option
def command(mac: str, name: str | None, paths: tuple[Path, ...]) -> int:
    """Print the signed address of the phone with this MAC, in any notation.

    It is the folder that the phone appends its files' names to. Whoever has it gets the phone's
    files wherever a signature is enough: treat it as a password. A signature does not expire; it
    ends when the signing key is changed.
    """
    from reconciler.provisioning.serving.asking import mac_in
    from reconciler.provisioning.signatures import sign

    bare = mac_in(mac)
    if bare is None:
        raise click.UsageError(f'"{mac}" is no MAC address (80:5e:c0:00:00:01).')
    if name is not None and mac_in(name) not in (None, bare):
        raise click.UsageError(f'The file "{name}" is of another phone than {mac}.')
    at = surroundings(paths)
    sections = sections_of(paths, at)
    base_url = sections.provisioning.get("base_url")
    if not base_url:
        raise WorkspaceError(
            "Where phones fetch is not known.",
            hint="provisioning: {base_url: https://prov.example.com/p}",
        )
    with open_secrets(at, sections.workspace) as secrets:
        keys = signing_keys(sections.provisioning, secrets)
    if not keys:
        raise SecretUnavailable(
            "There is no key that signs.",
            hint='provisioning: {signing_key: {secret: "store:provisioning-key"}}',
        )
    signature = sign(keys[0], bare)
    folder = str(base_url).rstrip("/")
    if name is None:
        click.echo(f"{folder}/{bare}-{signature}/")
    elif mac_in(name) is not None:
        click.echo(f"{folder}/{name}?sig={signature}")
    else:
        click.echo(f"{folder}/{bare}/{name}?sig={signature}")
    return DONE
