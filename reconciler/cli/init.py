"""`reconciler init`: start a workspace in a folder."""

import re
from pathlib import Path

import click

from reconciler.cli.exits import DONE, ERROR

INVENTORY = """\
# yaml-language-server: $schema={schema}
apiVersion: reconciler/v1

{entry}
policy:
  rails:
    too-many-deletes: {{share: 5%, count: 25}}
"""

ENTRIES = {
    "asterisk": """\
# Where things are and how to reach them. Secrets are references, never values:
#   reconciler secrets set {pbx}-ami      then refer to it as below.
pbxs:
  {pbx}:
    adapter: asterisk
    ami:
      host: 127.0.0.1
      port: 5038
      username: reconciler
      password: {{secret: "store:{pbx}-ami"}}
""",
    "freepbx": """\
# Where things are and how to reach them. Secrets are references, never values:
#   reconciler secrets set {pbx}-web      then refer to it as below.
pbxs:
  {pbx}:
    adapter: freepbx
    timezone: Etc/UTC
    url: https://pbx.example.com
    web: {{username: reconciler, password: {{secret: "store:{pbx}-web"}}}}
    oauth: {{client_id: CLIENT_ID, client_secret: {{secret: "store:{pbx}-oauth"}}}}
""",
    "memory": """\
# A PBX to try things on: it holds everything that can be declared, in a file, and calls nobody.
pbxs:
  {pbx}:
    adapter: memory
    timezone: Etc/UTC
    file: {pbx}.json
""",
}
"""The inventory's entry of a PBX by its adapter."""

NEXT = {
    "asterisk": (
        ("secrets set {pbx}-ami", "the password of the AMI user"),
        ("doctor {pbx}", "what the PBX still needs"),
        ("import {pbx} --out DIR", "YAML for what it holds; delete the example first"),
        ("plan", "what would change"),
    ),
    "freepbx": (
        ("secrets set {pbx}-web", "the password of the administrator"),
        ("secrets set {pbx}-oauth", "the secret of the API application"),
        ("doctor {pbx}", "what the PBX still needs"),
        ("import {pbx} --out DIR", "YAML for what it holds; delete the example first"),
    ),
    "memory": (("plan", "what would change"), ("apply", "do it")),
}
"""What to do next, by the PBX's adapter."""

TENANT = """\
# yaml-language-server: $schema={schema}
apiVersion: reconciler/v1
pbx: {pbx}

# An example. Where people are on the PBX already, delete this file and import them.
extensions:
  "1001":
    name: Ada Okafor
    secret: {{secret: generated}}
    voicemail: {{pin: {{secret: generated}}}}
  "1002": {{name: Ben Roy, secret: {{secret: generated}}}}

ring_groups:
  "600": {{name: Reception, ring_time: 20, members: ["1001", "1002"], no_answer: voicemail/1001}}
"""


@click.command("init")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=Path())
@click.option("--pbx", default="office", show_default=True, metavar="NAME", help="Your PBX's name.")
@click.option(
    "--adapter", type=click.Choice(sorted(ENTRIES)), default="asterisk", show_default=True,
    help="What it is; memory is a built-in one to try things on.",
)  # fmt: skip
def command(folder: Path, pbx: str, adapter: str) -> int:
    """Start a workspace in FOLDER: an inventory, a first tenant, schemas for your editor, keys.

    Files that exist are left as they are; where something is declared already, as in a fresh
    checkout, only schemas and keys are made. The folder `.reconciler` holds journal, secret store
    and keys; it is ignored by git.
    """
    import json

    from reconciler.cli.schema import adapter_settings
    from reconciler.execution.secrets.files import ensure_folder
    from reconciler.execution.secrets.fingerprint import workspace_key
    from reconciler.execution.secrets.keys import KEY_FILE, StoreKey
    from reconciler.kinds.schema import all_schemas
    from reconciler.provisioning.store.sealing import published_key

    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}", pbx):
        raise click.UsageError("a PBX's name has letters, digits, '.', '_' and '-', at most 63")
    own = folder / ".reconciler"
    ensure_folder(own)
    workspace_key(own)
    StoreKey(own / KEY_FILE).create()
    published_key(own, {}).create()
    schemas = own / "schemas"
    schemas.mkdir(exist_ok=True)
    for name, schema in all_schemas(adapter_settings()).items():
        (schemas / name).write_text(json.dumps(schema, indent=2) + "\n", encoding="utf-8")
    if _is_declared_in(folder):
        click.echo(f"{folder} is a workspace already: only keys and schemas were made, in {own}.")
        click.echo("Colleagues share keys: copy theirs to it before you go on.")
        return DONE
    made = []
    for name, text in (
        ("inventory/inventory.yaml", INVENTORY),
        (f"tenants/{pbx}.yaml", TENANT),
    ):
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        entry = ENTRIES[adapter].format(pbx=pbx)
        at = "../.reconciler/schemas/estate.json"
        file.write_text(text.format(pbx=pbx, schema=at, entry=entry), encoding="utf-8")
        made.append(name)
    for name in made:
        click.echo(f"wrote {folder / name}")
    click.echo(f"The workspace's own folder is {own} (ignored by git). Next:")
    for command, says in NEXT[adapter]:
        click.echo(f"  reconciler {command.format(pbx=pbx):{len(pbx) + 18}}  {says}")
    return DONE if own.is_dir() else ERROR


def _is_declared_in(folder: Path) -> bool:
    """Whether files here say where a PBX is: then a first one would only be in their way."""
    from reconciler.language.load import load

    files = load((folder,), cwd=Path()).value.files.values()
    return any(re.search(r"(?m)^pbxs:", each.text) for each in files)
