"""What JSON outputs are made of: each value as plain data, in a stable order. Never a secret."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from reconciler.adapter import Call, Finding, LiveState, Registration
from reconciler.diagnostics.place import Span
from reconciler.model.change import FieldChange
from reconciler.model.codec import to_json
from reconciler.model.live import Edit
from reconciler.model.outcome import Outcome
from reconciler.model.ownership import Owned
from reconciler.model.plan import Plan, Refusal, TargetSummary, Waiting
from reconciler.model.standing import Attempt
from reconciler.planning.phones.errands import Errand
from reconciler.planning.phones.fleet import Member
from reconciler.views.counts import counts
from reconciler.views.given import Holder, NotTaken, Run, RunStep

Data = dict[str, Any]


def summary_data(plan: Plan) -> Data:
    """Return a plan's numbers, by name."""
    numbers = counts(plan)._asdict()
    del numbers["phones_only"]
    return {**numbers, "matching": plan.matching}


def field_data(fields: Iterable[FieldChange]) -> list[Data]:
    """Return field changes: what is there now, what will be, and why."""
    return [
        {
            "field": each.path,
            "before": to_json(each.before),
            "after": to_json(each.after),
            "cause": each.cause,
        }
        for each in fields
    ]


def edit_data(edits: Iterable[Edit]) -> list[Data]:
    """Return lines that were edited by hand."""
    return [
        {"where": each.where, "expected": each.expected, "actual": each.actual} for each in edits
    ]


def outcome_data(outcome: Outcome) -> Data:
    """Return what became of a step; `address` is null for a target's reload."""
    return {
        "step": outcome.step,
        "target": outcome.target,
        "address": str(outcome.address) if outcome.address else None,
        "state": outcome.state,
        "detail": outcome.detail,
        "duration_s": round(outcome.duration_s, 3),
    }


def applied_data(row: Owned | None) -> Data | None:
    """Return when, by whom and in which run an object was written last."""
    if row is None:
        return None
    return {"at": row.applied_at or None, "by": row.actor or None, "run": row.run, "how": row.how}


def target_data(summary: TargetSummary) -> Data:
    """Return what is known of a target."""
    data = summary._asdict() | {
        "unmanaged": [str(each) for each in summary.unmanaged],
        "edits": edit_data(summary.edits),
    }
    del data["order"]  # of a plan that is to be carried out; here nobody waits for it
    return data


def waiting_data(waiting: Iterable[Waiting]) -> list[Data]:
    """Return what could not be judged, and why."""
    return [
        {"address": str(each.address), "target": each.target, "reason": each.reason}
        for each in waiting
    ]


def rail_data(refusals: Iterable[Refusal]) -> list[Data]:
    """Return what the rails said; `allowed` is the reason that was given for passing one."""
    return [
        {
            "rail": each.rail,
            "severity": each.diagnostic.severity,
            "detail": each.diagnostic.detail,
            "hint": each.diagnostic.hint,
            "allowed": each.allowed,
        }
        for each in refusals
    ]


def run_data(run: Run) -> Data:
    """Return a run without its steps."""
    return {
        "run": run.id,
        "command": run.command,
        "state": run.state,
        "started": run.started,
        "ended": run.ended,
        "by": run.actor,
        "host": run.host,
        "commit": run.commit or None,
        "digest": run.digest or None,
        "steps": {key: run.counts[key] for key in sorted(run.counts)},
    }


def step_data(step: RunStep) -> Data:
    """Return a run's step; `state` is null while nobody knows what became of it."""
    return {
        "step": step.step,
        "target": step.target,
        "address": str(step.address) if step.address else None,
        "action": step.action,
        "before": None if step.before is None else to_json(step.before),
        "after": None if step.after is None else to_json(step.after),
        "intended_at": step.intended_at,
        "state": step.state,
        "detail": step.detail,
        "duration_s": round(step.duration_s, 3),
    }


def holder_data(holder: Holder | None) -> Data | None:
    """Return who holds the lock; `alive` is null when that cannot be told from here."""
    if holder is None:
        return None
    return {
        "by": holder.actor,
        "host": holder.host,
        "pid": holder.pid,
        "purpose": holder.purpose,
        "since": holder.since,
        "alive": holder.alive,
    }


def finding_data(findings: Sequence[Finding]) -> list[Data]:
    """Return doctor's checks; `fix` holds what to do in words, then lines to copy."""
    return [
        {
            "check": each.check,
            "state": each.state,
            "detail": each.detail,
            "fix": "\n".join(filter(None, (each.advice, each.fix))) or None,
        }
        for each in findings
    ]


def not_taken_data(refused: Iterable[NotTaken]) -> list[Data]:
    """Return what could not be taken over."""
    return [{"address": each.address, "reason": each.reason, "hint": each.hint} for each in refused]


def live_data(state: LiveState) -> Data:
    """Return what goes on at a target."""
    return {
        "version": state.version,
        "started_at": state.started_at or None,
        "reloaded_at": state.reloaded_at or None,
        "registrations": [_registration(each) for each in _by_name(state.registrations)],
        "trunks": [_registration(each) for each in _by_name(state.trunks)],
        "devices": [
            {"address": str(each.address), "state": each.state} for each in sorted(state.devices)
        ],
        "queues": _sorted(state.queues),
        "calls": call_data(state.calls),
    }


def attempt_data(attempt: Attempt) -> Data | None:
    """Return what was last seen at a phone itself; null when nobody went there."""
    if not attempt.state:
        return None
    return {
        "state": attempt.state,
        "at": attempt.at,
        "since": attempt.since,
        "why": attempt.why or None,
        "fields": dict(attempt.fields),
    }


def errand_data(errand: Errand) -> Data:
    """Return what became of going to a phone itself; null where there is nothing to say."""
    return {
        "address": str(errand.address),
        "how": errand.how,
        "state": errand.state,
        "detail": errand.detail,
        "fields": dict(errand.fields),
        "code": errand.code or None,
        "since": errand.since or None,
        "until": errand.until or None,
        "hint": errand.hint or None,
    }


def member_data(member: Member) -> Data:
    """Return where a phone stands; times are null and texts empty where nothing is known."""
    standing = member.standing
    return {
        "address": str(member.address),
        "lifecycle": member.reached,
        "wanted": member.wanted,
        "waits_until": member.waits.needs if member.waits else None,
        "since": standing.since,
        "provision_status": "applied" if member.proof else standing.status,
        "failure": standing.failure or None,
        "found": attempt_data(standing.attempt),
        "vendor": standing.vendor,
        "model": standing.model,
        "mac": standing.mac,
        "firmware": standing.firmware,
        "source": standing.source,
        "published_at": standing.published_at or None,
        "fetched_at": standing.fetched_at or None,
        "last_seen": standing.last_seen or None,
        "proved_at": member.proof or standing.proved_at or None,
        "registered": member.registered,
        "registered_elsewhere": [str(each) for each in member.elsewhere],
        "in_call": member.in_call,
    }


def call_data(calls: Iterable[Call]) -> list[Data]:
    """Return legs of calls; `bridge` joins those that talk to each other."""
    return [
        each._asdict() | {"address": str(each.address) if each.address else None}
        for each in sorted(calls, key=lambda each: (each.bridge, each.channel))
    ]


def span_data(span: Span | None) -> Data | None:
    """Return where something stands in a file; lines and columns count from 1."""
    return None if span is None else {"file": span.file, "line": span.line, "column": span.column}


def _registration(each: Registration) -> Data:
    return each._asdict() | {"address": str(each.address)}


def _sorted(facts: Mapping[str, Mapping[str, Any]]) -> Data:
    return {name: to_json(facts[name]) for name in sorted(facts)}


def _by_name(found: Iterable[Registration]) -> list[Registration]:
    return sorted(found, key=lambda each: (each.address, each.contact))
