"""The published store's rows: how they are asked for, written and read back."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

from reconciler.database.snapshot import Snapshot
from reconciler.database.transaction import Transaction
from reconciler.errors import StoreError
from reconciler.model.address import Address, parse_address
from reconciler.model.codec import canonical
from reconciler.model.standing import Attempt
from reconciler.provisioning.store.columns import (
    ATTEMPTS,
    FETCHED,
    FILES,
    FLAGS,
    KEYS,
    LIVES,
    META,
    OWNERS,
    SEEN,
    TOKENS,
    Kept,
)
from reconciler.provisioning.store.records import (
    Access,
    Fetch,
    FileRow,
    Owner,
    Publication,
    PublishedFile,
)
from reconciler.provisioning.store.sealing import Sealing

AT_ONCE: Final = 500
"""How many addresses a query names: databases limit the number of parameters."""

Row: TypeAlias = Mapping[str, Any]
"""Values by column."""

_THINGS: Final = (OWNERS, FILES, SEEN, FETCHED, TOKENS, KEYS, LIVES, ATTEMPTS)


def advance(transaction: Transaction, key_id: str) -> None:
    """Raise the revision; remember which key seals."""
    query = f"UPDATE {META} SET revision = revision + 1, key_id = ?"  # noqa: S608 - our own name
    transaction.execute(query, key_id)


def key_id_of(snapshot: Snapshot) -> str:
    """Return the name of the key that seals; "" if nobody has ever published to the store."""
    found = snapshot.row(f"SELECT key_id FROM {META}")  # noqa: S608 - our own name
    return str(found[0]) if found is not None else ""


def rows(
    snapshot: Snapshot,
    kept: Kept,
    where: str = "",
    *parameters: object,
    columns: Sequence[str] | None = None,
) -> list[Row]:
    """Return rows of a table: those for which `where` holds."""
    names = columns or kept.columns
    quoted = ", ".join(f'"{each}"' for each in names)
    query = f"SELECT {quoted} FROM {kept.table}"  # noqa: S608 - our own names
    if where:
        query += f" WHERE {where}"
    found = [dict(zip(names, row, strict=True)) for row in snapshot.rows(query, *parameters)]
    for flag in FLAGS.intersection(names):
        for row in found:
            row[flag] = bool(row[flag])
    return list(found)


def rows_of(
    snapshot: Snapshot,
    kept: Kept,
    addresses: Sequence[Address] | None,
    columns: Sequence[str] | None = None,
) -> list[Row]:
    """Return rows that are of one of the addresses; all rows for None."""
    if addresses is None:
        return rows(snapshot, kept, columns=columns)
    found: list[Row] = []
    for part in _parts(addresses):
        found += rows(snapshot, kept, _is_of(kept, part), *part, columns=columns)
    return found


def upsert(transaction: Transaction, kept: Kept, new: Sequence[Row]) -> None:
    """Insert rows; one whose key exists is overwritten."""
    transaction.upsert(kept.table, new, kept.key)


def _is_of(kept: Kept, part: Sequence[str]) -> str:
    column = "address" if kept is OWNERS else "owner"
    return f"{column} IN ({', '.join('?' * len(part))})"


def _parts(addresses: Sequence[Address]) -> Iterator[list[str]]:
    texts = [str(each) for each in addresses]
    for start in range(0, len(texts), AT_ONCE):
        yield texts[start : start + AT_ONCE]


def drop(transaction: Transaction, addresses: Sequence[Address]) -> None:
    """Delete owners with everything that is kept of them."""
    for part in _parts(addresses):
        for kept in _THINGS:
            query = f"DELETE FROM {kept.table} WHERE {_is_of(kept, part)}"  # noqa: S608
            transaction.execute(query, *part)


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


def access_of(row: Row, sealing: Sealing) -> Access:
    """Return what an owner shows. Raises StoreError when it was changed by somebody else."""
    return Access(*json.loads(sealing.decrypt(row["access"], row["address"])))


def owner_parts(row: Row) -> list[str | bytes | int | None]:
    """Return what an owner's seal covers."""
    return [row[each] for each in OWNERS.columns if each != "seal"]


def file_row(
    owner: Address, file: PublishedFile, known: Row | None, now: str, sealing: Sealing
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


def file_parts(row: Row) -> list[str | bytes | int | None]:
    """Return what a file's seal covers."""
    return [row[each] for each in FILES.columns if each != "seal"]


def owner_of(row: Row, files: Mapping[str, FileRow], *, intact: bool) -> Owner:
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


def attempt_of(row: Row) -> Attempt:
    """Return what was seen at a phone."""
    return Attempt(
        row["state"], row["at"], row["since"], row["why"], json.loads(row["fields"]),
        row["passwords"],
    )  # fmt: skip


def file_of(row: Row, *, intact: bool) -> FileRow:
    """Return the file that a row holds, without its bytes."""
    return FileRow(
        address_of(row["owner"]), row["name"], row["media_type"], row["digest"], row["etag"],
        row["size"], row["published_at"], row["seal"], intact,
    )  # fmt: skip


def shared_by(site: str) -> Address:
    """Return the owner of a site's shared files."""
    return Address("site", "", site)


def used_at(snapshot: Snapshot, site: str) -> set[str]:
    """Return the names of the shared files that a site's owners use."""
    query = f"SELECT DISTINCT uses FROM {OWNERS.table} WHERE site = ? AND uses <> '[]'"  # noqa: S608
    return {name for (uses,) in snapshot.rows(query, site) for name in json.loads(uses)}
