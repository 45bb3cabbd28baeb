"""The ledger: rows to `Owned` and back. Reading it is on the hot path of every plan."""

import gc
import hashlib
import json
import marshal
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from operator import itemgetter
from typing import Any

from reconciler.database.snapshot import Snapshot
from reconciler.database.transaction import Transaction
from reconciler.database.wording import JOURNAL
from reconciler.errors import JournalError
from reconciler.journal import runs
from reconciler.model import text
from reconciler.model.address import Address
from reconciler.model.ownership import Owned, Ownership
from reconciler.model.pieces import InPieces

_ORDER = (
    "kind", "scope", "key", "target", "fields", "native_id", "how", "run", "applied_at", "actor",
    "protect", "on_delete", "needs", "found",
)  # fmt: skip
_READ = f"SELECT {', '.join(_ORDER)} FROM owned"  # noqa: S608 - our own names
_STAMPS = "SELECT kind, scope, key, run, applied_at FROM owned"
_FEW = 100
"""So many rows are asked for one by one: more are made out sooner with all others."""


def read(snapshot: Snapshot, known: Mapping[Address, Owned] | None = None) -> Ownership:
    """Return all that is ours, in the order of addresses. Raises JournalError.

    `known` was read before: what nobody has written since is not made out again. Every write
    stamps its rows with the run and the time.
    """
    trace = ""
    objects = known and _again(snapshot, known)
    if not objects:
        # Sorted here: quicker than by the database's index, and the same in every database.
        rows = sorted(snapshot.rows(_READ), key=itemgetter(0, 1, 2))
        objects, trace = _in_pieces(rows), _trace(rows)
    owing = owed(snapshot)
    unproved = {name: runs.unproved(snapshot, name) for name in owing}
    written = {name: runs.written(snapshot, name) for name in owing}
    return Ownership(objects, owing, unproved, written, trace)


def owed(snapshot: Snapshot) -> Mapping[str, str]:
    """Return which targets owe a commit, and why."""
    return dict(snapshot.rows("SELECT target, reason FROM owed"))


def targets(snapshot: Snapshot) -> frozenset[str]:
    """Return the targets on which anything is ours."""
    return frozenset(target for (target,) in snapshot.rows("SELECT DISTINCT target FROM owned"))


def _again(snapshot: Snapshot, known: Mapping[Address, Owned]) -> dict[Address, Owned] | None:
    """Return what is there now; None where little of it is known."""
    found: dict[Address, Owned] = {}
    written: list[tuple[str, str, str]] = []
    for kind, scope, key, run, at in snapshot.rows(_STAMPS):
        before = known.get(Address(kind, scope, key))
        if before is not None and (before.run, before.applied_at) == (run, at):
            found[before.address] = before
        else:
            written.append((kind, scope, key))
    if len(written) > _FEW:
        return None
    one = f"{_READ} WHERE kind = ? AND scope = ? AND key = ?"
    rows = [row for each in written for row in snapshot.rows(one, *each)]
    return dict(sorted({**found, **_objects(rows)}.items()))


def _trace(rows: list[Any]) -> str:
    """Return by what rows are known again."""
    # Python's own coding, in a form that tells equal rows equally.
    return hashlib.sha256(marshal.dumps(rows, 2)).hexdigest()


def _in_pieces(rows: Sequence[Any]) -> Mapping[Address, Owned]:
    """Return what rows say: of most that is ours a plan asks for no more than names."""
    numbers = {Address(*row[:3]): number for number, row in enumerate(rows)}
    return InPieces(numbers, lambda asked: _objects([rows[numbers[each]] for each in asked]))


def _objects(rows: Sequence[Any]) -> dict[Address, Owned]:
    """Return what rows say. Raises JournalError."""
    try:
        return _made_out(rows)
    except (TypeError, ValueError):
        raise JournalError(
            "The journal is damaged: its ledger holds what cannot be read.", hint=JOURNAL.rescue
        ) from None


def _made_out(rows: Sequence[Any]) -> dict[Address, Owned]:
    with _without_garbage_collection():
        # One text for the decoder instead of one per row: less than half the time.
        fields = text.decode("[" + ",".join([row[4] for row in rows]) + "]")
        needed = json.loads("[" + ",".join([row[12] for row in rows]) + "]")
        # Objects of a kind are mostly found with the same fields.
        names = {each: tuple(json.loads(each)) for each in {row[13] for row in rows}}
        objects: dict[Address, Owned] = {}
        for row, values, needs in zip(rows, fields, needed, strict=True):
            (kind, scope, key, target, _, native_id, how,
             run, at, actor, protect, on_delete, _, found) = row  # fmt: skip
            address = Address(kind, scope, key)
            objects[address] = Owned(
                address,
                target,
                values,
                native_id,
                how,
                run,
                at,
                actor,
                bool(protect),
                on_delete,
                tuple([Address(*each) for each in needs]) if needs else (),
                names[found],
            )
        return objects


@contextmanager
def _without_garbage_collection() -> Iterator[None]:
    """Pause the cyclic collector: building many acyclic objects would wake it in vain."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def rows_of(owned: Iterable[Owned], run: int, at: str, actor: str) -> list[dict[str, Any]]:
    """Return the rows, stamped with the run that wrote or confirmed them.

    Raises TypeError for a secret in clear, before anything is written.
    """
    return [
        {
            "kind": each.address.kind,
            "scope": each.address.scope,
            "key": each.address.key,
            "target": each.target,
            "fields": text.encode(dict(each.fields)),
            "native_id": each.native_id,
            "how": each.how,
            "run": run,
            "applied_at": at,
            "actor": actor,
            "protect": int(each.protect),
            "on_delete": each.on_delete,
            "needs": text.encode(each.needs) if each.needs else "[]",
            "found": text.encode(each.found) if each.found else "[]",
        }
        for each in owned
    ]


def write(
    transaction: Transaction, rows: Sequence[dict[str, Any]], disowned: Sequence[Address]
) -> None:
    """Remove what is no longer ours, then write what is."""
    delete = "DELETE FROM owned WHERE kind = ? AND scope = ? AND key = ?"
    transaction.execute_each(delete, disowned)
    transaction.upsert("owned", rows, ("kind", "scope", "key"))


def write_owed(transaction: Transaction, owed: Mapping[str, str | None]) -> None:
    """Note targets that owe a commit; None as the reason settles the debt."""
    for target, reason in owed.items():
        if reason is None:
            transaction.execute("DELETE FROM owed WHERE target = ?", target)
        else:
            transaction.upsert("owed", [{"target": target, "reason": reason}], ("target",))


def digest_of(fields: str) -> str:
    """Return the fingerprint of fields as canonical text (`model/codec.py: fingerprint`)."""
    return hashlib.sha256(fields.encode()).hexdigest()[:20]
