"""News: what was published since the server looked, without the bytes of files."""

from collections.abc import Mapping

from reconciler.database.snapshot import Snapshot
from reconciler.model.address import Address
from reconciler.provisioning.store.columns import FILES, LIGHT, OWNERS
from reconciler.provisioning.store.records import FileRow, News, Served
from reconciler.provisioning.store.rows import (
    AT_ONCE,
    Row,
    access_of,
    address_of,
    file_of,
    owner_of,
    owner_parts,
    rows,
    rows_of,
)
from reconciler.provisioning.store.sealing import Sealing


def read_news(snapshot: Snapshot, sealing: Sealing, known: Mapping[Address, str]) -> News:
    """Return the owners whose seal is another than the known one, and those that are gone."""
    sealed = rows(snapshot, OWNERS, columns=["address", "seal"])
    seals = {address_of(row["address"]): row["seal"] for row in sealed}
    changed = [address for address, seal in seals.items() if known.get(address) != seal]
    whole = None if len(changed) > AT_ONCE else changed
    wanted = {str(each) for each in changed}
    files: dict[str, dict[str, FileRow]] = {}
    for row in rows_of(snapshot, FILES, whole, LIGHT):
        if row["owner"] in wanted:
            files.setdefault(row["owner"], {})[row["name"]] = file_of(row, intact=True)
    changes = sorted(
        (each for each in rows_of(snapshot, OWNERS, whole) if each["address"] in wanted),
        key=lambda each: str(each["address"]),
    )
    owners = [
        owner_of(
            row,
            files.get(row["address"], {}),
            intact=sealing.intact(row["seal"], owner_parts(row)),
        )
        for row in changes
    ]
    access = {
        each.address: access_of(row, sealing)
        for each, row in zip(owners, changes, strict=True)
        if each.intact
    }
    gone = frozenset(known.keys() - seals.keys())
    return News(tuple(owners), access, gone)


def served_of(row: Row, sealing: Sealing) -> Served:
    """Return a file as it is sent. Raises StoreError when it was changed by somebody else."""
    content = sealing.decrypt(row["content"], f"{row['name']} of {row['owner']}")
    return Served(row["name"], row["media_type"], row["etag"], content)
