"""The audit chain: adding sealed lines, and proving that none was changed, removed or moved."""

import hmac
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from reconciler.database.snapshot import Snapshot
from reconciler.database.transaction import Transaction
from reconciler.errors import JournalTampered
from reconciler.journal.records import AuditLine
from reconciler.journal.seal import GENESIS, Keys, Line, seal_head, seal_line
from reconciler.journal.witness import Seen
from reconciler.model import text
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
    transaction: Transaction,
    keys: Keys,
    at: str,
    author: Author,
    events: Iterable[Event],
) -> Seen:
    """Add lines to the chain, in the caller's transaction; return the new head."""
    found = transaction.claim(_HEAD)
    number, last = (0, GENESIS) if found is None else found[:2]
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
        transaction.insert("audit", rows)
        sealed = {"id": 1, "lines": number, "last": last, "seal": seal_head(keys, number, last)}
        transaction.upsert("audit_head", [sealed], ("id",))
    return Seen(number, last)


_COLUMNS = ("number", "at", "event", "run", "actor", "git_commit", "digest", "facts", "seal")
_HEAD = "SELECT lines, last, seal FROM audit_head WHERE id = 1"
_LINES = f"SELECT {', '.join(_COLUMNS)} FROM audit"  # noqa: S608 - our own names


def head(snapshot: Snapshot, keys: Keys) -> Seen | None:
    """Return the chain's head; None when its seal does not hold."""
    length, last, signed = snapshot.row(_HEAD) or (0, GENESIS, "")
    held = hmac.compare_digest(seal_head(keys, length, last), signed)
    return Seen(length, last) if held else None


def lines(snapshot: Snapshot, after: int = 0, limit: int | None = None) -> Iterator[AuditLine]:
    """Yield lines in order, beginning after the given number."""
    query = f"{_LINES} WHERE number > ? ORDER BY number"
    some = () if limit is None else (limit,)
    for *content, facts, seal in snapshot.rows(query + " LIMIT ?" * len(some), after, *some):
        yield AuditLine._make((*content, text.decode(facts), seal))


def prove(
    snapshot: Snapshot,
    keys: Keys,
    seen: Seen | None,
    read: Callable[[Mapping[str, Any]], None],
) -> Seen:
    """Prove the chain and return its head. Raises JournalTampered at the first line that fails.

    `seen` is what the witness outside the database remembers of the head; `read` is given the
    facts of each line that is proved.
    """
    found = head(snapshot, keys)
    if found is None:
        raise _tampered("the record of its last line was changed or removed")
    length, latest = found
    if seen is not None and seen.lines > length:
        raise _tampered(
            f"it holds {length} lines, and {seen.lines} were seen: the last were removed, or "
            f"an older copy was put in its place"
        )
    previous = GENESIS
    number = 0
    for *content, sealed in snapshot.rows(f"{_LINES} ORDER BY number"):
        number += 1
        line = Line(*content)
        if line.number != number:
            raise _tampered(f"{_lines(number, line.number - 1)} missing")
        seal = seal_line(keys, previous, line)
        if not hmac.compare_digest(seal, sealed):
            raise _tampered(
                f"line {number} ({line.event}, {line.at}) does not match its seal: it was changed, "
                f"inserted or moved"
            )
        if seen is not None and seen.lines == number and seen.last != seal:
            raise _tampered(f"line {number} is not the one that was seen")
        previous = seal
        read(text.decode(line.facts))
    if number != length:
        raise _tampered(f"{_lines(number + 1, length)} missing")
    if previous != latest:
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
