"""Owners with their files, as the published store holds them, without the files' bytes. IO."""

from collections.abc import Sequence

from reconciler.database.snapshot import Snapshot
from reconciler.provisioning.store.columns import FILES, LIGHT
from reconciler.provisioning.store.records import FileRow, Owner
from reconciler.provisioning.store.rows import (
    AT_ONCE,
    Row,
    address_of,
    file_of,
    file_parts,
    owner_of,
    owner_parts,
    rows_of,
)
from reconciler.provisioning.store.sealing import Sealing


def read_owners(
    snapshot: Snapshot, rows: Sequence[Row], sealing: Sealing | None = None
) -> tuple[Owner, ...]:
    """Return the owners of these rows by address. With `sealing`, edits by others are found."""
    wanted = None if len(rows) > AT_ONCE else [address_of(row["address"]) for row in rows]
    columns = LIGHT if sealing is None else None
    files: dict[str, dict[str, FileRow]] = {}
    for row in rows_of(snapshot, FILES, wanted, columns):
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
