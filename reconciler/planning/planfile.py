"""The plan file: canonical JSON in the shape of `terraform show -json`, signed, free of secrets.

What reviewers' tools know of Terraform works here too (`resource_changes[].change.actions`,
`before`, `after`, `after_unknown`, `before_sensitive`, `after_sensitive`, `resource_drift`,
`checks`); what telephony adds stands under `x_telephony`, the steps that apply replays included.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from reconciler.diagnostics.diagnostic import Diagnostic
from reconciler.diagnostics.place import Place
from reconciler.errors import PlanFileInvalid
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
from reconciler.model.codec import canonical, from_json, to_json
from reconciler.model.live import Edit
from reconciler.model.ownership import Owned
from reconciler.model.plan import Impact, Plan, Refusal, TargetSummary, Waiting
from reconciler.model.secret import Secret
from reconciler.model.step import Commit, Disruption, Request, Step
from reconciler.model.value import Fields

FORMAT: Final = "1.2"
"""The version of Terraform's JSON format whose shape the file has."""
OURS: Final = 1
"""The version of what stands under `x_telephony`. Another one is refused."""


class Header(NamedTuple):
    """Where and when a plan was made. Times are ISO 8601 in UTC; `paths` as given."""

    tool: str
    created: str
    expires: str
    commit: str
    actor: str
    workspace: str
    paths: tuple[str, ...]
    adapters: Mapping[str, str] = {}


def digest(plan: Plan) -> str:
    """Return the hash of what the plan does: equal plans, equal digests, whenever made."""
    return _digest(_body(plan))


def _digest(body: Mapping[str, Any]) -> str:
    return hashlib.sha256(canonical(body).encode()).hexdigest()


def write_plan(plan: Plan, header: Header, key: bytes) -> str:
    """Return the file's text, signed with the workspace's key. It holds no secret."""
    return sign_plan(plan, header, key)[0]


def sign_plan(plan: Plan, header: Header, key: bytes) -> tuple[str, str]:
    """Return the file's text and the plan's digest.

    The text is canonical, put together from its parts: a large plan is tens of megabytes, which
    are made into text once and not for digest, signature and file each.
    """
    body = canonical(_body(plan))
    hashed = hashlib.sha256(body.encode()).hexdigest()
    shared = canonical(_terraform(plan, header)).removesuffix("}")
    ours = {
        "digest": canonical(hashed), "header": canonical(_header(header)), "plan": body,
        "version": canonical(OURS),
    }  # fmt: skip
    signature = _signature(_joined(shared, ours), key)
    return _joined(shared, {**ours, "hmac": canonical(signature)}) + "\n", hashed


def _joined(shared: str, ours: Mapping[str, str]) -> str:
    inside = ",".join(f'"{name}":{ours[name]}' for name in sorted(ours))
    return f'{shared},"x_telephony":{{{inside}}}}}'


def document(plan: Plan, header: Header) -> dict[str, Any]:
    """Return the plan as data: what `show --json` prints and the file holds."""
    body = _body(plan)
    return {
        **_terraform(plan, header),
        "x_telephony": {
            "version": OURS,
            "header": _header(header),
            "digest": _digest(body),
            "plan": body,
        },
    }


def _header(header: Header) -> dict[str, Any]:
    return header._asdict() | {"paths": list(header.paths)}


def _terraform(plan: Plan, header: Header) -> dict[str, Any]:
    """Return what tools that know Terraform's plans look at."""
    return {
        "format_version": FORMAT,
        "terraform_version": None,
        "timestamp": header.created,
        "errored": bool(refused(plan)),
        "applyable": not refused(plan) and not plan.is_empty,
        "complete": not plan.waiting,
        "resource_changes": [_resource_change(each) for each in plan.changes],
        "resource_drift": [_drift(each) for each in plan.changes if _has_drift(each)],
        "checks": [_check(each) for each in plan.refusals],
    }


def refused(plan: Plan) -> tuple[Refusal, ...]:
    """Return the rails' refusals that stop the plan: errors that nobody allowed."""
    return tuple(
        each
        for each in plan.refusals
        if each.allowed is None and each.diagnostic.severity == "error"
    )


def read_plan(text: str, key: bytes, now: str) -> tuple[Plan, Header]:
    """Return the plan of a file. `now` is ISO 8601 in UTC.

    Raises PlanFileInvalid when it was changed after signing, was signed with another workspace's
    key, has expired, or comes from another version.
    """
    plan, header = show_plan(text, key)
    if now > header.expires:
        raise PlanFileInvalid(
            f"the plan expired at {header.expires}", hint="make a new one: reconciler plan --out"
        )
    return plan, header


def show_plan(text: str, key: bytes | None) -> tuple[Plan, Header]:
    """Return the plan of a file, expired or not; with no key the signature is not checked."""
    data = _parsed(text)
    ours = data.get("x_telephony")
    if not isinstance(ours, dict) or "plan" not in ours:
        raise PlanFileInvalid("this is not a plan file of reconciler")
    if ours.get("version") != OURS:
        raise PlanFileInvalid(
            f"the plan file has version {ours.get('version')}, this reconciler reads {OURS}",
            hint="make a new plan with the reconciler that applies it",
        )
    signature = str(ours.pop("hmac", "")).encode("utf-8", "surrogatepass")
    if key is not None and not hmac.compare_digest(
        signature, _signature(canonical(data), key).encode()
    ):
        raise PlanFileInvalid(
            "the plan file was changed after it was made, or belongs to another workspace",
            hint="make a new one: reconciler plan --out FILE (the workspace's key must be the same "
            "where it is made and where it is applied)",
        )
    try:
        plan = _plan(ours["plan"])
        header = Header(**{**ours["header"], "paths": tuple(ours["header"]["paths"])})
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise PlanFileInvalid(f"the plan file cannot be read: {type(error).__name__}") from None
    return plan, header


def _parsed(text: str) -> dict[str, Any]:
    try:
        data = json.loads(text, parse_constant=_no_number)
        canonical(data).encode()  # a lone surrogate is in no file that we wrote
    except (ValueError, RecursionError):
        raise PlanFileInvalid("the plan file is not JSON") from None
    if not isinstance(data, dict):
        raise PlanFileInvalid("this is not a plan file of reconciler")
    return data


def _no_number(text: str) -> Any:
    raise ValueError(text)


def _signature(text: str, key: bytes) -> str:
    return hmac.new(key, b"plan\0" + text.encode(), hashlib.sha256).hexdigest()


# --- Terraform's shape ---------------------------------------------------------------------------

_ACTIONS: Final = {
    "create": ["create"],
    "update": ["update"],
    "replace": ["delete", "create"],
    "delete": ["delete"],
    "adopt": ["update"],
    "move": ["update"],
    "forget": ["forget"],
}


def _resource_change(change: Change) -> dict[str, Any]:
    before: Fields | None = None if isinstance(change, (Create, Forget)) else change.before
    after: Fields | None = None if isinstance(change, (Delete, Forget)) else change.after
    quiet = isinstance(change, Adopt) and not change.fields and not change.edits
    return {
        "address": str(change.address),
        **({"previous_address": str(change.source)} if isinstance(change, Move) else {}),
        "mode": "managed",
        "type": change.address.kind,
        "name": change.address.key,
        "provider_name": change.target,
        "change": {
            "actions": ["no-op"] if quiet else _ACTIONS[action_of(change)],
            "before": _plain(before),
            "after": _plain(after),
            "after_unknown": {
                path: True
                for path, value in (after or {}).items()
                if isinstance(value, Secret) and value.fingerprint is None
            },
            "before_sensitive": _sensitive(before),
            "after_sensitive": _sensitive(after),
            "replace_paths": [[each] for each in change.because]
            if isinstance(change, Replace)
            else [],
        },
        "x_telephony": {"action": action_of(change)},
    }


def _plain(fields: Fields | None) -> Any:
    return None if fields is None else to_json(fields)


def _sensitive(fields: Fields | None) -> dict[str, bool]:
    return {path: True for path, value in (fields or {}).items() if isinstance(value, Secret)}


def _has_drift(change: Change) -> bool:
    if isinstance(change, Create):
        return change.recreated
    if isinstance(change, (Update, Replace)):
        edits = change.edits if isinstance(change, Update) else ()
        return bool(edits) or any(each.cause != "change" for each in change.fields)
    return False


def _drift(change: Change) -> dict[str, Any]:
    recreated = isinstance(change, Create)
    fields = change.fields if isinstance(change, (Update, Replace)) else ()
    drifted = [each for each in fields if each.cause != "change"]
    return {
        "address": str(change.address),
        "type": change.address.kind,
        "name": change.address.key,
        "change": {
            "actions": ["delete"] if recreated else ["update"],
            "before": {each.path: to_json(each.after) for each in drifted},
            "after": None if recreated else {each.path: to_json(each.before) for each in drifted},
        },
    }


def _check(refusal: Refusal) -> dict[str, Any]:
    return {
        "address": {"kind": "rail", "name": refusal.rail},
        "status": "pass"
        if refusal.allowed
        else ("fail" if refusal.diagnostic.severity == "error" else "warn"),
        "problems": [{"message": refusal.diagnostic.detail}],
    }


# --- ours, and back ------------------------------------------------------------------------------


def _body(plan: Plan) -> dict[str, Any]:
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
            }
            for each in plan.targets
        ],
        "matching": plan.matching,
        "config_hash": plan.config_hash,
        "policy_hash": plan.policy_hash,
        "overrides": dict(plan.overrides),
        "impact": [list(each) for each in plan.impact],
    }


def _plan(data: Mapping[str, Any]) -> Plan:
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
                }
            )
            for each in data["targets"]
        ),
        matching=data["matching"],
        config_hash=data["config_hash"],
        policy_hash=data["policy_hash"],
        overrides=data["overrides"],
        impact=tuple(Impact(*each) for each in data["impact"]),
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
            data[name] = to_json(getattr(change, name))
    for name in ("recreated", "native_id", "gone"):
        if hasattr(change, name):
            data[name] = getattr(change, name)
    if hasattr(change, "fields"):
        data["fields"] = [
            [each.path, to_json(each.before), to_json(each.after), each.cause]
            for each in change.fields
        ]
    if hasattr(change, "edits"):
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
    for name in ("recreated", "native_id", "gone"):
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
        "requests": [[each.verb, to_json(each.args)] for each in step.requests],
        "needs": list(step.needs),
        "before": step.before,
        "disruption": list(step.disruption),
        "phase": step.phase,
        "owned": owned_data(step.owned) if step.owned else None,
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


def owned_data(owned: Owned) -> dict[str, Any]:
    """Return a ledger row as data."""
    return {
        "address": str(owned.address),
        "target": owned.target,
        "fields": to_json(owned.fields),
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
        "requests": [[each.verb, to_json(each.args)] for each in commit.requests],
        "needs": list(commit.needs),
        "summary": commit.summary,
        "disruption": list(commit.disruption),
    }


def _commit(data: Mapping[str, Any]) -> Commit:
    return Commit(
        id=data["id"],
        target=data["target"],
        requests=tuple(Request(verb, from_json(args)) for verb, args in data["requests"]),
        needs=tuple(data["needs"]),
        summary=data["summary"],
        disruption=Disruption(*data["disruption"]),
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
