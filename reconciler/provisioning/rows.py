"""The published store's rows: how they are asked for, written and read back."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, RowMapping, delete, select
from sqlalchemy.sql.schema import Column, Table

from reconciler.errors import StoreError
from reconciler.model.address import Address, parse_address
from reconciler.model.codec import canonical
from reconciler.model.standing import Attempt
from reconciler.provisioning.records import (
    Access,
    Fetch,
    FileRow,
    Owner,
    Publication,
    PublishedFile,
)
from reconciler.provisioning.sealing import Sealing
from reconciler.provisioning.tables import (
    ATTEMPTS,
    FETCHED,
    FILES,
    KEYS,
    LIVES,
    META,
    OWNERS,
    SEEN,
    TOKENS,
)

AT_ONCE: Final = 500
"""How many addresses a query names: databases limit the number of parameters."""

LIGHT: Final[list[Column[Any]]] = [
    each for each in FILES.c if each.name not in ("content", "masked")
]


OPEN: Final[list[Column[Any]]] = [
    each for each in OWNERS.c if each.name not in ("access", "record")
]
"""An owner's columns that need no key."""


def advance(connection: Connection, key_id: str | None) -> None:
    """Raise the revision; remember which key seals, where one does."""
    values: dict[str, Any] = {"revision": META.c.revision + 1}
    if key_id is not None:
        values["key_id"] = key_id
    connection.execute(META.update().values(values))


def is_fresh(connection: Connection) -> bool:
    """Say whether nobody has ever published to the store: no key has sealed anything yet."""
    return not connection.execute(select(META.c.key_id)).scalar()


def rows_of(
    connection: Connection,
    table: Table,
    column: "Column[Any]",
    addresses: Sequence[Address] | None,
    columns: "Sequence[Column[Any]] | None" = None,
) -> list[RowMapping]:
    """Return rows whose column names one of the addresses; all rows for None."""
    query = select(*(columns or table.c))
    if addresses is None:
        return list(connection.execute(query).mappings())
    found: list[RowMapping] = []
    for part in _parts(addresses):
        found.extend(connection.execute(query.where(column.in_(part))).mappings())
    return found


def _parts(addresses: Sequence[Address]) -> Iterator[list[str]]:
    texts = [str(each) for each in addresses]
    for start in range(0, len(texts), AT_ONCE):
        yield texts[start : start + AT_ONCE]


def drop(connection: Connection, addresses: Sequence[Address]) -> None:
    """Delete owners with everything that is kept of them."""
    places: list[tuple[Table, ColumnElement[Any]]] = [
        (OWNERS, OWNERS.c.address), (FILES, FILES.c.owner), (SEEN, SEEN.c.owner),
        (FETCHED, FETCHED.c.owner), (TOKENS, TOKENS.c.owner), (KEYS, KEYS.c.owner),
        (LIVES, LIVES.c.owner), (ATTEMPTS, ATTEMPTS.c.owner),
    ]  # fmt: skip
    for part in _parts(addresses):
        for table, column in places:
            connection.execute(delete(table).where(column.in_(part)))


def address_of(text: str) -> Address:
    """Read an address. Raises StoreError."""
    found = parse_address(text)
    if found is None:
        raise StoreError(
            f'The published store holds "{text}", which is not an address.',
            hint="move the store aside and run `reconciler apply`",
        )
    return found


def owner_row(each: Publication, run: int | None, now: str, sealing: Sealing) -> dict[str, Any]:
    """Return an owner's row."""
    row: dict[str, Any] = {
        "address": str(each.owner), "site": each.site, "mac": each.mac, "vendor": each.vendor,
        "model": each.model, "enabled": each.enabled, "shared": each.shared,
        "subnets": canonical(list(each.subnets)), "uses": canonical(list(each.uses)),
        "facts": canonical(dict(each.facts)),
        "access": sealing.encrypt(canonical(list(each.access)).encode()),
        "record": sealing.encrypt(each.record), "published_at": now, "run": run,
    }  # fmt: skip
    return {**row, "seal": sealing.seal(owner_parts(row))}


def access_of(row: Mapping[Any, Any], sealing: Sealing) -> Access:
    """Return what an owner shows. Raises StoreError when it was changed by somebody else."""
    return Access(*json.loads(sealing.decrypt(row["access"], row["address"])))


def owner_parts(row: Mapping[Any, Any]) -> list[str | bytes | int | None]:
    """Return what an owner's seal covers."""
    return [row[each.name] for each in OWNERS.c if each.name != "seal"]


def file_row(
    owner: Address, file: PublishedFile, known: RowMapping | None, now: str, sealing: Sealing
) -> dict[str, Any]:
    """Return a file's row. Bytes that were there before keep their date."""
    etag = sealing.etag(file.content)
    same = known is not None and known["etag"] == etag
    row: dict[str, Any] = {
        "owner": str(owner), "name": file.name, "media_type": file.media_type,
        "digest": file.digest, "etag": etag, "size": len(file.content),
        "published_at": known["published_at"] if known is not None and same else now,
        "content": sealing.encrypt(file.content), "masked": sealing.encrypt(file.masked.encode()),
    }  # fmt: skip
    return {**row, "seal": sealing.seal(file_parts(row))}


def file_parts(row: Mapping[Any, Any]) -> list[str | bytes | int | None]:
    """Return what a file's seal covers."""
    return [row[each.name] for each in FILES.c if each.name != "seal"]


def owner_of(row: RowMapping, files: Mapping[str, FileRow], *, intact: bool) -> Owner:
    """Return the owner that a row holds."""
    return Owner(
        address_of(row["address"]), row["site"], row["mac"], row["vendor"], row["model"],
        row["enabled"], row["shared"], tuple(json.loads(row["subnets"])),
        tuple(json.loads(row["uses"])), json.loads(row["facts"]), files, row["published_at"],
        row["run"], row["seal"], intact,
    )  # fmt: skip


def seen_by(each: Fetch) -> Mapping[str, str]:
    """Return what a fetch tells of the device."""
    return {
        "last_seen": each.at, "source": each.source, "model": each.model,
        "firmware": each.firmware, "user_agent": each.user_agent,
    }  # fmt: skip


def attempt_row(owner: Address, each: Attempt) -> dict[str, Any]:
    """Return the row of what was seen at a phone."""
    return {
        "owner": str(owner), "state": each.state, "at": each.at, "since": each.since,
        "why": each.why, "fields": canonical(dict(each.fields)), "passwords": each.passwords,
    }  # fmt: skip


def attempt_of(row: Mapping[Any, Any]) -> Attempt:
    """Return what was seen at a phone."""
    return Attempt(
        row["state"], row["at"], row["since"], row["why"], json.loads(row["fields"]),
        row["passwords"],
    )  # fmt: skip


def file_of(row: RowMapping, *, intact: bool) -> FileRow:
    """Return the file that a row holds, without its bytes."""
    return FileRow(
        address_of(row["owner"]), row["name"], row["media_type"], row["digest"], row["etag"],
        row["size"], row["published_at"], row["seal"], intact,
    )  # fmt: skip


def shared_by(site: str) -> Address:
    """Return the owner of a site's shared files."""
    return Address("site", "", site)


def used_at(connection: Connection, site: str) -> set[str]:
    """Return the names of the shared files that a site's owners use."""
    query = (
        select(OWNERS.c.uses).where((OWNERS.c.site == site) & (OWNERS.c.uses != "[]")).distinct()
    )
    return {name for uses in connection.execute(query).scalars() for name in json.loads(uses)}
