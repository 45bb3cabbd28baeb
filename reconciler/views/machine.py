"""JSON for every command that reads. Shapes and examples: views/README.md.

Every document begins with `version` (of the shape) and `command`. Lists have a stable order;
times are ISO 8601 in UTC, spans in seconds and named `_s`. A secret is `{"$secret": reference,
"fp": fingerprint}` at most: one in clear cannot be serialised at all.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from reconciler.adapter import Call, Finding, LiveState
from reconciler.model.codec import to_json
from reconciler.model.outcome import Outcome
from reconciler.model.ownership import Ownership
from reconciler.model.plan import Plan
from reconciler.model.value import EMPTY
from reconciler.planning.drift import Drifted
from reconciler.planning.phones.errands import Errand
from reconciler.planning.phones.fleet import Member
from reconciler.planning.phones.telling import Untold
from reconciler.planning.planfile import Header, digest, document
from reconciler.views.counts import bucket
from reconciler.views.data import (
    applied_data,
    call_data,
    edit_data,
    errand_data,
    field_data,
    finding_data,
    holder_data,
    live_data,
    member_data,
    not_taken_data,
    outcome_data,
    rail_data,
    run_data,
    span_data,
    step_data,
    summary_data,
    target_data,
    waiting_data,
)
from reconciler.views.given import Applied, Holder, Imported, NotTaken, Run, Taken

if TYPE_CHECKING:
    # Only named here: a plan has no use for them, nor for what they load.
    from reconciler.diagnostics.code import Code
    from reconciler.kinds.entry import Entry
    from reconciler.kinds.fields import FieldDoc
    from reconciler.resolve.explain import Explained, Said
    from reconciler.softphones.handout import Handout
    from reconciler.softphones.render import Account

VERSION: Final = 1
"""Of every shape here. A field may be added within a version; none is removed or changes."""


_MANY: Final = 1000
"""From how many changes on a document is written a key a line: ten times as fast."""


def _text(command: str, *, size: int = 0, **facts: Any) -> str:
    data = {"version": VERSION, "command": command, **facts}
    if size <= _MANY:
        return json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False)
    encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode
    lines = ",\n".join(f"  {encode(key)}: {encode(value)}" for key, value in data.items())
    return f"{{\n{lines}\n}}"


def plan_json(planned: Plan, header: Header) -> str:
    """Return a plan in the shape of `terraform show -json`, with our summary before it."""
    return _text(
        "plan",
        size=len(planned.changes),
        summary=summary_data(planned),
        **document(planned, header),
    )


def apply_json(
    planned: Plan,
    header: Header,
    applied: Applied | None,
    told: Sequence[Outcome] = (),
    untold: Sequence[Untold] = (),
    errands: Sequence[Errand] = (),
    command: str = "apply",
) -> str:
    """Return what became of a plan; `run` is null when nothing was to be done, or refused."""
    after = applied.after if applied else None
    ours = {each.address for each in planned.changes}
    return _text(
        command,
        size=len(planned.changes),
        workspace=header.workspace,
        commit=header.commit or None,
        digest=digest(planned),
        run=applied.run if applied else None,
        state=applied.state if applied else "refused" if planned.refused else "nothing",
        duration_s=round(applied.seconds, 3) if applied else 0,
        summary=summary_data(planned),
        done=_done(planned, applied),
        outcomes=[outcome_data(each) for each in applied.outcomes] if applied else [],
        still_different=[str(e.address) for e in after.changes if e.address in ours]
        if after
        else [],
        waiting=waiting_data(planned.waiting),
        rails=rail_data(planned.refusals),
        told=[outcome_data(each) for each in told],
        not_told=[{"address": str(each.address), "reason": each.reason} for each in untold],
        phones=[errand_data(each) for each in errands],
    )


def _done(planned: Plan, applied: Applied | None) -> dict[str, int]:
    """Return how many objects were done, by what was done to them."""
    final = {each.step: each for each in applied.outcomes} if applied else {}
    done = {each.address for each in final.values() if each.state == "done"}
    numbers: dict[str, int] = {}
    for change in planned.changes:
        if change.address in done:
            numbers[bucket(change)] = numbers.get(bucket(change), 0) + 1
    return {name: numbers[name] for name in sorted(numbers)}


def drift_json(
    found: Sequence[Drifted],
    planned: Plan,
    owed: Mapping[str, str],
    errands: Sequence[Errand] | None = None,
    unknown: Mapping[str, int] = EMPTY,
) -> str:
    """Return what others changed: each field as we set it (`expected`) and as it is (`actual`).

    `owed` says by target why what a run wrote there is not in effect yet; `unknown` how many
    objects are declared and there of which the journal knows nothing.
    """
    return _text(
        "drift",
        drift=[
            {
                "address": str(each.address),
                "target": each.target,
                "what": each.what,
                "fields": [
                    {
                        "field": field.path,
                        "expected": to_json(
                            (each.last.fields if each.last else {}).get(field.path, field.after)
                        ),
                        "actual": to_json(field.before),
                        "wanted": to_json(field.after),
                    }
                    for field in each.fields
                ],
                "edits": edit_data(each.edits),
                "last_applied": applied_data(each.last),
            }
            for each in found
        ],
        matching=planned.matching,
        waiting=waiting_data(planned.waiting),
        owed_reloads=dict(sorted(owed.items())),
        not_known=dict(sorted(unknown.items())),
        phones=_phones(errands, "failed"),
        phones_not_read=_phones(errands, "skipped"),
    )


def _phones(errands: Sequence[Errand] | None, state: str) -> list[dict[str, Any]] | None:
    """Return phones that were read; null where nobody asked for it."""
    if errands is None:
        return None
    return [errand_data(each) for each in errands if each.state == state]


def status_json(
    planned: Plan,
    ownership: Ownership,
    runs: Sequence[Run],
    holder: Holder | None,
    states: Mapping[str, LiveState],
    members: Sequence[Member] = (),
    beyond: Mapping[str, Sequence[str]] = EMPTY,
) -> str:
    """Return what is ours, what is owed, what would change, the last runs and what goes on."""
    return _text(
        "status",
        targets=[
            {
                **target_data(each),
                "beyond": list(beyond.get(each.target, ())),
                "owned": _kinds(ownership, each.target),
                "owed_reload": ownership.owed.get(each.target),
                "live": live_data(states[each.target]) if each.target in states else None,
            }
            for each in planned.targets
        ],
        summary=summary_data(planned),
        waiting=waiting_data(planned.waiting),
        runs=[run_data(each) for each in runs],
        lock=holder_data(holder),
        phones=[member_data(each) for each in members],
    )


def fleet_json(members: Sequence[Member]) -> str:
    """Return where each phone stands, on one line: a document for each change of `--watch`."""
    data = {
        "version": VERSION, "command": "watch", "phones": [member_data(each) for each in members],
    }  # fmt: skip
    return json.dumps(data, ensure_ascii=False, allow_nan=False)


def _kinds(ownership: Ownership, target: str) -> dict[str, int]:
    numbers: dict[str, int] = {}
    for address in sorted(ownership.objects):
        if ownership.objects[address].target == target:
            numbers[address.kind] = numbers.get(address.kind, 0) + 1
    return numbers


def history_json(runs: Sequence[Run]) -> str:
    """Return runs, the last first."""
    return _text("history", runs=[run_data(each) for each in runs])


def run_json(run: Run) -> str:
    """Return one run with every step that it tried."""
    return _text("history", run=run_data(run), steps=[step_data(each) for each in run.steps])


def doctor_json(found: Mapping[str, Sequence[Finding]]) -> str:
    """Return every check of each target, and whether plan and apply can work there."""
    targets = [
        {
            "target": target,
            "ready": all(each.state != "error" for each in findings),
            "findings": finding_data(findings),
        }
        for target, findings in found.items()
    ]
    return _text("doctor", ready=all(each["ready"] for each in targets), targets=targets)


def calls_json(calls: Iterable[Call]) -> str:
    """Return the calls that are up now."""
    return _text("calls", calls=call_data(calls))


def code_json(code: "Code") -> str:
    """Return what a code of a message means."""
    return _text("explain", code=code.slug, severity=code.severity, summary=code.summary,
                 explanation=code.explanation)  # fmt: skip


def word_json(word: str, here: str) -> str:
    """Return what a word of other tools is here."""
    return _text("explain", word=word, here=here)


def kind_json(model: "type[Entry]", fields: "Sequence[FieldDoc]") -> str:
    """Return what a kind is, and its fields."""
    return _text(
        "explain",
        kind=model.kind,
        section=model.section,
        description=" ".join((model.__doc__ or "").split()),
        fields=[
            {
                "field": each.path,
                "required": each.required,
                "default": to_json(each.default),
                "choices": list(each.choices),
                "description": each.description,
            }
            for each in fields
        ],
    )


def explain_json(subject: str, told: "Sequence[Explained]", texts: Mapping[str, str]) -> str:
    """Return each setting with the layer that won, and what it won over."""
    from reconciler.language.locate import locate  # with YAML, which plans have no use for

    said: list[Explained | Said] = [*told]
    said += [each for one in told for each in one.overridden]
    spans = locate([each.place for each in said if each.place is not None], texts)

    def layer(each: "Explained | Said") -> dict[str, Any]:
        span = spans.get(each.place) if each.place else None
        return {"value": to_json(each.value), "layer": each.layer, "at": span_data(span)}

    return _text(
        "explain",
        address=subject,
        settings=[
            {
                "setting": each.setting,
                **layer(each),
                "over": [layer(below) for below in reversed(each.overridden)],
            }
            for each in told
        ],
    )


def adopt_json(taken: Sequence[Taken], refused: Sequence[NotTaken], *, dry_run: bool) -> str:
    """Return what became ours (or would), with what the files want otherwise."""
    return _text(
        "adopt",
        dry_run=dry_run,
        taken=[
            {
                "address": str(each.owned.address),
                "target": each.owned.target,
                "was_ours": each.was_ours,
                "fields": field_data(each.fields),
                "beyond": list(each.beyond),
            }
            for each in taken
        ],
        not_taken=not_taken_data(refused),
    )


def import_json(found: Imported, out: str) -> str:
    """Return which files were written for which objects, and the names of stored secrets."""
    return _text(
        "import",
        folder=out,
        files=sorted(found.files),
        addresses=sorted(str(each.address) for each in found.owned),
        secrets=sorted(found.secrets),
        not_taken=not_taken_data(found.left),
    )


def handout_json(account: "Account", handout: "Handout", expires: str, once: bool) -> str:  # noqa: FBT001
    """Return a softphone's link. The account's secrets are not in it; the link opens them."""
    return _text(
        "softphone url",
        softphone=str(account.address),
        app=account.app.name,
        delivery=account.app.delivery,
        address=handout.address,
        typed=handout.typed,
        once=once,
        expires=expires,
        notes=list(handout.says),
    )
