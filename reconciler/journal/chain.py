"""The audit chain: adding sealed lines, and proving that none was changed, removed or moved."""

import hmac
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from reconciler.database.database import Database
from reconciler.errors import JournalTampered
from reconciler.journal import text
from reconciler.journal.records import AuditLine
from reconciler.journal.seal import GENESIS, Keys, Line, seal_head, seal_line
from reconciler.journal.tables import AUDIT, HEAD
from reconciler.journal.witness import Seen
from reconciler.model.value import Value


class Author(NamedTuple):
    """Who does it, in which run, from which commit and plan."""

    actor: str
    run: int | None = None
    commit: str = ""
    digest: str = ""


class Event(NamedTuple):
    """What happened. `facts` are plain values; secrets in them as references only."""

    name: str
    facts: Value


def append(
    database: Database,
    connection: Connection,
    keys: Keys,
    at: str,
    author: Author,
    events: Iterable[Event],
) -> Seen:
    """Add lines to the chain, in the caller's transaction; return the new head."""
    head = connection.execute(select(HEAD).where(HEAD.c.id == 1).with_for_update()).first()
    number, last = (0, GENESIS) if head is None else (head.lines, head.last)
    rows = []
    for event in events:
        number += 1
        line = Line(
            number,
            at,
            event.name,
            author.run,
            author.actor,
            author.commit,
            author.digest,
            text.encode(event.facts),
        )
        last = seal_line(keys, last, line)
        rows.append(dict(zip(_COLUMNS, (*line, last), strict=True)))
    if rows:
        database.insert(connection, AUDIT, rows)
        sealed = {"lines": number, "last": last, "seal": seal_head(keys, number, last)}
        if head is None:
            connection.execute(HEAD.insert(), {"id": 1, **sealed})
        else:
            connection.execute(HEAD.update().values(sealed))
    return Seen(number, last)


_COLUMNS = ("number", "at", "event", "run", "actor", "git_commit", "digest", "facts", "seal")


def lines(connection: Connection, after: int = 0, limit: int | None = None) -> Iterator[AuditLine]:
    """Yield lines in order, beginning after the given number."""
    query = select(AUDIT).where(AUDIT.c.number > after).order_by(AUDIT.c.number).limit(limit)
    for row in connection.execute(query):
        yield AuditLine(
            row.number,
            row.at,
            row.event,
            row.run,
            row.actor,
            row.git_commit,
            row.digest,
            text.decode(row.facts),
            row.seal,
        )


def prove(
    connection: Connection,
    keys: Keys,
    seen: Seen | None,
    read: Callable[[Mapping[str, Any]], None],
) -> Seen:
    """Prove the chain and return its head. Raises JournalTampered at the first line that fails.

    `seen` is what the witness outside the database remembers of the head; `read` is given the
    facts of each line that is proved.
    """
    head = connection.execute(select(HEAD).where(HEAD.c.id == 1)).first()
    if head is None or not hmac.compare_digest(seal_head(keys, head.lines, head.last), head.seal):
        raise _tampered("the record of its last line was changed or removed")
    if seen is not None and seen.lines > head.lines:
        raise _tampered(
            f"it holds {head.lines} lines, and {seen.lines} were seen: the last were removed, or "
            f"an older copy was put in its place"
        )
    previous = GENESIS
    number = 0
    for row in connection.execute(select(AUDIT).order_by(AUDIT.c.number)):
        number += 1
        if row.number != number:
            raise _tampered(f"{_lines(number, row.number - 1)} missing")
        line = Line(
            number, row.at, row.event, row.run, row.actor, row.git_commit, row.digest, row.facts
        )
        seal = seal_line(keys, previous, line)
        if not hmac.compare_digest(seal, row.seal):
            raise _tampered(
                f"line {number} ({row.event}, {row.at}) does not match its seal: it was changed, "
                f"inserted or moved"
            )
        if seen is not None and seen.lines == number and seen.last != seal:
            raise _tampered(f"line {number} is not the one that was seen")
        previous = seal
        read(text.decode(line.facts))
    if number != head.lines:
        raise _tampered(f"{_lines(number + 1, head.lines)} missing")
    if previous != head.last:
        raise _tampered(f"line {number} is not the one that was recorded as the last")
    return Seen(number, previous)


def _lines(first: int, last: int) -> str:
    return f"line {first} is" if first >= last else f"lines {first} to {last} are"


def _tampered(what: str) -> JournalTampered:
    return JournalTampered(
        f"The journal's audit chain does not add up: {what}.",
        hint="compare with a backup of the journal to see what was there; `reconciler plan` shows "
        "what is live now",
    )
