"""The plan as `terraform show -json` shapes it: for tools that know that. Pure."""

from typing import Any, Final

from reconciler.model.change import (
    Adopt,
    Change,
    Create,
    Delete,
    Forget,
    Move,
    Replace,
    Update,
    action_of,
)
from reconciler.model.plan import Plan, Refusal
from reconciler.model.secret import Secret
from reconciler.model.value import Fields

FORMAT: Final = "1.2"
"""The version of Terraform's JSON format."""


def terraform_shape(plan: Plan, created: str) -> dict[str, Any]:
    """Return what tools that know Terraform's plans look at, values in it as they are.

    `created` is ISO 8601 in UTC.
    """
    return {
        "format_version": FORMAT,
        "terraform_version": None,
        "timestamp": created,
        "errored": bool(plan.refused),
        "applyable": not plan.refused and not plan.is_empty,
        "complete": not plan.waiting,
        "resource_changes": [_resource_change(each) for each in plan.changes],
        "resource_drift": [_drift(each) for each in plan.changes if _has_drift(each)],
        "checks": [_check(each) for each in plan.refusals],
    }


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
            "before": before,
            "after": after,
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
            "before": {each.path: each.after for each in drifted},
            "after": None if recreated else {each.path: each.before for each in drifted},
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
