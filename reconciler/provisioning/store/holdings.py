"""Holdings: all that the published store holds of a site's owners, for who publishes. IO."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from reconciler.database.snapshot import Snapshot
from reconciler.errors import StoreError
from reconciler.model.address import Address
from reconciler.provisioning.contents import Content
from reconciler.provisioning.store.columns import FILES, OWNERS
from reconciler.provisioning.store.rows import (
    Row,
    address_of,
    file_parts,
    owner_parts,
    rows,
    rows_of,
    shared_by,
)
from reconciler.provisioning.store.sealing import Sealing


@dataclass(frozen=True, slots=True)
class Holding:
    """What is held of one owner. Files that others have edited are left out of `files`.

    `record` is what the publisher kept; None when it was edited. `intact` is False when the
    owner's row was edited.
    """

    address: Address
    record: bytes | None = field(repr=False)
    files: Mapping[str, Content]
    intact: bool


def read_holdings(
    snapshot: Snapshot, sealing: Sealing, site: str, only: Iterable[Address] | None = None
) -> tuple[Holding, ...]:
    """Return what is held of a site's owners, or of some of them, by address."""
    if only is None:
        owners = rows(snapshot, OWNERS, "site = ?", site)
        mine = f"owner IN (SELECT address FROM {OWNERS.table} WHERE site = ?)"  # noqa: S608
        files = rows(snapshot, FILES, mine, site)
    else:
        wanted = list(only)
        owners = rows_of(snapshot, OWNERS, wanted)
        files = rows_of(snapshot, FILES, wanted)
    by_owner: dict[str, dict[str, Content]] = {}
    for row in files:
        content = _content(row, sealing, shared=False)
        if content is not None:
            by_owner.setdefault(row["owner"], {})[row["name"]] = content
    found = [
        Holding(
            address_of(row["address"]),
            _opened(sealing, row["record"], row["address"]),
            by_owner.get(row["address"], {}),
            sealing.intact(row["seal"], owner_parts(row)),
        )
        for row in owners
        if not row["shared"]
    ]
    return tuple(sorted(found, key=lambda each: each.address))


def read_shared(snapshot: Snapshot, sealing: Sealing, site: str) -> frozenset[str]:
    """Return the names of a site's shared files that nobody has edited."""
    found = rows_of(snapshot, FILES, [shared_by(site)])
    intact = (row for row in found if _content(row, sealing, shared=True) is not None)
    return frozenset(row["name"] for row in intact)


def _content(row: Row, sealing: Sealing, *, shared: bool) -> Content | None:
    if not sealing.intact(row["seal"], file_parts(row)):
        return None
    text = _opened(sealing, row["content"], row["name"])
    masked = _opened(sealing, row["masked"], row["name"])
    if text is None or masked is None:
        return None
    return Content(text.decode(), masked.decode(), row["media_type"], shared)


def _opened(sealing: Sealing, token: Any, what: str) -> bytes | None:
    try:
        return sealing.decrypt(token, what)
    except StoreError:
        return None
