"""Sightings: what is known of devices' fetching, row by row, and how far that makes them. IO."""

from collections.abc import Mapping, Sequence
from itertools import groupby

from reconciler.database.snapshot import Snapshot
from reconciler.database.transaction import Transaction
from reconciler.model.address import Address
from reconciler.model.standing import Attempt
from reconciler.provisioning.store.columns import ATTEMPTS, FETCHED, OWNERS, SEEN
from reconciler.provisioning.store.records import Fetch, Fetched, Owner, Seen, Status
from reconciler.provisioning.store.rows import Row, attempt_of, rows_of, seen_by, upsert


def note_fetches(transaction: Transaction, fetches: Sequence[Fetch]) -> None:
    """Note who was given what, of owners that are still there."""
    wanted = list({each.owner for each in fetches})
    there = {row["address"] for row in rows_of(transaction, OWNERS, wanted, ["address"])}
    fetches = [each for each in fetches if str(each.owner) in there]
    addresses = list({each.owner for each in fetches})
    had = {(row["owner"], row["name"]): row for row in rows_of(transaction, FETCHED, addresses)}
    given: dict[tuple[str, str], Row] = {}
    for each in fetches:
        at = (str(each.owner), each.name)
        last = given.get(at) or had.get(at)
        since = last["at"] if last is not None and last["etag"] == each.etag else each.at
        given[at] = {"owner": at[0], "name": at[1], "etag": each.etag, "at": since}
    # In one order, so that two servers wait for each other and not in a circle.
    upsert(transaction, FETCHED, [given[each] for each in sorted(given)])
    note(transaction, [(each.owner, seen_by(each)) for each in fetches])


def note(transaction: Transaction, news: Sequence[tuple[Address, Mapping[str, str]]]) -> None:
    """Note what is new of devices, by column of the table; what is empty changes nothing.

    Only what is new is written: a server notes a fetch at the moment at which an apply notes a
    proof, and both are kept.
    """
    told: dict[str, dict[str, str]] = {}
    for address, new in news:
        told.setdefault(str(address), {}).update({k: value for k, value in new.items() if value})
    for names, some in groupby(sorted(told), key=lambda owner: sorted(told[owner])):
        rows = [{"owner": each, **Seen()._asdict(), **told[each]} for each in some]
        change = ", ".join(f'"{each}" = excluded."{each}"' for each in names)
        known = f'("owner") DO UPDATE SET {change}' if names else "DO NOTHING"
        transaction.insert(SEEN.table, rows, known)


def read_statuses(
    snapshot: Snapshot, owners: Sequence[Owner], wanted: Sequence[Address] | None
) -> tuple[Status, ...]:
    """Return how far the devices of these owners are; `wanted` are theirs, None for all."""
    seen = {
        row["owner"]: Seen(**{n: row[n] for n in Seen._fields})
        for row in rows_of(snapshot, SEEN, wanted)
    }
    fetched: dict[str, dict[str, Fetched]] = {}
    for row in rows_of(snapshot, FETCHED, wanted):
        fetched.setdefault(row["owner"], {})[row["name"]] = Fetched(
            row["name"], row["etag"], row["at"]
        )
    attempts = {row["owner"]: attempt_of(row) for row in rows_of(snapshot, ATTEMPTS, wanted)}
    return tuple(
        Status(
            each,
            seen.get(str(each.address), Seen()),
            fetched.get(str(each.address), {}),
            attempts.get(str(each.address), Attempt()),
        )
        for each in owners
    )
