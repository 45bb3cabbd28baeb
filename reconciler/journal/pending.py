"""What waits for a later `apply --resume`: one row per object, gone once the object is done."""

from collections.abc import Iterable

from sqlalchemy import Connection, select

from reconciler.database.database import Database
from reconciler.journal.records import Deferred
from reconciler.journal.tables import PENDING
from reconciler.model.address import Address


def read(connection: Connection) -> tuple[Deferred, ...]:
    """Return all that waits, by target and address."""
    query = select(PENDING).order_by(
        PENDING.c.target, PENDING.c.kind, PENDING.c.scope, PENDING.c.key
    )
    return tuple(
        Deferred(
            row.target,
            Address(row.kind, row.scope, row.key),
            row.reason,
            row.step,
            row.until,
            row.run,
            row.since,
        )
        for row in connection.execute(query)
    )


def write(
    database: Database, connection: Connection, run: int, items: Iterable[Deferred], at: str
) -> None:
    """Add or renew what waits; `since` stays what it was when it waits already."""
    waiting = {(each.target, each.address): each.since for each in read(connection)}
    rows = [
        {
            "target": each.target,
            **each.address._asdict(),
            "run": run,
            "step": each.step,
            "reason": each.reason,
            "until": each.until,
            "since": each.since or waiting.get((each.target, each.address), at),
        }
        for each in items
    ]
    database.upsert(connection, PENDING, rows)


def clear(connection: Connection, done: set[tuple[str, Address]]) -> None:
    """Forget what no longer waits."""
    for each in read(connection):
        if (each.target, each.address) in done:
            connection.execute(
                PENDING.delete().where(
                    PENDING.c.target == each.target,
                    PENDING.c.kind == each.address.kind,
                    PENDING.c.scope == each.address.scope,
                    PENDING.c.key == each.address.key,
                )
            )
