"""Owners with their files, as the published store holds them, without the files' bytes. IO."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, RowMapping
from sqlalchemy.sql.schema import Column

from reconciler.provisioning.records import FileRow, Owner
from reconciler.provisioning.rows import (
    AT_ONCE,
    LIGHT,
    address_of,
    file_of,
    file_parts,
    owner_of,
    owner_parts,
    rows_of,
)
from reconciler.provisioning.sealing import Sealing
from reconciler.provisioning.tables import FILES


def read_owners(
    connection: Connection, rows: Sequence[RowMapping], sealing: Sealing | None = None
) -> tuple[Owner, ...]:
    """Return the owners of these rows by address. With `sealing`, edits by others are found."""
    wanted = None if len(rows) > AT_ONCE else [address_of(row["address"]) for row in rows]
    columns: list[Column[Any]] = LIGHT if sealing is None else list(FILES.c)
    files: dict[str, dict[str, FileRow]] = {}
    for row in rows_of(connection, FILES, FILES.c.owner, wanted, columns):
        intact = sealing is None or sealing.intact(row["seal"], file_parts(row))
        files.setdefault(row["owner"], {})[row["name"]] = file_of(row, intact=intact)
    found = [
        owner_of(
            row,
            files.get(row["address"], {}),
            intact=sealing is None or sealing.intact(row["seal"], owner_parts(row)),
        )
        for row in rows
    ]
    return tuple(sorted(found, key=lambda each: each.address))
