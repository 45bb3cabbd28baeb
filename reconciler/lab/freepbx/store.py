"""A PBX in a JSON file, so that it is the same one the next time."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from reconciler.lab.freepbx.pbx import Credentials, Pbx
from reconciler.lab.freepbx.tables import Mailbox, columns
from reconciler.lab.freepbx.version import Version


def save(pbx: Pbx, path: Path) -> None:
    """Write everything that is stored, passwords included: the file is for its owner only."""
    tables = pbx.tables
    found = {
        "version": pbx.version.number,
        "credentials": asdict(pbx.credentials),
        "rows": {name: tables.rows(name) for name in columns()},
        "last_ids": tables.last_ids,
        "astdb": tables.astdb,
        "mailboxes": {number: asdict(box) for number, box in tables.mailboxes.items()},
        "kvstore": tables.kvstore,
    }
    new = path.with_name(f"{path.name}.new")
    new.touch(mode=0o600)
    new.write_text(json.dumps(found, ensure_ascii=False, indent=1), encoding="utf-8")
    new.replace(path)


def load(path: Path, *, reload_s: float = 0.05) -> Pbx:
    """Read a PBX. Raises OSError, or ValueError for a file that `save` has not written."""
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    try:
        pbx = Pbx(Version(found["version"]), Credentials(**found["credentials"]), reload_s=reload_s)
        _restore(pbx, found)
    except (KeyError, TypeError) as error:
        raise ValueError(f"{path} holds no PBX of the lab") from error
    return pbx


def _restore(pbx: Pbx, found: dict[str, Any]) -> None:
    tables = pbx.tables
    tables.clear()
    for name, rows in found["rows"].items():
        for row in rows:
            tables.insert(name, row)
    tables.last_ids.update(found["last_ids"])
    for key, value in found["astdb"].items():
        tables.put(key, value)
    tables.mailboxes.update({
        number: Mailbox(**values) for number, values in found["mailboxes"].items()
    })  # fmt: skip
    for name, values in found["kvstore"].items():
        tables.kvstore[name].update(values)
    wanted = tables.needs_reload
    pbx.load()
    tables.needs_reload = wanted
