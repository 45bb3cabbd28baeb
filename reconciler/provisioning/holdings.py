"""Holdings: all that the published store holds of a site's owners, for who publishes. IO."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from reconciler.errors import StoreError
from reconciler.model.address import Address
from reconciler.provisioning.contents import Content
from reconciler.provisioning.rows import address_of, file_parts, owner_parts, rows_of, shared_by
from reconciler.provisioning.sealing import Sealing
from reconciler.provisioning.tables import FILES, OWNERS


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
    connection: Connection, sealing: Sealing, site: str, only: Iterable[Address] | None = None
) -> tuple[Holding, ...]:
    """Return what is held of a site's owners, or of some of them, by address."""
    if only is None:
        query = select(OWNERS).where(OWNERS.c.site == site)
        owners = list(connection.execute(query).mappings())
        mine = select(OWNERS.c.address).where(OWNERS.c.site == site)
        files = list(connection.execute(select(FILES).where(FILES.c.owner.in_(mine))).mappings())
    else:
        wanted = list(only)
        owners = rows_of(connection, OWNERS, OWNERS.c.address, wanted)
        files = rows_of(connection, FILES, FILES.c.owner, wanted)
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


def read_shared(connection: Connection, sealing: Sealing, site: str) -> frozenset[str]:
    """Return the names of a site's shared files that nobody has edited."""
    rows = rows_of(connection, FILES, FILES.c.owner, [shared_by(site)])
    return frozenset(row["name"] for row in rows if _content(row, sealing, shared=True) is not None)


def _content(row: RowMapping, sealing: Sealing, *, shared: bool) -> Content | None:
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
