"""News: what was published since the server looked, without the bytes of files."""

from collections.abc import Mapping

from sqlalchemy import Connection, RowMapping, select

from reconciler.model.address import Address
from reconciler.provisioning.records import FileRow, News, Served
from reconciler.provisioning.rows import (
    AT_ONCE,
    LIGHT,
    access_of,
    address_of,
    file_of,
    owner_of,
    owner_parts,
    rows_of,
)
from reconciler.provisioning.sealing import Sealing
from reconciler.provisioning.tables import FILES, OWNERS


def read_news(connection: Connection, sealing: Sealing, known: Mapping[Address, str]) -> News:
    """Return the owners whose seal is another than the known one, and those that are gone."""
    seals = {
        address_of(address): seal
        for address, seal in connection.execute(select(OWNERS.c.address, OWNERS.c.seal))
    }
    changed = [address for address, seal in seals.items() if known.get(address) != seal]
    whole = None if len(changed) > AT_ONCE else changed
    wanted = {str(each) for each in changed}
    files: dict[str, dict[str, FileRow]] = {}
    for row in rows_of(connection, FILES, FILES.c.owner, whole, LIGHT):
        if row["owner"] in wanted:
            files.setdefault(row["owner"], {})[row["name"]] = file_of(row, intact=True)
    rows = sorted(
        (each for each in rows_of(connection, OWNERS, OWNERS.c.address, whole)
         if each["address"] in wanted),
        key=lambda each: str(each["address"]),
    )  # fmt: skip
    owners = [
        owner_of(
            row,
            files.get(row["address"], {}),
            intact=sealing.intact(row["seal"], owner_parts(row)),
        )
        for row in rows
    ]
    access = {
        each.address: access_of(row, sealing)
        for each, row in zip(owners, rows, strict=True)
        if each.intact
    }
    gone = frozenset(known.keys() - seals.keys())
    return News(tuple(owners), access, gone)


def served_of(row: RowMapping, sealing: Sealing) -> Served:
    """Return a file as it is sent. Raises StoreError when it was changed by somebody else."""
    content = sealing.decrypt(row["content"], f"{row['name']} of {row['owner']}")
    return Served(row["name"], row["media_type"], row["etag"], content)
