"""The plan file: canonical JSON in the shape of `terraform show -json`, signed, free of secrets.

What reviewers' tools know of Terraform works here too (`resource_changes[].change.actions`,
`before`, `after`, `after_unknown`, `before_sensitive`, `after_sensitive`, `resource_drift`,
`checks`); what telephony adds stands under `x_telephony`, the steps that apply replays included.
"""

import hashlib
import hmac
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from reconciler.errors import PlanFileInvalid
from reconciler.model.codec import canonical, to_json
from reconciler.model.plan import Plan
from reconciler.model.text import encode
from reconciler.model.value import EMPTY
from reconciler.planning.plandata import plan_data, plan_from
from reconciler.planning.terraform import terraform_shape

OURS: Final = 1
"""The version of what stands under `x_telephony`. Another one is refused."""
_MADE_BY: Final = "reconciler plan --out FILE makes one"


class Header(NamedTuple):
    """Where and when a plan was made. Times are ISO 8601 in UTC; `paths` as given."""

    tool: str
    created: str
    expires: str
    commit: str
    actor: str
    workspace: str
    paths: tuple[str, ...]
    adapters: Mapping[str, str] = EMPTY


def digest(plan: Plan) -> str:
    """Return the hash of what the plan does: equal plans, equal digests, whenever made."""
    return _digest(encode(plan_data(plan)))


def _digest(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()


def write_plan(plan: Plan, header: Header, key: bytes) -> str:
    """Return the file's text, signed with the workspace's key. It holds no secret."""
    return sign_plan(plan, header, key)[0]


def sign_plan(plan: Plan, header: Header, key: bytes) -> tuple[str, str]:
    """Return the file's text and the plan's digest.

    The text is canonical, put together from its parts: a large plan is tens of megabytes, which
    are made into text once and not for digest, signature and file each, and copied once.
    """
    body = encode(plan_data(plan))
    hashed = _digest(body)
    shared = encode(terraform_shape(plan, header.created)).removesuffix("}")
    ours = {
        "digest": canonical(hashed), "header": canonical(_header(header)), "plan": body,
        "version": canonical(OURS),
    }  # fmt: skip
    signature = _signature(_parts(shared, ours), key)
    return "".join([*_parts(shared, {**ours, "hmac": canonical(signature)}), "\n"]), hashed


def _parts(shared: str, ours: Mapping[str, str]) -> Iterator[str]:
    """Yield the parts of the text, in its order."""
    yield shared
    for number, name in enumerate(sorted(ours)):
        yield f',"{name}":' if number else f',"x_telephony":{{"{name}":'
        yield ours[name]
    yield "}}"


def document(plan: Plan, header: Header) -> dict[str, Any]:
    """Return the plan as data: what `show --json` prints and the file holds."""
    return {
        **to_json(terraform_shape(plan, header.created)),
        "x_telephony": {
            "version": OURS,
            "header": _header(header),
            "digest": digest(plan),
            "plan": to_json(plan_data(plan)),
        },
    }


def _header(header: Header) -> dict[str, Any]:
    return header._asdict() | {"paths": list(header.paths), "adapters": dict(header.adapters)}


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
        raise PlanFileInvalid("this is not a plan file of reconciler", hint=_MADE_BY)
    if ours.get("version") != OURS:
        raise PlanFileInvalid(
            f"the plan file has version {ours.get('version')}, this reconciler reads {OURS}",
            hint="make a new plan with the reconciler that applies it",
        )
    signature = str(ours.pop("hmac", "")).encode("utf-8", "surrogatepass")
    if key is not None and not hmac.compare_digest(
        signature, _signature([canonical(data)], key).encode()
    ):
        raise PlanFileInvalid(
            "the plan file was changed after it was made, or belongs to another workspace",
            hint="make a new one: reconciler plan --out FILE (the workspace's key must be the same "
            "where it is made and where it is applied)",
        )
    try:
        plan = plan_from(ours["plan"])
        header = Header(**{**ours["header"], "paths": tuple(ours["header"]["paths"])})
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise PlanFileInvalid(
            f"the plan cannot be read ({type(error).__name__}): another version of reconciler made "
            "it"
            if key is not None
            else f"the plan cannot be read: {type(error).__name__}",
            hint="make a new one: reconciler plan; what an earlier run left undone is in it",
        ) from None
    return plan, header


def _parsed(text: str) -> dict[str, Any]:
    try:
        data = json.loads(text, parse_constant=_no_number)
        canonical(data).encode()  # a lone surrogate is in no file that we wrote
    except (ValueError, RecursionError):
        raise PlanFileInvalid("the plan file is not JSON", hint=_MADE_BY) from None
    if not isinstance(data, dict):
        raise PlanFileInvalid("this is not a plan file of reconciler", hint=_MADE_BY)
    return data


def _no_number(text: str) -> Any:
    raise ValueError(text)


def _signature(parts: Iterable[str], key: bytes) -> str:
    signed = hmac.new(key, b"plan\0", hashlib.sha256)
    for each in parts:
        signed.update(each.encode())
    return signed.hexdigest()
