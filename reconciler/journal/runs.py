"""Runs and their steps: intents before anything is sent, results after. Rows in, rows out."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, and_, func, or_, select

from reconciler.database.database import Database
from reconciler.journal import text
from reconciler.journal.records import Intent, RunRecord, StepRecord
from reconciler.journal.tables import RUNS, STEPS
from reconciler.model.address import Address
from reconciler.model.outcome import Outcome

_IN_ONE_QUERY = 500


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


def known(connection: Connection, run: int, steps: Sequence[str]) -> Mapping[str, Any]:
    """Return what the run intended, by step."""
    query = select(STEPS.c.step, STEPS.c.action, STEPS.c.before, STEPS.c.after)
    query = query.where(STEPS.c.run == run)
    found: dict[str, Any] = {}
    for start in range(0, len(steps), _IN_ONE_QUERY):
        some = steps[start : start + _IN_ONE_QUERY]
        found |= {row.step: row for row in connection.execute(query.where(STEPS.c.step.in_(some)))}
    return found


def settle(
    database: Database,
    connection: Connection,
    run: int,
    outcomes: Iterable[Outcome],
    intended: Mapping[str, Any],
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
    if told:
        # Not through the expression compiler: this is the longest part of a large settle.
        update = (
            'UPDATE steps SET "open" = ?, state = ?, detail = ?, duration_s = ?, settled_at = ? '
            "WHERE run = ? AND step = ?"
        )
        mark = "?" if database.is_sqlite else "%s"
        connection.exec_driver_sql(update.replace("?", mark), told)
    database.upsert(connection, STEPS, new)


def next_position(connection: Connection, run: int) -> int:
    """Return the position of the run's next intent."""
    last = connection.execute(select(func.max(STEPS.c.position)).where(STEPS.c.run == run)).scalar()
    return 0 if last is None else last + 1


def unproved(connection: Connection, target: str) -> tuple[Address, ...]:
    """Return what was, or may have been, written to a target since its last commit was done."""
    here = STEPS.c.target == target
    commits = select(STEPS.c.run, STEPS.c.position).where(
        here, STEPS.c.kind.is_(None), STEPS.c.state == "done"
    )
    latest = commits.order_by(STEPS.c.run.desc(), STEPS.c.position.desc()).limit(1)
    last = connection.execute(latest).first() or (0, -1)
    since = or_(STEPS.c.run > last[0], and_(STEPS.c.run == last[0], STEPS.c.position > last[1]))
    written = or_(STEPS.c.open, STEPS.c.state.in_(("done", "failed")))
    query = select(STEPS.c.kind, STEPS.c.scope, STEPS.c.key).distinct()
    sent = (STEPS.c.kind.is_not(None), STEPS.c.action != "")
    rows = connection.execute(query.where(here, since, written, *sent))
    return tuple(sorted(Address(*row) for row in rows))


def steps(connection: Connection, *conditions: Any) -> tuple[StepRecord, ...]:
    """Return steps in the order in which they were intended."""
    query = select(STEPS).where(*conditions).order_by(STEPS.c.run, STEPS.c.position, STEPS.c.step)
    return tuple(_step(row) for row in connection.execute(query))


def history(connection: Connection, limit: int) -> tuple[RunRecord, ...]:
    """Return the latest runs, the last first, without plans and steps."""
    columns = [column for column in RUNS.c if column.name != "plan"]
    query = select(*columns).order_by(RUNS.c.id.desc()).limit(limit)
    rows = connection.execute(query).all()
    counts: dict[int, dict[str, int]] = {row.id: {} for row in rows}
    tally = select(STEPS.c.run, STEPS.c.state, func.count()).where(STEPS.c.run.in_(list(counts)))
    for run, state, count in connection.execute(tally.group_by(STEPS.c.run, STEPS.c.state)):
        counts[run][state or "open"] = count
    return tuple(_run(row, "", counts[row.id], ()) for row in rows)


def one(connection: Connection, run: int) -> RunRecord | None:
    """Return a run with its plan and steps."""
    row = connection.execute(select(RUNS).where(RUNS.c.id == run)).first()
    if row is None:
        return None
    found = steps(connection, STEPS.c.run == run)
    counts: dict[str, int] = {}
    for step in found:
        counts[step.state or "open"] = counts.get(step.state or "open", 0) + 1
    return _run(row, row.plan, counts, found)


def _address_columns(address: Address | None) -> dict[str, str | None]:
    if address is None:
        return {"kind": None, "scope": None, "key": None}
    return address._asdict()


def _step(row: Row[Any]) -> StepRecord:
    return StepRecord(
        row.run,
        row.step,
        row.target,
        None if row.kind is None else Address(row.kind, row.scope, row.key),
        row.action,
        text.decode(row.before),
        text.decode(row.after),
        text.decode(row.inverse),
        row.intended_at,
        row.state,
        row.detail,
        row.duration_s,
        row.settled_at,
    )


def _run(
    row: Row[Any], plan: str, counts: Mapping[str, int], found: tuple[StepRecord, ...]
) -> RunRecord:
    return RunRecord(
        row.id,
        row.command,
        row.state,
        row.started,
        row.ended,
        row.actor,
        row.host,
        row.git_commit,
        row.digest,
        text.decode(row.summary),
        counts,
        plan,
        found,
    )
