"""A plan as JSON's types, and back: what the plan file and the journal hold. Pure."""

from collections.abc import Mapping
from typing import Any, Final

from reconciler.diagnostics.diagnostic import Diagnostic
from reconciler.diagnostics.place import Place
from reconciler.model.address import Address, parse_address
from reconciler.model.change import (
    Adopt,
    Change,
    Create,
    Delete,
    FieldChange,
    Forget,
    Move,
    Replace,
    Update,
    action_of,
)
from reconciler.model.codec import from_json
from reconciler.model.live import Edit
from reconciler.model.ownership import Owned
from reconciler.model.plan import (
    FileChange,
    Firmware,
    Impact,
    Plan,
    Refusal,
    SiteWindow,
    TargetSummary,
    Waiting,
)
from reconciler.model.step import Commit, Disruption, Request, Step


def plan_data(plan: Plan) -> dict[str, Any]:
    """Return the plan as data, values in it as they are. Equal plans give equal data."""
    changes = [_change_data(each) for each in plan.changes]
    # Most steps carry a change of the list, the very same object.
    known = {id(change): data for change, data in zip(plan.changes, changes, strict=True)}
    return {
        "changes": changes,
        "steps": [_step_data(each, known.get(id(each.change))) for each in plan.steps],
        "commits": [_commit_data(each) for each in plan.commits],
        "waiting": [[str(e.address), e.target, e.reason] for e in plan.waiting],
        "refusals": [_refusal_data(each) for each in plan.refusals],
        "targets": [
            each._asdict()
            | {
                "unmanaged": [str(a) for a in each.unmanaged],
                "edits": [list(e) for e in each.edits],
                "order": [str(a) for a in each.order],
            }
            for each in plan.targets
        ],
        "matching": plan.matching,
        "config_hash": plan.config_hash,
        "policy_hash": plan.policy_hash,
        "overrides": dict(plan.overrides),
        "impact": [list(each) for each in plan.impact],
        "files": [_files_data(each) for each in plan.files],
        "windows": [
            {**each._asdict(), "hours": list(each.hours), "steps": list(each.steps)}
            for each in plan.windows
        ],
        "firmware": [
            {**each._asdict(), "address": str(each.address), "through": list(each.through)}
            for each in plan.firmware
        ],
    }


def plan_from(data: Mapping[str, Any]) -> Plan:
    """Return the plan that `plan_data` wrote. Raises KeyError, TypeError or ValueError."""
    return Plan(
        changes=tuple(_change(each) for each in data["changes"]),
        steps=tuple(_step(each) for each in data["steps"]),
        commits=tuple(_commit(each) for each in data["commits"]),
        waiting=tuple(Waiting(_address(a), target, why) for a, target, why in data["waiting"]),
        refusals=tuple(_refusal(each) for each in data["refusals"]),
        targets=tuple(
            TargetSummary(
                **{
                    **each,
                    "unmanaged": tuple(_address(a) for a in each["unmanaged"]),
                    "edits": tuple(Edit(*e) for e in each["edits"]),
                    "order": tuple(_address(a) for a in each["order"]),
                }
            )
            for each in data["targets"]
        ),
        matching=data["matching"],
        config_hash=data["config_hash"],
        policy_hash=data["policy_hash"],
        overrides=data["overrides"],
        impact=tuple(Impact(*each) for each in data["impact"]),
        files=tuple(_files(each) for each in data["files"]),
        windows=tuple(
            SiteWindow(**{**e, "hours": tuple(e["hours"]), "steps": tuple(e["steps"])})
            for e in data.get("windows", ())
        ),
        firmware=tuple(
            Firmware(**{**e, "address": _address(e["address"]), "through": tuple(e["through"])})
            for e in data.get("firmware", ())
        ),
    )


def _files_data(change: FileChange) -> dict[str, Any]:
    return {
        **change._asdict(),
        "files": [[str(address), path] for address, path in change.files],
    }


def _files(data: Mapping[str, Any]) -> FileChange:
    return FileChange(
        tuple(data["lines"]),
        data["added"],
        data["removed"],
        tuple((_address(address), path) for address, path in data["files"]),
    )


def _address(text: str) -> Address:
    address = parse_address(text)
    if address is None:
        raise ValueError(text)
    return address


_CHANGES: Final[dict[str, type[Change]]] = {
    "create": Create,
    "update": Update,
    "replace": Replace,
    "delete": Delete,
    "adopt": Adopt,
    "forget": Forget,
    "move": Move,
}


def _change_data(change: Change) -> dict[str, Any]:
    data: dict[str, Any] = {
        "action": action_of(change),
        "address": str(change.address),
        "target": change.target,
        "needs": [str(each) for each in change.needs],
        "origin": _place_data(change.origin),
        "line": change.line,
    }
    for name in ("before", "after"):
        if hasattr(change, name):
            data[name] = getattr(change, name)
    for name in ("recreated", "left", "native_id", "gone"):
        if hasattr(change, name):
            data[name] = getattr(change, name)
    if isinstance(change, Update | Replace | Adopt | Move):
        data["fields"] = [
            [each.path, each.before, each.after, each.cause] for each in change.fields
        ]
    if isinstance(change, Update | Adopt):
        data["edits"] = [list(each) for each in change.edits]
    if isinstance(change, Replace):
        data["because"] = list(change.because)
    if isinstance(change, Move):
        data["source"] = str(change.source)
    return data


def _change(data: Mapping[str, Any]) -> Change:
    values: dict[str, Any] = {
        "address": _address(data["address"]),
        "target": data["target"],
        "needs": tuple(_address(each) for each in data["needs"]),
        "origin": _place(data["origin"]),
        "line": data["line"],
    }
    for name in ("before", "after"):
        if name in data:
            values[name] = from_json(data[name])
    for name in ("recreated", "left", "native_id", "gone"):
        if name in data:
            values[name] = data[name]
    if "fields" in data:
        values["fields"] = tuple(
            FieldChange(path, from_json(before), from_json(after), cause)
            for path, before, after, cause in data["fields"]
        )
    if "edits" in data:
        values["edits"] = tuple(Edit(*each) for each in data["edits"])
    if "because" in data:
        values["because"] = tuple(data["because"])
    if "source" in data:
        values["source"] = _address(data["source"])
    return _CHANGES[data["action"]](**values)


def _place_data(place: Place | None) -> Any:
    return None if place is None else [place.file, place.document, list(place.path), place.part]


def _place(data: Any) -> Place | None:
    return None if data is None else Place(data[0], data[1], tuple(data[2]), data[3])


def _step_data(step: Step, change: Mapping[str, Any] | None) -> dict[str, Any]:
    return {
        "id": step.id,
        "target": step.target,
        "address": str(step.address),
        "change": _change_data(step.change) if change is None else change,
        "requests": [[each.verb, each.args] for each in step.requests],
        "needs": list(step.needs),
        "before": step.before,
        "disruption": list(step.disruption),
        "phase": step.phase,
        "owned": _owned_data(step.owned) if step.owned else None,
    }


def _step(data: Mapping[str, Any]) -> Step:
    return Step(
        id=data["id"],
        target=data["target"],
        address=_address(data["address"]),
        change=_change(data["change"]),
        requests=tuple(Request(verb, from_json(args)) for verb, args in data["requests"]),
        needs=tuple(data["needs"]),
        before=data["before"],
        disruption=Disruption(*data["disruption"]),
        phase=data["phase"],
        owned=_owned(data["owned"]) if data["owned"] else None,
    )


def _owned_data(owned: Owned) -> dict[str, Any]:
    return {
        "address": str(owned.address),
        "target": owned.target,
        "fields": owned.fields,
        "native_id": owned.native_id,
        "how": owned.how,
        "run": owned.run,
        "applied_at": owned.applied_at,
        "actor": owned.actor,
        "protect": owned.protect,
        "on_delete": owned.on_delete,
        "needs": [str(each) for each in owned.needs],
        "found": list(owned.found),
    }


def _owned(data: Mapping[str, Any]) -> Owned:
    return Owned(
        **{
            **data,
            "address": _address(data["address"]),
            "fields": from_json(data["fields"]),
            "needs": tuple(_address(each) for each in data["needs"]),
            "found": tuple(data["found"]),
        }
    )


def _commit_data(commit: Commit) -> dict[str, Any]:
    return {
        "id": commit.id,
        "target": commit.target,
        "requests": [[each.verb, each.args] for each in commit.requests],
        "needs": list(commit.needs),
        "summary": commit.summary,
        "disruption": list(commit.disruption),
        "proves": [str(each) for each in commit.proves],
    }


def _commit(data: Mapping[str, Any]) -> Commit:
    return Commit(
        id=data["id"],
        target=data["target"],
        requests=tuple(Request(verb, from_json(args)) for verb, args in data["requests"]),
        needs=tuple(data["needs"]),
        summary=data["summary"],
        disruption=Disruption(*data["disruption"]),
        proves=tuple(_address(each) for each in data["proves"]),
    )


def _refusal_data(refusal: Refusal) -> dict[str, Any]:
    found = refusal.diagnostic
    at = found.at if isinstance(found.at, Place) else None
    return {
        "rail": refusal.rail,
        "code": found.code,
        "detail": found.detail,
        "at": _place_data(at),
        "hint": found.hint,
        "severity": found.severity,
        "allowed": refusal.allowed,
    }


def _refusal(data: Mapping[str, Any]) -> Refusal:
    found = Diagnostic(
        data["code"], data["detail"], _place(data["at"]), data["hint"], data["severity"]
    )
    return Refusal(data["rail"], found, data["allowed"])
