"""Taking over what exists: `adopt` for what is declared, `import` for what is not yet.

Neither writes anything to a platform. Both end in the ledger: what they took is ours afterwards.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from reconciler.adapter import Adapter, Support
from reconciler.kinds import KINDS
from reconciler.kinds.entry import (
    Entry,
    Part,
    Reference,
    defaults,
    flatten,
    part_fields,
    reference_fields,
)
from reconciler.model.address import Address
from reconciler.model.change import FieldChange
from reconciler.model.live import LiveObject, TargetLive
from reconciler.model.ownership import Owned
from reconciler.model.resource import Desired
from reconciler.model.secret import Clear, Secret
from reconciler.model.value import UNSET, Fields, Value
from reconciler.planning.compare import managed
from reconciler.planning.drift import Drifted
from reconciler.planning.order import references_in
from reconciler.workflow import Survey


@dataclass(frozen=True, slots=True)
class Taken:
    """An object that is taken over: its ledger row, and how the files differ from it.

    `was_ours` says that it was ours already and only its remembered values are brought up to date.
    """

    owned: Owned
    fields: tuple[FieldChange, ...]
    was_ours: bool


@dataclass(frozen=True, slots=True)
class NotTaken:
    """An object that cannot be taken over, why, and what to do."""

    address: str
    reason: str
    hint: str


def adopt(
    survey: Survey, patterns: Sequence[str]
) -> tuple[tuple[Taken, ...], tuple[NotTaken, ...]]:
    """Return what becomes ours of the objects that the patterns name, with the differences.

    What is remembered as "last applied" is what is there now; so the next plan shows what the
    files want otherwise as changes, not as drift.
    """
    taken: list[Taken] = []
    refused: list[NotTaken] = []
    for pattern in patterns:
        named = [a for a in survey.desired.resources if fnmatchcase(str(a), pattern)]
        if not named:
            refused.append(_not_declared(pattern, survey))
        for address in sorted(named):
            resource = survey.desired.resources[address]
            target = survey.live.targets.get(resource.target)
            live = target.objects.get(address) if target else None
            if live is None:
                why = "its target could not be read" if _is_dark(target) else "it does not exist"
                refused.append(
                    NotTaken(str(address), why, "reconciler plan shows what would be created")
                )
                continue
            before = survey.ownership.objects.get(address)
            taken.append(_taken(address, live, survey.desired, before))
    return tuple(taken), tuple(refused)


def _is_dark(target: TargetLive | None) -> bool:
    return target is None or target.unreachable is not None


def _not_declared(pattern: str, survey: Survey) -> NotTaken:
    live = [
        address
        for target in survey.live.targets.values()
        for address in target.objects
        if fnmatchcase(str(address), pattern)
    ]
    if live:
        scope = live[0].scope
        return NotTaken(
            pattern,
            "it exists, but no file declares it; taken over like that, the next apply would "
            "delete it",
            f"reconciler import {scope} --target {pattern} --out DIR writes the YAML for it",
        )
    return NotTaken(pattern, "nothing of that name is declared or exists", "reconciler status")


def _taken(address: Address, live: LiveObject, desired: Desired, before: Owned | None) -> Taken:
    resource = desired.resources[address]
    wanted = managed(resource)
    there = {path: live.fields[path] for path in wanted if path in live.fields}
    differing = tuple(
        FieldChange(path, live.fields.get(path, UNSET), value)
        for path, value in wanted.items()
        if live.fields.get(path, UNSET) != value and not (value is None and path not in live.fields)
    )
    owned = Owned(
        address=address,
        target=resource.target,
        fields=there,
        native_id=live.native_id,
        how=before.how if before else "adopted",
        protect=resource.meta.protect,
        on_delete=resource.meta.on_delete,
        needs=resource.needs,
        found=tuple(there),
    )
    return Taken(owned, differing, before is not None)


def accept(
    survey: Survey, drifted: Sequence[Drifted]
) -> tuple[tuple[Owned, ...], tuple[Address, ...]]:
    """Return the ledger's rows for what others changed, and what they deleted is not ours.

    Nothing is lost: what the files want otherwise shows as a change in the next plan.
    """
    changed = [str(each.address) for each in drifted if each.what == "changed" and each.last]
    taken, _ = adopt(survey, changed)
    gone = tuple(each.address for each in drifted if each.what == "deleted")
    return tuple(each.owned for each in taken), gone


@dataclass(frozen=True, slots=True)
class Imported:
    """YAML for what exists: text by file name, the ledger rows, and secrets for the store.

    `left` are objects that were not written, with the reason.
    """

    files: Mapping[str, str]
    owned: tuple[Owned, ...]
    secrets: Mapping[str, Clear]
    left: tuple[NotTaken, ...]


def import_(
    target: TargetLive,
    sealed: TargetLive,
    scope: str,
    adapter: Adapter,
    declared: frozenset[Address],
    patterns: Sequence[str],
) -> Imported:
    """Write YAML for the objects of a PBX that nobody declares.

    `target` still holds `Clear`, `sealed` is the same with fingerprints, for the ledger.

    Fields at their documented default are left out: what is not written is not managed. Secrets
    go to the store under stable names; the YAML refers to them. Same PBX, same bytes.
    """
    sections: dict[str, dict[str, object]] = {}
    rows: list[Owned] = []
    kept: dict[str, Clear] = {}
    left: list[NotTaken] = []
    for address in sorted(target.objects):
        if address in declared:
            continue
        if patterns and not any(fnmatchcase(str(address), each) for each in patterns):
            continue
        live = target.objects[address]
        model = KINDS[address.kind]
        secrets = _secret_names(address, live.fields)
        known = {**live.told, **live.fields}
        fields = _worth_writing(
            {**known, **{path: Secret(f"store:{name}") for path, name in secrets.items()}},
            model,
            adapter.supports.get(address.kind, Support(address.kind)),
        )
        entry = unflatten(fields, model)
        problem = _problem(entry, model)
        if problem is not None:
            left.append(
                NotTaken(str(address), problem, "declare it by hand, or leave it unmanaged")
            )
            continue
        kept.update({name: live.fields[path] for path, name in secrets.items()})
        sections.setdefault(model.section, {})[address.key] = entry
        rows.append(
            Owned(
                address=address,
                target=target.target,
                fields={path: _last(sealed.objects[address], path) for path in fields},
                native_id=live.native_id,
                how="imported",
                needs=tuple(sorted(references_in(address, live.fields) & target.objects.keys())),
                found=tuple(fields),
            )
        )
    files = {
        f"{section}.yaml": _document(scope, section, sections[section]) for section in sections
    }
    return Imported(files, tuple(rows), kept, tuple(left))


def _last(live: LiveObject, path: str) -> Value:
    """Return what is remembered of a field as applied last."""
    return live.fields[path] if path in live.fields else live.told[path]


def _secret_names(address: Address, fields: Fields) -> dict[str, str]:
    """Return the store's name for each secret field that the platform gave."""
    return {
        path: f"{address.scope}-{address.kind}-{address.key}-{path}".replace("/", "-")
        for path, value in fields.items()
        if isinstance(value, Clear)
    }


def _worth_writing(fields: Fields, model: type[Entry], support: Support) -> dict[str, Value]:
    """Return the fields that say something: not empty, not what an unset field means anyway."""
    usual = {**defaults(model), **support.defaults}
    inputs = _inputs(model)
    required = {name for name, info in model.model_fields.items() if info.is_required()}
    return {
        path: value
        for path, value in fields.items()
        if path in required
        or (value is not None and value != [] and usual.get(path) != value and path not in inputs)
    }


def _inputs(model: type[Entry]) -> frozenset[str]:
    """Return fields that name things of the workspace (calendars), which no PBX knows."""
    return frozenset(
        each.path
        for each in reference_fields(model)
        if isinstance(each.mark, Reference)
        and all(kind in KINDS and KINDS[kind].scope == "workspace" for kind in each.mark.kinds)
    )


def unflatten(fields: Fields, model: type[Part]) -> dict[str, object]:
    """Return dotted paths as the nested mapping that people write, in the kind's field order."""
    parts = part_fields(model)
    nested: dict[str, object] = {}
    below: dict[str, dict[str, Value]] = {}
    for path, value in fields.items():
        head, dot, rest = path.partition(".")
        if dot and head in parts:
            below.setdefault(head, {})[rest] = value
        else:
            nested[path] = written(value)
    for head, inside in below.items():
        part = parts[head]
        nested[head] = (
            unflatten(inside, part)
            if part is not None
            else {key: written(value) for key, value in sorted(inside.items())}
        )
    order = {name: index for index, name in enumerate(model.model_fields)}
    return dict(sorted(nested.items(), key=lambda item: (order.get(item[0], 99), item[0])))


def written(value: Value) -> object:
    """Return a value as YAML's types; a secret as its reference."""
    if isinstance(value, Secret):
        return {"secret": value.reference}
    if isinstance(value, list):
        return [written(each) for each in value]
    if isinstance(value, dict):
        return {key: written(each) for key, each in value.items()}
    return value


def _problem(entry: Mapping[str, object], model: type[Entry]) -> str | None:
    """Return why the entry would not pass our own checks, None if it does."""
    from pydantic import ValidationError

    try:
        flatten(model.model_validate(entry))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(each) for each in first["loc"])
        return f"{where}: {first['msg']}" if where else str(first["msg"])
    return None


def _document(scope: str, section: str, entries: Mapping[str, object]) -> str:
    import yaml

    class _Dumper(yaml.SafeDumper):
        """Quotes what YAML would read as something else than text, with double quotes."""

        def choose_scalar_style(self) -> str:
            style: str = super().choose_scalar_style()
            return '"' if style == "'" else style

    head = f"apiVersion: reconciler/v1\npbx: {scope}\n\n"
    body = yaml.dump(
        {section: dict(entries)},
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        width=100,
        default_flow_style=None,
    )
    return head + body
