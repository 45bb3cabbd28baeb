"""Runs and their steps: intents before anything is sent, results after. Rows in, rows out."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from reconciler.database.snapshot import Snapshot
from reconciler.database.transaction import Transaction
from reconciler.journal.records import Intent, RunRecord, StepRecord
from reconciler.model import text
from reconciler.model.address import Address
from reconciler.model.outcome import Outcome

_IN_ONE_QUERY = 500
_STEP = """SELECT run, step, target, kind, scope, key, action, before, after, inverse, intended_at,
    state, detail, duration_s, settled_at FROM steps"""
_RUN = """SELECT id, command, state, started, ended, actor, host, git_commit, digest, summary
    FROM runs"""
_IN_ORDER = "ORDER BY run, position, step"
_TRIED = "WHERE kind = ? AND NOT \"open\" AND action <> ''"


class Intended(NamedTuple):
    """A step as it was intended: what was there and what was to be, as text."""

    action: str
    before: str
    after: str


def intent_rows(run: int, intents: Sequence[Intent], first: int, at: str) -> list[dict[str, Any]]:
    """Return rows for intents. Raises TypeError for a secret in clear."""
    return [
        {
            "run": run,
            "step": each.step,
            "position": position,
            "target": each.target,
            **_address_columns(each.address),
            "action": each.action,
            "before": text.encode(each.before),
            "after": text.encode(each.after),
            "inverse": text.encode(each.inverse),
            "intended_at": at,
            "open": True,
            "state": None,
            "detail": "",
            "duration_s": 0.0,
            "settled_at": None,
        }
        for position, each in enumerate(intents, start=first)
    ]


def known(snapshot: Snapshot, run: int, steps: Sequence[str]) -> Mapping[str, Intended]:
    """Return what the run intended, by step."""
    query = "SELECT step, action, before, after FROM steps WHERE run = ? AND step IN ({})"
    found: dict[str, Intended] = {}
    for start in range(0, len(steps), _IN_ONE_QUERY):
        some = steps[start : start + _IN_ONE_QUERY]
        rows = snapshot.rows(query.format(", ".join("?" * len(some))), run, *some)
        found |= {step: Intended(*meant) for step, *meant in rows}
    return found


def settle(
    transaction: Transaction,
    run: int,
    outcomes: Iterable[Outcome],
    intended: Mapping[str, Intended],
    at: str,
) -> None:
    """Write what became of steps. A step that was never intended (skipped) is added."""
    told = []
    new = []
    for each in outcomes:
        result = {
            "open": each.state == "in_doubt",
            "state": each.state,
            "detail": each.detail,
            "duration_s": each.duration_s,
            "settled_at": at,
        }
        if each.step in intended:
            told.append((*result.values(), run, each.step))
        else:
            bare = Intent(each.step, each.target, each.address, "")
            new.append(intent_rows(run, [bare], 0, at)[0] | result)
    transaction.execute_each(
        'UPDATE steps SET "open" = ?, state = ?, detail = ?, duration_s = ?, settled_at = ? '
        "WHERE run = ? AND step = ?",
        told,
    )
    write(transaction, new)


def write(transaction: Transaction, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write steps; one that the run has written before is overwritten."""
    transaction.upsert("steps", rows, ("run", "step"))


def next_position(snapshot: Snapshot, run: int) -> int:
    """Return the position of the run's next intent."""
    last = snapshot.row("SELECT max(position) FROM steps WHERE run = ?", run)[0]
    return 0 if last is None else last + 1


def last_applied(snapshot: Snapshot) -> tuple[int, str, str] | None:
    """Return number, actor and commit of the last run that applied one."""
    found = snapshot.row(
        "SELECT id, actor, git_commit FROM runs WHERE command = 'apply' AND git_commit <> '' "
        "AND state IN ('done', 'partly', 'interrupted') ORDER BY id DESC LIMIT 1"
    )
    return (found[0], found[1], found[2]) if found else None


_WRITTEN: Final = "state IN ('done', 'failed')"


def unproved(snapshot: Snapshot, target: str) -> tuple[Address, ...]:
    """Return what was, or may have been, written to a target since its last commit was done."""
    return _since_commit(snapshot, target, f'("open" OR {_WRITTEN})')


def written(snapshot: Snapshot, target: str) -> tuple[Address, ...]:
    """Return what was written to a target since its last commit was done, all of it or a part."""
    return _since_commit(snapshot, target, _WRITTEN)


def _since_commit(snapshot: Snapshot, target: str, which: str) -> tuple[Address, ...]:
    last = snapshot.row(
        "SELECT run, position FROM steps WHERE target = ? AND kind IS NULL AND state = 'done' "
        "ORDER BY run DESC, position DESC LIMIT 1",
        target,
    )
    run, position = last or (0, -1)
    query = (
        "SELECT DISTINCT kind, scope, key FROM steps WHERE target = ? "  # noqa: S608
        f"AND kind IS NOT NULL AND action <> '' AND {which} "
        "AND (run > ? OR (run = ? AND position > ?))"
    )
    rows = snapshot.rows(query, target, run, run, position)
    return tuple(sorted(Address(*row) for row in rows))


def open_steps(snapshot: Snapshot) -> tuple[StepRecord, ...]:
    """Return the steps of which nobody knows what became."""
    return _steps(snapshot, 'WHERE "open"')


def tried(snapshot: Snapshot, kind: str) -> tuple[StepRecord, ...]:
    """Return what was tried with objects of a kind, and is not in doubt."""
    return _steps(snapshot, _TRIED, kind)


def endings(snapshot: Snapshot, kind: str) -> dict[Address, tuple[str, str]]:
    """Return action and state of what was tried last with each object of a kind."""
    query = f"SELECT scope, key, action, state FROM steps {_TRIED} {_IN_ORDER}"  # noqa: S608
    return {
        Address(kind, scope, key): (action, state)
        for scope, key, action, state in snapshot.rows(query, kind)
    }


def _steps(snapshot: Snapshot, where: str, *parameters: object) -> tuple[StepRecord, ...]:
    """Return steps in the order in which they were intended."""
    rows = snapshot.rows(f"{_STEP} {where} {_IN_ORDER}", *parameters)
    return tuple(_step(*row) for row in rows)


def history(snapshot: Snapshot, limit: int) -> tuple[RunRecord, ...]:
    """Return the latest runs, the last first, without plans and steps."""
    rows = [_run(*row) for row in snapshot.rows(f"{_RUN} ORDER BY id DESC LIMIT ?", limit)]
    counts: dict[int, dict[str, int]] = {row.id: {} for row in rows}
    tally = "SELECT run, state, count(*) FROM steps WHERE run >= ? GROUP BY run, state"
    for run, state, count in snapshot.rows(tally, min(counts, default=0)):
        counts[run][state or "open"] = count
    return tuple(row._replace(counts=counts[row.id]) for row in rows)


def summaries(snapshot: Snapshot, limit: int) -> tuple[Mapping[str, Any], ...]:
    """Return the summaries of the latest runs, the last first."""
    rows = snapshot.rows("SELECT summary FROM runs ORDER BY id DESC LIMIT ?", limit)
    return tuple(text.decode(each) for (each,) in rows)


def one(snapshot: Snapshot, run: int) -> RunRecord | None:
    """Return a run with its plan and steps."""
    row = snapshot.row(f"{_RUN} WHERE id = ?", run)
    if row is None:
        return None
    plan = snapshot.row("SELECT plan FROM runs WHERE id = ?", run)[0]
    found = _steps(snapshot, "WHERE run = ?", run)
    counts = Counter[str](step.state or "open" for step in found)
    return _run(*row)._replace(plan=plan, counts=dict(counts), steps=found)


def _address_columns(address: Address | None) -> dict[str, str | None]:
    if address is None:
        return {"kind": None, "scope": None, "key": None}
    return address._asdict()


def _step(
    run: int,
    step: str,
    target: str,
    kind: str | None,
    scope: str,
    key: str,
    action: str,
    before: str,
    after: str,
    inverse: str,
    *rest: Any,
) -> StepRecord:
    address = None if kind is None else Address(kind, scope, key)
    values = (text.decode(each) for each in (before, after, inverse))
    return StepRecord(run, step, target, address, action, *values, *rest)


def _run(*row: Any) -> RunRecord:
    values = (*row[:-1], text.decode(row[-1]))
    return RunRecord(*values)
