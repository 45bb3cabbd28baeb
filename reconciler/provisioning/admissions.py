"""Admissions: which tokens were given out, and which keys and tokens devices have used. IO.

Kept with what is published and outliving it: a token from before the last rotation counts until its
device has used the new one. Tokens of withdrawn devices go with them. Every method is one
transaction.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select

from reconciler.database.database import Database
from reconciler.model.address import Address
from reconciler.provisioning.records import KeyUse
from reconciler.provisioning.rows import address_of, rows_of
from reconciler.provisioning.tables import KEYS, META, TOKENS
from reconciler.provisioning.tokens import Kind, Token, digest_of, new_token


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
        with self._database.reading() as connection:
            if owners is not None:
                rows = rows_of(connection, TOKENS, TOKENS.c.owner, owners)
            else:
                rows = list(
                    connection.execute(select(TOKENS).where(TOKENS.c.changed > since)).mappings()
                )
        found = [_token(row) for row in rows]
        return sorted(found, key=lambda each: (each.issued_at, each.digest))

    def key_uses(self) -> tuple[KeyUse, ...]:
        """Return which keys devices have used."""
        with self._database.reading() as connection:
            rows = connection.execute(select(KEYS)).mappings().all()
        return tuple(KeyUse(address_of(r["owner"]), r["key_id"], r["last_used"]) for r in rows)

    def issue(
        self, owner: Address, expires_s: int, *, kind: Kind = "first", once: bool = False
    ) -> tuple[str, Token]:
        """Make a token that expires. Its text is returned here and kept nowhere."""
        text = new_token()
        token = Token(digest_of(text), owner, kind, self.now(), self.now(expires_s), once=once)
        with self._database.writing() as connection:
            number = advance_admissions(connection)
            row = {**token._asdict(), "owner": str(owner), "changed": number}
            self._database.insert_new(connection, TOKENS, row)
        return text, token

    def end(self, digests: Sequence[str], why: str) -> list[str]:
        """End tokens at once; return those that had not ended yet. `why`: used, revoked.

        Two who use a one-time token at the same moment both ask for its end; one gets it.
        """
        ended = []
        with self._database.writing() as connection:
            number = advance_admissions(connection)
            for digest in digests:
                open_one = (TOKENS.c.digest == digest) & (TOKENS.c.ended == "")
                done = connection.execute(
                    TOKENS.update()
                    .where(open_one)
                    .values(ended=why, ended_at=self.now(), changed=number)
                )
                if done.rowcount:
                    ended.append(digest)
        return ended

    def used(self, tokens: Mapping[str, str], keys: Iterable[KeyUse]) -> None:
        """Remember when tokens (digest -> time) and keys were used."""
        uses = {(each.owner, each.key_id): each for each in keys}.values()
        with self._database.writing() as connection:
            for digest, at in tokens.items():
                mine = TOKENS.c.digest == digest
                connection.execute(TOKENS.update().where(mine).values(last_used=at))
                first = mine & (TOKENS.c.first_used == "")
                connection.execute(TOKENS.update().where(first).values(first_used=at))
            rows = [{**each._asdict(), "owner": str(each.owner)} for each in uses]
            self._database.upsert(connection, KEYS, rows)


def admit(
    database: Database, connection: Connection, steady: Mapping[Address, str], now: str
) -> None:
    """Let devices' published tokens (address -> digest) open something from now on.

    One that was published before and given up for another counts again; a revoked one does not.
    """
    known = {
        row["digest"]: row for row in rows_of(connection, TOKENS, TOKENS.c.owner, list(steady))
    }
    new = [
        (owner, digest)
        for owner, digest in steady.items()
        if digest not in known or known[digest]["ended"] == "used"
    ]
    if not new:
        return
    number = advance_admissions(connection)
    database.upsert(
        connection,
        TOKENS,
        [
            {**Token(digest, owner, "steady", now)._asdict(), "owner": str(owner),
             "changed": number}
            for owner, digest in new
        ],
    )  # fmt: skip


def advance_admissions(connection: Connection) -> int:
    """Raise the number of the last change to a token, and return it."""
    connection.execute(META.update().values(admissions=META.c.admissions + 1))
    return int(connection.execute(select(META.c.admissions)).scalar() or 0)


def _token(row: Mapping[Any, Any]) -> Token:
    values = {name: row[name] for name in Token._fields}
    return Token(**{**values, "owner": address_of(row["owner"])})
