"""Admissions: which tokens were given out, and which keys and tokens devices have used. IO.

Kept with what is published and outliving it: a token from before the last rotation counts until its
device has used the new one. Tokens of withdrawn devices go with them. Every method is one
transaction.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from reconciler.database.database import Database
from reconciler.database.transaction import Transaction
from reconciler.model.address import Address
from reconciler.provisioning.store.columns import KEYS, META, TOKENS
from reconciler.provisioning.store.records import KeyUse
from reconciler.provisioning.store.rows import Row, address_of, rows, rows_of, upsert
from reconciler.provisioning.tokens import Kind, Token, digest_of, new_token

_END = f"""UPDATE {TOKENS.table} SET ended = ?, ended_at = ?, changed = ?
    WHERE digest = ? AND ended = ''"""  # noqa: S608 - our own names, here and below
_USED = f"UPDATE {TOKENS.table} SET last_used = ? WHERE digest = ?"  # noqa: S608
_FIRST_USED = f"""UPDATE {TOKENS.table} SET first_used = ?
    WHERE digest = ? AND first_used = ''"""  # noqa: S608


class Admissions:
    """Tokens and the use of keys in a published store: `Published.admissions`."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    def now(self, later_s: int = 0) -> str:
        """Return the time as ISO 8601 in UTC, to the second."""
        moment = self._clock().astimezone(UTC) + timedelta(seconds=later_s)
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ")

    def tokens(self, owners: Sequence[Address] | None = None, *, since: int = -1) -> list[Token]:
        """Return tokens, the newest last: of these owners or of all; changed `since` or ever."""
        with self._database.snapshot() as snapshot:
            if owners is not None:
                kept = rows_of(snapshot, TOKENS, owners)
            else:
                kept = rows(snapshot, TOKENS, "changed > ?", since)
        found = [_token(row) for row in kept]
        return sorted(found, key=lambda each: (each.issued_at, each.digest))

    def key_uses(self) -> tuple[KeyUse, ...]:
        """Return which keys devices have used."""
        with self._database.snapshot() as snapshot:
            found = rows(snapshot, KEYS)
        return tuple(KeyUse(address_of(r["owner"]), r["key_id"], r["last_used"]) for r in found)

    def issue(
        self, owner: Address, expires_s: int, *, kind: Kind = "first", once: bool = False
    ) -> tuple[str, Token]:
        """Make a token that expires. Its text is returned here and kept nowhere."""
        text = new_token()
        token = Token(digest_of(text), owner, kind, self.now(), self.now(expires_s), once=once)
        with self._database.transaction() as transaction:
            number = advance_admissions(transaction)
            row = {**token._asdict(), "owner": str(owner), "changed": number}
            transaction.insert_new(TOKENS.table, row)
        return text, token

    def end(self, digests: Sequence[str], why: str) -> list[str]:
        """End tokens at once; return those that had not ended yet. `why`: used, revoked.

        Two who use a one-time token at the same moment both ask for its end; one gets it.
        """
        with self._database.transaction() as transaction:
            number = advance_admissions(transaction)
            return [
                digest
                for digest in digests
                if transaction.execute(_END, why, self.now(), number, digest)
            ]

    def used(self, tokens: Mapping[str, str], keys: Iterable[KeyUse]) -> None:
        """Remember when tokens (digest -> time) and keys were used."""
        uses = {(each.owner, each.key_id): each for each in keys}.values()
        with self._database.transaction() as transaction:
            transaction.execute_each(_USED, [(at, digest) for digest, at in tokens.items()])
            transaction.execute_each(_FIRST_USED, [(at, digest) for digest, at in tokens.items()])
            new = [{**each._asdict(), "owner": str(each.owner)} for each in uses]
            upsert(transaction, KEYS, new)


def admit(transaction: Transaction, steady: Mapping[Address, str], now: str) -> None:
    """Let devices' published tokens (address -> digest) open something from now on.

    One that was published before and given up for another counts again; a revoked one does not.
    """
    known = {row["digest"]: row for row in rows_of(transaction, TOKENS, list(steady))}
    new = [
        (owner, digest)
        for owner, digest in steady.items()
        if digest not in known or known[digest]["ended"] == "used"
    ]
    if not new:
        return
    number = advance_admissions(transaction)
    upsert(
        transaction,
        TOKENS,
        [
            {**Token(digest, owner, "steady", now)._asdict(), "owner": str(owner),
             "changed": number}
            for owner, digest in new
        ],
    )  # fmt: skip


def advance_admissions(transaction: Transaction) -> int:
    """Raise the number of the last change to a token, and return it."""
    transaction.execute(f"UPDATE {META} SET admissions = admissions + 1")  # noqa: S608
    return int(transaction.row(f"SELECT admissions FROM {META}")[0])  # noqa: S608


def _token(row: Row) -> Token:
    values = {name: row[name] for name in Token._fields}
    return Token(**{**values, "owner": address_of(row["owner"])})
