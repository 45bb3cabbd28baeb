"""`reconciler schema`: the JSON Schemas that editors complete and check from."""

import json
from pathlib import Path
from typing import Any

import click

from reconciler.adapters import ADAPTERS
from reconciler.cli.exits import DONE, ERROR


@click.command("schema")
@click.argument("kind", required=False)
@click.option("--write", "folder", type=click.Path(path_type=Path, file_okay=False), metavar="DIR",
              help="Write all schemas into a folder.")  # fmt: skip
@click.option("--check", is_flag=True, help="With --write: only say whether they are up to date.")
def command(kind: str | None, folder: Path | None, check: bool) -> int:
    r"""Print the JSON Schema of a whole file, or of one kind.

    For completion and hover in an editor, begin a file with this line:

    \b
    # yaml-language-server: $schema=PATH/estate.json
    """
    from reconciler.diagnostics.suggest import closest
    from reconciler.kinds.schema import all_schemas

    schemas = {name: _text(each) for name, each in all_schemas(adapter_settings()).items()}
    if folder is not None:
        old = [n for n, text in schemas.items() if _read(folder / n) != text]
        extra = [each for each in folder.glob("*.json") if each.name not in schemas]
        if check:
            for name in (*old, *(each.name for each in extra)):
                click.echo(f"not up to date: {folder / name}")
            return ERROR if old or extra else DONE
        folder.mkdir(parents=True, exist_ok=True)
        for each in extra:
            each.unlink()
        for name in old:
            (folder / name).write_text(schemas[name], encoding="utf-8")
        click.echo(f"{len(old)} of {len(schemas)} schemas written to {folder}.")
        return DONE
    name = f"{kind or 'estate'}.json"
    if name not in schemas:
        near = closest(kind or "", [each.removesuffix(".json") for each in schemas])
        hint = f' Did you mean "{near}"?' if near else ""
        raise click.UsageError(f'There is no kind "{kind}".{hint}')
    click.echo(schemas[name], nl=False)
    return DONE


def adapter_settings() -> dict[str, dict[str, Any]]:
    """Return the schema of each adapter's own inventory settings, so that editors know them too."""
    from reconciler.kinds.documented import DocumentedSchema

    return {
        name: ADAPTERS[name].settings_model.model_json_schema(schema_generator=DocumentedSchema)
        for name in ADAPTERS
        if ADAPTERS[name].holds != "site"
    }


def _text(schema: object) -> str:
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _read(file: Path) -> str | None:
    return file.read_text(encoding="utf-8") if file.is_file() else None
