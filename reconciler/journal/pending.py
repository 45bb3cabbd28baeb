"""What waits for a later `apply --resume`: one row per object, gone once the object is done."""

from collections.abc import Iterable

from reconciler.database.snapshot import Snapshot
from reconciler.database.transaction import Transaction
from reconciler.journal.records import Deferred
from reconciler.model.address import Address


def read(snapshot: Snapshot) -> tuple[Deferred, ...]:
    """Return all that waits, by target and address."""
    rows = snapshot.rows(
        "SELECT target, kind, scope, key, reason, step, until, run, since FROM pending "
        "ORDER BY target, kind, scope, key"
    )
    return tuple(
        Deferred(target, Address(kind, scope, key), *rest)
        for target, kind, scope, key, *rest in rows
    )


def write(transaction: Transaction, run: int, items: Iterable[Deferred], at: str) -> None:
    """Add or renew what waits; `since` stays what it was when it waits already."""
    waiting = {(each.target, each.address): each.since for each in read(transaction)}
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
    transaction.upsert("pending", rows, ("target", "kind", "scope", "key"))


def clear(transaction: Transaction, done: set[tuple[str, Address]]) -> None:
    """Forget what no longer waits."""
    transaction.execute_each(
        "DELETE FROM pending WHERE target = ? AND kind = ? AND scope = ? AND key = ?",
        [
            (each.target, *each.address)
            for each in read(transaction)
            if (each.target, each.address) in done
        ],
    )
