"""New files of an estate, as imports write them. IO."""

import os
from collections.abc import Mapping
from pathlib import Path


def write_new(out: Path, files: Mapping[str, str], schema: Path) -> None:
    """Write the files, each whole or not at all; a failure takes back those that were written.

    When the workspace has a schema, they begin with the line that tells editors of it.
    """
    from reconciler.language.fmt import format_text

    head = ""
    if schema.is_file():
        at = Path(os.path.relpath(schema.resolve(), out.resolve())).as_posix()
        head = f"# yaml-language-server: $schema={at}\n"

    written: list[Path] = []
    try:
        for name, text in files.items():
            out.mkdir(parents=True, exist_ok=True)
            beside = out / f".{name}.new"
            written.append(beside)
            beside.write_text(head + format_text(text).value, encoding="utf-8")
            beside.replace(out / name)
            written[-1] = out / name
    except OSError:
        for each in written:
            each.unlink(missing_ok=True)
        raise
